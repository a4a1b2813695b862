"""What the peers of the relay's benchmark send: real VP8 and Opus, for a relay that decodes.

All packets of a kind have one size, so that each window has the same load. Frames are filled up with zeros
behind their last partition, which decoders do not look at.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

from loadtests.media.prepared import (
    SOUNDS_PER_S,
    Quality,
    encoded_frames,
    encoded_sounds,
    packetized,
)
from server.benchmarks.errors import BenchFailed

HEADER_BYTES: Final = 12
AUDIO_EVERY_S: Final = 1 / SOUNDS_PER_S
AUDIO_BYTES: Final = 120
FRAMES_PER_S: Final = 30
FRAME_EVERY_S: Final = 1 / FRAMES_PER_S
FRAME_PACKETS: Final = 5
VIDEO_BYTES: Final = 1_100
"""Of a packet before SRTP. 5 x 30 x 1,100 bytes a second are 1.3 Mbit/s."""
SOUND_BYTES: Final = AUDIO_BYTES - HEADER_BYTES
FRAME_BYTES: Final = FRAME_PACKETS * (VIDEO_BYTES - HEADER_BYTES - 1)
"""What is left of a frame's packets without their headers and payload descriptors."""
QUALITY: Final = Quality(
    width_px=640,
    height_px=480,
    frames_per_s=FRAMES_PER_S,
    # Below what fits, as no encoder keeps to its rate with every frame.
    video_bits_per_s=1_000_000,
    audio_bits_per_s=8 * SOUND_BYTES * SOUNDS_PER_S,
    grain=16,
    is_steady=True,
)


@dataclass(frozen=True, slots=True)
class RelayMedia:
    """Of each picture and each sound its payloads."""

    frames: tuple[tuple[bytes, ...], ...]
    sounds: tuple[tuple[bytes, ...], ...]


@cache
def relay_media() -> RelayMedia:
    """Takes about a third of a second, the first time.

    Raises BenchFailed when this machine's encoders make other sizes.
    """
    frames = encoded_frames(QUALITY)
    sounds = encoded_sounds(QUALITY)
    largest = max(len(frame) for frame in frames)
    if largest > FRAME_BYTES:
        raise BenchFailed(f"an encoded frame has {largest} bytes, and only {FRAME_BYTES} fit")
    if {len(sound) for sound in sounds} != {SOUND_BYTES}:
        raise BenchFailed(f"not every encoded sound has {SOUND_BYTES} bytes")
    filled = (frame.ljust(FRAME_BYTES, b"\0") for frame in frames)
    frames_of_payloads = tuple(packetized(frame, VIDEO_BYTES - HEADER_BYTES) for frame in filled)
    return RelayMedia(frames_of_payloads, tuple((sound,) for sound in sounds))
