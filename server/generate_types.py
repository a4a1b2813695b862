"""Writes the client's types from the endpoint and event tables, or checks that they are fresh."""

import json
from importlib.metadata import version
from pathlib import Path

import click

from api.openapi import document
from cases.guidance.catalogue import SHIPPED
from cases.guidance.files import read_folder
from cases.guidance.loading import bundle_of
from signaling.typescript import socket_inputs, socket_outputs, typescript

GENERATED = Path(__file__).parent.parent / "web_client" / "src" / "generated"


def texts() -> dict[str, str]:
    """File name to contents of what is made here (``schema.d.ts`` is then made from the document by npm)."""
    openapi = document(version("shuitong"), socket_outputs(), socket_inputs())
    return {
        "openapi.json": json.dumps(openapi, ensure_ascii=False, indent=1) + "\n",
        "events.ts": typescript(),
        "forms.json": _forms(),
    }


def _forms() -> str:
    """The shipped forms as pages get them: what the pages' check is tested with."""
    forms = bundle_of(read_folder(SHIPPED)).forms
    return (
        json.dumps({one: forms.schema(one) for one in forms}, ensure_ascii=False, separators=(",", ":"))
        + "\n"
    )


def main(*, check: bool) -> int:
    """Write the files, or with ``check`` say which are stale; the exit code of the command."""
    stale = []
    for name, text in texts().items():
        path = GENERATED / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if check and stale:
        click.echo(f"stale: {', '.join(stale)}; run `shuitong generate-types`", err=True)
        return 1
    return 0
