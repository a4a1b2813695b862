"""The pure rules of accounts: steps of a log-in, codes, passwords, networks, the last admin."""

from itertools import product

import pyotp
import pytest

from cases.people import totp
from cases.people.administration import require_an_admin
from cases.people.errors import LastAdmin, PasswordFault
from cases.people.passwords import COMMON, LENGTH_MIN, one_time_password, password_fault
from cases.people.steps import Standing, Step, next_step
from cases.people.views import SecondFactorRule
from cases.sessions import network_of

OFF, OPTIONAL, REQUIRED = SecondFactorRule
CODE, PASSWORD, ENROL = Step
DONE = frozenset({CODE})
NOTHING = frozenset[Step]()


@pytest.mark.parametrize(
    ("rule", "has_factor", "given_out", "done", "then"),
    [
        (OFF, False, False, NOTHING, None),
        (OFF, False, True, NOTHING, PASSWORD),
        (OFF, True, False, NOTHING, None),
        (OFF, True, True, NOTHING, PASSWORD),
        (OPTIONAL, False, False, NOTHING, None),
        (OPTIONAL, False, True, NOTHING, PASSWORD),
        (OPTIONAL, True, False, NOTHING, CODE),
        (OPTIONAL, True, True, NOTHING, CODE),
        (OPTIONAL, True, False, DONE, None),
        (OPTIONAL, True, True, DONE, PASSWORD),
        (REQUIRED, False, False, NOTHING, ENROL),
        (REQUIRED, False, True, NOTHING, PASSWORD),
        (REQUIRED, True, False, NOTHING, CODE),
        (REQUIRED, True, True, NOTHING, CODE),
        (REQUIRED, True, False, DONE, None),
        (REQUIRED, True, True, DONE, PASSWORD),
    ],
)
def test_which_step_comes_next(
    rule: SecondFactorRule, has_factor: bool, given_out: bool, done: frozenset[Step], then: Step | None
) -> None:
    assert next_step(rule, Standing(has_factor, given_out), done) is then


def test_every_log_in_comes_to_an_end() -> None:
    for rule, has_factor, given_out in product(SecondFactorRule, (False, True), (False, True)):
        standing, done = Standing(has_factor, given_out), frozenset[Step]()
        for _ in Step:
            step = next_step(rule, standing, done)
            match step:
                case Step.SECOND_FACTOR:
                    done |= {Step.SECOND_FACTOR}
                case Step.NEW_PASSWORD:
                    standing = Standing(standing.has_second_factor, must_change_password=False)
                case Step.ENROLMENT:
                    standing, done = Standing(True, standing.must_change_password), done | {CODE}
        assert next_step(rule, standing, done) is None


# RFC 6238, appendix B: the last six of the eight digits for SHA-1.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC_VECTORS = (
    (59, "287082"),
    (1_111_111_109, "081804"),
    (1_111_111_111, "050471"),
    (1_234_567_890, "005924"),
    (2_000_000_000, "279037"),
    (20_000_000_000, "353130"),
)


@pytest.mark.parametrize(("at_s", "code"), RFC_VECTORS)
def test_the_codes_are_those_of_the_rfc(at_s: int, code: str) -> None:
    now_ms = at_s * 1_000
    step = totp.step_of(now_ms)
    assert totp.accepted_step(RFC_SECRET, code, now_ms=now_ms, last_step=-1) == step
    assert totp.accepted_step(RFC_SECRET, code, now_ms=now_ms, last_step=step) is None
    assert totp.accepted_step(RFC_SECRET, code, now_ms=now_ms, last_step=step - 1) == step


def test_a_code_is_good_a_step_around_its_time_and_no_more() -> None:
    codes, now_ms = pyotp.HOTP(RFC_SECRET), 1_111_111_109_000
    step = totp.step_of(now_ms)
    for away in range(-3, 4):
        accepted = totp.accepted_step(RFC_SECRET, codes.at(step + away), now_ms=now_ms, last_step=-1)
        assert accepted == (step + away if abs(away) <= 1 else None)
    assert totp.accepted_step(RFC_SECRET, "", now_ms=0, last_step=-1) is None


def test_recovery_codes_are_compared_as_people_type_them() -> None:
    codes = totp.new_recovery_codes()
    assert len({totp.normalised(code) for code in codes}) == totp.RECOVERY_CODES
    assert totp.normalised(" AbC–d e ") == "abcde"


GOOD = ("correct horse", "湖光秋月两相和 2026", "k7!mq-3xwd", "0731与别的十个字都不同")
BAD = (
    ("", PasswordFault.TOO_SHORT),
    ("123456789", PasswordFault.TOO_SHORT),
    ("0123456789", PasswordFault.TOO_COMMON),
    ("9876543210", PasswordFault.TOO_COMMON),
    ("QwErTyUiOpAs", PasswordFault.TOO_COMMON),
    ("……………………………………", PasswordFault.TOO_COMMON),
    ("ababababababa", PasswordFault.TOO_COMMON),
    ("PassWord123", PasswordFault.TOO_COMMON),
    ("A073107310731", PasswordFault.ABOUT_THE_PERSON),
    ("林思远林思远林思远!", PasswordFault.ABOUT_THE_PERSON),
)


@pytest.mark.parametrize("password", GOOD)
def test_passwords_that_may_be_chosen(password: str) -> None:
    assert password_fault(password, staff_number="0731", name="林思远") is None


@pytest.mark.parametrize(("password", "fault"), BAD)
def test_passwords_that_may_not(password: str, fault: PasswordFault) -> None:
    assert password_fault(password, staff_number="0731", name="林思远") is fault


def test_the_list_has_only_what_the_other_rules_let_through() -> None:
    assert all(len(word) >= LENGTH_MIN and word == word.casefold() for word in COMMON)


def test_one_time_passwords_are_good_ones_and_differ() -> None:
    given = {one_time_password() for _ in range(100)}
    assert len(given) == 100
    assert all(password_fault(one, staff_number="0731", name="林思远") is None for one in given)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("unix", None),
        ("", None),
        (None, None),
    ],
)
def test_where_a_session_comes_from_is_told_roughly(address: str | None, network: str | None) -> None:
    assert network_of(address) == network


def test_an_admin_has_to_be_left() -> None:
    require_an_admin(frozenset({"a", "b"}), without="a")
    require_an_admin(frozenset({"a"}), without="c")
    require_an_admin(frozenset(), without="c")
    with pytest.raises(LastAdmin):
        require_an_admin(frozenset({"a"}), without="a")
