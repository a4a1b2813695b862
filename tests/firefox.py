"""Firefox by WebDriver BiDi, spoken over its own socket: only what a test of a call asks for.

Playwright drives Firefox builds of its own, which a bare machine would have to download; this is the browser
that people have (W3C WebDriver BiDi: session.new, browsingContext, script, input).
"""

import asyncio
import contextlib
import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import aiohttp

FIREFOX_NAMES: Final = ("firefox-esr", "firefox")
START_S: Final = 60.0
PATIENCE_S: Final = 40.0
POLL_S: Final = 0.1
ANSWER_BYTES_MAX: Final = 1 << 24
# A made-up camera and microphone, allowed without a question; ICE to 127.0.0.1 is off by default.
PREFERENCES: Final[dict[str, bool | int | str]] = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "permissions.default.camera": 1,
    "permissions.default.microphone": 1,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.autoplay.default": 0,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.normandy.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "media.gmp-manager.updateEnabled": False,
    "extensions.update.enabled": False,
    "intl.accept_languages": "zh-CN",
}


def firefox_path() -> str:
    """The installed Firefox. Raises LookupError with what to do where there is none."""
    for name in FIREFOX_NAMES:
        if found := shutil.which(name):
            return found
    raise LookupError("Firefox is needed: ./run test says how to install it")


class FirefoxPage:
    """The one page of a browser. Scripts are functions in JavaScript, like Playwright's."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self._context = ""

    async def begin(self) -> None:
        await self._ask("session.new", capabilities={})
        self._context = (await self._ask("browsingContext.getTree"))["contexts"][0]["context"]

    async def end(self) -> None:
        await self._ask("browser.close")

    async def goto(self, url: str) -> None:
        await self._ask("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def evaluate(self, function: str, argument: object = None) -> Any:
        """What the function returns for the argument, through JSON. Raises AssertionError where it throws."""
        expression = f"(async () => JSON.stringify(await ({function})({json.dumps(argument)})))()"
        answer = await self._ask(
            "script.evaluate", expression=expression, target={"context": self._context}, awaitPromise=True
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        value = answer["result"].get("value")
        return None if value is None else json.loads(value)

    async def wait_for(self, function: str, argument: object = None) -> None:
        """Returns once the function returns something true. Raises AssertionError after PATIENCE_S."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_S
        while not await self.evaluate(function, argument):
            assert loop.time() < until, f"never came about: {function}"
            await asyncio.sleep(POLL_S)

    async def press(self, *test_ids: str) -> None:
        """One control after the other, each once it is there and may be pressed."""
        for test_id in test_ids:
            selector = f"[data-testid={test_id}]"
            await self.wait_for("(at) => document.querySelector(at)?.matches(':not(:disabled)')", selector)
            await self.evaluate("(at) => { document.querySelector(at).click() }", selector)

    async def type(self, test_id: str, text: str) -> None:
        await self.wait_for("(id) => { const e = document.querySelector(`[data-testid=${id}]`);"
                            " e?.focus(); return e && document.activeElement === e }", test_id)  # fmt: skip
        keys = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        typing = {"type": "key", "id": "keys", "actions": keys}
        await self._ask("input.performActions", context=self._context, actions=[typing])

    async def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        async with asyncio.timeout(START_S):
            while True:
                answer: dict[str, Any] = json.loads(await self._socket.receive_str())
                if answer.get("id") == self._number:
                    assert answer["type"] == "success", answer
                    result: dict[str, Any] = answer["result"]
                    return result


@contextlib.asynccontextmanager
async def firefox(profile: Path) -> AsyncIterator[FirefoxPage]:
    """A browser of its own, without a window, with that empty folder as its profile."""
    _prefer(profile)
    process = await asyncio.create_subprocess_exec(
        *(firefox_path(), "--headless", "--no-remote", "--profile", str(profile)),
        *("--remote-debugging-port", "0"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={"HOME": str(profile), "PATH": "/usr/bin:/bin", "MOZ_CRASHREPORTER_DISABLE": "1"},
    )
    draining: asyncio.Task[None] | None = None
    try:
        address = await _address(process)
        draining = asyncio.create_task(_drain(process))
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{address}/session", max_msg_size=ANSWER_BYTES_MAX) as socket,
        ):
            page = FirefoxPage(socket)
            await page.begin()
            yield page
            await page.end()
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        if draining is not None:
            await draining


def _prefer(profile: Path) -> None:
    profile.mkdir(parents=True, exist_ok=True)
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")


async def _address(process: asyncio.subprocess.Process) -> str:
    """What it says once it listens."""
    assert process.stderr is not None
    async with asyncio.timeout(START_S):
        while line := await process.stderr.readline():
            if found := re.search(rb"WebDriver BiDi listening on (ws://\S+)", line):
                return found[1].decode()
    raise AssertionError("Firefox ended before it listened")


async def _drain(process: asyncio.subprocess.Process) -> None:
    assert process.stderr is not None
    while await process.stderr.readline():
        pass
