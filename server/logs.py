"""Logging: one line an event, ids only. Personal data is logged at no level."""

import logging
import sys
from typing import Literal


def configure(level: Literal["debug", "info", "warning", "error"]) -> None:
    """Log to standard error. Libraries that log what they are sent stay at warnings."""
    logging.basicConfig(
        stream=sys.stderr,
        level=level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    for noisy in ("aiohttp.access", "aioice", "aiortc", "engineio", "socketio", "sqlalchemy", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
