"""What every HTTP answer has, health, and the description of the interface."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from api.endpoints import Audience
from api.openapi import document
from api.routes import ENDPOINTS
from queueing.connection import connect
from server import generate_types
from server.embedded_redis import EmbeddedRedis
from signaling.typescript import socket_inputs, socket_outputs
from tests.clients import eventually
from tests.product import CHEN, House, OpenHouse, house_in


@pytest.fixture
def built_client(tmp_path: Path) -> Path:
    """A web client as the build leaves it."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "officer").mkdir()
    (folder / "index.html").write_text("taxpayer")
    (folder / "officer" / "index.html").write_text("officer")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "app-1a2b.js").write_text("1")
    (folder / "assets" / "app-1a2b.js.gz").write_bytes(gzip.compress(b"1"))
    return folder


async def test_security_headers_on_every_kind_of_answer(open_house: OpenHouse, built_client: Path) -> None:
    async with open_house(static_dir=built_client) as house:
        client = house.visitor()
        for method, path, status in (
            ("GET", "/", 200),
            ("GET", "/officer/", 200),
            ("GET", "/favicon.svg", 200),
            ("GET", "/assets/app-1a2b.js", 200),
            ("GET", "/assets/missing.js", 404),
            ("GET", "/healthz", 200),
            ("GET", "/readyz", 200),
            ("GET", "/openapi.json", 200),
            ("GET", "/api/v1/taxpayer/home", 401),
            ("GET", "/api/v1/nothing", 404),
            ("PUT", "/api/v1/taxpayer/session", 405),
            ("POST", "/api/v1/taxpayer/identity", 415),
            ("GET", "/socket.io/?EIO=3&transport=polling", 400),
        ):
            answer = await client.ask(method, path)
            assert (path, answer.status) == (path, status)
            headers = answer.headers
            assert "default-src 'self'" in headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "same-origin"
            assert "camera=(self)" in headers["Permissions-Policy"]
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert "Strict-Transport-Security" not in headers
            if path.startswith("/api/"):
                assert headers["Cache-Control"] == "no-store"


async def test_the_built_client_is_served(open_house: OpenHouse, built_client: Path) -> None:
    async with open_house(static_dir=built_client) as house:
        client = house.visitor()
        for path, content in (
            ("/", b"taxpayer"),
            ("/tickets/t1", b"taxpayer"),
            ("/officer", b"officer"),
            ("/officer/call", b"officer"),
        ):
            answer = await client.ask("GET", path)
            assert (answer.body, answer.headers["Cache-Control"]) == (content, "no-cache")
        asset = await client.ask("GET", "/assets/app-1a2b.js")
        assert asset.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        # The build leaves packed files beside; whoever does not take them gets the others.
        assert (asset.body, asset.headers["Content-Encoding"]) == (b"1", "gzip")
        assert asset.headers["Vary"] == "Accept-Encoding"
        plain = await client.ask("GET", "/assets/app-1a2b.js", headers={"Accept-Encoding": "identity"})
        assert (plain.body, plain.headers.get("Content-Encoding")) == (b"1", None)
        assert plain.headers["Content-Type"] == asset.headers["Content-Type"]
        missing = await client.ask("GET", "/assets/missing.js")
        assert "immutable" not in missing.headers.get("Cache-Control", "")
        for path in (
            "/assets/../index.html",
            "/assets/%2e%2e/%2e%2e/house/identity.key",
            "/..%2fidentity.key",
        ):
            assert b"=" not in (await client.ask("GET", path)).body


ALL_PARTS = {"serving": True, "records": True, "tables": True, "queue": True, "media": True}


async def test_healthy(house: House) -> None:
    client = house.visitor()
    alive, ready = await client.ask("GET", "/healthz"), await client.ask("GET", "/readyz")
    assert (alive.status, json.loads(alive.body)) == (200, {"alive": True})
    assert (ready.status, json.loads(ready.body)) == (200, {"ready": True, "parts": ALL_PARTS})


async def test_a_server_that_ends_and_one_whose_tables_are_gone_are_not_ready(house: House) -> None:
    client = house.visitor()
    async with house.product.database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    house.product.readiness.ending = True
    answer = await client.ask("GET", "/readyz")
    assert answer.status == 503
    assert json.loads(answer.body)["parts"] == ALL_PARTS | {"serving": False, "tables": False}
    assert (await client.ask("GET", "/healthz")).status == 200


async def test_without_valkey_it_says_so_and_comes_back(data_folder: Path, tmp_path: Path) -> None:
    own = EmbeddedRedis(tmp_path / "valkey")
    await own.start()
    link = connect(own.url)
    try:
        async with house_in(data_folder, link) as house:
            client = house.visitor()
            await client.sign_in(CHEN)
            await own.stop()
            answer = await client.ask("GET", "/readyz")
            assert answer.status == 503
            assert json.loads(answer.body) == {"ready": False, "parts": ALL_PARTS | {"queue": False}}
            assert (await client.ask("GET", "/healthz")).status == 200
            refused = await client.ask("GET", "/api/v1/taxpayer/lines")
            assert (refused.status, refused.problem.code) == (503, "queue_unavailable")
            await own.start()
            await eventually(lambda: client.ask("GET", "/readyz"), lambda found: found.status == 200)
            assert len((await client.lines()).lines) == 3
    finally:
        await link.aclose()
        await own.stop()


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [one for value in part.values() for one in references(value)]
    if isinstance(part, list):
        return [one for value in part for one in references(value)]
    return []


def test_the_description_is_whole() -> None:
    described = document("1.2.3", socket_outputs(), socket_inputs())
    assert json.loads(json.dumps(described)) == described
    assert described["openapi"].startswith("3.1")
    schemas = described["components"]["schemas"]
    for reference in references(described):
        prefix, _, name = reference.rpartition("/")
        assert prefix == "#/components/schemas"
        assert name in schemas
    operations = [operation for path in described["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations) == len(ENDPOINTS)
    for endpoint in ENDPOINTS:
        operation = described["paths"][endpoint.path][endpoint.method.lower()]
        answers = {str(endpoint.status), "default"} | ({"304"} if endpoint.tagged else set())
        assert set(operation["responses"]) == answers
        assert ("security" in operation) == (endpoint.audience is not Audience.ANYONE)
        takes = endpoint.body is not None or endpoint.upload is not None
        assert ("requestBody" in operation) == takes
        in_path = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert in_path == {part[1:-1] for part in endpoint.path.split("/") if part.startswith("{")}
    assert set(described["components"]["securitySchemes"]) == {"taxpayer", "officer"}


async def test_the_description_is_served(house: House) -> None:
    answer = await house.visitor().ask("GET", "/openapi.json")
    served = json.loads(answer.body)
    assert set(served["paths"]) == {endpoint.path for endpoint in ENDPOINTS}


def test_the_generated_types_are_fresh() -> None:
    assert generate_types.main(check=True) == 0
