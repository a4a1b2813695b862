"""What reports refuse."""

from cases.errors import CaseworkError


class ReportTooLong(CaseworkError):
    """More days at once than a report, or a supervisor's look into the audit trail, may have."""

    code = "report_too_long"
