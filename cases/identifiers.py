"""How ids, written text and days look at both edges."""

import re
from datetime import date
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from queueing.keys import IDENTIFIER_PATTERN

Identifier = Annotated[str, Field(pattern=f"^{IDENTIFIER_PATTERN}$")]
"""As the queue takes them, so that nothing refused there passes here."""

_WRITTEN: Final = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*"
Written = Annotated[str, Field(pattern=f"^{_WRITTEN}$")]
"""What somebody typed: no control characters but tabs and ends of lines. PostgreSQL keeps no NUL, and none of
them means anything on a page.
"""

WrittenOut = Annotated[str, Field(pattern=rf"^{_WRITTEN}[^\s\x00-\x1f\x7f]{_WRITTEN}$")]
"""The same with something in it that can be seen."""

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


def _written_day(value: object) -> object:
    if not isinstance(value, str) or _DAY.fullmatch(value) is None:
        raise ValueError("must be a day, as 2026-11-23")
    return value


Day = Annotated[date, BeforeValidator(_written_day), Field(ge=FIRST_DAY, le=LAST_DAY)]
"""A calendar day as ISO 8601 writes it; numbers, which would be taken for seconds, are none."""
