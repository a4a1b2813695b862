"""The QR code of a slip."""

import io
from typing import Final

import segno

SCALE: Final = 4
BORDER: Final = 4
"""Modules of quiet zone around it (ISO/IEC 18004: 4)."""


def qr_svg(text: str) -> str:
    """An SVG picture of the text's QR code; a quarter of it may be dirt (error correction Q)."""
    out = io.BytesIO()
    segno.make_qr(text, error="q").save(
        out, kind="svg", scale=SCALE, border=BORDER, xmldecl=False, svgns=True, nl=False
    )
    return out.getvalue().decode()
