"""A video request's table and who may do what with it: every state, event and part."""

from itertools import product

import pytest

from cases.errors import CaseworkError
from cases.videos.errors import VideoNotYours, VideoOver, VideoTaken
from cases.videos.states import (
    TABLE,
    WHO,
    Around,
    Part,
    Parties,
    VideoAction,
    VideoEvent,
    VideoState,
    allowed,
    part,
    refusal,
    wait_ms,
)
from rtc.call import LegName

AFTER = {
    VideoEvent.ACCEPT: VideoState.ACCEPTED,
    VideoEvent.REFUSE: VideoState.REFUSED,
    VideoEvent.WITHDRAW: VideoState.WITHDRAWN,
    VideoEvent.TIME_PASSED: VideoState.UNANSWERED,
    VideoEvent.CALL_OPENED: VideoState.ACCEPTED,
    VideoEvent.CASE_CLOSED: VideoState.CLOSED,
}
OF_PEOPLE = {
    VideoEvent.ACCEPT: Part.ANSWERER,
    VideoEvent.REFUSE: Part.ANSWERER,
    VideoEvent.WITHDRAW: Part.ASKER,
}


@pytest.mark.parametrize(("state", "event"), list(product(VideoState, VideoEvent)))
def test_only_a_request_that_waits_goes_on(state: VideoState, event: VideoEvent) -> None:
    expected = AFTER[event] if state is VideoState.ASKED else None
    assert TABLE.get((state, event)) is expected


@pytest.mark.parametrize(("state", "event", "who"), list(product(VideoState, WHO, Part)))
def test_who_may_do_what(state: VideoState, event: VideoEvent, who: Part) -> None:
    expected: type[CaseworkError] | None
    if state is VideoState.ASKED:
        expected = None if OF_PEOPLE[event] is who else VideoNotYours
    elif state is VideoState.ACCEPTED and event is VideoEvent.ACCEPT:
        expected = VideoTaken
    else:
        expected = VideoOver
    assert refusal(state, event, who) is expected


@pytest.mark.parametrize(
    ("parties", "side", "person_id", "expected"),
    [
        (Parties(LegName.TAXPAYER, "chen"), LegName.TAXPAYER, "chen", Part.ASKER),
        (Parties(LegName.TAXPAYER, "chen"), LegName.OFFICER, "lin", Part.ANSWERER),
        (Parties(LegName.TAXPAYER, "chen", "lin"), LegName.OFFICER, "lin", Part.ANSWERER),
        (Parties(LegName.TAXPAYER, "chen", "lin"), LegName.OFFICER, "zhou", Part.BYSTANDER),
        (Parties(LegName.OFFICER, "lin"), LegName.TAXPAYER, "chen", Part.ANSWERER),
        (Parties(LegName.OFFICER, "lin", "lin"), LegName.TAXPAYER, "chen", Part.ANSWERER),
        (Parties(LegName.OFFICER, "lin"), LegName.OFFICER, "lin", Part.ASKER),
        (Parties(LegName.OFFICER, "lin"), LegName.OFFICER, "zhou", Part.BYSTANDER),
    ],
)
def test_a_persons_part(parties: Parties, side: LegName, person_id: str, expected: Part) -> None:
    assert part(parties, side, person_id) is expected


@pytest.mark.parametrize(
    ("may_talk", "is_asked", "call_is_open", "in_call"), list(product((True, False), repeat=4))
)
@pytest.mark.parametrize("who", Part)
def test_actions_follow_from_what_is_around(
    may_talk: bool, is_asked: bool, call_is_open: bool, in_call: bool, who: Part
) -> None:
    around = Around(may_talk=may_talk, is_asked=is_asked, call_is_open=call_is_open, in_call=in_call)
    of_part = {
        Part.ASKER: {VideoAction.WITHDRAW},
        Part.ANSWERER: {VideoAction.ACCEPT, VideoAction.REFUSE},
        Part.BYSTANDER: set[VideoAction](),
    }[who]
    anyway = {VideoAction.JOIN} if in_call else set[VideoAction]()
    if may_talk and not is_asked and not call_is_open:
        anyway.add(VideoAction.ASK)
    for state in (None, *VideoState):
        expected = anyway | of_part if state is VideoState.ASKED else anyway
        found = allowed(around, state, who)
        assert set(found) == expected
        assert list(found) == [action for action in VideoAction if action in expected]


@pytest.mark.parametrize(
    ("asked_at_ms", "expected"), [(None, 0), (0, 1), (-1, 0), (59_999, 60_000), (-100_000, 0)]
)
def test_the_wait_of_who_asks_too_often(asked_at_ms: int | None, expected: int) -> None:
    assert wait_ms(asked_at_ms, span_ms=60_000, now_ms=59_999) == expected
