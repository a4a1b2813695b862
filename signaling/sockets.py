"""Which sockets are open, whose they are, and which tickets they watch. No I/O."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from cases.access import Officer, Person, Taxpayer, person_id
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


class Sockets:
    """The open sockets of this process."""

    def __init__(self) -> None:
        self._sockets: dict[str, Socket] = {}
        self._taxpayers: defaultdict[str, set[str]] = defaultdict(set)
        self._officers: defaultdict[str, set[str]] = defaultdict(set)
        self._watchers: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._watched: dict[str, str] = {}
        self._legs: dict[tuple[str, LegName], str] = {}

    def __len__(self) -> int:
        return len(self._sockets)

    def count(self) -> tuple[int, int]:
        """How many are open of taxpayers, and of officers."""
        return sum(map(len, self._taxpayers.values())), sum(map(len, self._officers.values()))

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

    def remove(self, sid: str) -> list[tuple[str, str]]:
        """Forget a socket; the tickets that it watched, each with its hall. One that is not there is fine."""
        socket = self._sockets.pop(sid, None)
        if socket is None:
            return []
        self._of(socket.person).discard(sid)
        if isinstance(socket.person, Taxpayer) and not self._taxpayers[socket.person.taxpayer_id]:
            del self._taxpayers[socket.person.taxpayer_id]
        if isinstance(socket.person, Officer) and not self._officers[socket.person.officer_id]:
            del self._officers[socket.person.officer_id]
        left = [(ticket_id, self._watched[ticket_id]) for ticket_id in socket.tickets]
        for ticket_id in socket.tickets:
            self._forget_watcher(sid, ticket_id)
        for key in [key for key, joined in self._legs.items() if joined == sid]:
            del self._legs[key]
        return left

    def watch(self, sid: str, ticket_id: str, hall_id: str) -> None:
        """The socket's page shows this ticket of that hall."""
        socket = self._sockets.get(sid)
        if socket is not None:
            socket.tickets.add(ticket_id)
            self._watchers[ticket_id][sid] = None
            self._watched[ticket_id] = hall_id

    def unwatch(self, sid: str, ticket_id: str) -> None:
        """The socket's page does not show the ticket any more. Safe to repeat."""
        socket = self._sockets.get(sid)
        if socket is not None and ticket_id in socket.tickets:
            socket.tickets.discard(ticket_id)
            self._forget_watcher(sid, ticket_id)

    def _forget_watcher(self, sid: str, ticket_id: str) -> None:
        del self._watchers[ticket_id][sid]
        if not self._watchers[ticket_id]:
            del self._watchers[ticket_id]
            del self._watched[ticket_id]

    def watched(self, ticket_id: str) -> str | None:
        """The hall of a ticket that pages watch."""
        return self._watched.get(ticket_id)

    def watchers(self, ticket_id: str) -> list[str]:
        """The sockets whose pages show the ticket."""
        return list(self._watchers.get(ticket_id, ()))

    def watching(self, ticket_ids: Iterable[str]) -> Iterator[str]:
        """The sockets whose pages show these tickets, each once, in that order.

        Pages may come and go while it is gone through.
        """
        given = set[str]()
        for ticket_id in ticket_ids:
            for sid in tuple(self._watchers.get(ticket_id, ())):
                if sid not in given:
                    given.add(sid)
                    yield sid

    def watched_by(self, sid: str, hall_id: str) -> list[str]:
        """The tickets of a hall that the socket's page shows."""
        socket = self._sockets.get(sid)
        tickets = socket.tickets if socket is not None else ()
        return [ticket_id for ticket_id in tickets if self._watched[ticket_id] == hall_id]

    def watched_in(self, hall_id: str) -> list[str]:
        """The watched tickets of a hall."""
        return [
            ticket_id for ticket_id, watched_hall_id in self._watched.items() if watched_hall_id == hall_id
        ]

    def join(self, call_id: str, leg: LegName, sid: str) -> str | None:
        """That page carries the leg from now on; the page that carried it until now, if it was another."""
        before = self._legs.get((call_id, leg))
        self._legs[call_id, leg] = sid
        return before if before != sid and before in self._sockets else None

    def is_replaced(self, call_id: str, leg: LegName, sid: str) -> bool:
        """Whether another page of the same person carries that leg now. Of other people's calls nothing is
        told here.
        """
        carrier, page = self._sockets.get(self._legs.get((call_id, leg), "")), self._sockets.get(sid)
        if carrier is None or page is None or carrier is page:
            return False
        return person_id(carrier.person) == person_id(page.person)

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

    def officer(self, officer_id: str) -> Officer | None:
        """That officer, with an open socket."""
        for sid in self._officers.get(officer_id, ()):
            person = self._sockets[sid].person
            if isinstance(person, Officer):
                return person
        return None

    def sids_of(self, taxpayer_id: str) -> list[str]:
        """The open sockets of one taxpayer."""
        return list(self._taxpayers.get(taxpayer_id, ()))

    def taxpayer_sids(self) -> list[str]:
        """The open sockets of taxpayers."""
        return [sid for sids in self._taxpayers.values() for sid in sids]

    def sids_of_officer(self, officer_id: str) -> list[str]:
        """The open sockets of one officer."""
        return list(self._officers.get(officer_id, ()))

    def officer_sids(self, hall_id: str) -> list[str]:
        """The open sockets of the hall's officers."""
        return [
            sid
            for officer in self.officers()
            if officer.hall_id == hall_id
            for sid in self._officers[officer.officer_id]
        ]

    def of_session(self, session_id: str) -> list[Socket]:
        return [socket for socket in self._sockets.values() if socket.person.session_id == session_id]

    def is_online(self, taxpayer_id: str) -> bool:
        """Whether the taxpayer has a page open here (``cases.desk.Presence``)."""
        return taxpayer_id in self._taxpayers
