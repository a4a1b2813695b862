"""What both sides see of conversations. Times are UTC milliseconds."""

from dataclasses import dataclass
from enum import StrEnum

from cases.files.views import FileRef
from cases.stages.states import Mode
from cases.views.names import Bilingual, OfficerName


class Sender(StrEnum):
    """Whose a message is."""

    TAXPAYER = "taxpayer"
    OFFICER = "officer"
    SYSTEM = "system"
    """Of the rules: what happened to the case."""


class MessageKind(StrEnum):
    """What a message is made of."""

    TEXT = "text"
    PICTURE = "picture"
    """With or without a text."""
    SYSTEM = "system"


class ConversationAction(StrEnum):
    """What a side may do in a conversation now."""

    WRITE = "write"
    SEND_PICTURES = "send_pictures"


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message. ``number``: its place in the conversation, from 1 without gaps; ``message_id``: made by the
    page that sent it; ``officer``: who wrote it for the office; ``notice``: what a system message says.
    """

    case_id: str
    number: int
    message_id: str
    at_ms: int
    sender: Sender
    officer: OfficerName | None
    kind: MessageKind
    text: str
    pictures: tuple[FileRef, ...]
    notice: Bilingual | None


@dataclass(frozen=True, slots=True)
class ConversationState:
    """How far a conversation is. ``version`` grows with each change; ``…_read``: up to which number a side
    has read; ``…_unread``: messages of the other side behind that.
    """

    case_id: str
    version: int
    last_number: int
    taxpayer_read: int
    officer_read: int
    taxpayer_unread: int
    officer_unread: int


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Messages in their order; ``more``: whether there are others in the direction that was asked for."""

    at_ms: int
    conversation: ConversationState
    actions: tuple[ConversationAction, ...]
    messages: tuple[MessageView, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class MessageSent:
    """The message as it is kept, and the conversation with it."""

    at_ms: int
    conversation: ConversationState
    message: MessageView


@dataclass(frozen=True, slots=True)
class UnreadCase:
    case_id: str
    unread: int


@dataclass(frozen=True, slots=True)
class UnreadCounts:
    """What the reader has not read: of all cases, and of each that has some, the latest first."""

    at_ms: int
    total: int
    cases: tuple[UnreadCase, ...]


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A conversation in the officer's list (S34). ``last``: its latest message."""

    case_id: str
    case_number: str
    mode: Mode
    topic_id: str | None
    topic: Bilingual
    taxpayer_name: str
    closed: bool
    conversation: ConversationState
    last: MessageView


@dataclass(frozen=True, slots=True)
class ConversationList:
    """A page of them, the latest message first; ``unread``: of all conversations of the hall."""

    at_ms: int
    unread: int
    conversations: tuple[ConversationSummary, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class QuickReply:
    """A text to send with one key. ``shared``: of the whole hall; ``place``: the order."""

    reply_id: str
    text: str
    shared: bool
    place: int


@dataclass(frozen=True, slots=True)
class QuickReplies:
    """The hall's, then the officer's own."""

    replies: tuple[QuickReply, ...]


@dataclass(frozen=True, slots=True)
class ConversationMessage:
    """Pushed to both sides: a new message, and the conversation as it is now."""

    at_ms: int
    conversation: ConversationState
    message: MessageView


@dataclass(frozen=True, slots=True)
class ConversationRead:
    """Pushed to both sides: a side has read."""

    at_ms: int
    conversation: ConversationState
