"""Every key of the queue in Redis: its name, type and lifetime. lua/shared/hall.lua builds the same names.

A hall is one hash tag, so that all its keys are in one slot of a cluster.

- ``q:{H}:m`` hash: ver, seq, epoch and vt (the clock of weighted orders) of the hall; closed, frozen
  and built (how far a rebuild is) while they hold. For ever.
- ``q:{H}:w:<line>`` zset: the waiting tickets by place. While somebody waits.
- ``q:{H}:t:<ticket>`` string: one ticket, packed (``layout.py``). Until `ended_ticket_ttl_ms` past its end.
- ``q:{H}:d`` zset: the tickets with a deadline, by it (ms). While there is one.
- ``q:{H}:o`` hash: officer → the ticket held. While one is held.
- ``q:{H}:h:<officer>`` set: the tickets that the officer has on hold. While there are some.
- ``q:{H}:l`` zset: officers at work by the end of their lease (ms). Until that.
- ``q:{H}:s`` hash: officer at work → the lines served, with commas. As long as the lease.
- ``q:{H}:v`` hash: line → its turn in a weighted order. For ever.
- ``q:{H}:k`` string: who keeps the hall's records now. Its lease.
- ``q:{H}:b:<booking>`` string: the booking's ticket. As long as its ticket, or until it is cancelled.
- ``q:{H}:r:<span>`` hash: <officer>:<request> → the ticket that it was about, of one span of
`request_ttl_ms`. Two of them.
- ``q:{H}:n:<line>:<day>`` string: the latest number of the day. `number_ttl_ms`.
- ``q:{H}:j`` stream: the journal; ids are ``<version>-<ms>``. Each entry until it is trimmed.
"""

import re
from typing import Final

from queueing.errors import IdentifierInvalid

IDENTIFIER_PATTERN: Final = "[A-Za-z0-9_-]{1,64}"
_IDENTIFIER: Final = re.compile(IDENTIFIER_PATTERN)
_LETTER: Final = re.compile(r"[A-Z]")
_DAY: Final = re.compile(r"[0-9]{8}")

KEY_PATTERN: Final = re.compile(
    rf"q:\{{(?P<hall>{IDENTIFIER_PATTERN})\}}:"
    rf"(?:m|d|o|j|l|s|v|k|[wtbh]:{IDENTIFIER_PATTERN}"
    r"|r:[0-9]{1,16}"
    rf"|n:{IDENTIFIER_PATTERN}:[0-9]{{8}})"
)
"""Matches every key that the queue may ever write, and no other."""


def identifier(kind: str, value: object) -> str:
    """`value`, if it is 1 to 64 of ``A-Z a-z 0-9 _ -``; raises IdentifierInvalid naming `kind`."""
    if not isinstance(value, str) or _IDENTIFIER.fullmatch(value) is None:
        raise IdentifierInvalid(kind)
    return value


def letter(value: object) -> str:
    """`value`, if it is one of A to Z; raises IdentifierInvalid."""
    if not isinstance(value, str) or _LETTER.fullmatch(value) is None:
        raise IdentifierInvalid("letter")
    return value


def day(value: object) -> str:
    """`value`, if it is eight digits (YYYYMMDD); raises IdentifierInvalid."""
    if not isinstance(value, str) or _DAY.fullmatch(value) is None:
        raise IdentifierInvalid("day")
    return value


def meta(hall_id: str) -> str:
    """The hall's hash; every script gets it as its one key and builds the hall's other names from it."""
    return f"q:{{{identifier('hall id', hall_id)}}}:m"


def keeper(hall_id: str) -> str:
    """The lease of who keeps the hall's records."""
    return f"q:{{{identifier('hall id', hall_id)}}}:k"


def deadlines(hall_id: str) -> str:
    """The hall's tickets that have a deadline, by it."""
    return f"q:{{{identifier('hall id', hall_id)}}}:d"


def journal(hall_id: str) -> str:
    """The hall's journal stream."""
    return f"q:{{{identifier('hall id', hall_id)}}}:j"
