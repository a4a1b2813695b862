"""Every fault that catalogue files can have is named with file and line."""

import re
from pathlib import Path

import pytest

from cases.guidance.errors import CatalogueInvalid, ContentFault
from cases.guidance.files import FILE_MAX_CHARACTERS, FILES_MAX, read_folder
from cases.guidance.loading import bundle_of
from cases.guidance.showing import notice_view
from tests.cases.guidance.small import CATEGORIES, FILES, TOPICS, changed, write

CIRCLE = "en: Paid twice}, to: T01}\n"
OTHER = "      - {id: b, text: {zh: 其他, en: Another}, to: human}\n"
LATER = """    - id: Q0103
      text: {zh: 没人问, en: Nobody is asked}
      answers:
      - {id: a, text: {zh: 是, en: "Yes"}, to: T01}
      - {id: b, text: {zh: 否, en: "No"}, to: human}
"""
LONELY = TOPICS.replace("topics:\n", "").replace("T01", "T02")
FAULTS = {
    "no YAML": ("topics/C01.yaml", "overview: {zh", "overview: {zh: [", 5),
    "a tab": ("categories.yaml", "  subcategories:", "\tsubcategories:", 4),
    "an alias": ("channels.yaml", "about: {zh: 在这里, en: Here}", "about: &x {zh: 在, en: *x }", 3),
    "a key twice": ("topics/C01.yaml", "  assist: true\n", "  assist: true\n  assist: false\n", 10),
    "an unknown field": ("topics/C01.yaml", "  assist: true\n", "  assist: true\n  price: 3\n", 10),
    "a field missing": ("topics/C01.yaml", "  backoffice: true\n", "", 2),
    "a wrong type": ("topics/C01.yaml", "promised_days: 10", "promised_days: soon", 11),
    "a number out of range": ("topics/C01.yaml", "promised_days: 10", "promised_days: 61", 11),
    "a text that is missing": ("reasons.yaml", "name: {zh: 附件不清晰,", "name: {", 2),
    "a wrong id": ("categories.yaml", "- id: Q0102", "- id: X1", 13),
    "a link that is no https": ("channels.yaml", "https://", "http://", 2),
    "a day that is none": ("topics/C01.yaml", "2026-11-23", "2026-02-30", 18),
    "a form that is wrong": ("forms/F01.yaml", "prefill: name", "prefill: age", 11),
    "a region twice": ("regions.json", '"code": "4404"', '"code": "44"', 3),
    "a region in none": ("regions.json", '"code": "4404"', '"code": "4405"', 4),
    "a question twice": ("categories.yaml", "- id: Q0102", "- id: Q0101", 13),
    "a channel twice": ("channels.yaml", "id: remote", "id: etax", 3),
    "a node twice": ("topics/C01.yaml", "id: N2", "id: N1", 10),
    "a reference to no form": ("topics/C01.yaml", "form: F01", "form: F02", 13),
    "a reference to no channel": ("topics/C01.yaml", "[etax, remote]", "[etax, post]", 7),
    "a reference to no subcategory": ("topics/C01.yaml", "[S0101]", "[S0199]", 4),
    "an answer to no question": ("categories.yaml", "to: Q0102", "to: Q0109", 11),
    "an answer to no topic": ("categories.yaml", CIRCLE, CIRCLE.replace("T01", "T09"), 17),
    "an answer twice": ("categories.yaml", "- {id: b, text: {zh: 其他", "- {id: a, text: {zh: 其他", 8),
    "a question with one answer": ("categories.yaml", OTHER, "", 10),
    "a circle": ("categories.yaml", CIRCLE, CIRCLE.replace("T01", "Q0101"), 8),
    "a question that nobody is asked": ("categories.yaml", CIRCLE, CIRCLE + LATER, 18),
}  # fmt: skip


def faults_of(files: dict[str, str]) -> tuple[ContentFault, ...]:
    with pytest.raises(CatalogueInvalid) as caught:
        bundle_of(files)
    return caught.value.faults


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_its_file_and_line(name: str) -> None:
    file, old, new, line = FAULTS[name]
    found = faults_of(changed(file, old, new))
    assert (file, line) in {(fault.file, fault.line) for fault in found}, [str(one) for one in found]
    assert all(re.fullmatch(r"[\w/.]+:\d+: .+", str(fault), re.DOTALL) for fault in found)


def test_the_small_catalogue_is_without_faults() -> None:
    bundle = bundle_of(FILES)
    assert list(bundle.topics) == ["T01"]
    assert [region.code for region in bundle.children("4404")] == ["440402"]


def test_a_legal_basis_may_be_chinese_alone_as_it_was_before() -> None:
    written = "basis: {zh: 《车船税法实施条例》第十九条, en: 'Implementing Regulations, Article 19'}"
    before = bundle_of(changed("topics/C01.yaml", written, "basis: 《车船税法实施条例》第十九条"))
    shown = notice_view(before, "T01", "N1").basis
    assert shown.zh == shown.en == "《车船税法实施条例》第十九条"


def test_a_topic_that_no_answer_leads_to_is_a_fault() -> None:
    found = faults_of({**FILES, "topics/C02.yaml": f"topics:\n{LONELY}"})
    assert [(one.file, one.line) for one in found] == [("topics/C02.yaml", 2)]


def test_too_many_questions_on_the_way_are_a_fault() -> None:
    chain = "".join(
        f"    - id: Q{number:04}\n      text: {{zh: 问, en: Asked}}\n      answers:\n"
        f"      - {{id: a, text: {{zh: 是, en: Ja}}, to: {f'Q{number + 1:04}' if number < 212 else 'T01'}}}\n"
        f"      - {{id: b, text: {{zh: 否, en: Nein}}, to: T01}}\n"
        for number in range(201, 213)
    )
    found = faults_of({**FILES, "categories.yaml": CATEGORIES.replace("to: Q0102", "to: Q0201") + chain})
    whys = [one.why for one in found]
    assert [why for why in whys if why.startswith("more than")] == [
        f"more than 10 questions on the way to Q{number:04}" for number in (210, 211, 212)
    ]


@pytest.mark.parametrize("file", ["regions.json", "categories.yaml", "channels.yaml", "consents.yaml"])
def test_a_missing_file_is_a_fault(file: str) -> None:
    found = faults_of({name: text for name, text in FILES.items() if name != file})
    assert (file, 1) in {(one.file, one.line) for one in found}


def test_all_faults_are_said_at_once() -> None:
    files = changed("topics/C01.yaml", "promised_days: 10", "promised_days: 61")
    files["reasons.yaml"] = FILES["reasons.yaml"].replace("R01", "X1")
    files["channels.yaml"] = ":"
    assert {one.file for one in faults_of(files)} == {"topics/C01.yaml", "reasons.yaml", "channels.yaml"}


def test_an_alias_that_would_say_gigabytes_is_refused() -> None:
    bomb = "a: &a [x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "an alias" in faults_of({**FILES, "reasons.yaml": bomb})[0].why


def test_what_is_nested_too_deep_is_refused() -> None:
    deep = faults_of({**FILES, "reasons.yaml": "[" * 200 + "]" * 200})
    assert {one.file for one in deep} == {"reasons.yaml"}


def test_the_same_files_are_the_same_version() -> None:
    other = changed("reasons.yaml", "请重拍", "请重新拍摄")
    assert bundle_of(dict(sorted(FILES.items(), reverse=True))).version == bundle_of(FILES).version
    assert bundle_of(other).version != bundle_of(FILES).version


def test_a_folder_is_read_with_what_is_below_it(tmp_path: Path) -> None:
    (write(tmp_path) / "notes.txt").write_text("not of the catalogue", encoding="utf-8")
    assert read_folder(tmp_path) == FILES


@pytest.mark.parametrize(
    ("name", "content"),
    [("reasons.yaml", "附件".encode("gbk")), ("reasons.yaml", b"x" * (FILE_MAX_CHARACTERS + 1))],
    ids=["not UTF-8", "too long"],
)
def test_files_that_are_no_text_or_too_long_are_faults(tmp_path: Path, name: str, content: bytes) -> None:
    (write(tmp_path) / name).write_bytes(content)
    with pytest.raises(CatalogueInvalid) as caught:
        read_folder(tmp_path)
    assert [one.file for one in caught.value.faults] == [name]


def test_a_folder_without_files_or_with_too_many_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(CatalogueInvalid, match="no catalogue"):
        read_folder(tmp_path)
    for number in range(FILES_MAX + 1):
        (tmp_path / f"{number}.yaml").touch()
    with pytest.raises(CatalogueInvalid, match="more than"):
        read_folder(tmp_path)
