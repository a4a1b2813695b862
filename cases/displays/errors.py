"""What displays refuse."""

from cases.errors import CaseworkError


class DisplayUnknown(CaseworkError):
    """No display has that key (any more), or the hall has no such display."""

    code = "display_unknown"


class TooManyDisplays(CaseworkError):
    """The hall has as many displays as are allowed."""

    code = "too_many_displays"
