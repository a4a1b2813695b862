"""All looks, one after the other, and how they are said."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Final

from cases.problems import Language
from server.doctor import machine, network, stores
from server.doctor.findings import Finding, Level, fail, ok, warn, worst
from server.settings import Settings

Look = Callable[[Settings], Awaitable[list[Finding]]]
LONGEST_S: Final = 30.0
WIDTH: Final = 12


async def _disk(settings: Settings) -> list[Finding]:
    return await asyncio.to_thread(machine.look_at_disk, settings)


async def _limits(settings: Settings) -> list[Finding]:
    return machine.look_at_limits(settings)


async def _settings(settings: Settings) -> list[Finding]:
    return [ok("settings", "settings_fine"), *([warn("settings", "demo")] if settings.demo else [])]


LOOKS: Final[Mapping[str, Look]] = {
    "settings": _settings,
    "disk": _disk,
    "limits": _limits,
    "redis": stores.look_at_redis,
    "records": stores.look_at_records,
    "ports": network.look_at_ports,
    "certificate": network.look_at_certificate,
    "turn": network.look_at_turn,
}


async def visit(settings: Settings) -> list[Finding]:
    """Every look; one that fails unexpectedly or takes too long is a finding itself."""
    found: list[Finding] = []
    for part, look in LOOKS.items():
        try:
            async with asyncio.timeout(LONGEST_S):
                found += await look(settings)
        except Exception as error:  # noqa: BLE001 whatever it is, the others are looked at too
            found.append(fail(part, "check_failed", problem=f"{type(error).__name__}: {error}"))
    return found


def refused(problems: Sequence[str]) -> list[Finding]:
    """Settings that cannot be used: nothing else can be looked at."""
    return [fail("settings", "settings_wrong", problem=problem) for problem in problems]


def lines(found: Sequence[Finding], language: Language) -> Iterator[str]:
    for one in found:
        yield f"{one.level.name:<5}{one.part:<{WIDTH}} {one.text(language)}"
        if step := one.step(language):
            yield f"{'':<{5 + WIDTH}} → {step}"


def as_json(found: list[Finding], language: Language) -> str:
    content = {
        "worst": worst(found).name,
        "findings": [
            {
                "part": one.part,
                "level": one.level.name,
                "code": one.code,
                "text": one.text(language),
                "step": one.step(language),
            }
            for one in found
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def exit_code(found: list[Finding]) -> int:
    """1 where a server cannot work."""
    return 1 if worst(found) is Level.FAIL else 0
