"""Numbers and codes that are written in forms: their patterns, and their check digits. Pure.

Sources: GB 32100-2015 (统一社会信用代码), GB 11643 by ``cases.certificates``, GB 16735 (VIN), GA 36 (plates).
A wrong check digit of a credit code can be confirmed: some codes of early pilot areas fail the check.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from cases.certificates import CertificateType, number_fault

_CREDIT: Final = "[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}"
_ID: Final = "[1-9][0-9]{16}[0-9X]"
_PROVINCE: Final = "(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|81|82)"
CREDIT_LETTERS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


class FormatName(StrEnum):
    """What a text can be required to be."""

    PHONE = "phone"
    MOBILE = "mobile"
    ID_NUMBER = "id_number"
    CERTIFICATE = "certificate"
    CREDIT_CODE = "credit_code"
    TAXPAYER_NUMBER = "taxpayer_number"
    BANK_ACCOUNT = "bank_account"
    VIN = "vin"
    PLATE = "plate"
    EMAIL = "email"
    POSTCODE = "postcode"
    INVOICE_CODE = "invoice_code"
    INVOICE_NUMBER = "invoice_number"
    ESTATE_UNIT = "estate_unit"
    REGION = "region"


@dataclass(frozen=True, slots=True)
class Format:
    """``code``: the fault of what does not match; ``more``: another fault of what does, on a day."""

    pattern: str
    longest: int
    code: str
    more: Callable[[str, date], str | None] | None = None


CONFIRMABLE: Final = frozenset({"credit_code_checksum"})
"""Faults of formats that the taxpayer may confirm to be right."""


def credit_check_letter(first_17: str) -> str:
    """The check letter of a unified social credit code (GB 32100-2015)."""
    total = sum(CREDIT_LETTERS.index(one) * by for one, by in zip(first_17, CREDIT_WEIGHTS, strict=True))
    return CREDIT_LETTERS[(31 - total % 31) % 31]


def _credit_fault(code: str, _today: date) -> str | None:
    return None if credit_check_letter(code[:17]) == code[17] else "credit_code_checksum"


def _id_fault(number: str, today: date) -> str | None:
    """Numbers of 18 digits say by their beginning what they are."""
    kinds = {"81": CertificateType.PRC_HKMO, "82": CertificateType.PRC_HKMO, "83": CertificateType.PRC_TW}
    kind = CertificateType.FPR_NEW if number[0] == "9" else kinds.get(number[:2], CertificateType.ID_CN)
    return number_fault(kind, number, today=today)


def _taxpayer_fault(number: str, today: date) -> str | None:
    is_id = number[:17].isdecimal() and number[0] != "9"
    faults = [_id_fault(number, today) if is_id else "no_id"]
    credit = all(one in CREDIT_LETTERS for one in number)
    faults.insert(0 if not is_id else 1, _credit_fault(number, today) if credit else "no_credit_code")
    return None if None in faults else faults[0]


def certificate_fault(kind: str, number: str, today: date) -> str | None:
    """What is wrong with a number of a certificate of that type; none for a type without a rule."""
    if kind not in CertificateType._value2member_map_:
        return None
    return number_fault(CertificateType(kind), number, today=today)


FORMATS: Final[Mapping[FormatName, Format]] = {
    FormatName.PHONE: Format("1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}", 13, "phone_invalid"),
    FormatName.MOBILE: Format("1[3-9][0-9]{9}", 11, "mobile_invalid"),
    FormatName.ID_NUMBER: Format(_ID, 18, "certificate_format", _id_fault),
    FormatName.CERTIFICATE: Format("[A-Z0-9]{5,20}", 20, "certificate_format"),
    FormatName.CREDIT_CODE: Format(_CREDIT, 18, "credit_code_invalid", _credit_fault),
    FormatName.TAXPAYER_NUMBER: Format(f"{_CREDIT}|{_ID}", 18, "taxpayer_number_invalid", _taxpayer_fault),
    FormatName.BANK_ACCOUNT: Format("[0-9]{8,30}", 30, "bank_account_invalid"),
    FormatName.VIN: Format("[A-HJ-NPR-Z0-9]{17}", 17, "vin_invalid"),
    FormatName.PLATE: Format("[\u4e00-\u9fa5][A-Z][A-Z0-9]{5,6}", 8, "plate_invalid"),
    FormatName.EMAIL: Format(
        r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,120}\.[A-Za-z]{2,20}", 200, "email_invalid"
    ),
    FormatName.POSTCODE: Format("[0-9]{6}", 6, "postcode_invalid"),
    FormatName.INVOICE_CODE: Format("[0-9]{12}", 12, "invoice_code_invalid"),
    FormatName.INVOICE_NUMBER: Format("[0-9]{8}|[0-9]{20}", 20, "invoice_number_invalid"),
    FormatName.ESTATE_UNIT: Format("[0-9A-Z]{28}", 28, "estate_unit_invalid"),
    FormatName.REGION: Format(f"{_PROVINCE}([0-9]{{4}}|[0-9]{{7}})", 9, "region_invalid"),
}
