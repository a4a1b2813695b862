"""Certificate numbers and names, on the vectors that the browser's check is held to as well."""

import json
import string
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.certificates import (
    CertificateType,
    NumberFault,
    icao_7_3_1,
    identity_number,
    masked,
    mod_11_2,
    name_is_valid,
    normalised,
    normalised_name,
    number_fault,
)

TODAY = date(2026, 11, 23)
VECTORS = json.loads((Path(__file__).parent / "certificates.json").read_text(encoding="utf-8"))
VALID_ID = "440402190001010013"


@pytest.mark.parametrize(("kind", "number", "fault"), [tuple(vector.values()) for vector in VECTORS])
def test_shared_vectors_of_normalised_numbers(kind: str, number: str, fault: str | None) -> None:
    found = number_fault(CertificateType(kind), number, today=TODAY)
    assert (found.value if found else None) == fault


def test_vectors_have_good_and_bad_numbers_of_every_type() -> None:
    for kind in CertificateType:
        faults = {vector["fault"] for vector in VECTORS if vector["type"] == kind.value}
        assert None in faults
        assert faults - {None}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("４４０４０２１９０００１０１００１３", VALID_ID),
        (" 440402 1900 0101 0013 ", VALID_ID),
        ("440402-19000101-0013", VALID_ID),
        ("93139219000615002x", "93139219000615002X"),
        ("９３１３９２１９０００６１５００２ｘ", "93139219000615002X"),
        ("h12345678", "H12345678"),
    ],
)
def test_normalised(typed: str, kept: str) -> None:
    assert normalised(typed) == kept


@given(
    position=st.integers(min_value=0, max_value=17),
    other=st.sampled_from(string.digits + "X"),
    number=st.sampled_from(
        [VALID_ID, "440402190402290028", "440103190103150025", "810000190001010018", "93139219000615002X"]
    ),
)
def test_one_changed_digit_of_an_18_digit_number_is_caught(position: int, other: str, number: str) -> None:
    changed = number[:position] + other + number[position + 1 :]
    if changed == number:
        return
    for kind in (CertificateType.ID_CN, CertificateType.PRC_HKMO, CertificateType.FPR_NEW):
        assert number_fault(kind, changed, today=TODAY) is not None


@given(
    place=st.integers(min_value=0, max_value=16),
    number=st.sampled_from([VALID_ID, "440402190402290028", "440103190103150025"]),
)
def test_two_neighbours_swapped_are_caught(place: int, number: str) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert swapped == number or number_fault(CertificateType.ID_CN, swapped, today=TODAY) is not None


@given(
    region=st.integers(min_value=110_000, max_value=659_999),
    birthday=st.dates(min_value=date(1900, 1, 1), max_value=TODAY),
    order=st.integers(min_value=0, max_value=999),
)
def test_every_number_with_its_check_digit_is_taken(region: int, birthday: date, order: int) -> None:
    first_17 = f"{region}{birthday:%Y%m%d}{order:03d}"
    assert number_fault(CertificateType.ID_CN, first_17 + mod_11_2(first_17), today=TODAY) is None


@given(kind=st.sampled_from(CertificateType), typed=st.text(max_size=45))
def test_any_text_gets_an_answer(kind: CertificateType, typed: str) -> None:
    fault = number_fault(kind, normalised(typed), today=TODAY)
    assert fault is None or fault in NumberFault
    if fault is None:
        assert normalised(typed).isascii()


def test_a_birthday_after_today_is_refused() -> None:
    first_17 = "44040220261124001"
    number = first_17 + mod_11_2(first_17)
    assert number_fault(CertificateType.ID_CN, number, today=TODAY) is NumberFault.BIRTHDAY
    assert number_fault(CertificateType.ID_CN, number, today=date(2026, 11, 24)) is None


def test_digits_of_other_scripts_are_no_digits() -> None:
    arabic = VALID_ID.translate({ord("0") + value: 0x0660 + value for value in range(10)})
    assert number_fault(CertificateType.ID_CN, normalised(arabic), today=TODAY) is NumberFault.FORMAT


def test_icao_check_digit_of_the_standards_example() -> None:
    # ICAO 9303 part 3, appendix A: AB2134<<< has 5 as its check digit with fillers counted as 0.
    assert icao_7_3_1("AB2134000") == "5"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (VALID_ID, "4404**********0013"),
        ("H12345678", "H123*5678"),
        ("12345678", "12****78"),
        ("AB123", "AB*23"),
    ],
)
def test_masked(number: str, shown: str) -> None:
    assert masked(number) == shown


@given(st.text(alphabet=string.ascii_uppercase + string.digits, min_size=5, max_size=20))
def test_masked_keeps_the_length_and_hides_something(number: str) -> None:
    shown = masked(number)
    assert len(shown) == len(number)
    assert "*" in shown


def test_a_pass_is_the_same_person_with_a_new_replacement_count() -> None:
    assert identity_number(CertificateType.HKMO_PASS, "M1234567800") == identity_number(
        CertificateType.HKMO_PASS, "M1234567801"
    )
    assert identity_number(CertificateType.TW_PASS, "1234567801A") == "1234567801A"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" 陈 嘉 敏 ", "陈嘉敏"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽・买买提", "阿依古丽·买买提"),
        ("  John   Smith ", "JOHN SMITH"),
        ("o'neil, mary-ann", "O'NEIL, MARY-ANN"),
    ],
)
def test_normalised_name(typed: str, kept: str) -> None:
    assert normalised_name(typed) == kept


@pytest.mark.parametrize(
    ("kind", "name", "valid"),
    [
        (CertificateType.ID_CN, "陈嘉敏", True),
        (CertificateType.ID_CN, "阿依古丽·买买提", True),
        (CertificateType.ID_CN, "𠮷田", True),
        (CertificateType.ID_CN, "陈", False),
        (CertificateType.ID_CN, "陈" * 31, False),
        (CertificateType.ID_CN, "CHEN JIAMIN", False),
        (CertificateType.ID_CN, "陈嘉敏1", False),
        (CertificateType.ID_CN, "<b>陈</b>", False),
        (CertificateType.HKMO_PASS, "CHAN TAI MAN", False),
        (CertificateType.PASSPORT, "JOHN SMITH", True),
        (CertificateType.FPR_OLD, "O'NEIL, MARY-ANN", True),
        (CertificateType.FPR_NEW, "史密斯", True),
        (CertificateType.PASSPORT, "J", False),
        (CertificateType.PASSPORT, "JOHN; DROP TABLE", False),
        (CertificateType.PASSPORT, "", False),
    ],
)
def test_name_is_valid(kind: CertificateType, name: str, valid: bool) -> None:
    assert name_is_valid(kind, normalised_name(name)) is valid
