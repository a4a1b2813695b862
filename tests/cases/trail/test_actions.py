"""Every action that is written is listed, and every listed one is written somewhere."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cases.trail.actions import ACTIONS, OF_CASES, OF_RECORDS, OF_VISITS
from cases.trail.chain import BEGIN

PACKAGES: Final = ("cases", "server", "api", "signaling")
ROOT: Final = Path(__file__).parents[3]
NOTERS: Final = frozenset({"append", "_audit", "_changed", "_change", "_note", "_noted"})
"""What writes an entry, or hands its action on to what does."""
COMPOSED: Final = {
    "case.": OF_CASES,
    "video.": OF_CASES,
    "still.": OF_CASES,
    "booking.": OF_VISITS,
    "retention.": OF_RECORDS,
}
"""Actions that are composed of such a beginning and a member of an enum."""


def calls() -> Iterator[tuple[str, ast.Call]]:
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield str(file.relative_to(ROOT)), node


def name_of(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def is_entry(call: ast.Call) -> bool:
    """``audit.append(…)``."""
    return ast.unparse(call.func) == "audit.append"


def said(call: ast.Call) -> tuple[set[str], set[str]]:
    """The actions among the arguments: whole ones, and the beginnings of composed ones."""
    whole, begun = set(), set()
    for argument in call.args:
        match argument:
            case ast.Constant(value=str(text)) if text.partition(".")[1]:
                whole.add(text)
            case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]) if text.endswith("."):
                begun.add(text)
    return whole, begun


def written() -> tuple[set[str], set[str]]:
    whole: set[str] = set()
    begun: set[str] = set()
    for _, call in calls():
        if name_of(call) in NOTERS:
            literal, composed = said(call)
            whole |= literal
            begun |= composed
    return whole, begun


def test_every_action_that_is_written_is_listed() -> None:
    whole, begun = written()
    assert whole <= ACTIONS
    assert begun == set(COMPOSED)


def test_every_listed_action_is_written() -> None:
    whole, begun = written()
    composed = {
        action for beginning in begun for action in COMPOSED[beginning] if action.startswith(beginning)
    }
    assert ACTIONS - whole - composed == {BEGIN}


def test_every_entry_says_its_action_or_is_handed_one() -> None:
    """Else an action could be written in a way that is not seen here."""
    hidden = {
        (file, ast.unparse(call.args[2])) for file, call in calls() if is_entry(call) and not any(said(call))
    }
    assert {argument for _, argument in hidden} <= {"action"}


def test_they_fit_where_they_are_kept() -> None:
    assert all(len(action) <= 64 for action in ACTIONS)
