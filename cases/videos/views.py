"""What both sides see of video requests. Times are UTC milliseconds."""

from dataclasses import dataclass

from cases.videos.states import VideoAction, VideoState
from cases.views.calls import CallView
from cases.views.names import OfficerName
from rtc.call import LegName


@dataclass(frozen=True, slots=True)
class VideoRequest:
    """A request for video. ``version`` grows with each change, a page keeps the highest; ``officer``: who
    asked or answered for the office, or has to answer alone; ``due_at_ms``: until when it waits;
    ``ended_at_ms``: when it was answered, withdrawn or given up; ``call_id``: the call that was opened for
    it.
    """

    request_id: str
    version: int
    state: VideoState
    asked_by: LegName
    officer: OfficerName | None
    asked_at_ms: int
    due_at_ms: int
    ended_at_ms: int | None
    call_id: str | None


@dataclass(frozen=True, slots=True)
class VideoView:
    """The video of a conversation, as one person sees it: the latest request (none: nobody ever asked), the
    open call with an officer if there is one, and what the person may do.
    """

    at_ms: int
    case_id: str
    case_number: str
    taxpayer_name: str
    request: VideoRequest | None
    call: CallView | None
    actions: tuple[VideoAction, ...]


@dataclass(frozen=True, slots=True)
class VideoList:
    """Open requests that concern a person, and open calls that are theirs; the latest first."""

    at_ms: int
    videos: tuple[VideoView, ...]
