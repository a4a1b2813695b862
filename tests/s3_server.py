"""An S3 server on this machine."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest
from moto.server import ThreadedMotoServer

from cases.files.s3_shelf import S3Keys
from cases.sealing import new_id

KEYS: Final = S3Keys("reader", "secret")


@dataclass(frozen=True, slots=True)
class Storage:
    """An S3 server on this machine."""

    endpoint: str

    def url(self, bucket: str, prefix: str = "") -> str:
        return f"s3://{bucket}{prefix}?endpoint={self.endpoint}&region=us-east-1"

    async def new_bucket(self) -> str:
        bucket = f"files-{new_id()}"
        await asyncio.to_thread(self._make, bucket)
        return bucket

    def _make(self, bucket: str) -> None:
        import boto3

        boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=KEYS.access_key_id,
            aws_secret_access_key=KEYS.secret_access_key,
        ).create_bucket(Bucket=bucket)


@pytest.fixture(scope="session")
def storage() -> Iterator[Storage]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield Storage(f"http://{host}:{port}")
    server.stop()
