"""Offers and answers: what a browser really answers is taken, everything else is `AnswerInvalid`."""

from pathlib import Path

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given
from hypothesis import strategies as st

from rtc.errors import AnswerInvalid
from rtc.sdp_answer import ANSWER_MAX_BYTES, read_answer
from rtc.sdp_offer import ALL_FEATURES, Feature, OfferParts, SourceSsrcs, build_offer

CHROMIUM = (Path(__file__).parent / "answers" / "chromium_156.sdp").read_bytes().decode()
PARTS = OfferParts(
    session_id=7,
    revision=2,
    ice_ufrag="ufrag123",
    ice_pwd="p" * 32,
    fingerprint=":".join(["AB"] * 32),
    addresses=("192.0.2.1", "2001:db8::1"),
    port=40_000,
    source="officer",
    ssrcs=SourceSsrcs(1001, 1002, 1003),
    features=ALL_FEATURES,
)


def offer(**changes: object) -> str:
    fields = {name: getattr(PARTS, name) for name in OfferParts.__slots__}
    return build_offer(OfferParts(**{**fields, **changes}))


def without(text: str, *beginnings: str) -> str:
    return "\r\n".join(line for line in text.split("\r\n") if not line.startswith(beginnings))


def test_an_offer_says_what_another_implementation_reads() -> None:
    parsed = SessionDescription.parse(offer())
    audio, video = parsed.media
    assert (audio.kind, video.kind) == ("audio", "video")
    assert [medium.rtp.muxId for medium in parsed.media] == ["0", "1"]
    assert audio.port == 40_000
    assert [candidate.ip for candidate in audio.ice_candidates] == ["192.0.2.1", "2001:db8::1"]
    assert audio.ice_candidates_complete
    assert [codec.payloadType for codec in video.rtp.codecs] == [96, 97, 102, 103]
    assert [ssrc.ssrc for ssrc in video.ssrc] == [1002, 1003]
    assert video.ssrc_group[0].items == [1002, 1003]
    assert audio.dtls is not None
    assert audio.dtls.role == "auto"
    assert parsed.group[0].items == ["0", "1"]
    assert {extension.id for extension in audio.rtp.headerExtensions} == {1, 2, 3, 4}
    assert "a=ice-lite\r\n" in offer()
    assert "useinbandfec=1;usedtx=1" in offer()


def test_both_legs_get_the_same_media() -> None:
    other = offer(source="taxpayer", ssrcs=SourceSsrcs(5, 6, 7))
    for names in (("a=ssrc", "a=msid"),):
        assert without(offer(), *names) == without(other, *names)


def test_an_address_of_ipv6_first() -> None:
    assert "c=IN IP6 2001:db8::1\r\n" in offer(addresses=("2001:db8::1",))


def test_refused_features_are_left_out() -> None:
    text = offer(features=frozenset({Feature.OPUS, Feature.H264}))
    assert "VP8" not in text
    assert "transport" not in text.replace("transport-wide", "transport")
    assert "m=video 40000 UDP/TLS/RTP/SAVPF 102 103\r\n" in text


def test_without_a_common_video_codec_the_line_is_inactive() -> None:
    text = offer(features=frozenset({Feature.OPUS}))
    assert text.count("a=inactive\r\n") == 1
    assert text.count("a=sendrecv\r\n") == 1


def test_an_offer_needs_an_address() -> None:
    with pytest.raises(ValueError, match="address"):
        offer(addresses=())


def test_what_chromium_answers_is_read() -> None:
    answer = read_answer(CHROMIUM, ALL_FEATURES)
    assert answer.features == ALL_FEATURES
    assert answer.ssrcs == SourceSsrcs(2527192252, 2743466061, 4078277843)
    assert (answer.ice_ufrag, answer.ice_pwd) == ("PqEU", "eqiBqok85d5GzFljwPmSKHc6")
    assert answer.fingerprint.startswith("BC:27:81:F1")


def test_line_ends_of_either_kind() -> None:
    assert read_answer(CHROMIUM.replace("\r\n", "\n"), ALL_FEATURES) == read_answer(CHROMIUM, ALL_FEATURES)


def test_transport_attributes_may_be_given_for_the_session() -> None:
    """Firefox gives the fingerprint once, above the media lines."""
    prints = next(line for line in CHROMIUM.split("\r\n") if line.startswith("a=fingerprint"))
    text = without(CHROMIUM, "a=fingerprint").replace("t=0 0\r\n", f"t=0 0\r\n{prints}\r\n")
    assert read_answer(text, ALL_FEATURES) == read_answer(CHROMIUM, ALL_FEATURES)


def test_a_page_that_only_watches() -> None:
    text = without(CHROMIUM, "a=ssrc", "a=msid").replace("a=sendrecv", "a=recvonly")
    assert read_answer(text, ALL_FEATURES).ssrcs == SourceSsrcs(0, 0, 0)


def test_a_source_without_a_repair_source() -> None:
    text = without(CHROMIUM, "a=ssrc-group", "a=ssrc:4078277843")
    assert read_answer(text, ALL_FEATURES).ssrcs == SourceSsrcs(2527192252, 2743466061, 0)


def test_a_rejected_video_line() -> None:
    text = CHROMIUM.replace("BUNDLE 0 1", "BUNDLE 0").replace("m=video 9", "m=video 0")
    assert read_answer(text, ALL_FEATURES).features == {Feature.OPUS, Feature.TRANSPORT_CC}


def test_what_is_not_taken_is_not_in_the_features() -> None:
    text = CHROMIUM.replace("SAVPF 96 97 102 103", "SAVPF 96 97").replace("transport-wide-cc", "nothing")
    assert read_answer(text, ALL_FEATURES).features == {Feature.OPUS, Feature.VP8}
    assert read_answer(CHROMIUM, frozenset({Feature.OPUS})).features == {Feature.OPUS}


@pytest.mark.parametrize(
    ("old", "new", "taken"),
    [
        ("profile-level-id=42e01f", "profile-level-id=42E034", True),
        (";packetization-mode=1", "", False),
        ("packetization-mode=1", "packetization-mode=0", False),
        ("profile-level-id=42e01f", "profile-level-id=640c1f", False),
        ("level-asymmetry-allowed=1;", "", True),
    ],
)
def test_h264_is_taken_as_offered_or_not_at_all(old: str, new: str, taken: bool) -> None:
    """Of another level, the sender's encoder takes care; not of another profile or packing."""
    features = read_answer(CHROMIUM.replace(old, new), ALL_FEATURES).features
    assert (Feature.H264 in features) is taken
    assert Feature.VP8 in features


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("v=0", "v=1"),
        ("a=group:BUNDLE 0 1", "a=group:BUNDLE 0"),
        ("a=group:BUNDLE 0 1\r\n", ""),
        ("a=mid:0", "a=mid:audio"),
        ("a=mid:1", "a=mid:2"),
        ("a=mid:1\r\n", ""),
        ("a=setup:active", "a=setup:passive"),
        ("a=setup:active", "a=setup:actpass"),
        ("a=setup:active\r\n", ""),
        ("a=rtcp-mux\r\n", ""),
        ("a=ice-ufrag:PqEU", "a=ice-ufrag:abc"),
        ("a=ice-ufrag:PqEU", "a=ice-ufrag:ab:cd"),
        ("a=ice-ufrag:PqEU\r\n", ""),
        ("a=ice-ufrag:PqEU\r\n", "a=ice-ufrag:PqEU\r\na=ice-ufrag:Other\r\n"),
        ("a=ice-pwd:eqiBqok85d5GzFljwPmSKHc6", "a=ice-pwd:short"),
        ("a=fingerprint:sha-256", "a=fingerprint:sha-1"),
        ("a=fingerprint:sha-256", "a=fingerprint:sha-512"),
        ("BC:27", "BC"),
        ("a=fingerprint:sha-256 BC", "a=fingerprint:sha-256 XX"),
        ("m=audio 9", "m=audio 0"),
        ("m=audio 9 UDP/TLS/RTP/SAVPF", "m=audio 9 RTP/AVP"),
        ("m=audio", "m=application"),
        ("SAVPF 111", "SAVPF 111 112"),
        ("SAVPF 111", "SAVPF 96"),
        ("SAVPF 96 97", "SAVPF 111 97"),
        ("a=rtpmap:111 opus/48000/2\r\n", ""),
        ("a=rtpmap:96 VP8/90000", "a=rtpmap:96 VP9/90000"),
        ("a=ssrc:2527192252", "a=ssrc:0"),
        ("a=ssrc:2527192252", "a=ssrc:4294967296"),
        ("a=ssrc:2527192252", "a=ssrc:-1"),
        ("a=ssrc:2527192252", "a=ssrc:٣"),
        ("a=ssrc:2527192252", "a=ssrc:2743466061"),
        ("FID 2743466061 4078277843", "FID 2743466061"),
        ("FID 2743466061 4078277843", "FID 2743466061 5"),
        ("s=-", "s=-\x00"),
        ("s=-", "nonsense"),
        ("s=-", "s=" + "x" * 3000),
        ("s=-", "s=-\r\n" + "a=x\r\n" * 8000),
    ],
)
def test_an_answer_with_one_thing_wrong_is_refused(old: str, new: str) -> None:
    assert old in CHROMIUM
    with pytest.raises(AnswerInvalid):
        read_answer(CHROMIUM.replace(old, new), ALL_FEATURES)


def test_two_fingerprints_are_refused() -> None:
    first = CHROMIUM.index("a=fingerprint")
    text = CHROMIUM[:first] + CHROMIUM[first:].replace("BC:27", "BC:28", 1)
    with pytest.raises(AnswerInvalid, match="fingerprint"):
        read_answer(text, ALL_FEATURES)


def test_many_sources_are_refused() -> None:
    many = "".join(f"a=ssrc:{number} cname:x\r\n" for number in range(10, 20))
    with pytest.raises(AnswerInvalid, match="sources"):
        read_answer(CHROMIUM.replace("a=ssrc:2527192252", f"{many}a=ssrc:2527192252"), ALL_FEATURES)


@pytest.mark.parametrize(
    "text", ["", "v=0", "v=0\r\n", "\ud800", "x" * (ANSWER_MAX_BYTES + 1), "v=0\r\n" * 3]
)
def test_what_is_no_answer_is_refused(text: str) -> None:
    with pytest.raises(AnswerInvalid):
        read_answer(text, ALL_FEATURES)


LINES = CHROMIUM.split("\r\n")


@given(st.text(max_size=400))
def test_only_answer_invalid_escapes_from_any_text(text: str) -> None:
    with pytest.raises(AnswerInvalid):
        read_answer(text, ALL_FEATURES)


@given(
    st.lists(st.tuples(st.integers(0, len(LINES) - 1), st.integers(0, 80), st.text(max_size=3)), max_size=4),
    st.permutations(LINES) | st.just(LINES),
)
def test_only_answer_invalid_escapes_from_a_damaged_answer(
    damages: list[tuple[int, int, str]], order: list[str]
) -> None:
    lines = list(order)
    for number, at, piece in damages:
        lines[number] = lines[number][:at] + piece + lines[number][at + 1 :]
    try:
        answer = read_answer("\r\n".join(lines), ALL_FEATURES)
    except AnswerInvalid:
        return
    assert answer.features <= ALL_FEATURES
    assert all(0 <= ssrc < 2**32 for ssrc in (answer.ssrcs.audio, answer.ssrcs.video, answer.ssrcs.repair))
