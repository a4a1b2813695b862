"""What is refused to people about their accounts."""

from enum import StrEnum

from cases.errors import CaseworkError


class PasswordFault(StrEnum):
    """What is wrong with a password that somebody chose."""

    TOO_SHORT = "password_too_short"
    TOO_COMMON = "password_too_common"
    ABOUT_THE_PERSON = "password_about_the_person"
    THE_OLD_ONE = "password_the_old_one"


class PasswordRefused(CaseworkError):
    """A chosen password breaks a rule: ``field`` and the ``fault``'s own code."""

    code = "password_refused"

    def __init__(self, fault: PasswordFault) -> None:
        super().__init__(fault.value)
        self.field = "new_password"
        self.fault = fault.value


class StepNeeded(CaseworkError):
    """The password was right, and there is another step to the log-in. ``challenge`` is brought along."""

    code = "step_needed"

    def __init__(self, challenge: str) -> None:
        super().__init__("not signed in yet")
        self.challenge = challenge


class SecondFactorNeeded(StepNeeded):
    """The code of the second factor."""

    code = "second_factor_needed"


class NewPasswordNeeded(StepNeeded):
    """The password was given by somebody else: the officer chooses one."""

    code = "new_password_needed"


class EnrolmentNeeded(StepNeeded):
    """The product wants a second factor of every officer, and this one has none yet."""

    code = "enrolment_needed"


class LogInAgain(CaseworkError):
    """The log-in took too long, or what it was at has changed meanwhile."""

    code = "log_in_again"


class CodeWrong(CaseworkError):
    """No code of that second factor, or one that was used before: which of the two is not told."""

    code = "code_wrong"


class SecondFactorOff(CaseworkError):
    """The product is set up without second factors."""

    code = "second_factor_off"


class SecondFactorPresent(CaseworkError):
    """There is one already; it is taken away first."""

    code = "second_factor_present"


class SecondFactorMissing(CaseworkError):
    """There is none, or none whose enrolment was begun."""

    code = "second_factor_missing"


class SecondFactorRequired(CaseworkError):
    """It cannot be taken away: the product wants one of every officer."""

    code = "second_factor_required"


class SessionUnknown(CaseworkError):
    """No such session of this person."""

    code = "session_unknown"


class OfficerUnknown(CaseworkError):
    """No such officer."""

    code = "officer_unknown"


class OfficerChanged(CaseworkError):
    """Somebody else changed the officer meanwhile."""

    code = "officer_changed"


class StaffNumberTaken(CaseworkError):
    """Another officer has that staff number."""

    code = "staff_number_taken"


class LastAdmin(CaseworkError):
    """Nobody could set anything up any more."""

    code = "last_admin"
