"""What a person does on the pages, and what they see and hear there."""

from dataclasses import dataclass
from typing import Final, cast

from playwright.async_api import BrowserContext, Page

PATIENCE_MS: Final = 40_000
"""How long is waited for what a page has to show, also on a machine with much else to do."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The mean colour of a video's picture now, each channel 0 to 255."""

    red: float
    green: float
    blue: float

    @property
    def is_black(self) -> bool:
        return max(self.red, self.green, self.blue) < 8

    def differs_from(self, other: "Picture") -> bool:
        """By more than the moving figure and the clock in a fake camera's picture make out."""
        pairs = zip((self.red, self.green, self.blue), (other.red, other.green, other.blue), strict=True)
        return max(abs(mine - theirs) for mine, theirs in pairs) > 12


PICTURE = """() => {
  const video = document.querySelector('[data-testid=remote-video]')
  if (!video || !video.videoWidth) return null
  const canvas = document.createElement('canvas')
  canvas.width = 32; canvas.height = 24
  const drawing = canvas.getContext('2d')
  drawing.drawImage(video, 0, 0, 32, 24)
  const bytes = drawing.getImageData(0, 0, 32, 24).data
  const sum = [0, 0, 0]
  for (let i = 0; i < bytes.length; i += 4) for (let c = 0; c < 3; c++) sum[c] += bytes[i + c]
  return sum.map((s) => s / (bytes.length / 4))
}"""

INBOUND = """async () => {
  const connection = window.__shuitongCall?.peerConnection
  const found = {frames: 0, energy: 0, seconds: 0}
  if (!connection) return found
  for (const report of (await connection.getStats()).values()) {
    if (report.type !== 'inbound-rtp') continue
    if (report.kind === 'video') found.frames = report.framesDecoded ?? 0
    else { found.energy = report.totalAudioEnergy ?? 0; found.seconds = report.totalSamplesDuration ?? 0 }
  }
  return found
}"""


@dataclass(frozen=True, slots=True)
class Inbound:
    """What the browser has decoded of the other side."""

    frames: int
    energy: float
    seconds: float


class CallSide:
    """A page while a call is on it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def inbound(self) -> Inbound:
        found = cast("dict[str, float]", await self.page.evaluate(INBOUND))
        return Inbound(int(found["frames"]), found["energy"], found["seconds"])

    async def frames_grow(self, *, by: int = 5) -> None:
        """Returns once so many more frames were decoded than now."""
        before = (await self.inbound()).frames
        await self.page.wait_for_function(
            f"async (least) => (await ({INBOUND})()).frames >= least", arg=before + by
        )

    async def picture(self) -> Picture:
        colours = cast("list[float] | None", await self.page.evaluate(PICTURE))
        return Picture(*(colours or (0.0, 0.0, 0.0)))

    async def sees(self, wanted: str, *, other_than: Picture | None = None) -> Picture:
        """Returns once the remote picture is ``black``, ``bright`` or ``changed`` from another one."""
        conditions = {
            "black": "(p) => p && Math.max(...p) < 8",
            "bright": "(p) => p && Math.max(...p) > 40",
            "changed": "(p, o) => p && Math.max(...p) > 40"
            " && Math.max(...p.map((c, i) => Math.abs(c - o[i]))) > 12",
        }
        other = [other_than.red, other_than.green, other_than.blue] if other_than else None
        await self.page.wait_for_function(f"(o) => ({conditions[wanted]})(({PICTURE})(), o)", arg=other)
        return await self.picture()

    async def hears(self, *, something: bool) -> None:
        """Returns once a whole second of the other side's sound had some energy, or none at all."""
        await self.page.wait_for_function(
            f"""async (something) => {{
              const inbound = {INBOUND}
              const first = await inbound()
              let last = first
              while (last.seconds - first.seconds < 1.2) {{
                await new Promise((done) => setTimeout(done, 50))
                last = await inbound()
                if (last.seconds < first.seconds) return false
              }}
              const loudness = last.energy - first.energy
              return something ? loudness > 1e-5 : loudness < 1e-7
            }}""",
            arg=something,
        )

    async def press(self, control: str) -> None:
        await self.page.get_by_test_id(control).click()

    async def descriptions(self) -> str:
        """Both SDPs of the connection: unchanged as long as nothing was negotiated."""
        return cast(
            "str",
            await self.page.evaluate(
                "() => { const c = window.__shuitongCall.peerConnection;"
                " return c.localDescription.sdp + c.remoteDescription.sdp }"
            ),
        )

    async def hang_up(self) -> None:
        await self.press("call-hang-up")
        await self.press("confirm-hang-up")


class TaxpayerPage(CallSide):
    """A taxpayer with a phone."""

    def __init__(self, page: Page, name: str, number: str) -> None:
        super().__init__(page)
        self.name = name
        self.number = number

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    async def log_in(self, url: str) -> None:
        await self.page.goto(url)
        await self.log_in_here()
        await self.page.get_by_test_id("door-consult").wait_for()

    async def open_home(self, url: str) -> None:
        """Of somebody who is logged in."""
        await self.page.goto(url)
        await self.page.get_by_test_id("door-consult").wait_for()

    async def log_in_here(self) -> None:
        """On the page that asks for it; it leads back to where the person was."""
        await self.fill_identity(self.name, self.number)
        await self.press("login-next")
        await self.press("face-development-pass")

    async def fill_identity(self, name: str, number: str) -> None:
        await self.page.get_by_test_id("login-name").fill(name)
        await self.page.get_by_test_id("login-number").fill(number)
        await self.page.get_by_test_id("login-consent").check()

    async def take_ticket(self, letter: str) -> str:
        """The number on the ticket."""
        await self.press("door-consult")
        await self.press(f"line-{letter}")
        await self.press("take-ticket")
        await self.page.get_by_test_id("issued-sheet").wait_for()
        number = await self.ticket_number()
        await self.press("issued-wait")
        await self.page.get_by_test_id("cancel-ticket").wait_for()
        return number

    async def ticket_number(self) -> str:
        number = self.page.get_by_test_id("ticket-number").first
        await number.wait_for()
        return (await number.inner_text()).strip()

    async def sees_ahead(self, ahead: int) -> None:
        """Returns once that many people are shown to be ahead."""
        await self.page.wait_for_function(
            """(wanted) => [...document.querySelectorAll('[data-testid=ticket-ahead]')]
                 .some((shown) => shown.textContent.replace(/\\D/g, '') === wanted)""",
            arg=str(ahead),
        )

    async def is_called(self) -> None:
        await self.page.get_by_test_id("incoming-sheet").wait_for()

    async def shows_own_picture(self) -> None:
        """Returns once the sheet's small video moves."""
        await self.page.wait_for_function(
            "() => document.querySelector('[data-testid=incoming-sheet] video')?.videoWidth > 0",
        )

    async def confirm(self) -> None:
        await self.press("incoming-confirm")

    async def is_in_call(self) -> None:
        await self.page.get_by_test_id("call-page").wait_for()
        await self.sees("bright")


class OfficerPage(CallSide):
    """An officer at a desk."""

    async def log_in(self, url: str, staff_number: str, password: str) -> None:
        await self.page.goto(f"{url}/officer/")
        await self.log_in_here(staff_number, password)

    async def log_in_here(self, staff_number: str, password: str) -> None:
        await self.page.get_by_test_id("login-staff-number").fill(staff_number)
        await self.page.get_by_test_id("login-password").fill(password)
        await self.press("login-submit")

    async def sign_on(self, *letters: str) -> None:
        for letter in letters:
            await self.page.get_by_test_id(f"signon-line-{letter}").get_by_role("checkbox").check()
        await self.press("signon-submit")
        await self.page.get_by_test_id("call-next").wait_for()

    async def sees_waiting(self, letter: str, waiting: int) -> None:
        await self.page.wait_for_function(
            """([letter, wanted]) => document.querySelector(`[data-testid=board-waiting-${letter}]`)
                 ?.textContent.trim() === wanted""",
            arg=[letter, str(waiting)],
        )

    async def call_next(self) -> str:
        """The number that was called."""
        await self.press("call-next")
        return await self.held_number()

    async def held_number(self) -> str:
        held = self.page.get_by_test_id("held-number").first
        await held.wait_for()
        return (await held.inner_text()).strip()

    async def holds_nothing(self) -> None:
        await self.page.get_by_test_id("held-number").first.wait_for(state="detached")

    async def is_in_call(self) -> None:
        await self.page.get_by_test_id("call-page").wait_for()
        await self.sees("bright")

    async def finish(self) -> None:
        await self.press("finish-completed")
        await self.confirm()
        await self.holds_nothing()

    async def confirm(self) -> None:
        """The dialog that is open; once it is gone: the next one is not to be taken for it."""
        await self.press("dialog-confirm")
        await self.page.get_by_test_id("dialog-confirm").wait_for(state="hidden")
