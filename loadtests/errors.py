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

    def __init__(self, problem: str, detail: str, *, passes: bool = False) -> None:
        """``passes``: it is refused for now only, because a part of the server is away (503)."""
        super().__init__(f"{problem}: {detail}")
        self.problem = problem
        self.passes = passes

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


class NotConnected(LoadError):
    """A call's media did not come about."""

    code = "not_connected"


PASSING = (Unreachable, NoAnswer, PageLost, NotConnected)
"""What a part of the server that was killed brings about."""


def may_pass(error: LoadError) -> bool:
    """Whether it is what a kill brings about, so that the same may be asked again."""
    return isinstance(error, PASSING) or (isinstance(error, Refused) and error.passes)
