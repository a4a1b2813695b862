"""Asking the server as a taxpayer's page does, without its buttons."""

import json
from typing import Any, cast

from playwright.async_api import BrowserContext, Page

from tests.browser.server_process import Served


class Visitor:
    """In the page's browser, and so as who is signed in there."""

    def __init__(self, page: Page | BrowserContext, server: Served) -> None:
        self._request = page.request
        self._server = server

    async def ask(self, method: str, path: str, /, **body: Any) -> dict[str, Any]:
        return await self._fetch(method, path, json.dumps(body), "application/json")

    async def send(self, path: str, picture: bytes) -> dict[str, Any]:
        """A PNG."""
        return await self._fetch("POST", path, picture, "image/png")

    async def see(self, path: str) -> dict[str, Any]:
        return await self._fetch("GET", path, None, "application/json")

    async def _fetch(self, method: str, path: str, data: str | bytes | None, kind: str) -> dict[str, Any]:
        headers = {"Origin": self._server.url, "Content-Type": kind}
        answer = await self._request.fetch(
            f"{self._server.url}/api/v1/taxpayer{path}", method=method, data=data, headers=headers
        )
        assert answer.ok, await answer.text()
        return cast("dict[str, Any]", await answer.json())
