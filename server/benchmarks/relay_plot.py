"""Run as a program: the picture of how the relay's cost grows with calls, from a result of its benchmark.

Arguments: the JSON that `./run bench relay --json FILE` wrote, and the SVG file to write.
"""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 360
LEFT: Final = 56
RIGHT: Final = 96
TOP: Final = 24
BOTTOM: Final = 48
LINES: Final = (("us_per_packet_", "Shuitong", "#0b6e4f"), ("janus_us_per_packet_", "Janus", "#b3541e"))
TICKS: Final = 5


def plot(summary: Mapping[str, float]) -> str:
    """An SVG: calls (logarithmic) against µs a packet. Raises ValueError where there is nothing to show."""
    rows = {name: _row(summary, prefix) for prefix, name, _ in LINES}
    points = [point for row in rows.values() for point in row]
    if not points:
        raise ValueError("no cost of a packet in this result")
    most = _round_up(max(cost for _, cost in points))
    last = max(calls for calls, _ in points)

    def x(calls: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log(calls) / math.log(last) if last > 1 else 0.5)

    def y(cost: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * cost / most

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        'font-size="12"><rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="{LEFT}" y="15">processor time for a forwarded packet, µs</text>',
        f'<text x="{WIDTH / 2:.0f}" y="{HEIGHT - 10}" text-anchor="middle">calls at a time</text>',
    ]
    for tick in range(TICKS + 1):
        cost = most * tick / TICKS
        parts.append(
            f'<path d="M{LEFT} {y(cost):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
            f'<text x="{LEFT - 6}" y="{y(cost) + 4:.1f}" text-anchor="end">{cost:g}</text>'
        )
    for calls in sorted({calls for calls, _ in points}):
        parts.append(f'<text x="{x(calls):.1f}" y="{HEIGHT - 28}" text-anchor="middle">{calls}</text>')
    for _, name, colour in LINES:
        row = rows[name]
        if not row:
            continue
        line = " ".join(f"{x(calls):.1f},{y(cost):.1f}" for calls, cost in row)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(n):.1f}" cy="{y(cost):.1f}" r="3" fill="{colour}"/>' for n, cost in row]
        calls, cost = row[-1]
        parts.append(
            f'<text x="{x(calls) + 8:.1f}" y="{y(cost) + 4:.1f}" fill="{colour}">{name} {cost:g}</text>'
        )
    return "\n".join([*parts, "</svg>\n"])


def _row(summary: Mapping[str, float], prefix: str) -> Sequence[tuple[int, float]]:
    return sorted(
        (int(name.removeprefix(prefix)), cost) for name, cost in summary.items() if name.startswith(prefix)
    )


def _round_up(cost: float) -> float:
    return math.ceil(cost / 10) * 10


def main() -> None:
    result, picture = sys.argv[1:]
    summary = json.loads(Path(result).read_text(encoding="utf-8"))["summary"]
    Path(picture).write_text(plot(summary), encoding="utf-8")


if __name__ == "__main__":
    main()
