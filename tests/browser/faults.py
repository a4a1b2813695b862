"""What axe finds on a page."""

import json
from pathlib import Path
from typing import Any, Final, cast

from playwright.async_api import Page

AXE: Final = Path(__file__).parents[2] / "web_client" / "node_modules" / "axe-core" / "axe.min.js"

LOOKS: Final = 3


async def has_no_fault(page: Page) -> None:
    """axe finds nothing, at the latest once the page has stopped changing."""
    found = await faults_of(page)
    assert found == [], json.dumps(found, indent=1)


async def faults_of(page: Page) -> list[dict[str, Any]]:
    """What axe finds on a page, and still finds when it looks again."""
    found: list[dict[str, Any]] = []
    for _ in range(LOOKS):
        found = await _found(page)
        if not found:
            break
    return found


async def _found(page: Page) -> list[dict[str, Any]]:
    # Moving parts come to rest first.
    await page.wait_for_function(
        "() => document.getAnimations().every((a) => a.playState !== 'running' "
        "|| a.effect?.getTiming().iterations === Infinity)"
    )
    if await page.evaluate("() => !window.axe"):
        # Not as a script of the page, which its security policy forbids.
        await page.evaluate(AXE.read_text(encoding="utf-8"))
    return cast(
        "list[dict[str, Any]]",
        await page.evaluate(
            "async () => (await axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})).violations"
            ".map((v) => ({id: v.id, impact: v.impact, at: v.nodes.map((n) => n.target.join(' '))}))"
        ),
    )
