"""What a notification says, in both languages: a title, and a sentence. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from cases.outbox.messages import NotificationKind
from cases.views.names import Bilingual
from cases.views.tickets import CloseReason
from cases.wording import CLOSE_REASONS, moment, span


@dataclass(frozen=True, slots=True)
class Wording:
    """``{case}``: the case, booking or ticket with its number; ``{slot}``, ``{by}``: times at the hall;
    ``{reason}``: why a case is closed; ``{counter}``: where somebody is called to.
    """

    title: Bilingual
    text: Bilingual


def _wording(title_zh: str, title_en: str, zh: str, en: str) -> Wording:
    return Wording(Bilingual(title_zh, title_en), Bilingual(zh, en))


TEXTS: Final[Mapping[NotificationKind, Wording]] = MappingProxyType(
    {
        NotificationKind.BOOKING_MADE: _wording(
            "预约成功", "Booked", "{case}已预约 {slot}。", "{case} is booked for {slot}."
        ),
        NotificationKind.BOOKING_CHANGED: _wording(
            "预约已更改", "Booking changed", "{case}的预约已改到 {slot}。", "{case} was moved to {slot}."
        ),
        NotificationKind.BOOKING_CANCELLED: _wording(
            "预约已取消", "Booking cancelled", "{case}的预约已取消。", "The booking of {case} was cancelled."
        ),
        NotificationKind.BOOKING_REMINDER: _wording(
            "预约提醒",
            "Your booking is near",
            "{case}的预约时间是 {slot}，请提前准备。",
            "{case} is booked for {slot}. Please be ready.",
        ),
        NotificationKind.ISSUE_WINDOW_OPEN: _wording(
            "可以出票了",
            "Take your ticket now",
            "{case}已到出票时间，请在预约时段 {slot} 结束前出票。",
            "The ticket of {case} can be taken now, until the end of {slot}.",
        ),
        NotificationKind.REVIEW_APPROVED: _wording(
            "资料审核通过", "Forms approved", "{case}的资料已审核通过。", "The forms of {case} were approved."
        ),
        NotificationKind.REVIEW_REJECTED: _wording(
            "资料审核未通过",
            "Forms not approved",
            "{case}的资料未通过审核，请在 {by} 前修改后重新提交。",
            "The forms of {case} were not approved. Please correct and submit them again by {by}.",
        ),
        NotificationKind.EDIT_ASKED: _wording(
            "请修改资料",
            "Forms to be changed",
            "{case}的资料需要修改，请在 {by} 前发回。",
            "The forms of {case} need a change. Please send them back by {by}.",
        ),
        NotificationKind.TICKET_ABANDONED: _wording(
            "已弃号",
            "Ticket given up",
            "{case}的呼叫无人应答，已弃号，可在时限内激活。",
            "Nobody answered the call of {case}. The ticket can be activated for a short time.",
        ),
        NotificationKind.TICKET_CALLED_ONSITE: _wording(
            "请到窗口",
            "Please come to the counter",
            "{case}正在呼叫，请马上到窗口 {counter}。",
            "{case} is called. Please come to counter {counter} now.",
        ),
        NotificationKind.PAYMENT_ASKED: _wording(
            "待支付",
            "Payment requested",
            "{case}需要支付，请缴好后上传支付回执。",
            "{case} needs a payment. Please pay and upload the receipt.",
        ),
        NotificationKind.PAYMENT_CONFIRMED: _wording(
            "支付已确认",
            "Payment confirmed",
            "{case}的支付已确认。",
            "The payment of {case} was confirmed.",
        ),
        NotificationKind.PAYMENT_RETURNED: _wording(
            "支付回执被退回",
            "Receipt returned",
            "{case}的支付回执被退回，请看备注后重新上传。",
            "The receipt of {case} was returned. Please read the remark and upload another one.",
        ),
        NotificationKind.PAYMENT_OVERDUE: _wording(
            "已过支付期限", "Payment overdue", "{case}已过支付期限。", "The payment of {case} is overdue."
        ),
        NotificationKind.CASE_CLOSED: _wording(
            "业务已结束", "Case closed", "{case}已结束：{reason}。", "{case} is closed: {reason}."
        ),
        NotificationKind.MESSAGE_WAITING: _wording(
            "有新消息",
            "New message",
            "{case}有税务人员的新消息，请查看。",
            "An officer wrote to you about {case}.",
        ),
    }
)


def said(kind: NotificationKind, params: Mapping[str, Any], time_zone: str) -> Wording:
    """The title and the sentence. ``params``: those of the notification."""
    blank = Bilingual("", "")
    slot = blank
    if "slot_start_ms" in params:
        slot = span(params["slot_start_ms"], params["slot_end_ms"], time_zone)
    by = moment(params["by_ms"], time_zone) if "by_ms" in params else blank
    reason = CLOSE_REASONS[CloseReason(params["close_reason"])] if "close_reason" in params else blank
    about, counter = _about(params), params.get("counter") or ""
    wording = TEXTS[kind]
    return Wording(
        wording.title,
        Bilingual(
            wording.text.zh.format(case=about.zh, slot=slot.zh, by=by.zh, reason=reason.zh, counter=counter),
            _sentence(
                wording.text.en.format(
                    case=about.en, slot=slot.en, by=by.en, reason=reason.en, counter=counter
                )
            ),
        ),
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _about(params: Mapping[str, Any]) -> Bilingual:
    """A case by its number, a visit by that of its booking, a ticket on paper by its own."""
    if "case_number" in params:
        return Bilingual(f"业务 {params['case_number']} ", f"case {params['case_number']}")
    if "ticket_number" in params:
        return Bilingual(f"纸质票 {params['ticket_number']} ", f"ticket {params['ticket_number']}")
    return Bilingual(f"到厅预约 {params['number']} ", f"visit {params['number']}")
