"""An error as a person and a program read it: mapped once, for HTTP and for the socket."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from pydantic import ValidationError

from cases.booking.errors import RulesInvalid, SlotFull
from cases.casework.errors import FormsIncomplete
from cases.conversation.errors import TooManyMessages
from cases.errors import CalledByColleague, CaseworkError, CertificateRefused, TooManyGuesses
from cases.guidance.errors import CatalogueInvalid
from cases.people.errors import PasswordRefused, StepNeeded
from cases.texts import TEXTS
from cases.videos.errors import TooManyVideoRequests
from cases.views.names import SlotView
from cases.views.problems import FieldProblem, Problem
from queueing.errors import QueueError
from rtc.errors import MediaError


class Language(StrEnum):
    """The reader's language."""

    ZH = "zh-CN"
    EN = "en"


def text(code: str, language: Language) -> str:
    """The sentence of a code; that of ``unexpected`` for a code without one."""
    found = TEXTS.get(code, TEXTS["unexpected"])
    return found.en if language is Language.EN else found.zh


def problem(
    code: str,
    language: Language,
    *,
    fields: tuple[FieldProblem, ...] = (),
    retry_after_ms: int | None = None,
    slots: tuple[SlotView, ...] = (),
    challenge: str | None = None,
    named: Mapping[str, str] | None = None,
) -> Problem:
    """The problem of a code, whole; ``named``: what its sentence has gaps for."""
    known = code if code in TEXTS else "unexpected"
    sentence = text(known, language).format_map(named or {})
    return Problem(
        type=f"urn:shuitong:problem:{known}",
        title=sentence,
        status=TEXTS[known].status,
        code=known,
        detail=sentence,
        fields=fields,
        retry_after_ms=retry_after_ms,
        slots=slots,
        challenge=challenge,
    )


def field_problems(error: ValidationError) -> tuple[FieldProblem, ...]:
    """Each wrong field of an input with pydantic's code and sentence; never with its value."""
    return tuple(
        FieldProblem(".".join(str(part) for part in one["loc"])[:100], one["type"], one["msg"])
        for one in error.errors(include_url=False, include_context=False, include_input=False)[:20]
    )


CONTENT_PROBLEMS_MAX = 50
KNOWN_ERRORS = (CaseworkError, QueueError, MediaError)


def problem_of(error: CaseworkError | QueueError | MediaError, language: Language) -> Problem:
    """The problem of an error that one of the floors raised."""
    if isinstance(error, CertificateRefused | RulesInvalid | PasswordRefused):
        field = FieldProblem(error.field, error.fault, text(error.fault, language))
        return problem(error.code, language, fields=(field,))
    if isinstance(error, FormsIncomplete):
        return problem(
            error.code,
            language,
            fields=tuple(
                FieldProblem(fault.field[:100], fault.code, text(fault.code, language))
                for fault in error.faults
            ),
        )
    if isinstance(error, CalledByColleague):
        who = {"name": error.name, "staff_number": error.staff_number}
        return problem(error.code, language, named=who)
    if isinstance(error, CatalogueInvalid):
        return problem(error.code, language, fields=tuple(_content_problems(error)))
    waits = TooManyGuesses | TooManyMessages | TooManyVideoRequests
    retry_after_ms = error.retry_after_ms if isinstance(error, waits) else None
    slots = error.slots if isinstance(error, SlotFull) else ()
    challenge = error.challenge if isinstance(error, StepNeeded) else None
    return problem(error.code, language, retry_after_ms=retry_after_ms, slots=slots, challenge=challenge)


def _content_problems(error: CatalogueInvalid) -> Iterator[FieldProblem]:
    """File and line in the place of a field."""
    for fault in error.faults[:CONTENT_PROBLEMS_MAX]:
        yield FieldProblem(f"{fault.file}:{fault.line}", "catalogue_fault", fault.why[:500])


def language_of(accept_language: str | None) -> Language:
    """The reader's language from an Accept-Language header or a page's own choice; Chinese unless English
    is first.
    """
    first = (accept_language or "").split(",")[0].strip().lower()
    return Language.EN if first.startswith("en") else Language.ZH
