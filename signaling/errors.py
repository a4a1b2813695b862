"""What an event can be refused for before any use case is called."""

from typing import ClassVar

from cases.views.problems import FieldProblem


class EventError(Exception):
    """The root; ``code`` has its text in ``cases.texts``."""

    code: ClassVar[str] = "malformed"

    def __init__(self, fields: tuple[FieldProblem, ...] = ()) -> None:
        super().__init__(self.code)
        self.fields = fields


class UnknownEvent(EventError):
    """The name is not in the namespace's table."""

    code = "unknown_event"


class InvalidPayload(EventError):
    """Fields are missing, unknown or of a wrong form; each is named."""

    code = "invalid_input"


class TooFast(EventError):
    """More events than one page may send."""

    code = "too_fast"


class TooManyConnections(EventError):
    """As many sockets are open as the settings allow."""

    code = "too_many_connections"
