"""The table of what has to work, and the plugin that fills it, in a pytest run of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from server.errors import UnknownFeature
from server.features import Feature, parse_features, passed_tests, read_features, read_results, table

ROOT = Path(__file__).resolve().parent.parent.parent

SOME_TESTS = """
import pytest

@pytest.mark.feature("S1", "S31")
def test_two_rows():
    pass

@pytest.mark.feature("S1")
@pytest.mark.parametrize("n", [1, 2])
def test_every_case(n):
    assert n == 1

@pytest.fixture
def breaks_afterwards():
    yield
    raise RuntimeError

@pytest.mark.feature("S2")
def test_torn_down_badly(breaks_afterwards):
    pass

def test_unmarked():
    pass
"""

SECOND_TRIES = """
import pytest

tries = []

@pytest.mark.feature("S1")
def test_at_the_second_try():
    tries.append(1)
    assert len(tries) == 2

@pytest.mark.feature("S2")
def test_never():
    raise RuntimeError
"""


def run_pytest(folder: Path, source: str, *options: str) -> tuple[subprocess.CompletedProcess[str], Path]:
    (folder / "test_some.py").write_text(source, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = feature\naddopts = --strict-markers\n")
    results = folder / "results" / "features.json"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "tests.features_plugin", "-p", "no:randomly"),
            *(f"--features-json={results}", *options),
        ],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return done, results


def test_the_rows_of_the_page_are_all_read() -> None:
    rows = [feature.row for feature in read_features()]
    assert rows == [f"S{n}" for n in range(1, 41)] + [f"B{n}" for n in range(1, 13)]


@pytest.mark.parametrize("page", ["", "| id | row |\n|---|---|\n", "| S1 | one |\n| S1 | again |"])
def test_a_page_without_rows_or_with_one_twice_is_refused(page: str) -> None:
    with pytest.raises(UnknownFeature):
        parse_features(page)


def test_only_whole_passed_tests_count_each_by_its_node_id(tmp_path: Path) -> None:
    done, results = run_pytest(tmp_path, SOME_TESTS)
    assert done.returncode == 1, done.stdout
    rows = read_results(results)
    assert rows.keys() == {feature.row for feature in read_features()}
    assert {row: tests for row, tests in rows.items() if tests} == {
        "S1": ["test_some.py::test_every_case[1]", "test_some.py::test_two_rows"],
        "S31": ["test_some.py::test_two_rows"],
    }


def test_what_is_run_again_counts_as_it_ends(tmp_path: Path) -> None:
    done, results = run_pytest(tmp_path, SECOND_TRIES, "--reruns=1", "-raR")
    assert done.returncode == 1, done.stdout
    assert "RERUN test_some.py::test_at_the_second_try" in done.stdout
    assert {row: tests for row, tests in read_results(results).items() if tests} == {
        "S1": ["test_some.py::test_at_the_second_try"]
    }


def test_a_mark_for_an_unknown_row_ends_the_collection_and_leaves_no_old_results(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "features.json").write_text("{}")
    done, results = run_pytest(
        tmp_path, "import pytest\n\n@pytest.mark.feature('S1', 'S99')\ndef test_it():\n    pass\n"
    )
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "test_some.py::test_it: marked for S99, which docs/FEATURES.md does not have" in done.stderr
    assert {row: tests for row, tests in read_results(results).items() if tests} == {}


def test_a_row_that_one_test_names_twice_counts_it_once() -> None:
    features = (Feature("S1", "one"), Feature("S2", "two"))
    marked = {"a": ["S1", "S1"], "b": ["S2"], "c": ["S1"]}
    assert passed_tests(features, marked, frozenset({"a", "c", "d"})) == {"S1": ["a", "c"], "S2": []}


def test_the_table_names_the_tests_under_their_row() -> None:
    lines = table((Feature("S1", "one"), Feature("S2", "long " * 40)), {"S1": ["t::a", "t::b"]}).splitlines()
    assert lines[0].split() == ["S1", "one", "2"]
    assert [line.strip() for line in lines[1:3]] == ["t::a", "t::b"]
    assert lines[3].endswith("–")
    assert len(lines[3]) < 100
    assert lines[4] == "1 of 2 rows have a test that passed in the last ./run test"


def test_before_the_first_run_there_are_no_results(tmp_path: Path) -> None:
    assert read_results(tmp_path / "features.json") == {}


def test_the_command_prints_every_row_as_json() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from server.cli import main; main()", "features", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout).keys() == {feature.row for feature in read_features()}
