"""Spans as a collector gets them, and nothing of it where it is off.

OpenTelemetry is in a folder of its own (./run test makes it), which the processes here have on their path.
"""

import asyncio
import base64
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import web
from pydantic import ValidationError

from server import tracing
from signaling import events
from tests.browser.server_process import ServerProcess
from tests.clients import OfficerClient, TaxpayerClient
from tests.product import CHEN, GENERAL, LIN, settings_of

OPENTELEMETRY: Final = Path(__file__).parents[2] / ".cache" / "tracing"
DECODE: Final = """
import base64, json, sys
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest as Asked
print(json.dumps([MessageToDict(Asked.FromString(base64.b64decode(line))) for line in sys.stdin]))
"""
UNTRACED: Final = """
import pathlib, sys
import server.app
from queueing.connection import connect
from server.building import build
from server.settings import Settings
folder = pathlib.Path(sys.argv[1])
build(Settings(demo=True, data_dir=folder), connect("redis://127.0.0.1:1/0"))
ours = ("opentelemetry.sdk.trace", "opentelemetry.exporter")
print([name for name in sys.modules if name.startswith(ours)])
"""

pytestmark = [pytest.mark.sqlite_records, pytest.mark.timeout(180)]


def with_opentelemetry(program: str, *arguments: str, given: bytes = b"") -> str:
    """What that program says with OpenTelemetry on its path. Raises LookupError where it is not installed."""
    if not (OPENTELEMETRY / ".stamp").exists():
        raise LookupError("OpenTelemetry is needed: ./run test puts it into .cache/tracing")
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        input=given, capture_output=True, timeout=100, check=False,
        env={**os.environ, "PYTHONPATH": str(OPENTELEMETRY)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@dataclass(frozen=True, slots=True)
class Span:
    """As it came."""

    name: str
    trace: str
    own: str
    parent: str | None
    said: dict[str, str]


class Collector:
    """What came so far, as it is sent."""

    def __init__(self) -> None:
        self.url = ""
        self.bodies: list[bytes] = []

    async def take(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        return web.Response(content_type="application/x-protobuf")

    def spans(self) -> list[Span]:
        lines = b"\n".join(base64.b64encode(body) for body in self.bodies)
        decoded: list[dict[str, Any]] = json.loads(with_opentelemetry(DECODE, given=lines))
        return [
            Span(
                span["name"],
                span["traceId"],
                span["spanId"],
                span.get("parentSpanId"),
                {one["key"]: str(next(iter(one["value"].values()))) for one in span.get("attributes", ())},
            )
            for asked in decoded
            for resource in asked["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        ]


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    collector = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1/traces"
    yield collector
    await runner.cleanup()


async def test_a_request_its_use_case_and_its_call_of_the_queue(
    data_folder: Path, collector: Collector
) -> None:
    settings = {
        "SHUITONG_TRACING_URL": collector.url,
        "SHUITONG_TRACING_SHARE": "1",
        "PYTHONPATH": str(OPENTELEMETRY),
    }
    server = ServerProcess(data_folder, settings)
    await server.start()
    try:
        chen, officer = TaxpayerClient(server.url), OfficerClient(server.url)
        await chen.sign_in(CHEN)
        await officer.sign_in(LIN)
        page, desk = await chen.open_page(), await officer.open_page()
        await officer.sign_on(desk, GENERAL)
        await chen.take("t1", GENERAL)
        await officer.call_next(desk, "r1")
        await page.call(events.TICKET_CONFIRM, ticket_id="t1", call_number=1)
        await page.problem(events.TICKET_CONFIRM.name, {"ticket_id": "t2", "call_number": 1})
        await chen.close()
        await officer.close()
    finally:
        # What is left is sent at the end.
        assert await server.terminate() == 0
    spans = await asyncio.to_thread(collector.spans)
    (request,) = [span for span in spans if span.name == "POST /api/v1/taxpayer/consults"]
    assert request.said["http.response.status_code"] == "201"
    assert len(request.said["shuitong.request_id"]) == 16
    (issue,) = [span for span in spans if span.name == "queue issue"]
    (use_case,) = [span for span in spans if span.own == issue.parent]
    assert use_case.name.startswith("use case ")
    assert use_case.parent == request.own
    assert {span.trace for span in (request, use_case, issue)} == {request.trace}
    confirmed = [span for span in spans if span.name == "command ticket.confirm"]
    assert [span.said["shuitong.ticket_id"] for span in confirmed] == ["t1", "t2"]
    text = str(spans)
    assert not any(word in text for word in (CHEN.name, CHEN.number, LIN.name))


def test_without_the_extra_it_is_refused(tmp_path: Path) -> None:
    assert not tracing.is_installed()
    with pytest.raises(ValidationError, match="needs the extra"):
        settings_of(tmp_path, tracing_url="http://127.0.0.1:4318/v1/traces")


def test_where_it_is_off_nothing_of_it_is_imported(tmp_path: Path) -> None:
    assert with_opentelemetry(UNTRACED, str(tmp_path)) == "[]\n"
