"""What an officer does who reviews forms: takes the longest waiting one, looks at it, approves it."""

from typing import Final

from api.routes import casework, signing
from api.routes.signing import OfficerLogin
from cases.casework.views import CaseSummaries, FormView, Timeline
from cases.views.desks import OfficerView
from loadtests.clients import Browser
from loadtests.errors import LoadError, Refused, may_pass
from loadtests.ground import Ground
from loadtests.hours import Phase
from loadtests.logins import Login
from loadtests.officer import CONSOLES_MAX, REOPEN_S

LOOK_S: Final = 1.0
AT_A_LOOK: Final = 10
OVERTAKEN: Final = frozenset({"review_taken", "case_refused", "case_closed", "case_unknown"})
"""Another reviewer was quicker."""


class Reviewer:
    """Until the run closes."""

    def __init__(self, login: Login, ground: Ground) -> None:
        self._login = login
        self._ground = ground

    async def work(self) -> None:
        """What goes wrong is noted; nothing is raised."""
        left = CONSOLES_MAX
        while left and self._ground.hours.phase is Phase.OPEN:
            browser = Browser(self._ground.base_url, self._ground.weather)
            try:
                body = OfficerLogin(staff_number=self._login.staff_number, password=self._login.password)
                await browser.ask(signing.SIGN_IN_OFFICER, OfficerView, body)
                await self._review(browser)
            except LoadError as error:
                if self._ground.weather.is_rough and may_pass(error):
                    self._ground.notes.disturbed(error)
                else:
                    left -= 1
                    self._ground.notes.failed(f"reviewer {self._login.staff_number}", error)
            finally:
                await browser.close()
            await self._ground.hours.sleep(REOPEN_S)

    async def _review(self, browser: Browser) -> None:
        while True:
            listed = await browser.ask(casework.LIST_REVIEWS, CaseSummaries, query={"limit": str(AT_A_LOOK)})
            for case in listed.cases:
                if case.review_lease is None:
                    await self._approve(browser, case.case_id)
            if not await self._ground.hours.sleep(LOOK_S):
                return

    async def _approve(self, browser: Browser, case_id: str) -> None:
        path = {"case_id": case_id}
        try:
            timeline = await browser.ask(casework.TAKE_REVIEW, Timeline, path=path)
            for form in timeline.forms:
                where = {**path, "form_id": form.form_id}
                await browser.ask(casework.SEE_FORM_AS_OFFICER, FormView, path=where)
            await browser.ask(casework.APPROVE_CASE, Timeline, path=path)
        except Refused as refusal:
            if refusal.problem not in OVERTAKEN:
                raise
            self._ground.notes.raced()
