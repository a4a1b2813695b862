"""From catalogue files to a catalogue: everything that refers to something else is looked up here. Pure."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from cases.forms.definitions import FormDefinition, parse_form
from cases.forms.errors import FormInvalid
from cases.forms.formset import FormSet
from cases.forms.rates import Rate, rates_of
from cases.guidance.errors import CatalogueInvalid, ContentFault
from cases.guidance.files import Document, document
from cases.guidance.linking import check_questions
from cases.guidance.models import (
    Categories,
    Category,
    Channel,
    Channels,
    Consent,
    Consents,
    Content,
    Question,
    Reason,
    Reasons,
    Region,
    Regions,
    Subcategory,
    Topic,
    Topics,
)

REGION_PARENTS: Final = {2: 0, 4: 2, 6: 4, 9: 4}
"""How many digits of its code name what a region lies in, by the length of the code. Towns of nine digits are
those of the cities without districts.
"""
FAULTS_MAX: Final = 200

C = TypeVar("C", bound=Content)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A whole catalogue of one version. ``files``: what it was read from."""

    version: str
    files: Mapping[str, str] = field(repr=False)
    regions: Mapping[str, Region] = field(repr=False)
    categories: Mapping[str, Category] = field(repr=False)
    subcategories: Mapping[str, Subcategory] = field(repr=False)
    questions: Mapping[str, Question] = field(repr=False)
    topics: Mapping[str, Topic] = field(repr=False)
    channels: Mapping[str, Channel] = field(repr=False)
    consents: Mapping[str, Consent] = field(repr=False)
    reasons: Mapping[str, Reason] = field(repr=False)
    forms: FormSet = field(repr=False)

    def children(self, code: str | None) -> tuple[Region, ...]:
        """The regions that lie in one, by code; the provinces for none."""
        return tuple(region for region in self.regions.values() if parent_of(region.code) == code)


def parent_of(code: str) -> str | None:
    """The region that a region lies in; none of a province."""
    return code[: REGION_PARENTS[len(code)]] or None


def version_of(files: Mapping[str, str]) -> str:
    """The same for the same content."""
    digest = hashlib.sha256()
    for name, text in sorted(files.items()):
        for part in (name, text):
            encoded = part.encode()
            digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()[:16]


def bundle_of(files: Mapping[str, str]) -> Bundle:
    """Raises CatalogueInvalid, with everything that is wrong as far as it can be seen at once."""
    return _Loading(files).bundle()


class _Loading:
    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self._faults: list[ContentFault] = []

    def bundle(self) -> Bundle:
        documents = {
            name: found for name, text in sorted(self._files.items()) if (found := self._read(name, text))
        }
        regions = self._one(documents, "regions.json", Regions, "regions", lambda one: one.code)
        categories = self._one(documents, "categories.yaml", Categories, "categories", lambda one: one.id)
        channels = self._one(documents, "channels.yaml", Channels, "channels", lambda one: one.id)
        consents = self._one(documents, "consents.yaml", Consents, "consents", lambda one: one.id)
        reasons = self._one(documents, "reasons.yaml", Reasons, "reasons", lambda one: one.id)
        topics, places = self._topics(documents)
        forms = self._forms(documents)
        subcategories, questions = self._tree(documents, categories)
        self._refuse()
        self._check_regions(documents["regions.json"], regions)
        self._check_topics(topics, places, subcategories, channels, forms)
        self._faults += check_questions(documents["categories.yaml"], categories, questions, topics, places)
        self._refuse()
        return Bundle(
            version_of(self._files), self._files, regions, categories, subcategories, questions, topics,
            channels, consents, reasons, FormSet(forms),
        )  # fmt: skip

    def _refuse(self) -> None:
        if self._faults:
            raise CatalogueInvalid(tuple(self._faults[:FAULTS_MAX]))

    def _read(self, name: str, text: str) -> Document | None:
        try:
            return document(name, text)
        except CatalogueInvalid as error:
            self._faults += error.faults
            return None

    def _one(
        self,
        documents: Mapping[str, Document],
        name: str,
        kind: type[C],
        part: str,
        key: Callable[[Any], str],
    ) -> dict[str, Any]:
        """The parts of one file by their ids."""
        if name not in documents:
            if name not in self._files:
                self._faults.append(ContentFault(name, 1, "the file is missing"))
            return {}
        return self._parts(documents[name], kind, part, key)

    def _parts(self, source: Document, kind: type[C], part: str, key: Callable[[Any], str]) -> dict[str, Any]:
        try:
            listed = getattr(source.as_(kind), part)
        except CatalogueInvalid as error:
            self._faults += error.faults
            return {}
        found: dict[str, Any] = {}
        for number, one in enumerate(listed):
            if key(one) in found:
                self._faults.append(source.fault(f"{key(one)} is there twice", part, number))
            found[key(one)] = one
        return found

    def _topics(
        self, documents: Mapping[str, Document]
    ) -> tuple[dict[str, Topic], dict[str, tuple[Document, int]]]:
        topics: dict[str, Topic] = {}
        places: dict[str, tuple[Document, int]] = {}
        for name, source in documents.items():
            if not name.startswith("topics/"):
                continue
            for number, topic in enumerate(
                self._parts(source, Topics, "topics", lambda one: one.id).values()
            ):
                if topic.id in topics:
                    self._faults.append(source.fault(f"{topic.id} is there twice", "topics", number))
                topics[topic.id], places[topic.id] = topic, (source, number)
        return topics, places

    def _forms(self, documents: Mapping[str, Document]) -> dict[str, FormDefinition]:
        forms: dict[str, FormDefinition] = {}
        rates = self._rates(documents)
        for name, source in documents.items():
            if not name.startswith("forms/"):
                continue
            try:
                form = parse_form(source.content, rates)
            except FormInvalid as error:
                self._of_form(source, error)
                continue
            if form.form_id in forms:
                self._faults.append(source.fault(f"{form.form_id} is there twice"))
            forms[form.form_id] = form
        return forms

    def _rates(self, documents: Mapping[str, Document]) -> Mapping[str, Rate]:
        if "rates.yaml" not in documents:
            return {}
        try:
            return rates_of(documents["rates.yaml"].content)
        except FormInvalid as error:
            self._of_form(documents["rates.yaml"], error)
            return {}

    def _of_form(self, source: Document, error: FormInvalid) -> None:
        path = [int(part) if part.isdecimal() else part for part in error.path.split(".") if part]
        self._faults.append(source.fault(f"{error.path or 'the file'}: {error.why}", *path))

    def _tree(
        self, documents: Mapping[str, Document], categories: Mapping[str, Category]
    ) -> tuple[dict[str, Subcategory], dict[str, Question]]:
        subcategories: dict[str, Subcategory] = {}
        questions: dict[str, Question] = {}
        for number, category in enumerate(categories.values()):
            for order, subcategory in enumerate(category.subcategories):
                path = ("categories", number, "subcategories", order)
                if subcategory.id in subcategories:
                    self._fault(documents, f"{subcategory.id} is there twice", *path)
                subcategories[subcategory.id] = subcategory
                for place, question in enumerate(subcategory.questions):
                    if question.id in questions:
                        self._fault(documents, f"{question.id} is there twice", *path, "questions", place)
                    questions[question.id] = question
        return subcategories, questions

    def _fault(self, documents: Mapping[str, Document], why: str, *path: str | int) -> None:
        self._faults.append(documents["categories.yaml"].fault(why, *path))

    def _check_regions(self, source: Document, regions: Mapping[str, Region]) -> None:
        for number, region in enumerate(regions.values()):
            parent = parent_of(region.code)
            if parent is not None and parent not in regions:
                self._faults.append(source.fault(f"{region.code} lies in no region", "regions", number))

    def _check_topics(
        self,
        topics: Mapping[str, Topic],
        places: Mapping[str, tuple[Document, int]],
        subcategories: Mapping[str, Subcategory],
        channels: Mapping[str, Channel],
        forms: Mapping[str, FormDefinition],
    ) -> None:
        for topic in topics.values():
            source, number = places[topic.id]
            wanted: tuple[tuple[str, list[str], Mapping[str, Any]], ...] = (
                ("subcategories", list(topic.subcategories), subcategories),
                ("channels", list(topic.channels), channels),
                ("forms", [one.form for one in topic.forms], forms),
            )
            for part, ids, known in wanted:
                for missing in sorted({one for one in ids if one not in known}):
                    self._faults.append(
                        source.fault(f"no {missing} in the catalogue", "topics", number, part)
                    )
                if len(set(ids)) != len(ids):
                    self._faults.append(source.fault("the same twice", "topics", number, part))
            if len({node.id for node in topic.nodes}) != len(topic.nodes):
                self._faults.append(source.fault("a node twice", "topics", number, "nodes"))
