"""A load that is judged by what people see and hear, for a relay that does not send on the packets that came.

A frame is a picture, or the sound of 20 ms. It is known again by its time stamp.
"""

from collections.abc import Sequence
from typing import Final

from loadtests.media.peer import SyntheticPeer
from server.benchmarks.relay_load import DRAIN_S, Load, Pace, Sent

CYCLE: Final = 1 << 32
"""Of time stamps."""


class FrameLoad(Load):
    """In its outcome `received` counts packets of media, whichever. What became of single ones is not told.

    Latencies are those of frames: from the call that sent the first packet to the kernel's stamp of the last
    one that arrived. Where no frame came within the load, there is one latency: the whole time of the load.
    """

    def __init__(self, peers: Sequence[SyntheticPeer], pace: Pace) -> None:
        super().__init__(peers, pace)
        self.frames = 0
        self.frames_arrived = 0
        """With those of the load before that were held until now: as many are held at the end of this one."""

    def _judge(self) -> None:
        everything = [sent for streams in self._sent for sent in streams.values()]
        self.frames = sum(len(sent.times) // sent.frame_packets for sent in everything)
        for sent, marked, _, timestamp, arrived_ns in self._arrivals():
            self.outcome.received += 1
            if marked or sent.frame_packets == 1:
                self.frames_arrived += 1
                self._note_frame(sent, timestamp, arrived_ns)
        if not self.outcome.latencies_ns:
            self.outcome.latencies_ns.append(round((self.outcome.seconds + DRAIN_S) * 1e9))

    def _note_frame(self, sent: Sent, timestamp: int, arrived_ns: int) -> None:
        stream = sent.stream
        if stream.time_shift is None:
            stream.time_shift = timestamp - sent.first_timestamp
        passed = (timestamp - stream.time_shift - sent.first_timestamp) % CYCLE
        first_packet = passed // stream.clock_step * sent.frame_packets
        # One of the load before is lower, which is far beyond the last one in a cycle.
        if first_packet < len(sent.times) and sent.times[first_packet]:
            self.outcome.latencies_ns.append(arrived_ns - sent.times[first_packet])
