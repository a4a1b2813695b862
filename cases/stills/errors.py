"""What requests for a still picture are refused with."""

from cases.errors import CaseworkError


class StillUnknown(CaseworkError):
    """No such request for a still picture in this conversation."""

    code = "still_unknown"


class StillAsked(CaseworkError):
    """One was asked for in this call already, and the answer is not there yet."""

    code = "still_asked"


class StillOver(CaseworkError):
    """The request was answered or withdrawn, nobody answered in time, or its call ended."""

    code = "still_over"


class StillsFull(CaseworkError):
    """As many were asked for as are in one call."""

    code = "stills_full"
