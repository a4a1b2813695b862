"""One event as the bytes of one WebSocket frame, made once and written to any number of connections. Pure.

Engine.IO 4 and Socket.IO 5 in text: ``4`` (message), ``2`` (event), the namespace, a comma, and a JSON array
of name and content. The frame is RFC 6455, 5.2: final, text, not masked as it comes from the server, its
length in 7, 16 or 64 bits. It is not compressed, which is allowed for any single message also where
permessage-deflate was negotiated (RFC 7692, 6), and leaves the connection's compressor as it was.
"""

from typing import Final

import orjson

FINAL_TEXT: Final = 0x81
SHORT_MAX: Final = 125
LONG_FROM: Final = 2**16


def event_packet(event: str, content: object, namespace: str) -> bytes:
    """The event as Engine.IO sends it. Raises TypeError for a content that is no JSON (dataclasses are)."""
    return b"42" + namespace.encode() + b"," + orjson.dumps([event, content])


def text_frame(payload: bytes) -> bytes:
    """The payload, which is UTF-8, as one frame."""
    length = len(payload)
    if length <= SHORT_MAX:
        return bytes((FINAL_TEXT, length)) + payload
    if length < LONG_FROM:
        return bytes((FINAL_TEXT, 126)) + length.to_bytes(2, "big") + payload
    return bytes((FINAL_TEXT, 127)) + length.to_bytes(8, "big") + payload


def event_frame(event: str, content: object, namespace: str) -> bytes:
    return text_frame(event_packet(event, content, namespace))
