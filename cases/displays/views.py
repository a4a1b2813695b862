"""What a screen in the hall shows, and what admins see of screens."""

from dataclasses import dataclass
from enum import StrEnum

from cases.views.names import Bilingual, HallView, LineKind
from cases.views.tickets import HallMood, WaitView


class CallStage(StrEnum):
    """What became of a call, as far as the hall is shown."""

    CALLED = "called"
    """Somebody is expected now."""
    CAME = "came"
    DONE = "done"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class DisplayCall:
    """The latest call of a ticket. ``call_id`` grows with each call and recall of the hall: each is said
    once.

    ``counter``: of on-site tickets, where the officer sits who called; none of one that is called over video.
    """

    call_id: int
    number: str
    kind: LineKind
    counter: str | None
    called_at_ms: int
    stage: CallStage


@dataclass(frozen=True, slots=True)
class DisplayLine:
    """``waiting``: people; none while the hall is built anew. ``wait``: of who comes now, where known."""

    line_id: str
    letter: str
    kind: LineKind
    name: Bilingual
    waiting: int | None
    wait: WaitView | None


@dataclass(frozen=True, slots=True)
class DisplayBoard:
    """What everybody in the hall may see: numbers and counters, never who it is.

    ``revision``: another one for another content; ``activation_ms``: how long a missed ticket can come back.
    ``calls``: the latest first.
    """

    hall: HallView
    english: bool
    at_ms: int
    revision: str
    mood: HallMood
    calls: tuple[DisplayCall, ...]
    lines: tuple[DisplayLine, ...]
    activation_ms: int


@dataclass(frozen=True, slots=True)
class DisplayView:
    """``seen_at_ms``: when it asked last, to about a minute; none: never."""

    display_id: str
    hall_id: str
    name: str
    english: bool
    made_at_ms: int
    seen_at_ms: int | None


@dataclass(frozen=True, slots=True)
class DisplaysView:
    displays: tuple[DisplayView, ...]
    at_ms: int


@dataclass(frozen=True, slots=True)
class DisplayMade:
    """``display_key``: shown this once. ``path``: of the page, with the key behind ``#``, where no server and
    no proxy sees it.
    """

    display: DisplayView
    display_key: str
    path: str
