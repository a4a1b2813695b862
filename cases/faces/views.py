"""What a person is shown of the face step. As in ``cases.views``: times are UTC ms."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaceStep:
    """What the page asks for next: ``front``, or the face turned to the person's ``left`` or ``right``; none:
    it is passed. ``left``: how many pictures are to come.
    """

    pose: str | None
    left: int


@dataclass(frozen=True, slots=True)
class FaceEnrolment:
    """An officer makes a reference: with which id a picture is sent, and until when."""

    enrolment_id: str
    ends_at_ms: int


@dataclass(frozen=True, slots=True)
class FaceEnrolled:
    """The taxpayer has a reference now."""

    taxpayer_id: str
