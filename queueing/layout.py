"""A ticket as it is packed in Redis and in the journal: its fields with bars between them. Pure.

The Lua library is given these lists, so that both sides read the same. No field can hold a bar: ids and words
match ``keys.IDENTIFIER_PATTERN``, everything else is digits.
"""

import re
from typing import Final, NamedTuple

BAR: Final = "|"

LAYOUT: Final = 2
"""Of this list: a hall whose Redis was written with another one is built anew from the records."""

CLASS_SPAN: Final = 2**46
ARRIVAL_SPAN: Final = 2**8
"""A place is class · CLASS_SPAN + arrival · ARRIVAL_SPAN, whole and below 2^53, so that Lua and JavaScript
count it exactly. Between two arrivals is room for those who are put in at the front.
"""


class Packed(NamedTuple):
    """The fields in their order, as text; ``""`` is none. In Redis the id is the key's, and left out."""

    id: str
    line: str
    num: str
    """A letter and three or more digits."""
    st: str
    pr: str
    """The class it waits in now; 0 at the front after a reactivation or a requeue."""
    cls: str
    """The class that it was issued with."""
    arr: str
    """The hall's count of arrivals."""
    day: str
    """Of its number: YYYYMMDD."""
    ver: str
    call: str
    off: str
    iss: str
    cal: str
    """The first call."""
    con: str
    """When the current call was confirmed."""
    fin: str
    """When it ended."""
    dl: str
    rea: str
    bk: str
    nb: str
    """When the booked slot starts."""
    out: str
    pl: str
    """Its place, where that is not made of class and arrival."""
    by: str
    """Who made its latest step."""
    rung: str
    """When its call was last rung."""
    abn: str
    """The number of the last call that was abandoned."""
    rec: str
    """The number of the last abandoned call that was taken back."""
    ret: str
    """The number of the last call that was given back (requeued or transferred)."""
    frm: str
    """The line that it was issued in, once it was transferred."""

    @property
    def place(self) -> int:
        """Where it stands in its line, or last stood."""
        return place(self.cls, self.arr, self.pl)


def place(issued_class: str, arrival: str, put: str) -> int:
    """The place of a ticket: where it was put (``pl``), else that of its class and arrival."""
    return int(put) if put else int(issued_class) * CLASS_SPAN + int(arrival) * ARRIVAL_SPAN


FIELDS: Final = Packed._fields[1:]
"""What is stored of a ticket under its key."""


def unpacked(packed: str) -> Packed:
    """Reads ``<id>|<field>|…``. Raises TypeError for a text that the scripts did not write."""
    return Packed(*packed.split(BAR))


def in_lua() -> tuple[str, ...]:
    """What places are made of, and the functions that make and pack tickets: each a statement on one line.

    There a ticket is an array of all its fields, since a table with as many names is three times as large and
    takes longer to make than all else of a step. `with_indexes` has its names.
    """
    pattern = "^" + BAR.join(["([^|]*)"] * len(FIELDS)) + "$"
    empty = ",".join(["''"] * len(FIELDS))
    return (
        f"local LAYOUT,CLASS_SPAN,ARRIVAL_SPAN={LAYOUT},{CLASS_SPAN},{ARRIVAL_SPAN}",
        f"local function unpacked(id,s) return {{id,string.match(s,'{pattern}')}} end",
        f"local function blank(id) return {{id,{empty}}} end",
        f"local function flat(t) return table.concat(t,'{BAR}') end",
    )


def with_indexes(code: str) -> str:
    """Lua code with ``ticket[<index>]`` for each ``ticket.<field>``. Raises KeyError for what is no field."""
    indexes = {name: index for index, name in enumerate(Packed._fields, start=1)}
    return _FIELD_OF_TICKET.sub(lambda found: f"ticket[{indexes[found[1]]}]", code)


_FIELD_OF_TICKET: Final = re.compile(r"\bticket\.(\w+)")
