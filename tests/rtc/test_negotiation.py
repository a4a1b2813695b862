"""Revisions, refusals and the names of sources."""

from itertools import count
from pathlib import Path

import pytest

from rtc.errors import AnswerInvalid, OfferStale
from rtc.keyframes import KeyframeGate
from rtc.negotiation import OUTSTANDING_MAX, Negotiation, Terms
from rtc.sdp_offer import ALL_FEATURES, Feature, SourceSsrcs

CHROMIUM = (Path(__file__).parent / "answers" / "chromium_156.sdp").read_bytes().decode()

RESTARTED = CHROMIUM.replace("PqEU", "Else").replace("eqiBqok85d5Gz", "xxxxxxxxxxxxx")


def negotiation(first: int = 1000) -> Negotiation:
    numbers = count(first)
    return Negotiation(lambda: SourceSsrcs(next(numbers), next(numbers), next(numbers)))


def other_leg(number: int = 0, refused: frozenset[Feature] = frozenset()) -> Negotiation:
    leg = negotiation(10 * number + 1)
    leg.refused = refused
    return leg


def begun() -> Negotiation:
    leg = negotiation()
    leg.begin()
    assert leg.newest_terms is None
    assert leg.propose(other_leg())
    return leg


def test_a_proposal_counts_only_when_it_says_something_new() -> None:
    leg = begun()
    assert (leg.generation, leg.revision) == (1, 1)
    assert not leg.propose(other_leg())
    leg.take(1, 1, CHROMIUM)
    assert not leg.propose(other_leg())
    assert leg.propose(other_leg(1))
    assert leg.revision == 2
    assert leg.newest_terms == Terms(SourceSsrcs(11, 12, 13), ALL_FEATURES)


def test_an_answer_is_taken_once_and_only_of_this_generation() -> None:
    leg = begun()
    with pytest.raises(OfferStale):
        leg.take(0, 1, CHROMIUM)
    with pytest.raises(OfferStale):
        leg.take(1, 2, CHROMIUM)
    leg.take(1, 1, CHROMIUM)
    with pytest.raises(OfferStale):
        leg.take(1, 1, CHROMIUM)
    leg.begin()
    leg.propose(other_leg())
    with pytest.raises(OfferStale):
        leg.take(1, 1, CHROMIUM)
    leg.take(2, 1, CHROMIUM)


def test_an_earlier_revision_may_be_answered_while_a_later_one_is_under_way() -> None:
    leg = begun()
    leg.propose(other_leg(1))
    leg.take(1, 1, CHROMIUM)
    leg.take(1, 2, CHROMIUM)
    with pytest.raises(OfferStale):
        leg.take(1, 1, CHROMIUM)


def test_an_invalid_answer_leaves_the_offer_waiting() -> None:
    leg = begun()
    with pytest.raises(AnswerInvalid):
        leg.take(1, 1, "nonsense")
    leg.take(1, 1, CHROMIUM)


def test_waiting_offers_are_bounded() -> None:
    leg = begun()
    for number in range(OUTSTANDING_MAX):
        leg.propose(other_leg(number + 1))
    with pytest.raises(OfferStale):
        leg.take(1, 1, CHROMIUM)
    leg.take(1, 2, CHROMIUM)


def test_the_transport_may_not_change_within_a_connection() -> None:
    leg = begun()
    leg.take(1, 1, CHROMIUM)
    leg.propose(other_leg(1))
    for old, new in (("PqEU", "Else"), ("BC:27", "BC:28"), ("eqiBqok85d5Gz", "xxxxxxxxxxxxx")):
        with pytest.raises(AnswerInvalid):
            leg.take(1, 2, CHROMIUM.replace(old, new))
    leg.take(1, 2, CHROMIUM)


def test_a_restart_of_ice_changes_the_credentials_of_both() -> None:
    leg = begun()
    leg.take(1, 1, CHROMIUM)
    assert leg.restart(1)
    assert leg.propose(other_leg())
    assert leg.newest_terms is not None
    assert leg.newest_terms.restarts == 1
    # Asked again before the answer: the same one; asked again by a page that has it: another.
    assert not leg.restart(1)
    assert not leg.propose(other_leg())
    for fixed in (CHROMIUM, RESTARTED.replace("Else", "PqEU"), RESTARTED.replace("BC:27", "BC:28")):
        with pytest.raises(AnswerInvalid):
            leg.take(1, 2, fixed)
    assert leg.restarts_answered == 0
    leg.take(1, 2, RESTARTED)
    assert leg.restarts_answered == 1
    assert leg.restart(2)
    leg.begin()
    assert leg.restarts_answered == 0


def test_an_offer_before_the_restart_may_still_be_answered() -> None:
    leg = begun()
    leg.take(1, 1, CHROMIUM)
    leg.propose(other_leg(1))
    leg.restart(1)
    leg.propose(other_leg(1))
    leg.take(1, 2, CHROMIUM)
    assert leg.restarts_answered == 0
    leg.take(1, 3, RESTARTED)
    assert leg.restarts_answered == 1


def test_refusals_are_what_was_offered_and_not_taken() -> None:
    leg = negotiation()
    leg.begin()
    leg.propose(other_leg(refused=frozenset({Feature.VP8})))
    leg.take(1, 1, CHROMIUM.replace("SAVPF 96 97 102 103", "SAVPF 102 103").replace("-wide-cc", "-x"))
    assert leg.refused == {Feature.TRANSPORT_CC}
    other = other_leg()
    other.begin()
    other.propose(leg)
    assert other.newest_terms == Terms(leg.announced, ALL_FEATURES - {Feature.TRANSPORT_CC})


def test_what_a_leg_refused_is_not_offered_to_it_again_but_to_its_next_page() -> None:
    leg = begun()
    leg.take(1, 1, CHROMIUM.replace("SAVPF 96 97 102 103", "SAVPF 102 103"))
    assert leg.propose(other_leg())
    assert leg.newest_terms == Terms(SourceSsrcs(1, 2, 3), ALL_FEATURES - {Feature.VP8})
    leg.take(1, 2, CHROMIUM.replace("SAVPF 96 97 102 103", "SAVPF 102 103"))
    assert leg.refused == {Feature.VP8}
    assert not leg.propose(other_leg())
    leg.begin()
    assert leg.refused == {Feature.VP8}
    leg.propose(other_leg())
    assert leg.newest_terms == Terms(SourceSsrcs(1, 2, 3), ALL_FEATURES)


def test_names_are_new_only_after_media_may_have_flowed() -> None:
    leg = begun()
    first = leg.announced
    leg.begin()
    assert leg.announced == first
    leg.connected()
    leg.begin()
    assert leg.announced != first


def test_other_sources_within_a_connection_are_named_anew() -> None:
    leg = begun()
    first = leg.announced
    leg.take(1, 1, CHROMIUM)
    leg.connected()
    leg.propose(other_leg(1))
    leg.take(1, 2, CHROMIUM.replace("2743466061", "2743466062"))
    assert leg.announced != first


def test_a_keyframe_gate_lets_one_pass_and_keeps_one() -> None:
    gate = KeyframeGate(interval_ms=1_000)
    assert not gate.due(0)
    assert gate.ask(0)
    assert not gate.due(5_000)
    assert gate.ask(5_000)
    assert not gate.ask(5_999)
    assert not gate.ask(5_999)
    assert not gate.due(5_999)
    assert gate.due(6_000)
    assert not gate.due(7_500)
    assert gate.requests == 3
