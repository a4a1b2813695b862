"""The use cases that are cut short: what is there before, what is asked, and what is there after."""

import io
from abc import ABC, abstractmethod
from typing import Any, Final

from api.routes.files import ReceiptSent
from cases.casework.views import Timeline
from cases.conversation.policy import ConversationPolicy
from cases.conversation.views import MessageSent
from cases.files.views import FileView
from cases.sealing import new_id
from cases.views.names import SlotView
from cases.views.tickets import Outcome, TicketView
from queueing.states import TicketState
from signaling import events
from tests.business_pages import FAULTS
from tests.cases.files import samples
from tests.clients import Answer, Page, Refused, eventually
from tests.crashes.stage import Seen, Stage

REMARK: Final = "请按时缴款"


class Step(ABC):
    """One use case, made again and again with another case each time."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    @abstractmethod
    async def prepare(self) -> str:
        """Everything that has to be before; the case's id."""

    @abstractmethod
    async def ask(self, case_id: str) -> None:
        """As the page does it, the first time and again; fails where the server goes away."""

    @abstractmethod
    def is_over(self, seen: Seen) -> bool:
        """Whether all that follows has happened."""

    async def clear(self, case_id: str) -> None:  # noqa: B027
        """Make room for the next one, where it has to be made."""


class Issuing(Step):
    """出票: the records, Redis, the journal, and the records again."""

    async def prepare(self) -> str:
        return await self.stage.issuable()

    async def ask(self, case_id: str) -> None:
        (await self.stage.page.issue(case_id, case_id)).as_(TicketView)

    def is_over(self, seen: Seen) -> bool:
        return seen.recorded == "waiting"


class Submitting(Step):
    """A form with its booking: the place that was held becomes the case's."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._places: dict[str, dict[str, Any]] = {}

    async def prepare(self) -> str:
        page = self.stage.page
        case_id = await page.filled()
        place = self._places[case_id] = await self.stage.place()
        slot = SlotView(place["slot_start_ms"], 0, 0, 0)
        await page.booking.held(slot, kind="assist")
        return case_id

    async def ask(self, case_id: str) -> None:
        answer = await self.stage.page.submit(
            case_id, key=case_id, mode="assist", place=self._places[case_id]
        )
        answer.as_(Timeline)

    def is_over(self, seen: Seen) -> bool:
        return "submit" in seen.events

    async def clear(self, case_id: str) -> None:
        (await self.stage.page.act("DELETE", case_id, "/booking")).as_(Timeline)


class Finishing(Step):
    """办结: the remark, Redis, the journal, and the end of the case."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._desk: Page | None = None
        self._served: dict[str, TicketView] = {}

    async def prepare(self) -> str:
        stage = self.stage
        case_id = await stage.issuable()
        ticket = (await stage.page.issue(case_id, new_id())).as_(TicketView)
        self._desk = await stage.at_desk()
        called = (await stage.officer.call_next(self._desk, new_id())).ticket
        assert called is not None
        assert called.ticket_id == ticket.ticket_id
        page = await stage.taxpayer.open_page()
        self._served[case_id] = await page.call(
            events.TICKET_CONFIRM, ticket_id=ticket.ticket_id, call_number=called.call_number
        )
        # The recorder comes a moment later; what there is before the step includes it.
        await eventually(lambda: stage.seen(case_id), lambda seen: seen.recorded == TicketState.SERVING)
        return case_id

    async def ask(self, case_id: str) -> None:
        if self._desk is None or self._desk.closed.is_set():
            self._desk = await self.stage.at_desk()
        await self.stage.officer.finish(self._desk, self._served[case_id], Outcome.COMPLETED.value, REMARK)

    def is_over(self, seen: Seen) -> bool:
        return seen.state[-1] != ""


class SendingReceipt(Step):
    """支付: receipts with the payment that they are of."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._sent: dict[str, tuple[str, str]] = {}

    async def prepare(self) -> str:
        case_id = await self.stage.working()
        payment_id = await self.stage.desk.payment_asked(case_id)
        path = f"/api/v1/taxpayer/cases/{case_id}/files?purpose=receipt"
        kept = (await _upload(self.stage.taxpayer.ask, path, case_id)).as_(FileView)
        self._sent[case_id] = payment_id, kept.file.file_id
        return case_id

    async def ask(self, case_id: str) -> None:
        payment_id, file_id = self._sent[case_id]
        path = f"/api/v1/taxpayer/cases/{case_id}/payments/{payment_id}/receipt"
        headers = {"Idempotency-Key": case_id}
        body = {"file_ids": [file_id], "text": "已付"}
        (await self.stage.taxpayer.ask("POST", path, body, headers=headers)).as_(ReceiptSent)

    def is_over(self, seen: Seen) -> bool:
        return "send_receipt" in seen.events


class Uploading(Step):
    """A picture: its bytes on the shelf, and its row."""

    async def prepare(self) -> str:
        return await self.stage.working()

    async def ask(self, case_id: str) -> None:
        path = f"/api/v1/officer/cases/{case_id}/files"
        (await _upload(self.stage.officer.ask, path, case_id)).as_(FileView)

    def is_over(self, seen: Seen) -> bool:
        return seen.files == 1


class Saying(Step):
    """A message with a picture, and from when on the taxpayer is told of it."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._pictures: dict[str, str] = {}

    async def prepare(self) -> str:
        case_id = await self.stage.working()
        path = f"/api/v1/officer/cases/{case_id}/files"
        kept = (await _upload(self.stage.officer.ask, path, case_id)).as_(FileView)
        self._pictures[case_id] = kept.file.file_id
        last = {"number": 1_000}
        await self.stage.taxpayer.ask("PUT", f"/api/v1/taxpayer/cases/{case_id}/messages/read", last)
        return case_id

    async def ask(self, case_id: str) -> None:
        body = {"message_id": case_id, "text": "请看", "file_ids": [self._pictures[case_id]]}
        path = f"/api/v1/officer/cases/{case_id}/messages"
        (await self.stage.officer.ask("POST", path, body)).as_(MessageSent)

    def is_over(self, seen: Seen) -> bool:
        return "picture" in seen.said


class Telling(Saying):
    """What the taxpayer is told outside the pages, as the message is not read for a while."""

    async def prepare(self) -> str:
        case_id = await super().prepare()
        await super().ask(case_id)
        return case_id

    async def ask(self, case_id: str) -> None:
        await self.stage.go_to(self.stage.now_ms() + ConversationPolicy().waits_ms)

    def is_over(self, seen: Seen) -> bool:
        return "message_waiting" in seen.told


class Deciding(Step):
    """审核, with what the taxpayer is told of it."""

    part: str
    body: Any = None

    async def prepare(self) -> str:
        return (await self.stage.page.ordered()).case.case_id

    async def ask(self, case_id: str) -> None:
        # Without a key: the page that got no answer looks, and finds it done.
        try:
            (await self.stage.desk.act("POST", case_id, self.part, self.body)).as_(Timeline)
        except Refused as refused:
            if refused.problem.code != "case_refused":
                raise


class Approving(Deciding):
    part = "/approval"

    def is_over(self, seen: Seen) -> bool:
        return "approve" in seen.events


class Rejecting(Deciding):
    part = "/rejection"
    body = {"faults": FAULTS}  # noqa: RUF012

    def is_over(self, seen: Seen) -> bool:
        return "reject" in seen.events


PICTURES: Final[dict[str, bytes]] = {}


async def _upload(ask: Any, path: str, key: str) -> Answer:
    """A picture of its own for each key, so that no other file has its bytes."""
    picture = PICTURES.setdefault(key, samples.png(len(PICTURES) + 40, 40))
    headers = {"Content-Type": "application/octet-stream", "Idempotency-Key": key}
    answer: Answer = await ask("POST", path, data=io.BytesIO(picture), headers=headers)
    return answer
