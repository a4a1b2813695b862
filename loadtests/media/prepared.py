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
BYTE_VALUES: Final = 256
VIDEO_CLOCK: Final = 90_000
AUDIO_CLOCK: Final = 48_000
AUDIO_BITS_PER_S: Final = 24_000
SOUNDS_PER_S: Final = 50
PAYLOAD_MAX_BYTES: Final = 1_100
_FIRST_OF_FRAME, _NEXT_OF_FRAME = b"\x10", b"\x00"
"""The payload descriptor: S of the first partition's first packet, nothing else."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What is encoded.

    ``grain``: of 256 greys; a camera's picture is never as clean as a drawn one, and needs its bit rate.
    ``is_steady``: no keyframe is far larger than other frames, and all sounds have one size.
    """

    width_px: int
    height_px: int
    frames_per_s: int
    video_bits_per_s: int
    audio_bits_per_s: int
    grain: int
    is_steady: bool = False


OF_CLIENTS: Final = Quality(WIDTH_PX, HEIGHT_PX, FRAMES_PER_S, VIDEO_BITS_PER_S, AUDIO_BITS_PER_S, grain=32)


@dataclass(frozen=True, slots=True)
class Prepared:
    """``frames``: of each frame its payloads; ``sounds``: one payload each 20 ms."""

    frames: tuple[tuple[bytes, ...], ...]
    sounds: tuple[bytes, ...]


@cache
def prepared() -> Prepared:
    """Takes about a tenth of a second, the first time."""
    frames = tuple(packetized(frame, PAYLOAD_MAX_BYTES) for frame in encoded_frames(OF_CLIENTS))
    return Prepared(frames, tuple(encoded_sounds(OF_CLIENTS)))


def packetized(frame: bytes, payload_max_bytes: int) -> tuple[bytes, ...]:
    """A frame's payloads, all but the last one of that size."""
    step = payload_max_bytes - 1
    return tuple(
        (_NEXT_OF_FRAME if at else _FIRST_OF_FRAME) + frame[at : at + step]
        for at in range(0, len(frame), step)
    )


def encoded_frames(quality: Quality) -> list[bytes]:
    """Of ROUND_S seconds; the first one is a keyframe."""
    encoder = av.VideoCodecContext.create("libvpx", "w")
    encoder.width, encoder.height = quality.width_px, quality.height_px
    encoder.pix_fmt = "yuv420p"
    encoder.bit_rate = quality.video_bits_per_s
    encoder.time_base = Fraction(1, quality.frames_per_s)
    encoder.gop_size = quality.frames_per_s * ROUND_S
    encoder.thread_count = 1
    # A negative speed is a fixed one: every process prepares the same bytes.
    encoder.options = {"deadline": "realtime", "lag-in-frames": "0", "cpu-used": "-6"}
    if quality.is_steady:
        rate = str(quality.video_bits_per_s)
        # Half a second of room, and a keyframe of the size of other frames.
        buffered = str(quality.video_bits_per_s // 2)
        encoder.options |= {"minrate": rate, "maxrate": rate, "bufsize": buffered, "max-intra-rate": "100"}
    frames: list[bytes] = []
    grain = random.Random(1)
    for turn in range(quality.frames_per_s * ROUND_S):
        picture = av.VideoFrame(quality.width_px, quality.height_px, "yuv420p")
        luma, *chroma = picture.planes
        luma.update(_moved(turn, quality, luma.line_size, grain))
        for plane in chroma:
            plane.update(bytes([GREY]) * plane.buffer_size)
        picture.pts = turn
        frames += [bytes(packet) for packet in encoder.encode(picture)]
    frames += [bytes(packet) for packet in encoder.encode(None)]
    return frames


def _moved(turn: int, quality: Quality, line_bytes: int, noise: random.Random) -> bytes:
    """Stripes that move with each turn, under a noise."""
    brightest = BYTE_VALUES - quality.grain
    stripe = bytes(value * brightest // BYTE_VALUES for value in range(BYTE_VALUES))
    line = stripe * (line_bytes // BYTE_VALUES + 2)
    begins = ((row + turn * 8) % BYTE_VALUES for row in range(quality.height_px))
    stripes = b"".join(line[begin : begin + line_bytes] for begin in begins)
    grains = bytes(value % quality.grain for value in range(BYTE_VALUES))
    grainy = noise.randbytes(len(stripes)).translate(grains)
    # No sum of two bytes exceeds one: all are added at once, as one number.
    both = int.from_bytes(stripes, "little") + int.from_bytes(grainy, "little")
    return both.to_bytes(len(stripes), "little")


def encoded_sounds(quality: Quality) -> list[bytes]:
    """Of ROUND_S seconds, 20 ms each."""
    encoder = av.AudioCodecContext.create("libopus", "w")
    encoder.sample_rate = AUDIO_CLOCK
    encoder.layout = "stereo"
    encoder.format = "s16"
    encoder.bit_rate = quality.audio_bits_per_s
    if quality.is_steady:
        encoder.options = {"vbr": "off"}
    step = AUDIO_CLOCK // SOUNDS_PER_S
    sounds: list[bytes] = []
    for turn in range(ROUND_S * SOUNDS_PER_S):
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
