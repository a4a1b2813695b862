"""How an event reaches pages: rooms, and the shapes that are declared."""

from collections.abc import Iterable
from typing import Any, Protocol

from pydantic import TypeAdapter

from signaling import events
from signaling.events import Push
from signaling.sockets import Socket


class Emitter(Protocol):
    """Sends an event to a room, which one socket's id is too, or to many sockets at once."""

    async def emit(self, event: str, content: Any, *, room: str, namespace: str) -> None: ...

    async def enter(self, socket: Socket, room: str) -> None: ...

    async def leave(self, socket: Socket, room: str) -> None: ...

    async def spread(self, event: str, content: object, *, sids: Iterable[str], namespace: str) -> list[str]:
        """The same event to many sockets, in their order; those that do not read, and did not get it.

        ``sids`` is gone through once, while others have their turns too.
        """
        ...

    def is_behind(self, sid: str, namespace: str) -> bool:
        """Whether nothing should be sent to that socket just now."""
        ...


def ticket_room(ticket_id: str) -> str:
    return f"ticket:{ticket_id}"


def officer_room(officer_id: str) -> str:
    return f"officer:{officer_id}"


_ADAPTERS: dict[type, TypeAdapter[Any]] = {
    push.payload: TypeAdapter(push.payload) for push in (*events.TAXPAYER_PUSHES, *events.OFFICER_PUSHES)
}


async def push(emitter: Emitter, kind: Push, content: object, *, room: str, namespace: str) -> None:
    """Send what is declared as that push."""
    encoded = _ADAPTERS[kind.payload].dump_python(content, mode="json")
    await emitter.emit(kind.name, encoded, room=room, namespace=namespace)
