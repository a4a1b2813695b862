"""From a catalogue to what is shown of it. Pure."""

from collections.abc import Sequence
from typing import Final

from cases.casework.errors import FormUnknown, TopicUnknown
from cases.guidance.catalogue import topic_and_node
from cases.guidance.errors import RegionUnknown, SubcategoryUnknown
from cases.guidance.loading import Bundle, parent_of
from cases.guidance.models import Channel, Material, MaterialNeed, Question, Region, Subcategory, Topic, Words
from cases.guidance.views import (
    AnsweredView,
    AnswerView,
    CategoriesView,
    CategoryView,
    ChannelView,
    ConsentsView,
    ConsentView,
    Ending,
    FormDefinitionView,
    FormName,
    MaterialView,
    NodeView,
    NoticeView,
    QuestionView,
    RegionsView,
    RegionView,
    SubcategoryView,
    TopicList,
    TopicName,
    TopicView,
    WalkView,
)
from cases.guidance.walking import walk
from cases.views.names import Bilingual

FOUND_MAX: Final = 20
"""Topics that a search answers with."""
FREE: Final = Bilingual("不收费", "Free of charge")
CAUTION: Final = Bilingual(
    "内容仅供参考，以主管税务机关公告为准。", "For information; what the tax office publishes applies."
)
EVERY_TOPIC: Final = (
    Material(
        text=Words(
            zh="经办人身份证件（实名信息已验证的免）", en="Identity document of who acts, unless verified"
        ),
        need=MaterialNeed.REQUIRED,
        copies=1,
        original_seen=True,
    ),
    Material(
        text=Words(
            zh="授权委托书和代理人身份证件（非本人办理的）",
            en="Authority and identity document of the agent, if somebody else acts",
        ),
        need=MaterialNeed.CONDITIONAL,
        copies=1,
    ),
)
"""What each topic takes besides its own."""


def regions_view(bundle: Bundle, code: str | None) -> RegionsView:
    """Raises RegionUnknown."""
    if code is not None and code not in bundle.regions:
        raise RegionUnknown(code)
    way: list[Region] = []
    above = code
    while above is not None:
        way.append(bundle.regions[above])
        above = parent_of(above)
    return RegionsView(
        tuple(_region(bundle, one) for one in reversed(way)),
        tuple(_region(bundle, one) for one in bundle.children(code)),
    )


def _region(bundle: Bundle, region: Region) -> RegionView:
    return RegionView(region.code, region.name.shown, len(bundle.children(region.code)))


def categories_view(bundle: Bundle) -> CategoriesView:
    """All categories with their subcategories (S3)."""
    return CategoriesView(
        bundle.version,
        tuple(
            CategoryView(
                category.id,
                category.name.shown,
                tuple(
                    SubcategoryView(one.id, one.name.shown, len(_topics_of(bundle, one)))
                    for one in category.subcategories
                ),
            )
            for category in bundle.categories.values()
        ),
    )


def _topics_of(bundle: Bundle, subcategory: Subcategory) -> list[Topic]:
    return [topic for topic in bundle.topics.values() if subcategory.id in topic.subcategories]


def topics_view(bundle: Bundle, subcategory_id: str) -> TopicList:
    """The topics of a subcategory. Raises SubcategoryUnknown."""
    subcategory = bundle.subcategories.get(subcategory_id)
    if subcategory is None:
        raise SubcategoryUnknown(subcategory_id)
    return TopicList(bundle.version, tuple(map(_topic_name, _topics_of(bundle, subcategory))), cut=False)


def search_view(bundle: Bundle, words: str) -> TopicList:
    """The topics in which all the words are; those with them in the name come first."""
    wanted = words.casefold().split()
    found = [
        (not all(word in _named(topic) for word in wanted), topic.id, topic)
        for topic in bundle.topics.values()
        if wanted and all(word in _said(topic) for word in wanted)
    ]
    topics = [topic for _, _, topic in sorted(found, key=lambda one: one[:2])]
    return TopicList(bundle.version, tuple(map(_topic_name, topics[:FOUND_MAX])), cut=len(topics) > FOUND_MAX)


def _named(topic: Topic) -> str:
    return f"{topic.name.zh} {topic.name.en}".casefold()


def _said(topic: Topic) -> str:
    nodes = " ".join(f"{node.name.zh} {node.name.en}" for node in topic.nodes)
    return f"{_named(topic)} {topic.overview.zh} {topic.overview.en} {nodes}".casefold()


def _topic_name(topic: Topic) -> TopicName:
    return TopicName(topic.id, topic.name.shown, topic.overview.shown)


def walk_view(bundle: Bundle, subcategory_id: str, answer_ids: Sequence[str]) -> WalkView:
    """Where the answers lead (S3). Raises SubcategoryUnknown, AnswerUnknown."""
    walked = walk(bundle, subcategory_id, answer_ids)
    ending = Ending.HUMAN
    if walked.question is not None:
        ending = Ending.QUESTION
    elif walked.topic is not None:
        ending = Ending.TOPIC
    answered = []
    for asked in walked.asked:
        answer = next((one for one in asked.question.answers if one.id == asked.answer_id), None)
        answered.append(
            AnsweredView(
                asked.question.id,
                asked.question.text.shown,
                asked.answer_id,
                None if answer is None else answer.text.shown,
            )
        )
    return WalkView(
        bundle.version,
        subcategory_id,
        bundle.subcategories[subcategory_id].name.shown,
        tuple(answered),
        ending,
        None if walked.question is None else _question(walked.question),
        None if walked.topic is None else _topic_name(walked.topic),
    )


def _question(question: Question) -> QuestionView:
    return QuestionView(
        question.id,
        question.text.shown,
        tuple(AnswerView(answer.id, answer.text.shown) for answer in question.answers),
    )


def topic_view(bundle: Bundle, topic_id: str) -> TopicView:
    """A topic, whole. Raises TopicUnknown."""
    topic = bundle.topics.get(topic_id)
    if topic is None:
        raise TopicUnknown(topic_id)
    return TopicView(
        bundle.version,
        topic.id,
        topic.name.shown,
        topic.overview.shown,
        tuple(NodeView(node.id, node.name.shown, node.immediate, node.promised_days) for node in topic.nodes),
        _channels(bundle, topic),
        tuple(FormName(one.form, bundle.forms.name(one.form), one.required) for one in topic.forms),
        topic.backoffice,
        topic.assist,
    )


def _channels(bundle: Bundle, topic: Topic) -> tuple[ChannelView, ...]:
    return tuple(_channel(bundle.channels[channel_id]) for channel_id in topic.channels)


def _channel(channel: Channel) -> ChannelView:
    return ChannelView(channel.id, channel.name.shown, channel.about.shown, channel.inside, channel.url)


def notice_view(bundle: Bundle, topic_id: str, node_id: str) -> NoticeView:
    """一次性告知书 of a topic and node (S5). Raises TopicUnknown."""
    topic, node = topic_and_node(bundle, topic_id, node_id)
    return NoticeView(
        bundle.version,
        topic.id,
        node.id,
        topic.name.shown,
        node.name.shown,
        topic.overview.shown,
        tuple(
            MaterialView(one.text.shown, one.need, one.copies, one.original_seen)
            for one in (*topic.materials, *EVERY_TOPIC)
        ),
        topic.time_limit.shown,
        topic.basis.shown,
        FREE,
        None if topic.note is None else topic.note.shown,
        _channels(bundle, topic),
        topic.checked_on,
        topic.verified,
        CAUTION,
    )


def form_view(bundle: Bundle, form_id: str) -> FormDefinitionView:
    """Raises FormUnknown."""
    if form_id not in bundle.forms:
        raise FormUnknown(form_id)
    definition = dict(bundle.forms.schema(form_id))
    return FormDefinitionView(bundle.version, form_id, bundle.forms.name(form_id), definition)


def consents_view(bundle: Bundle) -> ConsentsView:
    """What taxpayers are asked to agree to (S8)."""
    return ConsentsView(
        bundle.version,
        tuple(ConsentView(one.id, one.title.shown, one.text.shown) for one in bundle.consents.values()),
    )
