"""Rows of any table as JSON, with nothing lost, whichever database they come from and go to.

What JSON has is written as it is: text, whole numbers, floats, truth values, null. The others are an object
with one key: ``{"b": base64}`` bytes, ``{"d": "2026-11-26"}`` a day, ``{"j": text}`` a JSON column as the
database has it, so that null of SQL and null of JSON stay two things.
"""

import base64
import binascii
import datetime
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import (
    JSON,
    BindParameter,
    ColumnElement,
    Dialect,
    Insert,
    MetaData,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    select,
    type_coerce,
)
from sqlalchemy import Connection as SyncConnection

from server.errors import ArchiveBroken

REVISION_TABLE: Final = "alembic_version"


class _Json(str):
    """The text of a JSON column."""

    __slots__ = ()


def tables_of(connection: SyncConnection) -> list[Table]:
    """Every table that the database has, those first that others refer to."""
    metadata = MetaData()
    metadata.reflect(connection)
    return list(metadata.sorted_tables)


def is_json(column: ColumnElement[Any]) -> bool:
    return isinstance(column.type, JSON)


def asked(table: Table, dialect: Dialect) -> Select[Any]:
    """Its rows by primary key, JSON columns as text."""
    columns = [_as_text(column, dialect) if is_json(column) else column for column in table.columns]
    return select(*columns).order_by(*table.primary_key.columns)


def _as_text(column: ColumnElement[Any], dialect: Dialect) -> ColumnElement[Any]:
    # SQLite has it as text anyway, and would make a number of it.
    return type_coerce(column, Text) if dialect.name == "sqlite" else cast(column, Text)


def inserting(table: Table, columns: Sequence[str], dialect: Dialect) -> Insert:
    """With a parameter for each column, by its place: ``c0``, ``c1``, …"""
    return table.insert().values(
        {name: _bound(f"c{place}", table.c[name], dialect) for place, name in enumerate(columns)}
    )


def _bound(
    name: str, column: ColumnElement[Any], dialect: Dialect
) -> ColumnElement[Any] | BindParameter[Any]:
    if not is_json(column):
        return bindparam(name, type_=column.type)
    text = bindparam(name, type_=Text())
    return text if dialect.name == "sqlite" else cast(text, JSON)


def line_of(row: Sequence[Any], json_places: frozenset[int]) -> bytes:
    """A row as a line. Raises TypeError for a kind of value that no column of ours has."""
    return orjson.dumps(
        [_written(_Json(value) if place in json_places and value is not None else value)
         for place, value in enumerate(row)]
    ) + b"\n"  # fmt: skip


def json_places(table: Table) -> frozenset[int]:
    return frozenset(place for place, column in enumerate(table.columns) if is_json(column))


def _written(value: Any) -> object:
    match value:
        case None | bool() | int():
            return value
        case _Json():
            return {"j": str(value)}
        case str():
            return value
        case float() if math.isfinite(value):
            return value
        case bytes() | memoryview():
            return {"b": base64.b64encode(value).decode("ascii")}
        case datetime.datetime():
            raise TypeError("a column with a time of its own kind")
        case datetime.date():
            return {"d": value.isoformat()}
    raise TypeError(f"a column with {type(value).__name__}")


def rows_of(lines: bytes, columns: int) -> list[dict[str, Any]]:
    """The parameters of ``inserting`` for each line. Raises ArchiveBroken."""
    rows = []
    for line in lines.split(b"\n")[:-1]:
        try:
            values = orjson.loads(line)
            if not isinstance(values, list) or len(values) != columns:
                raise ValueError("not a row of that table")
            rows.append({f"c{place}": _read(value) for place, value in enumerate(values)})
        except (ValueError, KeyError, binascii.Error) as error:
            raise ArchiveBroken("a row of the records cannot be read") from error
    return rows


def width_of(line: bytes) -> int:
    """How many values a line has. Raises ArchiveBroken."""
    try:
        values = orjson.loads(line)
    except ValueError as error:
        raise ArchiveBroken("a row of the records cannot be read") from error
    if not isinstance(values, list):
        raise ArchiveBroken("a row of the records cannot be read")
    return len(values)


def _read(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    [(kind, text)] = value.items()
    return _READ[kind](str(text))


_READ: Final[dict[str, Callable[[str], object]]] = {
    "b": lambda text: base64.b64decode(text, validate=True),
    "d": datetime.date.fromisoformat,
    "j": str,
}
