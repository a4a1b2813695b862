"""Which passwords may be chosen, and those that are given out. Pure but for the random ones.

By length and by a list of what is guessed first (NIST SP 800-63B, 3.1.1.2): no rules on kinds of characters,
and none on age.
"""

import re
import secrets
import unicodedata
from typing import Final

from cases.people.errors import PasswordFault

LENGTH_MIN: Final = 10
COMMON: Final = frozenset(
    {
        "1q2w3e4r5t", "1q2w3e4r5t6y", "1qaz2wsx3edc", "a123456789", "aa123456789", "abc123456789",
        "admin12345", "admin123456", "adminadmin", "administrator", "changeme123", "iloveyou123",
        "letmein123", "password12", "password123", "password1234", "passw0rd123", "q1w2e3r4t5",
        "qazwsxedcrfv", "qq123456789", "qwer123456", "qwerty12345", "qwerty123456", "qwertyuiop",
        "shuitong123", "shuiwu123456", "swj123456789", "welcome123", "woaini1314", "woaini520520",
        "woaini5201314", "zxcvbnm123", "5201314520",
    }
)  # fmt: skip
"""Long enough, and guessed first all the same."""
_ROWS: Final = ("0123456789012345678901234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""No two that look alike: a one-time password is read aloud and typed."""


def password_fault(password: str, *, staff_number: str, name: str) -> PasswordFault | None:
    """What is wrong with a password that the officer of that number and name chose; none: it may be used."""
    folded = unicodedata.normalize("NFKC", password).casefold()
    if len(folded) < LENGTH_MIN:
        return PasswordFault.TOO_SHORT
    if _is_about(folded, staff_number.casefold()) or _is_about(folded, name.casefold()):
        return PasswordFault.ABOUT_THE_PERSON
    if folded in COMMON or _is_pattern(folded):
        return PasswordFault.TOO_COMMON
    return None


def _is_pattern(folded: str) -> bool:
    """The same few characters over and over, or a row of them, forwards or backwards."""
    if re.fullmatch(r"(.{1,3})\1{2,}.{0,2}", folded):
        return True
    return any(folded in row or folded[::-1] in row for row in _ROWS)


def _is_about(folded: str, word: str) -> bool:
    """Whether little is left of the password without the word."""
    return len(word) >= 2 and word in folded and len(folded.replace(word, "")) < LENGTH_MIN // 2


def one_time_password() -> str:
    """Four times four characters: 79 random bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))
