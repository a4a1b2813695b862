"""Records which rows of docs/FEATURES.md were done by a test that passed: --features-json FILE.

A mark for a row that the page does not have ends the collection. A test passes when its set-up, its call
and its tear-down all did.
"""

import json
from pathlib import Path
from typing import Final

import pytest

from server.features import passed_tests, read_features

ROW: Final = "feature"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--features-json",
        metavar="FILE",
        default=None,
        help="write row → passed tests of docs/FEATURES.md here",
    )


def pytest_configure(config: pytest.Config) -> None:
    # Where tests run in several processes, the one that they report to writes.
    target = None if hasattr(config, "workerinput") else config.getoption("--features-json")
    config.pluginmanager.register(Recorder(Path(config.rootpath, target) if target else None))


class Recorder:
    def __init__(self, target: Path | None) -> None:
        self._target = target
        self._features = read_features()
        self._marked: dict[str, list[str]] = {}
        self._passed: dict[str, bool] = {}
        if target is not None:
            # A run that dies leaves no results of an earlier one behind.
            target.unlink(missing_ok=True)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        known = {feature.row for feature in self._features}
        for item in items:
            rows = [str(row) for mark in item.iter_markers("feature") for row in mark.args]
            if unknown := sorted(set(rows) - known):
                raise pytest.UsageError(
                    f"{item.nodeid}: marked for {', '.join(unknown)}, which docs/FEATURES.md does not have"
                )
            # Goes with each report, also to another process.
            item.user_properties += [(ROW, row) for row in rows]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.outcome == "rerun":  # type: ignore[comparison-overlap]
            # It is run once more, and counts as that run ends.
            self._passed.pop(report.nodeid, None)
            return
        rows = [str(row) for name, row in report.user_properties if name == ROW]
        if rows:
            self._marked[report.nodeid] = rows
        self._passed[report.nodeid] = self._passed.get(report.nodeid, True) and report.passed

    def pytest_sessionfinish(self) -> None:
        if self._target is None:
            return
        passed = frozenset(test for test, all_parts in self._passed.items() if all_parts)
        self._target.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(passed_tests(self._features, self._marked, passed), indent=1, ensure_ascii=False)
        self._target.write_text(text + "\n", encoding="utf-8")
