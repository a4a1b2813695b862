"""The expressions of forms: conditions, sums and checks as trees, and what their names stand for. Pure.

A tree is written as JSON for pages (``Expression.shown``), so that only the server reads the text form; its
grammar and the meaning of each operation are in docs/FORMS.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What an expression gives. Numbers are exact fractions, money counts in yuan, days are ISO text."""

    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    BOOL = "bool"
    TEXTS = "texts"
    TABLE = "table"


class RateKind(StrEnum):
    """What a dated rate is: one number, one of several, or the brackets of a progressive tax."""

    VALUE = "value"
    VALUES = "values"
    BRACKETS = "brackets"


@dataclass(frozen=True, slots=True)
class Expression:
    """An operation and what it is done with: expressions, or names and literals as text."""

    operation: str
    arguments: "tuple[Expression | str, ...]"

    @property
    def shown(self) -> list[Any]:
        """As pages evaluate it: ``["+", ["field", "price"], ["number", "0.05"]]``."""
        return [
            self.operation,
            *(one if isinstance(one, str) else one.shown for one in self.arguments),
        ]


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that may stand in an expression. ``columns``: those of the row that it is evaluated for."""

    fields: Mapping[str, Kind]
    tables: Mapping[str, Mapping[str, Kind]]
    columns: Mapping[str, Kind]
    rates: Mapping[str, RateKind]
    attachments: frozenset[str]

    def within(self, columns: Mapping[str, Kind]) -> "Scope":
        """The scope of a row of a table."""
        return Scope(self.fields, self.tables, columns, self.rates, self.attachments)
