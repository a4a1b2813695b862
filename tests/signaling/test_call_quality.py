"""How good the connections of a call are: shown to both, and kept in the case's history (S27)."""

import pytest

from cases.casework.views import Timeline
from cases.views.calls import CallView
from rtc.call import EndReason, LegName
from rtc.quality import Flaw
from signaling import events
from tests.business_pages import BusinessPage
from tests.clients import Page, eventually
from tests.product import CHEN, LIN, OpenHouse
from tests.rtc.peer import Peer
from tests.signaling.page_media import media_of_case

MEASURED = {"frozen_permille": 400, "round_trip_ms": 900, "loss_down_permille": 100, "jitter_down_ms": 1}


async def flaw_of(page: Page, leg: LegName, flaw: Flaw) -> CallView:
    shown = await page.wait_for(events.CALL_CHANGED, lambda call: call.leg(leg).quality.flaw is flaw)
    assert isinstance(shown, CallView)
    return shown


@pytest.mark.feature("S27")
async def test_what_pages_measured_is_shown_to_both_and_kept_for_officers(open_house: OpenHouse) -> None:
    async with open_house(media_quality_ms=500) as house:
        client, page = await house.taxpayer(CHEN)
        officer, console = await house.officer(LIN)
        business = BusinessPage(house, client)
        case_id = (await business.ordered()).case.case_id
        await console.call(events.VIDEO_ASK, case_id=case_id, request_id="v1")
        call_id = (await page.call(events.VIDEO_ACCEPT, case_id=case_id, request_id="v1")).call.call_id
        peers = [
            Peer(media_of_case(page, case_id), call_id, LegName.TAXPAYER),
            Peer(media_of_case(console, case_id), call_id, LegName.OFFICER),
        ]
        try:
            for peer in peers:
                await peer.connect()
            await page.call(events.CALL_QUALITY, call_id=call_id, **MEASURED)
            await console.call(events.CALL_QUALITY, call_id=call_id, round_trip_ms=20)
            for one in (page, console):
                shown = await flaw_of(one, LegName.TAXPAYER, Flaw.LOSS_DOWN)
                assert shown.leg(LegName.TAXPAYER).quality.level == 1
                assert shown.leg(LegName.TAXPAYER).quality.figures.frozen_permille == 400
            await page.call(events.CALL_QUALITY, call_id=call_id, round_trip_ms=300)
            await flaw_of(console, LegName.TAXPAYER, Flaw.DELAY)
            await page.call(events.CALL_HANG_UP, call_id=call_id)
        finally:
            for peer in peers:
                await peer.close()
        path = f"/api/v1/officer/cases/{case_id}"

        async def seen() -> Timeline:
            return (await officer.ask("GET", path)).as_(Timeline)

        timeline = await eventually(seen, lambda view: bool(view.calls[0].legs))
        [held] = timeline.calls
        assert (held.call_id, held.end_reason) == (call_id, EndReason.HUNG_UP)
        assert held.officer is not None
        assert held.officer.staff_number == LIN.staff_number
        legs = {leg.name: leg for leg in held.legs}
        assert (legs[LegName.TAXPAYER].poor, legs[LegName.TAXPAYER].fair) >= (1, 1)
        trips = next(one for one in legs[LegName.TAXPAYER].figures if one.figure == "round_trip_ms")
        assert (trips.least, trips.most) == (300, 900)
        assert 300 <= trips.mean <= 900
        assert legs[LegName.OFFICER].good >= 1
        # Of connections, a taxpayer's history tells nothing.
        assert (await business.timeline(case_id)).calls == ()
