"""Measuring a call: RTCP reports, counters and what the pages measured, as figures of each leg. Pure.

A leg's reports tell what it received of the other (the other's `up`, its own `down`). A block that names the
other's last sender report and how long ago it came gives the round trip between the relay and the leg: the
relay knows when it passed that report on.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from rtc.call import LegName
from rtc.quality import LEVELS, NO_FIGURES, Figures, LegQuality, Quality, Summing, quality_of, same_in_words
from rtc.reports import Block, read_reports

AUDIO_CLOCK = 48_000
VIDEO_CLOCK = 90_000
SENDER_REPORTS_KEPT = 32
PAGE_FIGURES_LAST_MS = 20_000
"""What a page measured counts for so long: it tells seldom while all is well."""
SHOWN_EVERY = 4
"""Windows after which new numbers are shown although the words stay the same."""


@dataclass(slots=True)
class _Received:
    """Of one source, by its receiver."""

    lost: int
    highest: int


@dataclass(slots=True)
class _Leg:
    sources: dict[int, _Received] = field(default_factory=dict)
    passed_on: OrderedDict[int, int] = field(default_factory=OrderedDict)
    """When its sender reports went through, by the middle of their NTP time."""
    expected: int = 0
    lost: int = 0
    jitter_ms: int | None = None
    round_trip_ms: int | None = None
    bytes_before: int = 0
    page: Figures = NO_FIGURES
    page_at_ms: int = 0
    summing: Summing = field(default_factory=Summing)
    shown: Quality | None = None
    windows_since: int = 0

    def begin(self, sent_bytes: int) -> None:
        self.expected = self.lost = 0
        self.jitter_ms = self.round_trip_ms = None
        self.bytes_before = sent_bytes

    @property
    def loss_permille(self) -> int | None:
        return None if self.expected <= 0 else max(0, min(1000, 1000 * self.lost // self.expected))


class QualityTally:
    """What all windows of a relay's calls came to since its start: of all its meters together."""

    def __init__(self) -> None:
        self._levels = [0] * len(LEVELS)
        self._expected = self._lost = 0

    def add(self, quality: Quality, expected: int, lost: int) -> None:
        """One leg's window. `expected`, `lost`: packets by the reports of who receives them."""
        self._levels[quality.level] += 1
        self._expected += expected
        self._lost += lost

    def counters(self) -> dict[str, int]:
        levels = {f"quality_{name}": count for name, count in zip(LEVELS, self._levels, strict=True)}
        return {**levels, "rtp_expected": self._expected, "rtp_lost": self._lost}


class CallMeter:
    """Of one call. Figures come out once a window, while both legs are connected."""

    def __init__(self, window_ms: int, tally: QualityTally | None = None) -> None:
        """`tally`: each window is added to it."""
        self._window_ms = window_ms
        self._tally = tally
        self._since_ms: int | None = None
        self._legs = {name: _Leg() for name in LegName}

    def take_rtcp(self, leg: LegName, at_ms: int, packet: bytes, others_audio: int) -> None:
        """A copy of what a leg sent, with the other's sources under the other's own names.

        `others_audio`: which of them is its sound. Raises PacketMalformed.
        """
        own, other = self._legs[leg], self._legs[leg.other]
        for report in read_reports(packet):
            if report.sent is not None:
                own.passed_on[report.sent] = at_ms
                while len(own.passed_on) > SENDER_REPORTS_KEPT:
                    own.passed_on.popitem(last=False)
            for block in report.blocks:
                self._take_block(other, block, AUDIO_CLOCK if block.ssrc == others_audio else VIDEO_CLOCK)
                passed_at_ms = other.passed_on.get(block.report)
                if passed_at_ms is not None:
                    own.round_trip_ms = max(0, at_ms - passed_at_ms - block.delay * 1000 // 65536)

    @staticmethod
    def _take_block(sender: _Leg, block: Block, clock: int) -> None:
        before = sender.sources.get(block.ssrc)
        sender.sources[block.ssrc] = _Received(block.lost, block.highest)
        while len(sender.sources) > SENDER_REPORTS_KEPT:
            del sender.sources[next(iter(sender.sources))]
        jitter_ms = min(block.jitter * 1000 // clock, 60_000)
        sender.jitter_ms = max(jitter_ms, sender.jitter_ms or 0)
        if before is not None and block.highest > before.highest:
            sender.expected += block.highest - before.highest
            sender.lost += max(0, block.lost - before.lost)

    def take_page(self, leg: LegName, figures: Figures, now_ms: int) -> None:
        """What the leg's own page measured."""
        self._legs[leg].page, self._legs[leg].page_at_ms = figures, now_ms

    def pause(self) -> None:
        """A leg is away: what was begun counts for nothing, and a page that comes back counts anew."""
        self._since_ms = None
        for leg in self._legs.values():
            leg.sources.clear()

    def look(self, now_ms: int, sent_bytes: Mapping[LegName, int]) -> dict[LegName, Quality]:
        """The legs of which a page should be shown something new; often nothing."""
        since_ms = self._since_ms
        if since_ms is None:
            self._begin(now_ms, sent_bytes)
            return {}
        if now_ms - since_ms < self._window_ms:
            return {}
        found = {name: self._quality(name, now_ms, now_ms - since_ms, sent_bytes) for name in LegName}
        self._begin(now_ms, sent_bytes)
        return {name: quality for name, quality in found.items() if self._is_news(name, quality)}

    def summary(self) -> tuple[LegQuality, ...]:
        """Of the whole call; nothing of a leg that was never measured."""
        legs = self._legs.items()
        return tuple(leg.summing.of(name) for name, leg in legs if not leg.summing.is_empty)

    def _begin(self, now_ms: int, sent_bytes: Mapping[LegName, int]) -> None:
        self._since_ms = now_ms
        for name, leg in self._legs.items():
            leg.begin(sent_bytes[name])

    def _quality(
        self, name: LegName, now_ms: int, length_ms: int, sent_bytes: Mapping[LegName, int]
    ) -> Quality:
        leg, other = self._legs[name], self._legs[name.other]

        def kbits(sender: LegName) -> int:
            return max(0, sent_bytes[sender] - self._legs[sender].bytes_before) * 8 // length_ms

        seen = Figures(
            kbits_up=kbits(name),
            kbits_down=kbits(name.other),
            loss_up_permille=leg.loss_permille,
            loss_down_permille=other.loss_permille,
            jitter_up_ms=leg.jitter_ms,
            jitter_down_ms=other.jitter_ms,
            round_trip_ms=leg.round_trip_ms,
        )
        is_fresh = now_ms - leg.page_at_ms < PAGE_FIGURES_LAST_MS
        quality = quality_of(seen.over(leg.page) if is_fresh else seen)
        leg.summing.add(quality)
        if self._tally is not None:
            self._tally.add(quality, leg.expected, leg.lost)
        return quality

    def _is_news(self, name: LegName, quality: Quality) -> bool:
        leg = self._legs[name]
        leg.windows_since += 1
        same = leg.shown is not None and same_in_words(leg.shown, quality)
        if same and leg.windows_since < SHOWN_EVERY:
            return False
        leg.shown, leg.windows_since = quality, 0
        return True
