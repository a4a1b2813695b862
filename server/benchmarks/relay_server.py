"""Run as a program: the media relay alone, for its benchmark and its soak. Ends with its input.

The argument is JSON of `RelaySettings`; it is asked by lines of JSON.
"""

import asyncio
import gc
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any, Final

import uvloop

from rtc.call import Devices, Facing, LegName
from rtc.relay import MediaRelay
from rtc.settings import RelaySettings
from server.benchmarks.asked import answer_lines
from server.garbage import collect_seldom

DEVICES: Final = Devices(microphone=True, camera=True, facing=Facing.USER)


async def answer(relay: MediaRelay, request: dict[str, Any]) -> Any:
    """One request. Raises what the relay raises."""
    if request["do"] == "counters":
        counters = dict(await relay.counters())
        return {**counters, "tasks": len(asyncio.all_tasks()), "descriptors": _descriptors()}
    if request["do"] == "collect":
        return gc.collect()
    call = request["call"]
    if request["do"] == "close":
        await relay.close_call(call)
        return None
    leg = LegName(request["leg"])
    if request["do"] == "join":
        await relay.open_call(call)
        offer = await relay.join(call, leg, DEVICES)
        return {"generation": offer.generation, "revision": offer.revision, "sdp": offer.sdp}
    offered = request["offer"]
    await relay.answer(call, leg, offered["generation"], offered["revision"], request["sdp"])
    return None


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def serve(settings: RelaySettings) -> None:
    relay = MediaRelay(settings)
    await relay.start()
    await answer_lines(partial(answer, relay))
    await relay.stop()


def main() -> None:
    collect_seldom()
    settings = RelaySettings(**json.loads(sys.argv[1]))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings))


if __name__ == "__main__":
    main()
