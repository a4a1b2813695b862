"""What an expression gives for what is filled in. Pure and total: the unknown gives none, nothing raises.

``and``, ``or`` and ``if`` look at no more than they need. Everything else with something missing in it is
missing, but ``total`` and what goes over the rows of a table, which leave it out.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final, cast

from cases.forms.amounts import capitals, rounded
from cases.forms.days import day_after, day_of, days_between, months_after
from cases.forms.expressions import Expression
from cases.forms.rates import Rate

Value = Fraction | str | bool | tuple[str, ...] | None
Row = Mapping[str, Value]


@dataclass(slots=True)
class Notes:
    """What was met while evaluating. ``rate_missing``: a rate that holds on no such day."""

    rate_missing: bool = False


@dataclass(frozen=True, slots=True)
class Filled:
    """What is filled in, as expressions see it. ``row``: the one that a table's column is evaluated for;
    ``today``: YYYY-MM-DD.
    """

    fields: Mapping[str, Value]
    tables: Mapping[str, Sequence[Row]]
    attachments: frozenset[str]
    rates: Mapping[str, Rate]
    today: str
    row: Row = field(default_factory=dict)
    notes: Notes = field(default_factory=Notes)


def evaluate(expression: Expression, filled: Filled) -> Value:
    """The value, none where it is not known. ``filled.notes`` takes note of missing rates."""
    operation = expression.operation
    if operation in LITERALS:
        return LITERALS[operation](cast("tuple[str, ...]", expression.arguments))
    if operation in NAMES:
        return NAMES[operation](str(expression.arguments[0]), filled)
    arguments = cast("tuple[Expression, ...]", expression.arguments)
    if operation in CHOOSING:
        return CHOOSING[operation](arguments, filled)
    if operation in OVER_ROWS:
        return OVER_ROWS[operation](_over(arguments, filled))
    values = [evaluate(one, filled) for one in arguments]
    if operation == "total":
        return sum((one for one in values if isinstance(one, Fraction)), Fraction(0))
    if any(one is None for one in values):
        return None
    if operation in KNOWING:
        return KNOWING[operation](values, filled)
    return PLAIN[operation](*values)


def holds(expression: Expression, filled: Filled) -> bool:
    """Whether a condition is known to hold."""
    return evaluate(expression, filled) is True


def _over(arguments: tuple[Expression, ...], filled: Filled) -> list[Value]:
    rows = filled.tables.get(str(arguments[0].arguments[0]), ())
    return [evaluate(arguments[1], replace(filled, row=row)) for row in rows]


def _filled(arguments: tuple[Expression, ...], filled: Filled) -> Value:
    asked = arguments[0]
    if asked.operation == "table":
        return bool(filled.tables.get(str(asked.arguments[0])))
    return evaluate(asked, filled) is not None


def _if(arguments: tuple[Expression, ...], filled: Filled) -> Value:
    condition = evaluate(arguments[0], filled)
    return None if condition is None else evaluate(arguments[1 if condition else 2], filled)


def _and(arguments: tuple[Expression, ...], filled: Filled) -> Value:
    left = evaluate(arguments[0], filled)
    if left is False:
        return False
    right = evaluate(arguments[1], filled)
    return False if right is False else (None if left is None or right is None else True)


def _or(arguments: tuple[Expression, ...], filled: Filled) -> Value:
    left = evaluate(arguments[0], filled)
    if left is True:
        return True
    right = evaluate(arguments[1], filled)
    return True if right is True else (None if left is None or right is None else False)


def _rate(values: Sequence[Any], filled: Filled) -> Value:
    found = filled.rates[values[0]].on(values[1])
    if found is None:
        filled.notes.rate_missing = True
        return None
    return found.values[0]


def _is_rate(values: Sequence[Any], filled: Filled) -> Value:
    found = filled.rates[values[0]].on(values[2])
    if found is None:
        filled.notes.rate_missing = True
        return None
    return values[1] in found.values


def _bracket(values: Sequence[Any], filled: Filled) -> Value:
    found = filled.rates[values[0]].on(values[2])
    if found is None:
        filled.notes.rate_missing = True
        return None
    amount: Fraction = values[1]
    fitting = next(one for one in found.brackets if one.up_to is None or amount <= one.up_to)
    return amount * fitting.rate - fitting.less


def _divided(left: Fraction, right: Fraction) -> Value:
    return left / right if right else None


def _unique(values: Sequence[Value]) -> Value:
    known = [one for one in values if one is not None]
    return len(set(known)) == len(known)


LITERALS: Final[Mapping[str, Callable[[tuple[str, ...]], Value]]] = {
    "number": lambda said: Fraction(said[0]),
    "text": lambda said: said[0],
    "day": lambda said: said[0],
    "bool": lambda said: said[0] == "true",
    "list": lambda said: said,
}
NAMES: Final[Mapping[str, Callable[[str, Filled], Value]]] = {
    "field": lambda name, filled: filled.fields.get(name),
    "column": lambda name, filled: filled.row.get(name),
    "table": lambda _name, _filled: None,
}
CHOOSING: Final[Mapping[str, Callable[[tuple[Expression, ...], Filled], Value]]] = {
    "filled": _filled,
    "if": _if,
    "and": _and,
    "or": _or,
}
OVER_ROWS: Final[Mapping[str, Callable[[list[Value]], Value]]] = {
    "sum": lambda values: sum((one for one in values if isinstance(one, Fraction)), Fraction(0)),
    "count": lambda values: Fraction(sum(one is True for one in values)),
    "any": lambda values: any(one is True for one in values),
    "all": lambda values: all(one is not False for one in values),
    "unique": _unique,
}
KNOWING: Final[Mapping[str, Callable[[Sequence[Any], Filled], Value]]] = {
    "today": lambda _values, filled: filled.today,
    "attached": lambda values, filled: values[0] in filled.attachments,
    "rate": _rate,
    "is_rate": _is_rate,
    "bracket": _bracket,
}
PLAIN: Final[Mapping[str, Callable[..., Value]]] = {
    "not": operator.not_,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda left, right: left in right,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "min": lambda *values: min(values),
    "max": lambda *values: max(values),
    "round": lambda value, places: rounded(value, int(places)),
    "floor": lambda value: Fraction(value.__floor__()),
    "year": lambda day: Fraction(int(day[:4])),
    "month": lambda day: Fraction(int(day[5:7])),
    "date": day_of,
    "days": lambda first, last: Fraction(days_between(first, last)),
    "add_days": lambda day, count: day_after(day, count),
    "add_months": lambda day, count: months_after(day, count),
    "length": lambda text: Fraction(len(text)),
    "contains": lambda text, part: part in text,
    "starts": lambda text, part: text.startswith(part),
    "capital": capitals,
}
