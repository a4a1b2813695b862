"""Where an S3-compatible storage is. Pure."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class S3Address:
    """``s3://bucket/prefix?endpoint=https://…&region=…``. Without an endpoint it is AWS' own."""

    bucket: str
    prefix: str
    endpoint: str | None
    region: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises ValueError, which never repeats what was given."""
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        endpoint, region = query.pop("endpoint", None), query.pop("region", "us-east-1")
        if parts.scheme != "s3" or not parts.hostname or parts.username or query or not region:
            raise ValueError("must be s3://bucket or s3://bucket/prefix, with endpoint and region after a ?")
        if endpoint is not None and not endpoint.startswith(("http://", "https://")):
            raise ValueError("its endpoint must begin with http:// or https://")
        return cls(parts.netloc, parts.path.strip("/"), endpoint, region)
