"""Both sides see the files of a case; a taxpayer takes an attachment back."""

from dataclasses import dataclass

from cases import audit
from cases.access import Person, Taxpayer, person_id
from cases.audit import Actor
from cases.casework.drafts import is_editable, own
from cases.casework.seeing import talked_in_by
from cases.clock import Clock
from cases.database import Database
from cases.files import book
from cases.files.book import FileRecord
from cases.files.errors import FileUnknown
from cases.files.shelf import Content, Shelf
from cases.files.views import FilePage, FilePurpose, FileView
from cases.paging import Cursor
from cases.stages.errors import CaseRefused


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file or its thumbnail, ready to be sent. ``sha256``: of what is sent."""

    record: FileRecord
    media_type: str
    sha256: str
    content: Content


@dataclass(frozen=True, slots=True)
class FileFilter:
    """Which files of a case; none: all."""

    purpose: FilePurpose | None = None
    form_id: str | None = None


class CaseFiles:
    """Every method raises RecordsUnavailable, and CaseUnknown for whoever may not see the case, or for a
    cursor that is not ours.
    """

    def __init__(self, database: Database, clock: Clock, shelf: Shelf) -> None:
        self._database = database
        self._clock = clock
        self._shelf = shelf

    async def page(
        self, person: Person, case_id: str, wanted: FileFilter, *, cursor: str | None, limit: int
    ) -> FilePage:
        """The latest first."""
        before = Cursor.parse(cursor)
        async with self._database.reading() as connection:
            await talked_in_by(connection, person, case_id)
            found = await book.page(
                connection,
                case_id,
                purpose=wanted.purpose,
                form_id=wanted.form_id,
                before=(before.at_ms, before.object_id) if before is not None else None,
                limit=limit + 1,
            )
        listed = found[:limit]
        last = listed[-1] if len(found) > limit else None
        return FilePage(
            tuple(file_view(record, person) for record in listed),
            str(Cursor(last.made_at_ms, last.file_id)) if last is not None else None,
            self._clock.now_ms(),
        )

    async def open(self, person: Person, case_id: str, file_id: str) -> OpenFile:
        """Raises FileUnknown, ShelfUnavailable."""
        record = await self._one(person, case_id, file_id)
        content = await self._shelf.open(record.kept.sha256)
        return OpenFile(record, record.kept.media_type, record.kept.sha256, content)

    async def open_thumbnail(self, person: Person, case_id: str, file_id: str) -> OpenFile:
        """Raises FileUnknown, also for a PDF, which has none; ShelfUnavailable."""
        record = await self._one(person, case_id, file_id)
        sha256 = record.kept.thumbnail_sha256
        if sha256 is None:
            raise FileUnknown("without a picture")
        return OpenFile(record, "image/jpeg", sha256, await self._shelf.open(sha256))

    async def _one(self, person: Person, case_id: str, file_id: str) -> FileRecord:
        async with self._database.reading() as connection:
            await talked_in_by(connection, person, case_id)
            return await book.one(connection, case_id, file_id)

    async def delete_attachment(self, taxpayer: Taxpayer, by: Actor, case_id: str, file_id: str) -> None:
        """Raises FileUnknown, and CaseRefused for no attachment, or where the forms are not to be edited."""
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            case = await own(connection, taxpayer, case_id, to_change=True)
            record = await book.one(connection, case_id, file_id)
            if record.belonging.purpose is not FilePurpose.ATTACHMENT or not is_editable(case):
                raise CaseRefused("it stays")
            await book.remove(connection, file_id)
            detail = {"case_id": case_id, "form_id": record.belonging.form_id}
            await audit.append(connection, by, "file.delete", "file", file_id, detail, now_ms)


def file_view(record: FileRecord, reader: Person) -> FileView:
    """As this person sees it."""
    belonging = record.belonging
    return FileView(
        record.ref,
        belonging.case_id,
        belonging.purpose,
        belonging.form_id,
        belonging.attachment_kind,
        record.uploader_kind,
        record.uploader_id == person_id(reader),
        record.made_at_ms,
    )
