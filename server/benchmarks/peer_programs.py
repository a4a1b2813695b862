"""Starts the programs that the queue is compared with, each with its own client in a process of its own."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.benchmarks.errors import BenchFailed, BenchUnprepared
from server.benchmarks.operations import Counts, Mode

PROGRAMS: Final = Path(__file__).with_name("peers")
INSTALLED: Final = Path(__file__).resolve().parents[2] / ".cache" / "peers"
"""Where ./run bench queue puts their packages."""
TIMEOUT_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Peer:
    """One of them."""

    name: str
    command: tuple[str | Path, ...]
    needs: tuple[Path, ...]
    """What has to be there."""
    share: float
    """Of the counts: slower ones are asked for less, so that the run stays short."""


@dataclass(frozen=True, slots=True)
class PeerFigures:
    """What a peer printed: operations a second by its own names."""

    versions: Mapping[str, str]
    rates: Mapping[Mode, Mapping[str, float]]


def _python_peer(name: str, share: float) -> Peer:
    python = INSTALLED / name / "bin" / "python"
    return Peer(name, (python, PROGRAMS / f"{name}_peer.py"), (python,), share)


def _bullmq() -> Peer:
    folder = INSTALLED / "bullmq"
    node = Path(sys.executable).with_name("node")
    return Peer(
        "bullmq",
        (node, PROGRAMS / "bullmq_peer.mjs", folder),
        (node, folder / "node_modules" / "bullmq"),
        share=1.0,
    )


PEERS: Final = (_bullmq(), _python_peer("saq", 0.5), _python_peer("arq", 0.3))


def require(peers: Sequence[Peer]) -> None:
    """Raises BenchUnprepared when one is not installed."""
    missing = [peer.name for peer in peers if not all(path.exists() for path in peer.needs)]
    if missing:
        raise BenchUnprepared(
            f"{', '.join(missing)}: not installed; ./run bench queue installs what is compared"
        )


async def measure(peer: Peer, socket: str, counts: Counts) -> PeerFigures:
    """Let it do its operations on the server at this unix socket. Raises BenchFailed."""
    asked = (round(counts.sequential * peer.share), round(counts.concurrent * peer.share), counts.at_a_time)
    process = await asyncio.create_subprocess_exec(
        *map(str, (*peer.command, socket, *asked)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(TIMEOUT_S):
            output, errors = await process.communicate()
    except TimeoutError:
        raise BenchFailed(f"{peer.name} took longer than {TIMEOUT_S} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise BenchFailed(f"{peer.name} ended with {process.returncode}: {errors[-1_000:].decode()}")
    return read_figures(peer.name, output)


def read_figures(name: str, output: bytes) -> PeerFigures:
    """Its last line. Raises BenchFailed for one that is not as agreed."""
    try:
        written = json.loads(output.splitlines()[-1])
        return PeerFigures(written["versions"], {mode: written[mode.value] for mode in Mode})
    except (IndexError, KeyError, TypeError, ValueError):
        raise BenchFailed(f"{name} printed: {output[-500:].decode()}") from None
