"""The offer that both browsers get: the same media for both, only names and credentials differ. Pure.

Sources: RFC 8829 (JSEP), RFC 8839 and 8445 (ICE, ice-lite), RFC 8842 (DTLS), RFC 5576 (SSRC attributes).

SSRCs are declared, because a browser cannot tell an undeclared RTX stream (Firefox) and other clients route
by SSRC. Video orientation is left out on purpose: where it is not offered, senders turn the
pixels themselves.
"""

import ipaddress
from dataclasses import dataclass
from enum import StrEnum

AUDIO_MID = "0"
VIDEO_MID = "1"
HOST_CANDIDATE_PRIORITY = 2_130_706_431


class Feature(StrEnum):
    """What an offer may contain and an answer may refuse."""

    OPUS = "opus"
    VP8 = "vp8"
    H264 = "h264"
    TRANSPORT_CC = "transport-cc"


ALL_FEATURES = frozenset(Feature)
VIDEO_FEATURES = frozenset({Feature.VP8, Feature.H264})


@dataclass(frozen=True, slots=True)
class Codec:
    """One payload type. `repair_of` is the payload type whose losses this one (RTX, RFC 4588) repairs."""

    payload_type: int
    feature: Feature
    encoding: str
    format: str | None
    repair_of: int | None = None


AUDIO_CODECS_OFFERED = (Codec(111, Feature.OPUS, "opus/48000/2", "minptime=10;useinbandfec=1;usedtx=1"),)
VIDEO_CODECS_OFFERED = (
    Codec(96, Feature.VP8, "VP8/90000", None),
    Codec(97, Feature.VP8, "rtx/90000", "apt=96", repair_of=96),
    Codec(
        102,
        Feature.H264,
        "H264/90000",
        "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
    ),
    Codec(103, Feature.H264, "rtx/90000", "apt=102", repair_of=102),
)
CODECS = {codec.payload_type: codec for codec in (*AUDIO_CODECS_OFFERED, *VIDEO_CODECS_OFFERED)}

TRANSPORT_CC_URI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
_EXTENSIONS = (
    (1, "urn:ietf:params:rtp-hdrext:sdes:mid"),
    (2, "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"),
)
_TRANSPORT_CC_EXTENSION = (3, TRANSPORT_CC_URI)
_AUDIO_LEVEL_EXTENSION = (4, "urn:ietf:params:rtp-hdrext:ssrc-audio-level")


@dataclass(frozen=True, slots=True)
class SourceSsrcs:
    """The sources of one leg: its microphone, its camera, and the camera's retransmissions."""

    audio: int
    video: int
    repair: int


@dataclass(frozen=True, slots=True)
class OfferParts:
    """All that differs between offers.

    `source`: a name for the other leg that stays the same over its reconnects, so that a page keeps its
    tracks.
    """

    session_id: int
    revision: int
    ice_ufrag: str
    ice_pwd: str
    fingerprint: str
    """SHA-256 of our certificate: `AB:CD:…`."""
    addresses: tuple[str, ...]
    port: int
    source: str
    ssrcs: SourceSsrcs
    features: frozenset[Feature]


def build_offer(parts: OfferParts) -> str:
    """The SDP, lines ended by CRLF. Without a common video codec the video line is inactive.

    Raises ValueError when there is no address.
    """
    if not parts.addresses:
        raise ValueError("an offer needs an address")
    lines = [
        "v=0",
        f"o=- {parts.session_id} {parts.revision} IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        f"a=group:BUNDLE {AUDIO_MID} {VIDEO_MID}",
        "a=msid-semantic: WMS *",
        *_media(parts, "audio", AUDIO_MID, AUDIO_CODECS_OFFERED, "sendrecv"),
        f"a=extmap:{_AUDIO_LEVEL_EXTENSION[0]} {_AUDIO_LEVEL_EXTENSION[1]}",
        *_source(parts, "audio", (parts.ssrcs.audio,)),
        *_media(parts, "video", VIDEO_MID, *_video(parts.features)),
        f"a=ssrc-group:FID {parts.ssrcs.video} {parts.ssrcs.repair}",
        *_source(parts, "video", (parts.ssrcs.video, parts.ssrcs.repair)),
    ]
    return "\r\n".join(lines) + "\r\n"


def _video(features: frozenset[Feature]) -> tuple[tuple[Codec, ...], str]:
    codecs = tuple(codec for codec in VIDEO_CODECS_OFFERED if codec.feature in features)
    return (codecs, "sendrecv") if codecs else (VIDEO_CODECS_OFFERED, "inactive")


def _media(parts: OfferParts, kind: str, mid: str, codecs: tuple[Codec, ...], direction: str) -> list[str]:
    first = parts.addresses[0]
    family = "IP6" if ipaddress.ip_address(first).version == 6 else "IP4"
    extensions = [*_EXTENSIONS]
    if Feature.TRANSPORT_CC in parts.features:
        extensions.append(_TRANSPORT_CC_EXTENSION)
    lines = [
        f"m={kind} {parts.port} UDP/TLS/RTP/SAVPF {' '.join(str(codec.payload_type) for codec in codecs)}",
        f"c=IN {family} {first}",
        f"a=mid:{mid}",
        f"a={direction}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        f"a=ice-ufrag:{parts.ice_ufrag}",
        f"a=ice-pwd:{parts.ice_pwd}",
        f"a=fingerprint:sha-256 {parts.fingerprint}",
        # RFC 8842: the offerer says actpass; a browser then takes the client's part, and we are the server.
        "a=setup:actpass",
        *_candidates(parts),
        *(f"a=extmap:{number} {uri}" for number, uri in extensions),
    ]
    for codec in codecs:
        lines += _codec(codec, kind, parts.features)
    return lines


def _candidates(parts: OfferParts) -> list[str]:
    lines = []
    for number, address in enumerate(parts.addresses, start=1):
        priority = HOST_CANDIDATE_PRIORITY - 256 * (number - 1)
        lines.append(f"a=candidate:{number} 1 udp {priority} {address} {parts.port} typ host")
    return [*lines, "a=end-of-candidates"]


def _codec(codec: Codec, kind: str, features: frozenset[Feature]) -> list[str]:
    number = codec.payload_type
    lines = [f"a=rtpmap:{number} {codec.encoding}"]
    if codec.format is not None:
        lines.append(f"a=fmtp:{number} {codec.format}")
    if codec.repair_of is not None:
        return lines
    feedback = ["transport-cc"] if Feature.TRANSPORT_CC in features else []
    if kind == "video":
        feedback += ["goog-remb", "ccm fir", "nack", "nack pli"]
    return [*lines, *(f"a=rtcp-fb:{number} {message}" for message in feedback)]


def _source(parts: OfferParts, kind: str, ssrcs: tuple[int, ...]) -> list[str]:
    track = f"{parts.source} {parts.source}-{kind}"
    lines = [f"a=msid:{track}"]
    for ssrc in ssrcs:
        lines += [f"a=ssrc:{ssrc} cname:{parts.source}", f"a=ssrc:{ssrc} msid:{track}"]
    return lines
