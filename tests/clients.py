"""Small clients of the product: a browser profile over HTTP, and its pages over the socket."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, TypeVar

import aiohttp
import orjson
import socketio
from pydantic import TypeAdapter

from api.routes.signing import SignedOut
from cases.reception.views import (
    BoundTickets,
    PaperTicketPage,
    PaperTicketView,
    Slip,
    Unbound,
)
from cases.views.calls import CallJoined
from cases.views.desks import DeskView, OfficerView
from cases.views.names import LinesView
from cases.views.people import FaceChallenge, HomeView, TaxpayerView
from cases.views.problems import Problem
from cases.views.tickets import CasePage, CaseView, TicketView
from loadtests.counting import Counting
from server.demo import PASSWORD, DemoOfficer, DemoTaxpayer
from signaling import events
from signaling.events import Command, Namespace, Push

WAIT_S: Final = 40.0
POLL_S: Final = 0.01
DEVICES: Final = {"microphone": True, "camera": True, "facing": "user"}

T = TypeVar("T")


_readers: dict[Any, TypeAdapter[Any]] = {}


def reader(kind: Any) -> TypeAdapter[Any]:
    """Made once a process: each takes longer than the answer that it reads."""
    if kind not in _readers:
        _readers[kind] = TypeAdapter(kind)
    return _readers[kind]


class Refused(Exception):
    """The server answered with a problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.detail}")
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    """Name to the whole Set-Cookie line."""
    body: bytes

    def as_(self, kind: type[T]) -> T:
        """The good answer. Raises Refused for a problem."""
        if self.status >= 400:
            raise Refused(self.problem)
        found: T = reader(kind).validate_json(self.body)
        return found

    @property
    def problem(self) -> Problem:
        assert self.headers["Content-Type"] == "application/problem+json; charset=utf-8" or (
            self.headers["Content-Type"] == "application/problem+json"
        )
        problem: Problem = reader(Problem).validate_json(self.body)
        assert problem.status == self.status
        assert problem.type == f"urn:shuitong:problem:{problem.code}"
        return problem


class Page:
    """One open page's socket. Always `close` it."""

    def __init__(self, base_url: str, namespace: Namespace, profile: aiohttp.ClientSession) -> None:
        self._base_url = base_url
        self._namespace = namespace
        self._profile = profile
        self._pushes: dict[str, TypeAdapter[Any]] = {
            push.name: reader(push.payload) for push in namespace.pushes
        }
        self._pushed: list[tuple[str, Any]] = []
        self._news = asyncio.Event()
        self.refusal: dict[str, Any] | None = None
        self.closed = asyncio.Event()
        self.socket = socketio.AsyncClient(
            http_session=profile, reconnection=False, websocket_extra_options={"max_msg_size": 0}
        )
        self.socket.on("*", self._take, namespace=namespace.name)
        self.socket.on("connect_error", self._refused, namespace=namespace.name)
        self.socket.on("disconnect", self._left, namespace=namespace.name)

    async def _take(self, event: str, content: Any) -> None:
        # A push that is not declared, or of another shape, fails the waiting test by its absence.
        self._pushed.append((event, self._pushes[event].validate_python(content)))
        self._news.set()

    async def _refused(self, content: dict[str, Any]) -> None:
        self.refusal = content

    async def _left(self, _reason: str) -> None:
        self.closed.set()

    async def connect(
        self, *, headers: Mapping[str, str] | None = None, auth: Mapping[str, Any] | None = None
    ) -> "Page":
        """Raises socketio's ConnectionError where the server refuses; see `refusal` then."""
        await self.socket.connect(
            self._base_url,
            headers=dict(headers or {}),
            auth=dict(auth) if auth is not None else None,
            transports=["websocket"],
            namespaces=[self._namespace.name],
            wait_timeout=WAIT_S,
        )
        return self

    async def close(self) -> None:
        await self.socket.disconnect()

    async def ack(self, event: str, *arguments: Any) -> dict[str, Any]:
        """The acknowledgement as it stands, whatever is sent."""
        data = arguments[0] if len(arguments) == 1 else arguments
        answer: dict[str, Any] = await self.socket.call(
            event, data, namespace=self._namespace.name, timeout=WAIT_S
        )
        return answer

    async def call(self, command: Command, **payload: Any) -> Any:
        """The command's result. Raises Refused."""
        answer = await self.ack(command.name, payload)
        if not answer["ok"]:
            raise Refused(reader(Problem).validate_python(answer["problem"]))
        return reader(command.result).validate_python(answer["result"])

    async def problem(self, event: str, *arguments: Any) -> Problem:
        """The problem that must come."""
        answer = await self.ack(event, *arguments)
        assert answer["ok"] is False
        problem: Problem = reader(Problem).validate_python(answer["problem"])
        return problem

    def saw(self, view: TicketView) -> None:
        """The page got this view as an answer."""
        self._pushed.append((events.TICKET_CHANGED.name, view))
        self._news.set()

    def counting(self, ticket_id: str) -> Counting:
        """What the page counts after all that came."""
        counting = Counting()
        newest = (0, 0)
        for name, content in self._pushed:
            if name == events.LINE_CHANGED.name:
                counting.told(content)
            elif (
                name == events.TICKET_CHANGED.name
                and content.ticket_id == ticket_id
                and (content.version, content.at_ms) >= newest
            ):
                newest = (content.version, content.at_ms)
                counting.shown(content)
        return counting

    async def counted(self, ticket_id: str, ahead: int) -> Counting:
        """Until the page counts so many ahead of the waiting ticket."""
        try:
            async with asyncio.timeout(WAIT_S):
                while True:
                    self._news.clear()
                    counting = self.counting(ticket_id)
                    if counting.counts and counting.ahead == ahead:
                        return counting
                    await self._news.wait()
        except TimeoutError as error:
            raise AssertionError(f"not {ahead} ahead; the last: {self._pushed[-2:]}") from error

    def pushed(self, push: Push) -> list[Any]:
        """What of that kind came so far."""
        return [content for name, content in self._pushed if name == push.name]

    async def wait_for(self, push: Push, predicate: Callable[[Any], bool] = lambda _content: True) -> Any:
        """The first push of that kind, come or coming, for which the predicate holds."""
        try:
            async with asyncio.timeout(WAIT_S):
                while True:
                    self._news.clear()
                    for content in self.pushed(push):
                        if predicate(content):
                            return content
                    await self._news.wait()
        except TimeoutError as error:
            raise AssertionError(f"{push.name} did not come; the last: {self.pushed(push)[-1:]}") from error


_open: set["Client"] = set()


async def close_left_open() -> None:
    """The clients that nobody closed: those of a test that failed. Their remains would fail the next one."""
    while _open:
        client = _open.pop()
        # Its server may have gone in the middle of a word.
        with contextlib.suppress(OSError, socketio.exceptions.SocketIOError):
            await client.close()
        await client.profile.close()


class Client:
    """A browser profile: cookies and any number of pages. Always `close` it."""

    def __init__(self, base_url: str, namespace: Namespace) -> None:
        self.base_url = base_url
        self.namespace = namespace
        self.profile = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.pages: list[Page] = []
        _open.add(self)

    async def ask(
        self,
        method: str,
        path: str,
        content: Any = None,
        *,
        data: bytes | BinaryIO | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        sent = {"Origin": self.base_url, **(headers or {})}
        if content is not None:
            data = orjson.dumps(content)
            sent.setdefault("Content-Type", "application/json")
        async with self.profile.request(
            method, f"{self.base_url}{path}", data=data, headers=sent, allow_redirects=False
        ) as response:
            cookies = {name: morsel.OutputString() for name, morsel in response.cookies.items()}
            return Answer(response.status, response.headers, cookies, await response.read())

    def new_page(self) -> Page:
        """A page that is not connected yet."""
        page = Page(self.base_url, self.namespace, self.profile)
        self.pages.append(page)
        return page

    async def open_page(self) -> Page:
        return await self.new_page().connect(headers={"Origin": self.base_url})

    async def close(self) -> None:
        for page in self.pages:
            await page.close()
        await self.profile.close()
        _open.discard(self)


class TaxpayerClient(Client):
    """A taxpayer's browser."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url, events.TAXPAYER)

    async def check_identity(self, person: DemoTaxpayer, kind: str = "id_cn") -> Answer:
        body = {"certificate_type": kind, "certificate_number": person.number, "name": person.name}
        return await self.ask("POST", "/api/v1/taxpayer/identity", body)

    async def pass_face(self, challenge: FaceChallenge) -> Answer:
        body = {"challenge": challenge.challenge, "method": challenge.method}
        return await self.ask("POST", "/api/v1/taxpayer/session", body)

    async def sign_in(self, person: DemoTaxpayer) -> TaxpayerView:
        challenge = (await self.check_identity(person)).as_(FaceChallenge)
        return (await self.pass_face(challenge)).as_(TaxpayerView)

    async def sign_out(self) -> SignedOut:
        return (await self.ask("DELETE", "/api/v1/taxpayer/session")).as_(SignedOut)

    async def take(self, ticket_id: str, line_id: str, question: str = "") -> TicketView:
        body = {"ticket_id": ticket_id, "line_id": line_id, "question": question}
        return (await self.ask("POST", "/api/v1/taxpayer/consults", body)).as_(TicketView)

    async def open_consult(self, ticket_id: str, line_id: str, question: str = "") -> str:
        """The same; the id of the case that was opened for it."""
        case_id = (await self.take(ticket_id, line_id, question)).case_id
        assert case_id is not None
        return case_id

    async def lines(self) -> LinesView:
        return (await self.ask("GET", "/api/v1/taxpayer/lines")).as_(LinesView)

    async def home(self) -> HomeView:
        return (await self.ask("GET", "/api/v1/taxpayer/home")).as_(HomeView)

    async def cases(self, query: str = "") -> CasePage:
        return (await self.ask("GET", f"/api/v1/taxpayer/cases{query}")).as_(CasePage)

    async def case(self, case_id: str) -> CaseView:
        return (await self.ask("GET", f"/api/v1/taxpayer/cases/{case_id}")).as_(CaseView)

    async def bind(self, slip: Slip, **typed: str) -> TicketView:
        """With what is on the slip, unless something else was typed."""
        return (await self.try_binding(slip, **typed)).as_(TicketView)

    async def try_binding(self, slip: Slip, **typed: str) -> Answer:
        printed = {"hall_id": slip.hall.hall_id, "number": slip.ticket.number, "binding_code": slip.code}
        return await self.ask("POST", "/api/v1/taxpayer/paper-tickets", {**printed, **typed})

    async def bound(self, query: str = "") -> BoundTickets:
        return (await self.ask("GET", f"/api/v1/taxpayer/paper-tickets{query}")).as_(BoundTickets)

    async def unbind(self, ticket_id: str) -> Unbound:
        return (await self.ask("DELETE", f"/api/v1/taxpayer/paper-tickets/{ticket_id}")).as_(Unbound)

    async def watch(self, page: Page, ticket_id: str) -> TicketView:
        view = await page.call(events.TICKET_WATCH, ticket_id=ticket_id)
        assert isinstance(view, TicketView)
        page.saw(view)
        return view


class OfficerClient(Client):
    """An officer's browser."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url, events.OFFICER)

    async def try_password(self, staff_number: str, password: str) -> Answer:
        body = {"staff_number": staff_number, "password": password}
        return await self.ask("POST", "/api/v1/officer/session", body)

    async def sign_in(self, officer: DemoOfficer) -> OfficerView:
        return (await self.try_password(officer.staff_number, PASSWORD)).as_(OfficerView)

    async def sign_out(self) -> SignedOut:
        return (await self.ask("DELETE", "/api/v1/officer/session")).as_(SignedOut)

    async def issue_paper(self, line_id: str, key: str | None = None, **body: str) -> Slip:
        """At the reception."""
        return (await self.try_issuing(line_id, key, **body)).as_(Slip)

    async def try_issuing(self, line_id: str, key: str | None = None, **body: str) -> Answer:
        headers = {"Idempotency-Key": key} if key is not None else {}
        path = "/api/v1/officer/paper-tickets"
        return await self.ask("POST", path, {"line_id": line_id, **body}, headers=headers)

    async def papers(self, query: str = "") -> PaperTicketPage:
        return (await self.ask("GET", f"/api/v1/officer/paper-tickets{query}")).as_(PaperTicketPage)

    async def cancel_paper(self, ticket_id: str) -> PaperTicketView:
        return (await self.ask("DELETE", f"/api/v1/officer/paper-tickets/{ticket_id}")).as_(PaperTicketView)

    async def reprint(self, ticket_id: str, key: str) -> Slip:
        path = f"/api/v1/officer/paper-tickets/{ticket_id}/reprint"
        return (await self.ask("POST", path, headers={"Idempotency-Key": key})).as_(Slip)

    async def sign_on(self, page: Page, *line_ids: str, counter: str = "") -> DeskView:
        return await self._desk(page, events.DESK_SIGN_ON, line_ids=line_ids, counter=counter)

    async def call_next(self, page: Page, request_id: str) -> DeskView:
        return await self._desk(page, events.QUEUE_CALL_NEXT, request_id=request_id)

    async def finish(self, page: Page, ticket: TicketView, outcome: str, remark: str = "") -> DeskView:
        return await self._desk(
            page,
            events.QUEUE_FINISH,
            ticket_id=ticket.ticket_id,
            call_number=ticket.call_number,
            outcome=outcome,
            remark=remark,
        )

    async def abandon(self, page: Page, ticket_id: str, call_number: int) -> DeskView:
        return await self._desk(page, events.QUEUE_ABANDON, ticket_id=ticket_id, call_number=call_number)

    async def _desk(self, page: Page, command: Command, **payload: Any) -> DeskView:
        view = await page.call(command, **payload)
        assert isinstance(view, DeskView)
        return view


async def join_call(page: Page, ticket_id: str) -> CallJoined:
    """Into the ticket's call from that page, of either side."""
    joined = await page.call(events.CALL_JOIN, ticket_id=ticket_id, devices=DEVICES)
    assert isinstance(joined, CallJoined)
    return joined


async def join_video(page: Page, case_id: str) -> CallJoined:
    """Into the open call of a case from that page, of either side."""
    joined = await page.call(events.VIDEO_JOIN, case_id=case_id, devices=DEVICES)
    assert isinstance(joined, CallJoined)
    return joined


async def eventually(ask: Callable[[], Awaitable[T]], predicate: Callable[[T], bool]) -> T:
    """The first answer for which the predicate holds. Raises AssertionError after WAIT_S."""
    loop = asyncio.get_running_loop()
    until = loop.time() + WAIT_S
    while True:
        answer = await ask()
        if predicate(answer):
            return answer
        assert loop.time() < until, f"never came about; the last answer: {answer}"
        await asyncio.sleep(POLL_S)


async def code_of(asked: Awaitable[object]) -> str:
    """The code of the problem that must come."""
    try:
        answer = await asked
    except Refused as refused:
        return refused.problem.code
    raise AssertionError(f"not refused: {answer}")
