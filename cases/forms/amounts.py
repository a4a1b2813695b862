"""Exact numbers of forms: how they are written, rounded half up, and spelt in Chinese capitals. Pure.

Inside, all numbers are fractions, so that a twelfth times twelve is one; they are rounded once, where they
are kept. Decimal would round at each division.
"""

from fractions import Fraction
from typing import Final

FEN_MAX: Final = 99_999_999_999_999
"""The largest amount of money, in fen: it fits a double exactly."""
_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_UNITS: Final = ("", "拾", "佰", "仟")
_GROUPS: Final = ("", "万", "亿")


def rounded(value: Fraction, places: int) -> Fraction:
    """Half up, away from zero: 0.005 is 0.01 and -0.005 is -0.01."""
    scale = 10**places
    whole = int((abs(value) * scale * 2 + 1) // 2)
    return Fraction(whole if value >= 0 else -whole, scale)


def fen_of(yuan: Fraction) -> int:
    """An amount as it is kept."""
    return int(rounded(yuan, 2) * 100)


def written(value: Fraction, places: int) -> str:
    """A number as it is kept: all its places, such as ``12.50``."""
    whole = int(rounded(value, places) * 10**places)
    digits = str(abs(whole)).rjust(places + 1, "0")
    sign = "-" if whole < 0 else ""
    return sign + (digits if places == 0 else f"{digits[:-places]}.{digits[-places:]}")


def capitals(yuan: Fraction) -> str:
    """An amount as it is spelt on receipts (大写), such as 壹佰零叁元整."""
    fen = fen_of(yuan)
    whole, jiao, rest = abs(fen) // 100, abs(fen) // 10 % 10, abs(fen) % 10
    text = f"{_whole(whole)}元" if whole else ""
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    elif rest and whole:
        text += "零"
    text += f"{_DIGITS[rest]}分" if rest else "整"
    return ("负" if fen < 0 else "") + (text if fen else "零元整")


def _whole(number: int) -> str:
    groups: list[int] = []
    while number:
        groups.append(number % 10_000)
        number //= 10_000
    text = ""
    skipped = False
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            skipped = bool(text)
            continue
        if text and (skipped or group < 1_000):
            text += "零"
        text += _four(group) + _GROUPS[place]
        skipped = False
    return text


def _four(group: int) -> str:
    text, skipped = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if not digit:
            skipped = bool(text)
            continue
        text += ("零" if skipped else "") + _DIGITS[digit] + _UNITS[place]
        skipped = False
    return text
