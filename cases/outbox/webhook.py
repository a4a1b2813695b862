"""One call of the webhook, signed and bounded."""

from dataclasses import dataclass
from types import TracebackType
from typing import Final, Protocol, Self

import aiohttp

from cases.clock import Clock
from cases.outbox.signature import headers
from cases.outbox.states import Result

USER_AGENT: Final = "Shuitong-Webhook/1"


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a call; ``status``: none where there was no answer."""

    result: Result
    status: int | None = None


class Receiver(Protocol):
    """What notifications are delivered to."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def send(self, notification_id: str, body: bytes) -> Sent:
        """Send it; never raises for what the other side does."""


class Webhook:
    """Calls one address. Used as ``async with``."""

    def __init__(self, url: str, key: bytes, clock: Clock, *, timeout_ms: int, at_once: int) -> None:
        self._url = url
        self._key = key
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=timeout_ms / 1000)
        self._at_once = at_once
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._at_once),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            headers={"User-Agent": USER_AGENT, "Content-Type": "application/json"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, notification_id: str, body: bytes) -> Sent:
        """POST it. Delivered is what is answered with 2xx; the answer's content is not read."""
        if self._session is None:
            raise RuntimeError("used outside of its block")
        signed = headers(self._key, notification_id, self._clock.now_ms() // 1000, body)
        try:
            async with self._session.post(
                self._url, data=body, headers=signed, allow_redirects=False
            ) as response:
                is_taken = 200 <= response.status < 300
                return Sent(Result.DELIVERED if is_taken else Result.REFUSED, response.status)
        except TimeoutError:
            return Sent(Result.TIMEOUT)
        except (aiohttp.ClientError, OSError):
            return Sent(Result.UNREACHABLE)
