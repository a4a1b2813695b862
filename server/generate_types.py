"""Writes the client's types from the endpoint and event tables, or checks that they are fresh."""

import json
from importlib.metadata import version
from pathlib import Path

import click

from api.openapi import document
from signaling.typescript import socket_inputs, socket_outputs, typescript

GENERATED = Path(__file__).parent.parent / "web_client" / "src" / "generated"


def texts() -> dict[str, str]:
    """File name to contents of what is made here (``schema.d.ts`` is then made from the document by npm)."""
    openapi = document(version("shuitong"), socket_outputs(), socket_inputs())
    return {
        "openapi.json": json.dumps(openapi, ensure_ascii=False, indent=1) + "\n",
        "events.ts": typescript(),
    }


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
