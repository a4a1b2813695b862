"""The socket edge on python-socketio: sign-in at connect, allow-listed names, decode → one use case → ack."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
import socketio
from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from cases.access import Officer, admit, is_own_page
from cases.asking import ASKING, Asking, new_request_id, ticket_named
from cases.clock import Clock
from cases.errors import CaseworkError, NotSignedIn, RecordsUnavailable
from cases.problems import KNOWN_ERRORS, Language, field_problems, language_of, problem, problem_of
from cases.sessions import COOKIE_NAMES, SESSIONS_MAX, SessionKind, Sessions
from cases.views.problems import Problem
from queueing.traced import Traced
from signaling.emitting import officer_room
from signaling.engine import BoundedServer, EngineBounds, Written
from signaling.errors import EventError, InvalidPayload, TooFast, TooManyConnections, UnknownEvent
from signaling.events import NAMESPACES, Command, Namespace, Payload
from signaling.frames import event_frame
from signaling.handlers import Handler
from signaling.pace import full_pace
from signaling.pages import Pages
from signaling.sockets import Socket, Sockets

log = logging.getLogger(__name__)

SWEEP_S: Final = 60.0
SIGNING_IN_MAX: Final = 1_000
"""Connections beyond those that are signed in: enough to tell a page why it is refused."""
WRITES_A_TURN: Final = 50
"""So many connections get a frame before other work has its turn: about a millisecond. A call on its way to a
page takes some turns, and comes between the writes to thousands.
"""
PROBLEM = TypeAdapter(Problem)


@dataclass(frozen=True, slots=True)
class SocketSettings:
    """``payload_max_bytes`` a message; ``sockets_max`` open at once; a page may send ``events_per_s``, and
    join calls ``joins_per_s``, with bursts; for a page that does not read ``messages_waiting_max`` wait,
    and at most ``unread_max_bytes`` of what goes to many pages are written."""

    public_url: str | None
    payload_max_bytes: int
    sockets_max: int
    events_per_s: float = 20.0
    events_burst: int = 60
    joins_per_s: float = 0.5
    joins_burst: int = 10
    messages_waiting_max: int = 500
    unread_max_bytes: int = 65_536


class _Orjson:
    """orjson in the shape that python-socketio asks for."""

    @staticmethod
    def dumps(content: Any, **_options: Any) -> str:
        return orjson.dumps(content).decode()

    @staticmethod
    def loads(text: str | bytes, **_options: Any) -> Any:
        return orjson.loads(text)


def _kind(namespace: str) -> SessionKind:
    return SessionKind(namespace.removeprefix("/"))


Measured = Callable[[str, str, float], None]
"""Told of each command: its name (``unknown`` for one that is none), ``ok`` or the code of what was refused,
and the seconds that it took.
"""


@dataclass(slots=True)
class Spreading:
    """What became of the frames that went to many pages, since the start."""

    written: int = 0
    left_out: int = 0
    cut: int = 0
    """Connections that did not read for so long that they were ended."""


class SocketServer:
    """The sockets of one process; also the emitter of ``Pages`` and the door of ``api.routes.signing``."""

    def __init__(
        self,
        sessions: Sessions,
        sockets: Sockets,
        clock: Clock,
        settings: SocketSettings,
        measured: Measured | None = None,
        traced: Traced | None = None,
    ) -> None:
        """``traced``: each command is a span; None: nothing is."""
        self._traced = traced
        self.spreading = Spreading()
        self._measured = measured
        self._sessions = sessions
        self._sockets = sockets
        self._clock = clock
        self._settings = settings
        self._pages: Pages | None = None
        self._io = BoundedServer(
            EngineBounds(
                settings.sockets_max + SIGNING_IN_MAX,
                waiting_max=settings.messages_waiting_max,
                unread_max_bytes=settings.unread_max_bytes,
            ),
            # Its own rule takes every request for http, also over TLS.
            cors_allowed_origins=self._is_own_page,
            max_http_buffer_size=settings.payload_max_bytes,
            # One message of a page at a time: in order, and bounded.
            async_handlers=False,
            json=_Orjson,
            namespaces=[namespace.name for namespace in NAMESPACES],
            logger=False,
            engineio_logger=False,
        )

    def attach(
        self, app: web.Application, pages: Pages, tables: Mapping[str, Mapping[Command, Handler]]
    ) -> None:
        """Serve ``/socket.io/`` of the application; ``tables``: by namespace, a handler for every command.

        Raises ValueError where a declared command has no handler.
        """
        self._pages = pages
        for namespace in NAMESPACES:
            table = tables[namespace.name]
            missing = [command.name for command in namespace.commands if command not in table]
            if missing:
                raise ValueError(f"no handler for {', '.join(missing)}")
            self._io.register_namespace(_Door(self, namespace, table))
        self._io.attach(app)

    def _is_own_page(self, origin: str | None, environ: dict[str, Any]) -> bool:
        request: web.Request = environ["aiohttp.request"]
        return is_own_page(
            origin, public_url=self._settings.public_url, scheme=request.scheme, host=request.host
        )

    @property
    def library(self) -> BoundedServer:
        """python-socketio's server, for a benchmark of it."""
        return self._io

    async def emit(self, event: str, content: Any, *, room: str, namespace: str) -> None:
        await self._io.emit(event, content, room=room, namespace=namespace)

    async def spread(self, event: str, content: object, *, sids: Iterable[str], namespace: str) -> list[str]:
        """One event to many sockets, in their order; those that do not read and were left out.

        Made once and written straight to each connection, past what waits for it: pages tell the order by
        versions. To those that poll it goes as a message.
        """
        frame = event_frame(event, content, namespace)
        left_out = []
        turn = cut = 0
        for turn, sid in enumerate(sids, start=1):
            written = self._io.write(sid, namespace, frame)
            if written is Written.LEFT_OUT:
                left_out.append(sid)
            elif written is Written.STUCK:
                cut += 1
                await self._io.cut_stuck(sid, namespace)
            elif written is Written.NOT_PLAIN:
                await self._io.emit(event, orjson.loads(orjson.dumps(content)), room=sid, namespace=namespace)
            if turn % WRITES_A_TURN == 0:
                await asyncio.sleep(0)
        self.spreading.written += turn - len(left_out) - cut
        self.spreading.left_out += len(left_out)
        self.spreading.cut += cut
        return left_out

    def is_behind(self, sid: str, namespace: str) -> bool:
        """Whether nothing should be sent to that socket just now."""
        return self._io.is_behind(sid, namespace)

    async def enter(self, socket: Socket, room: str) -> None:
        await self._io.enter_room(socket.sid, room, namespace=socket.namespace)

    async def leave(self, socket: Socket, room: str) -> None:
        await self._io.leave_room(socket.sid, room, namespace=socket.namespace)

    async def connected(self, sid: str, namespace: str, request: web.Request, auth: Any) -> None:
        """Sign a socket in by its cookie. Raises socketio's ConnectionRefusedError with the problem."""
        wanted = auth.get("language") if isinstance(auth, dict) else None
        language = language_of(wanted if isinstance(wanted, str) else request.headers.get("Accept-Language"))
        try:
            if len(self._sockets) >= self._settings.sockets_max:
                raise TooManyConnections
            kind = _kind(namespace)
            person = await self._sessions.person(kind, request.cookies.get(COOKIE_NAMES[kind]))
            if not self._io.is_open(sid, namespace):
                raise NotSignedIn("gone meanwhile")
        except EventError as error:
            raise _refusal(problem(error.code, language)) from error
        except CaseworkError as error:
            raise _refusal(problem_of(error, language)) from error
        now_ms = self._clock.now_ms()
        socket = Socket(
            sid,
            namespace,
            person,
            language,
            pace=full_pace(self._settings.events_per_s, self._settings.events_burst, now_ms),
            joins=full_pace(self._settings.joins_per_s, self._settings.joins_burst, now_ms),
        )
        self._sockets.add(socket)
        if isinstance(person, Officer):
            await self.enter(socket, officer_room(person.officer_id))

    def disconnected(self, sid: str) -> None:
        if self._pages is not None:
            self._pages.left(sid)

    async def answer(
        self, sid: str, event: str, arguments: tuple[Any, ...], table: Mapping[str, tuple[Command, Handler]]
    ) -> dict[str, Any]:
        """Decode one command, call its use case, encode the acknowledgement."""
        name = event if event in table else "unknown"
        payload = arguments[0] if arguments and isinstance(arguments[0], dict) else {}
        asking = Asking(new_request_id(), name, ticket_named(payload.get("ticket_id")))
        ASKING.set(asking)
        began_s = time.perf_counter()
        if self._traced is None:
            outcome = await self._outcome(sid, event, arguments, table)
        else:
            with self._traced(f"command {name}", {"shuitong.request_id": asking.request_id}) as span:
                outcome = await self._outcome(sid, event, arguments, table)
                if asking.ticket_id is not None:
                    span.set_attribute("shuitong.ticket_id", asking.ticket_id)
        code = "ok" if isinstance(outcome, dict) else outcome.code
        took_s = time.perf_counter() - began_s
        log.debug("answered: %s", code, extra={"took_ms": round(took_s * 1_000)})
        if self._measured is not None:
            self._measured(name, code, took_s)
        return outcome if isinstance(outcome, dict) else self._refused(outcome)

    async def _outcome(
        self, sid: str, event: str, arguments: tuple[Any, ...], table: Mapping[str, tuple[Command, Handler]]
    ) -> dict[str, Any] | Problem:
        socket = self._sockets.get(sid)
        language = socket.language if socket is not None else Language.ZH
        try:
            if socket is None:
                raise NotSignedIn("no such socket")
            if not socket.pace.take(self._clock.now_ms()):
                raise TooFast
            result = await _call(socket, event, arguments, table)
        except EventError as error:
            return problem(error.code, language, fields=error.fields)
        except KNOWN_ERRORS as error:
            return problem_of(error, language)
        except Exception:
            # The last net: the page gets an answer and we get the trace, without what was sent.
            log.exception("unexpected in a command")
            return problem("unexpected", language)
        return {"ok": True, "at_ms": self._clock.now_ms(), "result": result}

    def _refused(self, refusal: Problem) -> dict[str, Any]:
        return {
            "ok": False,
            "at_ms": self._clock.now_ms(),
            "problem": PROBLEM.dump_python(refusal, mode="json"),
        }

    async def end_session(self, session_id: str) -> None:
        """The session is over: its pages are told and their sockets closed."""
        for socket in self._sockets.of_session(session_id):
            await self._close(socket, "signed_out")

    async def _close(self, socket: Socket, reason: str) -> None:
        if self._pages is not None:
            await self._pages.session_ended(socket, reason)
        await self._io.disconnect(socket.sid, namespace=socket.namespace)

    async def sweep(self) -> None:
        """Keep sessions with an open page alive, and end what is over; for ever, ends by cancellation."""
        while True:
            await asyncio.sleep(SWEEP_S)
            await self._io.cut_nameless()
            try:
                await self.sweep_once()
            except RecordsUnavailable as error:
                log.warning("sessions wait: %s", error.code)

    async def sweep_once(self) -> None:
        """Look at every open socket's session once, many at a time."""
        for namespace in NAMESPACES:
            every = [socket for socket in self._sockets.all() if socket.namespace == namespace.name]
            for start in range(0, len(every), SESSIONS_MAX):
                some = every[start : start + SESSIONS_MAX]
                session_ids = [socket.person.session_id for socket in some]
                alive = await self._sessions.alive(_kind(namespace.name), session_ids)
                for socket in some:
                    if socket.person.session_id not in alive:
                        await self._close(socket, "expired")

    async def shutdown(self) -> None:
        """Close every socket; pages connect again by themselves."""
        await self._io.shutdown()


async def _call(
    socket: Socket, event: str, arguments: tuple[Any, ...], table: Mapping[str, tuple[Command, Handler]]
) -> Any:
    found = table.get(event)
    if found is None:
        raise UnknownEvent
    command, handler = found
    admit(command.audience or _AUDIENCES[socket.namespace], socket.person)
    if len(arguments) > 1:
        raise InvalidPayload
    payload = _decoded(command, arguments[0] if arguments else {})
    return _RESULTS[command.result].dump_python(await handler(socket, payload), mode="json")


def _decoded(command: Command, content: Any) -> Payload:
    try:
        # As JSON, because strictness then means JSON's own types: no number for a text, no bytes either.
        return command.payload.model_validate_json(orjson.dumps(content), strict=True)
    except ValidationError as error:
        raise InvalidPayload(field_problems(error)) from error
    except orjson.JSONEncodeError as error:
        raise InvalidPayload from error  # binary attachments


def _refusal(refusal: Problem) -> socketio.exceptions.ConnectionRefusedError:
    return socketio.exceptions.ConnectionRefusedError(
        refusal.detail, PROBLEM.dump_python(refusal, mode="json")
    )


_AUDIENCES = {namespace.name: namespace.audience for namespace in NAMESPACES}
_RESULTS: dict[type, TypeAdapter[Any]] = {
    command.result: TypeAdapter(command.result) for namespace in NAMESPACES for command in namespace.commands
}


class _Door(socketio.AsyncNamespace):  # type: ignore[misc]  # python-socketio has no types
    """One namespace. A page may send events named ``connect`` and ``disconnect`` too: the library's own
    ones come while the socket is not, or no longer, connected; everything else goes through the table.
    """

    def __init__(self, sockets: SocketServer, namespace: Namespace, table: Mapping[Command, Handler]) -> None:
        super().__init__(namespace.name)
        self._door = sockets
        self._table = {command.name: (command, table[command]) for command in namespace.commands}

    async def trigger_event(self, event: str, *args: Any) -> Any:
        sid = args[0]
        if self.server.manager.is_connected(sid, self.namespace):
            return await self._door.answer(sid, event, args[1:], self._table)
        if event == "connect":
            request: web.Request = args[1]["aiohttp.request"]
            await self._door.connected(sid, self.namespace, request, args[2])
        elif event == "disconnect":
            self._door.disconnected(sid)
        return None
