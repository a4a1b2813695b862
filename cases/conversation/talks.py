"""Both sides talk: messages are listed, sent and read (S24, S25)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from cases import audit
from cases.access import Person, Taxpayer, person_id
from cases.audit import Actor
from cases.casework.records import Case
from cases.casework.seeing import talked_in_by
from cases.clock import Clock
from cases.conversation import book
from cases.conversation.book import MessageRecord, NewMessage
from cases.conversation.errors import MessageEmpty, TooManyMessages
from cases.conversation.feed import Feed
from cases.conversation.followers import follow_unread
from cases.conversation.policy import ConversationPolicy
from cases.conversation.rules import allowed, refusal, wait_ms
from cases.conversation.showing import shown
from cases.conversation.views import (
    ConversationAction,
    ConversationState,
    MessageKind,
    MessagePage,
    MessageSent,
    MessageView,
    Sender,
)
from cases.database import Database
from cases.errors import RequestReused
from cases.files import book as files
from cases.files.views import FilePurpose
from cases.halls import Halls
from cases.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Said:
    """What a page sends: its own id of the message, a text, pictures that were uploaded for it."""

    message_id: str
    text: str
    file_ids: tuple[str, ...] = ()


def side_of(person: Person) -> Sender:
    return Sender.TAXPAYER if isinstance(person, Taxpayer) else Sender.OFFICER


class Talks:
    """The use cases. Every method raises RecordsUnavailable, and CaseUnknown also for a case that is not the
    person's to see.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sealer: Sealer,
        halls: Halls,
        feed: Feed,
        policy: ConversationPolicy,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._halls = halls
        self._feed = feed
        self._policy = policy

    async def page(
        self, person: Person, case_id: str, *, before: int | None, after: int | None, limit: int
    ) -> MessagePage:
        """The newest messages; those before a number; or those after one, which a page missed that was
        away.
        """
        async with self._database.reading() as connection:
            case = await talked_in_by(connection, person, case_id)
            conversation = await book.state(connection, case_id)
            found = await book.page(connection, case_id, before=before, after=after, limit=limit + 1)
            kept = found[:limit] if after is not None else found[-limit:]
            messages = await self._shown(connection, case, kept)
        actions = allowed(case.state, side_of(person))
        return MessagePage(self._clock.now_ms(), conversation, actions, messages, len(found) > limit)

    async def send(self, person: Person, by: Actor, case_id: str, said: Said) -> MessageSent:
        """Say something. The same ``message_id`` again answers with the same message.

        Raises MessageEmpty, CaseClosed, ConversationNotBegun, TooManyMessages, FileUnknown (not a picture
        that this person sent for this conversation), RequestReused (the id came with something else).
        """
        if not said.text.strip() and not said.file_ids:
            raise MessageEmpty("nothing is said")

        async def send(connection: AsyncConnection) -> tuple[ConversationState, MessageView]:
            case = await talked_in_by(connection, person, case_id, to_change=True)
            record = await book.of_id(connection, case_id, said.message_id)
            if record is not None:
                self._refuse_other(record, person, said)
                conversation = await book.state(connection, case_id)
            else:
                conversation = await self._append(connection, case, person, by, said)
                record = await book.of_id(connection, case_id, said.message_id)
            (message,) = await self._shown(connection, case, [record] if record is not None else [])
            return conversation, message

        conversation, message = await self._database.change(send)
        self._feed.wake()
        return MessageSent(self._clock.now_ms(), conversation, message)

    async def _append(
        self, connection: AsyncConnection, case: Case, person: Person, by: Actor, said: Said
    ) -> ConversationState:
        # After the wait for the row, so that times follow the numbers.
        now_ms = self._clock.now_ms()
        side, sender_id = side_of(person), person_id(person) or ""
        await self._refuse(connection, case, side, said, now_ms)
        await files.of_case(
            connection, case.case_id, said.file_ids, purpose=FilePurpose.CHAT, uploader_id=sender_id
        )
        new = NewMessage(
            said.message_id,
            side,
            MessageKind.PICTURE if said.file_ids else MessageKind.TEXT,
            sender_id,
            self._sealer.seal(said.text),
            said.file_ids,
        )
        before = await book.state(connection, case.case_id)
        after = await book.append(connection, case, new, now_ms)
        await follow_unread(connection, before, after, waits_ms=self._policy.waits_ms, now_ms=now_ms)
        detail = {"number": after.last_number, "kind": new.kind.value}
        await audit.append(connection, by, "message.send", "case", case.case_id, detail, now_ms)
        return after

    async def _refuse(
        self, connection: AsyncConnection, case: Case, side: Sender, said: Said, now_ms: int
    ) -> None:
        action = ConversationAction.SEND_PICTURES if said.file_ids else ConversationAction.WRITE
        found = refusal(case.state, side, action)
        if found is not None:
            raise found(action.value)
        policy = self._policy
        began_ms = await book.burst_began_ms(connection, case.case_id, side, policy.burst)
        wait = wait_ms(began_ms, burst_ms=policy.burst_ms, now_ms=now_ms)
        if wait:
            raise TooManyMessages(wait)

    def _refuse_other(self, record: MessageRecord, person: Person, said: Said) -> None:
        text = self._sealer.open(record.text_sealed) if record.text_sealed is not None else None
        if (record.person_id, text, record.file_ids) != (person_id(person), said.text, said.file_ids):
            raise RequestReused("another message has this id")

    async def read(self, person: Person, case_id: str, up_to: int) -> ConversationState:
        """The person's side has read up to that number; safe to repeat, and never goes back. Not audited:
        nothing of the case changes.
        """
        side = side_of(person)

        async def read(connection: AsyncConnection) -> tuple[ConversationState, ConversationState]:
            await talked_in_by(connection, person, case_id, to_change=True)
            now_ms = self._clock.now_ms()
            before = await book.state(connection, case_id)
            after = await book.read(connection, case_id, side, up_to, now_ms)
            await follow_unread(connection, before, after, waits_ms=self._policy.waits_ms, now_ms=now_ms)
            return before, after

        before, after = await self._database.change(read)
        if after.version != before.version:
            self._feed.wake()
        return after

    async def _shown(
        self, connection: AsyncConnection, case: Case, records: Sequence[MessageRecord]
    ) -> tuple[MessageView, ...]:
        time_zone = self._halls.hall(case.hall_id).time_zone
        return await shown(connection, records, self._sealer, time_zone)
