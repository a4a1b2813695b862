"""Captchas in the records: one answer each, a few minutes, so many a person and network address (S9)."""

import hmac
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.access import Taxpayer
from cases.booking import tables
from cases.booking.captcha_media import CaptchaKind, CaptchaMedia
from cases.booking.errors import CaptchaExpired, CaptchaWrong
from cases.booking.places import take_person
from cases.booking.views import CaptchaView
from cases.clock import Clock
from cases.database import Database
from cases.errors import TooManyGuesses
from cases.guesses import counted_address
from cases.problems import Language
from cases.requests import Request, made_before
from cases.sealing import Sealer, new_id


@dataclass(frozen=True, slots=True)
class CaptchaPolicy:
    """A captcha can be answered for ``ttl_ms``. In ``window_ms`` there are at most ``per_person`` of them and
    ``per_address``: each takes one answer, so that these bound the guesses too.
    """

    ttl_ms: int = 180_000
    per_person: int = 20
    per_address: int = 300
    window_ms: int = 900_000


class CaptchaState(StrEnum):
    """Over after a wrong answer, or once it was spent."""

    OPEN = "open"
    ANSWERED = "answered"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class CaptchaAnswer:
    """What somebody typed for a captcha."""

    captcha_id: str
    answer: str


def normalised_answer(answer: str) -> str:
    """What counts of an answer: its digits, however wide they were typed and whatever is between them."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", answer) if letter.isdigit())


class Captchas:
    """Makes and checks captchas. Methods raise RecordsUnavailable."""

    def __init__(
        self, database: Database, clock: Clock, sealer: Sealer, media: CaptchaMedia, policy: CaptchaPolicy
    ) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._media = media
        self._policy = policy

    async def make(
        self, taxpayer: Taxpayer, kind: CaptchaKind, language: Language, *, address: str
    ) -> CaptchaView:
        """A new captcha, to be seen or to be heard. Raises TooManyGuesses."""
        captcha_id, answer = new_id(), self._media.new_answer()
        address_index = self._sealer.index(f"captcha address:{counted_address(address)}")
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            await take_person(connection, taxpayer.taxpayer_id)
            await self._refuse_too_many(connection, taxpayer.taxpayer_id, address_index, now_ms)
            await connection.execute(
                tables.captchas.insert().values(
                    captcha_id=captcha_id,
                    taxpayer_id=taxpayer.taxpayer_id,
                    address_index=address_index,
                    answer_index=self._index(captcha_id, answer),
                    made_at_ms=now_ms,
                    expires_at_ms=now_ms + self._policy.ttl_ms,
                    state=CaptchaState.OPEN.value,
                )
            )
        shown = await self._media.render(kind, answer, language)
        return CaptchaView(
            captcha_id, kind, shown.media_type, shown.base64, now_ms + self._policy.ttl_ms, now_ms
        )

    def _index(self, captcha_id: str, answer: str) -> str:
        return self._sealer.index(f"captcha:{captcha_id}:{answer}")

    async def _refuse_too_many(
        self, connection: AsyncConnection, taxpayer_id: str, address_index: str, now_ms: int
    ) -> None:
        captchas = tables.captchas
        since_ms = now_ms - self._policy.window_ms
        await connection.execute(delete(captchas).where(captchas.c.made_at_ms <= since_ms))
        for column, value, limit in (
            (captchas.c.taxpayer_id, taxpayer_id, self._policy.per_person),
            # Some more where several people ask from one address at the same moment.
            (captchas.c.address_index, address_index, self._policy.per_address),
        ):
            asked = select(func.count(), func.min(captchas.c.made_at_ms)).where(column == value)
            count, oldest_ms = (await connection.execute(asked)).one()
            if count >= limit:
                raise TooManyGuesses(oldest_ms - since_ms)

    async def admit(self, taxpayer: Taxpayer, request: Request, captcha: CaptchaAnswer) -> None:
        """Look at the answer that a request brings, before the transaction that makes what it asks for: there
        the captcha is spent (``spend``). One answer is looked at; where it is wrong, the captcha is over,
        whatever becomes of the request. A request that already made something is let through again.

        Raises CaptchaWrong, CaptchaExpired, RequestReused.
        """
        if await self._is_done(request):
            return
        try:
            await self._check(taxpayer, captcha)
        except CaptchaExpired:
            # The same request, sent twice at once, may have spent it just now.
            if not await self._is_done(request):
                raise

    async def _is_done(self, request: Request) -> bool:
        async with self._database.reading() as connection:
            return await made_before(connection, request) is not None

    async def _check(self, taxpayer: Taxpayer, captcha: CaptchaAnswer) -> None:
        captchas = tables.captchas
        async with self._database.writing() as connection:
            expected = await connection.scalar(
                select(captchas.c.answer_index)
                .where(
                    captchas.c.captcha_id == captcha.captcha_id,
                    captchas.c.taxpayer_id == taxpayer.taxpayer_id,
                    captchas.c.state != CaptchaState.OVER.value,
                    captchas.c.expires_at_ms > self._clock.now_ms(),
                )
                # A second answer that is sent at once waits here, and finds it over.
                .with_for_update()
            )
            if expected is None:
                raise CaptchaExpired("over, or another's")
            given = self._index(captcha.captcha_id, normalised_answer(captcha.answer))
            is_right = hmac.compare_digest(given, expected)
            state = CaptchaState.ANSWERED if is_right else CaptchaState.OVER
            await connection.execute(
                update(captchas).where(captchas.c.captcha_id == captcha.captcha_id).values(state=state.value)
            )
        if not is_right:
            raise CaptchaWrong("another answer")


async def spend(connection: AsyncConnection, taxpayer_id: str, captcha_id: str, now_ms: int) -> None:
    """Use up a captcha that was answered rightly, in the transaction of what it was for. Raises
    CaptchaExpired where it was not, or is used already.
    """
    captchas = tables.captchas
    spent = await connection.execute(
        update(captchas)
        .where(
            captchas.c.captcha_id == captcha_id,
            captchas.c.taxpayer_id == taxpayer_id,
            captchas.c.state == CaptchaState.ANSWERED.value,
            captchas.c.expires_at_ms > now_ms,
        )
        .values(state=CaptchaState.OVER.value)
    )
    if not spent.rowcount:
        raise CaptchaExpired("not answered, or used already")
