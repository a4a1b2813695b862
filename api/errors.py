"""What an HTTP request can be refused for before any use case is called."""

from typing import ClassVar

from cases.views.problems import FieldProblem


class RequestError(Exception):
    """The root; ``code`` has its status and text in ``cases.texts``."""

    code: ClassVar[str] = "malformed"

    def __init__(self, fields: tuple[FieldProblem, ...] = ()) -> None:
        super().__init__(self.code)
        self.fields = fields


class Malformed(RequestError):
    """The body is no JSON object."""


class InvalidInput(RequestError):
    """Fields are missing, unknown or of a wrong form; each is named."""

    code = "invalid_input"


class UnsupportedMediaType(RequestError):
    """The body is not said to be what the endpoint takes."""

    code = "unsupported_media_type"


class WrongOrigin(RequestError):
    """A page of another site sent it."""

    code = "wrong_origin"


class UploadTooLarge(RequestError):
    """The file is said to have more bytes than are taken."""

    code = "file_too_large"
