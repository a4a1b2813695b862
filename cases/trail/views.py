"""The audit trail as its page shows it."""

from dataclasses import dataclass
from typing import Any

from cases.audit import ActorKind


@dataclass(frozen=True, slots=True)
class TrailActor:
    """Who did it and from where. ``staff_number`` and ``officer_name``: an officer's, as they are now; none
    of anybody else, and of who is not there any more.
    """

    kind: ActorKind
    actor_id: str | None
    staff_number: str | None
    officer_name: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """``sequence``: its place in the chain, none of entries from before there was one."""

    sequence: int | None
    entry_id: str
    at_ms: int
    actor: TrailActor
    action: str
    object_kind: str
    object_id: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Entries, the latest first; ``next_cursor`` asks for the next page."""

    entries: tuple[TrailEntry, ...]
    next_cursor: str | None
