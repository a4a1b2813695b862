"""Many cases of many taxpayers, written into the records at once."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cases.sealing import new_token, token_digest
from cases.sessions import SessionKind
from server.building import Product
from server.demo import HALL

EACH: Final = 40
"""Cases a taxpayer: every other one a draft, the others at work in the back office."""
ASKING_MAX: Final = 100
"""Taxpayers who ask for something; with fewer cases there are fewer."""
TOPIC, NODE, FORM, REGION = "T26", "N1", "F03", "440402"
DAY_MS: Final = 86_400_000
ROWS_AT_A_TIME: Final = 20_000


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody who is signed in."""

    taxpayer_id: str
    token: str
    working: tuple[str, ...]
    drafts: tuple[str, ...]


def _columns(row: dict[str, Any]) -> str:
    return f"({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"


def _insert(connection: sqlite3.Connection, table: str, rows: Sequence[dict[str, Any]]) -> None:
    connection.executemany(
        f"INSERT INTO {table} {_columns(rows[0])}",
        [tuple(row.values()) for row in rows],
    )


def _case(product: Product, ordinal: int, now_ms: int, *, is_draft: bool) -> dict[str, Any]:
    return {
        "case_id": f"case-{ordinal}",
        "number": f"20260101{ordinal:09}",
        "taxpayer_id": f"person-{ordinal // EACH}",
        "hall_id": HALL.hall_id,
        "mode": "undecided" if is_draft else "backoffice",
        "question": "",
        "opened_at_ms": now_ms - ordinal % DAY_MS,
        "touched_at_ms": now_ms,
        "version": 0 if is_draft else 1,
        "region_code": REGION,
        "topic_id": TOPIC,
        "node_id": NODE,
        "catalogue_version": product.guidance.catalogues.version,
        "form_state": "draft" if is_draft else "submitted",
        "review_state": "none" if is_draft else "approved",
        "handling_state": "none" if is_draft else "working",
        "promised_by_ms": None if is_draft else now_ms + DAY_MS,
    }


def _rows(product: Product, cases: int, now_ms: int) -> Iterator[dict[str, list[dict[str, Any]]]]:
    sealed = product.sealer.seal("{}")
    for first in range(0, cases, ROWS_AT_A_TIME):
        found: dict[str, list[dict[str, Any]]] = {"cases": [], "case_forms": [], "case_events": []}
        for ordinal in range(first, min(first + ROWS_AT_A_TIME, cases)):
            is_draft = ordinal % 2 == 1
            row = _case(product, ordinal, now_ms, is_draft=is_draft)
            found["cases"].append(row)
            found["case_forms"].append(
                {
                    "case_form_id": f"form-{ordinal}",
                    "case_id": row["case_id"],
                    "taxpayer_id": row["taxpayer_id"],
                    "form_id": FORM,
                    "required": True,
                    "state": row["form_state"],
                    "values_sealed": sealed,
                    "version": 0,
                    "saved_at_ms": now_ms,
                }
            )
            if not is_draft:
                found["case_events"].append(
                    {
                        "case_id": row["case_id"],
                        "number": 1,
                        "at_ms": now_ms,
                        "event": "submit",
                        "actor_kind": "taxpayer",
                        "actor_id": row["taxpayer_id"],
                        "detail": "{}",
                    }
                )
        yield found


def seed(product: Product, file: Path, cases: int) -> list[Asking]:
    """So many cases into the tables that are there; who asks for them. Takes about 40 µs a case."""
    now_ms = product.clock.now_ms()
    people = max(2, cases // EACH)
    sealed = product.sealer.seal("440402190402290028")
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA synchronous = OFF")
    for first in range(0, people, ROWS_AT_A_TIME):
        rows = [
            {
                "taxpayer_id": f"person-{number}",
                "certificate_type": "id_cn",
                "number_sealed": sealed,
                "number_index": f"index-{number}",
                "name": "陈嘉敏",
                "created_at_ms": 0,
            }
            for number in range(first, min(first + ROWS_AT_A_TIME, people))
        ]
        _insert(connection, "taxpayers", rows)
    for some in _rows(product, people * EACH, now_ms):
        for table, table_rows in some.items():
            _insert(connection, table, table_rows)
    # Those in the middle, as likely as any others.
    step = max(1, people // ASKING_MAX)
    asking = [
        Asking(
            f"person-{number}",
            new_token(),
            tuple(f"case-{number * EACH + turn}" for turn in range(0, EACH, 2)),
            tuple(f"case-{number * EACH + turn}" for turn in range(1, EACH, 2)),
        )
        for number in range(0, people, step)
    ][:ASKING_MAX]
    sessions = [
        {
            "session_id": token_digest(one.token),
            "kind": SessionKind.TAXPAYER.value,
            "person_id": one.taxpayer_id,
            "created_at_ms": now_ms,
            "idle_until_ms": now_ms + DAY_MS,
            "ends_at_ms": now_ms + DAY_MS,
        }
        for one in asking
    ]
    _insert(connection, "sessions", sessions)
    connection.commit()
    # As the product's own maintenance keeps it.
    connection.execute("ANALYZE")
    connection.close()
    return asking
