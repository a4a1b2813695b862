"""Which scenario the options of ``shuitong load`` name; read before anything heavy is imported."""

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from loadtests.scenario import Scenario
from loadtests.scenario_files import scenario
from server.errors import LoadRefused

IN_MS: Final = {
    "think_s": ("think_mean_ms", 1_000),
    "service_s": ("service_mean_ms", 1_000),
    "patience_s": ("patience_ms", 1_000),
    "minutes": ("longest_ms", 60_000),
}
"""Options and the fields that they give."""


def scenario_of(file: Path | None, given: Mapping[str, Any]) -> Scenario:
    """Of a scenario file and the options beside it, of which those count that are not none.

    Raises LoadRefused.
    """
    fields: dict[str, Any] = {}
    for name, value in given.items():
        if value is not None:
            field_name, factor = IN_MS.get(name, (name, None))
            fields[field_name] = round(value * factor) if factor is not None else value
    try:
        return scenario(file, **fields)
    except (ValueError, OSError) as error:
        raise LoadRefused(str(error)) from error


OWN_GENERATOR: Final = (sys.executable, "-m", "server.cli", "load-generator")


def generators_of(processes: int | None, elsewhere: Sequence[str]) -> list[Sequence[str]]:
    """The commands of so many processes here, and of those elsewhere; empty: the command loads by itself.

    Raises LoadRefused.
    """
    try:
        commands: list[Sequence[str]] = [shlex.split(command) for command in elsewhere]
    except ValueError as error:
        raise LoadRefused(f"--generator: {error}") from error
    if not all(commands):
        raise LoadRefused("--generator: a command is needed")
    here = processes if processes is not None else int(not commands)
    if here + len(commands) == 0:
        raise LoadRefused("--processes 0: somebody has to load, such as a --generator")
    if here == 1 and not commands:
        return []
    return [OWN_GENERATOR] * here + commands
