"""Question by question to a topic (S3). Pure; going back is leaving out the last answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from cases.guidance.errors import AnswerUnknown, SubcategoryUnknown
from cases.guidance.loading import Bundle
from cases.guidance.models import HUMAN, Question, Topic


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was answered, and with what."""

    question: Question
    answer_id: str


@dataclass(frozen=True, slots=True)
class Walk:
    """Where the answers lead: to a question, a topic, or (neither) to a person."""

    asked: tuple[Asked, ...]
    question: Question | None
    topic: Topic | None


def walk(bundle: Bundle, subcategory_id: str, answer_ids: Sequence[str]) -> Walk:
    """From the first question of the subcategory on. Raises SubcategoryUnknown, AnswerUnknown (also for an
    answer after the end).
    """
    subcategory = bundle.subcategories.get(subcategory_id)
    if subcategory is None:
        raise SubcategoryUnknown(subcategory_id)
    asked: list[Asked] = []
    to = subcategory.questions[0].id
    for answer_id in answer_ids:
        question = bundle.questions.get(to)
        if question is None:
            raise AnswerUnknown("the questions are over")
        answer = next((one for one in question.answers if one.id == answer_id), None)
        if answer is None and answer_id != HUMAN:
            raise AnswerUnknown(f"{question.id} has no such answer")
        asked.append(Asked(question, answer_id))
        # 说不清: nobody has to know the answer.
        to = HUMAN if answer is None else answer.to
    return Walk(tuple(asked), bundle.questions.get(to), bundle.topics.get(to))
