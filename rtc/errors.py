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


class MediaUnreachable(MediaError):
    """Redis, over which media workers are driven, does not answer. Running calls go on; repeat it later."""

    code = "media_unreachable"


class MediaNoWorker(MediaError):
    """No media worker is there that may carry a call now; one that begins takes the call."""

    code = "media_no_worker"


class MediaNoAnswer(MediaError):
    """The worker of the call gave no answer in time. It may have done what it was asked; a repeat is safe."""

    code = "media_no_answer"


class MediaBusy(MediaError):
    """More commands wait for the worker of the call than may wait."""

    code = "media_busy"


class MessageInvalid(MediaError):
    """A message between a server and a media worker is not as it has to be; nothing came of it."""

    code = "media_message_invalid"
