"""What casework asks the catalogue: what a business is, which forms it takes, and what is wrong with one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from cases.casework.errors import FormFault
from cases.forms.model import Filler
from cases.views.names import Bilingual

CONSULT: Final = Bilingual("在线咨询", "Online consultation")
"""What a consult is called, which is of no topic."""


@dataclass(frozen=True, slots=True)
class BusinessForm:
    """One form of a business; ``required``: nothing is submitted without it."""

    form_id: str
    name: Bilingual
    required: bool


@dataclass(frozen=True, slots=True)
class Business:
    """A node of a topic. ``backoffice``, ``assist``: whether it can be done in that mode; ``immediate``: it
    is done within the call (即办); ``promised_days``: working days after which the back office is done.
    """

    topic_id: str
    node_id: str
    name: Bilingual
    node_name: Bilingual
    forms: tuple[BusinessForm, ...]
    backoffice: bool
    assist: bool
    immediate: bool
    promised_days: int


@dataclass(frozen=True, slots=True)
class CheckedForm:
    """Values as they are kept, with what is computed from them, and what is wrong."""

    values: Mapping[str, Any]
    faults: tuple[FormFault, ...]


class Catalogue(Protocol):
    """The catalogue of guidance, by its versions."""

    @property
    def version(self) -> str:
        """The one that new cases are begun with."""

    async def business(self, version: str, topic_id: str, node_id: str) -> Business:
        """Raises TopicUnknown."""

    async def check(
        self,
        version: str,
        form_id: str,
        values: Mapping[str, Any],
        attachment_kinds: Sequence[str],
        today: str,
    ) -> CheckedForm:
        """Everything that can be said of a form by itself. ``today``: YYYY-MM-DD at the hall. Raises
        FormUnknown.
        """

    async def copy_of(self, version: str, form_id: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """What of an approved form goes into a new draft. Raises FormUnknown."""

    async def prefilled(self, version: str, form_id: str, filler: Filler) -> Mapping[str, Any]:
        """A new draft with what is known of the taxpayer. Raises FormUnknown."""
