"""What the questions and topics of a catalogue say of each other: where answers lead, circles, and what
nobody gets to. Pure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cases.guidance.errors import ContentFault
from cases.guidance.files import Document
from cases.guidance.models import HUMAN, Category, Question, Subcategory, Topic

ANSWERS_MAX: Final = 10
"""Questions from the first one to a topic, at most."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """A question and where it stands in the file."""

    question: Question
    path: Path


def check_questions(
    source: Document,
    categories: Mapping[str, Category],
    questions: Mapping[str, Question],
    topics: Mapping[str, Topic],
    topic_places: Mapping[str, tuple[Document, int]],
) -> Iterator[ContentFault]:
    """Every fault of the questions as a whole."""
    placed = {
        question.id: Placed(question, (*path, "questions", place))
        for path, subcategory in _subcategories(categories)
        for place, question in enumerate(subcategory.questions)
    }
    for one in placed.values():
        yield from _wrong_answers(source, one, questions, topics)
    onward = {
        key: [answer.to for answer in one.answers if answer.to in questions] for key, one in questions.items()
    }
    circles = _in_circles(onward)
    for key in sorted(circles):
        yield source.fault(f"the answers to {key} lead back to it", *placed[key].path)
    first = [subcategory.questions[0].id for _, subcategory in _subcategories(categories)]
    asked = _asked(first, onward, circles)
    for key, one in placed.items():
        if key not in asked and key not in circles:
            yield source.fault(f"nobody gets to {key}", *one.path)
        if asked.get(key, 0) > ANSWERS_MAX:
            yield source.fault(f"more than {ANSWERS_MAX} questions on the way to {key}", *one.path)
    reached = {answer.to for key in asked for answer in questions[key].answers}
    for key in topics:
        if key not in reached:
            document, number = topic_places[key]
            yield document.fault(f"no answer leads to {key}", "topics", number)


def _subcategories(categories: Mapping[str, Category]) -> Iterator[tuple[Path, Subcategory]]:
    for number, category in enumerate(categories.values()):
        for order, subcategory in enumerate(category.subcategories):
            yield ("categories", number, "subcategories", order), subcategory


def _wrong_answers(
    source: Document, placed: Placed, questions: Mapping[str, Question], topics: Mapping[str, Topic]
) -> Iterator[ContentFault]:
    answers = placed.question.answers
    if len({answer.id for answer in answers}) != len(answers):
        yield source.fault("an answer twice", *placed.path)
    for order, answer in enumerate(answers):
        if answer.to != HUMAN and answer.to not in questions and answer.to not in topics:
            yield source.fault(f"leads to {answer.to}, which is not there", *placed.path, "answers", order)


def _in_circles(onward: Mapping[str, list[str]]) -> set[str]:
    """The questions to which their own answers lead back."""
    found: set[str] = set()
    for start in onward:
        seen: set[str] = set()
        pending = list(onward[start])
        while pending:
            one = pending.pop()
            if one == start:
                found.add(start)
                break
            if one not in seen:
                seen.add(one)
                pending += onward[one]
    return found


def _asked(first: list[str], onward: Mapping[str, list[str]], circles: set[str]) -> dict[str, int]:
    """Every question that is asked of somebody, as the how manieth at most. Circles are not gone round."""
    latest: dict[str, int] = {}
    pending = [(key, 1) for key in first]
    while pending:
        key, place = pending.pop()
        if latest.get(key, 0) >= place:
            continue
        latest[key] = place
        pending += [(one, place + 1) for one in onward[key] if not (one in circles and one in latest)]
    return latest
