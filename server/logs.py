"""Logging: one line an event, ids only. Personal data is logged at no level."""

import logging
import sys
from typing import Final, Literal

PACKAGES: Final = ("api", "cases", "queueing", "rtc", "server", "signaling")


def configure(level: Literal["debug", "info", "warning", "error"]) -> None:
    """Log to standard error. ``level`` is that of our own packages.

    Libraries say warnings and errors only: below, several of them log what they are sent (aiosqlite writes
    every statement with its values).
    """
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    for package in PACKAGES:
        logging.getLogger(package).setLevel(level.upper())
