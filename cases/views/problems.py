"""What a refused request is told (RFC 9457)."""

from dataclasses import dataclass

from cases.views.names import SlotView


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field of the input that is wrong: its path (``certificate_number``), a code and a sentence."""

    field: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as a person and a program read it (RFC 9457): ``detail`` is in the reader's language.

    ``type`` is ``urn:shuitong:problem:<code>``; ``retry_after_ms`` where waiting helps; ``slots``: those to
    choose from where the wanted one is full; ``challenge``: what the next step of a log-in is asked with.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    fields: tuple[FieldProblem, ...] = ()
    retry_after_ms: int | None = None
    slots: tuple[SlotView, ...] = ()
    challenge: str | None = None
