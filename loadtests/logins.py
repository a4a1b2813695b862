"""Who signs in as an officer."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Login:
    staff_number: str
    password: str = field(repr=False)
