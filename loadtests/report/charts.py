"""Line charts as SVG. Pure: series in, text out; nothing is loaded from anywhere."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH, HEIGHT = 560, 220
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 14, 26
COLOURS: Final = ("#2563a8", "#c2571a", "#3b7d3c", "#8a4fa3", "#b0356b", "#5f6b7a", "#8a6d1d", "#1f8a8a")
TICKS: Final = 5
MARK_ROWS, MARK_LINE, MARK_CHARACTER = 4, 11, 6.5
"""Words of marks that would lie over each other go on so many rows; a row's and a letter's size at most."""
POINTS_MAX: Final = 700
"""Of a line: more would lie on the same pixel."""


@dataclass(frozen=True, slots=True)
class Series:
    """A line: points of second and value; a value of none is a gap."""

    name: str
    points: Sequence[tuple[float, float | None]]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at that second."""

    at_s: float
    said: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over the seconds of a run."""

    title: str
    unit: str
    series: Sequence[Series]

    @property
    def highest(self) -> float:
        return max(
            (value for one in self.series for _, value in one.points if value is not None), default=0.0
        )

    @property
    def last_s(self) -> float:
        return max((at_s for one in self.series for at_s, _ in one.points), default=0.0)


def nice_step(highest: float, ticks: int = TICKS) -> float:
    """1, 2 or 5 times a power of ten, so that about so many steps reach that high."""
    if highest <= 0:
        return 1.0
    rough = highest / ticks
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)


def said(value: float) -> str:
    """Short: 1,200 is 1.2k."""
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return f"{value / limit:.3g}{letter}"
    return f"{value:.3g}"


def drawn(chart: Chart, *, highest: float, last_s: float, marks: Sequence[Mark] = ()) -> str:
    """The chart as a ``figure``, with axes up to there at least."""
    step = nice_step(max(highest, chart.highest))
    top = step * max(1, math.ceil(max(highest, chart.highest) / step - 1e-9))
    x_step = nice_step(max(last_s, chart.last_s, 1.0), 8)
    end_s = max(last_s, chart.last_s, 1.0)

    def x(at_s: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * at_s / end_s

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top

    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(chart.title)}">']
    for turn in range(round(top / step) + 1):
        at = y(turn * step)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 6}" y="{at + 3.5:.1f}">{said(turn * step)}</text>')
    for turn in range(int(end_s / x_step) + 1):
        at = x(turn * x_step)
        label = said(turn * x_step) if turn * x_step < end_s * 0.97 else ""
        parts.append(f'<text class="tick under" x="{at:.1f}" y="{HEIGHT - 9}">{label}</text>')
    parts.append(f'<text class="tick" x="{WIDTH - RIGHT}" y="{HEIGHT - 9}">s</text>')
    last_ends = [0.0] * MARK_ROWS
    for mark in marks:
        at = x(mark.at_s)
        # What would lie over the one before goes below it.
        row = min(range(MARK_ROWS), key=lambda row: (at < last_ends[row], row))
        last_ends[row] = at + MARK_CHARACTER * len(mark.said)
        parts.append(f'<line class="mark" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
        below = TOP + 8 + row * MARK_LINE
        parts.append(f'<text class="marked" x="{at + 3:.1f}" y="{below}">{escape(mark.said)}</text>')
    for turn, one in enumerate(chart.series):
        colour = COLOURS[turn % len(COLOURS)]
        for path in _paths(one.points, x, y):
            parts.append(f'<path d="{path}" stroke="{colour}"><title>{escape(one.name)}</title></path>')
    parts.append("</svg>")
    legend = "".join(
        f'<span><i style="background:{COLOURS[turn % len(COLOURS)]}"></i>{escape(one.name)}</span>'
        for turn, one in enumerate(chart.series)
    )
    head = f"<figcaption><b>{escape(chart.title)}</b> <small>{escape(chart.unit)}</small></figcaption>"
    return f'<figure>{head}{"".join(parts)}<p class="legend">{legend}</p></figure>'


def _paths(
    points: Sequence[tuple[float, float | None]], x: Callable[[float], float], y: Callable[[float], float]
) -> list[str]:
    """A path for each run of points without a gap."""
    stride = max(1, len(points) // POINTS_MAX)
    found: list[str] = []
    words: list[str] = []
    for at_s, value in points[::stride]:
        if value is None:
            if words:
                found.append("".join(words))
            words = []
        else:
            words.append(f"{'L' if words else 'M'}{x(at_s):.1f} {y(value):.1f}")
            if len(words) == 1:
                # A point with gaps on both sides is a dot.
                words.append("h0.01")
    if words:
        found.append("".join(words))
    return found
