"""Logging: one line an event, ids only. Personal data is logged at no level."""

import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Literal

import orjson

from cases.asking import ASKING

PACKAGES: Final = ("api", "cases", "queueing", "rtc", "server", "signaling")
EXTRAS: Final = (
    "hall_id", "case_id", "call_id", "worker_id", "notification_id", "object_id", "event",
    "attempts", "calls", "status", "took_ms",
)  # fmt: skip
"""What a line may say beside its words; nothing else that somebody gives it is written."""

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["text", "json"]


def configure(level: Level, form: Format = "text") -> None:
    """Log to standard error. ``level`` is that of our own packages.

    Libraries say warnings and errors only: below, several of them log what they are sent (aiosqlite writes
    every statement with its values).
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(form))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for package in PACKAGES:
        logging.getLogger(package).setLevel(level.upper())


def formatter(form: Format) -> logging.Formatter:
    return _Json() if form == "json" else _Text("%(asctime)s %(levelname)s %(name)s: %(message)s")


def _said(record: logging.LogRecord) -> Mapping[str, object]:
    """The ids and numbers of a line, and of what was being answered when it was written."""
    asking = ASKING.get()
    told: dict[str, object] = {}
    if asking is not None:
        told = {"request_id": asking.request_id, "what": asking.what}
        if asking.ticket_id is not None:
            told["ticket_id"] = asking.ticket_id
    for name in EXTRAS:
        if (value := getattr(record, name, None)) is not None:
            told[name] = value
    return told


class _Text(logging.Formatter):
    """For people: the words, then the ids."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        line = super().formatMessage(record)
        told = _said(record)
        return f"{line} [{' '.join(f'{name}={value}' for name, value in told.items())}]" if told else line


class _Json(logging.Formatter):
    """For programs: an object a line."""

    def format(self, record: logging.LogRecord) -> str:
        content: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_said(record),
        }
        if record.exc_info:
            content["trace"] = self.formatException(record.exc_info)
        return orjson.dumps(content, default=str).decode()
