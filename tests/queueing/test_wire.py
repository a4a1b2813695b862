"""One connection: the order of answers, cancelled callers, and everything that breaks."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvloop
from hiredis import ReplyError
from redis.asyncio import Redis

from queueing.addresses import Access, Tcp, UnixSocket
from queueing.connection import Link, connect
from queueing.errors import QueueUnavailable, WireBroken, WireRefused
from queueing.functions import FunctionRunner
from queueing.journal import Journal
from queueing.policy import QueuePolicy
from queueing.service import Queue
from queueing.wire import IN_FLIGHT_MAX, OUT_BYTES_MAX, REPLY_BYTES_MAX, Wire, open_wire, packed
from tests.queueing.desk import HALL, Desk
from tests.queueing.proxy import Proxy, Serve, listening, proxy_to
from tests.tls import write_tls_pair
from tests.topologies import one_server

SOON_S = 0.1
"""Between the looks for an answer, where a test lets it stay away."""


def echo(value: str) -> bytes:
    return packed(("ECHO", value))


@pytest.fixture
def socket_path(redis_url: str, redis_client: Redis) -> str:
    """Of the session's Valkey, emptied."""
    return redis_url.removeprefix("unix://")


@asynccontextmanager
async def opened(place: Tcp | UnixSocket, access: Access | None = None) -> AsyncIterator[Wire]:
    wire = await open_wire(place, access or Access(), answer_look_s=SOON_S)
    try:
        yield wire
    finally:
        wire.close("the test ends")


@pytest.fixture
async def wire(socket_path: str) -> AsyncIterator[Wire]:
    async with opened(UnixSocket(socket_path)) as wire:
        yield wire


@pytest.fixture
async def proxy(socket_path: str) -> AsyncIterator[Proxy]:
    async with proxy_to(socket_path) as proxy:
        yield proxy


async def test_answers_come_in_the_order_of_the_commands(wire: Wire) -> None:
    values = [str(number) for number in range(1_000)]
    assert await asyncio.gather(*(wire.send(echo(value)) for value in values)) == [
        value.encode() for value in values
    ]


def test_it_works_on_uvloop(redis_url: str) -> None:
    async def ask() -> list[bytes]:
        async with opened(UnixSocket(redis_url.removeprefix("unix://"))) as wire:
            return list(await asyncio.gather(*(wire.send(echo(str(number))) for number in range(100))))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(ask()) == [str(number).encode() for number in range(100)]


async def test_an_error_reply_is_a_value_and_ends_nothing_else(wire: Wire) -> None:
    first, wrong, last = wire.send(echo("a")), wire.send(packed(("NONSENSE",))), wire.send(echo("b"))
    assert (await first, await last) == (b"a", b"b")
    assert isinstance(await wrong, ReplyError)


async def test_a_cancelled_caller_disturbs_no_other(wire: Wire) -> None:
    callers = [asyncio.ensure_future(wire.call(echo(str(number)))) for number in range(10)]
    await asyncio.sleep(0)
    for number in (0, 4, 9):
        callers[number].cancel()
    results = await asyncio.gather(*callers, return_exceptions=True)
    for number, result in enumerate(results):
        if number in {0, 4, 9}:
            assert isinstance(result, asyncio.CancelledError)
        else:
            assert result == str(number).encode()
    assert await wire.send(echo("later")) == b"later"


async def test_a_connection_cut_at_any_byte_gives_the_whole_answers_and_fails_the_rest(proxy: Proxy) -> None:
    values = ["a", "bcd", "", "e" * 20]
    answers = [f"${len(value)}\r\n{value}\r\n".encode() for value in values]
    for cut in range(1, len(b"".join(answers))):
        async with opened(Tcp("127.0.0.1", proxy.port)) as wire:
            proxy.cut_after(cut)
            results = await asyncio.gather(*(wire.send(echo(one)) for one in values), return_exceptions=True)
            whole = next(n for n in range(len(answers) + 1) if len(b"".join(answers[: n + 1])) > cut)
            assert results[:whole] == [value.encode() for value in values[:whole]]
            assert {type(result) for result in results[whole:]} == {WireBroken}
            assert wire.lost
            with pytest.raises(WireBroken):
                await wire.call(echo("again"))


async def test_a_step_whose_answer_is_cut_anywhere_is_made_once(proxy: Proxy) -> None:
    async with connect(f"redis://127.0.0.1:{proxy.port}") as cut_link:
        desk = Desk(Queue(cut_link, QueuePolicy()))
        await desk.issue("t0")
        for number, cut in enumerate(range(1, 300, 23), start=1):
            proxy.cut_after(cut)
            ticket = await desk.issue(f"t{number}")
            assert (ticket.ticket_id, ticket.version) == (f"t{number}", number + 1)
        assert proxy.connections > 1
        entries = await Journal(cut_link).read_after(HALL, None, limit=100)
        assert [entry.version for entry in entries] == list(range(1, number + 2))


async def test_commands_in_flight_are_bounded_and_all_are_answered(
    tmp_path: Path,
) -> None:
    async with one_server(tmp_path) as server, opened(Tcp("127.0.0.1", server.port)) as wire:
        server.stop()
        callers = [asyncio.ensure_future(wire.call(echo(str(n)))) for n in range(2 * IN_FLIGHT_MAX)]
        await asyncio.sleep(0)
        assert not wire.ready
        server.go_on()
        assert await asyncio.gather(*callers) == [str(n).encode() for n in range(2 * IN_FLIGHT_MAX)]
        assert wire.ready


async def test_bytes_that_wait_are_bounded(tmp_path: Path) -> None:
    async with one_server(tmp_path) as server, opened(Tcp("127.0.0.1", server.port)) as wire:
        server.stop()
        large = "x" * (OUT_BYTES_MAX // 4)
        sent = []
        while wire.ready:
            sent.append(wire.send(echo(large)))
            assert len(sent) <= 5
        later = asyncio.ensure_future(wire.call(echo("later")))
        server.go_on()
        assert {len(answer) for answer in await asyncio.gather(*sent)} == {len(large)}
        assert await later == b"later"


async def test_a_server_that_hangs_fails_what_waits_for_it(tmp_path: Path) -> None:
    async with one_server(tmp_path) as server, opened(Tcp("127.0.0.1", server.port)) as wire:
        assert await wire.send(echo("a")) == b"a"
        server.stop()
        results = await asyncio.gather(wire.send(echo("b")), wire.send(echo("c")), return_exceptions=True)
        assert [str(result) for result in results] == ["no answer in time"] * 2
        assert wire.lost


async def test_a_quiet_connection_stays(wire: Wire) -> None:
    for _ in range(3):
        # Longer than the connection waits for an answer: none is due.
        blocked = wire.send(packed(("BLPOP", "nothing", "0.06")))
        assert await blocked is None
    assert not wire.lost


async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """As Redis begins."""
    await reader.readuntil(b"PING\r\n")
    writer.write(b"+PONG\r\n")


@asynccontextmanager
async def server_that(serve: Serve) -> AsyncIterator[Tcp]:
    """A server that is no Redis."""
    async with listening(serve) as port:
        yield Tcp("127.0.0.1", port)


@pytest.mark.parametrize("garbage", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03\x03", b"$x\r\n"])
async def test_a_server_of_another_kind_is_refused(garbage: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await welcome(reader, writer)
        writer.write(garbage)

    async with server_that(serve) as place, opened(place) as wire:
        with pytest.raises(WireBroken):
            await wire.send(echo("a"))


async def test_an_answer_that_nobody_asked_for_ends_the_connection() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await welcome(reader, writer)
        await reader.readuntil(b"ECHO")
        writer.write(b"+a\r\n+b\r\n")

    async with server_that(serve) as place, opened(place) as wire:
        assert await wire.send(echo("a")) == b"a"
        assert wire.lost


async def test_an_endless_answer_ends_the_connection() -> None:
    written = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await welcome(reader, writer)
        await reader.readuntil(b"ECHO")
        writer.write(b"$1000000000\r\n")
        chunk = b"x" * 1_000_000
        try:
            while True:
                writer.write(chunk)
                await writer.drain()
                written += len(chunk)
        except ConnectionError:
            return

    async with server_that(serve) as place, opened(place) as wire:
        with pytest.raises(WireBroken, match="too long"):
            await wire.send(echo("a"))
        assert written < 4 * REPLY_BYTES_MAX


async def test_who_may_not_come_in_hears_it_at_once(tmp_path: Path) -> None:
    users = "requirepass right\nuser queue on >own ~q:* +@all\n"
    async with one_server(tmp_path, users) as server:
        place = Tcp("127.0.0.1", server.port)
        for access in (Access(password="right"), Access("queue", "own"), Access(password="right", db=3)):
            async with opened(place, access) as wire:
                assert await wire.send(packed(("PING",))) == b"PONG"
        wrong = (Access(password="wrong"), Access("nobody", "own"), Access(password="right", db=99))
        for access in wrong:
            with pytest.raises(WireRefused, match="does not let us in"):
                await open_wire(place, access)
        for url in ("redis://:wrong@127.0.0.1", "redis://127.0.0.1"):
            async with connect(f"{url}:{server.port}") as refused:
                with pytest.raises(QueueUnavailable, match=r"WRONGPASS|NOAUTH"):
                    await Desk(Queue(refused, QueuePolicy())).issue("a")


async def test_tls_with_a_known_certificate_and_no_other(tmp_path: Path, socket_path: str) -> None:
    certificate, key = write_tls_pair(tmp_path, "redis")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    async with proxy_to(socket_path, context) as proxy:
        known = f"ssl_ca_certs={certificate}&ssl_check_hostname=false"
        for options in (known, "ssl_cert_reqs=none"):
            async with connect(f"rediss://127.0.0.1:{proxy.port}?{options}") as link:
                ticket = await Desk(Queue(link, QueuePolicy())).issue("a")
                assert await Journal(link).latest(HALL) == ticket.version
        with pytest.raises(WireBroken, match="SSLCertVerificationError"):
            await open_wire(Tcp("127.0.0.1", proxy.port), Access(), ssl.create_default_context())


async def test_steps_go_on_over_a_restart_and_scripts_are_sent_anew(tmp_path: Path) -> None:
    # What it acknowledged is on its disk when it is killed: else the hall would have to be built anew.
    async with (
        one_server(tmp_path, "appendfsync always\n") as server,
        connect(f"redis://127.0.0.1:{server.port}") as link,
    ):
        desk = Desk(Queue(link, QueuePolicy()))
        await desk.issue("a")
        server.kill()
        issuing = asyncio.ensure_future(desk.issue("b"))
        await server.restart()
        assert (await issuing).number == "C002"


async def test_a_mistake_in_a_function_is_raised_as_it_is(link: Link) -> None:
    runner = FunctionRunner(link.route)
    # Without its arguments.
    with pytest.raises(ReplyError):
        await runner.run("issue", "q:{h}:m")
    assert await runner.run("position", "q:{h}:m", 0, "a")


async def test_a_closed_link_refuses(redis_url: str) -> None:
    link = connect(redis_url)
    desk = Desk(Queue(link, QueuePolicy()))
    await desk.issue("a")
    await link.aclose()
    with pytest.raises(QueueUnavailable):
        await desk.issue("b")
