"""What booking refuses."""

from enum import StrEnum

from cases.errors import CaseworkError
from cases.views.names import SlotView


class RuleFault(StrEnum):
    """What is wrong about a field of a hall's hours or capacities."""

    OUT_OF_RANGE = "rule_out_of_range"
    TOO_MANY = "rule_too_many"
    TWICE = "rule_twice"
    OVERLAP = "rule_overlap"
    NOT_SEVEN_DAYS = "rule_not_seven_days"
    ENDS_BEFORE_IT_BEGINS = "rule_ends_before_it_begins"
    CLOSED_WITH_HOURS = "rule_closed_with_hours"


class HallUnknown(CaseworkError):
    """No such hall."""

    code = "hall_unknown"


class SlotNotOffered(CaseworkError):
    """The hall has no such slot, or not for this, or it is too near or too far away."""

    code = "slot_not_offered"


class SlotFull(CaseworkError):
    """Every place of the slot is taken; ``slots`` are the nearest ones that have places left."""

    code = "slot_full"

    def __init__(self, slots: tuple[SlotView, ...]) -> None:
        super().__init__(f"{len(slots)} others")
        self.slots = slots


class TooManyBookings(CaseworkError):
    """The taxpayer has as many open bookings as are allowed."""

    code = "too_many_bookings"


class CaseHasBooking(CaseworkError):
    """The case has an open booking."""

    code = "case_has_booking"


class VisitBooked(CaseworkError):
    """The taxpayer comes at that time for the same topic already."""

    code = "visit_booked"


class BookingUnknown(CaseworkError):
    """No such booking of this person."""

    code = "booking_unknown"


class BookingOver(CaseworkError):
    """The booking is cancelled, was used or missed, or its slot has begun."""

    code = "booking_over"


class BookingOfCase(CaseworkError):
    """The booking belongs to a case and is changed there."""

    code = "booking_of_case"


class BookingChanged(CaseworkError):
    """The booking is not the version any more that the page shows."""

    code = "booking_changed"


class TopicNotOffered(CaseworkError):
    """No visit can be booked for this topic."""

    code = "topic_not_offered"


class CaptchaWrong(CaseworkError):
    """Another answer: this captcha is over."""

    code = "captcha_wrong"


class CaptchaExpired(CaseworkError):
    """The captcha is too old, was answered before, or is not this person's."""

    code = "captcha_expired"


class CalendarEmpty(CaseworkError):
    """The hall has no working day within the time that is looked at."""

    code = "calendar_empty"


class RulesInvalid(CaseworkError):
    """A hall's hours or capacities contradict themselves: ``field`` and the ``fault``'s own code."""

    code = "rules_invalid"

    def __init__(self, field: str, fault: RuleFault) -> None:
        super().__init__(f"{field}: {fault}")
        self.field = field
        self.fault = fault


class RulesChanged(CaseworkError):
    """Somebody else changed what is set up of the hall meanwhile."""

    code = "rules_changed"


class DayUnknown(CaseworkError):
    """No such day."""

    code = "day_unknown"


class LetterTaken(CaseworkError):
    """Another line of the hall has the letter."""

    code = "letter_taken"


class TooManyHalls(CaseworkError):
    """There are as many halls as can be."""

    code = "too_many_halls"


class TooManyDays(CaseworkError):
    """The hall has as many days of its own as are kept."""

    code = "too_many_days"
