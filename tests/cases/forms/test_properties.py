"""Whatever is sent: the check answers, believes no sum of a page, and gives the same for what it gave."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.forms.checking import FAULTS_MAX
from cases.forms.model import Field, FieldType, FormDefinition
from cases.forms.tidying import DEPTH_MAX, LIST_MAX, VALUES_MAX_BYTES
from cases.texts import TEXTS
from tests.cases.forms.shipped import Vector, checked, fillings, forms

TODAY = "2026-11-26"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=8), below, max_size=4),
    max_leaves=12,
)
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        0,
        -7,
        2**70,
        0.1,
        1e300,
        float("nan"),
        "",
        "x",
        "\ud800",
        "٣",
        "a\nb",
        [],
        [[]],
        ["x", {}],
        {},
        {"x": 1},
    ]
)
"""JSON that no field wants; drawn faster than `JSON`, of which a whole form would be slow."""
KINDS = st.lists(st.sampled_from(["contract", "seal", "proof", "nothing"]), max_size=3)
RIGHT = fillings()


def wild(field: Field) -> st.SearchStrategy[Any]:
    """Values that a field may have, and some that it may not."""
    near: dict[FieldType, st.SearchStrategy[Any]] = {
        FieldType.TEXT: st.sampled_from(
            ["某", "440402190001010013", "91440402MA00TE5T2E", " x\n", "13800138000"]
        ),
        FieldType.NUMBER: st.sampled_from(["0.03", "100", "-1", "1e5", "0.0000001"]),
        FieldType.MONEY: st.sampled_from([0, 1, -1, 12345, 10**14, 10.0, 0.5]),
        FieldType.INTEGER: st.sampled_from([0, 1, 2026, -5, 10**13]),
        FieldType.DATE: st.sampled_from(["2026-01-31", "2026-02-30", "1899-12-31", "2199-12-31", "26-1-1"]),
        FieldType.CHOICE: st.sampled_from([*(one.value for one in field.options), "other"]),
        FieldType.YES_NO: st.booleans(),
        FieldType.TABLE: st.lists(row(field.columns), max_size=4),
    }
    return st.one_of(near[field.type], near[field.type], ODD)


def row(fields: tuple[Field, ...]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({}, optional={one.field_id: wild(one) for one in fields})


def filling(form: FormDefinition) -> st.SearchStrategy[dict[str, Any]]:
    found = {field.field_id: wild(field) for _, field in form.fields()}
    confirmed = st.lists(st.sampled_from(["place:cross_region_same_province", "x"]), max_size=3) | ODD
    return st.fixed_dictionaries({}, optional={**found, "confirmed": confirmed})


@pytest.mark.parametrize("form_id", forms())
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_the_check_of_any_filling_answers_and_again_the_same(form_id: str, data: st.DataObject) -> None:
    values = data.draw(filling(forms().definition(form_id)))
    kinds = data.draw(KINDS)
    found = forms().check(form_id, values, kinds, TODAY)
    assert len(found.faults) <= FAULTS_MAX
    assert all(one.code in TEXTS for one in found.faults)
    again = forms().check(form_id, found.values, kinds, TODAY)
    assert json.dumps(again.values) == json.dumps(found.values)
    assert again.faults == found.faults


@settings(max_examples=40)
@given(values=JSON, kinds=KINDS)
def test_the_check_of_any_json_answers(values: Any, kinds: list[str]) -> None:
    for form_id in forms():
        assert forms().check(form_id, values, kinds, TODAY).faults
        if isinstance(values, Mapping):
            forms().copy_of(form_id, values)


def computed_of(form: FormDefinition) -> list[str]:
    return [one.field_id for _, one in form.fields() if one.computed is not None]


@pytest.mark.parametrize("right", RIGHT, ids=lambda one: one.form_id)
@settings(max_examples=20)
@given(sent=ODD)
def test_what_a_page_sent_for_a_computed_field_counts_for_nothing(right: Vector, sent: Any) -> None:
    names = computed_of(forms().definition(right.form_id))
    plain = checked(right)
    values = {**right.values, **dict.fromkeys(names, sent)}
    told = forms().check(right.form_id, values, right.attachments, right.today)
    assert told == plain


@pytest.mark.parametrize("right", RIGHT, ids=lambda one: one.form_id)
def test_any_field_that_is_always_needed_is_missed(right: Vector) -> None:
    for section, field in forms().definition(right.form_id).fields():
        if field.required is True and field.shown is None and section.shown is None:
            left = {name: value for name, value in right.values.items() if name != field.field_id}
            found = forms().check(right.form_id, left, right.attachments, right.today)
            assert (field.field_id, "required") in {(one.field, one.code) for one in found.faults}


def deep(levels: int) -> Any:
    return [deep(levels - 1)] if levels else "x"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"buyer_name": "某" * VALUES_MAX_BYTES}, "form_too_large"),
        ({"lines": [{}] * (LIST_MAX + 1)}, "form_too_large"),
        ({"confirmed": [[]] * 60_000}, "form_too_large"),
        ({"lines": deep(DEPTH_MAX)}, "form_too_deep"),
        ({"unknown": deep(900)}, "form_too_deep"),
        ([], "field_type"),
        ("x", "field_type"),
    ],
)
def test_what_is_too_much_is_told_as_one_fault(values: Any, code: str) -> None:
    found = forms().check("F01", values, [], TODAY)
    assert [(one.field, one.code) for one in found.faults] == [("form", code)]
