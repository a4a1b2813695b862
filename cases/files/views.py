"""What a person is shown of files. Times are UTC milliseconds."""

from dataclasses import dataclass
from enum import StrEnum

from cases.audit import ActorKind


class FilePurpose(StrEnum):
    """What a file is for."""

    ATTACHMENT = "attachment"
    """Of a form (S7)."""
    CHAT = "chat"
    """A picture in the conversation."""
    RECEIPT = "receipt"
    """A picture of a payment's receipt (S28)."""


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file as others name it: ``width_px``, ``height_px`` of a picture, ``pages`` of a PDF.
    ``has_thumbnail``: whether there is a small picture of it.
    """

    file_id: str
    name: str
    media_type: str
    size_bytes: int
    width_px: int | None
    height_px: int | None
    pages: int | None
    has_thumbnail: bool


@dataclass(frozen=True, slots=True)
class FileView:
    """A file of a case. ``form_id``, ``attachment_kind``: of an attachment; ``mine``: the reader sent it."""

    file: FileRef
    case_id: str
    purpose: FilePurpose
    form_id: str | None
    attachment_kind: str | None
    uploader: ActorKind
    mine: bool
    made_at_ms: int


@dataclass(frozen=True, slots=True)
class FilePage:
    """A page of a case's files, the latest first; ``next_cursor`` asks for the next one."""

    files: tuple[FileView, ...]
    next_cursor: str | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class FileDeleted:
    """The attachment is gone."""

    deleted: bool = True
