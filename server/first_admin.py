"""The command that makes an admin: the first one, or another one where all others are out of reach."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

from cases.audit import SYSTEM
from cases.booking.errors import HallUnknown
from cases.clock import SystemClock
from cases.people.administration import OfficerAdministration, Post
from cases.people.credentials import Credentials
from cases.people.errors import StaffNumberTaken
from cases.people.first_admin import halls_for_admin, has_admin
from cases.people.second_factors import SecondFactors
from cases.people.views import OneTimePassword, SecondFactorRule
from cases.requests import Request
from cases.sealing import Passwords, new_id
from cases.views.desks import OfficerRole
from server.building import guess_limits, sealer
from server.errors import AdminRefused
from server.records import opened
from server.settings import Settings

STAFF_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,39}")
NAME_MAX = 80


@dataclass(frozen=True, slots=True)
class WantedAdmin:
    """``hall_id``: none for the only hall. ``another``: also where there is an admin already."""

    staff_number: str
    name: str
    hall_id: str | None
    another: bool


def create(settings: Settings, wanted: WantedAdmin, say: Callable[[str], object]) -> int:
    """Make the admin and say the one-time password, once; the exit code. Raises AdminRefused."""
    if STAFF_NUMBER.fullmatch(wanted.staff_number) is None:
        raise AdminRefused("a staff number has up to 40 letters, digits, dots, dashes and underscores")
    if not wanted.name.isprintable() or not 0 < len(wanted.name.strip()) <= NAME_MAX:
        raise AdminRefused(f"a name has up to {NAME_MAX} characters")
    made = asyncio.run(_created(settings, wanted))
    say(f"staff number       {made.officer.staff_number}")
    say(f"one-time password  {made.password}")
    say("It is not shown again, and has to be changed at the first log-in (/officer/).")
    return 0


async def _created(settings: Settings, wanted: WantedAdmin) -> OneTimePassword:
    clock, seals = SystemClock(), sealer(settings)
    try:
        async with opened(settings) as database:
            if not wanted.another and await has_admin(database):
                raise AdminRefused("there is an admin already; --another makes one all the same")
            halls = await halls_for_admin(database, clock, settings.hall_time_zone)
            if wanted.hall_id is None and len(halls) > 1:
                raise AdminRefused(f"--hall names one of {', '.join(halls)}")
            factors = SecondFactors(seals, SecondFactorRule(settings.second_factor))
            passwords = Passwords(settings.password_memory_kib)
            guesses = guess_limits(settings, database, clock)
            credentials = Credentials(database, clock, seals, passwords, guesses, factors)
            post = Post(wanted.name.strip(), wanted.hall_id or halls[0], (OfficerRole.ADMIN,))
            once = Request(new_id(), "create-admin")
            administration = OfficerAdministration(database, clock, credentials, factors)
            return await administration.create(SYSTEM, once, wanted.staff_number, post)
    except StaffNumberTaken as error:
        raise AdminRefused("somebody has that staff number") from error
    except HallUnknown as error:
        raise AdminRefused("there is no such hall") from error
