"""Invented taxpayers. Pure.

Valid numbers after GB 11643 with birthdays of 1900 to 1904, so that no living person has one. A person's name
follows from the number, because a server refuses a known number under another name.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from cases.certificates import mod_11_2

REGION: Final = "440403"
FIRST_BIRTHDAY: Final = date(1900, 1, 1)
BIRTHDAYS: Final = (date(1905, 1, 1) - FIRST_BIRTHDAY).days
SERIALS: Final = 1_000
PEOPLE_MAX: Final = BIRTHDAYS * SERIALS
"""How many different people there are."""

# A prime: the people of two seeds lie far apart, so that two generators can load one server.
_SEED_STRIDE: Final = 104_729

_FAMILY: Final = "陈黄梁林李何张吴周罗郭叶谢苏冯邓曾彭许温"
_GIVEN: Final = "嘉伟秀志雅思子文海月清和平安宁永春晓明华"


@dataclass(frozen=True, slots=True)
class Person:
    number: str
    name: str


def person(index: int) -> Person:
    """The one of that index; indexes ``PEOPLE_MAX`` apart are the same person."""
    place = index % PEOPLE_MAX
    birthday = FIRST_BIRTHDAY + timedelta(days=place % BIRTHDAYS)
    first_17 = f"{REGION}{birthday:%Y%m%d}{place // BIRTHDAYS:03d}"
    family = _FAMILY[place % len(_FAMILY)]
    given = _GIVEN[place // 7 % len(_GIVEN)] + _GIVEN[place // 131 % len(_GIVEN)]
    return Person(first_17 + mod_11_2(first_17), family + given)


def person_of(seed: int, turn: int) -> Person:
    """The ``turn``-th taxpayer of a run with that seed."""
    return person(seed * _SEED_STRIDE + turn)
