"""Real VP8 and Opus, encoded and packetized once for all clients of a process.

Two seconds that are sent over and over: a picture that moves, 160 by 120 at 15 frames a second, and a tone of
440 Hz in packets of 20 ms. Each round begins with a keyframe. Payloads: RFC 7741 (VP8), RFC 7587 (Opus).
"""

import math
import random
from array import array
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Final

import av

WIDTH_PX, HEIGHT_PX = 160, 120
GREY: Final = 128
FRAMES_PER_S: Final = 15
ROUND_S: Final = 2
VIDEO_BITS_PER_S: Final = 150_000
GRAIN: Final = 32
"""Of 256 greys: a camera's picture is never as clean as a drawn one, and needs its bit rate."""
VIDEO_CLOCK: Final = 90_000
AUDIO_CLOCK: Final = 48_000
AUDIO_BITS_PER_S: Final = 24_000
AUDIO_PACKET_S: Final = Fraction(1, 50)
PAYLOAD_MAX_BYTES: Final = 1_100
_FIRST_OF_FRAME, _NEXT_OF_FRAME = b"\x10", b"\x00"
"""The payload descriptor: S of the first partition's first packet, nothing else."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """``frames``: of each frame its payloads; ``sounds``: one payload each 20 ms."""

    frames: tuple[tuple[bytes, ...], ...]
    sounds: tuple[bytes, ...]


@cache
def prepared() -> Prepared:
    """Takes about a tenth of a second, the first time."""
    return Prepared(tuple(_packetized(frame) for frame in _encoded_frames()), tuple(_encoded_sounds()))


def _packetized(frame: bytes) -> tuple[bytes, ...]:
    step = PAYLOAD_MAX_BYTES - 1
    return tuple(
        (_NEXT_OF_FRAME if at else _FIRST_OF_FRAME) + frame[at : at + step]
        for at in range(0, len(frame), step)
    )


def _encoded_frames() -> list[bytes]:
    encoder = av.VideoCodecContext.create("libvpx", "w")
    encoder.width, encoder.height = WIDTH_PX, HEIGHT_PX
    encoder.pix_fmt = "yuv420p"
    encoder.bit_rate = VIDEO_BITS_PER_S
    encoder.time_base = Fraction(1, FRAMES_PER_S)
    encoder.gop_size = FRAMES_PER_S * ROUND_S
    encoder.thread_count = 1
    # A negative speed is a fixed one: every process prepares the same bytes.
    encoder.options = {"deadline": "realtime", "lag-in-frames": "0", "cpu-used": "-6"}
    frames: list[bytes] = []
    grain = random.Random(1)
    for turn in range(FRAMES_PER_S * ROUND_S):
        picture = av.VideoFrame(WIDTH_PX, HEIGHT_PX, "yuv420p")
        luma, *chroma = picture.planes
        luma.update(_moved(turn, luma.line_size, grain))
        for plane in chroma:
            plane.update(bytes([GREY]) * plane.buffer_size)
        picture.pts = turn
        frames += [bytes(packet) for packet in encoder.encode(picture)]
    frames += [bytes(packet) for packet in encoder.encode(None)]
    return frames


def _moved(turn: int, line_bytes: int, grain: random.Random) -> bytes:
    """Stripes that move with each turn, under a noise."""
    noise = grain.randbytes(line_bytes * HEIGHT_PX)
    return bytes(
        (row + column + turn * 8 + noise[row * line_bytes + column] % GRAIN) % 256
        for row in range(HEIGHT_PX)
        for column in range(line_bytes)
    )


def _encoded_sounds() -> list[bytes]:
    encoder = av.AudioCodecContext.create("libopus", "w")
    encoder.sample_rate = AUDIO_CLOCK
    encoder.layout = "stereo"
    encoder.format = "s16"
    encoder.bit_rate = AUDIO_BITS_PER_S
    step = int(AUDIO_CLOCK * AUDIO_PACKET_S)
    sounds: list[bytes] = []
    for turn in range(ROUND_S * 50):
        wave = (
            int(8_000 * math.sin(2 * math.pi * 440 * at / AUDIO_CLOCK))
            for at in range(turn * step, (turn + 1) * step)
        )
        both = array("h", [value for one in wave for value in (one, one)])
        sound = av.AudioFrame("s16", "stereo", step)
        sound.planes[0].update(both.tobytes())
        sound.sample_rate, sound.pts = AUDIO_CLOCK, turn * step
        sounds += [bytes(packet) for packet in encoder.encode(sound)]
    sounds += [bytes(packet) for packet in encoder.encode(None)]
    return sounds
