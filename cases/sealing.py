"""Identity numbers at rest, tokens, passwords."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet as _Fernet
from cryptography.fernet import InvalidToken, MultiFernet

from cases.errors import ChallengeInvalid


class Sealer:
    """Seals short texts so that they are readable only with a key of the settings.

    The first key seals, all of them open: a new first key is put in front, old values stay readable.
    """

    def __init__(self, keys: Sequence[str], index_key: str) -> None:
        """``keys``: Fernet keys (url-safe base64 of 32 bytes); ``index_key``: any text of 32 characters
        or more.

        Raises ValueError for a key of a wrong form.
        """
        fernets = [_Fernet(key) for key in keys]
        self._first, self._fernet = fernets[0], MultiFernet(fernets)
        self._index_key = index_key.encode()

    def seal(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """Raises ChallengeInvalid for bytes that no key sealed."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as error:
            raise ChallengeInvalid("not sealed by a known key") from error

    def sealed_anew(self, sealed: bytes) -> bytes | None:
        """The same under the first key, with the time that it has; none: it is under that already.

        Raises ChallengeInvalid for bytes that no key sealed.
        """
        try:
            self._first.decrypt(sealed)
        except InvalidToken:
            pass  # under another key, or under none
        else:
            return None
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken as error:
            raise ChallengeInvalid("not sealed by a known key") from error

    def open_fresh(self, sealed: bytes, *, ttl_s: int, now_s: int) -> str:
        """The same for something that may be at most ``ttl_s`` old."""
        try:
            return self._fernet.decrypt_at_time(sealed, ttl_s, now_s).decode()
        except InvalidToken as error:
            raise ChallengeInvalid("not sealed by a known key, or too old") from error

    def seal_at(self, text: str, *, now_s: int) -> bytes:
        """Sealed with a time that ``open_fresh`` reads."""
        return self._fernet.encrypt_at_time(text.encode(), now_s)

    def index(self, text: str) -> str:
        """What a sealed text is found by: the same for the same text, and of no use without the key."""
        return hmac.new(self._index_key, text.encode(), hashlib.sha256).hexdigest()


def new_id() -> str:
    """A random id: 32 hex digits."""
    return secrets.token_hex(16)


def new_token() -> str:
    """A session's secret: 256 random bits."""
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """What a session's secret is known by in the records."""
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _nobodys_hash(memory_kib: int) -> str:
    """Compared against where there is no such officer, so that the time tells nothing."""
    return PasswordHasher(memory_cost=memory_kib).hash(secrets.token_hex(16))


class Passwords:
    """Argon2id, in a thread, so that no call's packets wait for a log-in; at most ``at_once`` at a time.

    A new hash takes ``memory_kib``; one that was made with another cost is still compared with its own.
    """

    def __init__(self, memory_kib: int, at_once: int = 1) -> None:
        self._hasher = PasswordHasher(memory_cost=memory_kib)
        self._turn = asyncio.Semaphore(at_once)
        self._nobody = _nobodys_hash(memory_kib)

    async def hash(self, password: str) -> str:
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether it is that password; takes as long for ``None``, nobody's."""
        async with self._turn:
            matched = await asyncio.to_thread(self._verify, password_hash or self._nobody, password)
        return matched and password_hash is not None

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
