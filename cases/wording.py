"""How facts are said in sentences for people, in both languages. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from cases.stills.states import StillSubject
from cases.views.names import Bilingual
from cases.views.tickets import CloseReason

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

STILLS: Final[Mapping[StillSubject, Bilingual]] = MappingProxyType(
    {
        StillSubject.DOCUMENT: Bilingual("材料照片", "a picture of a document"),
        StillSubject.PERSON: Bilingual("本人照片", "a picture of the taxpayer"),
    }
)

CLOSE_REASONS: Final[Mapping[CloseReason, Bilingual]] = MappingProxyType(
    {
        CloseReason.COMPLETED: Bilingual("已办结", "it is completed"),
        CloseReason.COMPLETED_UNSUCCESSFULLY: Bilingual("未办成", "it could not be completed"),
        CloseReason.BOOKING_CANCELLED: Bilingual("预约已取消", "the booking was cancelled"),
        CloseReason.WINDOW_MISSED_UNREVIEWED: Bilingual(
            "出票时间已过，资料未审核", "the time for the ticket passed before the review"
        ),
        CloseReason.NOT_RESUBMITTED: Bilingual("未按时重新提交资料", "it was not resubmitted in time"),
        CloseReason.WINDOW_MISSED_REJECTED: Bilingual(
            "出票时间已过，资料未通过审核", "the time for the ticket passed while the forms were not approved"
        ),
        CloseReason.NOT_REACTIVATED: Bilingual(
            "弃号后未按时激活", "the ticket was given up and not activated in time"
        ),
        CloseReason.EDIT_DEADLINE_MISSED: Bilingual("未按时修改资料", "the forms were not changed in time"),
        CloseReason.WINDOW_MISSED: Bilingual("未在预约时段出票", "no ticket was taken in the booked time"),
        CloseReason.WITHDRAWN: Bilingual("已撤回", "it was withdrawn"),
        CloseReason.TICKET_CANCELLED: Bilingual("已取消取号", "the ticket was cancelled"),
        CloseReason.HALL_CLOSED: Bilingual("办税服务厅已停止办理", "the hall closed"),
        CloseReason.TICKET_LOST: Bilingual("票号失效", "the ticket was lost"),
    }
)
"""Why a case is closed, as the end of a sentence."""


def moment(at_ms: int, time_zone: str) -> Bilingual:
    """A day and time at the hall: 11月26日 14:30, and 26 Nov 14:30."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(time_zone))
    clock = f"{at:%H:%M}"
    return Bilingual(f"{at.month}月{at.day}日 {clock}", f"{at.day} {MONTHS[at.month - 1]} {clock}")


def span(start_ms: int, end_ms: int, time_zone: str) -> Bilingual:
    """A slot of one day: 11月26日 14:30–15:00."""
    start = moment(start_ms, time_zone)
    end = datetime.fromtimestamp(end_ms / 1000, UTC).astimezone(ZoneInfo(time_zone))
    return Bilingual(f"{start.zh}–{end:%H:%M}", f"{start.en}–{end:%H:%M}")


def length(length_ms: int) -> Bilingual:
    """How long something took: 3分05秒, and 3 min 05 s."""
    minutes, seconds = divmod(length_ms // 1000, 60)
    if not minutes:
        return Bilingual(f"{seconds}秒", f"{seconds} s")
    return Bilingual(f"{minutes}分{seconds:02d}秒", f"{minutes} min {seconds:02d} s")
