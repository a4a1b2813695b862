"""stub"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any


def write_report(results: Sequence[dict[str, Any]], file: Path) -> None:
    file.write_text("")
