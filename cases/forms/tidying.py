"""What is filled in as it is kept: nothing unknown, computed or empty, texts without blanks around. Pure.

Bounded: what is too large or too deep is not looked at further. Tidying twice gives the same.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cases.forms.formats import FormatName
from cases.forms.json_schema import CONFIRMED
from cases.forms.model import Field, FieldType, FormDefinition

VALUES_MAX_BYTES: Final = 65_536
"""Of one form's values as compact JSON in UTF-8."""
DEPTH_MAX: Final = 6
LIST_MAX: Final = 100
"""More than a table can have, so that a long one is named as such; and no check of a list takes long."""
_BLANKS: Final = "[\\t\\n\\v\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff]+"
"""What ``trim`` of a page's language takes away, which is not quite what Python's ``strip`` does."""
_AROUND: Final = re.compile(f"^{_BLANKS}|{_BLANKS}$")
_SEPARATORS: Final = re.compile(f"{_BLANKS}|[-·.]")
_HALF_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_KEPT_AS_WRITTEN: Final = frozenset({FormatName.EMAIL})
_WHOLE_MAX: Final = 2**53


def oversize(values: Any) -> str | None:
    """The fault of what is too deep or too large to be looked at."""
    level: list[Any] = [values]
    for _ in range(DEPTH_MAX):
        if any(isinstance(one, list | tuple) and len(one) > LIST_MAX for one in level):
            return "form_too_large"
        level = [below for one in level for below in _parts(one)]
    if level:
        return "form_too_deep"
    written = json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=str)
    return "form_too_large" if len(written.encode("utf-8", "surrogatepass")) > VALUES_MAX_BYTES else None


def _parts(value: Any) -> Sequence[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list | tuple) else ()


def tidy(definition: FormDefinition, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the form's own fields, in its order, and what was confirmed."""
    found = _row([field for _, field in definition.fields()], values)
    if values.get(CONFIRMED) not in (None, []):
        found[CONFIRMED] = values[CONFIRMED]
    return found


def _row(fields: Sequence[Field], values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in fields:
        if field.computed is None and field.field_id in values:
            value = _value(field, values[field.field_id])
            if not _is_empty(value):
                found[field.field_id] = value
    return found


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | list) and not value)


def _value(field: Field, value: Any) -> Any:
    if field.type is FieldType.TABLE and isinstance(value, list):
        return [_row(field.columns, one) if isinstance(one, Mapping) else one for one in value]
    if isinstance(value, str):
        return _text(field, value)
    if isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE_MAX:
        return int(value)
    return value


def _text(field: Field, value: str) -> str:
    if field.format is not None and field.format not in _KEPT_AS_WRITTEN:
        return _SEPARATORS.sub("", value.translate(_HALF_WIDTH)).upper()
    return _AROUND.sub("", value)
