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
        # the stages of a case
        "case_refused": Text(
            409,
            "这项业务现在不能这样办，请刷新后按页面上的按钮办理。",
            "This cannot be done with the case now. Reload the page and use its buttons.",
        ),
        "case_closed": Text(
            409,
            "这项业务已结束，只能查看。可以从历史记录复制后重新办理。",
            "This case is closed and can only be read. You can copy it from the history and begin anew.",
        ),
        "window_not_open": Text(
            409,
            "还没到出票时间，到时间后再点“出票”。",
            "It is too early for the ticket. Take it when the countdown is over.",
        ),
        "window_over": Text(
            409, "这个时段已经过了，请重新预约。", "This time is over. Please book another one."
        ),
        "not_approved": Text(
            409,
            "资料还没有审核通过，通过后才能出票。",
            "The forms are not approved yet. The ticket can be taken once they are.",
        ),
        "ticket_taken": Text(
            409, "已经出过票了，请在待办里查看排队情况。", "You have the ticket already. See your to-dos."
        ),
        "deadline_over": Text(409, "已经超过期限，不能再办。", "The deadline is over."),
        # reports
        "report_too_long": Text(
            422,
            "一次看的天数太多，请缩短日期范围。",
            "Those are too many days at once. Please choose fewer.",
        ),
        # casework
        "topic_unknown": Text(
            404, "没有这项业务，请重新选择。", "There is no such business here. Please choose again."
        ),
        "form_unknown": Text(404, "没有这张表单。", "There is no such form."),
        "form_changed": Text(
            409,
            "这张表单在别的页面改过了。请先看最新内容，再决定保留哪一份。",
            "The form was changed in another page. See the newest version, then decide which one to keep.",
        ),
        "forms_incomplete": Text(
            422,
            "表单还有没填好的地方，请按提示修改后再提交。",
            "The forms are not complete yet. Please correct what is marked and submit again.",
        ),
        "required": Text(422, "必填。", "This is required."),
        "mode_refused": Text(
            422,
            "这项业务不能用这种方式办理，请换一种办理方式。",
            "This business is not done in that way. Please choose another one.",
        ),
        "consent_missing": Text(
            422,
            "后台帮办需要您先同意授权书。",
            "The back office needs your consent before it acts for you.",
        ),
        "too_many_drafts": Text(
            409,
            "草稿已满，请先在“我的填单”提交或删除一些。",
            "You have as many drafts as are kept. Submit or delete some in My forms first.",
        ),
        "review_taken": Text(
            409, "另一位同事正在审核这一项。", "A colleague is reviewing this case just now."
        ),
        "work_taken": Text(409, "另一位同事正在办理这一项。", "A colleague is working on this case."),
        "payment_unknown": Text(404, "没有这笔待付款项。", "There is no such payment to answer."),
        # files
        "file_empty": Text(
            422, "这个文件是空的，请重新选择。", "The file is empty. Please choose another one."
        ),
        "file_too_large": Text(
            413,
            "文件不能超过 10 MB，请压缩后重试。",
            "A file may have 10 MB. Please make it smaller and try again.",
        ),
        "file_type_refused": Text(
            422,
            "只能上传 JPG、PNG、WebP 图片或 PDF，请换一个文件。",
            "Only JPEG, PNG and WebP pictures or PDF can be sent. Please choose another file.",
        ),
        "file_heic_refused": Text(
            422,
            "这是 HEIC 照片，请转成 JPG，或把手机相机格式改为“兼容性最佳”后重拍。",
            "This is a HEIC photo. Please send it as JPEG, or set the camera to Most Compatible.",
        ),
        "file_picture_wanted": Text(
            422,
            "这里只能上传图片，请拍照或截图后上传。",
            "Only pictures can be sent here. Please take a photo or a screenshot.",
        ),
        "file_broken": Text(
            422,
            "这个文件打不开，可能不完整，请重新保存或重拍后上传。",
            "The file cannot be read and may be incomplete. Please save it or take it again.",
        ),
        "file_mixed": Text(
            422,
            "这个文件里还夹带了别的内容，请重新截图或另存后上传。",
            "Something else is inside this file. Please take a screenshot of it or save it anew.",
        ),
        "file_animated": Text(
            422,
            "不能上传动态图片，请截图后上传。",
            "Moving pictures cannot be sent. Please send a screenshot.",
        ),
        "file_too_many_pixels": Text(
            422,
            "图片尺寸太大，最多 5000 万像素，请缩小后重试。",
            "The picture is too big: 50 megapixels at most. Please make it smaller.",
        ),
        "file_too_many_pages": Text(
            422, "PDF 页数太多，请分成几个文件上传。", "The PDF has too many pages. Please send it in parts."
        ),
        "file_locked": Text(
            422,
            "这个 PDF 有密码，请去掉密码后上传。",
            "The PDF has a password. Please remove it and send the file again.",
        ),
        "file_active": Text(
            422,
            "这个 PDF 带有脚本、动作或附件，请打印成新的 PDF 后上传。",
            "The PDF has scripts, actions or attached files. Please print it to a new PDF and send that.",
        ),
        "file_too_hard": Text(
            422,
            "这个文件太复杂，无法检查，请重新截图或另存后上传。",
            "The file is too complex to be checked. Please take a screenshot of it or save it anew.",
        ),
        "upload_stopped": Text(
            408,
            "文件没有传完，请检查网络后重试。",
            "The file did not arrive whole. Please check the network and try again.",
        ),
        "uploads_busy": Text(
            503, "现在上传的人太多，请稍后再试。", "Many files are arriving just now. Please try again soon."
        ),
        "too_many_files": Text(
            409,
            "上传的文件已满，请先删除不需要的，或明天再传。",
            "You have as many files as are kept. Delete some, or send it tomorrow.",
        ),
        "file_unknown": Text(404, "没有这个文件。", "There is no such file."),
        "files_unavailable": Text(
            503,
            "文件暂时存取不了，请稍后再试。",
            "Files cannot be kept or shown just now. Please try again soon.",
        ),
        "request_reused": Text(
            409,
            "这次提交的内容与之前的不同，请刷新页面后重试。",
            "This was sent before with another content. Reload the page and try again.",
        ),
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
        # the face step
        "face_not_enrolled": Text(
            403,
            "还没有登记人脸，请带证件到办税服务厅登记一次。",
            "Your face is not registered yet. Please bring your certificate to a service hall once.",
        ),
        "face_check_off": Text(409, "这里没有启用人脸核验。", "Faces are not checked by pictures here."),
        "face_unclear": Text(
            422,
            "没有看清人脸，请正对光线、靠近镜头，只留一个人。",
            "No clear face. Please face the light, come closer, and be alone in the picture.",
        ),
        "pose_wrong": Text(
            422, "请按提示转动头部后再拍。", "Please turn your head as asked, then take the picture."
        ),
        "face_mismatch": Text(
            403,
            "人脸与登记的不一致，请重新登录；多次不成功请到办税服务厅。",
            "The face is not the registered one. Sign in again, or visit a service hall.",
        ),
        "face_attempt_unknown": Text(
            404, "人脸核验已结束，请重新登录。", "The face check is over. Please sign in again."
        ),
        "face_busy": Text(
            503, "人脸核验繁忙，请稍后再试。", "The face check is busy. Please try again soon."
        ),
        # accounts
        "second_factor_needed": Text(
            401, "请输入动态验证码。", "Please enter the code of your authenticator app."
        ),
        "new_password_needed": Text(
            401, "这是临时密码，请设置自己的新密码。", "This password was given out. Please choose your own."
        ),
        "enrolment_needed": Text(
            401, "本系统要求动态验证码，请先绑定。", "A second factor is required here. Please set one up."
        ),
        "log_in_again": Text(
            401, "登录已超时，请重新输入密码。", "The log-in took too long. Please enter the password again."
        ),
        "code_wrong": Text(
            422,
            "验证码不对或已用过，请等下一个再试。",
            "The code is wrong or was used before. Please try the next one.",
        ),
        "password_refused": Text(
            422, "新密码不符合要求，请按提示修改。", "The new password breaks a rule. Please choose another."
        ),
        "password_too_short": Text(422, "至少 10 个字符。", "At least 10 characters."),
        "password_too_common": Text(
            422, "这个密码太常见，容易被猜到。", "This password is too common and guessed first."
        ),
        "password_about_the_person": Text(
            422, "不要用工号或姓名作密码。", "Do not use your staff number or name as a password."
        ),
        "password_the_old_one": Text(422, "新密码不能与旧密码相同。", "Choose another one than before."),
        "second_factor_off": Text(409, "本系统没有启用动态验证码。", "There are no second factors here."),
        "second_factor_present": Text(
            409, "已经绑定过动态验证码，请先解除。", "You have a second factor. Take it away first."
        ),
        "second_factor_missing": Text(
            409, "还没有绑定动态验证码，请先绑定。", "There is no second factor yet. Set one up first."
        ),
        "second_factor_required": Text(
            409, "本系统要求动态验证码，不能解除。", "It is required here and cannot be taken away."
        ),
        "session_unknown": Text(404, "没有找到这个登录。", "This session was not found."),
        "officer_unknown": Text(404, "没有找到这位税务人员。", "This officer was not found."),
        "officer_changed": Text(
            409,
            "这位税务人员的信息刚刚被改过，请看最新内容后再改。",
            "Somebody else has just changed this officer. Please look again before you change it.",
        ),
        "staff_number_taken": Text(
            409, "这个工号已有人使用，请检查。", "Another officer has that staff number. Please check it."
        ),
        "last_admin": Text(
            409,
            "至少要保留一位可以登录的管理员。",
            "One admin who can sign in has to remain. Make another one first.",
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
        # With who has it.
        "called_by_colleague": Text(
            409, "这张票已由{name}（{staff_number}）叫走。", "{name} ({staff_number}) has called this ticket."
        ),
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
        "cursor_unknown": Text(
            404, "列表已变化，请刷新后再看。", "The list has changed. Please open it again."
        ),
        "region_unknown": Text(
            404, "没有这个地区，请重新选择。", "There is no such region. Please choose again."
        ),
        "subcategory_unknown": Text(
            404, "没有这个业务类别，请重新选择。", "There is no such kind of business. Please choose again."
        ),
        "answer_unknown": Text(
            404, "问题已更新，请从头回答。", "The questions have changed. Please answer from the beginning."
        ),
        "favourite_unknown": Text(404, "没有这个收藏。", "There is no such favourite."),
        "reason_unknown": Text(404, "没有这个退回原因。", "There is no such reason."),
        "catalogue_invalid": Text(
            422, "目录文件有错误，未启用。", "The catalogue files are wrong and were not taken."
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
        # booking
        "hall_unknown": Text(
            404, "没有这个办税服务厅，请重新选择。", "There is no such hall. Please choose again."
        ),
        "slot_not_offered": Text(
            409, "这个时段不能预约，请另选时段。", "This time cannot be booked. Please choose another."
        ),
        "slot_full": Text(
            409, "这个时段刚刚约满，请另选时段。", "This time has just filled up. Please choose another."
        ),
        "too_many_bookings": Text(
            409,
            "您的预约数已到上限，请先办完或取消一个。",
            "You have as many bookings as allowed. Use or cancel one first.",
        ),
        "case_has_booking": Text(
            409,
            "这项业务已有预约，请在原预约上改期。",
            "This case has a booking already. Please change that one.",
        ),
        "visit_booked": Text(
            409,
            "这个时间您已经约好办这件事，不用再约。在“预约办税”里可以查看、改约或取消。",
            "You have booked this visit for this time already. See it, move it or cancel it under Bookings.",
        ),
        "booking_unknown": Text(404, "没有找到这个预约。", "This booking was not found."),
        "booking_over": Text(
            409,
            "这个预约已结束或已到时间，不能再改。",
            "This booking is over or its time has come. It cannot be changed.",
        ),
        "booking_of_case": Text(
            409,
            "这个预约属于一项业务，请在该业务里操作。",
            "This booking belongs to a case. Please change it there.",
        ),
        "booking_changed": Text(
            409,
            "这个预约刚刚有改动，请看最新内容后再操作。",
            "This booking has just changed. Please look at it again.",
        ),
        "topic_not_offered": Text(
            422,
            "这项业务不能预约到厅办理，请重新选择。",
            "No visit can be booked for this. Please choose again.",
        ),
        "captcha_wrong": Text(
            422, "验证码不对，请重新输入新的验证码。", "The code is wrong. Please enter the new one."
        ),
        "captcha_expired": Text(
            422, "验证码已失效，请换一张。", "The code is no longer valid. Please take a new one."
        ),
        "calendar_empty": Text(
            409,
            "办税服务厅近期没有工作日，请联系工作人员。",
            "The hall has no working days ahead. Please tell the staff.",
        ),
        "rules_invalid": Text(
            422, "工作时间或名额设置有误，请检查。", "Hours or capacities are set wrongly. Please check."
        ),
        "rules_changed": Text(
            409,
            "设置刚刚被别人改过，请看最新内容后再改。",
            "Somebody else has just changed this. Please look at it again.",
        ),
        "day_unknown": Text(404, "没有这一天。", "There is no such day."),
        "letter_taken": Text(
            409, "这个字母已被本厅另一条队伍使用，请换一个。", "Another line of the hall has this letter."
        ),
        "too_many_halls": Text(
            409, "办税服务厅已到上限，不能再增加。", "There are as many halls as there can be."
        ),
        "too_many_days": Text(
            409, "特殊日期已到上限，请先删除一些。", "Too many special days. Please remove some first."
        ),
        "rule_out_of_range": Text(422, "数值超出范围。", "The value is out of range."),
        "rule_too_many": Text(422, "条数太多。", "There are too many."),
        "rule_twice": Text(422, "有重复的设置。", "The same is set twice."),
        "rule_overlap": Text(422, "时间有重叠，或先后颠倒。", "Times overlap or are out of order."),
        "rule_not_seven_days": Text(422, "一周须有七天。", "A week has to have seven days."),
        "rule_ends_before_it_begins": Text(422, "结束早于开始。", "It ends before it begins."),
        "rule_closed_with_hours": Text(
            422, "不开放的日子不能有工作时间。", "A closed day cannot have hours or count as working."
        ),
        # conversations and notifications
        "conversation_not_begun": Text(
            409,
            "提交资料后才能与税务人员对话。",
            "You can write to an officer once the forms are submitted.",
        ),
        "message_empty": Text(422, "请输入文字或选择图片。", "Please write something or choose a picture."),
        "too_many_messages": Text(
            429, "消息发得太快，请稍等再发。", "That was too many messages. Please wait a moment."
        ),
        "quick_reply_unknown": Text(
            404, "没有这条快捷回复，请刷新后重试。", "There is no such quick reply. Please reload the page."
        ),
        "too_many_quick_replies": Text(
            409,
            "快捷回复已满，请先删除一些。",
            "There are as many quick replies as are kept. Remove some first.",
        ),
        # requests for video
        "video_unknown": Text(
            404,
            "没有这个视频申请，请刷新后重试。",
            "There is no such request for video. Please reload the page.",
        ),
        "video_asked": Text(
            409, "已有视频申请在等待接听。", "A request for video waits for its answer already."
        ),
        "video_call_open": Text(
            409, "视频已接通，请直接进入。", "The video is open already. Please join it."
        ),
        "video_not_yours": Text(
            409,
            "这项视频由其他人员处理，请刷新后查看。",
            "Somebody else has to do that. Reload the page to see how it stands.",
        ),
        "video_taken": Text(409, "已由其他税务人员接听。", "Another officer has accepted it."),
        "video_over": Text(
            409, "这个视频申请已经结束，可以重新申请。", "This request for video is over. You can ask again."
        ),
        "video_busy": Text(
            409,
            "有一方正在其他视频中，请稍后再试。",
            "One of you is in another video call. Please try again later.",
        ),
        "too_many_video_requests": Text(
            429, "申请太频繁，请稍等再试。", "That was too many requests. Please wait a moment."
        ),
        # requests for a still picture
        "still_unknown": Text(
            404,
            "没有这个拍照请求，请刷新后重试。",
            "There is no such request for a picture. Please reload the page.",
        ),
        "still_asked": Text(
            409,
            "已有拍照请求在等纳税人答复。",
            "A request for a picture waits for the taxpayer's answer already.",
        ),
        "still_over": Text(
            409,
            "这个拍照请求已经结束，没有拍照。",
            "This request for a picture is over. No picture was taken.",
        ),
        "stills_full": Text(
            409,
            "这次通话的拍照请求已达上限，请改用会话要材料。",
            "As many pictures were asked for as are taken in one call. Please ask in the conversation.",
        ),
        "notification_unknown": Text(404, "没有这条通知。", "There is no such notification."),
        "delivery_unknown": Text(404, "没有这条推送记录。", "There is no such delivery."),
        "delivery_not_parked": Text(
            409,
            "这条通知没有停止推送，请刷新查看最新状态。",
            "This notification is not parked. Reload the page to see its state.",
        ),
        # desk
        "signed_off": Text(409, "请先签入队伍。", "Please sign on to a line first."),
        "on_break": Text(409, "小休中，请先回到就绪。", "You are on a break. Please become ready first."),
        "holds_ticket": Text(409, "请先办完手上的票。", "Please finish the ticket in hand first."),
        "desk_state_refused": Text(409, "只能选就绪或小休。", "Only ready or break can be chosen."),
        "break_reason_missing": Text(
            422,
            "请选小休的原因；选“其他”时写几个字。",
            "Please choose a reason for the break; for another one, write a few words.",
        ),
        "nobody_waits": Text(409, "现在没有人等候。", "Nobody is waiting."),
        # screens in halls
        "display_unknown": Text(
            404,
            "这个显示屏码不能用，可能已被停用。请管理员重新生成一个。",
            "This display code does not work, or was taken away. Please ask an administrator for a new one.",
        ),
        "too_many_displays": Text(
            409,
            "这个厅的显示屏已到上限，请先停用一块。",
            "This hall has as many displays as allowed. Remove one first.",
        ),
        # paper tickets, binding, counters
        "not_on_site_line": Text(
            404,
            "本厅没有这条现场队伍，请重新选择。",
            "There is no such on-site line in this hall. Please choose again.",
        ),
        "paper_ticket_unknown": Text(404, "没有找到这张纸质票。", "This paper ticket was not found."),
        "binding_refused": Text(
            404,
            "票号和绑定码对不上，或者这张票已不能绑定。请对照票面检查，或请导税台重新打印。",
            "Number and code do not fit, or the ticket can no longer be bound. Compare them with the slip, or "
            "ask the reception for a new one.",
        ),
        "too_many_bound": Text(
            409,
            "您绑定的票已到上限，请先解绑一张。",
            "You have bound as many tickets as allowed. Unbind one first.",
        ),
        "paper_ticket_over": Text(
            409,
            "这张纸质票已经结束，不能再操作。",
            "This paper ticket has ended. Nothing can be done with it.",
        ),
        "visit_not_now": Text(
            409,
            "现在不在这个预约的取号时间内，可以改取普通号。",
            "This is not the time for the booking's ticket. An ordinary one can be issued.",
        ),
        "counter_missing": Text(
            422,
            "签入现场队伍请填写窗口号。",
            "Please give your counter to sign on to an on-site line.",
        ),
        "confirmed_at_counter": Text(
            409,
            "请到叫号的窗口，由工作人员确认。",
            "Please come to the counter that called; the officer there confirms it.",
        ),
        "not_on_site": Text(
            409,
            "这张票通过视频办理，请等纳税人接入。",
            "This ticket is served over video. Please wait for its taxpayer to join.",
        ),
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
        # media workers
        "media_unreachable": Text(
            503,
            "视频服务暂时联系不上，请稍后再试。",
            "Video cannot be reached just now. Please try again soon.",
        ),
        "media_no_worker": Text(
            503, "视频服务正在启动，请稍后再试。", "Video is being started. Please try again soon."
        ),
        "media_no_answer": Text(
            503, "视频服务没有回应，请再试一次。", "Video did not answer. Please try again."
        ),
        "media_busy": Text(503, "视频服务忙，请稍后再试。", "Video is busy. Please try again soon."),
        "media_message_invalid": Text(
            503,
            "视频服务版本不一致，请稍后再试。",
            "Parts of the video service do not understand each other. Please try again soon.",
        ),
        # what can be wrong with a form
        "form_definition_invalid": Text(
            422,
            "表单定义有误，请检查目录文件。",
            "The definition of a form is wrong. Check the catalogue's files.",
        ),
        "form_too_large": Text(422, "填写的内容太多，请精简。", "That is too much. Please shorten it."),
        "form_too_deep": Text(
            422,
            "填写的内容无法识别，请刷新后重填。",
            "That cannot be read. Please reload and fill it in again.",
        ),
        "field_type": Text(
            422, "填写的内容无法识别，请重填。", "That cannot be read. Please fill it in again."
        ),
        "text_invalid": Text(
            422, "含有不能使用的字符，请改正。", "There are characters that cannot be used here."
        ),
        "text_too_long": Text(422, "内容太长，请缩短。", "That is too long. Please shorten it."),
        "number_invalid": Text(
            422,
            "请填写数字，并注意小数位数。",
            "Please write a number with no more decimals than are asked for.",
        ),
        "number_too_small": Text(422, "数值太小，请核对。", "The number is too small. Please check it."),
        "number_too_large": Text(422, "数值太大，请核对。", "The number is too large. Please check it."),
        "date_invalid": Text(
            422, "没有这一天，请按“年-月-日”填写。", "There is no such day. Please write year-month-day."
        ),
        "choice_unknown": Text(422, "请从列出的选项中选择。", "Please choose one of the options."),
        "choice_twice": Text(422, "同一选项只能选一次。", "Each option can be chosen once."),
        "rows_too_few": Text(
            422, "行数不够，请补填。", "There are too few rows. Please add what is missing."
        ),
        "rows_too_many": Text(
            422, "行数太多，请分次申请。", "There are too many rows. Please apply in parts."
        ),
        "rate_missing": Text(
            422,
            "这个日期没有可用的税率或标准，请核对日期，或联系税务人员。",
            "No rate is known for this day. Check the day, or ask an officer.",
        ),
        "attachment_missing": Text(
            422, "缺少这份附件，请上传。", "This attachment is missing. Please upload it."
        ),
        "declaration_missing": Text(422, "请勾选声明。", "Please tick the declaration."),
        "mobile_invalid": Text(
            422, "请填写11位手机号。", "Please write a mobile number of mainland China, with its 11 digits."
        ),
        "phone_invalid": Text(
            422,
            "请填写11位手机号，或带区号的座机号。",
            "Please write a mobile number, or a landline with its area code.",
        ),
        "credit_code_invalid": Text(
            422,
            "统一社会信用代码应为18位数字和大写字母（不含I、O、S、V、Z）。",
            "A credit code has 18 digits and letters, without I, O, S, V and Z.",
        ),
        "credit_code_checksum": Text(
            422,
            "号码校验位不符，请与执照核对；确认无误可继续。",
            "The check digit does not fit. Compare it with the licence; go on if you are sure.",
        ),
        "taxpayer_number_invalid": Text(
            422,
            "请填写18位统一社会信用代码或身份证件号码。",
            "Please write the credit code or identity number of 18 characters.",
        ),
        "bank_account_invalid": Text(
            422, "银行账号应为8至30位数字。", "An account number has 8 to 30 digits."
        ),
        "vin_invalid": Text(
            422,
            "车辆识别代号应为17位，不含I、O、Q。",
            "A vehicle's number has 17 characters, without I, O and Q.",
        ),
        "plate_invalid": Text(
            422,
            "车牌号格式不对，例如粤C12345。",
            "The plate has a wrong form. It begins with the sign of a province and a letter.",
        ),
        "email_invalid": Text(422, "邮箱格式不对。", "The e-mail address has a wrong form."),
        "postcode_invalid": Text(422, "邮政编码应为6位数字。", "A postcode has six digits."),
        "invoice_code_invalid": Text(
            422,
            "发票代码应为12位数字；数电发票没有代码，请留空。",
            "An invoice code has 12 digits; leave it empty for a digital invoice.",
        ),
        "invoice_number_invalid": Text(
            422, "发票号码应为8位或20位数字。", "An invoice number has 8 or 20 digits."
        ),
        "estate_unit_invalid": Text(
            422,
            "不动产单元代码应为28位数字和大写字母。",
            "The code of a real estate unit has 28 digits and letters.",
        ),
        "region_invalid": Text(422, "请选择行政区划。", "Please choose the region."),
        # what the forms check among their fields
        "period_reversed": Text(422, "止日不能早于起日。", "The end is before the beginning."),
        "date_in_future": Text(422, "日期不能晚于今天。", "The day has not come yet."),
        "account_holder": Text(
            422, "账户户名应与申请人一致。", "The account has to be in the applicant's name."
        ),
        "ticket_twice": Text(422, "税票号码不能重复。", "A tax receipt stands there twice."),
        "refund_retained_role": Text(
            422, "留抵退税只能由纳税人申请。", "Only the taxpayer can claim retained input tax."
        ),
        "refund_retained_online": Text(
            422,
            "留抵退税不在网上受理，请咨询税务人员。",
            "Retained input tax is not refunded on-line. Please ask an officer.",
        ),
        "refund_too_late": Text(
            422, "缴款日期已超过可以申请退税的年限。", "The payment is too long ago to be claimed back."
        ),
        "refund_above_paid": Text(
            422, "申请退税金额不能大于实缴金额合计。", "More is claimed than was paid."
        ),
        "refund_no_arrears": Text(422, "没有欠税时不能选择抵欠。", "There are no arrears to offset against."),
        "invoice_kind_natural": Text(
            422,
            "自然人只能代开普通发票，出租不动产除外。",
            "A natural person gets plain invoices only, except for a lease of real estate.",
        ),
        "amount_not_product": Text(
            422, "不含税销售额应等于数量乘以单价。", "The amount is not the quantity times the price."
        ),
        "levy_unknown": Text(422, "没有这个征收率，请按现行征收率填写。", "There is no such levy rate."),
        "reduce_plain_only": Text(
            422, "只有普通发票可以填写减免税。", "A reduction can only be claimed for a plain invoice."
        ),
        "reduction_above_tax": Text(422, "减免税额不能大于税额。", "The reduction is more than the tax."),
        "reduction_above_income": Text(
            422, "减免税额不能大于收入金额。", "The tax that is saved is more than the income."
        ),
        "remark_project": Text(
            422,
            "备注须写明建筑项目名称和发生地。",
            "The remarks have to name the construction project and its place.",
        ),
        "refund_year": Text(
            422,
            "税款所属年度须在可以申请退税的年限内。",
            "The tax year is too long ago, or has not come yet.",
        ),
        "refund_payer": Text(422, "退税申请人须与缴款人一致。", "The applicant has to be who paid."),
        "refund_event": Text(422, "事件类型与退税原因不符。", "What happened does not fit the reason."),
        "refund_event_year": Text(
            422, "事件日期须在税款所属年度内。", "It has to have happened in the tax year."
        ),
        "vehicle_tax_late": Text(
            422,
            "已超过申报期限，将加收滞纳金；确认无误可继续。",
            "The return is late and costs a fee. Go on if the day is right.",
        ),
        "motorcycle_untaxed": Text(
            422,
            "排量不超过150毫升的摩托车不缴车辆购置税，请核对。",
            "Motorcycles up to 150 cc are not taxed. Please check it.",
        ),
        "reduction_new_energy": Text(
            422, "减税只适用于新能源汽车。", "The reduction is for new energy vehicles."
        ),
        "shares_not_whole": Text(422, "各承受方份额合计应为100%。", "The shares have to make 100%."),
        "invoices_above_month": Text(
            422, "不能大于每月最高领票数量。", "This is more than the most of a month."
        ),
        "date_passed": Text(422, "日期不能早于今天。", "That day is over."),
        "cross_region_same_province": Text(
            422,
            "经营地在本省，按本省规定办理；确认无误可继续。",
            "The place is in this province, where its own rules hold. Go on if it is right.",
        ),
        "roles_missing": Text(
            422,
            "法定代表人、财务负责人、办税人员各须至少一人。",
            "The legal representative, the finance officer and a tax clerk are all needed.",
        ),
        "sales_below_standard": Text(
            422,
            "销售额没有超过规定标准，请改选自愿登记。",
            "The sales are not above the standard. Choose to register of your own will.",
        ),
        "accounts_unsound": Text(
            422, "会计核算健全的才能自愿登记。", "Only who has sound accounts can register of their own will."
        ),
        "accounts_one_payer": Text(422, "首选缴税账户只能有一个。", "Taxes are paid from one account only."),
        "account_twice": Text(422, "同一账号不能填写两次。", "An account stands there twice."),
        "account_report_late": Text(
            422,
            "已超过15日的报告期限；确认无误可继续。",
            "The report is later than 15 days. Go on if the day is right.",
        ),
        "account_agreement": Text(
            422,
            "已签三方协议的，请先终止协议再变更账号、开户行或注销。",
            "End the three-party agreement before the account is changed or closed.",
        ),
        "change_late": Text(
            422,
            "已超过30日的变更期限；确认无误可继续。",
            "The report is later than 30 days. Go on if the day is right.",
        ),
        "change_twice": Text(422, "同一变更项目不能填写两次。", "An item stands there twice."),
        "change_nothing": Text(422, "变更后内容与变更前相同。", "Nothing changes there."),
        "promise_missing": Text(
            422, "即办注销存在未结事项的，须作出承诺。", "With something unsettled, a promise is needed."
        ),
        "liquidation_missing": Text(
            422, "请先完成企业所得税清算报备。", "The liquidation has to be reported first."
        ),
        "year_in_future": Text(422, "年度不能晚于今年。", "That year has not come yet."),
        "year_not_over": Text(422, "年度结束后才能办理汇算。", "That year is not over yet."),
        "residence_days": Text(
            422,
            "无住所个人当年居住满183天才构成居民。",
            "Without a domicile, 183 days in the year make a resident.",
        ),
        "residence_unit": Text(
            422,
            "不在中国境内成立的，实际管理机构须在境内。",
            "A unit that was founded elsewhere has to be managed in China.",
        ),
        "pension_above_cap": Text(
            422, "个人养老金超过年度扣除限额。", "More than the yearly limit for the personal pension."
        ),
        "rent_and_mortgage": Text(
            422,
            "住房租金和住房贷款利息不能在同一个月扣除；确认不重叠可继续。",
            "Rent and interest are not deducted for the same month. Go on if they are not.",
        ),
        "iit_waived": Text(
            422,
            "符合免予办理汇算补税的条件，可以不补税；仍要办理请确认。",
            "This tax need not be paid. Go on if you still want to file.",
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
