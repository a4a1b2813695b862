"""Whose a ticket is: the taxpayer of its case, or who has bound it, or nobody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from cases.access import TicketParties
from cases.casebook import Casebook, CaseRecord
from cases.certificates import CertificateType
from cases.reception.paperbook import Paperbook, PaperTicket
from cases.stages.states import Mode

REMEMBERED_MAX: Final = 20_000


@dataclass(frozen=True, slots=True)
class HolderName:
    """How an officer is shown who it is."""

    name: str
    certificate_type: CertificateType
    number_sealed: bytes


@dataclass(frozen=True, slots=True)
class TicketHolder:
    """A ticket with whose it is. ``case_id``: none of a ticket on paper; ``taxpayer_id`` and ``named``: none
    of one on paper that nobody has bound. ``has_back_office``: whether what it is about can go on there.
    """

    ticket_id: str
    hall_id: str
    taxpayer_id: str | None
    named: HolderName | None
    case_id: str | None
    case_number: str | None
    question: str
    has_back_office: bool

    @property
    def parties(self) -> TicketParties:
        """As ``cases.access`` is asked about it, without its officer."""
        return TicketParties(self.taxpayer_id, self.hall_id, None)


def _of_case(case: CaseRecord) -> TicketHolder:
    return TicketHolder(
        case.ticket_id,
        case.hall_id,
        case.taxpayer_id,
        HolderName(case.taxpayer_name, case.certificate_type, case.number_sealed),
        case.case_id,
        case.number,
        case.question,
        case.mode is not Mode.CONSULT,
    )


def _of_paper(paper: PaperTicket) -> TicketHolder:
    bearer = paper.bearer
    return TicketHolder(
        paper.ticket_id,
        paper.hall_id,
        paper.taxpayer_id,
        HolderName(bearer.name, bearer.certificate_type, bearer.number_sealed) if bearer else None,
        None,
        None,
        "",
        False,
    )


class Holders:
    """Finds them. What never changes is kept in memory, at most ``remembered_max`` of it: whose a case's
    ticket is, and that a ticket is on paper; who has bound that is asked each time. Methods raise
    RecordsUnavailable.
    """

    def __init__(
        self, casebook: Casebook, paperbook: Paperbook, *, remembered_max: int = REMEMBERED_MAX
    ) -> None:
        self._casebook = casebook
        self._paperbook = paperbook
        self._remembered_max = remembered_max
        self._of_cases: dict[str, TicketHolder] = {}
        self._on_paper: set[str] = set()

    async def of_tickets(self, ticket_ids: Sequence[str]) -> dict[str, TicketHolder]:
        """By ticket id (at most 1,000); unknown ones are left out."""
        known = {
            ticket_id: self._of_cases[ticket_id] for ticket_id in ticket_ids if ticket_id in self._of_cases
        }
        rest = [ticket_id for ticket_id in ticket_ids if ticket_id not in known]
        cases = await self._casebook.of_tickets([one for one in rest if one not in self._on_paper])
        papers = await self._paperbook.of_tickets([one for one in rest if one not in cases])
        of_cases = {ticket_id: _of_case(case) for ticket_id, case in cases.items()}
        self._remember(of_cases, papers)
        return known | of_cases | {ticket_id: _of_paper(paper) for ticket_id, paper in papers.items()}

    def _remember(self, of_cases: dict[str, TicketHolder], on_paper: Iterable[str]) -> None:
        if len(self._of_cases) + len(of_cases) > self._remembered_max:
            self._of_cases.clear()
        self._of_cases.update(of_cases)
        if len(self._on_paper) > self._remembered_max:
            self._on_paper.clear()
        self._on_paper.update(on_paper)

    async def of_ticket(self, ticket_id: str) -> TicketHolder | None:
        return (await self.of_tickets([ticket_id])).get(ticket_id)
