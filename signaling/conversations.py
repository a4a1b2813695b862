"""Pages of both sides hear of messages and of reading, and taxpayers of their inbox, whichever process they
happened in.

A push may be lost with the connection: a page asks for the messages after the last number that it has
whenever it connects, and where a number is missing.
"""

from cases.clock import Clock
from cases.conversation.feed import Changed, Feed
from cases.conversation.views import ConversationMessage, ConversationRead
from cases.outbox.news import InboxNews
from cases.outbox.views import InboxChanged
from signaling import events
from signaling.emitting import Emitter, push
from signaling.events import Push
from signaling.sockets import Sockets
from signaling.telling import for_ever, who_see_case


class ConversationPages:
    """Shows what changed to the pages of this process."""

    def __init__(self, sockets: Sockets, emitter: Emitter, feed: Feed, news: InboxNews, clock: Clock) -> None:
        self._sockets = sockets
        self._emitter = emitter
        self._feed = feed
        self._news = news
        self._clock = clock

    async def follow(self) -> None:
        """Tell pages of conversations; for ever, ends by cancellation. Survives the records being away."""
        await for_ever("conversations", self._show_conversations, self._feed.wait)

    async def follow_inboxes(self) -> None:
        """Tell pages of inboxes; the same."""
        await for_ever("inboxes", self._show_inboxes, self._news.wait)

    async def _show_conversations(self) -> None:
        for changed in await self._feed.look():
            await self._show(changed)
            self._feed.told(changed)

    async def _show(self, changed: Changed) -> None:
        targets = self._targets(changed)
        if not targets:
            return
        messages = await self._feed.messages(changed)
        for message in messages:
            content = ConversationMessage(self._clock.now_ms(), changed.conversation, message)
            await self._push(targets, events.CONVERSATION_MESSAGE, content)
        if not messages:
            read = ConversationRead(self._clock.now_ms(), changed.conversation)
            await self._push(targets, events.CONVERSATION_READ, read)

    def _targets(self, changed: Changed) -> list[tuple[str, str]]:
        """The sockets of those who see the conversation, each with its namespace."""
        seers = who_see_case(
            self._sockets,
            taxpayer_id=changed.taxpayer_id,
            hall_id=changed.hall_id,
            is_consult=changed.is_consult,
        )
        return [(sid, namespace) for _, sid, namespace in seers]

    async def _push(self, targets: list[tuple[str, str]], kind: Push, content: object) -> None:
        for sid, namespace in targets:
            await push(self._emitter, kind, content, room=sid, namespace=namespace)

    async def _show_inboxes(self) -> None:
        for changed in await self._news.look():
            content = InboxChanged(self._clock.now_ms(), changed.inbox)
            targets = [(sid, events.TAXPAYER.name) for sid in self._sockets.sids_of(changed.taxpayer_id)]
            await self._push(targets, events.INBOX_CHANGED, content)
            self._news.told(changed)
