"""The forms that are shipped, and the vectors that both sides are held to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import cases.forms
import cases.guidance
from cases.casework.business import CheckedForm
from cases.forms.definitions import parse_form
from cases.forms.formset import FormSet
from cases.forms.rates import Rate, rates_of

CONTENT = Path(cases.guidance.__file__).parent / "content"
VECTORS = Path(cases.forms.__file__).parent / "vectors.json"


@dataclass(frozen=True, slots=True)
class Vector:
    form_id: str
    name: str
    values: Mapping[str, Any]
    attachments: list[str]
    today: str
    faults: list[tuple[str, str]]
    computed: Mapping[str, Any]


def document(form_id: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((CONTENT / "forms" / f"{form_id}.yaml").read_text("utf-8"))
    return found


@cache
def rates() -> dict[str, Rate]:
    return rates_of(yaml.safe_load((CONTENT / "rates.yaml").read_text("utf-8")))


@cache
def forms() -> FormSet:
    ids = sorted(file.stem for file in (CONTENT / "forms").glob("*.yaml"))
    return FormSet({form_id: parse_form(document(form_id), rates()) for form_id in ids})


def patched(values: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    found = dict(values) if isinstance(values, dict) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = patched(found.get(key), value)
    return found


@cache
def vectors() -> tuple[Vector, ...]:
    """The right fillings, and each of their cases."""
    found: list[Vector] = []
    for one in json.loads(VECTORS.read_text("utf-8"))["vectors"]:
        right = Vector(
            one["form"], one["name"], one["values"], one["attachments"], one["today"], [], one["computed"]
        )
        found.append(right)
        for case in one["cases"]:
            found.append(
                Vector(
                    right.form_id,
                    case["name"],
                    patched(right.values, case["patch"]),
                    case.get("attachments", right.attachments),
                    case.get("today", right.today),
                    [(field, code) for field, code in case["faults"]],
                    case.get("computed", {}),
                )
            )
    return tuple(found)


def fillings() -> list[Vector]:
    """The right ones alone, one a form."""
    return list({one.form_id: one for one in reversed(vectors()) if not one.faults}.values())


def checked(vector: Vector) -> CheckedForm:
    return forms().check(vector.form_id, vector.values, vector.attachments, vector.today)


def at(values: Any, path: str) -> Any:
    """The value at a path such as ``lines.0.tax``."""
    for step in path.split("."):
        values = values[int(step)] if isinstance(values, list) else values[step]
    return values
