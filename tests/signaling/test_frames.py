"""Frames byte by byte, as RFC 6455 and the two protocols above it say."""

import orjson
import pytest

from cases.views.tickets import LineChanged, PaceView
from signaling.frames import event_frame, event_packet, text_frame


@pytest.mark.parametrize(
    ("length", "header"),
    [
        (0, b"\x81\x00"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65_535, b"\x81\x7e\xff\xff"),
        (65_536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_the_three_forms_of_a_length(length: int, header: bytes) -> None:
    payload = b"a" * length
    assert text_frame(payload) == header + payload


def test_an_event_of_a_namespace() -> None:
    changed = LineChanged("h", "l", 3, 5, 1_000, 7, ((4, 2**46 + 256, 1), (5, 256, -1)), PaceView(1, 2, 3))
    expected = (
        b'42/taxpayer,["line.changed",{"hall_id":"h","line_id":"l","from_version":3,"to_version":5,'
        b'"at_ms":1000,"waiting":7,"changes":[[4,70368744177920,1],[5,256,-1]],'
        b'"pace":{"soonest_ms":1,"latest_ms":2,"spread_ms":3}}]'
    )
    assert event_packet("line.changed", changed, "/taxpayer") == expected
    assert event_frame("line.changed", changed, "/taxpayer") == text_frame(expected)


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError):
        event_packet("x", object(), "/taxpayer")


def test_a_text_of_several_bytes_a_letter() -> None:
    frame = event_frame("x", "税通" * 40, "/taxpayer")
    assert frame[:2] == b"\x81\x7e"
    assert int.from_bytes(frame[2:4], "big") == len(frame) - 4
    assert orjson.loads(frame[4:].removeprefix(b"42/taxpayer,")) == ["x", "税通" * 40]
