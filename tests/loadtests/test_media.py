"""What clients send is real VP8 and Opus; what is sampled of processes is theirs."""

import os
import struct

import av

from loadtests.media.ends import kind_of, name_of, sequence_of
from loadtests.media.prepared import FRAMES_PER_S, HEIGHT_PX, PAYLOAD_MAX_BYTES, ROUND_S, WIDTH_PX, prepared
from server.load_house import Sampler


def test_the_pictures_can_be_decoded_and_begin_with_a_keyframe() -> None:
    frames = prepared().frames
    assert len(frames) == FRAMES_PER_S * ROUND_S
    assert max(len(payload) for frame in frames for payload in frame) <= PAYLOAD_MAX_BYTES
    decoder = av.VideoCodecContext.create("vp8", "r")
    shown = []
    for frame in frames:
        assert [payload[0] for payload in frame] == [0x10, *[0x00] * (len(frame) - 1)]
        shown += decoder.decode(av.Packet(b"".join(payload[1:] for payload in frame)))
    assert [(picture.width, picture.height) for picture in shown] == [(WIDTH_PX, HEIGHT_PX)] * len(frames)
    assert shown[0].key_frame


def test_the_sound_can_be_decoded() -> None:
    decoder = av.AudioCodecContext.create("libopus", "r")
    samples = sum(
        sound.samples for payload in prepared().sounds for sound in decoder.decode(av.Packet(payload))
    )
    assert samples >= ROUND_S * 48_000


def test_a_packet_is_known_by_kind_time_and_number() -> None:
    header = struct.pack("!BBHII", 0x80, 0x80 | 96, 65_535, 2**32 - 1, 7)
    name = name_of(header + b"payload")
    assert (kind_of(name), sequence_of(name)) == (96, 65_535)
    other = struct.pack("!BBHII", 0x80, 96, 65_535, 2**32 - 1, 8)
    assert name_of(other) == name
    assert name_of(struct.pack("!BBHII", 0x80, 96, 65_534, 2**32 - 1, 7)) != name


def test_a_process_is_sampled_between_two_looks() -> None:
    sampler = Sampler()
    sampler.sample({os.getpid(): "this", 2**22 + 1: "nobody"}, 1.0)
    assert sampler.samples == []
    sampler.sample({os.getpid(): "this"}, 2.5)
    (sample,) = sampler.samples
    assert (sample.process, sample.at_s) == ("this", 2.5)
    assert sample.cores >= 0
    assert sample.memory_bytes > 1_000_000
