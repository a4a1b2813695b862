"""What casework refuses besides what the stages of a case forbid (``cases.stages.errors``)."""

from dataclasses import dataclass

from cases.errors import CaseworkError


class TopicUnknown(CaseworkError):
    """The catalogue has no such topic or node, or it is not done here."""

    code = "topic_unknown"


class FormUnknown(CaseworkError):
    """The case has no such form."""

    code = "form_unknown"


class FormChanged(CaseworkError):
    """Another page saved the form meanwhile (``version`` is the newest)."""

    code = "form_changed"

    def __init__(self, version: int) -> None:
        super().__init__(f"at version {version}")
        self.version = version


@dataclass(frozen=True, slots=True)
class FormFault:
    """What is wrong with a form: where (form id, a dot, path of the field) and the code of what."""

    field: str
    code: str


class FormsIncomplete(CaseworkError):
    """Forms are missing or wrong; each fault is named."""

    code = "forms_incomplete"

    def __init__(self, faults: tuple[FormFault, ...]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


class ModeRefused(CaseworkError):
    """This business is not done in that way."""

    code = "mode_refused"


class ConsentMissing(CaseworkError):
    """The back office works only for who agreed to it."""

    code = "consent_missing"


class TooManyDrafts(CaseworkError):
    """The taxpayer has as many drafts as are kept."""

    code = "too_many_drafts"


class ReviewTaken(CaseworkError):
    """Another officer reviews it just now."""

    code = "review_taken"


class WorkTaken(CaseworkError):
    """Another officer works on it."""

    code = "work_taken"


class PaymentUnknown(CaseworkError):
    """The case has no such payment."""

    code = "payment_unknown"
