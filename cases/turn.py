"""Credentials for the TURN servers: made for one call, good for a while. Pure.

As coturn's `use-auth-secret` takes them: the user name begins with the second at which it expires, the
credential is its HMAC-SHA1 under a secret that only we and the TURN servers have.
"""

import base64
import hmac
from dataclasses import dataclass, field

from cases.views.calls import IceServer


@dataclass(frozen=True, slots=True)
class TurnServers:
    """`urls`: `turn:` and `turns:` addresses, none: no TURN."""

    urls: tuple[str, ...] = ()
    secret: str = field(default="", repr=False)
    ttl_ms: int = 0

    def grant(self, name: str, now_ms: int) -> tuple[IceServer, ...]:
        """For `name`, which the TURN servers write into their logs: nothing that names a person."""
        if not self.urls:
            return ()
        username = f"{(now_ms + self.ttl_ms) // 1000}:{name}"
        signed = hmac.digest(self.secret.encode(), username.encode(), "sha1")
        return (IceServer(self.urls, username, base64.b64encode(signed).decode()),)
