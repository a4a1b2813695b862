"""What a new draft begins with: an older form, or what is known of the taxpayer. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cases.forms.formats import FORMATS
from cases.forms.json_schema import CONFIRMED
from cases.forms.model import Field, FieldType, Filler, FormDefinition, Prefill
from cases.forms.tidying import oversize, tidy


def copy_of(definition: FormDefinition, values: Mapping[str, Any]) -> dict[str, Any]:
    """What is filled in again in the same way. Not what belongs to that day: declarations, confirmations,
    what was computed, and fields that are marked so; nor what this version of the form does not have.
    """
    if oversize(values) is not None:
        return {}
    copied = _copied([one for _, one in definition.fields()], tidy(definition, values))
    copied.pop(CONFIRMED, None)
    return copied


def _copied(fields: Sequence[Field], values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in fields:
        if not one.copied or one.field_id not in values:
            continue
        value = values[one.field_id]
        if one.type is FieldType.TABLE and isinstance(value, list):
            value = [_copied(one.columns, row) for row in value if isinstance(row, Mapping)]
        found[one.field_id] = value
    return found


def prefilled(definition: FormDefinition, filler: Filler) -> dict[str, Any]:
    """The fields that ask for who the taxpayer is. A number that does not fit its field is left out: a
    passport's, where only identity numbers can stand.
    """
    known = {
        Prefill.NAME: filler.name,
        Prefill.NUMBER: filler.number,
        Prefill.CERTIFICATE_TYPE: filler.certificate_type,
    }
    return {
        one.field_id: known[one.prefill]
        for _, one in definition.fields()
        if one.prefill is not None and known[one.prefill] and _can_be(one, known[one.prefill])
    }


def _can_be(field: Field, value: str) -> bool:
    if field.format is None:
        return True
    return re.fullmatch(FORMATS[field.format].pattern, value) is not None
