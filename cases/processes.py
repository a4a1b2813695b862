"""Processes that look at what somebody sent: what they are started with, and how they end."""

import asyncio
import contextlib
import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CLEAN_ENVIRONMENT: Final[Mapping[str, str]] = MappingProxyType({"PATH": os.defpath, "LANG": "C.UTF-8"})
"""Nothing of the server's own environment, which may have keys in it. To be given as a ``dict``, which uvloop
wants.
"""


async def end(process: asyncio.subprocess.Process) -> None:
    """It has ended when this does, by force if need be; also where the caller is cancelled meanwhile, who is
    told so afterwards.
    """
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    waiting = asyncio.ensure_future(process.wait())
    try:
        await asyncio.shield(waiting)
    except asyncio.CancelledError:
        await asyncio.wait([waiting])
        raise
