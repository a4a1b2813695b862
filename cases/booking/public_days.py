"""The public calendar, from the library ``holidays``: days off, and working weekends that make up for them.

Its years after the last announced one have the holidays by law alone, without a word about that; and its list
of working weekends has other years' too.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from cases.views.names import Bilingual


@dataclass(frozen=True, slots=True)
class PublicYear:
    """The days off with their names, and the working weekends (调休).

    ``is_confirmed``: the arrangement of the year was announced. Every one so far has working weekends, so
    that a year without them is not announced yet.
    """

    off: dict[date, Bilingual]
    worked: frozenset[date]

    @property
    def is_confirmed(self) -> bool:
        return bool(self.worked)


@lru_cache(maxsize=32)
def public_year(year: int) -> PublicYear:
    """The year in China; one that the library does not know has no holidays and is not confirmed."""
    # A quarter of a second, needed by whoever asks first and not by every start.
    from holidays import country_holidays

    zh, en = (country_holidays("CN", years=year, language=language) for language in ("zh_CN", "en_US"))
    off = {day: Bilingual(name, en[day]) for day, name in zh.items() if day.year == year}
    return PublicYear(off, frozenset(day for day in zh.weekend_workdays if day.year == year))
