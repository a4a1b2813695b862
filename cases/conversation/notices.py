"""What the rules say in a conversation: which events, and the sentences in both languages. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from cases.stages.events import Event
from cases.stills.states import StillSubject
from cases.views.names import Bilingual
from cases.views.tickets import CloseReason
from cases.wording import CLOSE_REASONS, STILLS, length, moment, span


class Notice(StrEnum):
    """What a system message is about."""

    SUBMITTED = "submitted"
    RESUBMITTED = "resubmitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    BOOKED = "booked"
    BOOKING_CHANGED = "booking_changed"
    BOOKING_CANCELLED = "booking_cancelled"
    EDIT_ASKED = "edit_asked"
    EDIT_SENT = "edit_sent"
    TICKET_ISSUED = "ticket_issued"
    TICKET_CALLED = "ticket_called"
    TICKET_SERVED = "ticket_served"
    TICKET_ABANDONED = "ticket_abandoned"
    PAYMENT_ASKED = "payment_asked"
    RECEIPT_SENT = "receipt_sent"
    PAYMENT_CONFIRMED = "payment_confirmed"
    PAYMENT_RETURNED = "payment_returned"
    PAYMENT_OVERDUE = "payment_overdue"
    PROMISE_PASSED = "promise_passed"
    CLOSED = "closed"
    VIDEO_ASKED_BY_TAXPAYER = "video_asked_by_taxpayer"
    VIDEO_ASKED_BY_OFFICER = "video_asked_by_officer"
    VIDEO_REFUSED_BY_TAXPAYER = "video_refused_by_taxpayer"
    VIDEO_REFUSED_BY_OFFICER = "video_refused_by_officer"
    VIDEO_WITHDRAWN = "video_withdrawn"
    VIDEO_UNANSWERED = "video_unanswered"
    VIDEO_ENDED = "video_ended"
    VIDEO_MISSED = "video_missed"
    STILL_ASKED = "still_asked"
    STILL_CONSENTED = "still_consented"
    STILL_REFUSED = "still_refused"
    STILL_WITHDRAWN = "still_withdrawn"
    STILL_EXPIRED = "still_expired"
    STILL_CALL_ENDED = "still_call_ended"


SAID: Final[Mapping[Event, Notice]] = MappingProxyType(
    {
        Event.SUBMIT: Notice.SUBMITTED,
        Event.RESUBMIT: Notice.RESUBMITTED,
        Event.APPROVE: Notice.APPROVED,
        Event.REJECT: Notice.REJECTED,
        Event.BOOK: Notice.BOOKED,
        Event.CHANGE_BOOKING: Notice.BOOKING_CHANGED,
        Event.CANCEL_BOOKING: Notice.BOOKING_CANCELLED,
        Event.ASK_EDIT: Notice.EDIT_ASKED,
        Event.SEND_EDIT: Notice.EDIT_SENT,
        Event.ISSUE: Notice.TICKET_ISSUED,
        Event.TICKET_CALLED: Notice.TICKET_CALLED,
        Event.TICKET_SERVED: Notice.TICKET_SERVED,
        Event.TICKET_ABANDONED: Notice.TICKET_ABANDONED,
        Event.ASK_PAYMENT: Notice.PAYMENT_ASKED,
        Event.SEND_RECEIPT: Notice.RECEIPT_SENT,
        Event.CONFIRM_PAYMENT: Notice.PAYMENT_CONFIRMED,
        Event.RETURN_PAYMENT: Notice.PAYMENT_RETURNED,
        Event.PAYMENT_PASSED: Notice.PAYMENT_OVERDUE,
        Event.PROMISE_PASSED: Notice.PROMISE_PASSED,
    }
)
"""The events that are said in the conversation; beside them the end of the case, whatever ended it."""

OF_VIDEO: Final = frozenset(notice for notice in Notice if notice.value.startswith("video_"))
"""What is said of requests for video (``cases.videos``)."""

OF_STILLS: Final = frozenset(notice for notice in Notice if notice.value.startswith("still_"))
"""What is said of requests for a still picture (``cases.stills``)."""

TEXTS: Final[Mapping[Notice, Bilingual]] = MappingProxyType(
    {
        Notice.SUBMITTED: Bilingual(
            "资料已提交，等待审核。", "The forms were submitted and wait for review."
        ),
        Notice.RESUBMITTED: Bilingual(
            "资料已重新提交，等待审核。", "The forms were submitted again and wait for review."
        ),
        Notice.APPROVED: Bilingual("资料审核通过。", "The forms were approved."),
        Notice.REJECTED: Bilingual(
            "资料审核未通过，请在 {by} 前修改后重新提交。",
            "The forms were not approved. Please correct and submit them again by {by}.",
        ),
        Notice.BOOKED: Bilingual("已预约 {slot}。", "Booked for {slot}."),
        Notice.BOOKING_CHANGED: Bilingual("预约已改到 {slot}。", "The booking was moved to {slot}."),
        Notice.BOOKING_CANCELLED: Bilingual("预约已取消。", "The booking was cancelled."),
        Notice.EDIT_ASKED: Bilingual(
            "税务人员请您在 {by} 前修改资料。", "The officer asks you to change the forms by {by}."
        ),
        Notice.EDIT_SENT: Bilingual("修改后的资料已发回。", "The changed forms were sent back."),
        Notice.TICKET_ISSUED: Bilingual(
            "已出票，请等候呼叫。", "The ticket was issued. Please wait for the call."
        ),
        Notice.TICKET_CALLED: Bilingual("正在呼叫，请接入在线帮办。", "You are being called. Please join."),
        Notice.TICKET_SERVED: Bilingual("已接入在线帮办。", "The online assistance has begun."),
        Notice.TICKET_ABANDONED: Bilingual(
            "呼叫无人应答，已弃号，可在时限内激活。",
            "The call was not answered and the ticket was given up. It can be activated in time.",
        ),
        Notice.PAYMENT_ASKED: Bilingual(
            "请在 {by} 前缴好并上传支付回执。", "Please pay, and upload the receipt by {by}."
        ),
        Notice.RECEIPT_SENT: Bilingual("支付回执已上传。", "The receipt was uploaded."),
        Notice.PAYMENT_CONFIRMED: Bilingual("支付已确认。", "The payment was confirmed."),
        Notice.PAYMENT_RETURNED: Bilingual(
            "支付回执被退回，请看备注后重新上传。",
            "The receipt was returned. Please read the remark and upload another one.",
        ),
        Notice.PAYMENT_OVERDUE: Bilingual("已过支付期限。", "The time for the payment is over."),
        Notice.PROMISE_PASSED: Bilingual(
            "已过承诺办结时间，税务人员会尽快处理。",
            "The promised time is over. An officer will see to it as soon as possible.",
        ),
        Notice.CLOSED: Bilingual("业务已结束：{reason}。", "The case is closed: {reason}."),
        Notice.VIDEO_ASKED_BY_TAXPAYER: Bilingual("纳税人申请视频聊天。", "The taxpayer asks for video."),
        Notice.VIDEO_ASKED_BY_OFFICER: Bilingual("税务人员申请视频聊天。", "The officer asks for video."),
        Notice.VIDEO_REFUSED_BY_TAXPAYER: Bilingual(
            "纳税人已拒绝视频聊天。", "The taxpayer refused the video."
        ),
        Notice.VIDEO_REFUSED_BY_OFFICER: Bilingual(
            "税务人员已拒绝视频聊天。", "The officer refused the video."
        ),
        Notice.VIDEO_WITHDRAWN: Bilingual("视频申请已取消。", "The request for video was withdrawn."),
        Notice.VIDEO_UNANSWERED: Bilingual("视频聊天无人接听。", "Nobody answered the request for video."),
        Notice.VIDEO_ENDED: Bilingual(
            "视频聊天已结束，通话时长 {length}。", "The video ended after {length}."
        ),
        Notice.VIDEO_MISSED: Bilingual("视频聊天未接通。", "The video was not connected."),
        Notice.STILL_ASKED: Bilingual("税务人员请求拍一张{still}。", "The officer asks for {still}."),
        Notice.STILL_CONSENTED: Bilingual(
            "纳税人同意发送{still}。", "The taxpayer consents to send {still}."
        ),
        Notice.STILL_REFUSED: Bilingual("纳税人不同意发送{still}。", "The taxpayer does not send {still}."),
        Notice.STILL_WITHDRAWN: Bilingual(
            "税务人员撤回了拍照请求，没有拍{still}。",
            "The officer withdrew the request for {still}.",
        ),
        Notice.STILL_EXPIRED: Bilingual(
            "拍照请求已过期，没有拍{still}。", "Nobody answered in time to the request for {still}."
        ),
        Notice.STILL_CALL_ENDED: Bilingual(
            "通话已结束，没有拍{still}。", "The call ended before the request for {still} was answered."
        ),
    }
)


def sentence(notice: Notice, params: Mapping[str, Any], time_zone: str) -> Bilingual:
    """What a system message says. ``params``: ``by_ms``, ``slot_start_ms`` with ``slot_end_ms``,
    ``close_reason``, ``length_ms``, ``still``, where the sentence needs them.
    """
    blank = Bilingual("", "")
    by = moment(params["by_ms"], time_zone) if "by_ms" in params else blank
    slot = blank
    if "slot_start_ms" in params:
        slot = span(params["slot_start_ms"], params["slot_end_ms"], time_zone)
    reason = CLOSE_REASONS[CloseReason(params["close_reason"])] if "close_reason" in params else blank
    took = length(params["length_ms"]) if "length_ms" in params else blank
    still = STILLS[StillSubject(params["still"])] if "still" in params else blank
    text = TEXTS[notice]
    return Bilingual(
        text.zh.format(by=by.zh, slot=slot.zh, reason=reason.zh, length=took.zh, still=still.zh),
        text.en.format(by=by.en, slot=slot.en, reason=reason.en, length=took.en, still=still.en),
    )
