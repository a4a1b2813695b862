"""What video requests are refused with."""

from cases.errors import CaseworkError


class VideoUnknown(CaseworkError):
    """No such video request in this conversation."""

    code = "video_unknown"


class VideoAsked(CaseworkError):
    """Either side asked already, and the answer is not there yet."""

    code = "video_asked"


class VideoCallOpen(CaseworkError):
    """A call of the case is open: it can be joined."""

    code = "video_call_open"


class VideoNotYours(CaseworkError):
    """Somebody else has to answer it or asked for it, or another officer serves the case's ticket."""

    code = "video_not_yours"


class VideoTaken(CaseworkError):
    """Somebody else accepted first."""

    code = "video_taken"


class VideoOver(CaseworkError):
    """The request was answered or withdrawn, or nobody answered in time."""

    code = "video_over"


class VideoBusy(CaseworkError):
    """One of the two is in the call of another case."""

    code = "video_busy"


class TooManyVideoRequests(CaseworkError):
    """A person asked as often as is taken in a minute; ``retry_after_ms`` until the next request."""

    code = "too_many_video_requests"

    def __init__(self, retry_after_ms: int) -> None:
        super().__init__(f"again in {retry_after_ms} ms")
        self.retry_after_ms = retry_after_ms
