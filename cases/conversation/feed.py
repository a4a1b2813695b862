"""What changed in conversations, whichever process changed it, for the pages of this one."""

from collections.abc import Sequence
from dataclasses import dataclass

from cases.clock import Clock
from cases.conversation import book
from cases.conversation.showing import shown
from cases.conversation.tables import conversations
from cases.conversation.views import ConversationState, MessageView
from cases.database import Database
from cases.halls import Halls
from cases.looking import LookBounds, Looking, News
from cases.sealing import Sealer

MESSAGES_MAX = 50
"""New messages of one conversation that are told at once, the latest ones; pages see the gap by numbers."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A conversation that is not as it was told last, and whom it concerns."""

    conversation: ConversationState
    taxpayer_id: str
    hall_id: str
    is_consult: bool
    news: News


class Feed:
    """Of one process. See ``cases.looking``."""

    def __init__(
        self, database: Database, clock: Clock, sealer: Sealer, halls: Halls, bounds: LookBounds
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._halls = halls
        self._looking = Looking(database, clock, conversations, conversations.c.case_id, bounds)
        self.wake = self._looking.wake
        self.wait = self._looking.wait

    async def look(self) -> list[Changed]:
        """What changed and was not told yet. Raises RecordsUnavailable."""
        return [
            Changed(
                book.state_of(news.row), news.row.taxpayer_id, news.row.hall_id, news.row.is_consult, news
            )
            for news in await self._looking.look()
        ]

    async def messages(self, changed: Changed) -> Sequence[MessageView]:
        """The new messages of it, in their order. Raises RecordsUnavailable."""
        before, last = changed.news.before, changed.conversation.last_number
        told = before.last_number if before is not None else 0
        if told == last:
            return ()
        async with self._database.reading() as connection:
            records = await book.page(
                connection, changed.conversation.case_id, before=last + 1, after=None, limit=MESSAGES_MAX
            )
            new = [
                record
                for record in records
                if record.number > told and (before is not None or record.at_ms >= changed.news.since_ms)
            ]
            time_zone = self._halls.hall(changed.hall_id).time_zone
            return await shown(connection, new, self._sealer, time_zone)

    def told(self, changed: Changed) -> None:
        """It was told: it is not told again."""
        self._looking.told(changed.news)
