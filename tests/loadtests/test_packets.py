"""Packets: each arrives once and in order, or counts as lost; planted defects are found."""

from collections.abc import Sequence

import pytest

from loadtests.observed import MediaCounted, Observed
from loadtests.packets import accounts
from loadtests.rules import Judged, check

AUDIO, VIDEO = 111, 96


def names(kind: int, count: int, first: int = 65_530) -> list[int]:
    """Packets in their order; the sequence numbers begin anew on the way."""
    return [kind << 48 | (1_000 + 960 * turn) << 16 | (first + turn) & 0xFFFF for turn in range(count)]


SENT = [name for pair in zip(names(AUDIO, 20), names(VIDEO, 20), strict=True) for name in pair]
BACK = names(AUDIO, 5, first=7)


def events(received: Sequence[int], *, damaged: int = 0) -> list[Observed]:
    return [
        MediaCounted("call", "taxpayer", "taxpayer 1", SENT, BACK),
        MediaCounted("call", "officer", "officer L001", BACK, received, damaged),
    ]


def told(found: list[Observed]) -> list[str]:
    broken = check(Judged(found, drained=False, alone=True))
    assert {one.rule for one in broken} <= {"packets_counted"}
    return [one.shown for one in broken]


def test_every_packet_of_a_good_call() -> None:
    assert told(events(SENT)) == []
    there = next(one for one in accounts(events(SENT)) if one.way == "taxpayer to officer")
    assert (there.sent, there.received, there.lost, there.unheard) == (40, 40, 0, 0)


def test_what_is_lost_is_told_from_what_nobody_could_hear() -> None:
    """The first six and the last two were sent before the other side came and after it had left."""
    heard = [name for turn, name in enumerate(SENT[6:-2]) if turn not in (4, 5, 9)]
    assert told(events(heard)) == []
    there = next(one for one in accounts(events(heard)) if one.way == "taxpayer to officer")
    assert (there.sent, there.received, there.lost, there.unheard) == (40, 29, 3, 8)


@pytest.mark.parametrize(
    ("received", "damaged", "said"),
    [
        ([*SENT[:9], SENT[4], *SENT[9:]], 0, "1 twice"),
        ([*SENT[:4], SENT[6], *SENT[5:6], SENT[4], *SENT[7:]], 0, "1 late"),
        ([*SENT, AUDIO << 48 | 5 << 16 | 9], 0, "1 foreign"),
        (SENT, 2, "2 damaged"),
    ],
)
def test_a_planted_defect_is_found(received: list[int], damaged: int, said: str) -> None:
    (shown,) = told(events(received, damaged=damaged))
    assert shown.startswith("taxpayer to officer: of 40 sent 40 arrived;")
    assert said in shown


def test_a_side_that_nobody_saw_is_not_judged() -> None:
    assert told(events(SENT)[:1]) == []
    assert accounts(events(SENT)[:1]) == []
