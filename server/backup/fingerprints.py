"""Which keys the sealed records need, told by fingerprints that give nothing of a key away."""

import base64
import hmac
from pathlib import Path
from typing import Final

from server.demo import key_of
from server.errors import KeysDiffer
from server.records import index_key
from server.settings import Settings

_ABOUT: Final = b"shuitong backup: fingerprint of a key"
DEMO_KEYS: Final = ("identity", "index")


def _fingerprint(key: bytes) -> str:
    return hmac.digest(key, _ABOUT, "sha256").hex()[:16]


def identity_fingerprints(settings: Settings) -> tuple[str, ...]:
    keys = [key.get_secret_value() for key in settings.identity_keys]
    given = keys or [key_of(settings.data_dir, "identity")]
    return tuple(_fingerprint(base64.urlsafe_b64decode(key)) for key in given)


def index_fingerprint(settings: Settings) -> str:
    return _fingerprint(index_key(settings).encode())


def compare(settings: Settings, identity_keys: tuple[str, ...], index_key: str) -> None:
    """Raises KeysDiffer where the settings lack a key that the archive's records may be sealed with."""
    if missing := _missing_demo_keys(settings):
        raise KeysDiffer(
            f"{' and '.join(missing)} of the folder that was backed up have to be copied into "
            f"{settings.data_dir} first: keys are never in a backup"
        )
    known = identity_fingerprints(settings)
    if lacking := [one for one in identity_keys if one not in known]:
        raise KeysDiffer(
            "the backup needs an identity key that is not in identity_keys "
            f"(fingerprint {', '.join(lacking)}; given: {', '.join(known)})"
        )
    if index_fingerprint(settings) != index_key:
        raise KeysDiffer(
            f"the backup was made with another index_key (fingerprint {index_key}; "
            f"given: {index_fingerprint(settings)})"
        )


def _missing_demo_keys(settings: Settings) -> list[str]:
    """Asked for, a demo's keys would be made anew."""
    wanted: list[Path] = []
    if not settings.identity_keys:
        wanted.append(settings.data_dir / "identity.key")
    if settings.index_key is None:
        wanted.append(settings.data_dir / "index.key")
    return [file.name for file in wanted if not file.exists()]
