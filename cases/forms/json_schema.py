"""The JSON Schema (2020-12) of what is filled in a form: everything that a value has to be by itself. Pure.

What depends on other fields (conditions, sums, check digits, days that do not exist) is not in it.
"""

from typing import Any, Final

from cases.forms.amounts import FEN_MAX
from cases.forms.formats import FORMATS
from cases.forms.model import Field, FieldType, FormDefinition

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
CONFIRMED: Final = "confirmed"
"""The key of the faults that the taxpayer confirmed to be right."""
CONFIRMED_MAX: Final = 50
INTEGER_MAX: Final = 999_999_999_999
_ONE_LINE: Final = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"
_LINES: Final = r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]*$"
DAY_PATTERN: Final = r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"


def schema_of(definition: FormDefinition) -> dict[str, Any]:
    """Of the values as they are kept. What is computed is read-only in it; what is required only under a
    condition is not required in it.
    """
    fields = [field for _, field in definition.fields()]
    schema = _object(fields, [one.field_id for section, one in definition.fields() if section.shown is None])
    confirmed = {
        "type": "array",
        "items": {"type": "string", "maxLength": 120},
        "maxItems": CONFIRMED_MAX,
        "uniqueItems": True,
    }
    schema["properties"][CONFIRMED] = confirmed
    return {"$schema": DIALECT, "title": definition.name.zh, **schema}


def _object(fields: "list[Field] | tuple[Field, ...]", may_be_required: list[str]) -> dict[str, Any]:
    required = [
        one.field_id
        for one in fields
        if one.required is True and one.shown is None and one.field_id in may_be_required
    ]
    return {
        "type": "object",
        "properties": {one.field_id: property_of(one) for one in fields},
        "required": required,
        "additionalProperties": False,
    }


def property_of(field: Field) -> dict[str, Any]:
    """The schema of one field's value."""
    found = _property(field)
    if field.computed is not None:
        found["readOnly"] = True
    return found


def _property(field: Field) -> dict[str, Any]:
    match field.type:
        case FieldType.TEXT:
            return _text(field)
        case FieldType.NUMBER:
            return {"type": "string", "pattern": rf"^-?(0|[1-9][0-9]{{0,11}})(\.[0-9]{{1,{field.places}}})?$"}
        case FieldType.MONEY | FieldType.INTEGER:
            return _whole(field)
        case FieldType.DATE:
            return {"type": "string", "pattern": DAY_PATTERN}
        case FieldType.CHOICE:
            return {"type": "string", "enum": [one.value for one in field.options]}
        case FieldType.CHOICES:
            items = {"type": "string", "enum": [one.value for one in field.options]}
            return {"type": "array", "items": items, "uniqueItems": True, "maxItems": len(field.options)}
        case FieldType.YES_NO:
            return {"type": "boolean"}
        case FieldType.TABLE:
            row = _object(field.columns, [one.field_id for one in field.columns])
            return {"type": "array", "items": row, "minItems": field.rows[0], "maxItems": field.rows[1]}


def _text(field: Field) -> dict[str, Any]:
    if field.format is None:
        longest = 1_000 if field.computed is not None else field.longest
        return {"type": "string", "maxLength": longest, "pattern": _LINES if field.multiline else _ONE_LINE}
    asked = FORMATS[field.format]
    return {"type": "string", "maxLength": asked.longest, "pattern": f"^({asked.pattern})$"}


def _whole(field: Field) -> dict[str, Any]:
    money = field.type is FieldType.MONEY
    scale, most = (100, FEN_MAX) if money else (1, INTEGER_MAX)
    least = -most if field.least is None or field.computed is not None else int(field.least * scale)
    if field.most is not None and field.computed is None:
        most = int(field.most * scale)
    return {"type": "integer", "minimum": least, "maximum": most}
