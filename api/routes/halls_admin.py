"""Admins set up halls: calendar, slots, capacities, lines (S38)."""

from collections.abc import Mapping
from datetime import date

from pydantic import TypeAdapter, ValidationError

from api.answers import Answer, Handler
from api.endpoints import Audience, Endpoint
from api.requests import Asked
from api.routes.halls_bodies import (
    HallChange,
    LineChangeBody,
    NewHallBody,
    NewLineBody,
    RulesChange,
    SpecialDayBody,
    VersionQuery,
)
from cases.booking.errors import DayUnknown
from cases.booking.hall_administration import HallAdministration
from cases.booking.views import HallSetup, HallsView
from cases.identifiers import Day

_HALLS = "/api/v1/admin/halls"
_HALL = f"{_HALLS}/{{hall_id}}"
_DAY: TypeAdapter[date] = TypeAdapter(Day)

LIST_HALLS_TO_SET_UP = Endpoint(
    "listHallsToSetUp", "GET", _HALLS, "Every hall (S38)", Audience.ADMIN, HallsView
)
ADD_HALL = Endpoint(
    "addHall",
    "POST",
    _HALLS,
    "A new hall, with office hours, no places and no lines yet (S38)",
    Audience.ADMIN,
    HallSetup,
    body=NewHallBody,
    status=201,
    makes=True,
)
SEE_HALL_SETUP = Endpoint(
    "seeHallSetup",
    "GET",
    _HALL,
    "A hall with everything that is set up of it (S38)",
    Audience.ADMIN,
    HallSetup,
)
CHANGE_HALL = Endpoint(
    "changeHall",
    "PUT",
    _HALL,
    "Names, address, regions served, and the order of calling, over the version that was seen (S38)",
    Audience.ADMIN,
    HallSetup,
    body=HallChange,
)
CHANGE_RULES = Endpoint(
    "changeRules",
    "PUT",
    f"{_HALL}/rules",
    "Hours, slots and capacities, over the version that was seen (S38)",
    Audience.ADMIN,
    HallSetup,
    body=RulesChange,
)
SET_DAY = Endpoint(
    "setDay",
    "PUT",
    f"{_HALL}/days/{{day}}",
    "A day on which the hall differs from its hours and from the public calendar (S38)",
    Audience.ADMIN,
    HallSetup,
    body=SpecialDayBody,
)
REMOVE_DAY = Endpoint(
    "removeDay",
    "DELETE",
    f"{_HALL}/days/{{day}}",
    "The day is as usual again (S38)",
    Audience.ADMIN,
    HallSetup,
    query=VersionQuery,
)
ADD_LINE = Endpoint(
    "addLine",
    "POST",
    f"{_HALL}/lines",
    "Another line of the hall (S38)",
    Audience.ADMIN,
    HallSetup,
    body=NewLineBody,
    status=201,
    makes=True,
)
CHANGE_LINE = Endpoint(
    "changeLine",
    "PUT",
    f"{_HALL}/lines/{{line_id}}",
    "Names and share of a line; closed, it takes no more tickets (S38)",
    Audience.ADMIN,
    HallSetup,
    body=LineChangeBody,
)

ENDPOINTS = (
    LIST_HALLS_TO_SET_UP,
    ADD_HALL,
    SEE_HALL_SETUP,
    CHANGE_HALL,
    CHANGE_RULES,
    SET_DAY,
    REMOVE_DAY,
    ADD_LINE,
    CHANGE_LINE,
)


class HallAdminRoutes:
    def __init__(self, administration: HallAdministration) -> None:
        self._administration = administration

    def table(self) -> Mapping[Endpoint, Handler]:
        return {
            LIST_HALLS_TO_SET_UP: self._halls,
            ADD_HALL: self._add_hall,
            SEE_HALL_SETUP: self._hall,
            CHANGE_HALL: self._change_hall,
            CHANGE_RULES: self._change_rules,
            SET_DAY: self._set_day,
            REMOVE_DAY: self._remove_day,
            ADD_LINE: self._add_line,
            CHANGE_LINE: self._change_line,
        }

    async def _halls(self, _asked: Asked) -> Answer:
        return Answer(await self._administration.halls())

    async def _add_hall(self, asked: Asked) -> Answer:
        body = asked.body_as(NewHallBody)
        return Answer(
            await self._administration.add_hall(asked.actor, asked.request, body.names(), body.whereabouts())
        )

    async def _hall(self, asked: Asked) -> Answer:
        return Answer(await self._administration.one(asked.path["hall_id"]))

    async def _change_hall(self, asked: Asked) -> Answer:
        body = asked.body_as(HallChange)
        return Answer(
            await self._administration.describe(
                asked.actor, asked.path["hall_id"], body.names(), body.whereabouts(), version=body.version
            )
        )

    async def _change_rules(self, asked: Asked) -> Answer:
        body = asked.body_as(RulesChange)
        return Answer(
            await self._administration.set_rules(
                asked.actor, asked.path["hall_id"], body.rules.hall_rules(), version=body.version
            )
        )

    async def _set_day(self, asked: Asked) -> Answer:
        body, day = asked.body_as(SpecialDayBody), _day(asked)
        return Answer(
            await self._administration.set_day(
                asked.actor, asked.path["hall_id"], body.special_day(day), version=body.version
            )
        )

    async def _remove_day(self, asked: Asked) -> Answer:
        version, day = asked.query_as(VersionQuery).version, _day(asked)
        return Answer(
            await self._administration.remove_day(asked.actor, asked.path["hall_id"], day, version=version)
        )

    async def _add_line(self, asked: Asked) -> Answer:
        body = asked.body_as(NewLineBody)
        return Answer(
            await self._administration.add_line(
                asked.actor, asked.request, asked.path["hall_id"], body.new_line(), version=body.version
            )
        )

    async def _change_line(self, asked: Asked) -> Answer:
        body, path = asked.body_as(LineChangeBody), asked.path
        return Answer(
            await self._administration.change_line(
                asked.actor, path["hall_id"], path["line_id"], body.change(), version=body.version
            )
        )


def _day(asked: Asked) -> date:
    """Raises DayUnknown."""
    try:
        return _DAY.validate_python(asked.path["day"])
    except ValidationError as error:
        raise DayUnknown("no day") from error
