"""Which functions expressions have, and which kinds they take and give. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from cases.forms.errors import ExpressionInvalid
from cases.forms.expressions import Expression, Kind, RateKind, Scope

N, T, D, B = Kind.NUMBER, Kind.TEXT, Kind.DATE, Kind.BOOL

PLAIN: Final[Mapping[str, tuple[tuple[Kind, ...], Kind]]] = {
    "round": ((N, N), N),
    "floor": ((N,), N),
    "today": ((), D),
    "year": ((D,), N),
    "month": ((D,), N),
    "date": ((N, N, N), D),
    "days": ((D, D), N),
    "add_days": ((D, N), D),
    "add_months": ((D, N), D),
    "length": ((T,), N),
    "contains": ((T, T), B),
    "starts": ((T, T), B),
    "capital": ((N,), T),
    "attached": ((T,), B),
    "rate": ((T, D), N),
    "is_rate": ((T, N, D), B),
    "bracket": ((T, N, D), N),
    "sum": ((Kind.TABLE, N), N),
    "count": ((Kind.TABLE, B), N),
    "any": ((Kind.TABLE, B), B),
    "all": ((Kind.TABLE, B), B),
    "unique": ((Kind.TABLE, T), B),
}
"""Functions with fixed kinds. Those of a table evaluate their second argument for each row."""

NUMBERS: Final = frozenset({"total", "min", "max"})
"""Functions of one or more numbers."""

RATES: Final = {"rate": RateKind.VALUE, "is_rate": RateKind.VALUES, "bracket": RateKind.BRACKETS}
ARGUMENTS_MAX: Final = 30


def applied(name: str, kinds: Sequence[Kind], arguments: Sequence[Expression], scope: Scope) -> Kind:
    """What a call gives. Raises ExpressionInvalid."""
    if len(kinds) > ARGUMENTS_MAX:
        raise ExpressionInvalid(f"more than {ARGUMENTS_MAX} arguments")
    if name == "if":
        return _chosen(kinds)
    if name == "filled":
        return _asked(arguments)
    if name in NUMBERS:
        _fits(name, kinds, (N,) * max(1, len(kinds)))
        return N
    if name not in PLAIN:
        raise ExpressionInvalid(f"no function {name}")
    wanted, gives = PLAIN[name]
    _fits(name, kinds, wanted)
    if name in RATES:
        _dated(_said(name, arguments[0]), RATES[name], scope)
    if name == "attached" and _said(name, arguments[0]) not in scope.attachments:
        raise ExpressionInvalid(f"no attachment {_said(name, arguments[0])}")
    if name == "round" and _places(arguments[1]) not in ("0", "1", "2", "3", "4", "5", "6"):
        raise ExpressionInvalid("a number is rounded to 0 to 6 places")
    return gives


def _fits(name: str, kinds: Sequence[Kind], wanted: Sequence[Kind]) -> None:
    if list(kinds) != list(wanted):
        raise ExpressionInvalid(f"{name}({', '.join(kinds)}) instead of {name}({', '.join(wanted)})")


def _chosen(kinds: Sequence[Kind]) -> Kind:
    if len(kinds) != 3 or kinds[0] is not B or kinds[1] is not kinds[2] or kinds[1] is Kind.TABLE:
        raise ExpressionInvalid(f"if({', '.join(kinds)}) instead of if(bool, the one, the other)")
    return kinds[1]


def _asked(arguments: Sequence[Expression]) -> Kind:
    if len(arguments) != 1 or arguments[0].operation not in ("field", "column", "table"):
        raise ExpressionInvalid("filled(…) is asked of one field")
    return B


def _said(name: str, argument: Expression) -> str:
    if argument.operation != "text":
        raise ExpressionInvalid(f"{name}(…) begins with a text that is written there")
    return str(argument.arguments[0])


def _places(argument: Expression) -> str:
    return str(argument.arguments[0]) if argument.operation == "number" else ""


def _dated(name: str, kind: RateKind, scope: Scope) -> None:
    if scope.rates.get(name) is not kind:
        raise ExpressionInvalid(f"no rate {name} of kind {kind}")
