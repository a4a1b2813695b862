"""Reading a browser's answer, strictly: what is not understood and needed is refused. Pure.

Sources: RFC 8866 (SDP), RFC 8829 (JSEP), RFC 8839 (ICE attributes), RFC 8122 (fingerprint), RFC 5576 (SSRC).
Candidates in an answer are not read: with ICE-lite the browser's checks tell where it is.
"""

import re
from dataclasses import dataclass, field

from rtc.errors import AnswerInvalid
from rtc.sdp_offer import AUDIO_MID, CODECS, TRANSPORT_CC_URI, VIDEO_MID, Codec, Feature, SourceSsrcs

ANSWER_MAX_BYTES = 32 * 1024
LINE_MAX_BYTES = 2048
SSRCS_MAX = 8

_FINGERPRINT = re.compile(r"sha-256 ([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31})", re.ASCII | re.IGNORECASE)
_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}", re.ASCII)
_PWD = re.compile(r"[A-Za-z0-9+/]{22,256}", re.ASCII)
_MEDIA = re.compile(r"(audio|video) (\d{1,5}) UDP/TLS/RTP/SAVPF((?: \d{1,3}){1,16})", re.ASCII)
_LINE = re.compile(r"[a-z]=[^\x00-\x08\x0a-\x1f]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the relay needs of an answer. `ssrcs` has 0 for a source that was not declared."""

    ice_ufrag: str
    ice_pwd: str
    fingerprint: str
    """SHA-256, upper case: `AB:CD:…`."""
    features: frozenset[Feature]
    """Those of the offer that the browser took."""
    ssrcs: SourceSsrcs


@dataclass(slots=True)
class _Section:
    kind: str = "session"
    port: int = 9
    payload_types: tuple[int, ...] = ()
    attributes: list[tuple[str, str]] = field(default_factory=list)

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.attributes if key == name]


def read_answer(text: str, offered: frozenset[Feature]) -> Answer:
    """Read an answer to an offer of these features.

    Raises AnswerInvalid, and nothing else, for whatever text.
    """
    session, audio, video = _sections(_lines(text))
    _check_bundle(session, audio, video)
    if _one(session, audio, "setup") != "active":
        raise AnswerInvalid("a=setup is not active")
    if not audio.values("rtcp-mux"):
        raise AnswerInvalid("a=rtcp-mux is missing")
    return Answer(
        ice_ufrag=_matched(_UFRAG, _one(session, audio, "ice-ufrag"), "ice-ufrag"),
        ice_pwd=_matched(_PWD, _one(session, audio, "ice-pwd"), "ice-pwd"),
        fingerprint=_fingerprint(session, audio, video),
        features=_features(audio, video, offered),
        ssrcs=_ssrcs(audio, video),
    )


def _lines(text: str) -> list[str]:
    # Names of devices or streams may be in another script: what counts is the size on the wire.
    if len(text) > ANSWER_MAX_BYTES or len(text.encode("utf-8", "replace")) > ANSWER_MAX_BYTES:
        raise AnswerInvalid(f"an answer has at most {ANSWER_MAX_BYTES} bytes")
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if lines and lines[-1] == "":
        lines.pop()
    if not lines or lines[0] != "v=0":
        raise AnswerInvalid("an answer begins with v=0")
    for line in lines:
        if len(line) > LINE_MAX_BYTES or _LINE.fullmatch(line) is None:
            raise AnswerInvalid("a line is not an SDP line")
    return lines


def _sections(lines: list[str]) -> tuple[_Section, _Section, _Section]:
    sections = [_Section()]
    for line in lines:
        kind, value = line[0], line[2:]
        if kind == "m":
            sections.append(_media(value))
        elif kind == "a":
            name, _, content = value.partition(":")
            sections[-1].attributes.append((name, content))
    if [section.kind for section in sections] != ["session", "audio", "video"]:
        raise AnswerInvalid("an answer has one audio and one video line, in this order")
    return sections[0], sections[1], sections[2]


def _media(value: str) -> _Section:
    match = _MEDIA.fullmatch(value)
    if match is None:
        raise AnswerInvalid("an m= line is not one of the offer")
    return _Section(match[1], int(match[2]), tuple(int(number) for number in match[3].split()))


def _check_bundle(session: _Section, audio: _Section, video: _Section) -> None:
    if audio.port == 0:
        raise AnswerInvalid("the audio line is rejected")
    if audio.values("mid") != [AUDIO_MID] or video.values("mid") not in ([VIDEO_MID], []):
        raise AnswerInvalid("a=mid is not that of the offer")
    mids = [AUDIO_MID, VIDEO_MID] if video.port else [AUDIO_MID]
    if video.port and video.values("mid") != [VIDEO_MID]:
        raise AnswerInvalid("a=mid is not that of the offer")
    if session.values("group") != [f"BUNDLE {' '.join(mids)}"]:
        raise AnswerInvalid("a=group does not bundle the media lines")


def _one(session: _Section, media: _Section, name: str) -> str:
    """The attribute of the media line, or else of the session; given once, or the same each time."""
    values = set(media.values(name) or session.values(name))
    if len(values) != 1:
        raise AnswerInvalid(f"a={name} is missing or given twice")
    return values.pop()


def _matched(pattern: re.Pattern[str], value: str, name: str) -> str:
    if pattern.fullmatch(value) is None:
        raise AnswerInvalid(f"a={name} is malformed")
    return value


def _fingerprint(session: _Section, audio: _Section, video: _Section) -> str:
    values = [value for section in (session, audio, video) for value in section.values("fingerprint")]
    found = {match[1].upper() for value in values if (match := _FINGERPRINT.fullmatch(value))}
    if len(found) != 1 or any(not value.lower().startswith("sha-256 ") for value in values):
        raise AnswerInvalid("a=fingerprint has to be one of sha-256")
    return found.pop()


def _features(audio: _Section, video: _Section, offered: frozenset[Feature]) -> frozenset[Feature]:
    features = {feature for section in (audio, video) for feature in _codecs(section)}
    if Feature.OPUS not in features:
        raise AnswerInvalid("opus is refused")
    extensions = [value.partition(" ")[2].split(" ")[0] for value in audio.values("extmap")]
    if TRANSPORT_CC_URI in extensions:
        features.add(Feature.TRANSPORT_CC)
    return frozenset(features) & offered


def _codecs(section: _Section) -> list[Feature]:
    if section.port == 0:
        return []
    encodings = dict(value.partition(" ")[::2] for value in section.values("rtpmap"))
    formats = dict(value.partition(" ")[::2] for value in section.values("fmtp"))
    features = []
    for number in section.payload_types:
        codec = CODECS.get(number)
        kind = "audio" if codec is not None and codec.feature is Feature.OPUS else "video"
        if codec is None or kind != section.kind:
            raise AnswerInvalid(f"payload type {number} was not offered for {section.kind}")
        if encodings.get(str(number), "").lower() not in (
            codec.encoding.lower(),
            codec.encoding.lower() + "/1",
        ):
            raise AnswerInvalid(f"payload type {number} has another meaning than in the offer")
        if codec.repair_of is None and _format_fits(codec, formats.get(str(number), "")):
            features.append(codec.feature)
    return features


def _format_fits(codec: Codec, given: str) -> bool:
    """Whether it takes what the offer says. Of H264 both sides need the same way of packing and profile, but
    for the level (RFC 6184, section 8.2.2): what the answer leaves out is another way and another profile.
    """
    if codec.feature is not Feature.H264:
        return True
    said = dict(part.strip().lower().partition("=")[::2] for part in given.split(";"))
    return said.get("packetization-mode") == "1" and said.get("profile-level-id", "").startswith("42e0")


def _ssrcs(audio: _Section, video: _Section) -> SourceSsrcs:
    heard = _declared(audio)
    seen = _declared(video)
    groups = [_group(value) for value in video.values("ssrc-group") if value.startswith("FID ")]
    if not groups:
        return _distinct(SourceSsrcs(heard[0] if heard else 0, seen[0] if seen else 0, 0))
    picture, repair = groups[0]
    if picture not in seen or repair not in seen:
        raise AnswerInvalid("a=ssrc-group names a source without a=ssrc")
    return _distinct(SourceSsrcs(heard[0] if heard else 0, picture, repair))


def _declared(section: _Section) -> list[int]:
    found: dict[int, None] = {}
    for value in section.values("ssrc"):
        found[_ssrc(value.partition(" ")[0])] = None
    if len(found) > SSRCS_MAX:
        raise AnswerInvalid(f"more than {SSRCS_MAX} sources on one line")
    return list(found)


def _group(value: str) -> tuple[int, int]:
    numbers = [_ssrc(number) for number in value.split(" ")[1:]]
    if len(numbers) != 2:
        raise AnswerInvalid("a=ssrc-group:FID names two sources")
    return numbers[0], numbers[1]


def _ssrc(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10) or not 0 < int(text) < 2**32:
        raise AnswerInvalid("a=ssrc is not a number of 32 bits")
    return int(text)


def _distinct(ssrcs: SourceSsrcs) -> SourceSsrcs:
    given = [ssrc for ssrc in (ssrcs.audio, ssrcs.video, ssrcs.repair) if ssrc]
    if len(given) != len(set(given)):
        raise AnswerInvalid("two sources have one SSRC")
    return ssrcs
