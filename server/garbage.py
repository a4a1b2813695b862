"""How often the processes of this house look for garbage."""

import gc
from typing import Final

YOUNG_MAX: Final = 10_000
"""Objects made and not yet gone again, after which rings of garbage are looked for."""


def collect_seldom() -> None:
    """Look for rings of garbage when there may be many, and never again in what a start left.

    Nearly everything goes by itself. With Python's own threshold (700) what pings and frames leave for a
    moment counts as growth, and a look at everything there is stops the server: 0.6 s with 5,000 pages open.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_MAX, *gc.get_threshold()[1:])
