"""Which sockets are open, whose they are, and which tickets they watch. No I/O."""

from collections import defaultdict
from dataclasses import dataclass, field

from cases.access import Officer, Person, Taxpayer
from cases.problems import Language
from rtc.call import LegName
from signaling.pace import Pace


@dataclass(slots=True)
class Socket:
    """One open socket: its id in its namespace, its person, and the reader's language."""

    sid: str
    namespace: str
    person: Person
    language: Language
    pace: Pace
    """Of all events."""
    joins: Pace
    """Of joining a call, each of which makes a connection with keys of its own."""
    tickets: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Watched:
    """A ticket that pages watch, and the line it is in."""

    ticket_id: str
    hall_id: str
    line_id: str


class Sockets:
    """The open sockets of this process."""

    def __init__(self) -> None:
        self._sockets: dict[str, Socket] = {}
        self._taxpayers: defaultdict[str, set[str]] = defaultdict(set)
        self._officers: defaultdict[str, set[str]] = defaultdict(set)
        self._watchers: defaultdict[str, set[str]] = defaultdict(set)
        self._watched: dict[str, Watched] = {}
        self._in_line: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self._legs: dict[tuple[str, LegName], str] = {}

    def __len__(self) -> int:
        return len(self._sockets)

    def all(self) -> list[Socket]:
        return list(self._sockets.values())

    def get(self, sid: str) -> Socket | None:
        return self._sockets.get(sid)

    def add(self, socket: Socket) -> None:
        self._sockets[socket.sid] = socket
        self._of(socket.person).add(socket.sid)

    def _of(self, person: Person) -> set[str]:
        if isinstance(person, Taxpayer):
            return self._taxpayers[person.taxpayer_id]
        return self._officers[person.officer_id]

    def remove(self, sid: str) -> list[Watched]:
        """Forget a socket; the tickets that it watched. One that is not there is fine."""
        socket = self._sockets.pop(sid, None)
        if socket is None:
            return []
        self._of(socket.person).discard(sid)
        if isinstance(socket.person, Taxpayer) and not self._taxpayers[socket.person.taxpayer_id]:
            del self._taxpayers[socket.person.taxpayer_id]
        if isinstance(socket.person, Officer) and not self._officers[socket.person.officer_id]:
            del self._officers[socket.person.officer_id]
        left = [self._watched[ticket_id] for ticket_id in socket.tickets]
        for ticket_id in socket.tickets:
            self._watchers[ticket_id].discard(sid)
            if not self._watchers[ticket_id]:
                del self._watchers[ticket_id]
                self._leave_line(self._watched.pop(ticket_id))
        for key in [key for key, joined in self._legs.items() if joined == sid]:
            del self._legs[key]
        return left

    def watch(self, sid: str, watched: Watched) -> None:
        """The socket's page shows this ticket."""
        socket = self._sockets.get(sid)
        if socket is not None:
            socket.tickets.add(watched.ticket_id)
            self._watchers[watched.ticket_id].add(sid)
            self._put_in_line(watched)

    def _put_in_line(self, watched: Watched) -> None:
        before = self._watched.get(watched.ticket_id)
        if before is not None:
            self._leave_line(before)
        self._watched[watched.ticket_id] = watched
        self._in_line[watched.hall_id, watched.line_id][watched.ticket_id] = None

    def _leave_line(self, watched: Watched) -> None:
        line = self._in_line[watched.hall_id, watched.line_id]
        del line[watched.ticket_id]
        if not line:
            del self._in_line[watched.hall_id, watched.line_id]

    def moved(self, ticket_id: str, line_id: str) -> None:
        """The ticket is in that line now."""
        watched = self._watched.get(ticket_id)
        if watched is not None and watched.line_id != line_id:
            self._put_in_line(Watched(ticket_id, watched.hall_id, line_id))

    def watched(self, ticket_id: str) -> Watched | None:
        return self._watched.get(ticket_id)

    def watched_in(self, hall_id: str, line_id: str) -> list[str]:
        """The watched tickets of a line."""
        return list(self._in_line.get((hall_id, line_id), ()))

    def join(self, call_id: str, leg: LegName, sid: str) -> str | None:
        """That page carries the leg from now on; the page that carried it until now, if it was another."""
        before = self._legs.get((call_id, leg))
        self._legs[call_id, leg] = sid
        return before if before != sid and before in self._sockets else None

    def is_replaced(self, call_id: str, leg: LegName, sid: str) -> bool:
        """Whether another page carries that leg now."""
        carrier = self._legs.get((call_id, leg))
        return carrier is not None and carrier != sid and carrier in self._sockets

    def page_of_leg(self, call_id: str, leg: LegName) -> str | None:
        return self._legs.get((call_id, leg))

    def forget_call(self, call_id: str) -> None:
        for leg in LegName:
            self._legs.pop((call_id, leg), None)

    def officers(self) -> list[Officer]:
        """The officers with an open socket, each once."""
        found: dict[str, Officer] = {}
        for sids in self._officers.values():
            for sid in sids:
                person = self._sockets[sid].person
                if isinstance(person, Officer):
                    found[person.officer_id] = person
        return list(found.values())

    def of_session(self, session_id: str) -> list[Socket]:
        return [socket for socket in self._sockets.values() if socket.person.session_id == session_id]

    def is_online(self, taxpayer_id: str) -> bool:
        """Whether the taxpayer has a page open here (``cases.desk.Presence``)."""
        return taxpayer_id in self._taxpayers
