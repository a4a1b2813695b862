"""The relay's benchmark and soak: arithmetic on made-up figures, and tiny real runs. No time is asserted."""

import json
from array import array
from collections.abc import Iterable
from xml.etree import ElementTree

import av
import pytest

from loadtests.errors import NotConnected
from loadtests.media.peer import read_remote
from loadtests.media.prepared import encoded_frames
from server.benchmarks import frame, relay, relay_load, relay_media, relay_plot, table
from server.benchmarks.errors import BenchUnprepared
from server.benchmarks.relay import OfSize, Plan, Window
from server.benchmarks.relay_beside_naive import BesideNaive, FrameWindow, naive_summary
from server.benchmarks.relay_load import Outcome, Pace
from server.benchmarks.relay_soak import SoakPlan, SoakReport, soak

TINY = Plan(
    sizes=(1,),
    rounds=1,
    window_s=0.4,
    warm_up_s=0.2,
    rates=(500,),
    rate_s=0.3,
    with_janus=False,
    naive_calls=(1,),
)


def window(name: str, number: int, us: float, p99_ms: float = 2.0) -> Window:
    return Window(name, 50, number, us, 20_000.0, True, 1_000, 999, 1, 0, 0, 1.0, p99_ms, 3.0)


def test_the_median_round_counts_beside_that_of_janus() -> None:
    windows = tuple(
        window(name, number, us, p99)
        for number, (name, us, p99) in enumerate(
            [
                ("ours", 7, 2),
                ("janus", 20, 5),
                ("janus", 24, 6),
                ("ours", 9, 3),
                ("ours", 40, 80),
                ("janus", 22, 7),
            ]
        )
    )
    figures = relay.summary([OfSize(50, windows, {"ours": 80_000, "janus": 0}, {"ours": 10, "janus": 20})])
    assert figures["us_per_packet_50"] == 9
    assert figures["janus_us_per_packet_50"] == 22
    assert figures["ratio_to_janus_50"] == round(9 / 22, 3)
    assert figures["added_latency_p99_ms_50"] == 3
    assert figures["janus_memory_bytes_per_call_50"] == 20
    assert figures["lost_per_million_50"] == 1_000
    assert figures["highest_packets_per_s_50"] == 80_000
    assert "janus_highest_packets_per_s_50" not in figures


def beside(calls: int, ours_us: float, naive_us: float, arrived: int, p50_ms: float = 80.0) -> BesideNaive:
    def of(relay: str, us: float, arrived: int, p50_ms: float) -> FrameWindow:
        return FrameWindow(relay, calls, 0, us, 0.3, 1_000, 600, 400, arrived, p50_ms, 90.0, 95.0)

    windows = (of("ours", ours_us, 400, 0.1), of("naive", naive_us, arrived, p50_ms))
    return BesideNaive(calls, windows, {"ours": 10, "naive": 20})


def test_the_ratio_to_the_naive_relay_is_that_with_most_calls_that_it_carried() -> None:
    figures = naive_summary([beside(1, 40, 800, 398), beside(2, 20, 800, 400), beside(3, 9, 300, 380)])
    assert figures["ratio_to_naive"] == 20 / 800
    assert figures["naive_carried_calls"] == 2
    assert figures["naive_us_per_sent_packet_1"] == figures["naive_us_per_sent_packet_2"] == 800
    assert figures["us_per_sent_packet_1"] == 40
    assert figures["naive_memory_bytes_per_call"] == 20
    # The picture takes every figure that begins so for one of a count of calls.
    assert not [name for name in figures if "us_per_packet_" in name or name.endswith("_3")]
    late = naive_summary([beside(1, 40, 700, 400, p50_ms=401)])
    assert (late["naive_carried_calls"], late["ratio_to_naive"]) == (0, round(40 / 700, 4))
    assert naive_summary([]) == {}


def test_the_media_can_be_decoded_and_fill_their_packets() -> None:
    media = relay_media.relay_media()
    assert {len(payload) for frame in media.frames for payload in frame} == {1_100 - 12}
    assert {len(payload) for sound in media.sounds for payload in sound} == {120 - 12}
    bare = encoded_frames(relay_media.QUALITY)
    filled = [b"".join(payload[1:] for payload in frame) for frame in media.frames]
    shown = decoded(filled)
    assert len(shown) == len(filled)
    assert shown == decoded(bare)


def decoded(frames: Iterable[bytes]) -> list[bytes]:
    decoder = av.VideoCodecContext.create("libvpx", "r")
    return [bytes(picture.planes[0]) for frame in frames for picture in decoder.decode(av.Packet(frame))]


def test_without_janus_there_is_no_ratio() -> None:
    figures = relay.summary([OfSize(50, (window("ours", 0, 7),), {}, {"ours": 10})])
    assert "us_per_packet_50" in figures
    assert not [name for name in figures if "janus" in name]


def test_quantiles() -> None:
    outcome = Outcome(0, latencies_ns=array("q", [number * 1_000_000 for number in range(1_001)]))
    assert relay_load.quantiles_ms(outcome) == (500.0, 990.0, 999.0)


def test_every_peer_sends_what_a_call_has() -> None:
    plan = relay_load._plan(4, Pace(2.0))
    assert [at for at, *_ in plan] == sorted(at for at, *_ in plan)
    packets = sum(count for *_, count in plan)
    assert packets == pytest.approx(2 * 2 * relay.PACKETS_PER_S_OF_A_CALL, rel=0.02)
    faster = sum(count for *_, count in relay_load._plan(4, Pace(2.0, times=3.0)))
    assert faster == pytest.approx(3 * packets, rel=0.02)


@pytest.mark.parametrize(
    "sdp", ["", "v=0\r\n", "a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\na=ice-ufrag:x\r\n"]
)
def test_an_sdp_without_a_transport_gives_no_figure(sdp: str) -> None:
    with pytest.raises(NotConnected):
        read_remote(sdp)


def test_a_benchmark_without_a_quick_form_says_so() -> None:
    with pytest.raises(BenchUnprepared):
        frame.run(frame.Bench("slow", "for this test", relay.relay), lambda _: None, quick=True)
    assert table.find("relay").quick is relay.relay_quick


def test_a_tiny_run_of_the_benchmark_has_every_figure() -> None:
    told: list[str] = []
    measured = relay.measure(TINY, told.append)
    assert told[0] == f"janus: {relay.NO_JANUS}"
    assert measured.versions["janus"] == relay.NO_JANUS
    assert {
        "us_per_packet_1",
        "added_latency_p50_ms_1",
        "added_latency_p99_ms_1",
        "added_latency_p999_ms_1",
        "memory_bytes_per_call_1",
        "lost_per_million_1",
        "us_per_sent_packet_1",
        "frame_latency_p50_ms_1",
        "naive_us_per_sent_packet_1",
        "naive_frame_latency_p99_ms_1",
        "naive_carried_calls",
        "ratio_to_naive",
    } <= measured.summary.keys()
    sizes = measured.details["sizes"]
    assert isinstance(sizes, list)
    (window,) = sizes[0]["windows"]
    assert window["received"] + window["lost"] == window["sent"]
    assert window["received"] > 0
    assert window["twice"] == window["late"] == 0
    beside_naive = measured.details["beside_naive"]
    assert isinstance(beside_naive, list)
    ours, naive = beside_naive[0]["windows"]
    assert (ours["relay"], naive["relay"]) == ("ours", "naive")
    assert ours["sent"] == naive["sent"] > 0
    assert ours["frames"] == naive["frames"] < ours["sent"]
    assert ours["frames_arrived"] > 0
    assert naive["frames_arrived"] > 0
    # It encodes anew, to another bit rate.
    assert naive["received"] != naive["sent"]
    json.dumps(measured.details)


def test_a_short_soak_leaves_nothing_behind() -> None:
    told: list[str] = []
    report = soak(SoakPlan(calls=3, seconds=1.5, renewed=1, turn_s=0.5), told.append)
    assert report.faults == []
    assert report.turns == len(told)
    assert report.calls == 3 + report.turns
    assert report.received > 0
    assert report.sent == report.received + report.lost
    assert report.twice == report.late == 0


def test_growth_is_beyond_what_the_first_quarter_needed() -> None:
    report = SoakReport(memory_bytes=[100, 120, 110, 130, 125, 121, 122, 124])
    assert report.growth_bytes == 4
    assert SoakReport().growth_bytes == 0


def test_the_picture_has_both_lines_and_every_size() -> None:
    figures = {"us_per_packet_1": 40.0, "us_per_packet_50": 7.5, "janus_us_per_packet_1": 46.0}
    picture = ElementTree.fromstring(relay_plot.plot({**figures, "janus_us_per_packet_50": 22.0}))
    words = [element.text for element in picture.iter() if element.tag.endswith("text")]
    assert {"1", "50", "Shuitong 7.5", "Janus 22"} <= set(words)
    assert len([element for element in picture.iter() if element.tag.endswith("polyline")]) == 2
    alone = ElementTree.fromstring(relay_plot.plot({"us_per_packet_1": 40.0}))
    assert len([element for element in alone.iter() if element.tag.endswith("polyline")]) == 1
    with pytest.raises(ValueError, match="no cost"):
        relay_plot.plot({"ratio_to_janus_50": 0.3})
