"""What is told is what is there; each series that deploy/ asks for is told by a real server."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import aiohttp
import pytest
import yaml
from cryptography import x509

from cases.views.tickets import Outcome
from queueing.connection import connect
from rtc.call import LegName
from server.embedded_redis import EmbeddedRedis
from server.metrics.families import COUNTERS, GAUGES
from signaling import events
from tests.browser.server_process import ServerProcess, free_port
from tests.clients import OfficerClient, TaxpayerClient, eventually
from tests.product import CHEN, GENERAL, HALL, HUANG, LIN, VEHICLE, OpenHouse, house_in
from tests.rtc.house import flows_both_ways
from tests.rtc.peer import Peer
from tests.server.metrics.asked import (
    ADDED_LABELS,
    PROMETHEUS_OWN,
    Metrics,
    grouped_by,
    metrics_at,
    wanted_by,
)
from tests.signaling.page_media import media_of
from tests.tls import write_tls_pair

ROOT: Final = Path(__file__).parents[3]
DEPLOY: Final = ROOT / "deploy"
ELSEWHERE: Final = ("deadline_lateness", "tls_certificate")
"""Series that other tests see: no deadline passes, and there is no TLS."""
STRANGE: Final = ("PROPFIND", "MKCOL", "LOCK", "MOVE", "SEARCH")
TOKEN: Final = "a-token-of-the-tests"


def queries() -> list[str]:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text("utf-8"))
    board = json.loads((DEPLOY / "grafana" / "shuitong.json").read_text("utf-8"))
    of_rules = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    of_board = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    return of_rules + of_board


def faults(metrics: Metrics) -> list[str]:
    """What queries want and no series has."""
    found = []
    for query in queries():
        names = list(wanted_by(query))
        if not names:
            found.append(f"no metric in {query}")
        known: set[str] = set(ADDED_LABELS)
        for name, labels in names:
            if name not in metrics.names | PROMETHEUS_OWN:
                found.append(f"{name} is not told: {query}")
            known |= metrics.labels_of(name)
            found += [f"{name} has no {label}" for label in labels - ADDED_LABELS - metrics.labels_of(name)]
        found += [f"nothing has {label}: {query}" for label in grouped_by(query) - known - {"le"}]
    return found


@pytest.mark.sqlite_records
@pytest.mark.timeout(180)
async def test_every_query_of_the_dashboard_and_the_alerts_finds_its_series(data_folder: Path) -> None:
    """On a real server with a media worker, in which a call was had."""
    port = free_port()
    settings = {
        "SHUITONG_METRICS_PORT": str(port),
        "SHUITONG_MEDIA_WORKERS": "1",
        "SHUITONG_MEDIA_PORT": "0",
        "SHUITONG_MEDIA_QUALITY_MS": "500",
    }
    server = ServerProcess(data_folder, settings)
    await server.start()
    try:
        taxpayer, officer = TaxpayerClient(server.url), OfficerClient(server.url)
        await taxpayer.sign_in(CHEN)
        await officer.sign_in(LIN)
        page, desk = await taxpayer.open_page(), await officer.open_page()
        await officer.sign_on(desk, GENERAL)
        await taxpayer.take("t1", GENERAL)
        await taxpayer.watch(page, "t1")
        await officer.call_next(desk, "r1")
        view = await page.call(events.TICKET_CONFIRM, ticket_id="t1", call_number=1)
        own = Peer(media_of(page, "t1"), view.call.call_id, LegName.TAXPAYER)
        theirs = Peer(media_of(desk, "t1"), view.call.call_id, LegName.OFFICER)
        for peer in (own, theirs):
            await peer.connect()
        await flows_both_ways(own, theirs)
        url = f"http://127.0.0.1:{port}/metrics"
        running = await eventually(
            lambda: metrics_at(url),
            lambda told: sum(one.value for one in told.all("shuitong_media_quality_windows_total")) > 0,
        )
        assert [one.value for one in running.all("shuitong_media_calls")] == [1]
        assert sum(one.value for one in running.all("shuitong_media_datagrams_total")) > 10
        await page.call(events.CALL_HANG_UP, call_id=view.call.call_id)
        await officer.finish(desk, view, Outcome.COMPLETED)
        told = await eventually(
            lambda: metrics_at(url), lambda told: bool(told.all("shuitong_queue_service_seconds_count"))
        )
        for peer in (own, theirs):
            await peer.close()
        await taxpayer.close()
        await officer.close()
    finally:
        await server.stop()
    assert told.value("shuitong_media_calls_ended_total", reason="hung_up") == 1
    assert [fault for fault in faults(told) if not any(other in fault for other in ELSEWHERE)] == []
    wanted = {name for query in queries() for name, _ in wanted_by(query)}
    declared = set(GAUGES) | {f"{name}_total" for name in COUNTERS}
    assert declared - wanted == set(), "told, and on no panel and in no alert"
    text = " ".join(f"{one.name}{one.labels}" for one in told.samples)
    assert not any(word in text for word in (CHEN.name, CHEN.number, LIN.name, LIN.staff_number, "t1'"))


async def test_the_queue_is_counted_as_it_is(open_house: OpenHouse) -> None:
    async with open_house(metrics_port=0, queue_confirm_ms=1_000, queue_recall_spacing_ms=0) as house:
        url = f"http://127.0.0.1:{house.server.metrics_port}/metrics"
        (chen, _), (huang, _) = await house.taxpayer(CHEN), await house.taxpayer(HUANG)
        officer, desk = await house.officer(LIN, GENERAL, VEHICLE)
        await chen.take("t1", GENERAL)
        await huang.take("t2", VEHICLE)
        told = await eventually(lambda: metrics_at(url), is_recorded(2))
        assert told.value("shuitong_queue_waiting", hall=HALL, line=GENERAL) == 1
        assert told.value("shuitong_queue_officers", hall=HALL) == 1
        assert told.value("shuitong_sockets", namespace="taxpayer") == 2
        await officer.call_next(desk, "r1")
        abandoned = await eventually(
            lambda: metrics_at(url),
            lambda told: bool(told.all("shuitong_queue_deadline_lateness_seconds_count")),
        )
        assert abandoned.value("shuitong_queue_tickets", hall=HALL, state="abandoned") == 1
        assert abandoned.value("shuitong_queue_deadline_lateness_seconds_count", hall=HALL) == 1
        assert abandoned.value("shuitong_queue_wait_seconds_count", hall=HALL) == 1
        assert abandoned.value("shuitong_queue_steps_total", step="abandon", cause="deadline") == 1
        taken = abandoned.all("shuitong_http_requests_total", route="/api/v1/taxpayer/consults")
        assert [(one.labels["status"], one.value) for one in taken] == [("201", 2)]


def is_recorded(steps: int) -> Callable[[Metrics], bool]:
    def check(told: Metrics) -> bool:
        return sum(one.value for one in told.all("shuitong_queue_steps_total")) == steps

    return check


async def test_who_asks_needs_the_token_and_strange_requests_make_no_series(open_house: OpenHouse) -> None:
    async with open_house(metrics_port=0, metrics_token=TOKEN) as house:
        url = f"http://127.0.0.1:{house.server.metrics_port}/metrics"
        async with aiohttp.ClientSession() as session:
            for headers in ({}, {"Authorization": "Bearer another"}, {"Authorization": TOKEN}):
                async with session.get(url, headers=headers) as refused:
                    assert refused.status == 401
            async with session.get(f"{house.url}/metrics") as page:
                assert "shuitong_" not in await page.text()
            for method in STRANGE:
                async with session.request(method, f"{house.url}/api/v1/{method}"):
                    pass
        told = await metrics_at(url, Authorization=f"Bearer {TOKEN}")
        assert told.value("shuitong_http_requests_total", method="other", route="none") == len(STRANGE)


async def test_the_end_of_the_certificate_is_told(open_house: OpenHouse, tmp_path: Path) -> None:
    certificate, key = write_tls_pair(tmp_path, "metrics")
    ends = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    async with open_house(metrics_port=0, tls_cert=certificate, tls_key=key) as house:
        told = await metrics_at(f"http://127.0.0.1:{house.server.metrics_port}/metrics")
    assert told.value("shuitong_tls_certificate_expires_timestamp_seconds") == ends.timestamp()


async def test_what_does_not_answer_is_told_as_such(data_folder: Path, tmp_path: Path) -> None:
    own = EmbeddedRedis(tmp_path / "valkey")
    await own.start()
    link = connect(own.url)
    try:
        async with house_in(data_folder, link, metrics_port=0) as house:
            url = f"http://127.0.0.1:{house.server.metrics_port}/metrics"
            assert (await metrics_at(url)).value("shuitong_part_up", part="queue") == 1
            await own.stop()
            without = await metrics_at(url)
            assert without.value("shuitong_part_up", part="queue") == 0
            assert without.value("shuitong_part_up", part="deliveries") == 1
            await own.start()
            await eventually(
                lambda: metrics_at(url), lambda told: told.value("shuitong_part_up", part="queue") == 1
            )
    finally:
        await link.aclose()
        await own.stop()


def test_each_alert_says_what_to_do() -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text("utf-8"))
    names = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    book = (ROOT / "docs" / "OPERATIONS.md").read_text("utf-8")
    assert names == set(re.findall(r"^\| `(Shuitong[A-Za-z]+)`", book, re.MULTILINE))
