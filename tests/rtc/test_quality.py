"""What figures come to, how they are measured from RTCP, and what is kept of a call."""

import struct
from itertools import count

import pytest

from rtc.call import EndReason, LegName
from rtc.meter import PAGE_FIGURES_LAST_MS, SHOWN_EVERY, CallMeter
from rtc.packets import RECEIVER_REPORT, SENDER_REPORT, PacketMalformed
from rtc.quality import BOUNDS, Figures, Flaw, LegQuality, Spread, quality_of
from rtc.reports import Block, read_reports
from rtc.service import CallChanged
from rtc.settings import RelaySettings
from tests.rtc.house import CALL, House, open_house
from tests.rtc.peer import offered_ssrcs
from tests.rtc.waiting import wait_until

T, O = LegName.TAXPAYER, LegName.OFFICER  # noqa: E741
AUDIO, VIDEO = 11, 22
WINDOW_MS = 3_000


def sender_report(ssrc: int, seconds: int, *blocks: bytes) -> bytes:
    head = struct.pack(
        "!BBHIIIIII", 0x80 | len(blocks), SENDER_REPORT, 6 + 6 * len(blocks), ssrc, seconds, 0, 0, 0, 0
    )
    return head + b"".join(blocks)


def receiver_report(*blocks: bytes) -> bytes:
    return struct.pack("!BBHI", 0x80 | len(blocks), RECEIVER_REPORT, 1 + 6 * len(blocks), 1) + b"".join(
        blocks
    )


def block(ssrc: int, lost: int, highest: int, jitter: int = 0, seconds: int = 0, delay_ms: int = 0) -> bytes:
    return struct.pack(
        "!IIIIII", ssrc, lost & 0xFFFFFF, highest, jitter, seconds << 16, delay_ms * 65536 // 1000
    )


@pytest.mark.parametrize(
    ("figures", "level", "flaw"),
    [
        (Figures(), 0, None),
        (Figures(kbits_up=0, kbits_down=3), 0, None),
        (Figures(round_trip_ms=20, loss_up_permille=0), 3, None),
        (Figures(loss_down_permille=24, jitter_up_ms=59, frozen_permille=29, round_trip_ms=249), 3, None),
        (Figures(loss_down_permille=25), 2, Flaw.LOSS_DOWN),
        (Figures(loss_up_permille=80, loss_down_permille=79), 1, Flaw.LOSS_UP),
        (Figures(round_trip_ms=600, frozen_permille=150), 1, Flaw.FREEZES),
        (Figures(round_trip_ms=300, jitter_down_ms=150), 1, Flaw.JITTER),
        (Figures(round_trip_ms=250), 2, Flaw.DELAY),
    ],
)
def test_the_worst_figure_decides(figures: Figures, level: int, flaw: Flaw | None) -> None:
    found = quality_of(figures)
    assert (found.level, found.flaw, found.figures) == (level, flaw, figures)


@pytest.mark.parametrize("name", BOUNDS)
def test_each_bound_makes_fair_and_poor(name: str) -> None:
    bounds = BOUNDS[name]
    levels = [quality_of(Figures(**{name: value})).level for value in (0, bounds.fair, bounds.poor, 10**6)]
    assert levels == [3, 2, 1, 1]


def test_figures_are_never_negative() -> None:
    with pytest.raises(ValueError, match="loss_up_permille"):
        Figures(loss_up_permille=-1)


def test_reports_are_read_among_other_parts() -> None:
    described = struct.pack("!BBHI", 0x81, 202, 2, AUDIO) + b"\x01\x01x\x00"
    packet = sender_report(AUDIO, 7, block(VIDEO, -2, 70_000, 900, 5, 40)) + described + receiver_report()
    first, second = read_reports(packet)
    assert first.sent == 7 << 16
    assert first.blocks == (Block(VIDEO, -2, 70_000, 900, 5 << 16, 40 * 65536 // 1000),)
    assert (second.sent, second.blocks) == (None, ())


def test_what_is_cut_off_is_said_or_left_out() -> None:
    with pytest.raises(PacketMalformed):
        list(read_reports(receiver_report(block(1, 0, 1))[:-1]))
    lying = bytearray(receiver_report(block(1, 0, 1)))
    lying[0] = 0x80 | 31
    [report] = read_reports(bytes(lying))
    assert len(report.blocks) == 1


def test_loss_jitter_round_trip_and_rate_of_both_directions() -> None:
    meter = CallMeter(WINDOW_MS)
    assert meter.look(0, {T: 1_000, O: 0}) == {}
    meter.take_rtcp(T, 100, sender_report(VIDEO, 7), AUDIO)
    meter.take_rtcp(O, 200, receiver_report(block(VIDEO, 0, 100), block(AUDIO, 0, 50)), AUDIO)
    meter.take_rtcp(
        O, 300, receiver_report(block(VIDEO, 6, 200, 900, 7, 125), block(AUDIO, 0, 150, 4_800)), AUDIO
    )
    assert meter.look(WINDOW_MS - 1, {T: 1_000, O: 0}) == {}
    seen = meter.look(WINDOW_MS, {T: 376_000, O: 37_500})
    assert seen[T].figures == Figures(kbits_up=1_000, kbits_down=100, loss_up_permille=30, jitter_up_ms=100)
    assert seen[O].figures == Figures(
        kbits_up=100, kbits_down=1_000, loss_down_permille=30, jitter_down_ms=100, round_trip_ms=75
    )
    assert (seen[T].level, seen[T].flaw) == (2, Flaw.LOSS_UP)
    assert (seen[O].level, seen[O].flaw) == (2, Flaw.LOSS_DOWN)


def test_a_page_tells_what_the_relay_does_not_see() -> None:
    meter = CallMeter(WINDOW_MS)
    meter.look(0, {T: 0, O: 0})
    meter.take_page(T, Figures(frozen_permille=200, kbits_up=9_999, round_trip_ms=30), 10)
    seen = meter.look(WINDOW_MS, {T: 0, O: 0})[T]
    assert (seen.flaw, seen.figures) == (
        Flaw.FREEZES,
        Figures(kbits_up=0, kbits_down=0, frozen_permille=200, round_trip_ms=30),
    )
    later = meter.look(PAGE_FIGURES_LAST_MS + WINDOW_MS, {T: 0, O: 0})[T]
    assert (later.level, later.figures) == (0, Figures(kbits_up=0, kbits_down=0))


def test_new_numbers_are_shown_seldom_and_new_words_at_once() -> None:
    meter = CallMeter(WINDOW_MS)
    windows = count(0, WINDOW_MS)
    nothing = {T: 0, O: 0}
    meter.look(next(windows), nothing)
    assert set(meter.look(next(windows), nothing)) == {T, O}
    for _ in range(SHOWN_EVERY - 1):
        assert meter.look(next(windows), nothing) == {}
    assert set(meter.look(next(windows), nothing)) == {T, O}
    now_ms = next(windows)
    meter.take_page(O, Figures(round_trip_ms=700), now_ms)
    assert set(meter.look(now_ms, nothing)) == {O}


def test_what_a_page_missed_before_it_came_back_does_not_count() -> None:
    meter = CallMeter(WINDOW_MS)
    meter.look(0, {T: 0, O: 0})
    meter.take_rtcp(O, 10, receiver_report(block(VIDEO, 0, 100)), AUDIO)
    meter.pause()
    meter.look(50_000, {T: 0, O: 0})
    meter.take_rtcp(O, 50_010, receiver_report(block(VIDEO, 900, 1_000)), AUDIO)
    meter.take_rtcp(O, 50_020, receiver_report(block(VIDEO, 900, 1_100)), AUDIO)
    seen = meter.look(50_000 + WINDOW_MS, {T: 0, O: 0})
    assert seen[T].figures.loss_up_permille == 0


def test_a_call_comes_to_least_mean_and_most() -> None:
    meter = CallMeter(WINDOW_MS)
    assert meter.summary() == ()
    for number, (sent, trip) in enumerate([(0, 0), (375_000, 100), (1_125_000, 700), (1_500_000, 103)]):
        meter.take_page(T, Figures(round_trip_ms=trip), number * WINDOW_MS)
        meter.look(number * WINDOW_MS, {T: sent, O: 0})
    taxpayer, officer = meter.summary()
    assert taxpayer == LegQuality(
        T,
        poor=1,
        fair=0,
        good=2,
        spreads=(
            Spread("kbits_up", 1_000, 1_333, 2_000),
            Spread("kbits_down", 0, 0, 0),
            Spread("round_trip_ms", 100, 301, 700),
        ),
    )
    assert (officer.poor, officer.fair, officer.good) == (0, 0, 0)


async def test_both_sides_are_shown_what_was_measured_and_the_end_tells_it_all() -> None:
    async for house in open_house(RelaySettings(tick_ms=20, quality_ms=200, keyframe_interval_ms=100)):
        await _measured(house)


async def _measured(house: House) -> None:
    taxpayer, officer = await house.both()
    await house.relay.set_quality(CALL, O, Figures(frozen_permille=1_000))
    numbers = count(100)
    # As the officer's page has it, under the name that it was told.
    told = offered_ssrcs(officer.current.sdp)[1]

    def lossy() -> bool:
        number = next(numbers)
        taxpayer.send_rtp(96, taxpayer.video_ssrc, b"x" * 100)
        taxpayer.send_rtcp(sender_report(taxpayer.video_ssrc, number))
        officer.send_rtcp(receiver_report(block(told, number - 100, number * 2, seconds=number)))
        seen = house.last_view()
        return seen.leg(T).quality.flaw is Flaw.LOSS_UP and seen.leg(O).quality.flaw is Flaw.LOSS_DOWN

    await wait_until(lossy, "loss in the view")
    shown = house.last_view().leg(O).quality
    assert shown.level == 1
    assert shown.figures.frozen_permille == 1_000
    assert shown.figures.loss_down_permille is not None
    await house.relay.close_call(CALL, EndReason.CLOSED)
    await wait_until(lambda: house.last_view().end_reason is EndReason.CLOSED, "the end")
    ended = house.events[-1]
    assert isinstance(ended, CallChanged)
    kept = {leg.leg: leg for leg in ended.quality}
    assert {T, O} == set(kept)
    assert kept[T].poor >= 1
    assert "loss_up_permille" in {spread.figure for spread in kept[T].spreads}
