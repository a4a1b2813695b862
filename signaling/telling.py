"""How pages of this process are told of what any process wrote: who sees a conversation, and the loop around
looking.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

from cases.access import Person, may_see, whose_case
from cases.errors import CaseworkError
from queueing.errors import QueueError
from rtc.errors import MediaError
from signaling import events
from signaling.sockets import Sockets

log = logging.getLogger(__name__)

RETRY_S: Final = 1.0


def who_see_case(
    sockets: Sockets, *, taxpayer_id: str, hall_id: str, is_consult: bool
) -> Iterator[tuple[Person, str, str]]:
    """The people with a page open here who see the conversation: each page's person, socket and namespace."""
    for sid in sockets.sids_of(taxpayer_id):
        socket = sockets.get(sid)
        if socket is not None:
            yield socket.person, sid, events.TAXPAYER.name
    whose = whose_case(taxpayer_id, hall_id, is_consult=is_consult)
    for officer in sockets.officers():
        if may_see(officer, whose):
            for sid in sockets.sids_of_officer(officer.officer_id):
                yield officer, sid, events.OFFICER.name


async def for_ever(
    what: str, show: Callable[[], Awaitable[None]], wait: Callable[[], Awaitable[None]]
) -> None:
    """Show and wait, for ever; ends by cancellation. What is not told now is told with the next look."""
    while True:
        try:
            await show()
            await wait()
        except (CaseworkError, QueueError, MediaError) as error:
            log.warning("pages hear of %s later: %s", what, error.code)
            await asyncio.sleep(RETRY_S)
        except Exception:
            log.exception("pages hear of %s later after something unexpected", what)
            await asyncio.sleep(RETRY_S)
