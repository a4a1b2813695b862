"""The catalogue that belongs to this version: Guangdong, its business, and ways to all of it."""

from collections.abc import Iterator

import pytest

from cases.casework.business import Business
from cases.guidance.catalogue import SHIPPED, business_of
from cases.guidance.errors import AnswerUnknown, SubcategoryUnknown
from cases.guidance.files import read_folder
from cases.guidance.loading import Bundle, bundle_of
from cases.guidance.models import HUMAN
from cases.guidance.showing import notice_view, search_view, walk_view
from cases.guidance.views import Ending
from cases.guidance.walking import walk

BUNDLE = bundle_of(read_folder(SHIPPED))
CITIES_WITHOUT_DISTRICTS = {"4419": 36, "4420": 23}


def walks(bundle: Bundle, subcategory_id: str) -> Iterator[tuple[str, ...]]:
    """Every way to answer the questions of a subcategory to their end."""
    pending: list[tuple[str, ...]] = [()]
    while pending:
        answers = pending.pop()
        question = walk(bundle, subcategory_id, answers).question
        if question is None:
            yield answers
        else:
            pending += [(*answers, answer) for answer in (*(one.id for one in question.answers), HUMAN)]


WALKS = [(key, answers) for key in BUNDLE.subcategories for answers in walks(BUNDLE, key)]


def test_every_city_of_guangdong_has_its_districts_or_towns() -> None:
    cities = BUNDLE.children("44")
    assert len(cities) == 21
    for city in cities:
        below = BUNDLE.children(city.code)
        towns = CITIES_WITHOUT_DISTRICTS.get(city.code)
        assert {len(one.code) for one in below} == {9 if towns else 6}, city.name.zh
        assert not towns or len(below) == towns
    assert sum(len(one.code) == 6 for one in BUNDLE.regions.values()) == 122
    assert {one.name.zh for one in BUNDLE.children("4404")} == {"香洲区", "斗门区", "金湾区"}


def test_there_are_ten_categories_and_forty_topics_at_least() -> None:
    assert len(BUNDLE.categories) >= 10
    assert len(BUNDLE.topics) >= 40
    assert len(BUNDLE.forms) >= 12
    listed = {one for topic in BUNDLE.topics.values() for one in topic.subcategories}
    assert listed == set(BUNDLE.subcategories)


def test_answers_lead_to_every_topic_and_from_there_to_every_node() -> None:
    ends = [walk(BUNDLE, subcategory_id, answers).topic for subcategory_id, answers in WALKS]
    assert {topic.id for topic in ends if topic is not None} == set(BUNDLE.topics)
    nodes: list[Business] = [
        business_of(BUNDLE, topic.id, node.id) for topic in BUNDLE.topics.values() for node in topic.nodes
    ]
    assert len({(one.topic_id, one.node_id) for one in nodes}) == len(nodes) >= 120
    # Whatever is picked can be done in Shuitong, or there is somewhere else to go.
    assert all(one.backoffice or one.assist or BUNDLE.topics[one.topic_id].channels for one in nodes)


def test_no_walk_asks_the_same_twice_or_goes_on_for_long() -> None:
    for subcategory_id, answers in WALKS:
        asked = [one.question.id for one in walk(BUNDLE, subcategory_id, answers).asked]
        assert len(set(asked)) == len(asked) <= 6


def test_leaving_out_the_last_answer_goes_back_one_question() -> None:
    for subcategory_id, answers in WALKS:
        last = walk(BUNDLE, subcategory_id, answers).asked[-1].question
        assert walk(BUNDLE, subcategory_id, answers[:-1]).question == last


def test_who_is_not_sure_gets_to_a_person() -> None:
    shown = walk_view(BUNDLE, "S0305", ("a", HUMAN))
    assert shown.ending is Ending.HUMAN
    assert [one.answer_id for one in shown.answered] == ["a", HUMAN]
    assert shown.answered[-1].answer is None


@pytest.mark.parametrize("answers", [("z",), ("a", "a", "a"), ("a", "a", HUMAN), (HUMAN, "a")])
def test_answers_that_do_not_fit_the_questions_are_refused(answers: tuple[str, ...]) -> None:
    with pytest.raises(AnswerUnknown):
        walk(BUNDLE, "S0305", answers)
    with pytest.raises(SubcategoryUnknown):
        walk(BUNDLE, "S9999", ())


def test_every_notice_is_whole() -> None:
    for topic in BUNDLE.topics.values():
        for node in topic.nodes:
            notice = notice_view(BUNDLE, topic.id, node.id)
            assert notice.overview.zh
            assert notice.time_limit.zh
            assert notice.basis.zh
            assert notice.channels
            assert len(notice.materials) > len(topic.materials)
            assert "仅供参考" in notice.caution.zh


@pytest.mark.parametrize(
    ("words", "topic_id"),
    [
        ("车船税 退", "T24"),
        ("代开 专用发票", "T13"),
        ("REFUND vehicle", "T24"),
        ("跨区域 报验", "T09"),
        ("年度汇算", "T22"),
    ],
)
def test_topics_are_found_by_words(words: str, topic_id: str) -> None:
    assert topic_id in [topic.topic_id for topic in search_view(BUNDLE, words).topics]


def test_what_nobody_wrote_is_not_found() -> None:
    assert search_view(BUNDLE, "车船税 火星").topics == ()
    assert search_view(BUNDLE, " ").topics == ()
    found = search_view(BUNDLE, "税")
    assert len(found.topics) == 20
    assert found.cut
