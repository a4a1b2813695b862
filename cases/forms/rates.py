"""Rates, thresholds and amounts as dated data: what holds on a day, and the law it rests on. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from cases.forms.errors import FormInvalid
from cases.forms.expressions import RateKind
from cases.views.names import Bilingual

Number = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,8})?$")]
"""Written in quotes, so that YAML makes no binary fraction of it."""
Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
FOREVER: Final = "9999-12-31"


@dataclass(frozen=True, slots=True)
class Bracket:
    """Amounts up to ``up_to`` (all above the last bracket, if none) are taxed at ``rate`` less ``less``."""

    up_to: Fraction | None
    rate: Fraction
    less: Fraction


@dataclass(frozen=True, slots=True)
class DatedRate:
    """What holds from one day to another, both included. One of ``values``, or ``brackets``."""

    valid_from: str
    valid_to: str
    values: tuple[Fraction, ...]
    brackets: tuple[Bracket, ...]
    basis: str
    checked: bool


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate over the years, the oldest first; the times do not overlap."""

    name: str
    kind: RateKind
    label: Bilingual
    unit: str
    entries: tuple[DatedRate, ...]
    written: Mapping[str, Any]

    def on(self, day: str) -> DatedRate | None:
        """What held on that day (YYYY-MM-DD)."""
        return next((one for one in self.entries if one.valid_from <= day <= one.valid_to), None)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Label(_Part):
    zh: Words
    en: Words


class _BracketPart(_Part):
    up_to: Number | None = None
    rate: Number
    less: Number = "0"


class _EntryPart(_Part):
    valid_from: Day
    valid_to: Day | None = None
    value: Number | None = None
    values: Annotated[tuple[Number, ...], Field(max_length=20)] = ()
    brackets: Annotated[tuple[_BracketPart, ...], Field(max_length=20)] = ()
    basis: Words
    checked: bool = False

    @model_validator(mode="after")
    def _sane(self) -> "_EntryPart":
        if [self.value is not None, bool(self.values), bool(self.brackets)].count(True) != 1:
            raise ValueError("one of value, values and brackets")
        first, last = date.fromisoformat(self.valid_from), date.fromisoformat(self.valid_to or FOREVER)
        if first > last:
            raise ValueError("ends before it begins")
        ends = [Fraction(one.up_to) for one in self.brackets if one.up_to is not None]
        if self.brackets and (len(ends) != len(self.brackets) - 1 or self.brackets[-1].up_to is not None):
            raise ValueError("only the last bracket has no end")
        if ends != sorted(set(ends)):
            raise ValueError("brackets rise")
        return self

    @property
    def kind(self) -> RateKind:
        if self.brackets:
            return RateKind.BRACKETS
        return RateKind.VALUES if self.values else RateKind.VALUE


class _RatePart(_Part):
    label: _Label
    unit: Annotated[str, StringConstraints(pattern=r"^(ratio|yuan|days|months|years|percent|count)$")]
    entries: Annotated[tuple[_EntryPart, ...], Field(min_length=1, max_length=40)]

    @model_validator(mode="after")
    def _in_order(self) -> "_RatePart":
        for before, after in zip(self.entries, self.entries[1:], strict=False):
            if (before.valid_to or FOREVER) >= after.valid_from:
                raise ValueError(f"what is valid from {after.valid_from} begins before the one before ends")
        if len({one.kind for one in self.entries}) != 1:
            raise ValueError("a rate is of one kind")
        return self


class _RatesFile(_Part):
    rates: Annotated[
        dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")], _RatePart],
        Field(max_length=200),
    ]


def rates_of(document: Any) -> dict[str, Rate]:
    """The rates of a file by their names. Raises FormInvalid."""
    try:
        part = _RatesFile.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise FormInvalid(".".join(str(one) for one in first["loc"]), first["msg"]) from error
    return {name: _rate(name, one) for name, one in part.rates.items()}


def _rate(name: str, part: _RatePart) -> Rate:
    label = Bilingual(part.label.zh, part.label.en)
    entries = tuple(_entry(one) for one in part.entries)
    return Rate(
        name, part.entries[0].kind, label, part.unit, entries, part.model_dump(mode="json", exclude_none=True)
    )


def _entry(part: _EntryPart) -> DatedRate:
    values = part.values if part.value is None else (part.value,)
    return DatedRate(
        part.valid_from,
        part.valid_to or FOREVER,
        tuple(Fraction(one) for one in values),
        tuple(
            Bracket(
                None if one.up_to is None else Fraction(one.up_to), Fraction(one.rate), Fraction(one.less)
            )
            for one in part.brackets
        ),
        part.basis,
        part.checked,
    )
