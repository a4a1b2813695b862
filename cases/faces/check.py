"""The face step by pictures (S1): log-ins under way, and references that officers make.

A person has a reference when an officer of a hall saw them with their certificate and took a picture; without
one they are told to come. Only the 128 numbers of the face are kept, sealed; pictures never.
"""

import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final

from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit, schema
from cases.access import Officer, Whose, may_see
from cases.audit import Actor
from cases.clock import Clock
from cases.database import Database
from cases.errors import ChallengeInvalid
from cases.faces.errors import (
    FaceAttemptUnknown,
    FaceBusy,
    FaceCheckOff,
    FaceMismatch,
    FaceNotEnrolled,
    PoseWrong,
)
from cases.faces.reader import FaceReader
from cases.faces.rules import Attempt, FacePolicy, Look, Pose, advanced, chosen_poses, clear_face, is_posed
from cases.faces.tables import face_attempts, face_references
from cases.faces.views import FaceEnrolled, FaceEnrolment, FaceStep
from cases.guesses import Guesses
from cases.sealing import Sealer, new_id
from cases.views.people import FaceChallenge

METHOD: Final = "offline"
Register = Callable[[str], Awaitable[str]]


class Faces:
    """Every method raises RecordsUnavailable. ``reader``: none where no pictures are looked at here; then
    there is no attempt either.
    """

    method = METHOD

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sealer: Sealer,
        guesses: Guesses,
        reader: FaceReader | None,
        policy: FacePolicy,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._guesses = guesses
        self._reader = reader
        self._policy = policy

    async def begin(self, account: str, identity: str) -> FaceChallenge:
        """A log-in's face step, for the person whom the records find by ``account`` (``cases.accounts``).

        Raises FaceNotEnrolled, FaceCheckOff.
        """
        if self._reader is None:
            raise FaceCheckOff("nothing looks at pictures")
        async with self._database.reading() as connection:
            await _reference(connection, account)
        poses = chosen_poses(self._policy.turns, secrets.choice)
        attempt_id, ends_at_ms = await self._open(account, identity, poses, None)
        return FaceChallenge(attempt_id, METHOD, ends_at_ms, poses[0].value)

    async def show(self, attempt_id: str, picture: bytes, *, address: str) -> FaceStep:
        """A picture of the pose that is asked for; what is asked for next.

        Raises FaceAttemptUnknown, FaceUnclear and PoseWrong (then another picture may be shown), FaceMismatch
        (the attempt is over), FaceBusy, TooManyGuesses.
        """
        row = await self._taken(attempt_id, None)
        guessed = f"face:{row.account_index}"
        await self._guesses.check(guessed, address)
        async with self._database.reading() as connection:
            reference = await _reference(connection, row.account_index)
        before = self._attempt(row)
        look = await self._look(picture)
        try:
            after = advanced(before, look, json.loads(self._sealer.open(reference)), self._policy)
        except FaceMismatch:
            await self._drop(attempt_id)
            await self._guesses.failed(guessed, address)
            raise
        first = self._sealer.seal(json.dumps(after.first)) if after.first else None
        attempts = face_attempts.c
        async with self._database.writing() as connection:
            written = await connection.execute(
                update(face_attempts)
                .where(attempts.attempt_id == attempt_id, attempts.done == before.done)
                .values(done=after.done, first_sealed=first)
            )
        if not written.rowcount:
            raise FaceBusy("two pictures at once")
        return FaceStep(after.pose.value if after.pose is not None else None, len(after.poses) - after.done)

    async def passed(self, challenge: str) -> str:
        """The identity whose face step that was, once. Raises ChallengeInvalid where it was not passed."""
        attempts, now_ms = face_attempts.c, self._clock.now_ms()
        async with self._database.writing() as connection:
            asked = select(face_attempts).where(attempts.attempt_id == challenge[:64]).with_for_update()
            row = (await connection.execute(asked)).one_or_none()
            if (
                row is None
                or row.officer_id is not None
                or row.ends_at_ms <= now_ms
                or self._attempt(row).pose is not None
            ):
                raise ChallengeInvalid("not passed")
            await connection.execute(delete(face_attempts).where(attempts.attempt_id == row.attempt_id))
        return self._sealer.open(row.identity_sealed)

    async def begin_enrolment(self, officer: Officer, account: str, identity: str) -> FaceEnrolment:
        """An officer has the person and the certificate before them. Raises FaceCheckOff."""
        if self._reader is None:
            raise FaceCheckOff("nothing looks at pictures")
        enrolment_id, ends_at_ms = await self._open(account, identity, (Pose.FRONT,), officer.officer_id)
        return FaceEnrolment(enrolment_id, ends_at_ms)

    async def enrol(
        self, officer: Officer, by: Actor, enrolment_id: str, picture: bytes, register: Register
    ) -> FaceEnrolled:
        """The picture becomes the person's reference, in the place of one that was there. ``register``: the
        taxpayer of an identity, who gets an account where there is none.

        Raises FaceAttemptUnknown, also for another officer's, FaceUnclear, PoseWrong, FaceBusy.
        """
        row = await self._taken(enrolment_id, officer)
        look = await self._look(picture)
        if not is_posed(Pose.FRONT, clear_face(look, self._policy), self._policy):
            raise PoseWrong(Pose.FRONT.value)
        taxpayer_id = await register(self._sealer.open(row.identity_sealed))
        sealed, now_ms = self._sealer.seal(json.dumps(look.embedding)), self._clock.now_ms()
        async with self._database.writing() as connection:
            gone = await connection.execute(
                delete(face_attempts).where(face_attempts.c.attempt_id == enrolment_id)
            )
            if not gone.rowcount:
                raise FaceAttemptUnknown("used meanwhile")
            await connection.execute(
                delete(face_references).where(face_references.c.taxpayer_id == taxpayer_id)
            )
            await connection.execute(
                face_references.insert().values(
                    taxpayer_id=taxpayer_id,
                    embedding_sealed=sealed,
                    officer_id=officer.officer_id,
                    made_at_ms=now_ms,
                )
            )
            await audit.append(connection, by, "taxpayer.face", "taxpayer", taxpayer_id, {}, now_ms)
        return FaceEnrolled(taxpayer_id)

    async def _open(
        self, account: str, identity: str, poses: tuple[Pose, ...], officer_id: str | None
    ) -> tuple[str, int]:
        attempt_id, now_ms = new_id(), self._clock.now_ms()
        ends_at_ms = now_ms + self._policy.whole_ms
        async with self._database.writing() as connection:
            await connection.execute(delete(face_attempts).where(face_attempts.c.ends_at_ms <= now_ms))
            await connection.execute(
                face_attempts.insert().values(
                    attempt_id=attempt_id,
                    officer_id=officer_id,
                    account_index=account,
                    identity_sealed=self._sealer.seal(identity),
                    poses=[pose.value for pose in poses],
                    done=0,
                    pictures=0,
                    ends_at_ms=ends_at_ms,
                )
            )
        return attempt_id, ends_at_ms

    async def _taken(self, attempt_id: str, officer: Officer | None) -> Row[Any]:
        """The attempt, with one more picture counted before it is looked at."""
        attempts = face_attempts.c
        async with self._database.writing() as connection:
            row = await self._row(connection, attempt_id, officer)
            counted = await connection.execute(
                update(face_attempts)
                .where(attempts.attempt_id == attempt_id, attempts.pictures < self._policy.pictures_max)
                .values(pictures=attempts.pictures + 1)
            )
        if not counted.rowcount:
            raise FaceAttemptUnknown("too many pictures")
        return row

    async def _row(self, connection: AsyncConnection, attempt_id: str, officer: Officer | None) -> Row[Any]:
        asked = select(face_attempts).where(face_attempts.c.attempt_id == attempt_id)
        row = (await connection.execute(asked)).one_or_none()
        if row is None or row.ends_at_ms <= self._clock.now_ms():
            raise FaceAttemptUnknown("none")
        is_theirs = (
            row.officer_id is None
            if officer is None
            else row.officer_id is not None and may_see(officer, Whose(officer_id=row.officer_id))
        )
        if not is_theirs:
            raise FaceAttemptUnknown("somebody else's")
        return row

    async def _look(self, picture: bytes) -> Look:
        if self._reader is None:
            raise FaceCheckOff("nothing looks at pictures")
        return await self._reader.look(picture)

    def _attempt(self, row: Row[Any]) -> Attempt:
        first = tuple(json.loads(self._sealer.open(row.first_sealed))) if row.first_sealed else None
        return Attempt(tuple(Pose(pose) for pose in row.poses), row.done, row.pictures, first)

    async def _drop(self, attempt_id: str) -> None:
        async with self._database.writing() as connection:
            await connection.execute(delete(face_attempts).where(face_attempts.c.attempt_id == attempt_id))


async def _reference(connection: AsyncConnection, account: str) -> bytes:
    """Raises FaceNotEnrolled."""
    found: bytes | None = await connection.scalar(
        select(face_references.c.embedding_sealed)
        .join(schema.taxpayers, schema.taxpayers.c.taxpayer_id == face_references.c.taxpayer_id)
        .where(schema.taxpayers.c.number_index == account)
    )
    if found is None:
        raise FaceNotEnrolled("no reference")
    return found
