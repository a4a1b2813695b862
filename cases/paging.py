"""Lists by pages: where a page ends, as the client hands it back for the next one."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement

from cases.errors import CursorUnknown


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ends: the value that the list is ordered by, and the id that settles ties."""

    at_ms: int
    object_id: str

    def __str__(self) -> str:
        return f"{self.at_ms}.{self.object_id}"

    @classmethod
    def parse(cls, text: str | None) -> "Cursor | None":
        """Raises CursorUnknown for one that is not ours."""
        if text is None:
            return None
        at_ms, _, object_id = text.partition(".")
        if not (at_ms.isascii() and at_ms.isdecimal() and len(at_ms) <= 15 and object_id):
            raise CursorUnknown("not a cursor")
        return cls(int(at_ms), object_id)

    def is_before(self, at_ms: ColumnElement[Any], object_id: ColumnElement[Any]) -> ColumnElement[bool]:
        """Rows after the page of a list whose latest come first."""
        return (at_ms < self.at_ms) | ((at_ms == self.at_ms) & (object_id < self.object_id))

    def is_after(self, at_ms: ColumnElement[Any], object_id: ColumnElement[Any]) -> ColumnElement[bool]:
        """Rows after the page of a list whose earliest come first."""
        return (at_ms > self.at_ms) | ((at_ms == self.at_ms) & (object_id > self.object_id))
