"""ICE-lite of one connection (RFC 8445, sections 2.5 and 7.3): who may be believed to be the peer. Pure."""

import secrets
from collections import OrderedDict
from enum import Enum

from rtc.datagrams import Address
from rtc.libraries import BindingRequest

REMEMBERED_MAX = 256
"""Requests remembered, so that one that was overheard cannot be sent again from another address."""


class Check(Enum):
    REFUSED = "refused"
    PASSED = "passed"
    NOMINATED = "nominated"
    """Passed, and the peer wants to be reached at the address that it came from."""


class IceLite:
    """Our credentials of one connection, and the check of the peer's requests."""

    def __init__(self) -> None:
        self.ufrag = secrets.token_hex(8)
        self.pwd = secrets.token_hex(16)
        self.remote_ufrag: str | None = None
        self.remote_pwd: str | None = None
        """Both are known from the answer on; requests may come before it."""
        self.candidate: Address | None = None
        """Where the peer wants to be reached, as long as it has not answered from there."""
        self._seen: OrderedDict[bytes, Address] = OrderedDict()

    def check(self, request: BindingRequest, address: Address) -> Check:
        """Whether the request is authentic and new, or repeated from where it first came."""
        local, colon, remote = request.username.partition(":")
        if local != self.ufrag or not colon or remote != (self.remote_ufrag or remote):
            return Check.REFUSED
        if not request.is_authentic(self.pwd):
            return Check.REFUSED
        if self._seen.setdefault(request.transaction_id, address) != address:
            return Check.REFUSED
        while len(self._seen) > REMEMBERED_MAX:
            self._seen.popitem(last=False)
        return Check.NOMINATED if request.nominates else Check.PASSED


def local_ufrag(username: str) -> str:
    """The part of a STUN user name that names our connection."""
    return username.partition(":")[0]
