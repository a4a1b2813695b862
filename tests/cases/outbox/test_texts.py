"""What notifications say: every kind, in both languages."""

import pytest

from cases.outbox.messages import NotificationKind
from cases.outbox.texts import TEXTS, said
from cases.views.tickets import CloseReason
from cases.wording import CLOSE_REASONS

pytestmark = pytest.mark.both_records

OF_CASE = {
    "case_number": "2026112600038",
    "slot_start_ms": 1_795_699_001_576,
    "slot_end_ms": 1_795_700_801_576,
    "by_ms": 1_795_699_001_576,
    "close_reason": "not_resubmitted",
}
OF_VISIT = {**OF_CASE, "number": "B26112600038"}
del OF_VISIT["case_number"]


@pytest.mark.parametrize("kind", NotificationKind)
@pytest.mark.parametrize("params", [OF_CASE, OF_VISIT], ids=["case", "visit"])
def test_every_kind_says_what_it_is_about(kind: NotificationKind, params: dict[str, object]) -> None:
    wording = said(kind, params, "Asia/Shanghai")
    number = str(params.get("case_number") or params["number"])
    assert number in wording.text.zh
    assert number in wording.text.en
    assert wording.text.zh.endswith("。")
    assert wording.text.en.endswith(".")
    assert wording.title.zh != wording.title.en
    for name, shown in (("{slot}", "21:16–21:46"), ("{by}", "21:16")):
        assert (name in TEXTS[kind].text.zh) == (name in TEXTS[kind].text.en)
        if name in TEXTS[kind].text.zh:
            assert shown in wording.text.zh
            assert shown in wording.text.en


def test_every_reason_of_an_end_has_its_words() -> None:
    assert set(CLOSE_REASONS) == set(CloseReason)
    assert "未按时重新提交资料" in said(NotificationKind.CASE_CLOSED, OF_CASE, "Asia/Shanghai").text.zh
