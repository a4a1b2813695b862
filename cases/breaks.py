"""Why an officer is on a break: one of a few reasons, and for another one a few words. Pure."""

from typing import Final

from cases.errors import BreakReasonMissing
from cases.views.desks import BreakReason, OnBreak

REASON_TEXT_MAX_CHARS: Final = 40


def chosen_break(reason: BreakReason | None, text: str) -> OnBreak:
    """What the officer says of a break. The words belong to ``other`` only, and it has to have some.

    Raises BreakReasonMissing.
    """
    words = text.strip()
    if reason is None or (reason is BreakReason.OTHER and not words):
        raise BreakReasonMissing("a break without a reason")
    return OnBreak(reason, words if reason is BreakReason.OTHER else "")
