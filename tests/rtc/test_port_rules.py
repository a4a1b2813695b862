"""The pure rules of the port: when it looks, how many checks it takes, who wants its media."""

from rtc.consent import CHECK_EVERY_MS, EXPIRES_MS, OUTSTANDING_MAX, TRANSACTION_BYTES, Consent, tag_of
from rtc.limits import WINDOW_MS, SourceLimits
from rtc.wakes import BUSY_PER_MS, QUIET_PER_MS, Wakes
from rtc.wakes import WINDOW_MS as LOOKED_AT_MS


def looked(wakes: Wakes, per_ms: float, from_ms: int, windows: int) -> list[bool]:
    """`by_clock` after each window in which so many came."""
    found = []
    for window in range(windows):
        wakes.count(round(per_ms * LOOKED_AT_MS), from_ms + (window + 1) * LOOKED_AT_MS)
        found.append(wakes.by_clock)
    return found


def test_the_clock_wakes_while_it_is_busy() -> None:
    wakes = Wakes()
    assert wakes.count(1, 1_000_000.0) is False
    assert looked(wakes, BUSY_PER_MS - 0.5, 1_000_000, 2) == [False, False]
    assert looked(wakes, BUSY_PER_MS, 1_000_100, 1) == [True]
    assert looked(wakes, QUIET_PER_MS, 1_000_150, 3) == [True, True, True]
    assert looked(wakes, QUIET_PER_MS - 0.5, 1_000_300, 1) == [False]


def test_only_a_change_is_told() -> None:
    wakes = Wakes()
    wakes.count(0, 1_000.0)
    assert wakes.count(10_000, 1_001.0) is False
    assert wakes.count(0, 1_000.0 + LOOKED_AT_MS) is True
    assert wakes.count(10_000, 1_000.0 + 2 * LOOKED_AT_MS) is False


def test_a_burst_after_a_pause_is_not_yet_busy() -> None:
    wakes = Wakes()
    wakes.count(1, 1_000.0)
    assert wakes.count(500, 60_000.0) is False
    assert not wakes.by_clock


def test_each_source_has_its_share_of_a_second() -> None:
    limits = SourceLimits(each=2, strangers=3)
    assert [limits.admit("a", 0, known=False) for _ in range(3)] == [True, True, False]
    assert [limits.admit("b", 1, known=False) for _ in range(2)] == [True, False]
    # Who has a connection is not kept out by strangers, but has no more than its own share.
    assert [limits.admit("c", 2, known=True) for _ in range(3)] == [True, True, False]
    assert limits.admit("a", WINDOW_MS, known=False)


def test_the_sources_that_are_remembered_are_bounded() -> None:
    limits = SourceLimits(each=2, strangers=10)
    for source in range(1_000):
        limits.admit(source, 0, known=False)
    assert len(limits._counts) == 10


def test_consent_is_given_once_for_the_address_that_was_asked() -> None:
    consent = Consent()
    number = consent.ask("here", 1_000)
    assert (len(number), tag_of(number)) == (TRANSACTION_BYTES, consent.tag)
    assert not consent.asked(number, "there")
    assert not consent.asked(bytes(TRANSACTION_BYTES), "here")
    assert consent.asked(number, "here")
    consent.given(number, 1_200)
    assert not consent.asked(number, "here")
    assert not consent.expired(1_199 + EXPIRES_MS)
    assert consent.expired(1_200 + EXPIRES_MS)


def test_consent_is_asked_for_again_and_again() -> None:
    consent = Consent()
    assert consent.expired(0)
    consent.ask("here", 1_000)
    assert not consent.due(1_000 + CHECK_EVERY_MS * 79 // 100)
    assert consent.due(1_000 + CHECK_EVERY_MS * 121 // 100)


def test_checks_that_wait_for_an_answer_are_bounded() -> None:
    consent = Consent()
    numbers = [consent.ask("here", 0) for _ in range(OUTSTANDING_MAX + 1)]
    assert not consent.asked(numbers[0], "here")
    assert consent.asked(numbers[1], "here")
