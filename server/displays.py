"""Builds the screens of halls; a part of ``building``."""

from dataclasses import dataclass

from api.routes.displays import DisplayRoutes
from cases.clock import Clock
from cases.database import Database
from cases.displays.board import DisplayBoards
from cases.displays.book import Displaybook
from cases.displays.policy import DisplayPolicy
from cases.halls import Halls
from cases.sealing import Sealer
from cases.waits import Waits
from queueing.service import Queue


@dataclass(frozen=True, slots=True)
class Displays:
    """``boards`` is closed before the server ends, so that nobody waits for news any more."""

    boards: DisplayBoards
    routes: DisplayRoutes


def build_displays(
    database: Database,
    clock: Clock,
    sealer: Sealer,
    halls: Halls,
    queue: Queue,
    waits: Waits,
    *,
    activation_ms: int,
) -> Displays:
    """Nothing runs yet, and nothing was asked of the database."""
    policy = DisplayPolicy()
    book = Displaybook(database, clock, sealer, policy)
    boards = DisplayBoards(book, halls, queue, waits, clock, policy, activation_ms=activation_ms)
    return Displays(boards, DisplayRoutes(book, boards))
