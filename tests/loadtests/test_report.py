"""The report: one file, whose charts show what the run wrote; two results share their axes."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from loadtests.figures import Figures
from loadtests.media.ends import Standing
from loadtests.pulses import Pulse, Pulser, Pulses
from loadtests.report.charts import Chart, Mark, Series, drawn, nice_step, said
from loadtests.report.page import page
from loadtests.report.plots import charts_of, marks_of
from queueing.states import TicketState


def result(scale: int = 1, *, broken: int = 0) -> dict[str, Any]:
    pulses = [
        {
            "at_s": second,
            "counts": {"waiting": second * scale, "errors": 0, "packets_sent": 100 * second},
            "times": {"issue": [10.0 * scale, 20.0 * scale]},
        }
        for second in range(1, 21)
    ]
    found = [{"rule": "none_lost", "tickets": ["<t1>"], "shown": "taken & gone"}] * broken
    return {
        "name": "load",
        "started_at": "2026-11-27T00:00:00+00:00",
        "machine": {"cpu": "some", "cores": 2, "memory_bytes": 2**33},
        "versions": {"os": "Debian", "python": "3.11", "shuitong": "0.1.0", "commit": "abc"},
        "summary": {
            "taxpayers": 3, "tickets": 3, "taken_s": 20.0, "errors": 0, "rules_broken": broken,
            "views_checked": 9, "packets_sent": 2_000,
        },
        "details": {
            "scenario": {"taxpayers": 3, "curve": {"points": [[0, 2.5]]}},
            "broken_by_rule": {"none_lost": broken, "one_officer": 0},
            "broken": found,
            "errors_by_code": {},
            "killed": [{"process": "redis", "at_s": 7.0, "back_s": 0.1}],
            "by_second": pulses,
            "samples": [
                {"at_s": at_s, "process": "web", "cores": 0.5, "memory_bytes": 2**28} for at_s in (1, 2, 3)
            ],
        },
    }  # fmt: skip


class _Balance(HTMLParser):
    """Every element that is opened is closed, and nothing is loaded from elsewhere."""

    VOID = frozenset({"meta", "line", "path"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not {"src", "href"} & {name for name, _ in attrs}
        if tag not in {"meta"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not {"src", "href"} & {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_one_result_is_one_file_with_its_charts() -> None:
    written = page([("this run", result(broken=1))])
    balance = _Balance()
    balance.feed(written)
    assert balance.open == []
    assert "url(" not in written
    assert "http" not in written
    titles = re.findall(r"<figcaption><b>(.*?)</b>", written)
    assert titles == [chart.title for chart in charts_of(result()["details"])]
    assert {"In the hall", "Taking a ticket", "Processor", "Memory"} <= set(titles)
    assert "&lt;t1&gt;" in written
    assert "taken &amp; gone" in written
    assert "Rules broken: once; errors: " in written
    assert written.count("✕ redis") == len(titles)


def test_two_results_stand_side_by_side_on_the_same_axes() -> None:
    written = page([("this run", result()), ("before", result(scale=10))])
    hall = re.findall(r"<figure><figcaption><b>In the hall</b>.*?</figure>", written)
    assert len(hall) == 2
    ticks = [re.findall(r'class="tick" x="46"[^>]*>([^<]*)<', figure) for figure in hall]
    assert ticks[0] == ticks[1] == ["0", "50", "100", "150", "200"]
    assert hall[0] != hall[1]


@pytest.mark.parametrize(
    ("highest", "step"), [(0, 1.0), (5, 1.0), (7, 2.0), (20, 5.0), (200, 50.0), (0.04, 0.01), (60, 20.0)]
)
def test_steps_of_an_axis_are_round(highest: float, step: float) -> None:
    assert nice_step(highest) == pytest.approx(step)


def test_numbers_are_short() -> None:
    assert [said(value) for value in (0, 0.25, 950, 1_200, 3e6, 2e9)] == [
        "0",
        "0.25",
        "950",
        "1.2k",
        "3M",
        "2G",
    ]


def test_a_gap_parts_a_line_and_a_lonely_point_is_a_dot() -> None:
    series = Series("s", [(0, 1.0), (1, 2.0), (2, None), (3, 1.0)])
    svg = drawn(Chart("c", "u", [series]), highest=0, last_s=10, marks=[Mark(5, "<kill>")])
    assert svg.count("<path") == 2
    assert "h0.01" in svg
    assert "&lt;kill&gt;" in svg


def test_kills_are_marked_where_they_were() -> None:
    assert marks_of(result()["details"]) == [Mark(7.0, "✕ redis")]


def test_pulses_of_several_generators_are_one_picture() -> None:
    first, second, pulses = Figures(started=2), Figures(started=1), Pulses()
    first.state("t1", TicketState.WAITING)
    second.state("t2", TicketState.WAITING)
    pulsers = Pulser(), Pulser()
    first.issue_ms.append(10.0)
    second.issue_ms.append(30.0)
    pulses.add(0, pulsers[0].pulse(first, 1.0))
    pulses.add(1, pulsers[1].pulse(second, 1.2))
    first.state("t1", TicketState.FINISHED)
    first.issue_ms.append(50.0)
    pulses.add(0, pulsers[0].pulse(first, 2.0, Standing(2, 7, 5)))
    row = pulses.row()
    assert (row.at_s, row.waiting, row.done, row.issue_p95_ms) == (2, 1, 1, 50.0)
    one, two = pulses.joined()
    assert isinstance(one, Pulse)
    assert (one.counts["waiting"], two.counts["waiting"], two.counts["packets_sent"]) == (2, 1, 7)
    assert (one.times["issue"], two.times["issue"]) == ([10.0, 30.0], [50.0])
