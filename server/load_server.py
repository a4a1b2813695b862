"""Run as a program: the server that a load run starts for itself, with as many officers as it needs.

Arguments: the data folder and the officers' staff numbers. Ends when its standard input does, so that it
never outlives the run, however that ends. Reads no settings: nothing of a real installation can get in.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cases.accounts import NewOfficer
from cases.views import OfficerRole
from queueing.connection import connect
from server import app, demo
from server.building import build
from server.records import up_to_date
from server.settings import Settings

CONFIRM_MS: Final = 8_000
RECALL_SPACING_MS: Final = 2_000
ACTIVATION_MS: Final = 3_000


def settings(folder: Path, *, confirm_ms: int = CONFIRM_MS, activation_ms: int = ACTIVATION_MS) -> Settings:
    """Of a server on that folder that nobody else reaches; with short deadlines, unless told otherwise, so
    that a short run sees them pass.
    """
    return Settings(
        demo=True,
        host="127.0.0.1",
        port=0,
        media_port=0,
        media_workers=0,
        data_dir=folder,
        log_level="warning",
        queue_confirm_ms=confirm_ms,
        queue_recall_spacing_ms=RECALL_SPACING_MS,
        queue_activation_ms=activation_ms,
    )


async def seed(used: Settings, staff_numbers: Sequence[str]) -> None:
    """Write the officers' accounts. Nothing asks Redis here, so it need not run yet."""
    link = connect("redis://127.0.0.1:1")
    product = build(used, link)
    try:
        await up_to_date(product.database)
        await demo.seed(product.database, product.accounts)
        for number in staff_numbers:
            roles = (OfficerRole.OFFICER,)
            await product.accounts.put_officer(
                NewOfficer(number, f"压测{number}", demo.PASSWORD, roles, demo.HALL.hall_id)
            )
    finally:
        await product.database.close()
        await link.aclose()


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> int:
    folder, staff_numbers = Path(sys.argv[1]), sys.argv[2:]
    threading.Thread(target=_end_with_input, daemon=True, name="end with input").start()
    used = settings(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    asyncio.run(seed(used, staff_numbers))
    return app.serve(used)


if __name__ == "__main__":
    sys.exit(main())
