"""Binding codes, and what may be done with a ticket on paper: pure."""

import hashlib
import hmac
from urllib.parse import parse_qs, urlsplit

import pytest

from cases.reception.codes import ALPHABET, CODE_LENGTH, as_typed, binding_path, code_index, code_of
from cases.reception.showing import paper_actions
from cases.reception.views import PaperAction
from queueing.states import OPEN_STATES, TicketState


def index(text: str) -> str:
    return hmac.new(b"key", text.encode(), hashlib.sha256).hexdigest()


def other_index(text: str) -> str:
    return hmac.new(b"another key", text.encode(), hashlib.sha256).hexdigest()


def test_a_code_is_the_same_for_the_same_print_and_another_one_for_any_other() -> None:
    codes = {code_of(f"t{ticket}", revision, index) for ticket in range(40) for revision in range(40)}
    # 1,600 of 900 million: two alike would be one run in 700.
    assert len(codes) == 1_600
    assert all(len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) for code in codes)
    assert code_of("t1", 0, index) == code_of("t1", 0, index) != code_of("t1", 0, other_index)


def test_every_letter_comes_at_every_place() -> None:
    codes = [code_of(f"t{number}", 0, index) for number in range(2_000)]
    assert [{code[place] for code in codes} for place in range(CODE_LENGTH)] == [set(ALPHABET)] * CODE_LENGTH


def test_what_is_kept_of_a_code_is_of_one_hall_and_day() -> None:
    kept = {
        code_index(hall_id, day, "ABC234", index)
        for hall_id in ("a", "b")
        for day in ("20261123", "20261124")
    }
    assert len(kept) == 4
    assert not any("ABC234" in one for one in kept)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("e001", "E001"),
        (" E 001 ", "E001"),
        ("abc-234", "ABC234"),
        ("a\tb\nc", "ABC"),
        ("", ""),
        ("票", "票"),
    ],
)
def test_what_people_type(typed: str, meant: str) -> None:
    assert as_typed(typed) == meant


def test_the_path_on_the_slip_says_hall_number_and_code_whatever_is_in_them() -> None:
    link = urlsplit(binding_path("a&b", "E 1", "x=y#z"))
    assert link.path == "/bind"
    assert parse_qs(link.query) == {"hall": ["a&b"], "number": ["E 1"], "code": ["x=y#z"]}


@pytest.mark.parametrize("state", [None, *TicketState])
def test_what_the_reception_may_do(state: TicketState | None) -> None:
    assert paper_actions(True, state) == ()
    cancellable = state in (TicketState.WAITING, TicketState.ABANDONED)
    wanted = (PaperAction.REPRINT, PaperAction.CANCEL) if cancellable else (PaperAction.REPRINT,)
    if state is None or state in OPEN_STATES:
        assert paper_actions(False, state) == wanted
