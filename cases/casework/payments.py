"""支付 (S28, S35): asked for by an officer, shown by receipts, confirmed or returned. No money moves here."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.access import Officer
from cases.audit import Actor
from cases.casework.errors import PaymentUnknown
from cases.casework.places import WorkingTime
from cases.casework.policy import CaseworkPolicy
from cases.casework.records import Case, Transitions
from cases.casework.reviews import of_hall
from cases.clock import Clock
from cases.database import Database
from cases.requests import Request, first_time
from cases.sealing import new_id
from cases.stages.events import Event, Facts
from cases.stages.states import PaymentState

AMOUNT_MAX_FEN: Final = 10**13
"""Of one payment: a hundred billion yuan."""


class Payments:
    """Of both sides. Every method raises RecordsUnavailable, CaseUnknown, CaseRefused."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        transitions: Transitions,
        working_time: WorkingTime,
        policy: CaseworkPolicy,
    ) -> None:
        self._database = database
        self._clock = clock
        self._transitions = transitions
        self._working_time = working_time
        self._policy = policy

    async def ask(
        self, officer: Officer, by: Actor, request: Request, case_id: str, amount_fen: int, purpose: str
    ) -> str:
        """Ask for a payment (S35); its id. Raises CaseUnknown, RequestReused."""
        now_ms, payment_id = self._clock.now_ms(), new_id()
        async with self._database.writing() as connection:
            case = await of_hall(connection, officer, case_id, to_change=True)
            known = await first_time(connection, request, payment_id, now_ms)
            if known is not None:
                return known
            days = self._policy.payment_days
            by_ms = await self._working_time.after_days(connection, case.hall_id, days, now_ms)
            detail = {"payment_id": payment_id, "amount_fen": amount_fen}
            await self._transitions.make(
                connection, case, Event.ASK_PAYMENT, Facts(by_ms=by_ms), by, now_ms, detail=detail
            )
            await connection.execute(
                schema.case_payments.insert().values(
                    payment_id=payment_id,
                    case_id=case_id,
                    officer_id=officer.officer_id,
                    amount_fen=amount_fen,
                    purpose=purpose,
                    asked_at_ms=now_ms,
                    due_at_ms=by_ms,
                    state=PaymentState.ASKED.value,
                    version=1,
                    receipt_file_ids=[],
                    receipt_text="",
                    remark="",
                )
            )
        return payment_id

    async def send_receipt(
        self,
        connection: AsyncConnection,
        case: Case,
        by: Actor,
        payment_id: str,
        file_ids: Sequence[str],
        text: str,
        now_ms: int,
    ) -> None:
        """The receipts of a payment, in the caller's transaction, which attached the files. Raises
        PaymentUnknown.
        """
        detail = {"payment_id": payment_id, "files": len(file_ids)}
        await self._transitions.make(connection, case, Event.SEND_RECEIPT, Facts(), by, now_ms, detail=detail)
        await self._write(
            connection,
            case,
            payment_id,
            {
                "state": PaymentState.SUBMITTED.value,
                "receipt_file_ids": list(file_ids),
                "receipt_text": text,
                "receipt_at_ms": now_ms,
            },
        )

    async def confirm(self, officer: Officer, by: Actor, case_id: str, payment_id: str, remark: str) -> None:
        """The payment arrived. Raises PaymentUnknown, CaseUnknown."""
        await self._answer(officer, by, case_id, payment_id, remark, Event.CONFIRM_PAYMENT)

    async def give_back(
        self, officer: Officer, by: Actor, case_id: str, payment_id: str, remark: str
    ) -> None:
        """The receipts will not do; others are asked for. Raises PaymentUnknown, CaseUnknown."""
        await self._answer(officer, by, case_id, payment_id, remark, Event.RETURN_PAYMENT)

    async def _answer(
        self, officer: Officer, by: Actor, case_id: str, payment_id: str, remark: str, event: Event
    ) -> None:
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            case = await of_hall(connection, officer, case_id, to_change=True)
            returned = event is Event.RETURN_PAYMENT
            days = self._policy.payment_days
            by_ms = (
                await self._working_time.after_days(connection, case.hall_id, days, now_ms)
                if returned
                else None
            )
            await self._transitions.make(
                connection,
                case,
                event,
                Facts(by_ms=by_ms),
                by,
                now_ms,
                detail={"payment_id": payment_id},
            )
            state = PaymentState.RETURNED if returned else PaymentState.CONFIRMED
            values: dict[str, Any] = {"state": state.value, "remark": remark, "result_at_ms": now_ms}
            if by_ms is not None:
                values["due_at_ms"] = by_ms
            await self._write(connection, case, payment_id, values)

    @staticmethod
    async def _write(
        connection: AsyncConnection, case: Case, payment_id: str, values: Mapping[str, Any]
    ) -> None:
        """Only the latest one is open. Raises PaymentUnknown."""
        payments = schema.case_payments
        latest = await connection.scalar(
            select(payments.c.payment_id)
            .where(payments.c.case_id == case.case_id)
            .order_by(payments.c.asked_at_ms.desc(), payments.c.payment_id.desc())
            .limit(1)
        )
        if latest != payment_id:
            raise PaymentUnknown("not the open one")
        await connection.execute(
            update(payments)
            .where(payments.c.payment_id == payment_id)
            .values(**values, version=payments.c.version + 1)
        )
