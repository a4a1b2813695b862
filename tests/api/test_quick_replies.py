"""Quick replies: the hall's and an officer's own (S34)."""

import pytest

from cases.conversation.views import QuickReplies, QuickReply
from tests.clients import Answer, OfficerClient, code_of
from tests.product import HE, LIN, ZHOU, House

pytestmark = pytest.mark.both_records

PATH = "/api/v1/officer/quick-replies"


async def add(officer: OfficerClient, text: str, *, key: str | None = None, **more: object) -> QuickReplies:
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = await officer.ask("POST", PATH, {"text": text, **more}, headers=headers)
    return answer.as_(QuickReplies)


async def change(officer: OfficerClient, reply: QuickReply, text: str, place: int = 0) -> QuickReplies:
    answer = await officer.ask("PUT", f"{PATH}/{reply.reply_id}", {"text": text, "place": place})
    return answer.as_(QuickReplies)


async def remove(officer: OfficerClient, reply: QuickReply) -> Answer:
    return await officer.ask("DELETE", f"{PATH}/{reply.reply_id}")


def texts(replies: QuickReplies) -> list[str]:
    return [reply.text for reply in replies.replies]


@pytest.mark.feature("S34")
async def test_an_officer_has_those_of_the_hall_and_their_own(house: House) -> None:
    lin, _ = await house.officer(LIN)
    zhou, _ = await house.officer(ZHOU)
    boss, _ = await house.officer(HE)
    await add(boss, "请补充发票复印件。", shared=True, place=2)
    await add(boss, "您好，请讲。", shared=True, place=1)
    await add(zhou, "周的")
    own = await add(lin, "请稍等。", key="k")
    assert texts(own) == ["您好，请讲。", "请补充发票复印件。", "请稍等。"]
    assert await add(lin, "请稍等。", key="k") == own
    assert [reply.shared for reply in own.replies] == [True, True, False]
    mine = own.replies[2]
    assert texts(await change(lin, mine, "请稍等一下。", 5))[2] == "请稍等一下。"
    # Nobody changes another's, and the hall's are its supervisor's.
    assert await code_of(change(zhou, mine, "x")) == "quick_reply_unknown"
    assert (await remove(zhou, mine)).problem.code == "quick_reply_unknown"
    assert await code_of(change(lin, own.replies[0], "x")) == "forbidden"
    assert (await remove(lin, own.replies[0])).problem.code == "forbidden"
    assert await code_of(add(lin, "x", shared=True)) == "forbidden"
    assert texts(await change(boss, own.replies[0], "您好。", 1))[0] == "您好。"
    assert (await remove(boss, own.replies[1])).status == 200
    assert texts((await remove(lin, mine)).as_(QuickReplies)) == ["您好。"]
    assert (await remove(lin, mine)).problem.code == "quick_reply_unknown"
    assert texts((await zhou.ask("GET", PATH)).as_(QuickReplies)) == ["您好。", "周的"]


async def test_no_more_are_kept_than_there_is_room_for(house: House) -> None:
    lin, _ = await house.officer(LIN)
    for number in range(50):
        await add(lin, f"第{number}条")
    assert await code_of(add(lin, "再来一条")) == "too_many_quick_replies"
    kept = (await lin.ask("GET", PATH)).as_(QuickReplies)
    assert len(kept.replies) == 50
    assert (await remove(lin, kept.replies[0])).status == 200
    assert len((await add(lin, "再来一条")).replies) == 50
