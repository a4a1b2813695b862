"""What the face step refuses."""

from cases.errors import CaseworkError


class FaceNotEnrolled(CaseworkError):
    """There is no reference of this person: an officer has to see them once."""

    code = "face_not_enrolled"


class FaceCheckOff(CaseworkError):
    """The product is set up without a check that looks at pictures."""

    code = "face_check_off"


class FaceUnclear(CaseworkError):
    """Not exactly one face, or too small a one."""

    code = "face_unclear"


class PoseWrong(CaseworkError):
    """The face is not turned as was asked for."""

    code = "pose_wrong"


class FaceMismatch(CaseworkError):
    """Another person than the reference, or than in the pictures before. The attempt is over."""

    code = "face_mismatch"


class FaceAttemptUnknown(CaseworkError):
    """No such attempt, or one that is over."""

    code = "face_attempt_unknown"


class FaceBusy(CaseworkError):
    """Too many pictures wait to be looked at, or looking at one failed."""

    code = "face_busy"
