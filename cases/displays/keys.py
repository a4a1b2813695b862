"""The key by which a screen shows its hall's board. Pure.

It is made from the display's id with the index key, so that a repeated request answers with the same one; the
records keep an index of it and nothing else.
"""

from collections.abc import Callable
from typing import Final

from cases.reception.codes import ALPHABET, as_typed

KEY_LENGTH: Final = 20
"""31^20: more than 99 bits, which nobody guesses; short enough to be typed with a remote control."""

Index = Callable[[str], str]
"""A keyed index of a text: hex digits (``cases.sealing.Sealer.index``)."""


def key_of(display_id: str, index: Index) -> str:
    """The display's key, in four groups of five."""
    rest = int(index(f"display-key:{display_id}"), 16)
    letters = ""
    for _ in range(KEY_LENGTH):
        rest, digit = divmod(rest, len(ALPHABET))
        letters += ALPHABET[digit]
    return "-".join(letters[start : start + 5] for start in range(0, KEY_LENGTH, 5))


def key_index(typed: str, index: Index) -> str:
    """What is kept of a key, as it is typed: in any case, with spaces or hyphens."""
    return index(f"display:{as_typed(typed)}")
