"""What is in a catalogue, as its files say it. Pure."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from cases.views.names import Bilingual

HUMAN: Final = "human"
"""Where an answer leads when only a person can help: to 在线咨询."""


class Words(BaseModel):
    """What people read. Where there is no English yet, they read the Chinese."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: Annotated[str, Field(min_length=1, max_length=2_000)]
    en: Annotated[str, Field(max_length=2_000)] = ""

    @property
    def shown(self) -> Bilingual:
        return Bilingual(self.zh, self.en or self.zh)


def _as_words(written: Any) -> Any:
    return {"zh": written} if isinstance(written, str) else written


LegalBasis = Annotated[Words, BeforeValidator(_as_words)]
"""Words; Chinese alone in catalogues that were written before there was English of it."""


class Content(BaseModel):
    """A part of a catalogue file: nothing unknown is in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Region(Content):
    """A province (2 digits), city (4), district (6) or town (9)."""

    code: Annotated[str, Field(pattern=r"^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9})$")]
    name: Words


class Regions(Content):
    source: str
    as_of: date
    regions: tuple[Region, ...]


class ChoiceOfAnswer(Content):
    """An answer, and where it leads: to a question, a topic, or a person (``human``)."""

    id: Annotated[str, Field(pattern=r"^[a-z]$")]
    text: Words
    to: Annotated[str, Field(pattern=r"^(Q[0-9]{4}|T[0-9]{2,3}|human)$")]


class Question(Content):
    id: Annotated[str, Field(pattern=r"^Q[0-9]{4}$")]
    text: Words
    answers: Annotated[tuple[ChoiceOfAnswer, ...], Field(min_length=2, max_length=12)]


class Subcategory(Content):
    """业务小类, with its questions; the first one begins."""

    id: Annotated[str, Field(pattern=r"^S[0-9]{4}$")]
    name: Words
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=30)]


class Category(Content):
    """业务大类."""

    id: Annotated[str, Field(pattern=r"^C[0-9]{2}$")]
    name: Words
    subcategories: Annotated[tuple[Subcategory, ...], Field(min_length=1, max_length=20)]


class Categories(Content):
    categories: tuple[Category, ...]


class Channel(Content):
    """办理路径. ``inside``: done in Shuitong; ``url``: where else it is done, none where it is no page."""

    id: Annotated[str, Field(pattern=r"^[a-z_]{2,20}$")]
    name: Words
    about: Words
    url: Annotated[str, Field(pattern=r"^https://")] | None = None
    inside: bool = False


class Channels(Content):
    channels: tuple[Channel, ...]


class MaterialNeed(StrEnum):
    """必报, 条件报送, or only to be known."""

    REQUIRED = "required"
    CONDITIONAL = "conditional"
    NOTE = "note"


class Material(Content):
    """What has to be brought. ``copies``: at a counter; ``original_seen``: looked at and given back."""

    text: Words
    need: MaterialNeed
    copies: Annotated[int, Field(ge=0, le=9)] = 0
    original_seen: bool = False


class Node(Content):
    """业务办理节点. ``immediate``: done while one waits (即办); ``promised_days``: working days if not."""

    id: Annotated[str, Field(pattern=r"^N[0-9]$")]
    name: Words
    immediate: bool
    promised_days: Annotated[int, Field(ge=1, le=60)]


class FormOfTopic(Content):
    form: Annotated[str, Field(pattern=r"^F[0-9]{2}$")]
    required: bool


class Topic(Content):
    """A business: what its notice says, in which ways it is done, its nodes and forms. ``channels``: ranked,
    the best first; ``verified``: all of it was found in a source, the others are to be checked.
    """

    id: Annotated[str, Field(pattern=r"^T[0-9]{2,3}$")]
    name: Words
    subcategories: Annotated[tuple[str, ...], Field(min_length=1)]
    overview: Words
    time_limit: Words
    channels: Annotated[tuple[str, ...], Field(min_length=1)]
    backoffice: bool
    assist: bool
    nodes: Annotated[tuple[Node, ...], Field(min_length=1, max_length=9)]
    forms: Annotated[tuple[FormOfTopic, ...], Field(max_length=5)]
    materials: Annotated[tuple[Material, ...], Field(max_length=20)]
    basis: LegalBasis
    note: Words | None = None
    checked_on: date
    sources: tuple[str, ...]
    verified: bool


class Topics(Content):
    topics: tuple[Topic, ...]


class Consent(Content):
    """A text that is agreed to, by its id."""

    id: Annotated[str, Field(pattern=r"^consent\.[a-z.]+\.v[0-9]+$")]
    title: Words
    text: Words


class Consents(Content):
    consents: tuple[Consent, ...]


class Reason(Content):
    """Why forms are rejected; ``text`` and ``advice`` are what the officer begins with."""

    id: Annotated[str, Field(pattern=r"^R[0-9]{2}$")]
    name: Words
    text: str
    advice: str


class Reasons(Content):
    reasons: tuple[Reason, ...]
