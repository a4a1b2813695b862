"""What has to work (docs/FEATURES.md) against the tests that did it in the last full run."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from server.errors import UnknownFeature

ROOT = Path(__file__).resolve().parent.parent
FEATURES_PAGE = ROOT / "docs" / "FEATURES.md"
RESULTS_FILE = ROOT / "test-results" / "features.json"

_ROW = re.compile(r"^\|\s*(?P<row>[SB][0-9]+)\s*\|\s*(?P<text>.*?)\s*\|$")
_TEXT_WIDTH = 72


@dataclass(frozen=True, slots=True)
class Feature:
    row: str
    text: str


def parse_features(page: str) -> tuple[Feature, ...]:
    """The rows of the page's tables, in order. Raises ``UnknownFeature`` when there is none or one twice."""
    found = tuple(
        Feature(match["row"], match["text"])
        for line in page.splitlines()
        if (match := _ROW.match(line.strip()))
    )
    rows = [feature.row for feature in found]
    if not rows or len(set(rows)) != len(rows):
        raise UnknownFeature("docs/FEATURES.md has no rows, or one of them twice")
    return found


def read_features(file: Path = FEATURES_PAGE) -> tuple[Feature, ...]:
    """The rows of this checkout. Raises ``UnknownFeature`` in an installed package, which has no docs."""
    try:
        return parse_features(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UnknownFeature(f"{file} is missing: this works in a checkout of the source only") from None


def read_results(file: Path = RESULTS_FILE) -> dict[str, list[str]]:
    """Row to node ids of the passed tests; empty before the first ``./run test``."""
    if not file.exists():
        return {}
    rows: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8"))
    return rows


def passed_tests(
    features: Sequence[Feature], marked: Mapping[str, Sequence[str]], passed: frozenset[str]
) -> dict[str, list[str]]:
    """Row to its passed tests, for every row. ``marked``: node id to the rows that the test is marked for."""
    tests: dict[str, list[str]] = {feature.row: [] for feature in features}
    for test in sorted(passed & marked.keys()):
        for row in dict.fromkeys(marked[test]):
            tests[row].append(test)
    return tests


def table(features: Sequence[Feature], results: Mapping[str, Sequence[str]]) -> str:
    """One line a row (number, short text, how many tests) with the tests' names under it."""
    lines: list[str] = []
    for feature in features:
        tests = results.get(feature.row, ())
        lines.append(f"{feature.row:<4} {_short(feature.text):<{_TEXT_WIDTH}} {len(tests) or '–':>3}")
        lines += [f"       {test}" for test in tests]
    done = sum(1 for feature in features if results.get(feature.row))
    lines.append(f"{done} of {len(features)} rows have a test that passed in the last ./run test")
    return "\n".join(lines)


def _short(text: str) -> str:
    return text if len(text) <= _TEXT_WIDTH else text[: _TEXT_WIDTH - 1].rstrip() + "…"
