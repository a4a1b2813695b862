"""A form as pages draw it and check it: all of its definition, expressions as trees (docs/FORMS.md). Pure."""

from typing import Any

from cases.certificates import NumberFault
from cases.forms.expressions import Expression
from cases.forms.faults import GeneralFault
from cases.forms.formats import CONFIRMABLE
from cases.forms.json_schema import CONFIRMED_MAX, schema_of
from cases.forms.model import Attachment, Check, Field, FieldType, FormDefinition, Section
from cases.forms.tidying import DEPTH_MAX, VALUES_MAX_BYTES
from cases.texts import TEXTS
from cases.views.names import Bilingual

GENERAL_CODES = (*GeneralFault, *NumberFault)
"""What every form can have as a fault."""


def shown(definition: FormDefinition) -> dict[str, Any]:
    """Everything of it that a page needs, with the sentence of each fault."""
    codes = dict.fromkeys(str(one) for one in (*GENERAL_CODES, *(one.code for one in definition.checks)))
    return {
        "form_id": definition.form_id,
        "code": definition.code,
        "official": definition.official,
        "name": _words(definition.name),
        "note": _words(definition.note),
        "sources": list(definition.sources),
        "checked_on": definition.checked_on,
        "sections": [_section(one) for one in definition.sections],
        "checks": [_check(one) for one in definition.checks],
        "attachments": [_attachment(one) for one in definition.attachments],
        "rates": {name: dict(rate.written) for name, rate in definition.rates.items()},
        "texts": {code: {"zh": TEXTS[code].zh, "en": TEXTS[code].en} for code in codes},
        "confirmable": sorted(CONFIRMABLE | {one.code for one in definition.checks if one.confirmable}),
        "limits": {"bytes": VALUES_MAX_BYTES, "depth": DEPTH_MAX, "confirmed": CONFIRMED_MAX},
        "json_schema": schema_of(definition),
    }


def _words(words: Bilingual | None) -> dict[str, str] | None:
    return None if words is None else {"zh": words.zh, "en": words.en}


def _condition(condition: Expression | bool | None) -> Any:
    return condition.shown if isinstance(condition, Expression) else condition


def _section(section: Section) -> dict[str, Any]:
    return {
        "id": section.section_id,
        "title": _words(section.title),
        "note": _words(section.note),
        "shown": _condition(section.shown),
        "fields": [_field(one) for one in section.fields],
    }


def _field(field: Field) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": field.field_id,
        "type": field.type.value,
        "label": _words(field.label),
        "hint": _words(field.hint),
        "unit": _words(field.unit),
        "required": _condition(field.required),
        "shown": _condition(field.shown),
        "computed": _condition(field.computed),
        "copied": field.copied,
        "prefill": field.prefill,
    }
    if field.options:
        found["options"] = [{"value": one.value, "label": _words(one.label)} for one in field.options]
    if field.type is FieldType.TEXT:
        found |= {"format": field.format, "certificate_type": field.certificate_type}
        found |= {"longest": field.longest, "multiline": field.multiline}
    if field.type in (FieldType.NUMBER, FieldType.MONEY, FieldType.INTEGER):
        found["places"] = field.places
        found["least"] = (
            None if field.least is None else _number(field.least.numerator, field.least.denominator)
        )
        found["most"] = None if field.most is None else _number(field.most.numerator, field.most.denominator)
    if field.type is FieldType.TABLE:
        found["columns"] = [_field(one) for one in field.columns]
        found["rows"] = {"least": field.rows[0], "most": field.rows[1]}
    return found


def _number(numerator: int, denominator: int) -> str:
    """A bound, which has at most six places."""
    millionths = numerator * 1_000_000 // denominator
    sign, whole, rest = "-" if millionths < 0 else "", *divmod(abs(millionths), 1_000_000)
    return f"{sign}{whole}" + (f".{rest:06d}".rstrip("0") if rest else "")


def _check(check: Check) -> dict[str, Any]:
    return {
        "table": check.table,
        "field": check.field,
        "holds": check.holds.shown,
        "code": check.code,
        "confirmable": check.confirmable,
    }


def _attachment(attachment: Attachment) -> dict[str, Any]:
    return {
        "kind": attachment.kind,
        "name": _words(attachment.name),
        "hint": _words(attachment.hint),
        "required": _condition(attachment.required),
    }
