"""The sentence of every error code in both languages, with its HTTP status.

A sentence says the fact first, then the next step. Nothing in it comes from the input.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Text:
    status: int
    zh: str
    en: str


TEXTS: Mapping[str, Text] = MappingProxyType(
    {
        # the edges' own
        "invalid_input": Text(
            422, "填写的内容有误，请按提示修改。", "Something is filled in wrongly. Please correct it."
        ),
        "malformed": Text(400, "请求不完整，请重试。", "The request is incomplete. Please try again."),
        "unknown_event": Text(
            404, "没有这个操作，请刷新页面后重试。", "There is no such action. Reload the page and try again."
        ),
        "not_found": Text(404, "没有这个页面。", "There is no such page."),
        "method_not_allowed": Text(405, "不能这样访问。", "This cannot be done here."),
        "payload_too_large": Text(413, "内容太大，请缩短后重试。", "That is too large. Please shorten it."),
        "unsupported_media_type": Text(415, "请用 JSON 提交。", "Please send JSON."),
        "wrong_origin": Text(403, "请从本站页面操作。", "Please act from this site's own pages."),
        "too_many_connections": Text(
            503, "现在连接的人太多，请稍后再试。", "Too many are connected just now. Please try again soon."
        ),
        "too_fast": Text(429, "操作太快，请稍等再试。", "That was too fast. Please wait a moment."),
        "unexpected": Text(
            500,
            "这一步没有办成，已记录。请重试一次。",
            "This step did not work and was noted. Please try once more.",
        ),
        # who
        "not_signed_in": Text(401, "请先登录。", "Please sign in first."),
        "session_expired": Text(
            401, "登录已过期，请重新登录。", "Your session has expired. Please sign in again."
        ),
        "forbidden": Text(403, "您不能查看或办理这一项。", "You cannot see or do this."),
        "certificate_refused": Text(422, "证件信息有误，请检查。", "Please check the certificate."),
        "certificate_format": Text(
            422,
            "号码格式不对，请对照证件检查。",
            "The number has a wrong form. Please compare it with the certificate.",
        ),
        "certificate_length": Text(
            422,
            "号码位数不对，请检查有没有漏填或多填。",
            "The number has a wrong length. Please check for missing or extra characters.",
        ),
        "certificate_birthday": Text(
            422,
            "号码里的出生日期不存在，请检查有没有抄错。",
            "The birthday in the number does not exist. Please check it.",
        ),
        "certificate_checksum": Text(
            422,
            "最后一位对不上，请检查有没有抄错。",
            "The last digit does not match. Please check the number.",
        ),
        "name_invalid": Text(422, "姓名请与证件上的一致。", "Please write the name as on the certificate."),
        "identity_mismatch": Text(
            403,
            "姓名与证件号码对不上，请检查后重试。",
            "Name and number do not belong together. Please check both.",
        ),
        "face_unavailable": Text(
            503,
            "人脸核验暂未开通，请到办税服务厅办理。",
            "The face check is not available. Please visit a service hall.",
        ),
        "challenge_invalid": Text(
            400,
            "核验已超时，请重新填写证件信息。",
            "The check has timed out. Please enter your certificate again.",
        ),
        "password_wrong": Text(
            401, "工号或密码不对，请重试。", "Staff number or password is wrong. Please try again."
        ),
        "too_many_guesses": Text(
            429, "尝试次数太多，请稍后再试。", "Too many attempts. Please try again later."
        ),
        # tickets
        "identifier_invalid": Text(
            400,
            "编号格式不对，请刷新页面后重试。",
            "An identifier has a wrong form. Reload the page and try again.",
        ),
        "ticket_unknown": Text(
            404,
            "没有找到这张票，请返回首页查看。",
            "This ticket was not found. Please look on your home page.",
        ),
        "step_refused": Text(
            409,
            "票的状态已经变了，请看页面上的最新状态。",
            "The ticket has moved on. Please look at its present state.",
        ),
        "call_stale": Text(
            409,
            "这次呼叫已经过去，请看页面上的最新状态。",
            "That call is over. Please look at the present state.",
        ),
        "not_your_ticket": Text(403, "这张票由另一位税务人员办理。", "Another officer holds this ticket."),
        "officer_busy": Text(
            409, "请先办完手上的票，再叫下一位。", "Finish the ticket in hand before calling the next."
        ),
        "deadline_passed": Text(
            409,
            "已超过时限，请看页面上的下一步。",
            "The time limit has passed. Please look for the next step on the page.",
        ),
        "ticket_exists": Text(
            409,
            "这个票号已用于另一项业务，请重新取号。",
            "This ticket id is taken. Please take a new ticket.",
        ),
        "booking_has_ticket": Text(409, "这个预约已经出过票。", "This booking already has a ticket."),
        "line_full": Text(409, "这条队伍已满，请稍后再取号。", "This line is full. Please try again later."),
        "reactivations_spent": Text(
            409,
            "激活次数已用完，请重新取号。",
            "This ticket cannot be reactivated again. Please take a new one.",
        ),
        "slot_not_started": Text(
            409,
            "预约的时段还没有开始，现在不能弃号。",
            "The booked slot has not started yet. The ticket cannot be given up now.",
        ),
        "hall_closed": Text(
            409,
            "办税服务厅已停止取号，请在开放时间再来。",
            "The hall takes no tickets now. Please come back in its opening hours.",
        ),
        "holds_full": Text(
            409,
            "挂起的票已到上限，请先恢复或退回一张。",
            "As many tickets are on hold as allowed. Resume or give back one first.",
        ),
        "hall_frozen": Text(
            503,
            "排队数据正在核对，您的位置不会丢。请过几秒再试。",
            "The queue is being checked; your place is kept. Please try again in a few seconds.",
        ),
        "queue_unavailable": Text(
            503,
            "排队服务正在恢复，您的位置不会丢。请稍后再试。",
            "The queue is recovering; your place is kept. Please try again soon.",
        ),
        "queue_refused": Text(
            503,
            "排队服务暂时无法使用，请联系工作人员。",
            "The queue cannot be used just now. Please tell the staff.",
        ),
        "redis_address_invalid": Text(
            500,
            "排队服务的地址设置有误，请联系工作人员。",
            "The queue's address is set wrongly. Please tell the staff.",
        ),
        "rebuild_lost": Text(
            503,
            "排队系统正在恢复，请过几秒再试。",
            "The queue is being restored. Please try again in a few seconds.",
        ),
        "journal_broken": Text(
            500,
            "排队记录正在核对，请稍后再试。",
            "The queue's journal is being checked. Please try again soon.",
        ),
        "journal_fork": Text(
            500,
            "排队记录正在核对，请稍后再试。",
            "The queue's journal is being checked. Please try again soon.",
        ),
        "journal_gap": Text(
            500,
            "排队记录正在核对，请稍后再试。",
            "The queue's journal is being checked. Please try again soon.",
        ),
        "line_unknown": Text(
            404, "没有这条队伍，请重新选择。", "There is no such line. Please choose again."
        ),
        "case_unknown": Text(404, "没有找到这项业务。", "This case was not found."),
        "already_waiting": Text(
            409,
            "您在这条队伍里已有票，请在首页查看。",
            "You already have a ticket in this line. See your home page.",
        ),
        "too_many_tickets": Text(
            409,
            "您同时排的队已到上限，请先办完或取消一个。",
            "You wait in as many lines as allowed. Finish or cancel one first.",
        ),
        # desk
        "signed_off": Text(409, "请先签入队伍。", "Please sign on to a line first."),
        "on_break": Text(409, "小休中，请先回到就绪。", "You are on a break. Please become ready first."),
        "holds_ticket": Text(409, "请先办完手上的票。", "Please finish the ticket in hand first."),
        "desk_state_refused": Text(409, "只能选就绪或小休。", "Only ready or break can be chosen."),
        "nobody_waits": Text(409, "现在没有人等候。", "Nobody is waiting."),
        # calls
        "no_open_call": Text(409, "现在没有可以接入的视频。", "There is no call to join now."),
        "call_unknown": Text(404, "没有找到这次视频。", "This call was not found."),
        "leg_unknown": Text(
            409, "视频连接已换，请重新接入。", "The connection was replaced. Please join again."
        ),
        "offer_stale": Text(
            409, "视频连接已更新，请重新接入。", "The connection was renewed. Please join again."
        ),
        "answer_invalid": Text(
            400,
            "浏览器的视频参数不对，请更新浏览器后重试。",
            "The browser's video parameters do not fit. Please update it and try again.",
        ),
        "call_ended": Text(409, "视频已经结束。", "The call has ended."),
        "call_full": Text(
            503, "视频线路已满，请稍后再试。", "All video lines are busy. Please try again soon."
        ),
        "media_unavailable": Text(
            503, "视频服务正在恢复，请稍后再试。", "Video is recovering. Please try again soon."
        ),
        # records
        "records_unavailable": Text(
            503,
            "业务记录暂时无法读写，请稍后再试。",
            "Records cannot be reached just now. Please try again soon.",
        ),
        "records_disagree": Text(
            500, "业务记录正在核对，请稍后再试。", "Records are being checked. Please try again soon."
        ),
    }
)
