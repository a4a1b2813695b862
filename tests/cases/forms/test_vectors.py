"""Every shipped form is held to its vectors, which the pages are held to as well."""

import pytest
from jsonschema import Draft202012Validator

from tests.cases.forms.shipped import Vector, at, checked, forms, vectors


@pytest.mark.feature("S7")
@pytest.mark.parametrize("vector", vectors(), ids=lambda one: f"{one.form_id}: {one.name}")
def test_a_filling_has_these_faults_and_computed_values(vector: Vector) -> None:
    found = checked(vector)
    assert sorted((one.field, one.code) for one in found.faults) == sorted(vector.faults)
    assert {path: at(found.values, path) for path in vector.computed} == dict(vector.computed)


@pytest.mark.parametrize("vector", vectors(), ids=lambda one: f"{one.form_id}: {one.name}")
def test_what_was_checked_is_checked_the_same_again(vector: Vector) -> None:
    found = checked(vector)
    again = forms().check(vector.form_id, found.values, vector.attachments, vector.today)
    assert again == found


@pytest.mark.parametrize("form_id", forms())
def test_every_form_has_a_right_filling_and_several_wrong_ones(form_id: str) -> None:
    of_form = [one for one in vectors() if one.form_id == form_id]
    assert any(not one.faults for one in of_form)
    assert sum(bool(one.faults) for one in of_form) >= 4


@pytest.mark.parametrize("form_id", forms())
def test_every_check_of_a_form_is_shown_to_fail(form_id: str) -> None:
    named = {one.code for one in forms().definition(form_id).checks}
    # The declaration is the same in every form.
    shown = {code for one in vectors() if one.form_id == form_id for _, code in one.faults}
    assert named - shown <= {"declaration_missing"}


@pytest.mark.parametrize("form_id", forms())
def test_the_schema_is_json_schema_and_takes_what_is_right(form_id: str) -> None:
    schema = forms().schema(form_id)["json_schema"]
    Draft202012Validator.check_schema(schema)
    right = next(one for one in vectors() if one.form_id == form_id)
    assert Draft202012Validator(schema).is_valid(checked(right).values)
