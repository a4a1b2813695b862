"""Cases with forms and payments in the running product, and files sent to them over HTTP."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select, update

from cases import schema
from cases.casework.formbook import Formbook
from cases.database import Database
from cases.files.views import FileView
from cases.sealing import Sealer, new_id
from cases.stages.states import FormState, HandlingState, Mode, PaymentState, ReviewState
from cases.views.people import TaxpayerView
from server.building import sealer
from server.demo import DemoTaxpayer
from tests.clients import Answer, Client, TaxpayerClient
from tests.product import CHEN, HALL, House

FORM: Final = "A06620"
OTHER_FORM: Final = "A06621"


async def put_draft(
    database: Database, sealing: Sealer, taxpayer_id: str, now_ms: int, *, hall_id: str = HALL
) -> str:
    """A draft with two forms; its case's id."""
    case_id = new_id()
    async with database.writing() as connection:
        await connection.execute(
            schema.cases.insert().values(
                case_id=case_id,
                number=case_id[:20],
                taxpayer_id=taxpayer_id,
                hall_id=hall_id,
                mode=Mode.UNDECIDED.value,
                question="",
                opened_at_ms=now_ms,
                touched_at_ms=now_ms,
                form_state=FormState.DRAFT.value,
                form_at_ms=now_ms,
            )
        )
        for form_id in (FORM, OTHER_FORM):
            await Formbook(sealing).add(
                connection,
                case_id=case_id,
                taxpayer_id=taxpayer_id,
                form_id=form_id,
                required=True,
                values={},
                now_ms=now_ms,
            )
    return case_id


async def change_case(database: Database, case_id: str, **columns: Any) -> None:
    """The case as it is later on."""
    cases = schema.cases
    async with database.writing() as connection:
        await connection.execute(update(cases).where(cases.c.case_id == case_id).values(**columns))


@dataclass(frozen=True, slots=True)
class Desk:
    """A taxpayer who is signed in and has a draft."""

    house: House
    client: TaxpayerClient
    person: TaxpayerView
    case_id: str

    @property
    def database(self) -> Database:
        return self.house.product.database

    def path(self, *more: str, side: str = "taxpayer") -> str:
        return "/".join((f"/api/v1/{side}/cases/{self.case_id}", *more))

    async def send(
        self,
        content: bytes,
        query: str = f"purpose=attachment&form_id={FORM}&kind=licence",
        *,
        client: Client | None = None,
        side: str = "taxpayer",
        key: str | None = None,
        media_type: str = "application/octet-stream",
    ) -> Answer:
        """A file as it comes from the taxpayer, or from ``client``."""
        headers = {"Content-Type": media_type} | ({"Idempotency-Key": key} if key is not None else {})
        path = f"{self.path('files', side=side)}?{query}"
        return await (client or self.client).ask("POST", path, data=io.BytesIO(content), headers=headers)

    async def sent(self, content: bytes, query: str = "purpose=chat") -> FileView:
        return (await self.send(content, query)).as_(FileView)

    async def submitted(self) -> None:
        """Handed in, so that the officers of the hall see it."""
        await change_case(
            self.database,
            self.case_id,
            mode=Mode.BACKOFFICE.value,
            form_state=FormState.SUBMITTED.value,
            review_state=ReviewState.APPROVED.value,
            handling_state=HandlingState.WORKING.value,
        )

    async def payment_asked(self) -> str:
        """A payment is asked for; its id."""
        payment_id, now_ms = new_id(), self.house.clock.now_ms()
        await self.submitted()
        await change_case(self.database, self.case_id, payment_state=PaymentState.ASKED.value)
        async with self.database.writing() as connection:
            officer_id = await connection.scalar(select(schema.officers.c.officer_id))
            await connection.execute(
                schema.case_payments.insert().values(
                    payment_id=payment_id,
                    case_id=self.case_id,
                    officer_id=officer_id,
                    amount_fen=12_300,
                    purpose="车船税",
                    asked_at_ms=now_ms,
                    due_at_ms=now_ms + 1,
                    state=PaymentState.ASKED.value,
                    version=1,
                    receipt_file_ids=[],
                    receipt_text="",
                    remark="",
                )
            )
        return payment_id

    def on_disk(self) -> list[Path]:
        """Everything that is in the folder of files, but empty folders of the shelf."""
        folder = self.house.data_dir / "files"
        incoming = folder / "incoming"
        return sorted(one for one in folder.rglob("*") if one.is_file() or one.parent == incoming)


async def desk_of(house: House, person: DemoTaxpayer = CHEN) -> Desk:
    client = house.visitor()
    view = await client.sign_in(person)
    product = house.product
    case_id = await put_draft(
        product.database, sealer(product.settings), view.taxpayer_id, house.clock.now_ms()
    )
    return Desk(house, client, view, case_id)
