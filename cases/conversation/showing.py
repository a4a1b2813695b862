"""A message as it is shown."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.conversation.book import MessageRecord
from cases.conversation.notices import sentence
from cases.conversation.views import MessageView
from cases.files import book as files
from cases.files.views import FileRef
from cases.sealing import Sealer
from cases.views.names import OfficerName


async def shown(
    connection: AsyncConnection, records: Sequence[MessageRecord], sealer: Sealer, time_zone: str
) -> tuple[MessageView, ...]:
    """Messages of one case. ``time_zone``: of the case's hall."""
    file_ids = [file_id for record in records for file_id in record.file_ids]
    pictures = await files.refs(connection, records[0].case_id, file_ids) if file_ids else {}
    return tuple(_view(record, pictures, sealer, time_zone) for record in records)


def _view(
    record: MessageRecord, pictures: Mapping[str, FileRef], sealer: Sealer, time_zone: str
) -> MessageView:
    officer = None
    if record.officer_name is not None and record.staff_number is not None:
        officer = OfficerName(record.officer_name, record.staff_number)
    return MessageView(
        record.case_id,
        record.number,
        record.message_id,
        record.at_ms,
        record.sender,
        officer,
        record.kind,
        sealer.open(record.text_sealed) if record.text_sealed is not None else "",
        tuple(pictures[file_id] for file_id in record.file_ids if file_id in pictures),
        sentence(record.notice, record.params, time_zone) if record.notice is not None else None,
    )
