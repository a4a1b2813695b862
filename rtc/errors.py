"""Every error that leaves this package; `code` is stable and may be shown to clients."""

from typing import ClassVar


class MediaError(Exception):
    """Root of the tree; never raised itself."""

    code: ClassVar[str] = "media_error"


class CallUnknown(MediaError):
    """No call has this id (never opened, or ended so long ago that it is forgotten)."""

    code = "call_unknown"


class CallEnded(MediaError):
    """The call is over; it is not opened again under the same id."""

    code = "call_ended"


class CallFull(MediaError):
    """The relay carries `calls_max` calls already."""

    code = "call_full"


class LegUnknown(MediaError):
    """That side has no connection in this call now (it never joined, or it left)."""

    code = "leg_unknown"


class OfferStale(MediaError):
    """The answer is to an offer that a newer generation or an answered revision replaced."""

    code = "offer_stale"


class AnswerInvalid(MediaError):
    """The answer is not an SDP that fits the offer; the text says what is wrong with it."""

    code = "answer_invalid"


class MediaUnavailable(MediaError):
    """The relay is not running (not started, stopping, or its port is gone)."""

    code = "media_unavailable"
