"""What the JSON Schema of a form says of values, as our faults: one a place, the plainest one. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from jsonschema import Draft202012Validator

from cases.forms.formats import FORMATS
from cases.forms.model import Field, FieldType, FormDefinition

Path = tuple[str | int, ...]
CODES: Final[Mapping[str, str]] = {
    "type": "field_type",
    "enum": "choice_unknown",
    "maxLength": "text_too_long",
    "pattern": "text_invalid",
    "minimum": "number_too_small",
    "maximum": "number_too_large",
    "uniqueItems": "choice_twice",
    "minItems": "rows_too_few",
    "maxItems": "rows_too_many",
}
"""By keyword, the plainest first. ``required`` is the check's own: it knows what is shown."""
_ORDER: Final = {keyword: number for number, keyword in enumerate(CODES)}


def structural_faults(
    definition: FormDefinition, validator: Draft202012Validator, tidied: Mapping[str, Any]
) -> dict[Path, str]:
    """The fault of each field, row or column that does not fit the schema."""
    found: dict[Path, tuple[int, str]] = {}
    fields = {field.field_id: field for _, field in definition.fields()}
    for error in validator.iter_errors(tidied):
        keyword = str(error.validator)
        if keyword not in CODES:
            continue
        path = tuple(error.absolute_path)
        code = _pattern_code(fields, path) if keyword == "pattern" else CODES[keyword]
        path = _place(fields, path)
        found[path] = min(found.get(path, (len(CODES), "")), (_ORDER[keyword], code))
    return {path: code for path, (_, code) in found.items()}


def _place(fields: Mapping[str, Field], path: Path) -> Path:
    """The field, row or column that a place is in."""
    field = fields.get(str(path[0]))
    return path[:3] if field is not None and field.type is FieldType.TABLE else path[:1]


def _pattern_code(fields: Mapping[str, Field], path: Path) -> str:
    field = fields[str(path[0])]
    if field.type is FieldType.TABLE:
        field = next(one for one in field.columns if one.field_id == path[2])
    if field.format is not None:
        return FORMATS[field.format].code
    return {FieldType.DATE: "date_invalid", FieldType.NUMBER: "number_invalid"}.get(
        field.type, "text_invalid"
    )
