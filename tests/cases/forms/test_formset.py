"""What casework asks of the forms: names, copies, prefilled drafts; and what pages get."""

import json
import re
from datetime import date
from typing import Any

import pytest

from cases.casework.errors import FormUnknown
from cases.forms.faults import CheckFault, GeneralFault
from cases.forms.formats import FORMATS, FormatName, credit_check_letter
from cases.forms.model import Filler
from cases.texts import TEXTS
from tests.cases.forms.shipped import Vector, checked, fillings, forms

RIGHT = {one.form_id: one for one in fillings()}
ZHANG = Filler("张三", "id_cn", "440402190001010013")


def test_there_are_at_least_twelve_forms_and_ours_do_not_pass_for_official_ones() -> None:
    assert len(forms()) >= 12
    for form_id in forms():
        form = forms().definition(form_id)
        assert form.official == (not form.code.startswith("ST-"))


@pytest.mark.parametrize("fault", [*GeneralFault, *CheckFault])
def test_every_fault_has_a_sentence_in_both_languages(fault: str) -> None:
    assert re.search("[一-鿿]", TEXTS[fault].zh)
    assert TEXTS[fault].en.isascii()


def test_every_check_fault_is_named_by_a_form() -> None:
    named = {one.code for form_id in forms() for one in forms().definition(form_id).checks}
    assert named == set(CheckFault)


def test_a_form_that_is_not_there_is_unknown() -> None:
    for asked in (
        lambda: forms().name("F00"),
        lambda: forms().schema("F00"),
        lambda: forms().check("F00", {}, [], "2026-11-26"),
        lambda: forms().copy_of("F00", {}),
        lambda: forms().prefilled("F00", ZHANG),
    ):
        with pytest.raises(FormUnknown):
            asked()


@pytest.mark.parametrize("form_id", forms())
def test_pages_get_all_of_a_form_as_json_in_both_languages(form_id: str) -> None:
    schema = json.loads(json.dumps(forms().schema(form_id)))

    def texts(part: Any) -> None:
        if isinstance(part, dict):
            for key in ("label", "title", "name"):
                if isinstance(part.get(key), dict):
                    assert part[key]["zh"]
                    assert part[key]["en"]
            for key, one in part.items():
                if key != "json_schema":
                    texts(one)
        elif isinstance(part, list):
            for one in part:
                texts(one)

    texts(schema)
    assert {one["code"] for one in schema["checks"]} <= set(schema["texts"])
    assert set(schema["json_schema"]["properties"]) == {
        *(one["id"] for section in schema["sections"] for one in section["fields"]),
        "confirmed",
    }


@pytest.mark.feature("S12")
@pytest.mark.parametrize("right", RIGHT.values(), ids=lambda one: one.form_id)
def test_a_copy_has_what_stays_and_nothing_of_that_day(right: Vector) -> None:
    kept = {**checked(right).values, "confirmed": ["x:y"], "of_an_older_version": 1}
    copied = forms().copy_of(right.form_id, kept)
    form = forms().definition(right.form_id)
    left_out = {one.field_id for _, one in form.fields() if one.computed is not None or not one.copied}
    expected = {name for name in right.values if name not in left_out}
    assert set(copied) == expected
    assert "declare" not in copied
    assert dict(forms().copy_of(right.form_id, copied)) == copied


def test_what_is_computed_in_rows_is_not_copied() -> None:
    copied = forms().copy_of("F01", checked(RIGHT["F01"]).values)
    assert copied["lines"] == RIGHT["F01"].values["lines"]


def test_a_new_draft_knows_the_taxpayer() -> None:
    assert forms().prefilled("F03", ZHANG) == {
        "applicant_name": "张三",
        "taxpayer_name": "张三",
        "taxpayer_number": "440402190001010013",
    }
    assert forms().prefilled("F09", ZHANG) == {
        "holder_name": "张三",
        "certificate_type": "id_cn",
        "certificate_number": "440402190001010013",
    }


def test_a_number_that_a_field_does_not_take_is_left_out() -> None:
    foreigner = Filler("LEE ANNA", "passport", "E12345678")
    assert forms().prefilled("F03", foreigner) == {"applicant_name": "LEE ANNA", "taxpayer_name": "LEE ANNA"}
    assert forms().prefilled("F17", foreigner) == {
        "name": "LEE ANNA",
        "certificate_type": "passport",
        "number": "E12345678",
    }


@pytest.mark.parametrize(
    ("code", "letter"),
    [
        ("91440402MA00TE5T2", "F"),
        ("92440402MA00TE5T2", "C"),
        ("93440402MA00TE5T2", "9"),
        ("52440402MA00TE5T2", "G"),
        ("11440402MA00TE5T2", "P"),
    ],
)
def test_check_letters_of_credit_codes(code: str, letter: str) -> None:
    assert credit_check_letter(code) == letter


@pytest.mark.parametrize(
    ("name", "text", "fits"),
    [
        (FormatName.PHONE, "13800138000", True),
        (FormatName.PHONE, "07561234567", True),
        (FormatName.PHONE, "12800138000", False),
        (FormatName.PHONE, "138001380001", False),
        (FormatName.CREDIT_CODE, "91440402MA00TE5T2F", True),
        (FormatName.CREDIT_CODE, "91440402MAO0TE5T2F", False),
        (FormatName.CREDIT_CODE, "91440402MA00TE5T2", False),
        (FormatName.BANK_ACCOUNT, "1234567", False),
        (FormatName.BANK_ACCOUNT, "1" * 30, True),
        (FormatName.BANK_ACCOUNT, "1" * 31, False),
        (FormatName.BANK_ACCOUNT, "١٢٣٤٥٦٧٨", False),
        (FormatName.VIN, "LSVAA49J132047371", True),
        (FormatName.VIN, "LSVAA49I132047371", False),
        (FormatName.PLATE, "粤C12345", True),
        (FormatName.PLATE, "粤CD12345", True),
        (FormatName.PLATE, "粤112345", False),
        (FormatName.EMAIL, "a.b@example.cn", True),
        (FormatName.EMAIL, "a@b", False),
        (FormatName.INVOICE_CODE, "123456789012", True),
        (FormatName.INVOICE_NUMBER, "1" * 20, True),
        (FormatName.INVOICE_NUMBER, "1" * 9, False),
        (FormatName.ESTATE_UNIT, "4" * 28, True),
        (FormatName.REGION, "440402", True),
        (FormatName.REGION, "441900401", True),
        (FormatName.REGION, "990402", False),
        (FormatName.REGION, "4404", False),
    ],
)
def test_patterns_of_formats(name: FormatName, text: str, fits: bool) -> None:
    assert (re.fullmatch(FORMATS[name].pattern, text) is not None) == fits


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("440402190001010013", None),
        ("810000190001010018", None),
        ("830000190001010038", None),
        ("944840190001010015", None),
        ("440402190001010014", "certificate_checksum"),
        ("440402190002290029", "certificate_birthday"),
        ("944840190001010016", "certificate_checksum"),
    ],
)
def test_identity_numbers_say_by_their_beginning_what_they_are(number: str, fault: str | None) -> None:
    more = FORMATS[FormatName.ID_NUMBER].more
    assert more is not None
    assert more(number, date(2026, 11, 26)) == fault
