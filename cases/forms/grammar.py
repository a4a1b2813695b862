"""From the text of an expression to its tree, its kinds checked. Pure and bounded.

``or`` < ``and`` < ``not`` < comparisons (one only) < ``+ -`` < ``* /`` < ``-`` < atoms: see docs/FORMS.md.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from cases.forms.errors import ExpressionInvalid
from cases.forms.expressions import Expression, Kind, Scope
from cases.forms.functions import applied

CHARACTERS_MAX: Final = 1_000
DEPTH_MAX: Final = 24
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>[0-9]{1,15}(?:\.[0-9]{1,8})?)|(?P<text>'[^'\n]{0,200}')|(?P<name>[a-z][a-z0-9_]{0,39})"
    r"|(?P<sign>==|!=|<=|>=|[-+*/<>(),\[\]]))"
)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
WORDS: Final = frozenset({"and", "or", "not", "in", "true", "false"})
"""No field may be named so."""


@dataclass(frozen=True, slots=True)
class Typed:
    """An expression and what it gives."""

    expression: Expression
    kind: Kind


def parse(text: str, scope: Scope, wanted: Kind) -> Expression:
    """The tree of a text. Raises ExpressionInvalid, also where it gives something else than ``wanted``."""
    if len(text) > CHARACTERS_MAX:
        raise ExpressionInvalid(f"longer than {CHARACTERS_MAX} characters")
    parser = _Parser(_tokens(text), scope)
    found = parser.whole()
    if found.kind is not wanted:
        raise ExpressionInvalid(f"gives {found.kind}, not {wanted}")
    return found.expression


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise ExpressionInvalid(f"not understood from “{text[place : place + 20]}”")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], scope: Scope) -> None:
        self._tokens = tokens
        self._scope = scope
        self._place = 0
        self._depth = 0

    def whole(self) -> Typed:
        found = self._either()
        if self._place < len(self._tokens):
            raise ExpressionInvalid(f"“{self._tokens[self._place][1]}” is too much")
        return found

    def _next(self) -> str:
        return self._tokens[self._place][1] if self._place < len(self._tokens) else ""

    def _taken(self, *wanted: str) -> str | None:
        """The next token, taken, if it is one of these; a text never is."""
        if self._place < len(self._tokens) and self._tokens[self._place][0] in ("sign", "name"):
            token = self._tokens[self._place][1]
            if token in wanted:
                self._place += 1
                return token
        return None

    def _must(self, sign: str) -> None:
        if self._taken(sign) is None:
            raise ExpressionInvalid(f"“{sign}” expected before “{self._next()}”")

    def _either(self) -> Typed:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise ExpressionInvalid(f"nested deeper than {DEPTH_MAX}")
        found = self._both()
        while self._taken("or"):
            found = _joined("or", found, self._both(), Kind.BOOL, Kind.BOOL)
        self._depth -= 1
        return found

    def _both(self) -> Typed:
        found = self._negated()
        while self._taken("and"):
            found = _joined("and", found, self._negated(), Kind.BOOL, Kind.BOOL)
        return found

    def _negated(self) -> Typed:
        nots = 0
        while self._taken("not"):
            nots += 1
        found = self._compared()
        for _ in range(nots):
            _wants(found, Kind.BOOL)
            found = Typed(Expression("not", (found.expression,)), Kind.BOOL)
        return found

    def _compared(self) -> Typed:
        left = self._added()
        sign = self._taken(*COMPARISONS, "in")
        if sign is None:
            return left
        right = self._listed() if sign == "in" and self._taken("[") else self._added()
        _comparable(sign, left.kind, right.kind)
        return Typed(Expression(sign, (left.expression, right.expression)), Kind.BOOL)

    def _listed(self) -> Typed:
        """The texts of a list whose bracket was taken."""
        texts: list[str] = []
        while True:
            if self._place >= len(self._tokens) or self._tokens[self._place][0] != "text":
                raise ExpressionInvalid("a list holds texts")
            texts.append(self._next()[1:-1])
            self._place += 1
            if self._taken("]"):
                return Typed(Expression("list", tuple(texts)), Kind.TEXTS)
            self._must(",")

    def _added(self) -> Typed:
        found = self._multiplied()
        while sign := self._taken("+", "-"):
            found = _joined(sign, found, self._multiplied(), Kind.NUMBER, Kind.NUMBER)
        return found

    def _multiplied(self) -> Typed:
        found = self._signed()
        while sign := self._taken("*", "/"):
            found = _joined(sign, found, self._signed(), Kind.NUMBER, Kind.NUMBER)
        return found

    def _signed(self) -> Typed:
        minuses = 0
        while self._taken("-"):
            minuses += 1
        found = self._atom()
        for _ in range(minuses):
            _wants(found, Kind.NUMBER)
            found = Typed(Expression("-", (Expression("number", ("0",)), found.expression)), Kind.NUMBER)
        return found

    def _atom(self) -> Typed:
        if self._taken("("):
            found = self._either()
            self._must(")")
            return found
        if self._place >= len(self._tokens):
            raise ExpressionInvalid("it ends too early")
        group, token = self._tokens[self._place]
        self._place += 1
        if group == "number":
            return Typed(Expression("number", (token,)), Kind.NUMBER)
        if group == "text":
            return _literal(token[1:-1])
        if group == "sign":
            raise ExpressionInvalid(f"“{token}” is out of place")
        if token in ("true", "false"):
            return Typed(Expression("bool", (token,)), Kind.BOOL)
        return self._call(token) if self._taken("(") else _named(token, self._scope)

    def _call(self, name: str) -> Typed:
        arguments: list[Typed] = []
        scope = self._scope
        while not self._taken(")"):
            if arguments:
                self._must(",")
            arguments.append(self._either())
            if len(arguments) == 1 and arguments[0].kind is Kind.TABLE:
                if scope.columns:
                    raise ExpressionInvalid("a table within a row")
                # What follows is said of each row of that table.
                self._scope = scope.within(scope.tables[str(arguments[0].expression.arguments[0])])
        self._scope = scope
        kind = applied(name, [one.kind for one in arguments], [one.expression for one in arguments], scope)
        return Typed(Expression(name, tuple(one.expression for one in arguments)), kind)


def _literal(text: str) -> Typed:
    if not _DAY.fullmatch(text):
        return Typed(Expression("text", (text,)), Kind.TEXT)
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise ExpressionInvalid(f"no day is {text}") from error
    return Typed(Expression("day", (text,)), Kind.DATE)


def _named(name: str, scope: Scope) -> Typed:
    if name in scope.columns:
        return Typed(Expression("column", (name,)), scope.columns[name])
    if name in scope.fields:
        return Typed(Expression("field", (name,)), scope.fields[name])
    if name in scope.tables:
        return Typed(Expression("table", (name,)), Kind.TABLE)
    raise ExpressionInvalid(f"no {name} (a condition or a sum may use what stands before it)")


def _wants(found: Typed, kind: Kind) -> None:
    if found.kind is not kind:
        raise ExpressionInvalid(f"{found.kind} where {kind} is needed")


def _joined(sign: str, left: Typed, right: Typed, wanted: Kind, gives: Kind) -> Typed:
    _wants(left, wanted)
    _wants(right, wanted)
    return Typed(Expression(sign, (left.expression, right.expression)), gives)


def _comparable(sign: str, left: Kind, right: Kind) -> None:
    if sign == "in":
        fits = left is Kind.TEXT and right is Kind.TEXTS
    elif sign in ("==", "!="):
        fits = left is right and left not in (Kind.TEXTS, Kind.TABLE)
    else:
        fits = left is right and left in (Kind.NUMBER, Kind.DATE)
    if not fits:
        raise ExpressionInvalid(f"{left} {sign} {right} cannot be compared")
