"""Runs what every hall needs, also for halls that are added while the server runs."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from typing import Final

from cases.errors import CaseworkError
from cases.keeper import Keeper, KeeperBounds
from cases.recorder import Recorder, RecorderBounds, in_turn
from cases.sealing import new_id
from queueing import deadlines
from queueing.errors import QueueError
from queueing.rebuild import Rebuild
from queueing.states import HELD_STATES
from queueing.ticket import JournalEntry
from rtc.errors import MediaError
from server.building import Product, queue_policy
from server.ending import cancelled

log = logging.getLogger(__name__)

RETRY_S: Final = 1.0


def keeper(product: Product, hall_id: str) -> Keeper:
    """Of one hall, in this process."""

    async def after(entries: Sequence[JournalEntry]) -> None:
        for entry in entries:
            # Ended, on hold, or waiting again: in nobody's hand.
            if entry.ticket.state not in HELD_STATES and entry.ticket.call_number:
                await product.calls.close_of_ticket(entry.ticket.ticket_id)
        # The last of it, since what fails before is done again with the same steps.
        if product.instruments is not None:
            product.instruments.recorded(entries)

    return Keeper(
        product.database,
        product.journal,
        product.queue,
        Rebuild(product.link, queue_policy(product.settings)),
        Recorder(
            product.database,
            product.journal,
            hall_id,
            RecorderBounds(),
            in_turn(product.casework.follower.follow, product.reception.follower.follow),
            after,
        ),
        product.reissue,
        hall_id,
        new_id(),
        KeeperBounds(),
    )


async def timers(product: Product, hall_ids: Sequence[str]) -> None:
    """The deadlines of these halls' queues; ends by cancellation."""
    stop = asyncio.Event()  # never set: cancelling loses nothing
    await deadlines.run(product.queue, hall_ids, stop=stop, poll_max_ms=product.settings.queue_poll_max_ms)


async def run_added(product: Product, known: Sequence[str]) -> None:
    """See what admins set up, and begin the work of halls that are added to those that are known; for ever,
    ends by cancellation. What fails of that work ends it all, as for the other halls.
    """
    # No task group: it asks each of its tasks once to end, which redis-py may not hear (see ``cancelled``).
    tasks: set[asyncio.Task[None]] = set()
    news = asyncio.create_task(product.hall_news.added(known), name="news of halls")
    try:
        while True:
            ended, _ = await asyncio.wait({news, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            for task in ended & tasks:
                task.result()
            tasks -= ended
            if news in ended:
                added = news.result()
                known = (*known, *added)
                tasks.update(_begun(product, added))
                news = asyncio.create_task(product.hall_news.added(known), name="news of halls")
    finally:
        await cancelled((news, *tasks))


def _begun(product: Product, added: Sequence[str]) -> Iterator[asyncio.Task[None]]:
    for hall_id in added:
        log.info("a hall was added", extra={"hall_id": hall_id})
        work = {
            "records": _keep(product, hall_id),
            "deadlines": timers(product, (hall_id,)),
            "waits": product.waits.run((hall_id,)),
            "pages": product.following.follow((hall_id,)),
        }
        for name, coroutine in work.items():
            yield asyncio.create_task(coroutine, name=f"{name} of {hall_id}")


async def _keep(product: Product, hall_id: str) -> None:
    own = keeper(product, hall_id)
    while True:
        try:
            await own.prepare()
            break
        except (QueueError, CaseworkError, MediaError) as error:
            log.warning("recording waits: %s", error.code, extra={"hall_id": hall_id})
            await asyncio.sleep(RETRY_S)
    await own.run()
