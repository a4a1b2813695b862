"""Every error has a sentence in both languages and a sane status."""

import re
from collections.abc import Iterator
from http import HTTPStatus

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

import api.errors
import cases.errors
import cases.forms.errors
import queueing.errors
import rtc.errors
import signaling.errors
from cases.booking.errors import RuleFault, RulesInvalid, SlotFull
from cases.certificates import NumberFault
from cases.errors import CalledByColleague, CertificateRefused, TooManyGuesses
from cases.forms.faults import CheckFault, GeneralFault
from cases.people.errors import PasswordFault, PasswordRefused, SecondFactorNeeded
from cases.problems import Language, field_problems, language_of, problem, problem_of, text
from cases.texts import TEXTS
from cases.views.names import SlotView

ROOTS = (
    queueing.errors.QueueError,
    rtc.errors.MediaError,
    cases.errors.CaseworkError,
    api.errors.RequestError,
    signaling.errors.EventError,
)


def leaves(kind: type[Exception]) -> Iterator[type[Exception]]:
    below = kind.__subclasses__()
    if not below:
        yield kind
    for one in below:
        yield from leaves(one)


LEAVES = [leaf for root in ROOTS for leaf in leaves(root)]


def code_of(kind: type[Exception]) -> str:
    code: str = vars(kind).get("code", getattr(kind, "code", ""))
    return code


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: f"{leaf.__module__}.{leaf.__name__}")
def test_every_leaf_has_a_text_in_both_languages(leaf: type[Exception]) -> None:
    code = code_of(leaf)
    assert re.fullmatch(r"[a-z][a-z_]+", code)
    found = TEXTS[code]
    assert re.search("[一-鿿]", found.zh)
    assert found.en.isascii()
    assert found.zh != found.en
    assert 400 <= HTTPStatus(found.status) <= 503


@pytest.mark.parametrize("root", ROOTS)
def test_codes_of_a_tree_differ(root: type[Exception]) -> None:
    codes = [code_of(leaf) for leaf in leaves(root)]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("fault", NumberFault)
def test_every_fault_of_a_number_has_a_text(fault: NumberFault) -> None:
    assert TEXTS[fault.value].status == HTTPStatus.UNPROCESSABLE_ENTITY


@pytest.mark.parametrize("fault", RuleFault)
def test_every_fault_of_a_halls_rules_has_a_text(fault: RuleFault) -> None:
    told = problem_of(RulesInvalid("hours.0", fault), Language.EN)
    assert [(field.field, field.code, field.detail) for field in told.fields] == [
        ("hours.0", fault.value, TEXTS[fault.value].en)
    ]


def test_no_text_without_an_error() -> None:
    of_errors = {code_of(leaf) for leaf in LEAVES} | {
        fault.value
        for faults in (NumberFault, RuleFault, PasswordFault, GeneralFault, CheckFault)
        for fault in faults
    }
    # A broken journal is raised as one of its leaves; kept for a reader that knows the branch only. A queue
    # that does not answer is a branch too, and raised itself.
    of_edges = {
        "unexpected", "not_found", "method_not_allowed", "payload_too_large", "name_invalid",
        "journal_broken", "queue_unavailable", "case_refused",
    }  # fmt: skip
    assert set(TEXTS) == of_errors | of_edges


def test_a_code_without_a_text_is_unexpected() -> None:
    told = problem("no_such_code", Language.EN)
    assert (told.code, told.status) == ("unexpected", HTTPStatus.INTERNAL_SERVER_ERROR)
    assert text("no_such_code", Language.ZH) == TEXTS["unexpected"].zh


def test_a_refused_certificate_names_its_field() -> None:
    told = problem_of(CertificateRefused.number(NumberFault.CHECKSUM), Language.ZH)
    (field,) = told.fields
    assert (field.field, field.code) == ("certificate_number", "certificate_checksum")
    assert field.detail == TEXTS["certificate_checksum"].zh


@pytest.mark.parametrize("fault", PasswordFault)
def test_a_refused_password_names_its_field_and_fault(fault: PasswordFault) -> None:
    (field,) = problem_of(PasswordRefused(fault), Language.EN).fields
    assert (field.field, field.code, field.detail) == ("new_password", fault.value, TEXTS[fault.value].en)


def test_a_step_of_the_log_in_tells_its_challenge() -> None:
    assert problem_of(SecondFactorNeeded("sealed"), Language.ZH).challenge == "sealed"


def test_waiting_time_is_told() -> None:
    assert problem_of(TooManyGuesses(90_500), Language.EN).retry_after_ms == 90_500


def test_a_ticket_that_is_taken_tells_by_whom() -> None:
    taken = CalledByColleague("周倩", "0815")
    assert problem_of(taken, Language.ZH).detail == "这张票已由周倩（0815）叫走。"
    assert problem_of(taken, Language.EN).detail == "周倩 (0815) has called this ticket."


def test_a_full_slot_tells_the_others() -> None:
    other = SlotView(1, 2, 3, 4)
    assert problem_of(SlotFull((other,)), Language.ZH).slots == (other,)


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    age: int


def test_field_problems_name_fields_and_never_values() -> None:
    with pytest.raises(ValidationError) as refused:
        Form.model_validate({"name": 5, "age": "440402190001010013 secret", "more": "secret"})
    told = field_problems(refused.value)
    assert {field.field for field in told} == {"name", "age", "more"}
    assert "secret" not in repr(told)


def test_field_problems_are_bounded() -> None:
    with pytest.raises(ValidationError) as refused:
        Form.model_validate({f"field{number}" * 30: 1 for number in range(100)})
    told = field_problems(refused.value)
    assert len(told) == 20
    assert all(len(field.field) <= 100 for field in told)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, Language.ZH),
        ("", Language.ZH),
        ("zh-CN,zh;q=0.9,en;q=0.8", Language.ZH),
        ("en-GB,en;q=0.9", Language.EN),
        ("EN", Language.EN),
        ("fr-FR,en;q=0.9", Language.ZH),
        ("\x00;;,,", Language.ZH),
    ],
)
def test_language_of(header: str | None, language: Language) -> None:
    assert language_of(header) is language
