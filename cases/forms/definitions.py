"""From the document of a form to its definition, or to the place in it that is wrong. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from pydantic import ValidationError

from cases.certificates import CertificateType
from cases.forms.errors import ExpressionInvalid, FormInvalid
from cases.forms.expressions import Expression, Kind, Scope
from cases.forms.faults import CheckFault
from cases.forms.functions import RATES
from cases.forms.grammar import WORDS, parse
from cases.forms.model import (
    KINDS,
    NUMBERS,
    Attachment,
    Check,
    Field,
    FieldType,
    FormDefinition,
    Option,
    Section,
)
from cases.forms.rates import Rate
from cases.forms.written import CheckPart, ColumnPart, Condition, FieldPart, FormPart, SectionPart, Words
from cases.views.names import Bilingual

__all__ = ["FormDefinition", "FormInvalid", "parse_form"]

RESERVED: Final = WORDS | {"form", "attachments", "confirmed"}
CHECK_FAULTS: Final = frozenset(CheckFault)
NO_RATES: Final[Mapping[str, Rate]] = {}
DECLARATION: Final = {
    "id": "declaration",
    "title": {"zh": "声明", "en": "Declaration"},
    "fields": [
        {
            "id": "declare",
            "type": "yes_no",
            "required": True,
            "copied": False,
            "label": {
                "zh": "以上内容真实、可靠、完整，由本人承担责任。",
                "en": "What is stated above is true, reliable and complete, and I answer for it.",
            },
        },
        {
            "id": "applicant_date",
            "type": "date",
            "computed": "today()",
            "label": {"zh": "申请日期", "en": "Date of the application"},
        },
    ],
}
"""What every form ends with."""
DECLARED: Final = {"field": "declare", "holds": "declare == true", "code": "declaration_missing"}


def parse_form(document: Mapping[str, Any], rates: Mapping[str, Rate] = NO_RATES) -> FormDefinition:
    """The definition. ``rates``: those that its expressions may name. Raises FormInvalid with the path of
    what is wrong first.
    """
    try:
        part = FormPart.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise FormInvalid(_path_within(document, first["loc"]), first["msg"]) from error
    declaration = SectionPart.model_validate(DECLARATION)
    checks = (*part.checks, CheckPart.model_validate(DECLARED))
    whole = part.model_copy(update={"sections": (*part.sections, declaration), "checks": checks})
    return _Reading(whole, rates).definition()


def _path_within(document: Any, location: Sequence[int | str]) -> str:
    """As far as the place leads through the document; pydantic adds names of its own below a choice."""
    path: list[str] = []
    for step in location:
        if isinstance(document, Mapping):
            document = document.get(str(step))
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            document = document[step]
        else:
            break
        path.append(str(step))
    return ".".join(path)


class _Reading:
    """Reads a document whose shape is right. ``_before``: the names that stand before what is read."""

    def __init__(self, part: FormPart, rates: Mapping[str, Rate]) -> None:
        self._part = part
        self._rates = rates
        self._used: set[str] = set()
        kinds = {name: rate.kind for name, rate in rates.items()}
        attachments = frozenset(one.kind for one in part.attachments)
        self._all = Scope({}, {}, {}, kinds, attachments)
        self._fields: dict[str, Kind] = {}
        self._tables: dict[str, dict[str, Kind]] = {}
        self._before = Scope(self._fields, self._tables, {}, kinds, attachments)

    def definition(self) -> FormDefinition:
        part = self._part
        self._collect()
        sections = tuple(self._section(one, f"sections.{at}") for at, one in enumerate(part.sections))
        checks = tuple(self._check(at) for at in range(len(part.checks)))
        attachments = tuple(self._attachment(at) for at in range(len(part.attachments)))
        return FormDefinition(
            part.form_id,
            part.code,
            part.official,
            _words(part.name),
            _words(part.note) if part.note else None,
            part.sources,
            part.checked_on,
            sections,
            checks,
            attachments,
            {name: self._rates[name] for name in sorted(self._used)},
        )

    def _collect(self) -> None:
        """The kinds of all names, for what may use those that stand after it. Raises FormInvalid."""
        fields: dict[str, Kind] = {}
        tables: dict[str, dict[str, Kind]] = {}
        sections: set[str] = set()
        for at, section in enumerate(self._part.sections):
            if section.id in sections:
                raise FormInvalid(f"sections.{at}.id", f"{section.id} is there twice")
            sections.add(section.id)
            for number, one in enumerate(section.fields):
                path = f"sections.{at}.fields.{number}"
                if one.id in fields or one.id in tables or one.id in RESERVED:
                    raise FormInvalid(f"{path}.id", f"{one.id} is there twice, or is a word of its own")
                if one.type is FieldType.TABLE:
                    tables[one.id] = _columns(one, path)
                else:
                    fields[one.id] = KINDS[one.type]
        self._all = Scope(fields, tables, {}, self._all.rates, self._all.attachments)

    def _expression(self, text: str, scope: Scope, kind: Kind, path: str) -> Expression:
        try:
            found = parse(text, scope, kind)
        except ExpressionInvalid as error:
            raise FormInvalid(path, str(error)) from error
        self._used |= set(_rates_in(found))
        return found

    def _condition(self, written: Condition, scope: Scope, path: str) -> Expression | bool:
        return written if isinstance(written, bool) else self._expression(written, scope, Kind.BOOL, path)

    def _section(self, part: SectionPart, path: str) -> Section:
        shown = self._shown(part.shown, self._before, f"{path}.shown")
        fields = []
        for number, one in enumerate(part.fields):
            fields.append(self._field(one, f"{path}.fields.{number}"))
            if one.type is FieldType.TABLE:
                self._tables[one.id] = _columns(one, path)
            else:
                self._fields[one.id] = KINDS[one.type]
        note = _words(part.note) if part.note else None
        return Section(part.id, _words(part.title), note, shown, tuple(fields))

    def _shown(self, written: str | None, scope: Scope, path: str) -> Expression | None:
        return None if written is None else self._expression(written, scope, Kind.BOOL, path)

    def _field(self, part: FieldPart, path: str) -> Field:
        columns: list[Field] = []
        if part.type is FieldType.TABLE:
            before: dict[str, Kind] = {}
            everything = self._all.within(self._all.tables[part.id])
            for number, one in enumerate(part.columns):
                place = f"{path}.columns.{number}"
                columns.append(self._one(one, place, self._before.within(before), everything, part.columns))
                before = {**before, one.id: KINDS[one.type]}
        others = [one for section in self._part.sections for one in section.fields]
        return self._one(part, path, self._before, self._all, others, tuple(columns))

    def _one(
        self,
        part: ColumnPart,
        path: str,
        before: Scope,
        everything: Scope,
        others: Sequence[ColumnPart],
        columns: tuple[Field, ...] = (),
    ) -> Field:
        _sane(part, path, others)
        whole = part if isinstance(part, FieldPart) else None
        return Field(
            part.id,
            part.type,
            _words(part.label),
            _words(part.hint) if part.hint else None,
            _words(part.unit) if part.unit else None,
            self._condition(part.required, everything, f"{path}.required"),
            self._shown(part.shown, before, f"{path}.shown"),
            None
            if part.computed is None
            else self._expression(part.computed, before, KINDS[part.type], f"{path}.computed"),
            tuple(Option(one.value, Bilingual(one.zh, one.en)) for one in part.options),
            part.format,
            part.certificate_type,
            part.longest,
            part.multiline,
            *_bounds(part),
            _places(part),
            columns,
            whole.rows if whole else (0, 0),
            whole.prefill if whole else None,
            part.copied,
        )

    def _check(self, number: int) -> Check:
        part, path = self._part.checks[number], f"checks.{number}"
        table, _, field = part.field.rpartition(".")
        known = self._all.tables.get(table, {}) if table else {**self._all.fields, **self._all.tables}
        if field not in known:
            raise FormInvalid(f"{path}.field", f"no {part.field}")
        if part.code not in CHECK_FAULTS:
            raise FormInvalid(f"{path}.code", f"no fault is called {part.code}")
        scope = self._all.within(self._all.tables[table]) if table else self._all
        holds = self._expression(part.holds, scope, Kind.BOOL, f"{path}.holds")
        return Check(table or None, field, holds, part.code, part.confirmable)

    def _attachment(self, number: int) -> Attachment:
        part, path = self._part.attachments[number], f"attachments.{number}"
        if part.kind in {one.kind for one in self._part.attachments[:number]}:
            raise FormInvalid(f"{path}.kind", f"{part.kind} is there twice")
        required = self._condition(part.required, self._all, f"{path}.required")
        hint = _words(part.hint) if part.hint else None
        return Attachment(part.kind, _words(part.name), hint, required)


def _words(part: Words) -> Bilingual:
    return Bilingual(part.zh, part.en)


def _columns(part: FieldPart, path: str) -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for number, one in enumerate(part.columns):
        if one.id in found or one.id in RESERVED:
            raise FormInvalid(f"{path}.columns.{number}.id", f"{one.id} is there twice, or is a word")
        found[one.id] = KINDS[one.type]
    return found


def _bounds(part: ColumnPart) -> tuple[Fraction | None, Fraction | None]:
    """The least of a number is 0 where nothing else is said."""
    if part.type not in NUMBERS:
        return None, None
    return Fraction(part.least or "0"), Fraction(part.most) if part.most else None


def _places(part: ColumnPart) -> int:
    return {FieldType.MONEY: 2, FieldType.INTEGER: 0}.get(part.type, part.places)


def _sane(part: ColumnPart, path: str, others: Sequence[ColumnPart]) -> None:
    """What fits which type. Raises FormInvalid."""
    choosing = part.type in (FieldType.CHOICE, FieldType.CHOICES)
    values = {one.value for one in part.options}
    columns = part.columns if isinstance(part, FieldPart) else ()
    certificate = next((one for one in others if one.id == part.certificate_type), None)
    rules = (
        (
            "options",
            choosing == bool(part.options) and len(values) == len(part.options),
            "options of a choice",
        ),
        ("format", part.format is None or part.type is FieldType.TEXT, "a format is of a text"),
        ("columns", bool(columns) == (part.type is FieldType.TABLE), "columns are of a table"),
        ("least", part.least is None or part.type in NUMBERS, "bounds are of a number"),
        ("most", part.most is None or part.type in NUMBERS, "bounds are of a number"),
        ("computed", part.computed is None or not part.required, "what is computed is not required"),
        (
            "computed",
            part.computed is None or not (part.type is FieldType.CHOICES or columns),
            "several choices and tables are not",
        ),
        ("certificate_type", part.certificate_type is None or _names_types(certificate), "names no types"),
    )
    for key, fits, why in rules:
        if not fits:
            raise FormInvalid(f"{path}.{key}", why)


def _names_types(part: ColumnPart | None) -> bool:
    known = set(CertificateType)
    return part is not None and bool(part.options) and all(one.value in known for one in part.options)


def _rates_in(expression: Expression) -> Iterator[str]:
    if expression.operation in RATES and isinstance(expression.arguments[0], Expression):
        yield str(expression.arguments[0].arguments[0])
    for one in expression.arguments:
        if isinstance(one, Expression):
            yield from _rates_in(one)
