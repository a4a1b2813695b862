"""What a person is shown of guidance. ``version``: of the catalogue, by which the page asks for the rest."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from cases.guidance.models import MaterialNeed
from cases.views.names import Bilingual


@dataclass(frozen=True, slots=True)
class RegionView:
    """``parts``: how many regions lie in it."""

    code: str
    name: Bilingual
    parts: int


@dataclass(frozen=True, slots=True)
class RegionsView:
    """The regions in one (or the provinces), and the way there from the province on."""

    way: tuple[RegionView, ...]
    regions: tuple[RegionView, ...]


@dataclass(frozen=True, slots=True)
class SubcategoryView:
    subcategory_id: str
    name: Bilingual
    topics: int


@dataclass(frozen=True, slots=True)
class CategoryView:
    category_id: str
    name: Bilingual
    subcategories: tuple[SubcategoryView, ...]


@dataclass(frozen=True, slots=True)
class CategoriesView:
    version: str
    categories: tuple[CategoryView, ...]


@dataclass(frozen=True, slots=True)
class AnswerView:
    answer_id: str
    text: Bilingual


@dataclass(frozen=True, slots=True)
class QuestionView:
    question_id: str
    text: Bilingual
    answers: tuple[AnswerView, ...]


@dataclass(frozen=True, slots=True)
class AnsweredView:
    """A question that was answered; ``answer``: none for 说不清."""

    question_id: str
    text: Bilingual
    answer_id: str
    answer: Bilingual | None


@dataclass(frozen=True, slots=True)
class TopicName:
    topic_id: str
    name: Bilingual
    overview: Bilingual


class Ending(StrEnum):
    """What the answers lead to."""

    QUESTION = "question"
    TOPIC = "topic"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class WalkView:
    """Where the answers lead (S3): to the next question, a topic, or to a person (在线咨询)."""

    version: str
    subcategory_id: str
    subcategory: Bilingual
    answered: tuple[AnsweredView, ...]
    ending: Ending
    question: QuestionView | None
    topic: TopicName | None


@dataclass(frozen=True, slots=True)
class TopicList:
    """Topics of a subcategory, or those found by words. ``cut``: whether there are more."""

    version: str
    topics: tuple[TopicName, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class NodeView:
    """业务办理节点. ``immediate``: done within the call; else ``promised_days`` working days."""

    node_id: str
    name: Bilingual
    immediate: bool
    promised_days: int


@dataclass(frozen=True, slots=True)
class MaterialView:
    """``copies``: at a counter; online none are needed of who is verified."""

    text: Bilingual
    need: MaterialNeed
    copies: int
    original_seen: bool


@dataclass(frozen=True, slots=True)
class ChannelView:
    """办理路径. ``inside``: done here; ``url``: where else."""

    channel_id: str
    name: Bilingual
    about: Bilingual
    inside: bool
    url: str | None


@dataclass(frozen=True, slots=True)
class FormName:
    form_id: str
    name: Bilingual
    required: bool


@dataclass(frozen=True, slots=True)
class TopicView:
    """A topic, whole (S4–S7). ``channels``: ranked, the best first."""

    version: str
    topic_id: str
    name: Bilingual
    overview: Bilingual
    nodes: tuple[NodeView, ...]
    channels: tuple[ChannelView, ...]
    forms: tuple[FormName, ...]
    backoffice: bool
    assist: bool


@dataclass(frozen=True, slots=True)
class NoticeView:
    """一次性告知书 (S5). ``is_verified``: all of it was found in a source; else parts are to be checked.
    ``caution``: what is printed below.
    """

    version: str
    topic_id: str
    node_id: str
    title: Bilingual
    node: Bilingual
    overview: Bilingual
    materials: tuple[MaterialView, ...]
    time_limit: Bilingual
    basis: Bilingual
    fee: Bilingual
    note: Bilingual | None
    channels: tuple[ChannelView, ...]
    checked_on: date
    is_verified: bool
    caution: Bilingual


@dataclass(frozen=True, slots=True)
class FormDefinitionView:
    """A form, as pages draw and check it. ``definition``: see docs/FORMS.md."""

    version: str
    form_id: str
    name: Bilingual
    definition: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ConsentView:
    consent_id: str
    title: Bilingual
    text: Bilingual


@dataclass(frozen=True, slots=True)
class ConsentsView:
    version: str
    consents: tuple[ConsentView, ...]


@dataclass(frozen=True, slots=True)
class ReasonView:
    """Why forms are rejected (S32); {…} in the text is the officer's to fill in. ``written``: an admin put
    these words in the place of the catalogue's.
    """

    reason: str
    name: Bilingual
    text: str
    advice: str
    written: bool


@dataclass(frozen=True, slots=True)
class ReasonsView:
    version: str
    reasons: tuple[ReasonView, ...]


class FavouriteKind(StrEnum):
    """What became a favourite: a topic with the node that was picked (S4), or its notice (S5)."""

    TOPIC = "topic"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class FavouriteView:
    """``is_offered``: whether today's catalogue still has it."""

    favourite_id: str
    kind: FavouriteKind
    topic_id: str
    node_id: str
    name: Bilingual
    node: Bilingual
    region_code: str
    made_at_ms: int
    is_offered: bool


@dataclass(frozen=True, slots=True)
class FavouritesView:
    """A page of them, the latest first."""

    at_ms: int
    favourites: tuple[FavouriteView, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class CatalogueReloaded:
    """``changed``: whether another version is in use now."""

    version: str
    changed: bool
    topics: int
    forms: int


class ChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class CatalogueChange:
    """One value that is another one. ``place``: where it stands in the file, such as ``topics/T24/name/zh``;
    empty for a whole file.
    """

    file: str
    place: str
    kind: ChangeKind
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class CatalogueChanges:
    """What differs between two versions; ``count`` of them, of which the first are told."""

    before: str
    after: str
    changes: tuple[CatalogueChange, ...]
    count: int


@dataclass(frozen=True, slots=True)
class CatalogueChecked:
    """What the files would be taken as, and what is different in them from the version in use."""

    version: str
    topics: int
    forms: int
    changes: CatalogueChanges


@dataclass(frozen=True, slots=True)
class CatalogueVersion:
    """``loaded_at_ms``: when it was taken last."""

    version: str
    loaded_at_ms: int


@dataclass(frozen=True, slots=True)
class CatalogueVersions:
    """The versions that are kept, the newest first; ``in_use``: what business is begun with now."""

    in_use: str
    versions: tuple[CatalogueVersion, ...]
    at_ms: int
