"""A definition that is wrong is refused with the path of what is wrong in it."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from cases.forms.definitions import FormInvalid, parse_form
from cases.forms.rates import rates_of

WORDS = {"zh": "某", "en": "some"}
RATES = rates_of(
    {
        "rates": {
            "levy": {
                "label": WORDS,
                "unit": "ratio",
                "entries": [{"valid_from": "2026-01-01", "value": "0.03", "basis": "某"}],
            }
        }
    }
)
FORM: Mapping[str, Any] = {
    "form_id": "F99",
    "code": "ST-XX01",
    "official": False,
    "name": WORDS,
    "checked_on": "2026-11-23",
    "sections": [
        {
            "id": "one",
            "title": WORDS,
            "fields": [
                {"id": "on", "type": "date", "label": WORDS, "required": True},
                {
                    "id": "kind",
                    "type": "choice",
                    "label": WORDS,
                    "options": [{"value": "a", "zh": "甲", "en": "a"}, {"value": "b", "zh": "乙", "en": "b"}],
                },
                {
                    "id": "lines",
                    "type": "table",
                    "label": WORDS,
                    "rows": [1, 3],
                    "columns": [
                        {"id": "amount", "type": "money", "label": WORDS},
                        {
                            "id": "tax",
                            "type": "money",
                            "label": WORDS,
                            "computed": "amount * rate('levy', on)",
                        },
                    ],
                },
                {"id": "sum", "type": "money", "label": WORDS, "computed": "sum(lines, tax)"},
            ],
        }
    ],
    "checks": [{"field": "on", "holds": "on <= today()", "code": "date_in_future"}],
    "attachments": [{"kind": "proof", "name": WORDS, "required": "kind == 'a'"}],
}
FIELDS = "sections.0.fields"


def changed(path: str, value: Any) -> dict[str, Any]:
    """The form with something else there; an Ellipsis takes it away."""
    form: Any = copy.deepcopy(dict(FORM))
    *steps, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    part = form
    for step in steps:
        part = part[step]
    if value is ...:
        del part[last]
    elif isinstance(part, list) and last == len(part):
        part.append(value)
    else:
        part[last] = value
    return dict(form)


def test_the_form_itself_is_right_and_ends_with_the_declaration() -> None:
    form = parse_form(FORM, RATES)
    assert [one.section_id for one in form.sections] == ["one", "declaration"]
    assert list(form.rates) == ["levy"]


WRONG = [
    ("form_id", "F 1", "form_id"),
    ("form_id", ..., "form_id"),
    ("code", "x", "code"),
    ("official", "maybe", "official"),
    ("name.en", "", "name.en"),
    ("name.fr", "un", "name.fr"),
    ("checked_on", "today", "checked_on"),
    ("extra", 1, "extra"),
    ("sections", [], "sections"),
    ("sections.0.fields", [], "sections.0.fields"),
    ("sections.1", FORM["sections"][0], "sections.1.id"),
    (f"{FIELDS}.0.type", "day", f"{FIELDS}.0.type"),
    (f"{FIELDS}.0.id", "On", f"{FIELDS}.0.id"),
    (f"{FIELDS}.0.id", "not", f"{FIELDS}.0.id"),
    (f"{FIELDS}.0.id", "confirmed", f"{FIELDS}.0.id"),
    (f"{FIELDS}.1.id", "on", f"{FIELDS}.1.id"),
    (f"{FIELDS}.0.required", "kind ==", f"{FIELDS}.0.required"),
    (f"{FIELDS}.0.required", "kind", f"{FIELDS}.0.required"),
    (f"{FIELDS}.0.required", 7, f"{FIELDS}.0.required"),
    # What is shown, and what is computed, may only use what stands before it.
    (f"{FIELDS}.0.shown", "kind == 'a'", f"{FIELDS}.0.shown"),
    (f"{FIELDS}.0.format", "phone", f"{FIELDS}.0.format"),
    (f"{FIELDS}.0.format", "no_such", f"{FIELDS}.0.format"),
    (f"{FIELDS}.0.least", "1", f"{FIELDS}.0.least"),
    (f"{FIELDS}.0.most", "1", f"{FIELDS}.0.most"),
    (f"{FIELDS}.0.columns", [{"id": "a", "label": WORDS}], f"{FIELDS}.0.columns"),
    (f"{FIELDS}.0.certificate_type", "kind", f"{FIELDS}.0.certificate_type"),
    (f"{FIELDS}.0.prefill", "age", f"{FIELDS}.0.prefill"),
    (f"{FIELDS}.0.options", [{"value": "a", "zh": "甲", "en": "a"}], f"{FIELDS}.0.options"),
    (f"{FIELDS}.1.options", [], f"{FIELDS}.1.options"),
    (f"{FIELDS}.1.options.1.value", "a", f"{FIELDS}.1.options"),
    (f"{FIELDS}.1.options.1.value", "乙", f"{FIELDS}.1.options.1.value"),
    (f"{FIELDS}.2.columns", [], f"{FIELDS}.2.columns"),
    (f"{FIELDS}.2.columns.1.id", "amount", f"{FIELDS}.2.columns.1.id"),
    (f"{FIELDS}.2.columns.1.type", "table", f"{FIELDS}.2.columns.1.columns"),
    (f"{FIELDS}.2.columns.1.computed", "tax + 1", f"{FIELDS}.2.columns.1.computed"),
    (f"{FIELDS}.2.columns.1.computed", "amount * rate('no', on)", f"{FIELDS}.2.columns.1.computed"),
    (f"{FIELDS}.2.columns.1.computed", "sum(lines, amount)", f"{FIELDS}.2.columns.1.computed"),
    (f"{FIELDS}.2.columns.0.least", 0.5, f"{FIELDS}.2.columns.0.least"),
    (f"{FIELDS}.2.rows", [3, 1], f"{FIELDS}.2.rows"),
    (f"{FIELDS}.2.rows", [0, 51], f"{FIELDS}.2.rows"),
    (f"{FIELDS}.2.computed", "lines", f"{FIELDS}.2.computed"),
    (f"{FIELDS}.3.computed", "sum(lines, on)", f"{FIELDS}.3.computed"),
    (f"{FIELDS}.3.computed", "sum(tax)", f"{FIELDS}.3.computed"),
    (f"{FIELDS}.3.computed", "__import__('os')", f"{FIELDS}.3.computed"),
    (f"{FIELDS}.3.required", True, f"{FIELDS}.3.computed"),
    ("checks.0.field", "off", "checks.0.field"),
    ("checks.0.field", "lines.off", "checks.0.field"),
    ("checks.0.holds", "amount > 0", "checks.0.holds"),
    ("checks.0.holds", "on", "checks.0.holds"),
    ("checks.0.code", "forbidden", "checks.0.code"),
    ("attachments.0.kind", "Proof!", "attachments.0.kind"),
    ("attachments.0.required", "attached('other')", "attachments.0.required"),
    ("attachments.1", FORM["attachments"][0], "attachments.1.kind"),
]


@pytest.mark.parametrize(("path", "value", "named"), WRONG, ids=lambda one: str(one)[:40])
def test_what_is_wrong_is_named_by_its_path(path: str, value: Any, named: str) -> None:
    with pytest.raises(FormInvalid) as refused:
        parse_form(changed(path, value), RATES)
    assert refused.value.path == named
    assert refused.value.why


@pytest.mark.parametrize("document", [None, 5, "form", [], {}])
def test_what_is_no_form_is_refused(document: Any) -> None:
    with pytest.raises(FormInvalid):
        parse_form(document)


def entry(**said: Any) -> dict[str, Any]:
    return {"valid_from": "2026-01-01", "basis": "某", **said}


@pytest.mark.parametrize(
    ("entries", "named"),
    [
        ([], "rates.levy.entries"),
        ([entry()], "rates.levy.entries.0"),
        ([entry(value=0.03)], "rates.levy.entries.0.value"),
        ([entry(value="3%")], "rates.levy.entries.0.value"),
        ([entry(value="1", values=["1"])], "rates.levy.entries.0"),
        ([entry(value="1", valid_to="2025-12-31")], "rates.levy.entries.0"),
        ([entry(value="1", valid_to="2026-02-30")], "rates.levy.entries.0"),
        ([entry(value="1"), entry(value="2")], "rates.levy"),
        ([entry(value="1", valid_to="2026-05-01"), entry(value="2", valid_from="2026-05-01")], "rates.levy"),
        (
            [entry(value="1", valid_to="2026-05-01"), entry(values=["2"], valid_from="2026-05-02")],
            "rates.levy",
        ),
        ([entry(brackets=[{"up_to": "1", "rate": "1"}])], "rates.levy.entries.0"),
        (
            [entry(brackets=[{"up_to": "2", "rate": "1"}, {"up_to": "1", "rate": "1"}, {"rate": "1"}])],
            "rates.levy.entries.0",
        ),
    ],
)
def test_rates_that_are_wrong_are_named_by_their_path(entries: list[Any], named: str) -> None:
    with pytest.raises(FormInvalid) as refused:
        rates_of({"rates": {"levy": {"label": WORDS, "unit": "ratio", "entries": entries}}})
    assert refused.value.path == named
