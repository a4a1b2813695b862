"""Who may write when, and what the rules say: every row of the tables."""

import itertools

import pytest

from cases.conversation.errors import ConversationNotBegun
from cases.conversation.notices import OF_STILLS, OF_VIDEO, SAID, TEXTS, Notice, sentence
from cases.conversation.rules import ALLOWED, Standing, allowed, refusal, standing, wait_ms
from cases.conversation.views import ConversationAction, Sender
from cases.stages.errors import CaseClosed
from cases.stages.states import CaseState, FormState, Mode
from cases.views.names import Bilingual
from cases.views.tickets import CloseReason

SIDES = (Sender.TAXPAYER, Sender.OFFICER)
DRAFT = CaseState(Mode.UNDECIDED, FormState.DRAFT)
OPEN = (
    CaseState(Mode.CONSULT),
    CaseState(Mode.ASSIST, FormState.SUBMITTED),
    CaseState(Mode.BACKOFFICE, FormState.SUBMITTED),
)
CLOSED = tuple(
    CaseState(mode, FormState.SUBMITTED, closed=reason)
    for mode, reason in itertools.product((Mode.CONSULT, Mode.ASSIST, Mode.BACKOFFICE), CloseReason)
)


def test_every_standing_has_a_row_for_both_sides() -> None:
    assert set(ALLOWED) == set(Standing)
    assert all(set(row) == set(SIDES) for row in ALLOWED.values())


@pytest.mark.parametrize("side", SIDES)
def test_both_sides_write_in_an_open_case_and_nobody_in_another(side: Sender) -> None:
    for case in OPEN:
        assert standing(case) is Standing.OPEN
        assert allowed(case, side) == (ConversationAction.WRITE, ConversationAction.SEND_PICTURES)
        assert {refusal(case, side, action) for action in ConversationAction} == {None}
    for case in CLOSED:
        assert allowed(case, side) == ()
        assert {refusal(case, side, action) for action in ConversationAction} == {CaseClosed}
    assert allowed(DRAFT, side) == ()
    assert {refusal(DRAFT, side, action) for action in ConversationAction} == {ConversationNotBegun}


@pytest.mark.parametrize(
    ("sent_at_ms", "now_ms", "wait"),
    [(None, 5, 0), (1_000, 1_000, 60_000), (1_000, 60_999, 1), (1_000, 61_000, 0), (1_000, 90_000, 0)],
)
def test_who_sent_a_burst_waits_for_its_end(sent_at_ms: int | None, now_ms: int, wait: int) -> None:
    assert wait_ms(sent_at_ms, burst_ms=60_000, now_ms=now_ms) == wait


@pytest.mark.parametrize("notice", Notice)
def test_every_notice_is_a_sentence_in_both_languages(notice: Notice) -> None:
    params = {
        "by_ms": 1_795_699_001_576,
        "slot_start_ms": 1_795_699_001_576,
        "slot_end_ms": 1_795_700_801_576,
        "close_reason": "completed",
        "length_ms": 185_000,
        "still": "document",
    }
    said = sentence(notice, params, "Asia/Shanghai")
    assert said.en.isascii() or "–" in said.en
    assert said.zh.endswith("。")
    assert said.en.endswith(".")
    assert "{" not in said.zh + said.en
    # Each thing that a text asks for is given by what follows cases.
    names = ("{by}", "{slot}", "{reason}", "{length}", "{still}")
    wanted = {name for name in names if name in TEXTS[notice].zh}
    assert wanted == {name for name in names if name in TEXTS[notice].en}


def test_every_notice_is_said_of_something() -> None:
    assert set(SAID.values()) | OF_VIDEO | OF_STILLS | {Notice.CLOSED} == set(Notice)


def test_how_long_a_video_took() -> None:
    assert sentence(Notice.VIDEO_ENDED, {"length_ms": 185_999}, "Asia/Shanghai") == Bilingual(
        "视频聊天已结束，通话时长 3分05秒。", "The video ended after 3 min 05 s."
    )
    short = sentence(Notice.VIDEO_ENDED, {"length_ms": 9_000}, "Asia/Shanghai")
    assert (short.zh, short.en) == ("视频聊天已结束，通话时长 9秒。", "The video ended after 9 s.")


def test_times_are_those_at_the_hall() -> None:
    said = sentence(Notice.REJECTED, {"by_ms": 1_795_699_001_576}, "Asia/Shanghai")
    assert "11月26日 21:16" in said.zh
    assert "26 Nov 21:16" in said.en
