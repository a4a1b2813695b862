"""Run as a program: a relay as one begins it with aiortc, for the relay's benchmark. Ends with its input.

What one side's connection receives is added to that of the other as tracks: aiortc decodes all of it, and
encodes it anew. The argument is the address to be reached at; it is asked by lines of JSON.
"""

import asyncio
import sys
from functools import partial
from typing import Any, Final

import uvloop
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from server.benchmarks.asked import answer_lines

CONNECT_S: Final = 20.0

Call = tuple[RTCPeerConnection, RTCPeerConnection]


async def answer(host: str, calls: dict[str, Call], request: dict[str, Any]) -> Any:
    """One request. Raises what aiortc raises."""
    if request["do"] == "join":
        # No server is asked for addresses: the peers are on this machine.
        first, second = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
        calls[request["call"]] = first, second
        for connection, offer in zip((first, second), request["offers"], strict=True):
            await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        _give(first, second)
        _give(second, first)
        return [await _answered(connection, host) for connection in (first, second)]
    async with asyncio.timeout(CONNECT_S):
        for connection in calls[request["call"]]:
            await _connected(connection)
    return None


def _give(source: RTCPeerConnection, target: RTCPeerConnection) -> None:
    for transceiver in source.getTransceivers():
        target.addTrack(transceiver.receiver.track)


async def _answered(connection: RTCPeerConnection, host: str) -> str:
    """The answer, with the candidates of that address alone."""
    await connection.setLocalDescription(await connection.createAnswer())
    lines = connection.localDescription.sdp.splitlines()
    return "\r\n".join(line for line in lines if not line.startswith("a=candidate:") or f" {host} " in line)


async def _connected(connection: RTCPeerConnection) -> None:
    """Receiving: who sent earlier would lose the first keyframe."""
    connected = asyncio.Event()

    def look() -> None:
        if connection.connectionState == "connected":
            connected.set()

    connection.on("connectionstatechange", look)
    look()
    await connected.wait()


def main() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(answer_lines(partial(answer, sys.argv[1], {})))


if __name__ == "__main__":
    main()
