"""A video request's life, and who may do what with it. Pure.

A request is asked once and ends once. Somebody accepts or refuses it, who asked withdraws it, nobody answers
in time, a call of the case's ticket makes it needless, or the case closes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cases.errors import CaseworkError
from cases.videos.errors import VideoNotYours, VideoOver, VideoTaken
from rtc.call import LegName


class VideoState(StrEnum):
    """What became of a request."""

    ASKED = "asked"
    """It waits for an answer."""
    ACCEPTED = "accepted"
    """A call was opened for it."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    UNANSWERED = "unanswered"
    CLOSED = "closed"
    """The case closed before anybody answered."""


class VideoEvent(StrEnum):
    """What can happen to a request."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    TIME_PASSED = "time_passed"
    CALL_OPENED = "call_opened"
    """The case's ticket is served, and both meet in its call."""
    CASE_CLOSED = "case_closed"


TABLE: Final[Mapping[tuple[VideoState, VideoEvent], VideoState]] = MappingProxyType(
    {
        (VideoState.ASKED, VideoEvent.ACCEPT): VideoState.ACCEPTED,
        (VideoState.ASKED, VideoEvent.REFUSE): VideoState.REFUSED,
        (VideoState.ASKED, VideoEvent.WITHDRAW): VideoState.WITHDRAWN,
        (VideoState.ASKED, VideoEvent.TIME_PASSED): VideoState.UNANSWERED,
        (VideoState.ASKED, VideoEvent.CALL_OPENED): VideoState.ACCEPTED,
        (VideoState.ASKED, VideoEvent.CASE_CLOSED): VideoState.CLOSED,
    }
)
"""What is not here cannot happen: a request that ended stays as it ended."""


class Part(StrEnum):
    """What a request asks of a person."""

    ASKER = "asker"
    ANSWERER = "answerer"
    BYSTANDER = "bystander"
    """An officer who sees the conversation, and is neither."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Who asked (``asked_by``: for which side), and which officer alone has to answer; none: any."""

    asked_by: LegName
    asker_id: str
    to_officer_id: str | None = None


def part(parties: Parties, side: LegName, person_id: str) -> Part:
    """Of a person who sees the conversation."""
    if side is parties.asked_by:
        return Part.ASKER if person_id == parties.asker_id else Part.BYSTANDER
    if side is LegName.OFFICER and parties.to_officer_id not in (None, person_id):
        return Part.BYSTANDER
    return Part.ANSWERER


WHO: Final[Mapping[VideoEvent, Part]] = MappingProxyType(
    {
        VideoEvent.ACCEPT: Part.ANSWERER,
        VideoEvent.REFUSE: Part.ANSWERER,
        VideoEvent.WITHDRAW: Part.ASKER,
    }
)
"""The events of people, and whose each is."""


def refusal(state: VideoState, event: VideoEvent, who: Part) -> type[CaseworkError] | None:
    """Why somebody may not do that to a request; none where they may."""
    if (state, event) not in TABLE:
        taken = state is VideoState.ACCEPTED and event is VideoEvent.ACCEPT
        return VideoTaken if taken else VideoOver
    return None if WHO[event] is who else VideoNotYours


class VideoAction(StrEnum):
    """What a person may do about a conversation's video now; a page shows these buttons and no others."""

    ASK = "ask"
    ACCEPT = "accept"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    JOIN = "join"


_EVENTS: Final[Mapping[VideoAction, VideoEvent]] = MappingProxyType(
    {
        VideoAction.ACCEPT: VideoEvent.ACCEPT,
        VideoAction.REFUSE: VideoEvent.REFUSE,
        VideoAction.WITHDRAW: VideoEvent.WITHDRAW,
    }
)


@dataclass(frozen=True, slots=True)
class Around:
    """What the actions depend on besides the request. ``may_talk``: the conversation has begun, and its case
    is open; ``is_asked``: a request waits for its answer; ``in_call``: the open call is the person's.
    """

    may_talk: bool
    is_asked: bool
    call_is_open: bool
    in_call: bool


def allowed(around: Around, state: VideoState | None, who: Part) -> tuple[VideoAction, ...]:
    """What a person may do now, in the order of the actions; ``state``: of the request that they see."""
    possible = {
        action
        for action, event in _EVENTS.items()
        if state is not None and refusal(state, event, who) is None
    }
    if around.may_talk and not around.is_asked and not around.call_is_open:
        possible.add(VideoAction.ASK)
    if around.in_call:
        possible.add(VideoAction.JOIN)
    return tuple(action for action in VideoAction if action in possible)


def wait_ms(asked_at_ms: int | None, *, span_ms: int, now_ms: int) -> int:
    """How long somebody has to wait whose requests fill the span since ``asked_at_ms`` (none: they do not);
    0: not at all.
    """
    return 0 if asked_at_ms is None else max(0, asked_at_ms + span_ms - now_ms)
