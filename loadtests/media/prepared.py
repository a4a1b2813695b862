"""Real VP8 and Opus, encoded and packetized once for all clients of a process.

Two seconds that are sent over and over: a picture that moves, 160 by 120 at 15 frames a second, and a tone of
440 Hz in packets of 20 ms. Each round begins with a keyframe. Payloads: RFC 7741 (VP8), RFC 7587 (Opus).
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Final

import av
import numpy as np

WIDTH_PX, HEIGHT_PX = 160, 120
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
    rows = np.arange(HEIGHT_PX, dtype=np.uint16)[:, None]
    columns = np.arange(WIDTH_PX, dtype=np.uint16)[None, :]
    grain = np.random.default_rng(1)
    for turn in range(FRAMES_PER_S * ROUND_S):
        noise = grain.integers(0, GRAIN, (HEIGHT_PX, WIDTH_PX), dtype=np.uint16)
        grey = ((rows + columns + turn * 8 + noise) % 256).astype(np.uint8)
        picture = av.VideoFrame.from_ndarray(np.repeat(grey[:, :, None], 3, axis=2), format="rgb24")
        picture.pts = turn
        frames += [bytes(packet) for packet in encoder.encode(picture.reformat(format="yuv420p"))]
    frames += [bytes(packet) for packet in encoder.encode(None)]
    return frames


def _encoded_sounds() -> list[bytes]:
    encoder = av.AudioCodecContext.create("libopus", "w")
    encoder.sample_rate = AUDIO_CLOCK
    encoder.layout = "stereo"
    encoder.format = "s16"
    encoder.bit_rate = AUDIO_BITS_PER_S
    step = int(AUDIO_CLOCK * AUDIO_PACKET_S)
    sounds: list[bytes] = []
    for turn in range(ROUND_S * 50):
        at = np.arange(turn * step, (turn + 1) * step)
        wave = (np.sin(2 * np.pi * 440 * at / AUDIO_CLOCK) * 8_000).astype(np.int16)
        sound = av.AudioFrame.from_ndarray(np.repeat(wave, 2)[None, :], format="s16", layout="stereo")
        sound.sample_rate, sound.pts = AUDIO_CLOCK, turn * step
        sounds += [bytes(packet) for packet in encoder.encode(sound)]
    sounds += [bytes(packet) for packet in encoder.encode(None)]
    return sounds
