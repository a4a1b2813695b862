"""The benchmarks there are."""

from server.benchmarks.api import api
from server.benchmarks.deadlines import deadlines
from server.benchmarks.fanout import fanout
from server.benchmarks.frame import Bench
from server.benchmarks.queue import queue
from server.benchmarks.relay import relay, relay_quick
from server.benchmarks.smoke import queue_smoke
from server.errors import UnknownBench

BENCHES = (
    Bench("queue-smoke", "ticket steps one after another on the embedded Redis server", queue_smoke),
    Bench("queue", "ticket steps beside raw Redis, BullMQ, saq and arq, on one server", queue),
    Bench("fanout", "what it costs to tell 1,000 and 5,000 waiting pages what changed in their line", fanout),
    Bench("api", "endpoints beside bare handlers with the same statements, and with up to 1m cases", api),
    Bench(
        "relay",
        "CPU, latency and memory of a call's packets, beside Janus, up to 100 calls, and a naive relay",
        relay,
        relay_quick,
    ),
    Bench("deadlines", "10,000 deadlines in 10 s, watched by 4 processes", deadlines),
)


def find(name: str) -> Bench:
    """Raises ``UnknownBench``, which names those there are."""
    for bench in BENCHES:
        if bench.name == name:
            return bench
    names = ", ".join(bench.name for bench in BENCHES)
    raise UnknownBench(f"there is no benchmark {name!r}; there are: {names}")
