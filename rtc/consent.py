"""Whether the one at an address wants what is sent there (RFC 7675). Pure.

A participant who can forge a source address could otherwise have the other's video sent to a stranger: a
request with the leg's password only shows who wrote it, not where they are. So nothing but answers to
requests goes to an address before a check of ours, with a number that nobody can guess, was answered from
there with the password of the page; and media stop when such answers cease.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from rtc.datagrams import Address

CHECK_EVERY_MS = 5_000
EXPIRES_MS = 30_000
"""RFC 7675, section 5.1: both."""
OUTSTANDING_MAX = 32
TAG_BYTES = 4
TRANSACTION_BYTES = 12


@dataclass(slots=True)
class Consent:
    """Of one connection. `tag`: how the numbers of its checks begin, so that an answer finds it."""

    tag: bytes = field(default_factory=lambda: secrets.token_bytes(TAG_BYTES))
    until_ms: int = 0
    _next_ms: int = 0
    _outstanding: OrderedDict[bytes, Address] = field(default_factory=OrderedDict)

    def ask(self, address: Address, now_ms: int) -> bytes:
        """The number of a new check of that address."""
        number = self.tag + secrets.token_bytes(TRANSACTION_BYTES - TAG_BYTES)
        self._outstanding[number] = address
        while len(self._outstanding) > OUTSTANDING_MAX:
            self._outstanding.popitem(last=False)
        # Between 0.8 and 1.2 of the interval, so that the connections' checks do not fall together.
        self._next_ms = now_ms + CHECK_EVERY_MS * (80 + secrets.randbelow(41)) // 100
        return number

    def asked(self, number: bytes, address: Address) -> bool:
        """Whether that check went to that address and was not answered yet."""
        return self._outstanding.get(number) == address

    def given(self, number: bytes, now_ms: int) -> None:
        """It was answered, authentically."""
        del self._outstanding[number]
        self.until_ms = now_ms + EXPIRES_MS

    def due(self, now_ms: int) -> bool:
        return now_ms >= self._next_ms

    def expired(self, now_ms: int) -> bool:
        return now_ms >= self.until_ms


def tag_of(number: bytes) -> bytes:
    return number[:TAG_BYTES]
