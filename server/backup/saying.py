"""What a backup has, for the person or the program that asked for it."""

import datetime
import json
from pathlib import Path

from server.backup.archive import Manifest


def said(file: Path, manifest: Manifest, sha256: str, size_bytes: int, as_json: bool) -> str:
    if as_json:
        return json.dumps(
            {
                "file": str(file),
                "size_bytes": size_bytes,
                "sha256": sha256,
                "made_at_ms": manifest.made_at_ms,
                "product": manifest.product,
                "revision": manifest.revision,
                "rows": {table.name: table.rows for table in manifest.tables},
                "files": manifest.files.count,
                "file_bytes": manifest.files.size_bytes,
                "missing_files": list(manifest.files.missing),
            },
            ensure_ascii=False,
        )
    at = datetime.datetime.fromtimestamp(manifest.made_at_ms / 1000, datetime.UTC)
    missing = f", {len(manifest.files.missing)} files missing" if manifest.files.missing else ""
    return (
        f"{file}: {manifest.rows} rows and {manifest.files.count} files of {at:%Y-%m-%d %H:%M:%S} UTC, "
        f"{size_bytes} bytes, tables of {manifest.revision}{missing}"
    )
