"""Whatever bytes come, nothing breaks, nothing is kept, and running calls do not notice."""

import asyncio
import itertools
import random
import re

import pytest

from rtc.call import LegName
from rtc.errors import AnswerInvalid
from rtc.relay import MediaRelay
from rtc.sdp_answer import read_answer
from rtc.sdp_offer import ALL_FEATURES
from rtc.settings import RelaySettings
from tests.rtc.fuzzing import Fuzzing, mutate
from tests.rtc.peer import DEVICES, Peer
from tests.rtc.test_sdp import CHROMIUM

DATAGRAMS = 8_000
REPLACEMENTS = (
    "",
    " ",
    "0",
    "-1",
    "65536",
    "4294967296",
    "9" * 300,
    "x",
    ":",
    "/",
    "\x00",
    "é",
    "\r\n",
    "a=mid:0",
)


async def test_mutated_datagrams() -> None:
    seed = random.randrange(2**32)
    report = await Fuzzing(seed).run(DATAGRAMS)
    assert report.faults == [], f"seed {seed}"
    assert report.received > DATAGRAMS // 4
    for reason in ("malformed", "unknown_source", "stun_unauthenticated", "srtp_auth", "ssrc_unknown"):
        assert report.drops[f"dropped_{reason}"] > 0, f"seed {seed}: nothing was {reason}"


def test_the_same_seed_makes_the_same_datagrams() -> None:
    def made() -> list[bytes]:
        rng = random.Random(5)
        return [mutate(rng, bytes(range(60))) for _ in range(50)]

    assert made() == made()
    assert len(set(made())) > 25


def fields(text: str) -> list[tuple[int, int]]:
    """Where each field of each line is."""
    return [found.span() for found in re.finditer(r"[^\s:=;/]+", text)]


def test_every_field_of_an_answer_may_be_anything() -> None:
    outcomes = {True: 0, False: 0}
    for (start, end), replacement in itertools.product(fields(CHROMIUM), REPLACEMENTS):
        try:
            answer = read_answer(CHROMIUM[:start] + replacement + CHROMIUM[end:], ALL_FEATURES)
        except AnswerInvalid:
            outcomes[False] += 1
            continue
        outcomes[True] += 1
        assert answer.features <= ALL_FEATURES
        ssrcs = (answer.ssrcs.audio, answer.ssrcs.video, answer.ssrcs.repair)
        assert all(0 <= ssrc < 2**32 for ssrc in ssrcs)
    assert min(outcomes.values()) > 100


def test_every_line_of_an_answer_may_be_missing_or_twice() -> None:
    lines = CHROMIUM.split("\r\n")
    refused = 0
    for number, times in itertools.product(range(len(lines) - 1), (0, 2, 40)):
        try:
            read_answer(
                "\r\n".join([*lines[:number], *[lines[number]] * times, *lines[number + 1 :]]), ALL_FEATURES
            )
        except AnswerInvalid:
            refused += 1
    assert refused > 20


async def test_a_refused_answer_leaves_the_leg_as_it_was() -> None:
    relay = MediaRelay(RelaySettings())
    await relay.start()
    try:
        await relay.open_call("call-1")
        peer = Peer(relay, "call-1", LegName.OFFICER)
        offer = peer.offer = await relay.join("call-1", LegName.OFFICER, DEVICES)
        answer = peer.answer_sdp(offer.sdp)
        tasks = len(asyncio.all_tasks())
        ((endpoint, _),) = relay._port._endpoints.values()
        refused = 0
        for start, end in fields(answer):
            with pytest.raises(AnswerInvalid):
                await relay.answer("call-1", LegName.OFFICER, 1, 1, answer[:start] + "\x00" + answer[end:])
            refused += 1
        assert refused > 50
        assert endpoint.ice.remote_ufrag is None
        assert endpoint.route.names == {}
        assert len(asyncio.all_tasks()) == tasks
        await peer.answer()
        assert endpoint.ice.remote_ufrag == peer.ufrag
    finally:
        await relay.stop()
