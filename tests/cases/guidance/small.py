"""A small catalogue, whole: what tests change one thing of."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

REGIONS: Final = """{"source": "made up", "as_of": "2026-01-01", "regions": [
{"code": "44", "name": {"zh": "广东省", "en": "Guangdong"}},
{"code": "4404", "name": {"zh": "珠海市", "en": "Zhuhai"}},
{"code": "440402", "name": {"zh": "香洲区", "en": "Xiangzhou District"}}
]}
"""
CATEGORIES: Final = """categories:
- id: C01
  name: {zh: 车辆, en: Vehicles}
  subcategories:
  - id: S0101
    name: {zh: 退税, en: Refunds}
    questions:
    - id: Q0101
      text: {zh: 哪种税？, en: Which tax?}
      answers:
      - {id: a, text: {zh: 车船税, en: Vehicle and vessel tax}, to: Q0102}
      - {id: b, text: {zh: 其他, en: Another}, to: human}
    - id: Q0102
      text: {zh: 什么原因？, en: Why?}
      answers:
      - {id: a, text: {zh: 报废, en: Scrapped}, to: T01}
      - {id: b, text: {zh: 重复, en: Paid twice}, to: T01}
"""
TOPICS: Final = """topics:
- id: T01
  name: {zh: 车船税退抵税, en: Refund of vehicle and vessel tax}
  subcategories: [S0101]
  overview: {zh: 报废或重复缴纳的, en: Of what was scrapped or paid twice}
  time_limit: {zh: 10个工作日, en: 10 working days}
  channels: [etax, remote]
  backoffice: true
  assist: true
  nodes:
  - {id: N1, name: {zh: 报废, en: Scrapped}, immediate: false, promised_days: 10}
  - {id: N2, name: {zh: 重复缴纳, en: Paid twice}, immediate: true, promised_days: 1}
  forms:
  - {form: F01, required: true}
  materials:
  - {text: {zh: 完税凭证, en: Proof of payment}, need: required, copies: 1}
  basis: {zh: 《车船税法实施条例》第十九条, en: 'Implementing Regulations, Article 19'}
  checked_on: 2026-11-23
  sources: [S07]
  verified: true
"""
CHANNELS: Final = """channels:
- {id: etax, name: {zh: 电子税务局, en: E-tax}, about: {zh: 网上, en: On the web}, url: "https://etax.example.cn/"}
- {id: remote, name: {zh: 远程, en: Remote}, about: {zh: 在这里, en: Here}, inside: true}
"""
CONSENTS: Final = """consents:
- {id: consent.backoffice.v1, title: {zh: 授权书, en: Authority}, text: {zh: 同意, en: Agreed}}
"""
REASONS: Final = """reasons:
- {id: R01, name: {zh: 附件不清晰, en: Unreadable}, text: 无法辨认, advice: 请重拍}
"""
FORM: Final = """form_id: F01
code: ST-TEST
official: false
name: {zh: 退税申请, en: Application for a refund}
sources: []
checked_on: "2026-11-23"
sections:
- id: applicant
  title: {zh: 申请人, en: Applicant}
  fields:
  - {id: applicant_name, label: {zh: 名称, en: Name}, required: true, prefill: name}
checks: []
attachments: []
"""
FILES: Final[Mapping[str, str]] = {
    "regions.json": REGIONS,
    "categories.yaml": CATEGORIES,
    "channels.yaml": CHANNELS,
    "consents.yaml": CONSENTS,
    "reasons.yaml": REASONS,
    "topics/C01.yaml": TOPICS,
    "forms/F01.yaml": FORM,
}


def changed(name: str, old: str, new: str) -> dict[str, str]:
    """The files with one thing changed, which has to be there."""
    assert old in FILES[name]
    return {**FILES, name: FILES[name].replace(old, new, 1)}


def write(folder: Path, files: Mapping[str, str] = FILES) -> Path:
    """The files in a folder, and nothing else there."""
    for known in folder.rglob("*.yaml"):
        known.unlink()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder
