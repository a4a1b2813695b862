"""Every text of the shipped catalogue that is shown in English is written in it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from cases.guidance.catalogue import SHIPPED
from cases.guidance.files import read_folder
from cases.guidance.loading import bundle_of

CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
QUOTED = frozenset({"Search for 粤税通 in WeChat"})
"""Where a reader has to find a Chinese word."""
NUMERALS = re.compile(r"\d+")
FILES = read_folder(SHIPPED)
BUNDLE = bundle_of(FILES)


def texts(part: Any) -> Iterator[dict[str, Any]]:
    """All that has Chinese and may have English."""
    if isinstance(part, dict):
        if isinstance(part.get("zh"), str):
            yield part
        for one in part.values():
            yield from texts(one)
    elif isinstance(part, list):
        for one in part:
            yield from texts(one)


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_has_english_for_all_its_texts(name: str) -> None:
    untranslated = [
        one["zh"]
        for one in texts(yaml.safe_load(FILES[name]))
        if not one.get("en") or (CHINESE.search(one["en"]) and one["en"] not in QUOTED)
    ]
    assert untranslated == []


@pytest.mark.parametrize("topic_id", sorted(BUNDLE.topics))
def test_a_legal_basis_is_cited_in_english_with_the_same_numbers(topic_id: str) -> None:
    basis = BUNDLE.topics[topic_id].basis
    assert basis.en
    # Those written as figures: numbers and years of announcements and orders.
    assert set(NUMERALS.findall(basis.zh)) <= set(NUMERALS.findall(basis.en))
