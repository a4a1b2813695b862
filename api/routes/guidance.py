"""Guidance (S3–S6), the texts that go with it, favourites (S13), and the catalogue's reload (S38)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from api.answers import Answer, Download, Handler
from api.bodies import Body, PageQuery
from api.endpoints import Audience, Binary, Endpoint
from api.requests import Asked
from cases.guidance import showing
from cases.guidance.catalogue import Catalogues
from cases.guidance.favourites import Favourites
from cases.guidance.loading import Bundle
from cases.guidance.printing import notice_page
from cases.guidance.reasons import TEXT_MAX_CHARS, Reasons, ReasonWords
from cases.guidance.views import (
    CatalogueChanges,
    CatalogueChecked,
    CatalogueReloaded,
    CatalogueVersions,
    CategoriesView,
    ConsentsView,
    FavouriteKind,
    FavouritesView,
    FormDefinitionView,
    NoticeView,
    ReasonsView,
    RegionsView,
    TopicList,
    TopicView,
    WalkView,
)
from cases.identifiers import Identifier, Written, WrittenOut

Version = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
RegionCode = Annotated[str, Field(pattern=r"^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9})$")]


class RegionQuery(Body):
    """``code``: the region whose parts are wanted; none for the provinces."""

    code: RegionCode | None = None


class VersionQuery(Body):
    """``version``: of a case's catalogue; none for the one in use."""

    version: Version | None = None


class ReasonBody(Body):
    """What an officer begins with, with {…} for what is left to them, and what is said to the officer."""

    text: Annotated[WrittenOut, Field(min_length=1, max_length=TEXT_MAX_CHARS)]
    advice: Annotated[Written, Field(max_length=TEXT_MAX_CHARS)] = ""


class ChangesQuery(Body):
    """Two versions; the order is the reader's."""

    before: Version
    after: Version


class SearchQuery(Body):
    words: Annotated[Written, Field(min_length=1, max_length=60)]


class WalkQuery(Body):
    """``answers``: the answers so far, such as ``a,c``; ``human`` stands for 说不清."""

    answers: Annotated[str, Field(pattern=r"^([a-z]|human)(,([a-z]|human)){0,19}$")] | None = None

    def answer_ids(self) -> tuple[str, ...]:
        return tuple(self.answers.split(",")) if self.answers else ()


class FavouriteBody(Body):
    """What was picked: a topic's node, or its notice."""

    favourite_kind: Literal["topic", "notice"]
    topic_id: Annotated[Identifier, Field(max_length=16)]
    node_id: Annotated[Identifier, Field(max_length=16)]
    region_code: RegionCode


@dataclass(frozen=True, slots=True)
class FavouriteKept:
    kept: bool = True


@dataclass(frozen=True, slots=True)
class FavouriteRemoved:
    removed: bool = True


NOTICE_TYPE = "text/html"
_GUIDANCE = "/api/v1/taxpayer/guidance"

LIST_REGIONS = Endpoint(
    "listRegions", "GET", f"{_GUIDANCE}/regions", "The regions in one, and the way there (S3)",
    Audience.TAXPAYER, RegionsView, query=RegionQuery, tagged=True,
)  # fmt: skip
LIST_CATEGORIES = Endpoint(
    "listCategories", "GET", f"{_GUIDANCE}/categories", "业务大类 with their 小类 (S3)",
    Audience.TAXPAYER, CategoriesView, tagged=True,
)  # fmt: skip
LIST_TOPICS = Endpoint(
    "listTopics", "GET", f"{_GUIDANCE}/subcategories/{{subcategory_id}}/topics", "The topics of one (S3)",
    Audience.TAXPAYER, TopicList, tagged=True,
)  # fmt: skip
WALK = Endpoint(
    "walkQuestions", "GET", f"{_GUIDANCE}/subcategories/{{subcategory_id}}/walk",
    "Where the answers so far lead; going back is leaving out the last one (S3)",
    Audience.TAXPAYER, WalkView, query=WalkQuery, tagged=True,
)  # fmt: skip
SEARCH_TOPICS = Endpoint(
    "searchTopics", "GET", f"{_GUIDANCE}/search", "Topics by words", Audience.TAXPAYER, TopicList,
    query=SearchQuery,
)  # fmt: skip
SEE_TOPIC = Endpoint(
    "seeTopic", "GET", f"{_GUIDANCE}/topics/{{topic_id}}",
    "A topic with its nodes, forms and ranked channels (S4, S6, S7)",
    Audience.TAXPAYER, TopicView, query=VersionQuery, tagged=True,
)  # fmt: skip
SEE_NOTICE = Endpoint(
    "seeNotice", "GET", f"{_GUIDANCE}/topics/{{topic_id}}/nodes/{{node_id}}/notice",
    "一次性告知书 of a topic's node (S5)", Audience.TAXPAYER, NoticeView, query=VersionQuery, tagged=True,
)  # fmt: skip
PRINT_NOTICE = Endpoint(
    "printNotice", "GET", f"{_GUIDANCE}/topics/{{topic_id}}/nodes/{{node_id}}/notice/page",
    "一次性告知书 as a page to be printed or saved, in the reader's language (S5)",
    Audience.TAXPAYER, Binary((NOTICE_TYPE,)), query=VersionQuery, tagged=True,
)  # fmt: skip
SEE_FORM_DEFINITION = Endpoint(
    "seeFormDefinition", "GET", f"{_GUIDANCE}/forms/{{form_id}}", "A form, as pages draw and check it (S7)",
    Audience.TAXPAYER, FormDefinitionView, query=VersionQuery, tagged=True,
)  # fmt: skip
SEE_FORM_DEFINITION_AS_OFFICER = Endpoint(
    "seeFormDefinitionAsOfficer", "GET", "/api/v1/officer/forms/{form_id}",
    "A form, as pages draw it (S32)", Audience.OFFICER, FormDefinitionView, query=VersionQuery, tagged=True,
)  # fmt: skip
LIST_CONSENTS = Endpoint(
    "listConsents", "GET", f"{_GUIDANCE}/consents", "What taxpayers are asked to agree to (S8)",
    Audience.TAXPAYER, ConsentsView, tagged=True,
)  # fmt: skip
LIST_REASONS = Endpoint(
    "listReasons", "GET", "/api/v1/officer/reasons", "Why forms are rejected (S32)",
    Audience.OFFICER, ReasonsView, tagged=True,
)  # fmt: skip
_REASON = "/api/v1/admin/reasons/{reason_id}"
WRITE_REASON = Endpoint(
    "writeReason", "PUT", _REASON, "Put other words in the place of a reason's, for every review desk (S38)",
    Audience.ADMIN, ReasonsView, body=ReasonBody,
)  # fmt: skip
RESTORE_REASON = Endpoint(
    "restoreReason", "DELETE", _REASON, "Take a reason's words from the catalogue again (S38)",
    Audience.ADMIN, ReasonsView,
)  # fmt: skip
KEEP_FAVOURITE = Endpoint(
    "keepFavourite", "PUT", "/api/v1/taxpayer/favourites",
    "A topic or notice that was picked becomes a favourite (S4, S5)",
    Audience.TAXPAYER, FavouriteKept, body=FavouriteBody,
)  # fmt: skip
LIST_FAVOURITES = Endpoint(
    "listFavourites", "GET", "/api/v1/taxpayer/favourites", "我的收藏, the latest first (S13)",
    Audience.TAXPAYER, FavouritesView, query=PageQuery,
)  # fmt: skip
REMOVE_FAVOURITE = Endpoint(
    "removeFavourite", "DELETE", "/api/v1/taxpayer/favourites/{favourite_id}", "Remove one (S13)",
    Audience.TAXPAYER, FavouriteRemoved,
)  # fmt: skip
RELOAD_CATALOGUE = Endpoint(
    "reloadCatalogue", "POST", "/api/v1/admin/catalogue/reload",
    "Read the catalogue's files anew; wrong ones are refused, with file and line (S38)",
    Audience.ADMIN, CatalogueReloaded,
)  # fmt: skip
CHECK_CATALOGUE = Endpoint(
    "checkCatalogue", "POST", "/api/v1/admin/catalogue/check",
    "Read the catalogue's files and take nothing: what is wrong with them, or what would be different (S38)",
    Audience.ADMIN, CatalogueChecked,
)  # fmt: skip
LIST_CATALOGUE_VERSIONS = Endpoint(
    "listCatalogueVersions", "GET", "/api/v1/admin/catalogue/versions", "The versions that are kept (S38)",
    Audience.ADMIN, CatalogueVersions,
)  # fmt: skip
SEE_CATALOGUE_CHANGES = Endpoint(
    "seeCatalogueChanges", "GET", "/api/v1/admin/catalogue/changes",
    "What differs between two versions (S38)", Audience.ADMIN, CatalogueChanges, query=ChangesQuery,
)  # fmt: skip

ENDPOINTS = (
    LIST_REGIONS,
    LIST_CATEGORIES,
    LIST_TOPICS,
    WALK,
    SEARCH_TOPICS,
    SEE_TOPIC,
    SEE_NOTICE,
    PRINT_NOTICE,
    SEE_FORM_DEFINITION,
    SEE_FORM_DEFINITION_AS_OFFICER,
    LIST_CONSENTS,
    LIST_REASONS,
    WRITE_REASON,
    RESTORE_REASON,
    KEEP_FAVOURITE,
    LIST_FAVOURITES,
    REMOVE_FAVOURITE,
    RELOAD_CATALOGUE,
    CHECK_CATALOGUE,
    LIST_CATALOGUE_VERSIONS,
    SEE_CATALOGUE_CHANGES,
)


class GuidanceRoutes:
    def __init__(self, catalogues: Catalogues, reasons: Reasons, favourites: Favourites) -> None:
        self._catalogues = catalogues
        self._reasons = reasons
        self._favourites = favourites

    def table(self) -> Mapping[Endpoint, Handler]:
        return {
            LIST_REGIONS: self._regions,
            LIST_CATEGORIES: self._categories,
            LIST_TOPICS: self._topics,
            WALK: self._walk,
            SEARCH_TOPICS: self._search,
            SEE_TOPIC: self._topic,
            SEE_NOTICE: self._notice,
            PRINT_NOTICE: self._print_notice,
            SEE_FORM_DEFINITION: self._form,
            SEE_FORM_DEFINITION_AS_OFFICER: self._form,
            LIST_CONSENTS: self._consents,
            LIST_REASONS: self._list_reasons,
            WRITE_REASON: self._write_reason,
            RESTORE_REASON: self._restore_reason,
            KEEP_FAVOURITE: self._keep,
            LIST_FAVOURITES: self._list,
            REMOVE_FAVOURITE: self._remove,
            RELOAD_CATALOGUE: self._reload,
            CHECK_CATALOGUE: self._check,
            LIST_CATALOGUE_VERSIONS: self._versions,
            SEE_CATALOGUE_CHANGES: self._changes,
        }

    async def _bundle(self, asked: Asked) -> Bundle:
        version = asked.query_as(VersionQuery).version
        return self._catalogues.current if version is None else await self._catalogues.of(version)

    async def _regions(self, asked: Asked) -> Answer:
        code = asked.query_as(RegionQuery).code
        return Answer(showing.regions_view(self._catalogues.current, code))

    async def _categories(self, _asked: Asked) -> Answer:
        return Answer(showing.categories_view(self._catalogues.current))

    async def _topics(self, asked: Asked) -> Answer:
        return Answer(showing.topics_view(self._catalogues.current, asked.path["subcategory_id"]))

    async def _walk(self, asked: Asked) -> Answer:
        answers = asked.query_as(WalkQuery).answer_ids()
        return Answer(showing.walk_view(self._catalogues.current, asked.path["subcategory_id"], answers))

    async def _search(self, asked: Asked) -> Answer:
        words = asked.query_as(SearchQuery).words
        return Answer(showing.search_view(self._catalogues.current, words))

    async def _topic(self, asked: Asked) -> Answer:
        return Answer(showing.topic_view(await self._bundle(asked), asked.path["topic_id"]))

    async def _notice(self, asked: Asked) -> Answer:
        path = asked.path
        return Answer(showing.notice_view(await self._bundle(asked), path["topic_id"], path["node_id"]))

    async def _print_notice(self, asked: Asked) -> Answer:
        path = asked.path
        notice = showing.notice_view(await self._bundle(asked), path["topic_id"], path["node_id"])
        page = notice_page(notice, asked.language).encode()
        tag = hashlib.sha256(page).hexdigest()[:32]
        name = f"{path['topic_id']}-{path['node_id']}.html"
        shown = Download(NOTICE_TYPE, page, len(page), file_name=name, tag=tag, is_shown=True)
        return Answer(shown)

    async def _form(self, asked: Asked) -> Answer:
        return Answer(showing.form_view(await self._bundle(asked), asked.path["form_id"]))

    async def _consents(self, _asked: Asked) -> Answer:
        return Answer(showing.consents_view(self._catalogues.current))

    async def _list_reasons(self, _asked: Asked) -> Answer:
        return Answer(await self._reasons.all())

    async def _write_reason(self, asked: Asked) -> Answer:
        body = asked.body_as(ReasonBody)
        words = ReasonWords(body.text, body.advice)
        return Answer(await self._reasons.write(asked.actor, asked.path["reason_id"], words))

    async def _restore_reason(self, asked: Asked) -> Answer:
        return Answer(await self._reasons.restore(asked.actor, asked.path["reason_id"]))

    async def _keep(self, asked: Asked) -> Answer:
        body = asked.body_as(FavouriteBody)
        await self._favourites.keep(
            asked.taxpayer, FavouriteKind(body.favourite_kind), body.topic_id, body.node_id, body.region_code
        )
        return Answer(FavouriteKept())

    async def _list(self, asked: Asked) -> Answer:
        query = asked.query_as(PageQuery)
        page = await self._favourites.page(asked.taxpayer, cursor=query.cursor, limit=query.limit)
        return Answer(page)

    async def _remove(self, asked: Asked) -> Answer:
        await self._favourites.remove(asked.taxpayer, asked.path["favourite_id"])
        return Answer(FavouriteRemoved())

    async def _reload(self, asked: Asked) -> Answer:
        reloaded = await self._catalogues.reload(asked.actor)
        return Answer(CatalogueReloaded(reloaded.version, reloaded.changed, reloaded.topics, reloaded.forms))

    async def _check(self, _asked: Asked) -> Answer:
        return Answer(await self._catalogues.look())

    async def _versions(self, _asked: Asked) -> Answer:
        return Answer(await self._catalogues.versions())

    async def _changes(self, asked: Asked) -> Answer:
        query = asked.query_as(ChangesQuery)
        return Answer(await self._catalogues.changes(query.before, query.after))
