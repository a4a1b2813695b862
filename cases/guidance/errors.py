"""What guidance refuses."""

from dataclasses import dataclass

from cases.errors import CaseworkError


class RegionUnknown(CaseworkError):
    """The catalogue has no such region."""

    code = "region_unknown"


class SubcategoryUnknown(CaseworkError):
    """The catalogue has no such subcategory."""

    code = "subcategory_unknown"


class AnswerUnknown(CaseworkError):
    """The questions of the subcategory have no such answer, or not in this order."""

    code = "answer_unknown"


class ReasonUnknown(CaseworkError):
    """The catalogue has no such reason."""

    code = "reason_unknown"


class FavouriteUnknown(CaseworkError):
    """The taxpayer has no such favourite."""

    code = "favourite_unknown"


@dataclass(frozen=True, slots=True)
class ContentFault:
    """What is wrong with a catalogue file, and where (``line`` counts from 1)."""

    file: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.why}"


class CatalogueInvalid(CaseworkError):
    """The catalogue's files are wrong; each fault is named."""

    code = "catalogue_invalid"

    def __init__(self, faults: tuple[ContentFault, ...]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults
