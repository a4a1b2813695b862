"""Codes of a second factor: by time (RFC 6238, SHA-1, six digits, 30 s) and for recovery. Pure but for the
random ones.
"""

import secrets
from typing import Final

import pyotp

STEP_MS: Final = 30_000
DRIFT_STEPS: Final = 1
"""A telephone's clock may be that many steps off (RFC 6238, 5.2 advises one)."""
SECRET_CHARS: Final = 32
"""160 bits, as RFC 4226 (4, R6) advises."""
RECOVERY_CODES: Final = 10
ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"


def new_secret() -> str:
    return pyotp.random_base32(SECRET_CHARS)


def step_of(now_ms: int) -> int:
    return now_ms // STEP_MS


def accepted_step(secret: str, code: str, *, now_ms: int, last_step: int) -> int | None:
    """The time step whose code it is, around ``now_ms`` and after ``last_step``; none where there is none.

    Whoever accepts it keeps it as the new ``last_step``: a code is good once (RFC 6238, 5.2).
    """
    now, codes = step_of(now_ms), pyotp.HOTP(secret)
    accepted = None
    # All of them are compared, so that the time tells nothing.
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        is_it = pyotp.utils.strings_equal(code, codes.at(step)) if step >= 0 else False
        if is_it and step > last_step:
            accepted = step
    return accepted


def address(secret: str, *, account: str, issuer: str) -> str:
    """What an authenticator app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def new_recovery_codes() -> tuple[str, ...]:
    """Each of ten characters: 49 random bits."""
    return tuple(
        "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(2))
        for _ in range(RECOVERY_CODES)
    )


def normalised(code: str) -> str:
    """A code as it is compared: people type blanks, capitals and other dashes."""
    return "".join(char for char in code.casefold() if char.isalnum())
