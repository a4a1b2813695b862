"""A taxpayer shows that a payment was made: pictures of receipts and a text (S28)."""

from collections.abc import Sequence

from cases.access import Taxpayer
from cases.audit import Actor
from cases.casework.drafts import own
from cases.casework.payments import Payments
from cases.clock import Clock
from cases.database import Database
from cases.files.book import of_case
from cases.files.views import FilePurpose
from cases.requests import Request, first_time


class Receipts:
    """In one transaction with the payment that they are of."""

    def __init__(self, database: Database, clock: Clock, payments: Payments) -> None:
        self._database = database
        self._clock = clock
        self._payments = payments

    async def send(
        self,
        taxpayer: Taxpayer,
        by: Actor,
        request: Request,
        case_id: str,
        payment_id: str,
        file_ids: Sequence[str],
        text: str,
    ) -> None:
        """Send receipts that this taxpayer uploaded for this case. A repeat does nothing.

        Raises CaseUnknown, PaymentUnknown, FileUnknown, CaseRefused, RequestReused, RecordsUnavailable.
        """
        now_ms = self._clock.now_ms()
        async with self._database.writing() as connection:
            case = await own(connection, taxpayer, case_id, to_change=True)
            if await first_time(connection, request, payment_id, now_ms) is not None:
                return
            await of_case(
                connection,
                case_id,
                file_ids,
                purpose=FilePurpose.RECEIPT,
                uploader_id=taxpayer.taxpayer_id,
            )
            await self._payments.send_receipt(connection, case, by, payment_id, file_ids, text, now_ms)
