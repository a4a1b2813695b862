"""The catalogue in use, and the versions before it that cases were begun with."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy.exc import IntegrityError

from cases import audit
from cases.audit import SYSTEM, Actor
from cases.casework.business import Business, BusinessForm, CheckedForm
from cases.casework.errors import TopicUnknown
from cases.clock import Clock
from cases.database import Database
from cases.errors import CaseworkError, RecordsDisagree
from cases.forms.model import Filler
from cases.guidance import versions
from cases.guidance.changes import changes_of
from cases.guidance.errors import CatalogueInvalid
from cases.guidance.files import read_folder
from cases.guidance.loading import Bundle, bundle_of
from cases.guidance.models import Node, Topic
from cases.guidance.views import CatalogueChanges, CatalogueChecked, CatalogueVersions
from cases.views.names import Bilingual

log = logging.getLogger(__name__)

SHIPPED: Final = Path(__file__).parent / "content"


@dataclass(frozen=True, slots=True)
class CataloguePolicy:
    """``kept_in_memory``: versions beside the one in use; ``follow_every_s``: how often a process looks for a
    version that another one took; ``listed_max``: versions that admins are shown.
    """

    kept_in_memory: int = 8
    follow_every_s: float = 5.0
    listed_max: int = 50


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a reload came to. ``changed``: whether the version is another one now."""

    version: str
    changed: bool
    topics: int
    forms: int


class Catalogues:
    """Of one process. `load` comes before everything else.

    A version that cases may be of is kept in the records, so that they keep it over reloads, restarts and in
    other processes. The folder is read at the start and at a reload only; the version that was taken last, by
    whichever process, is the one in use.
    """

    def __init__(
        self, database: Database, clock: Clock, folder: Path = SHIPPED, policy: CataloguePolicy | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._folder = folder
        self._policy = policy or CataloguePolicy()
        self._current: Bundle | None = None
        self._others: OrderedDict[str, Bundle] = OrderedDict()
        # One change of the version in use at a time, so that the last one stays.
        self._changing = asyncio.Lock()
        # After a restart many pages ask for the same older version at once.
        self._fetching = asyncio.Lock()

    @property
    def current(self) -> Bundle:
        """The one that new business is begun with. Raises LookupError before `load`."""
        if self._current is None:
            raise LookupError("the catalogue was not loaded")
        return self._current

    @property
    def version(self) -> str:
        return self.current.version

    async def load(self) -> Reloaded:
        """Read the folder and use what is there from now on, as `reload` by the server itself."""
        return await self.reload(SYSTEM)

    async def reload(self, by: Actor) -> Reloaded:
        """Read the folder and use what is there from now on, in every process (S38).

        Raises CatalogueInvalid, OSError (no folder to be read) or RecordsUnavailable, and then everything
        stays as it was.
        """
        async with self._changing:
            bundle = await asyncio.to_thread(lambda: bundle_of(read_folder(self._folder)))
            changed = await self._take(bundle, by)
            self._use(bundle)
        return Reloaded(bundle.version, changed, len(bundle.topics), len(bundle.forms))

    async def look(self) -> CatalogueChecked:
        """Read the folder and take nothing: what would be taken, and what is different in it.

        Raises CatalogueInvalid, OSError (no folder to be read).
        """
        current = self.current

        def read() -> CatalogueChecked:
            bundle = bundle_of(read_folder(self._folder))
            different = _changes(current, bundle)
            return CatalogueChecked(bundle.version, len(bundle.topics), len(bundle.forms), different)

        return await asyncio.to_thread(read)

    async def versions(self) -> CatalogueVersions:
        """Those that are kept. Raises RecordsUnavailable."""
        async with self._database.reading() as connection:
            kept = await versions.latest(connection, self._policy.listed_max)
        return CatalogueVersions(self.version, kept, self._clock.now_ms())

    async def changes(self, before: str, after: str) -> CatalogueChanges:
        """What differs between two versions. Raises as `of`."""
        old, new = await self.of(before), await self.of(after)
        return await asyncio.to_thread(_changes, old, new)

    async def _take(self, bundle: Bundle, by: Actor) -> bool:
        """Write that it is the newest; whether it was not before."""
        try:
            return await self._taken(bundle, by)
        except IntegrityError:
            # Another process kept the same one for the first time just now.
            return await self._taken(bundle, by)

    async def _taken(self, bundle: Bundle, by: Actor) -> bool:
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            before = await versions.newest(connection)
            changed = before != bundle.version
            if changed:
                await versions.take(connection, bundle, now_ms)
            if changed or by != SYSTEM:
                detail = {"changed": changed, "before": before}
                await audit.append(
                    connection, by, "catalogue.reload", "catalogue", bundle.version, detail, now_ms
                )
        return changed

    def _use(self, bundle: Bundle) -> None:
        if self._current is not None and self._current.version != bundle.version:
            self._remember(self._current)
        self._current = bundle

    async def follow(self) -> None:
        """Use what other processes took, until cancelled. What fails is tried the next time."""
        refused = None
        while True:
            await asyncio.sleep(self._policy.follow_every_s)
            try:
                await self.catch_up()
                refused = None
            except CaseworkError as error:
                if refused != error.code:
                    log.warning("the newest catalogue could not be taken: %s", error.code)
                refused = error.code

    async def catch_up(self) -> bool:
        """Use the version that was taken last by any process; whether that is another one now. Raises
        RecordsUnavailable, RecordsDisagree (a later release wrote it, and this one cannot read it).
        """
        async with self._changing:
            async with self._database.reading() as connection:
                newest = await versions.newest(connection)
            if newest is None or newest == self.version:
                return False
            self._use(await self.of(newest))
        log.info("catalogue %s, as another process took it", newest)
        return True

    def _remember(self, bundle: Bundle) -> None:
        self._others[bundle.version] = bundle
        self._others.move_to_end(bundle.version)
        while len(self._others) > self._policy.kept_in_memory:
            self._others.popitem(last=False)

    def _known(self, version: str) -> Bundle | None:
        if version == self.current.version:
            return self.current
        if version in self._others:
            self._others.move_to_end(version)
        return self._others.get(version)

    async def of(self, version: str) -> Bundle:
        """A version that is or was in use. Raises TopicUnknown, RecordsUnavailable, RecordsDisagree (what was
        kept cannot be read any more).
        """
        known = self._known(version)
        if known is not None:
            return known
        async with self._fetching:
            known = self._known(version)
            return known if known is not None else await self._fetched(version)

    async def _fetched(self, version: str) -> Bundle:
        async with self._database.reading() as connection:
            files = await versions.files_of(connection, version)
        if files is None:
            raise TopicUnknown("no such version")
        try:
            bundle = await asyncio.to_thread(bundle_of, files)
        except CatalogueInvalid as error:
            log.error("catalogue %s cannot be read any more: %s", version, error)
            raise RecordsDisagree(f"catalogue {version}") from error
        self._remember(bundle)
        return bundle

    # What casework asks (cases.casework.business.Catalogue).

    async def business(self, version: str, topic_id: str, node_id: str) -> Business:
        return business_of(await self.of(version), topic_id, node_id)

    async def check(
        self,
        version: str,
        form_id: str,
        values: Mapping[str, Any],
        attachment_kinds: Sequence[str],
        today: str,
    ) -> CheckedForm:
        return (await self.of(version)).forms.check(form_id, values, attachment_kinds, today)

    async def copy_of(self, version: str, form_id: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return (await self.of(version)).forms.copy_of(form_id, values)

    async def prefilled(self, version: str, form_id: str, filler: Filler) -> Mapping[str, Any]:
        return (await self.of(version)).forms.prefilled(form_id, filler)


def _changes(before: Bundle, after: Bundle) -> CatalogueChanges:
    changes, count = changes_of(before.files, after.files)
    return CatalogueChanges(before.version, after.version, changes, count)


def topic_and_node(bundle: Bundle, topic_id: str, node_id: str) -> tuple[Topic, Node]:
    """Raises TopicUnknown."""
    topic = bundle.topics.get(topic_id)
    if topic is None:
        raise TopicUnknown(topic_id)
    node = next((one for one in topic.nodes if one.id == node_id), None)
    if node is None:
        raise TopicUnknown(f"{topic_id} has no {node_id}")
    return topic, node


def business_of(bundle: Bundle, topic_id: str, node_id: str) -> Business:
    """Raises TopicUnknown."""
    topic, node = topic_and_node(bundle, topic_id, node_id)
    forms = tuple(BusinessForm(one.form, bundle.forms.name(one.form), one.required) for one in topic.forms)
    return Business(
        topic.id,
        node.id,
        topic.name.shown,
        node.name.shown,
        forms,
        topic.backoffice,
        topic.assist,
        node.immediate,
        node.promised_days,
    )


@dataclass(frozen=True, slots=True)
class CatalogueTopics:
    """The business that a visit can be for (``cases.booking.visits.Topics``): what is done in halls."""

    catalogues: Catalogues

    def topic_name(self, topic_id: str) -> Bilingual | None:
        """Its name; none for one that is not there (any more)."""
        topic = self.catalogues.current.topics.get(topic_id)
        return None if topic is None else topic.name.shown
