"""The bounds of tickets on paper. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReceptionPolicy:
    """``bound_max``: open paper tickets that a taxpayer has at a time; ``listed_max``: rows of one answer."""

    bound_max: int = 5
    listed_max: int = 50
