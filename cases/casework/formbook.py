"""The filled forms of cases. What is in them is sealed: it has names and numbers of people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import schema
from cases.casework.errors import FormChanged, FormUnknown
from cases.casework.views import CaseFormState
from cases.sealing import Sealer, new_id

VALUES_MAX_BYTES: Final = 131_072
"""Of one form, as JSON."""

# Built once, as they are asked often.
_OF_CASE: Final = (
    select(schema.case_forms)
    .where(schema.case_forms.c.case_id == bindparam("asked_case_id"))
    .order_by(schema.case_forms.c.form_id)
)
_SAVE: Final = (
    update(schema.case_forms)
    .where(
        schema.case_forms.c.case_id == bindparam("asked_case_id"),
        schema.case_forms.c.form_id == bindparam("asked_form_id"),
        schema.case_forms.c.version == bindparam("asked_version"),
    )
    .values(
        values_sealed=bindparam("values_sealed"),
        version=bindparam("version"),
        saved_at_ms=bindparam("saved_at_ms"),
    )
)


@dataclass(frozen=True, slots=True)
class CaseForm:
    """One form of a case as it was saved last."""

    case_form_id: str
    case_id: str
    form_id: str
    required: bool
    state: CaseFormState
    values: Mapping[str, Any]
    version: int
    saved_at_ms: int
    submitted_at_ms: int | None


class Formbook:
    """Reads and writes filled forms inside a caller's transaction."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def form_of(self, row: Row[Any]) -> CaseForm:
        """From its row of ``case_forms``."""
        return CaseForm(
            row.case_form_id,
            row.case_id,
            row.form_id,
            row.required,
            CaseFormState(row.state),
            orjson.loads(self._sealer.open(row.values_sealed)),
            row.version,
            row.saved_at_ms,
            row.submitted_at_ms,
        )

    async def add(
        self,
        connection: AsyncConnection,
        *,
        case_id: str,
        taxpayer_id: str,
        form_id: str,
        required: bool,
        values: Mapping[str, Any],
        now_ms: int,
    ) -> None:
        """A new draft at version 0. Raises IntegrityError where the case has that form."""
        await connection.execute(
            schema.case_forms.insert().values(
                case_form_id=new_id(),
                case_id=case_id,
                taxpayer_id=taxpayer_id,
                form_id=form_id,
                required=required,
                state=CaseFormState.DRAFT.value,
                values_sealed=self._seal(values),
                version=0,
                saved_at_ms=now_ms,
            )
        )

    async def of_case(self, connection: AsyncConnection, case_id: str) -> list[CaseForm]:
        """All forms of a case, in the order of their ids."""
        rows = await connection.execute(_OF_CASE, {"asked_case_id": case_id})
        return [self.form_of(row) for row in rows]

    async def one(self, connection: AsyncConnection, case_id: str, form_id: str) -> CaseForm:
        """Raises FormUnknown."""
        forms = schema.case_forms
        row = (
            await connection.execute(
                select(forms).where(forms.c.case_id == case_id, forms.c.form_id == form_id)
            )
        ).one_or_none()
        if row is None:
            raise FormUnknown("not of this case")
        return self.form_of(row)

    async def save(
        self,
        connection: AsyncConnection,
        case_id: str,
        form_id: str,
        values: Mapping[str, Any],
        *,
        version: int,
        now_ms: int,
    ) -> int:
        """Save over ``version``; the new one. The same content over the version before is the saving that was
        sent twice. Raises FormUnknown, FormChanged.
        """
        saved = await connection.execute(
            _SAVE,
            {
                "asked_case_id": case_id,
                "asked_form_id": form_id,
                "asked_version": version,
                "values_sealed": self._seal(values),
                "version": version + 1,
                "saved_at_ms": now_ms,
            },
        )
        if saved.rowcount == 1:
            return version + 1
        newest = await self.one(connection, case_id, form_id)
        if newest.version == version + 1 and newest.values == values:
            return newest.version
        raise FormChanged(newest.version)

    async def submit(
        self, connection: AsyncConnection, case_id: str, form_ids: Sequence[str], now_ms: int
    ) -> None:
        """Mark these as submitted."""
        forms = schema.case_forms
        await connection.execute(
            update(forms)
            .where(forms.c.case_id == case_id, forms.c.form_id.in_(list(form_ids)))
            .values(state=CaseFormState.SUBMITTED.value, submitted_at_ms=now_ms)
        )

    async def reopen(self, connection: AsyncConnection, case_id: str) -> None:
        """What was submitted may be edited again."""
        forms = schema.case_forms
        await connection.execute(
            update(forms).where(forms.c.case_id == case_id).values(state=CaseFormState.DRAFT.value)
        )

    def _seal(self, values: Mapping[str, Any]) -> bytes:
        return self._sealer.seal(orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode())


async def refuse_unknown_form(connection: AsyncConnection, case_id: str, form_id: str) -> None:
    """Raises FormUnknown where the case has no such form."""
    forms = schema.case_forms.c
    known = await connection.scalar(
        select(forms.form_id).where(forms.case_id == case_id, forms.form_id == form_id)
    )
    if known is None:
        raise FormUnknown("not of this case")
