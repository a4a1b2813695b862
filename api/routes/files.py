"""Files of cases: sent by both sides, seen by both, and receipts of payments (S7, S28)."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from api.answers import Answer, Download, Handler
from api.bodies import Body, PageQuery
from api.endpoints import Audience, Binary, Endpoint, Upload
from api.requests import Asked, pieces_of
from cases.access import Person
from cases.casework.receipts import Receipts
from cases.files.book import Belonging
from cases.files.policy import UPLOAD_MAX_BYTES
from cases.files.reading import CaseFiles, FileFilter, OpenFile, file_view
from cases.files.uploads import NewFile, Uploads
from cases.files.views import FileDeleted, FilePage, FilePurpose, FileView
from cases.identifiers import Identifier, Written

FileName = Annotated[Written, Field(max_length=255)]
FormId = Annotated[Written, Field(min_length=1, max_length=32)]
AttachmentKind = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$")]


class TaxpayerUpload(Body):
    """What the file that is the request's content is for. ``form_id``, ``kind``: of an attachment, which
    form's and which of its attachments.
    """

    purpose: Literal["attachment", "chat", "receipt"]
    form_id: FormId | None = None
    kind: AttachmentKind | None = None
    name: FileName = ""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        is_attachment = self.purpose == "attachment"
        if (self.form_id is not None, self.kind is not None) != (is_attachment, is_attachment):
            raise ValueError("form_id and kind belong to an attachment, which needs both")
        return self


class OfficerUpload(Body):
    """A picture for the conversation."""

    name: FileName = ""


class FilesQuery(PageQuery):
    purpose: Literal["attachment", "chat", "receipt"] | None = None
    form_id: FormId | None = None


class ReceiptBody(Body):
    """Pictures that were uploaded as receipts, and what is to be said with them."""

    file_ids: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=5)]
    text: Annotated[Written, Field(max_length=500)] = ""


@dataclass(frozen=True, slots=True)
class ReceiptSent:
    payment_id: str


# The bytes say what it is: whatever it is called is refused by them, in words that say why.
_UPLOAD = Upload(("*/*",), UPLOAD_MAX_BYTES)
_KEPT = Binary(("image/jpeg", "image/png", "application/pdf"))
_THUMBNAIL = Binary(("image/jpeg",))
_TAXPAYER = "/api/v1/taxpayer/cases/{case_id}"
_OFFICER = "/api/v1/officer/cases/{case_id}"

UPLOAD_FILE = Endpoint(
    "uploadFile",
    "POST",
    f"{_TAXPAYER}/files",
    "Send a picture or PDF: an attachment, a picture for the conversation, a receipt (S7, S28)",
    Audience.TAXPAYER,
    FileView,
    query=TaxpayerUpload,
    upload=_UPLOAD,
    status=201,
    makes=True,
)
LIST_FILES = Endpoint(
    "listFiles", "GET", f"{_TAXPAYER}/files", "A case's files", Audience.TAXPAYER, FilePage, query=FilesQuery
)
SEE_FILE = Endpoint(
    "seeFile", "GET", f"{_TAXPAYER}/files/{{file_id}}", "A file", Audience.TAXPAYER, _KEPT, tagged=True
)
SEE_THUMBNAIL = Endpoint(
    "seeThumbnail",
    "GET",
    f"{_TAXPAYER}/files/{{file_id}}/thumbnail",
    "A picture, small",
    Audience.TAXPAYER,
    _THUMBNAIL,
    tagged=True,
)
DELETE_ATTACHMENT = Endpoint(
    "deleteAttachment",
    "DELETE",
    f"{_TAXPAYER}/files/{{file_id}}",
    "Take an attachment back while the forms may be edited (S7)",
    Audience.TAXPAYER,
    FileDeleted,
)
UPLOAD_FILE_AS_OFFICER = Endpoint(
    "uploadFileAsOfficer",
    "POST",
    f"{_OFFICER}/files",
    "Send a picture for the conversation",
    Audience.OFFICER,
    FileView,
    query=OfficerUpload,
    upload=_UPLOAD,
    status=201,
    makes=True,
)
LIST_FILES_AS_OFFICER = Endpoint(
    "listFilesAsOfficer",
    "GET",
    f"{_OFFICER}/files",
    "The files of a case of the hall",
    Audience.OFFICER,
    FilePage,
    query=FilesQuery,
)
SEE_FILE_AS_OFFICER = Endpoint(
    "seeFileAsOfficer",
    "GET",
    f"{_OFFICER}/files/{{file_id}}",
    "A file of a case of the hall",
    Audience.OFFICER,
    _KEPT,
    tagged=True,
)
SEE_THUMBNAIL_AS_OFFICER = Endpoint(
    "seeThumbnailAsOfficer",
    "GET",
    f"{_OFFICER}/files/{{file_id}}/thumbnail",
    "A picture of a case of the hall, small",
    Audience.OFFICER,
    _THUMBNAIL,
    tagged=True,
)
SEND_RECEIPT = Endpoint(
    "sendReceipt",
    "POST",
    f"{_TAXPAYER}/payments/{{payment_id}}/receipt",
    "Show that a payment was made: up to five pictures and a text (S28)",
    Audience.TAXPAYER,
    ReceiptSent,
    body=ReceiptBody,
    makes=True,
)

ENDPOINTS = (
    UPLOAD_FILE,
    LIST_FILES,
    SEE_FILE,
    SEE_THUMBNAIL,
    DELETE_ATTACHMENT,
    UPLOAD_FILE_AS_OFFICER,
    LIST_FILES_AS_OFFICER,
    SEE_FILE_AS_OFFICER,
    SEE_THUMBNAIL_AS_OFFICER,
    SEND_RECEIPT,
)


class FileRoutes:
    def __init__(self, uploads: Uploads, files: CaseFiles, receipts: Receipts) -> None:
        self._uploads = uploads
        self._files = files
        self._receipts = receipts

    def table(self) -> Mapping[Endpoint, Handler]:
        return {
            UPLOAD_FILE: self._upload,
            LIST_FILES: self._list_own,
            SEE_FILE: self._see_own,
            SEE_THUMBNAIL: self._see_own_thumbnail,
            DELETE_ATTACHMENT: self._delete,
            UPLOAD_FILE_AS_OFFICER: self._upload_as_officer,
            LIST_FILES_AS_OFFICER: self._list_halls,
            SEE_FILE_AS_OFFICER: self._see_halls,
            SEE_THUMBNAIL_AS_OFFICER: self._see_halls_thumbnail,
            SEND_RECEIPT: self._send_receipt,
        }

    async def _upload(self, asked: Asked) -> Answer:
        query = asked.query_as(TaxpayerUpload)
        belonging = Belonging(asked.path["case_id"], FilePurpose(query.purpose), query.form_id, query.kind)
        return await self._take(asked, asked.taxpayer, NewFile(belonging, query.name))

    async def _upload_as_officer(self, asked: Asked) -> Answer:
        name = asked.query_as(OfficerUpload).name
        new = NewFile(Belonging(asked.path["case_id"], FilePurpose.CHAT), name)
        return await self._take(asked, asked.officer, new)

    async def _take(self, asked: Asked, person: Person, new: NewFile) -> Answer:
        pieces: AsyncIterator[bytes] = pieces_of(asked.upload)
        record = await self._uploads.upload(person, asked.actor, asked.request, new, pieces)
        return Answer(file_view(record, person))

    async def _list_own(self, asked: Asked) -> Answer:
        return await self._list(asked, asked.taxpayer)

    async def _list_halls(self, asked: Asked) -> Answer:
        return await self._list(asked, asked.officer)

    async def _list(self, asked: Asked, person: Person) -> Answer:
        query = asked.query_as(FilesQuery)
        wanted = FileFilter(FilePurpose(query.purpose) if query.purpose else None, query.form_id)
        case_id = asked.path["case_id"]
        return Answer(await self._files.page(person, case_id, wanted, cursor=query.cursor, limit=query.limit))

    async def _see_own(self, asked: Asked) -> Answer:
        return await self._see(asked, asked.taxpayer)

    async def _see_halls(self, asked: Asked) -> Answer:
        return await self._see(asked, asked.officer)

    async def _see(self, asked: Asked, person: Person) -> Answer:
        return _download(await self._files.open(person, asked.path["case_id"], asked.path["file_id"]))

    async def _see_own_thumbnail(self, asked: Asked) -> Answer:
        return await self._see_small(asked, asked.taxpayer)

    async def _see_halls_thumbnail(self, asked: Asked) -> Answer:
        return await self._see_small(asked, asked.officer)

    async def _see_small(self, asked: Asked, person: Person) -> Answer:
        path = asked.path
        return _download(await self._files.open_thumbnail(person, path["case_id"], path["file_id"]))

    async def _delete(self, asked: Asked) -> Answer:
        path = asked.path
        await self._files.delete_attachment(asked.taxpayer, asked.actor, path["case_id"], path["file_id"])
        return Answer(FileDeleted())

    async def _send_receipt(self, asked: Asked) -> Answer:
        body, path = asked.body_as(ReceiptBody), asked.path
        payment_id = path["payment_id"]
        await self._receipts.send(
            asked.taxpayer, asked.actor, asked.request, path["case_id"], payment_id, body.file_ids, body.text
        )
        return Answer(ReceiptSent(payment_id))


def _download(file: OpenFile) -> Answer:
    """Pictures are shown in the page; a PDF is saved, because the sandbox that it is served in has no reader
    for it.
    """
    return Answer(
        Download(
            file.media_type,
            file.content.pieces,
            file.content.size_bytes,
            file_name=file.record.name,
            tag=file.sha256,
            is_shown=file.media_type != "application/pdf",
        )
    )
