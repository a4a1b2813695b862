"""How a webhook call is signed, as Standard Webhooks 1.0 says (github.com/standard-webhooks). Pure."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

PREFIX: Final = "whsec_"
SECRET_MIN_BYTES: Final = 24
SECRET_MAX_BYTES: Final = 64


def secret_bytes(secret: str) -> bytes:
    """The key of a secret ``whsec_`` and base64 of 24 to 64 bytes. Raises ValueError for anything else."""
    if not secret.startswith(PREFIX):
        raise ValueError(f"must begin with {PREFIX}")
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError(f"must be base64 after {PREFIX}") from error
    if not SECRET_MIN_BYTES <= len(key) <= SECRET_MAX_BYTES:
        raise ValueError(f"must be of {SECRET_MIN_BYTES} to {SECRET_MAX_BYTES} bytes")
    return key


def signature(key: bytes, message_id: str, timestamp_s: int, body: bytes) -> str:
    """Of what is sent, and when."""
    signed = b".".join((message_id.encode(), str(timestamp_s).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(key: bytes, message_id: str, timestamp_s: int, body: bytes) -> Mapping[str, str]:
    """What a receiver checks: the same id is the same notification, sent again."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": signature(key, message_id, timestamp_s, body),
    }
