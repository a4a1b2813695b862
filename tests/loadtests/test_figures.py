"""Counts, quantiles and the table."""

import asyncio

from loadtests.figures import Figures, heading, quantile, row, summary, table_line
from loadtests.hours import Hours, Phase
from queueing.states import TicketState


def test_nearest_rank_quantiles() -> None:
    assert quantile([], 0.5) is None
    assert quantile([7.0], 0.95) == 7.0
    values = [float(value) for value in range(100, 0, -1)]
    assert (quantile(values, 0.5), quantile(values, 0.95), quantile(values, 1.0)) == (50.0, 95.0, 100.0)


def test_a_call_is_timed_whichever_side_is_heard_first() -> None:
    figures = Figures()
    figures.called("t1", 1, asked_at_ms=100.0)
    figures.shown_called("t1", 1, at_ms=130.0)
    figures.shown_called("t2", 1, at_ms=250.0)
    figures.shown_called("t2", 1, at_ms=400.0)
    figures.called("t2", 1, asked_at_ms=200.0)
    figures.called("t3", 1, asked_at_ms=500.0)
    assert figures.call_to_page_ms == [30.0, 50.0]


def test_the_table_and_the_summary_say_the_same() -> None:
    figures = Figures(started=3, issue_ms=[10.0, 20.0])
    figures.state("t1", TicketState.FINISHED)
    figures.state("t2", TicketState.ABANDONED)
    figures.state("t2", TicketState.LAPSED)
    figures.state("t3", TicketState.WAITING)
    current = row(figures, 12.4)
    assert (current.at_s, current.waiting, current.done, current.abandoned) == (12, 1, 1, 1)
    assert table_line(current).split() == ["12", "3", "1", "0", "0", "0", "1", "1", "0", "10", "20", "–", "–"]
    assert len(table_line(current)) == len(heading())
    figured = summary(figures, taken_s=12.4)
    assert (figured["tickets"], figured["finished"], figured["lapsed"], figured["open"]) == (3, 1, 1, 1)
    assert figured["issue_p95_ms"] == 20.0
    assert "call_to_page_p50_ms" not in figured


async def test_a_sleeper_is_woken_by_its_phase_only() -> None:
    hours = Hours()
    until_over = asyncio.create_task(hours.sleep(60, until=Phase.OVER))
    until_closing = asyncio.create_task(hours.sleep(60))
    await asyncio.sleep(0)
    hours.move_to(Phase.CLOSING)
    assert await until_closing is False
    assert not until_over.done()
    hours.move_to(Phase.OVER)
    hours.move_to(Phase.CLOSING)
    assert await until_over is False
    assert hours.phase is Phase.OVER
    assert await hours.sleep(60) is False
    assert await Hours().sleep(0) is True
