"""Conversations of both sides, and quick replies (S24, S25, S34)."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from api.answers import Answer, Handler
from api.bodies import PAGE_MAX, Body, PageQuery
from api.endpoints import Audience, Endpoint
from api.requests import Asked
from cases.access import Person
from cases.conversation.listing import Conversations
from cases.conversation.policy import PICTURES_MAX, REPLY_MAX_CHARS, SEARCH_MAX_CHARS, TEXT_MAX_CHARS
from cases.conversation.quick_replies import QuickReplyBook, WantedReply
from cases.conversation.talks import Said, Talks
from cases.conversation.views import (
    ConversationList,
    ConversationState,
    MessagePage,
    MessageSent,
    QuickReplies,
    UnreadCounts,
)
from cases.identifiers import Identifier, Written

MessageNumber = Annotated[int, Field(ge=0, le=2**31 - 1)]


class MessagesQuery(Body):
    """The newest messages; with ``before`` those before that number, with ``after`` those after it."""

    before: MessageNumber | None = None
    after: MessageNumber | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = 30


class MessageBody(Body):
    """The page makes ``message_id``; the same one again answers with the same message. ``file_ids``: pictures
    that were uploaded with the purpose ``chat``.
    """

    message_id: Identifier
    text: Annotated[Written, Field(max_length=TEXT_MAX_CHARS)] = ""
    file_ids: Annotated[tuple[Identifier, ...], Field(max_length=PICTURES_MAX)] = ()


class ReadBody(Body):
    """``number``: of the last message that was read."""

    number: MessageNumber


class ConversationsQuery(PageQuery):
    """``search``: a part of the taxpayer's name or of the case's number."""

    state: Literal["any", "unread"] = "any"
    search: Annotated[Written, Field(min_length=1, max_length=SEARCH_MAX_CHARS)] | None = None


ReplyText = Annotated[Written, Field(min_length=1, max_length=REPLY_MAX_CHARS)]
Place = Annotated[int, Field(ge=0, le=1_000)]


class NewQuickReply(Body):
    """``shared``: of the whole hall; ``place``: its place in the list."""

    text: ReplyText
    shared: bool = False
    place: Place = 0


class QuickReplyChange(Body):
    text: ReplyText
    place: Place


_TAXPAYER = "/api/v1/taxpayer/cases/{case_id}/messages"
_OFFICER = "/api/v1/officer/cases/{case_id}/messages"
_REPLIES = "/api/v1/officer/quick-replies"

LIST_MESSAGES = Endpoint(
    "listMessages",
    "GET",
    _TAXPAYER,
    "What was said about a case; after a number, what a page missed (S24)",
    Audience.TAXPAYER,
    MessagePage,
    query=MessagesQuery,
)
SEND_MESSAGE = Endpoint(
    "sendMessage",
    "POST",
    _TAXPAYER,
    "Say something to the officers; idempotent by message_id (S24)",
    Audience.TAXPAYER,
    MessageSent,
    body=MessageBody,
    status=201,
)
READ_MESSAGES = Endpoint(
    "readMessages",
    "PUT",
    f"{_TAXPAYER}/read",
    "Everything up to a number is read (S25)",
    Audience.TAXPAYER,
    ConversationState,
    body=ReadBody,
)
COUNT_UNREAD = Endpoint(
    "countUnread",
    "GET",
    "/api/v1/taxpayer/unread",
    "Unread messages, of all cases and of each (S25)",
    Audience.TAXPAYER,
    UnreadCounts,
)
LIST_MESSAGES_AS_OFFICER = Endpoint(
    "listMessagesAsOfficer",
    "GET",
    _OFFICER,
    "What was said about a case of the hall (S24, S34)",
    Audience.OFFICER,
    MessagePage,
    query=MessagesQuery,
)
SEND_MESSAGE_AS_OFFICER = Endpoint(
    "sendMessageAsOfficer",
    "POST",
    _OFFICER,
    "Say something to the taxpayer; idempotent by message_id (S24, S34)",
    Audience.OFFICER,
    MessageSent,
    body=MessageBody,
    status=201,
)
READ_MESSAGES_AS_OFFICER = Endpoint(
    "readMessagesAsOfficer",
    "PUT",
    f"{_OFFICER}/read",
    "Everything up to a number is read by the office (S25, S34)",
    Audience.OFFICER,
    ConversationState,
    body=ReadBody,
)
LIST_CONVERSATIONS = Endpoint(
    "listConversations",
    "GET",
    "/api/v1/officer/conversations",
    "The hall's conversations with unread counts, the latest message first (S34)",
    Audience.OFFICER,
    ConversationList,
    query=ConversationsQuery,
)
LIST_QUICK_REPLIES = Endpoint(
    "listQuickReplies",
    "GET",
    _REPLIES,
    "The hall's quick replies and the officer's own (S34)",
    Audience.OFFICER,
    QuickReplies,
)
ADD_QUICK_REPLY = Endpoint(
    "addQuickReply",
    "POST",
    _REPLIES,
    "Write a quick reply, of one's own or of the hall (S34)",
    Audience.OFFICER,
    QuickReplies,
    body=NewQuickReply,
    status=201,
    makes=True,
)
CHANGE_QUICK_REPLY = Endpoint(
    "changeQuickReply",
    "PUT",
    f"{_REPLIES}/{{reply_id}}",
    "Write a quick reply anew (S34)",
    Audience.OFFICER,
    QuickReplies,
    body=QuickReplyChange,
)
REMOVE_QUICK_REPLY = Endpoint(
    "removeQuickReply",
    "DELETE",
    f"{_REPLIES}/{{reply_id}}",
    "Take a quick reply away (S34)",
    Audience.OFFICER,
    QuickReplies,
)

ENDPOINTS = (
    LIST_MESSAGES,
    SEND_MESSAGE,
    READ_MESSAGES,
    COUNT_UNREAD,
    LIST_MESSAGES_AS_OFFICER,
    SEND_MESSAGE_AS_OFFICER,
    READ_MESSAGES_AS_OFFICER,
    LIST_CONVERSATIONS,
    LIST_QUICK_REPLIES,
    ADD_QUICK_REPLY,
    CHANGE_QUICK_REPLY,
    REMOVE_QUICK_REPLY,
)


class ConversationRoutes:
    def __init__(self, talks: Talks, conversations: Conversations, replies: QuickReplyBook) -> None:
        self._talks = talks
        self._conversations = conversations
        self._replies = replies

    def table(self) -> Mapping[Endpoint, Handler]:
        return {
            LIST_MESSAGES: lambda asked: self._list(asked, asked.taxpayer),
            SEND_MESSAGE: lambda asked: self._send(asked, asked.taxpayer),
            READ_MESSAGES: lambda asked: self._read(asked, asked.taxpayer),
            COUNT_UNREAD: self._unread,
            LIST_MESSAGES_AS_OFFICER: lambda asked: self._list(asked, asked.officer),
            SEND_MESSAGE_AS_OFFICER: lambda asked: self._send(asked, asked.officer),
            READ_MESSAGES_AS_OFFICER: lambda asked: self._read(asked, asked.officer),
            LIST_CONVERSATIONS: self._of_hall,
            LIST_QUICK_REPLIES: self._list_replies,
            ADD_QUICK_REPLY: self._add_reply,
            CHANGE_QUICK_REPLY: self._change_reply,
            REMOVE_QUICK_REPLY: self._remove_reply,
        }

    async def _list(self, asked: Asked, person: Person) -> Answer:
        query = asked.query_as(MessagesQuery)
        return Answer(
            await self._talks.page(
                person, asked.path["case_id"], before=query.before, after=query.after, limit=query.limit
            )
        )

    async def _send(self, asked: Asked, person: Person) -> Answer:
        body = asked.body_as(MessageBody)
        said = Said(body.message_id, body.text, body.file_ids)
        return Answer(await self._talks.send(person, asked.actor, asked.path["case_id"], said))

    async def _read(self, asked: Asked, person: Person) -> Answer:
        number = asked.body_as(ReadBody).number
        return Answer(await self._talks.read(person, asked.path["case_id"], number))

    async def _unread(self, asked: Asked) -> Answer:
        return Answer(await self._conversations.unread(asked.taxpayer))

    async def _of_hall(self, asked: Asked) -> Answer:
        query = asked.query_as(ConversationsQuery)
        return Answer(
            await self._conversations.of_officer(
                asked.officer,
                only_unread=query.state == "unread",
                search=query.search,
                cursor=query.cursor,
                limit=query.limit,
            )
        )

    async def _list_replies(self, asked: Asked) -> Answer:
        return Answer(await self._replies.all(asked.officer))

    async def _add_reply(self, asked: Asked) -> Answer:
        body = asked.body_as(NewQuickReply)
        wanted = WantedReply(body.text, body.place)
        return Answer(
            await self._replies.add(asked.officer, asked.actor, asked.request, wanted, shared=body.shared)
        )

    async def _change_reply(self, asked: Asked) -> Answer:
        body = asked.body_as(QuickReplyChange)
        wanted = WantedReply(body.text, body.place)
        return Answer(await self._replies.change(asked.officer, asked.actor, asked.path["reply_id"], wanted))

    async def _remove_reply(self, asked: Asked) -> Answer:
        return Answer(await self._replies.remove(asked.officer, asked.actor, asked.path["reply_id"]))
