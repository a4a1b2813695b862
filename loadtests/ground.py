"""What all clients of a generator process share."""

from dataclasses import dataclass, field

from loadtests.hours import Hours
from loadtests.media.ends import Pump
from loadtests.notes import Notes
from loadtests.weather import Weather


@dataclass(frozen=True, slots=True)
class Ground:
    """``camera_staff``: the staff numbers of the officers whose calls have media."""

    base_url: str
    hours: Hours
    notes: Notes
    weather: Weather = field(default_factory=Weather)
    pump: Pump = field(default_factory=Pump)
    camera_staff: frozenset[str] = frozenset()
