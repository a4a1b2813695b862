"""What one leg was offered, what it took, and what its sources are called on the other side. Pure.

A leg's sources are announced to the other leg under SSRCs of ours. A source that begins anew (a page that
reloads after media flowed) is announced under new ones: under the old ones its sequence numbers would jump
and put the SRTP rollover counters of both ends out of step. What one leg refuses is offered to
neither: the other must not send it, and a browser that refused the first codec of an offer may itself still
send it (seen with Chromium 156).
"""

from collections.abc import Callable
from dataclasses import dataclass

from rtc.errors import AnswerInvalid, OfferStale
from rtc.sdp_answer import Answer, read_answer
from rtc.sdp_offer import ALL_FEATURES, Feature, SourceSsrcs

OUTSTANDING_MAX = 16
"""Offers of one connection that may wait for an answer; older ones become stale."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What an offer says of the other leg's sources."""

    ssrcs: SourceSsrcs
    features: frozenset[Feature]
    restarts: int = 0
    """Which ICE credentials of the connection it carries: those after so many restarts."""


class Negotiation:
    """One leg's side of it, over all its connections.

    `new_ssrcs` gives three SSRCs that were not used in this call before.
    """

    def __init__(self, new_ssrcs: Callable[[], SourceSsrcs]) -> None:
        self._new_ssrcs = new_ssrcs
        self._outstanding: dict[int, Terms] = {}
        self._sources_used = False
        self.generation = 0
        self.revision = 0
        self._answered = 0
        self._restarts = 0
        self._restarts_answered = 0
        self.announced = new_ssrcs()
        """What this leg's sources are called on the other side."""
        self.refused: frozenset[Feature] = frozenset()
        """What this leg left out of its offers, for the other's sake; a reload keeps it until it answers."""
        self._refused_now: frozenset[Feature] = frozenset()
        self.answer: Answer | None = None
        """The newest answer of this generation."""

    def begin(self) -> None:
        """A new connection of this leg: the next generation, new names if the old ones carried media."""
        self.generation += 1
        self.revision = 0
        self._answered = 0
        self._restarts = 0
        self._restarts_answered = 0
        self.answer = None
        self._refused_now = frozenset()
        self._outstanding.clear()
        self._renew_sources()

    @property
    def newest_terms(self) -> Terms | None:
        """Those of the newest offer of this generation."""
        return self._outstanding.get(self.revision)

    def propose(self, other: "Negotiation") -> bool:
        """Make the next offer fit the other leg. False when the newest one does already."""
        terms = Terms(other.announced, ALL_FEATURES - other.refused - self._refused_now, self._restarts)
        if self.newest_terms == terms:
            return False
        self.revision += 1
        self._outstanding[self.revision] = terms
        while len(self._outstanding) > OUTSTANDING_MAX:
            del self._outstanding[min(self._outstanding)]
        return True

    def restart(self, applied: int) -> bool:
        """The next offers carry new ICE credentials. False where those after revision `applied` do already
        and wait for their answer: asked twice, it is one restart.
        """
        known = self._outstanding.get(self.revision)
        if self.revision > applied and known is not None and known.restarts > self._restarts_answered:
            return False
        self._restarts += 1
        return True

    @property
    def restarts(self) -> int:
        """Those of this generation that were asked for."""
        return self._restarts

    @property
    def restarts_answered(self) -> int:
        """Which credentials the newest answer belongs to."""
        return self._restarts_answered

    def take(self, generation: int, revision: int, text: str) -> Answer:
        """The answer to that offer. Raises OfferStale, AnswerInvalid (the offer then still waits for one)."""
        terms = self._outstanding.get(revision) if generation == self.generation else None
        if terms is None or revision <= self._answered:
            raise OfferStale(f"generation {generation} revision {revision} waits for no answer")
        answer = read_answer(text, terms.features)
        self._check_same_connection(answer, terms)
        self._rename_if_replaced(answer)
        self.answer = answer
        self._answered = revision
        self._restarts_answered = terms.restarts
        self._refused_now |= terms.features - answer.features
        self.refused = self._refused_now
        for older in [number for number in self._outstanding if number < revision]:
            del self._outstanding[older]
        return answer

    def connected(self) -> None:
        """Media may flow from now on: the announced names are used up by this generation."""
        self._sources_used = True

    def _renew_sources(self) -> None:
        if self._sources_used:
            self.announced = self._new_ssrcs()
            self._sources_used = False

    def _check_same_connection(self, answer: Answer, terms: Terms) -> None:
        """The fingerprint stays; the credentials change with ours, both or none (RFC 8839, section 4.4.1)."""
        before = self.answer
        if before is None:
            return
        if before.fingerprint != answer.fingerprint:
            raise AnswerInvalid("the fingerprint changed within a connection")
        old, new = (before.ice_ufrag, before.ice_pwd), (answer.ice_ufrag, answer.ice_pwd)
        if terms.restarts == self._restarts_answered:
            if old != new:
                raise AnswerInvalid("credentials changed without a restart of ICE")
        elif old[0] == new[0] or old[1] == new[1]:
            raise AnswerInvalid("credentials stayed at a restart of ICE")

    def _rename_if_replaced(self, answer: Answer) -> None:
        """A browser that takes other SSRCs within its connection began its sources anew."""
        if self.answer is None:
            return
        before = self.answer.ssrcs
        pairs = (
            (before.audio, answer.ssrcs.audio),
            (before.video, answer.ssrcs.video),
            (before.repair, answer.ssrcs.repair),
        )
        if any(old and new and old != new for old, new in pairs):
            self._renew_sources()
            self._sources_used = True
