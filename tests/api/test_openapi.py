"""Requests made from the served OpenAPI document: no answer is a 5xx or one that is not declared."""

import asyncio
from typing import Any, Final

import aiohttp
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.endpoints import Endpoint
from api.routes import ENDPOINTS
from cases.sessions import SessionKind, session_kind
from tests.api.test_bad_input import give_every_role
from tests.booking_pages import BookingPage
from tests.product import CHEN, GENERAL, HALL, LIN, ZHOU, House

EXAMPLES: Final = 15
"""A request made from an endpoint's declaration each."""
TIMEOUT_S: Final = 20.0
CHECKS: Final = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
LAST: Final = frozenset({"DELETE"})
"""Log-outs among them: after that nobody is signed in any more."""


def cookies_of(profile: aiohttp.ClientSession) -> dict[str, str]:
    return {cookie.key: cookie.value for cookie in profile.cookie_jar}


def ask(
    endpoint: Endpoint,
    schema: Any,  # schemathesis' own
    url: str,
    cookies: dict[str, str],
    known: dict[str, str],
) -> int:
    """Ask the endpoint in many ways; how many of the answers were good ones."""
    good = 0

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[endpoint.path][endpoint.method].as_strategy(), there=st.booleans())
    def ask_once(case: Case[Any], there: bool) -> None:
        nonlocal good
        if there:
            # What is there is asked for as often as what is not.
            case.path_parameters.update({name: known[name] for name in case.path_parameters if name in known})
        headers = {"Origin": url}
        response = case.call_and_validate(
            base_url=url, headers=headers, cookies=cookies, checks=CHECKS, timeout=TIMEOUT_S
        )
        good += response.status_code < 400

    ask_once()
    return good


# The server beside draws from `random` too, which is then taken for a strategy that does.
@pytest.mark.filterwarnings("ignore:Do not use the .random. module inside strategies")
async def test_every_endpoint_answers_as_it_is_declared(house: House) -> None:
    taxpayer, _ = await house.taxpayer(CHEN)
    officer, _ = await house.officer(LIN)
    await give_every_role(house)
    other = await house.console().sign_in(ZHOU)
    ticket = await taxpayer.take("t" * 22, GENERAL)
    page = BookingPage(house, taxpayer)
    booking = await page.booked((await page.first_slots())[0])
    known = {
        "case_id": ticket.case_id or "",
        "ticket_id": ticket.ticket_id,
        "officer_id": other.officer_id,
        "hall_id": HALL,
        "line_id": GENERAL,
        "day": "2026-11-23",
        "booking_id": booking.booking_id,
    }
    cookies = {
        None: {},
        SessionKind.TAXPAYER: cookies_of(taxpayer.profile),
        SessionKind.OFFICER: cookies_of(officer.profile),
    }
    document = await (await taxpayer.profile.get(f"{house.url}/openapi.json")).json()
    schema = schemathesis.openapi.from_dict(document)
    good: dict[str, int] = {}
    for endpoint in sorted(ENDPOINTS, key=lambda one: one.method in LAST):
        # In a thread: the server is in this loop.
        good[endpoint.name] = await asyncio.to_thread(
            ask, endpoint, schema, house.url, cookies[session_kind(endpoint.audience)], known
        )
    # Not only refusals were looked at.
    assert sum(map(bool, good.values())) > len(good) // 3, good
