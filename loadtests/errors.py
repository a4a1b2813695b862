"""What can go wrong between a client and the server."""

from typing import ClassVar


class LoadError(Exception):
    """The root. ``code`` is what the table of errors counts by."""

    code: ClassVar[str] = "load_error"

    @property
    def counted_as(self) -> str:
        return self.code


class Refused(LoadError):
    """The server answered with a problem; ``problem`` is its stable code."""

    code = "refused"

    def __init__(self, problem: str, detail: str) -> None:
        super().__init__(f"{problem}: {detail}")
        self.problem = problem

    @property
    def counted_as(self) -> str:
        return f"refused:{self.problem}"


class Unreachable(LoadError):
    """No connection, or it broke before the answer came."""

    code = "unreachable"


class NoAnswer(LoadError):
    """No answer in the time that a client waits."""

    code = "no_answer"


class Misshapen(LoadError):
    """An answer or a push that is not of the declared shape."""

    code = "misshapen"


class PageLost(LoadError):
    """A page's socket was closed by the other side."""

    code = "page_lost"
