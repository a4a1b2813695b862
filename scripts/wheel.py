"""Puts the built web client into the wheel, so that an installed `shuitong` serves it without Node."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ClientHook(BuildHookInterface[Any]):
    """Runs when a wheel is built; an editable install serves the client from its own folder."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raises RuntimeError where the client was not built yet."""
        if version == "editable":
            return
        client = Path(self.root) / "web_client" / "dist"
        if not (client / "index.html").exists():
            raise RuntimeError("the web client is not built: `npm ci && npm run build` in web_client/ first")
        build_data["force_include"][str(client)] = "server/client"
