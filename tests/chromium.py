"""The real browser that tests drive."""

import shutil
from typing import Final

CHROMIUM_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
)


def chromium_path() -> str:
    """The installed Chromium. Raises LookupError with what to do where there is none."""
    for name in CHROMIUM_NAMES:
        if found := shutil.which(name):
            return found
    raise LookupError("Chromium is needed: ./run test says how to install it")
