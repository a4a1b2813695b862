"""The demo hall, its lines and accounts, and keys made by themselves: only with --demo."""

import base64
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cases.accounts import Accounts, NewOfficer
from cases.clock import SystemClock
from cases.database import Database
from cases.halls import Line, put_hall
from cases.views.desks import OfficerRole
from cases.views.names import Bilingual, HallView, LineKind
from server.demo_hall import seed_hall

PASSWORD: Final = "shuitong-demo"  # noqa: S105

HALL: Final = HallView(
    "xiangzhou",
    Bilingual("香洲区税务局办税服务厅", "Xiangzhou District Tax Service Hall"),
    Bilingual("珠海市 香洲区", "Xiangzhou, Zhuhai"),
    "Asia/Shanghai",
)


def _line(kind: LineKind, line_id: str, letter: str, name: Bilingual, about: Bilingual) -> Line:
    return Line(line_id, HALL.hall_id, kind, letter, name, about, open=True)


LINES: Final = (
    _line(
        LineKind.CONSULT,
        "xiangzhou-vehicle",
        "A",
        Bilingual("车辆税费咨询", "Vehicle taxes"),
        Bilingual("车船税、车辆购置税的申报和退税", "Vehicle and vessel tax, purchase tax, refunds"),
    ),
    _line(
        LineKind.CONSULT,
        "xiangzhou-invoice",
        "B",
        Bilingual("发票业务咨询", "Invoices"),
        Bilingual("代开发票、票种核定、数电发票额度", "Invoices issued for you, kinds and limits"),
    ),
    _line(
        LineKind.CONSULT,
        "xiangzhou-general",
        "C",
        Bilingual("综合业务咨询", "General questions"),
        Bilingual(
            "个税汇算、社保费、登记和其他问题", "Income tax, social insurance, registration and others"
        ),
    ),
    _line(
        LineKind.ASSIST,
        "xiangzhou-assist",
        "D",
        Bilingual("在线帮办", "Online assistance"),
        Bilingual("已预约的业务，视频连线办理", "Booked business, handled over video"),
    ),
    _line(
        LineKind.ONSITE,
        "xiangzhou-onsite",
        "E",
        Bilingual("现场办理", "On site"),
        Bilingual("到办税服务厅窗口办理的业务", "Business at the counters of the hall"),
    ),
)


@dataclass(frozen=True, slots=True)
class DemoOfficer:
    staff_number: str
    name: str
    role: OfficerRole = OfficerRole.OFFICER


@dataclass(frozen=True, slots=True)
class DemoTaxpayer:
    """An invented person; birthdays of 1900 to 1904, so that no living one has the number."""

    name: str
    number: str


OFFICERS: Final = (DemoOfficer("0731", "林思远"), DemoOfficer("0732", "周子轩"))
SUPERVISOR: Final = DemoOfficer("0701", "何敏仪", OfficerRole.SUPERVISOR)
RECEPTION: Final = DemoOfficer("0721", "罗慧君", OfficerRole.RECEPTION)
ADMIN: Final = DemoOfficer("0700", "苏静文", OfficerRole.ADMIN)
STAFF: Final = (*OFFICERS, SUPERVISOR, RECEPTION, ADMIN)
TAXPAYERS: Final = (
    DemoTaxpayer("陈嘉敏", "440402190402290028"),
    DemoTaxpayer("黄伟强", "440402190001010013"),
    DemoTaxpayer("梁秀珍", "440103190103150025"),
)


async def seed(database: Database, accounts: Accounts) -> None:
    """Write what is not there yet; safe to repeat."""
    async with database.writing() as connection:
        await put_hall(connection, HALL, LINES)
        await seed_hall(connection, HALL.hall_id, SystemClock().now_ms())
    for officer in STAFF:
        await accounts.put_officer(
            NewOfficer(officer.staff_number, officer.name, PASSWORD, (officer.role,), HALL.hall_id)
        )


def key_of(folder: Path, name: str) -> str:
    """A key that is made once and kept in the data folder, readable by its owner only."""
    file = folder / f"{name}.key"
    if not file.exists():
        key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii")
        unfinished = file.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(key, encoding="ascii")
        unfinished.rename(file)
    return file.read_text(encoding="ascii").strip()


def greeting(url: str, elsewhere: str | None) -> str:
    """What is printed once the demo serves: where to go and how to get in.

    ``elsewhere``: where other machines of the network reach it, if they do.
    """
    lines = [
        "",
        "Shuitong is running, with demo accounts.",
        "",
        f"  taxpayer   {url}/",
        *(f"             居民身份证 {person.number}  {person.name}" for person in TAXPAYERS),
        f"  officer    {url}/officer/",
        *(
            f"             {officer.staff_number}  password {PASSWORD}  {officer.name}  {officer.role.value}"
            for officer in STAFF
        ),
        f"  interface  {url}/reference",
        *([f"  network    {elsewhere}/  and  {elsewhere}/officer/"] if elsewhere is not None else []),
        "",
        "Phones give camera and microphone only over https: --tls-cert, --tls-key and --host.",
        "Ctrl-C ends it.",
    ]
    return "\n".join(lines)
