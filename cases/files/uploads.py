"""A person sends a file for a case (S7, S28): from the first byte to its row."""

import contextlib
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit
from cases.access import Person, Taxpayer, person_id
from cases.audit import Actor
from cases.casework.drafts import is_editable
from cases.casework.formbook import refuse_unknown_form
from cases.casework.records import Case
from cases.casework.seeing import talked_in_by
from cases.clock import Clock
from cases.database import Database
from cases.errors import Forbidden
from cases.files import book, contents, quota
from cases.files.book import Belonging, FileRecord, Kept
from cases.files.errors import PictureWanted, UploadsBusy
from cases.files.incoming import Incoming, Workplace, receive
from cases.files.names import cleaned
from cases.files.policy import FilePolicy
from cases.files.shelf import Shelf
from cases.files.sniff import FileKind, Sniffed, examine
from cases.files.threads import in_thread
from cases.files.views import FilePurpose
from cases.files.workshop import Worked, Workshop
from cases.requests import Request, first_time, made_before
from cases.sealing import new_id
from cases.stages.errors import CaseClosed, CaseRefused
from cases.stages.events import Event, Facts
from cases.stages.table import refusal


@dataclass(frozen=True, slots=True)
class NewFile:
    """``name``: what the sender calls it."""

    belonging: Belonging
    name: str


class Uploads:
    """Takes so many files at a time, and some of them from one person."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        shelf: Shelf,
        workshop: Workshop,
        incoming: Incoming,
        policy: FilePolicy,
    ) -> None:
        self._database = database
        self._clock = clock
        self._shelf = shelf
        self._workshop = workshop
        self._incoming = incoming
        self._policy = policy
        self._arriving: Counter[str] = Counter()

    async def upload(
        self, person: Person, by: Actor, request: Request, new: NewFile, pieces: AsyncIterator[bytes]
    ) -> FileRecord:
        """Take what arrives in ``pieces``; the file, or the one that the same request made before.

        Nothing is left of one that was refused, broke off, or was cancelled. Raises the leaves of
        FileRefused, UploadStopped, UploadsBusy, TooManyFiles, CaseUnknown, FormUnknown, CaseRefused,
        CaseClosed, Forbidden, RequestReused, ShelfUnavailable, RecordsUnavailable.
        """
        with self._place(person):
            async with self._database.reading() as connection:
                await self._admit(connection, person, new.belonging, 0)
            async with self._incoming.workplace() as workplace:
                arrived = await receive(pieces, workplace.source, self._policy)
                said = _with_content(request, arrived, new.name)
                known = await self._made_before(said, new.belonging.case_id)
                if known is not None:
                    return known
                kept = await self._shelve(workplace, new.belonging.purpose)
            return await self._record(person, by, said, new, kept)

    @contextlib.contextmanager
    def _place(self, person: Person) -> Iterator[None]:
        """Raises UploadsBusy where too many arrive already."""
        sender = person_id(person) or ""
        if (
            self._arriving.total() >= self._policy.uploads_max
            or self._arriving[sender] >= self._policy.uploads_per_person
        ):
            raise UploadsBusy("too many at a time")
        self._arriving[sender] += 1
        try:
            yield
        finally:
            self._arriving[sender] -= 1
            if not self._arriving[sender]:
                del self._arriving[sender]

    async def _admit(
        self,
        connection: AsyncConnection,
        person: Person,
        belonging: Belonging,
        more_bytes: int,
        *,
        to_change: bool = False,
    ) -> None:
        """Whether the person may send such a file now: asked before it arrives, and when it is added."""
        now_ms = self._clock.now_ms()
        case = await talked_in_by(connection, person, belonging.case_id, to_change=to_change)
        if to_change:
            await quota.take_turn(connection, person)
        _refuse_purpose(person, case, belonging.purpose, now_ms)
        if belonging.form_id is not None:
            await refuse_unknown_form(connection, case.case_id, belonging.form_id)
        await quota.refuse_too_many(connection, person, case.case_id, more_bytes, self._policy, now_ms)

    async def _made_before(self, request: Request, case_id: str) -> FileRecord | None:
        async with self._database.reading() as connection:
            known = await made_before(connection, request)
            return None if known is None else await book.one(connection, case_id, known)

    async def _shelve(self, workplace: Workplace, purpose: FilePurpose) -> Kept:
        """Look at what arrived, and put on the shelf what is kept of it."""
        sniffed = await in_thread(_examine, workplace.source, self._policy)
        if sniffed.kind is FileKind.PDF and purpose is not FilePurpose.ATTACHMENT:
            raise PictureWanted("a PDF")
        worked = await self._workshop.work(
            sniffed.kind, workplace.source, workplace.picture, workplace.thumbnail
        )
        is_picture = sniffed.kind is not FileKind.PDF
        whole = workplace.picture if is_picture else workplace.source
        kept = await in_thread(_kept, worked, whole, workplace.thumbnail if is_picture else None)
        files = {kept.sha256: whole}
        if kept.thumbnail_sha256 is not None:
            files[kept.thumbnail_sha256] = workplace.thumbnail
        async with self._database.writing() as connection:
            # In one order, so that two uploads never wait for each other.
            for sha256 in sorted(files):
                await contents.claim(connection, sha256, self._clock.now_ms())
        for sha256, source in files.items():
            await self._shelf.put(sha256, source)
        return kept

    async def _record(
        self, person: Person, by: Actor, request: Request, new: NewFile, kept: Kept
    ) -> FileRecord:
        now_ms, file_id, belonging = self._clock.now_ms(), new_id(), new.belonging
        async with self._database.writing() as connection:
            await self._admit(connection, person, belonging, kept.size_bytes, to_change=True)
            known = await first_time(connection, request, file_id, now_ms)
            if known is not None:
                return await book.one(connection, belonging.case_id, known)
            for sha256 in sorted({kept.sha256, kept.thumbnail_sha256 or kept.sha256}):
                await contents.keep(connection, sha256, now_ms)
            await book.add(
                connection,
                file_id=file_id,
                name=cleaned(new.name, kept.media_type, self._policy.name_max),
                kept=kept,
                belonging=belonging,
                by=by,
                now_ms=now_ms,
            )
            detail = {
                "case_id": belonging.case_id,
                "purpose": belonging.purpose.value,
                "form_id": belonging.form_id,
                "attachment_kind": belonging.attachment_kind,
                "sha256": kept.sha256,
            }
            await audit.append(connection, by, "file.add", "file", file_id, detail, now_ms)
            return await book.one(connection, belonging.case_id, file_id)


def _refuse_purpose(person: Person, case: Case, purpose: FilePurpose, now_ms: int) -> None:
    """Raises Forbidden, CaseClosed, and what the case's table forbids."""
    if case.state.closed is not None:
        raise CaseClosed("no more files")
    if purpose is FilePurpose.CHAT:
        return
    if not isinstance(person, Taxpayer):
        raise Forbidden("sent by taxpayers")
    if purpose is FilePurpose.ATTACHMENT and not is_editable(case):
        raise CaseRefused("the forms are not to be edited")
    if purpose is FilePurpose.RECEIPT:
        found = refusal(case.state, Event.SEND_RECEIPT, Facts(), now_ms)
        if found is not None:
            raise found("no payment is asked for")


def _with_content(request: Request, sha256: str, name: str) -> Request:
    """The request, which says the file too."""
    said = f"{request.fingerprint}\0{sha256}\0{name}"
    return Request(request.key, hashlib.sha256(said.encode()).hexdigest())


def _examine(source: Path, policy: FilePolicy) -> Sniffed:
    return examine(source.read_bytes(), policy)


def _kept(worked: Worked, whole: Path, thumbnail: Path | None) -> Kept:
    return Kept(
        _digest(whole),
        _digest(thumbnail) if thumbnail is not None else None,
        worked.media_type,
        whole.stat().st_size,
        worked.width_px,
        worked.height_px,
        worked.pages,
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
