"""The names of what media workers and servers keep in Redis. All share one hash tag: they belong to one node.

- ``m:{media}:l`` zset: workers by the end of their lease (ms of Redis' clock).
- ``m:{media}:i`` hash: worker → what it said of itself.
- ``m:{media}:h`` hash: worker → when it renewed its lease itself last (ms).
- ``m:{media}:q:<worker>`` list: commands that wait for it.
- ``m:{media}:s:<worker>`` set: the calls that it carries.
- ``m:{media}:c:<call>`` hash: worker `w`, number of the placement `n`, memory `v`, and `x` once it ended. As
long as `call_kept_ms`, of an ended one `ended_kept_ms`.
- ``m:{media}:a:<server process>`` list: answers that wait for it. A minute.
- ``m:{media}:e`` stream: the events of all calls, numbered without gaps in ``m:{media}:g``.
"""

import re
from typing import Final

PREFIX: Final = "m:{media}:"
LEASES: Final = PREFIX + "l"
EVENTS: Final = PREFIX + "e"
IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def is_identifier(value: str) -> bool:
    """Whether it may be part of a key: 1 to 64 of ``A-Z a-z 0-9 _ -``."""
    return IDENTIFIER.fullmatch(value) is not None


def requests(worker_id: str) -> str:
    return f"{PREFIX}q:{worker_id}"


def answers(client_id: str) -> str:
    return f"{PREFIX}a:{client_id}"
