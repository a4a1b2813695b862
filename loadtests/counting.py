"""How a page counts who is ahead of its ticket, from views and what its line tells. Pure; docs/PROTOCOL.md
says the same in prose.
"""

from enum import Enum, auto

from cases.views.tickets import LineChanged, TicketView


class Told(Enum):
    """What a page makes of what its line told."""

    COUNTED = auto()
    NOTHING = auto()
    MISSED = auto()
    """Something before it did not come: the page asks for its ticket."""


class Counting:
    """One ticket's count on one page. ``ahead`` and ``waiting`` are those at ``version``, while it
    ``counts``.
    """

    def __init__(self) -> None:
        self._line_id = ""
        self._place: int | None = None
        self._reached: dict[str, int] = {}
        self.version = 0
        self.ahead = 0
        self.waiting = 0

    @property
    def counts(self) -> bool:
        return self._place is not None

    def shown(self, view: TicketView) -> bool:
        """The page takes this view of its ticket; whether its line told of newer steps, so that it has to
        ask.
        """
        if view.place is None or view.ahead is None:
            self._place = None
            return False
        is_same = (view.line.line_id, view.place) == (self._line_id, self._place)
        if not is_same or view.version > self.version:
            self._line_id, self._place = view.line.line_id, view.place
            self.version, self.ahead, self.waiting = view.version, view.ahead, view.waiting
        return self.version < self._reached.get(self._line_id, 0)

    def told(self, changed: LineChanged) -> Told:
        """The page hears of a line."""
        line_id = changed.line_id
        self._reached[line_id] = max(changed.to_version, self._reached.get(line_id, 0))
        if self._place is None or line_id != self._line_id or changed.to_version < self.version:
            return Told.NOTHING
        if changed.from_version > self.version:
            return Told.MISSED
        news = [(place, sign) for version, place, sign in changed.changes if version > self.version]
        if (self._place, -1) in news:
            # It waits no more, or elsewhere: its own view is on its way.
            self._place = None
            return Told.NOTHING
        self.ahead += sum(sign for place, sign in news if place < self._place)
        self.waiting, self.version = changed.waiting, changed.to_version
        return Told.COUNTED

    def forget(self) -> None:
        """The hall was built anew: its versions are others."""
        self._place = None
        self._reached.clear()
