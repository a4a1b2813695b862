"""The number of a booking, as people say and write it."""

import secrets
from typing import Final

NUMBER_DIGITS: Final = 8


def new_number() -> str:
    """Eight random digits that do not begin with 0: no count of bookings can be read from them, and every
    telephone can say them.
    """
    least = 10 ** (NUMBER_DIGITS - 1)
    return str(least + secrets.randbelow(9 * least))
