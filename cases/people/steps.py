"""Which step of an officer's log-in comes next. Pure."""

from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum

from cases.people.views import SecondFactorRule


class Step(StrEnum):
    """What may come between the password and the session."""

    SECOND_FACTOR = "second_factor"
    NEW_PASSWORD = "new_password"  # noqa: S105
    ENROLMENT = "enrolment"


@dataclass(frozen=True, slots=True)
class Standing:
    """Of an officer: whether a second factor is in force, and whether the password was given out."""

    has_second_factor: bool
    must_change_password: bool


def next_step(rule: SecondFactorRule, standing: Standing, done: Set[Step]) -> Step | None:
    """The step after those that are ``done``; none: the officer is signed in.

    The second factor comes before a password is chosen: who only found the slip with the one-time password
    gets no further.
    """
    if rule is not SecondFactorRule.OFF and standing.has_second_factor and Step.SECOND_FACTOR not in done:
        return Step.SECOND_FACTOR
    if standing.must_change_password:
        return Step.NEW_PASSWORD
    if rule is SecondFactorRule.REQUIRED and not standing.has_second_factor:
        return Step.ENROLMENT
    return None
