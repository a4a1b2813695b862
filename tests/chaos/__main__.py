"""`./run chaos`: every kind of place for a while, with the seed that makes the same strikes again."""

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.chaos.places import PLACES
from tests.chaos.runs import Outcome, run


async def _all(names: list[str], seconds: float, seed: int) -> list[Outcome]:
    outcomes = []
    for name in names:
        with tempfile.TemporaryDirectory(prefix=f"shuitong-chaos-{name}-") as folder:
            outcome = await run(
                name, PLACES[name], Path(folder), seed=seed, seconds=seconds, say=lambda line: print(line)
            )
        outcomes.append(outcome)
    return outcomes


def main() -> int:
    """The exit code: 1 where a rule was broken."""
    parser = argparse.ArgumentParser(prog="./run chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="for all places together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--place", choices=list(PLACES), action="append", help="only this one; may be repeated"
    )
    parser.add_argument("--json", type=Path, help="write the outcomes here")
    asked = parser.parse_args()
    names = asked.place or list(PLACES)
    outcomes = asyncio.run(_all(names, asked.minutes * 60 / len(names), asked.seed))
    if asked.json is not None:
        asked.json.write_text(
            json.dumps([asdict(one) for one in outcomes], indent=1) + "\n", encoding="utf-8"
        )
    heads = ("strikes", "steps", "told", "lost", "called2", "fired2", "epochs", "broken")
    print(f"{'place':<9}" + "".join(f"{head:>9}" for head in heads).rstrip())
    for one in outcomes:
        verdict = one.verdict
        figures = (
            sum(one.strikes.values()), verdict.steps, verdict.told, verdict.lost, verdict.called_twice,
            verdict.fired_twice, verdict.epochs, len(verdict.broken),
        )  # fmt: skip
        print(f"{one.place:<9}" + "".join(f"{figure:>9}" for figure in figures))
        for broken in verdict.broken[:20]:
            print(f"BROKEN {one.place}: {broken}")
    return 1 if any(one.verdict.broken for one in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
