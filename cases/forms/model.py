"""What a form is once its definition was read: sections of fields, checks and attachments."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from cases.forms.expressions import Expression, Kind
from cases.forms.formats import FormatName
from cases.forms.rates import Rate
from cases.views.names import Bilingual


class FieldType(StrEnum):
    """How a field is filled in, and what its value is in JSON (docs/FORMS.md)."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    INTEGER = "integer"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    TABLE = "table"


KINDS: Mapping[FieldType, Kind] = {
    FieldType.TEXT: Kind.TEXT,
    FieldType.NUMBER: Kind.NUMBER,
    FieldType.MONEY: Kind.NUMBER,
    FieldType.INTEGER: Kind.NUMBER,
    FieldType.DATE: Kind.DATE,
    FieldType.CHOICE: Kind.TEXT,
    FieldType.CHOICES: Kind.TEXTS,
    FieldType.YES_NO: Kind.BOOL,
    FieldType.TABLE: Kind.TABLE,
}
NUMBERS = frozenset({FieldType.NUMBER, FieldType.MONEY, FieldType.INTEGER})


class Prefill(StrEnum):
    """What of the taxpayer a new draft begins with."""

    NAME = "name"
    NUMBER = "number"
    CERTIFICATE_TYPE = "certificate_type"


@dataclass(frozen=True, slots=True)
class Filler:
    """The taxpayer as forms are begun with: name, and the certificate that they log in with."""

    name: str
    certificate_type: str
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Option:
    """One of the choices of a field."""

    value: str
    label: Bilingual


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form, or one column of a table.

    ``required`` and ``shown``: always, never (no ``required``), or while the expression holds; ``computed``:
    what people cannot fill in. ``least`` and ``most`` bound numbers (money in yuan), ``places`` are those
    after the point, ``longest`` counts characters, ``rows`` are the least and the most of a table.
    ``certificate_type``: the field that says what kind of certificate a number is of.
    """

    field_id: str
    type: FieldType
    label: Bilingual
    hint: Bilingual | None
    unit: Bilingual | None
    required: Expression | bool
    shown: Expression | None
    computed: Expression | None
    options: tuple[Option, ...]
    format: FormatName | None
    certificate_type: str | None
    longest: int
    multiline: bool
    least: Fraction | None
    most: Fraction | None
    places: int
    columns: "tuple[Field, ...]"
    rows: tuple[int, int]
    prefill: Prefill | None
    copied: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under one title; ``shown`` is said of all of them."""

    section_id: str
    title: Bilingual
    note: Bilingual | None
    shown: Expression | None
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """What has to hold among fields; else ``field`` (in each row of ``table``, if any) has the fault
    ``code``. ``confirmable``: a warning that the taxpayer can confirm.
    """

    table: str | None
    field: str
    holds: Expression
    code: str
    confirmable: bool


@dataclass(frozen=True, slots=True)
class Attachment:
    """A kind of files beside the form."""

    kind: str
    name: Bilingual
    hint: Bilingual | None
    required: Expression | bool


@dataclass(frozen=True, slots=True)
class FormDefinition:
    """A form. ``code``: the tax authority's own where ``official``, else one of ours, which is not shown as
    if it were theirs. ``rates``: the dated rates that its expressions use.
    """

    form_id: str
    code: str
    official: bool
    name: Bilingual
    note: Bilingual | None
    sources: tuple[str, ...]
    checked_on: str
    sections: tuple[Section, ...]
    checks: tuple[Check, ...]
    attachments: tuple[Attachment, ...]
    rates: Mapping[str, Rate]

    def fields(self) -> Iterator[tuple[Section, Field]]:
        """All fields in their order, each with its section."""
        for section in self.sections:
            for one in section.fields:
                yield section, one
