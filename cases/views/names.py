"""What halls, lines and officers are called, and what they are."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Bilingual:
    """A name that people read, in Chinese and in English."""

    zh: str
    en: str


class LineKind(StrEnum):
    ASSIST = "assist"
    CONSULT = "consult"
    ONSITE = "onsite"


@dataclass(frozen=True, slots=True)
class HallView:
    hall_id: str
    name: Bilingual
    region: Bilingual
    time_zone: str


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of a hall. ``waiting`` is the number of people waiting in it at ``at_ms``."""

    line_id: str
    hall_id: str
    kind: LineKind
    letter: str
    name: Bilingual
    about: Bilingual
    waiting: int


@dataclass(frozen=True, slots=True)
class LineName:
    """The part of a line that stands on a ticket."""

    line_id: str
    letter: str
    kind: LineKind
    name: Bilingual


@dataclass(frozen=True, slots=True)
class OfficerName:
    """How an officer is shown to a taxpayer (09-incoming: 林思远，工号 0731)."""

    name: str
    staff_number: str


@dataclass(frozen=True, slots=True)
class SlotView:
    """A slot with the places that are ``left`` of its ``places``."""

    start_ms: int
    end_ms: int
    left: int
    places: int


@dataclass(frozen=True, slots=True)
class LinesView:
    """The lines that a taxpayer can take a consult ticket in."""

    at_ms: int
    hall: HallView
    lines: tuple[LineView, ...]
