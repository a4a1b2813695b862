"""The metrics of a running server, as Prometheus would have them; and what queries want of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

PROMETHEUS_OWN: Final = frozenset({"up"})
"""What Prometheus adds itself."""
ADDED_LABELS: Final = frozenset({"instance", "job"})
NAME: Final = re.compile(r"\b((?:shuitong|process)_[a-z0-9_]+|up)\b(\{[^}]*\})?")
GROUPED: Final = re.compile(r"\b(?:by|on|ignoring|without) \(([^)]*)\)")
MATCHED: Final = re.compile(r'([a-z_]+)\s*(?:=|!=|=~|!~)\s*"')


@dataclass(frozen=True, slots=True)
class Sample:
    name: str
    labels: dict[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Metrics:
    samples: tuple[Sample, ...]

    def value(self, name: str, **labels: str) -> float:
        """The one with these labels; others may be there. Raises ValueError where it is not one."""
        (found,) = self.all(name, **labels)
        return found.value

    def all(self, name: str, **labels: str) -> list[Sample]:
        return [one for one in self.samples if one.name == name and labels.items() <= one.labels.items()]

    def labels_of(self, name: str) -> set[str]:
        return {label for one in self.samples if one.name == name for label in one.labels}

    @property
    def names(self) -> set[str]:
        return {one.name for one in self.samples}


async def metrics_at(url: str, **headers: str) -> Metrics:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        assert answer.status == 200
        return read(await answer.text())


def read(text: str) -> Metrics:
    """Raises ValueError for what Prometheus could not read."""
    found = [
        Sample(sample.name, dict(sample.labels), sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]
    return Metrics(tuple(found))


def wanted_by(query: str) -> Iterator[tuple[str, set[str]]]:
    """Each metric of a query, with the labels that are matched."""
    for name, matchers in NAME.findall(query):
        yield name, set(MATCHED.findall(matchers))


def grouped_by(query: str) -> set[str]:
    """The labels by which a query groups."""
    return {label.strip() for labels in GROUPED.findall(query) for label in labels.split(",")}
