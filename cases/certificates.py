"""Certificates of taxpayers and the checks of their numbers. Pure.

Source: GB 11643-1999 (18-digit numbers, check digit after ISO 7064 MOD 11-2) and the formats printed on the
other certificates. ``web_client/src/shared/certificates.ts`` checks the same while typing; both are held to
``tests/cases/certificates.json``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class CertificateType(StrEnum):
    """The kinds of certificates (证件类型) at log-in."""

    ID_CN = "id_cn"
    PRC_HKMO = "prc_hkmo"
    PRC_TW = "prc_tw"
    HKMO_PASS = "hkmo_pass"  # noqa: S105
    TW_PASS = "tw_pass"  # noqa: S105
    PASSPORT = "passport"
    FPR_NEW = "fpr_new"
    FPR_OLD = "fpr_old"


class NumberFault(StrEnum):
    """What is wrong with a number, as a stable code."""

    FORMAT = "certificate_format"
    LENGTH = "certificate_length"
    BIRTHDAY = "certificate_birthday"
    CHECKSUM = "certificate_checksum"


@dataclass(frozen=True, slots=True)
class Rule:
    """How a type's number is checked: its pattern, its length where that is one, and what else must hold."""

    pattern: re.Pattern[str]
    length: int | None
    more: Callable[[str, date], NumberFault | None]


MOD_11_2_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
MOD_11_2_DIGITS = "10X98765432"


def mod_11_2(first_17: str) -> str:
    """The check digit of GB 11643 for the first 17 digits."""
    total = sum(weight * int(digit) for weight, digit in zip(MOD_11_2_WEIGHTS, first_17, strict=True))
    return MOD_11_2_DIGITS[total % 11]


def icao_7_3_1(text: str) -> str:
    """The check digit of ICAO 9303 (letters count from A = 10)."""
    return str(sum(int(char, 36) * (7, 3, 1)[index % 3] for index, char in enumerate(text)) % 10)


def birthday_of(number: str) -> date | None:
    """The birthday in an 18-digit number, none where no such day exists."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def _check_digit(number: str, _today: date) -> NumberFault | None:
    return None if mod_11_2(number[:17]) == number[17] else NumberFault.CHECKSUM


def _birthday_and_check_digit(number: str, today: date) -> NumberFault | None:
    birthday = birthday_of(number)
    if birthday is None or birthday > today:
        return NumberFault.BIRTHDAY
    return _check_digit(number, today)


def _icao_check_digit(number: str, _today: date) -> NumberFault | None:
    return None if icao_7_3_1(number[:14]) == number[14] else NumberFault.CHECKSUM


def _nothing_more(_number: str, _today: date) -> NumberFault | None:
    return None


RULES: Mapping[CertificateType, Rule] = {
    CertificateType.ID_CN: Rule(re.compile(r"[1-8]\d{16}[0-9X]"), 18, _birthday_and_check_digit),
    CertificateType.PRC_HKMO: Rule(re.compile(r"8[12]0000\d{11}[0-9X]"), 18, _birthday_and_check_digit),
    CertificateType.PRC_TW: Rule(re.compile(r"830000\d{11}[0-9X]"), 18, _birthday_and_check_digit),
    CertificateType.HKMO_PASS: Rule(re.compile(r"[HM]\d{8}(\d{2})?"), None, _nothing_more),
    CertificateType.TW_PASS: Rule(re.compile(r"\d{8}|\d{10}[A-Z]?"), None, _nothing_more),
    CertificateType.PASSPORT: Rule(re.compile(r"[A-Z0-9]{5,20}"), None, _nothing_more),
    CertificateType.FPR_NEW: Rule(re.compile(r"9\d{16}[0-9X]"), 18, _check_digit),
    CertificateType.FPR_OLD: Rule(re.compile(r"[A-Z]{3}\d{12}"), 15, _icao_check_digit),
}

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def normalised(number: str) -> str:
    """The number as it is compared and kept: half-width, upper case, without blanks and separators."""
    return re.sub(r"[\s\-·.]", "", number.translate(_FULL_WIDTH)).upper()


def identity_number(certificate_type: CertificateType, number: str) -> str:
    """The part of a normalised number that names the person: a pass is compared without its replacement
    count.
    """
    return number[:9] if certificate_type is CertificateType.HKMO_PASS else number


def number_fault(certificate_type: CertificateType, number: str, *, today: date) -> NumberFault | None:
    """What is wrong with a normalised number, none where it is right."""
    rule = RULES[certificate_type]
    if not number.isascii():
        return NumberFault.FORMAT
    if rule.length is not None and len(number) != rule.length:
        return NumberFault.LENGTH
    if rule.pattern.fullmatch(number) is None:
        return NumberFault.FORMAT
    return rule.more(number, today)


def masked(number: str) -> str:
    """The number as people see it: the first and last four characters."""
    if len(number) <= 8:
        return number[:2] + "*" * (len(number) - 4) + number[-2:]
    return number[:4] + "*" * (len(number) - 8) + number[-4:]


_CHINESE_NAME = re.compile(r"[㐀-鿿\U00020000-\U0003134F·]{2,30}")
_LATIN_NAME = re.compile(r"[A-Z][A-Z ,.'-]{1,60}")
LATIN_NAME_TYPES = frozenset({CertificateType.PASSPORT, CertificateType.FPR_NEW, CertificateType.FPR_OLD})


def normalised_name(name: str) -> str:
    """A name as it is compared: single blanks between Latin words, none in Chinese ones, upper case."""
    words = name.replace("•", "·").replace("・", "·").upper().split()
    return (" " if name.isascii() else "").join(words)


def name_is_valid(certificate_type: CertificateType, name: str) -> bool:
    """Whether a normalised name can stand on such a certificate."""
    if _CHINESE_NAME.fullmatch(name):
        return True
    return certificate_type in LATIN_NAME_TYPES and _LATIN_NAME.fullmatch(name) is not None
