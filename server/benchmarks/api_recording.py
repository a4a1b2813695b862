"""The statements that the product runs for a request, read off its database.

Those that look up the session are left out: the bare handlers know nobody. What differs between two requests
of a kind is what the request named, or an id that is made anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

STATEMENTS: Final = "statements.pickle"
NOT_OURS: Final = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA")


@dataclass(frozen=True, slots=True)
class Variable:
    """What the request named."""

    name: str


@dataclass(frozen=True, slots=True)
class Fresh:
    """An id that is made; the same number is the same id."""

    number: int


@dataclass(frozen=True, slots=True)
class Following:
    """The sequence after the one that the transaction read last: each entry of the trail has its own."""


@dataclass(slots=True)
class Transaction:
    """``statements``: each with its parameters, some of which are a Variable or Fresh."""

    writes: bool
    statements: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


@contextmanager
def watched() -> Iterator[list[Transaction]]:
    """What every engine of this process does meanwhile."""
    found: list[Transaction] = []
    open_ones: dict[int, Transaction] = {}

    def begun(connection: Connection) -> None:
        writes = bool(connection.get_execution_options().get("writes", False))
        open_ones[id(connection)] = Transaction(writes)
        found.append(open_ones[id(connection)])

    def executed(
        connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        # None of one that was begun before.
        transaction = open_ones.get(id(connection))
        if transaction is not None and not statement.startswith(NOT_OURS):
            rows = parameters if many else [parameters]
            transaction.statements += [(statement, tuple(map(_plain, row))) for row in rows]

    event.listen(Engine, "begin", begun)
    event.listen(Engine, "before_cursor_execute", executed)
    try:
        yield found
    finally:
        event.remove(Engine, "begin", begun)
        event.remove(Engine, "before_cursor_execute", executed)


def of_request(found: Sequence[Transaction], named: Mapping[str, Any]) -> list[Transaction]:
    """Without the session's, and without what tasks beside the requests did: that names nothing of it."""
    words = set(named.values())
    return [
        one
        for one in found
        if one.statements
        and not any(" sessions" in statement for statement, _ in one.statements)
        and (not words or any(words & set(map(str, row)) for _, row in one.statements))
    ]


def general(
    first: Sequence[Transaction],
    second: Sequence[Transaction],
    named: Mapping[str, Any],
    other: Mapping[str, Any],
) -> list[Transaction]:
    """Two requests of a kind, made one for any. Raises ValueError where they are not alike."""
    variables = {(named[name], other[name]): Variable(name) for name in named}
    fresh: dict[tuple[str, str], Fresh] = {}

    def one_of(a: Any, b: Any) -> Any:
        if (a, b) in variables:
            return variables[a, b]
        if isinstance(a, str) and isinstance(b, str) and a != b and not a.startswith(("{", "[")):
            return fresh.setdefault((a, b), Fresh(len(fresh)))
        return b

    made: list[Transaction] = []
    for left, right in zip(first, second, strict=True):
        statements = [
            (statement, _following(statement, [one_of(a, b) for a, b in zip(old, new, strict=True)]))
            for (statement, old), (again, new) in zip(left.statements, right.statements, strict=True)
            if statement == again
        ]
        if len(statements) != len(left.statements):
            raise ValueError("two requests of a kind ran other statements")
        made.append(Transaction(left.writes, statements))
    return made


_INSERT: Final = "INSERT INTO audit_entries ("
_UPDATE: Final = "UPDATE trail_head SET sequence=?"


def _following(statement: str, parameters: list[Any]) -> tuple[Any, ...]:
    """With the place of its own that an entry of the audit trail has."""
    if statement.startswith(_INSERT):
        columns = statement.removeprefix(_INSERT).partition(")")[0].split(", ")
        parameters[columns.index("sequence")] = Following()
    elif statement.startswith(_UPDATE):
        parameters[0] = Following()
    return tuple(parameters)
