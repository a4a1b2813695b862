"""Contents in an S3-compatible storage: ``<prefix>/ab/abcd…`` of a bucket."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from cases.files.errors import ContentMissing, ShelfUnavailable
from cases.files.s3_address import S3Address
from cases.files.shelf import PIECE_BYTES, Content, checked


@dataclass(frozen=True, slots=True)
class S3Keys:
    """None: what the machine's own role gives."""

    access_key_id: str
    secret_access_key: str


class S3Shelf:
    """Tries again by itself where the storage does not answer, for ``patience_s`` at most."""

    def __init__(self, address: S3Address, keys: S3Keys | None, *, patience_s: float = 20.0) -> None:
        endpoint = address.endpoint or ""
        self._store = S3Store(
            address.bucket,
            prefix=address.prefix or None,
            config={
                "region": address.region,
                **({"endpoint": endpoint} if endpoint else {}),
                **(
                    {"access_key_id": keys.access_key_id, "secret_access_key": keys.secret_access_key}
                    if keys is not None
                    else {}
                ),
            },
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=patience_s / 4),
                "timeout": timedelta(seconds=patience_s * 2),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=patience_s)},
        )

    @staticmethod
    def _path(sha256: str) -> str:
        name = checked(sha256)
        return f"{name[:2]}/{name}"

    async def put(self, sha256: str, source: Path) -> None:
        with _translated_errors():
            await obstore.put_async(self._store, self._path(sha256), source, use_multipart=False)

    async def open(self, sha256: str) -> Content:
        path = self._path(sha256)
        with _translated_errors():
            found = await obstore.head_async(self._store, path)
        return Content(found["size"], self._pieces(path))

    async def _pieces(self, path: str) -> AsyncGenerator[bytes]:
        with _translated_errors():
            got = await obstore.get_async(self._store, path)
            async for piece in got.stream(min_chunk_size=PIECE_BYTES):
                yield bytes(piece)

    async def delete(self, sha256: str) -> None:
        path = self._path(sha256)
        try:
            with _translated_errors():
                await obstore.delete_async(self._store, path)
        except ContentMissing:
            return


@contextmanager
def _translated_errors() -> Iterator[None]:
    """Errors without their text: it has addresses in it."""
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise ContentMissing("not on the shelf") from error
    except (BaseError, OSError) as error:
        raise ShelfUnavailable(f"{type(error).__name__} of the storage") from error
