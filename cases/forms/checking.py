"""The check of what was filled in: pure, total, and the same as pages do (docs/FORMS.md).

1. Tidied (``tidying``), then held against the JSON Schema: a value that does not fit counts as not filled in.
2. From the first field to the last: what is not shown is dropped, what is computed is computed. Conditions
   and sums see only what stands before them, so that one walk is enough.
3. With all values known: what is required and missing, check digits, the form's own checks, attachments.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Final

from jsonschema import Draft202012Validator

from cases.casework.business import CheckedForm
from cases.casework.errors import FormFault
from cases.forms.amounts import FEN_MAX, fen_of, rounded, written
from cases.forms.days import is_day
from cases.forms.evaluation import Filled, Notes, Row, Value, evaluate, holds
from cases.forms.expressions import Expression
from cases.forms.formats import CONFIRMABLE, FORMATS, FormatName, certificate_fault
from cases.forms.json_schema import CONFIRMED, INTEGER_MAX
from cases.forms.model import NUMBERS, Field, FieldType, FormDefinition
from cases.forms.structure import Path, structural_faults
from cases.forms.tidying import oversize, tidy

FAULTS_MAX: Final = 100
"""The first ones, in the order of the form."""


def check(
    definition: FormDefinition,
    validator: Draft202012Validator,
    values: Any,
    attachment_kinds: Sequence[str],
    today: str,
) -> CheckedForm:
    """The values as they are kept, and everything that is wrong with them. ``today``: YYYY-MM-DD."""
    if not isinstance(values, Mapping):
        return CheckedForm({}, (FormFault("form", "field_type"),))
    too_much = oversize(values)
    if too_much is not None:
        return CheckedForm(values, (FormFault("form", too_much),))
    tidied = tidy(definition, values)
    bad = structural_faults(definition, validator, tidied)
    walk = _Walk(definition, tidied, bad, frozenset(attachment_kinds), today)
    walk.fill()
    return CheckedForm(walk.kept, tuple(walk.faults())[:FAULTS_MAX])


@dataclass(slots=True)
class _Place:
    """A field that is shown, where it stands, and what is filled in there."""

    path: Path
    field: Field
    value: Value
    present: bool
    row: Row


@dataclass(slots=True)
class _Walk:
    definition: FormDefinition
    tidied: Mapping[str, Any]
    bad: dict[Path, str]
    attachments: frozenset[str]
    today: str
    kept: dict[str, Any] = field(default_factory=dict)
    _fields: dict[str, Value] = field(default_factory=dict)
    _tables: dict[str, list[Row]] = field(default_factory=dict)
    _places: dict[Path, _Place] = field(default_factory=dict)

    def fill(self) -> None:
        """The values that are shown and computed, in ``kept``."""
        for section in self.definition.sections:
            if section.shown is not None and not holds(section.shown, self._filled()):
                continue
            for one in section.fields:
                if one.type is FieldType.TABLE:
                    self._fill_table(one)
                else:
                    self._fields[one.field_id] = self._fill_one(
                        one, (one.field_id,), self.tidied, self.kept, {}
                    )
        if CONFIRMED in self.tidied:
            self.kept[CONFIRMED] = self.tidied[CONFIRMED]

    def _filled(self, row: Row | None = None) -> Filled:
        return Filled(
            self._fields,
            self._tables,
            self.attachments,
            self.definition.rates,
            self.today,
            row or {},
            Notes(),
        )

    def _fill_one(
        self, one: Field, path: Path, source: Mapping[str, Any], into: dict[str, Any], row: Row
    ) -> Value:
        if one.shown is not None and not holds(one.shown, self._filled(row)):
            return None
        if one.computed is not None:
            value, found = self._compute(one.computed, one, path, self._filled(row))
        else:
            found = source.get(one.field_id)
            value = None if found is None or path in self.bad else _typed(one, found)
            if value is not None and (fault := _out_of_bounds(one, value)) is not None:
                self.bad[path], value = fault, None
        if found is not None:
            into[one.field_id] = found
        self._places[path] = _Place(path, one, value, found is not None, row)
        return value

    def _compute(self, expression: Expression, one: Field, path: Path, filled: Filled) -> tuple[Value, Any]:
        """The value as later expressions see it, which is the kept one, and how it is kept."""
        value = evaluate(expression, filled)
        if filled.notes.rate_missing:
            self.bad[path] = "rate_missing"
        if not isinstance(value, Fraction):
            return value, value
        value = rounded(value, one.places)
        if abs(value) > Fraction(FEN_MAX, 100) or (
            one.type is FieldType.INTEGER and abs(value) > INTEGER_MAX
        ):
            self.bad[path] = "number_too_large"
            return None, None
        if one.type is FieldType.MONEY:
            return value, fen_of(value)
        return value, int(value) if one.type is FieldType.INTEGER else written(value, one.places)

    def _fill_table(self, table: Field) -> None:
        path: Path = (table.field_id,)
        if table.shown is not None and not holds(table.shown, self._filled()):
            return
        rows = self.tidied.get(table.field_id)
        self._places[path] = _Place(path, table, None, rows is not None, {})
        if rows is None or self.bad.get(path) == "field_type":
            self._keep(table.field_id, rows)
            return
        kept: list[Any] = []
        typed: list[Row] = []
        for number, row in enumerate(rows[: table.rows[1]]):
            values: dict[str, Value] = {}
            into: dict[str, Any] = {}
            for column in table.columns if isinstance(row, Mapping) else ():
                place = (*path, number, column.field_id)
                values[column.field_id] = self._fill_one(column, place, row, into, values)
            kept.append(into if isinstance(row, Mapping) else row)
            typed.append(values)
        self.kept[table.field_id] = [*kept, *rows[table.rows[1] :]]
        self._tables[table.field_id] = typed

    def _keep(self, name: str, value: Any) -> None:
        if value is not None:
            self.kept[name] = value

    def faults(self) -> Iterator[FormFault]:
        """Of the fields in their order, then of the checks, then of the attachments."""
        confirmed = self._confirmed()
        for path, code in [*self._of_fields(), *self._of_checks()]:
            if f"{_written(path)}:{code}" not in confirmed:
                yield FormFault(_written(path), code)
        for one in self.definition.attachments:
            if self._required(one.required, {}) and one.kind not in self.attachments:
                yield FormFault(f"attachments.{one.kind}", "attachment_missing")

    def _confirmed(self) -> frozenset[str]:
        """Which faults the taxpayer says are none; only those of `CONFIRMABLE` and of such checks."""
        if (CONFIRMED,) in self.bad:
            return frozenset()
        codes = CONFIRMABLE | {one.code for one in self.definition.checks if one.confirmable}
        said = self.kept.get(CONFIRMED, ())
        return frozenset(one for one in said if one.rpartition(":")[2] in codes)

    def _required(self, required: Expression | bool, row: Row) -> bool:
        return required if isinstance(required, bool) else holds(required, self._filled(row))

    def _of_fields(self) -> Iterator[tuple[Path, str]]:
        for path, place in self._places.items():
            if place.field.type is FieldType.TABLE:
                yield from self._of_table(path, place)
            elif path in self.bad:
                yield path, self.bad[path]
            elif not place.present:
                if self._required(place.field.required, place.row):
                    yield path, "required"
            elif (fault := self._of_format(place)) is not None:
                yield path, fault
        if (CONFIRMED,) in self.bad:
            yield (CONFIRMED,), "field_type"

    def _of_table(self, path: Path, place: _Place) -> Iterator[tuple[Path, str]]:
        if path in self.bad:
            yield path, self.bad[path]
        elif not place.present and self._required(place.field.required, {}):
            yield path, "required"
        for bad, code in self.bad.items():
            if bad[:1] == path and len(bad) == 2:
                yield bad, code

    def _of_format(self, place: _Place) -> str | None:
        one, value = place.field, place.value
        if one.format is None or not isinstance(value, str):
            return None
        today = date.fromisoformat(self.today)
        if one.format is FormatName.CERTIFICATE and one.certificate_type is not None:
            kind = {**self._fields, **place.row}.get(one.certificate_type)
            return certificate_fault(kind, value, today) if isinstance(kind, str) else None
        more = FORMATS[one.format].more
        return None if more is None else more(value, today)

    def _of_checks(self) -> Iterator[tuple[Path, str]]:
        for one in self.definition.checks:
            rows = self._tables.get(one.table, []) if one.table else [{}]
            for number, row in enumerate(rows):
                path: Path = (one.table, number, one.field) if one.table else (one.field,)
                filled = self._filled(row)
                if path not in self._places:
                    continue
                if evaluate(one.holds, filled) is False:
                    yield path, one.code
                elif filled.notes.rate_missing and path not in self.bad:
                    yield path, "rate_missing"


def _written(path: Path) -> str:
    return ".".join(str(one) for one in path)


def _typed(one: Field, value: Any) -> Value:
    """A value that fits the schema, as expressions see it."""
    match one.type:
        case FieldType.MONEY:
            return Fraction(value, 100)
        case FieldType.INTEGER | FieldType.NUMBER:
            return Fraction(value)
        case FieldType.CHOICES:
            return tuple(value)
        case _:
            found: Value = value
            return found


def _out_of_bounds(one: Field, value: Value) -> str | None:
    """What the schema cannot say: days that do not exist, and bounds of numbers written as text."""
    if one.type is FieldType.DATE:
        return None if is_day(str(value)) else "date_invalid"
    if one.type in NUMBERS and isinstance(value, Fraction):
        if one.least is not None and value < one.least:
            return "number_too_small"
        if one.most is not None and value > one.most:
            return "number_too_large"
    return None
