"""``python -m tests.server.data_folder`` keeps a data folder of this version with a bit of everything in it.

What later versions open lies in ``tests/server/data_folders``, a file for each revision of the tables. Once
released it is never made anew: it is what an office has on its disk.
"""

import asyncio
import json
import sqlite3
import sys
import tarfile
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from cases.clock import SystemClock
from cases.database import newest_revision
from queueing.connection import connect
from server import demo
from server.building import build
from tests.product import house_in, settings_of
from tests.redis_server import running_valkey
from tests.server.business import Happened, happen

FOLDERS: Final = Path(__file__).parent / "data_folders"
MAX_BYTES: Final = 300_000
CONTENTS: Final = "contents.json"


@dataclass(frozen=True, slots=True)
class Kept:
    """What there was in a kept folder. ``picture``: SHA-256 of the one that was sent."""

    revision: str
    made_at_ms: int
    rows: dict[str, int]
    ids: dict[str, str]


async def _live(folder: Path, redis_url: str) -> Happened:
    async with connect(redis_url) as link:
        product = build(settings_of(folder), link)
        await product.database.migrate()
        await demo.seed(product.database, product.accounts)
        await product.database.close()
        async with house_in(folder, link) as house:
            return await happen(house)


def _close(records: Path) -> dict[str, int]:
    """Everything in one small file; the rows of each table."""
    with sqlite3.connect(records) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("VACUUM")
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        counts = {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}
    connection.close()
    return counts


def keep(target: Path) -> None:
    """Write the folder as ``target``."""
    with tempfile.TemporaryDirectory() as place:
        folder, redis = Path(place) / "house", Path(place) / "redis"
        folder.mkdir()
        redis.mkdir()
        with running_valkey(redis) as url:
            happened = asyncio.run(_live(folder, url))
        rows = _close(folder / "records.sqlite3")
        ids = {name: value for name, value in asdict(happened).items() if isinstance(value, str)}
        kept = json.dumps(asdict(Kept(newest_revision(), SystemClock().now_ms(), rows, ids)), indent=1)
        (folder / CONTENTS).write_text(kept, encoding="utf-8")
        with tarfile.open(target, "w:xz") as archive:
            for file in sorted(folder.rglob("*")):
                if file.is_file() and file.name not in ("shuitong.lock", "records.sqlite3-wal"):
                    archive.add(file, file.relative_to(folder), filter=_nobodys)
    size = target.stat().st_size
    if size > MAX_BYTES:
        raise SystemExit(f"{target} has {size} bytes, more than {MAX_BYTES}")


def _nobodys(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    return info


def unpack(kept: Path, folder: Path) -> Kept:
    """Into a new folder; what was in it."""
    with tarfile.open(kept, "r:xz") as archive:
        archive.extractall(folder, filter="data")
    contents = folder / CONTENTS
    told = Kept(**json.loads(contents.read_text(encoding="utf-8")))
    contents.unlink()
    return told


if __name__ == "__main__":
    FOLDERS.mkdir(exist_ok=True)
    wanted = FOLDERS / f"{newest_revision()}.tar.xz"
    if wanted.exists():
        sys.exit(f"{wanted} is kept already")
    keep(wanted)
