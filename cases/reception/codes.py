"""The code by which a paper ticket is bound. Pure.

A code is made from the ticket and the count of its prints with the index key, so that the same one can be
printed again after a lost answer, and nobody who reads the records finds it. Each print has its own: of two
slips of one ticket only the newer one binds.
"""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without what is easily taken for something else: 0, 1, I, L, O."""
CODE_LENGTH: Final = 6
"""31^6: 900 million; with so few tries as a person has, that is enough for a day."""

Index = Callable[[str], str]
"""A keyed index of a text: hex digits (``cases.sealing.Sealer.index``)."""


def code_of(ticket_id: str, revision: int, index: Index) -> str:
    """The code on that print of the ticket."""
    rest = int(index(f"paper-code:{ticket_id}:{revision}"), 16)
    letters = []
    for _ in range(CODE_LENGTH):
        rest, digit = divmod(rest, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return "".join(letters)


def code_index(hall_id: str, day: str, code: str, index: Index) -> str:
    """What is kept of a code."""
    return index(f"paper-bind:{hall_id}:{day}:{code}")


def as_typed(text: str) -> str:
    """A number or code as people type it: in any case, with spaces or hyphens."""
    return re.sub(r"[\s-]", "", text).upper()


def binding_path(hall_id: str, number: str, code: str) -> str:
    """The client's page that binds the ticket: what the QR code on the slip says."""
    return f"/bind?{urlencode({'hall': hall_id, 'number': number, 'code': code})}"
