"""The console knows every action by its word."""

import re
from pathlib import Path

from cases.trail.actions import ACTIONS

NAMES = Path(__file__).parents[3] / "web_client" / "src" / "officer" / "wall" / "actions.ts"


def test_every_action_has_a_word_on_the_page_of_the_trail() -> None:
    # That each of these names has a word in both languages is checked with the types of the texts.
    found = re.findall(r"^  '([a-z_.]+)',$", NAMES.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(found) == sorted(ACTIONS)
