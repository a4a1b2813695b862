"""The benchmarks there are."""

from server.bench import Bench
from server.bench_fanout import fanout
from server.bench_queue import queue_smoke
from server.errors import UnknownBench

BENCHES = (
    Bench("queue-smoke", "ticket steps one after another on the embedded Redis server", queue_smoke),
    Bench("fanout", "what it costs to tell 1,000 and 5,000 waiting pages what changed in their line", fanout),
)


def find(name: str) -> Bench:
    """Raises ``UnknownBench``, which names those there are."""
    for bench in BENCHES:
        if bench.name == name:
            return bench
    names = ", ".join(bench.name for bench in BENCHES)
    raise UnknownBench(f"there is no benchmark {name!r}; there are: {names}")
