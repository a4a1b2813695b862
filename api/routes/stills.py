"""Still pictures that are asked for in calls, for pages loaded anew (S35); the socket has the rest."""

from collections.abc import Mapping

from api.answers import Answer, Handler
from api.endpoints import Audience, Endpoint
from api.requests import Asked
from cases.access import Person
from cases.stills.requests import Stills
from cases.stills.views import StillView

SEE_STILL = Endpoint(
    "seeStill",
    "GET",
    "/api/v1/taxpayer/cases/{case_id}/still",
    "The latest request for a still picture in a call of the case (S35)",
    Audience.TAXPAYER,
    StillView,
)
SEE_STILL_AS_OFFICER = Endpoint(
    "seeStillAsOfficer",
    "GET",
    "/api/v1/officer/cases/{case_id}/still",
    "The latest request for a still picture in a call of the case (S35)",
    Audience.OFFICER,
    StillView,
)

ENDPOINTS = (SEE_STILL, SEE_STILL_AS_OFFICER)


class StillRoutes:
    def __init__(self, stills: Stills) -> None:
        self._stills = stills

    def table(self) -> Mapping[Endpoint, Handler]:
        return {
            SEE_STILL: lambda asked: self._see(asked, asked.taxpayer),
            SEE_STILL_AS_OFFICER: lambda asked: self._see(asked, asked.officer),
        }

    async def _see(self, asked: Asked, person: Person) -> Answer:
        return Answer(await self._stills.of_case(person, asked.path["case_id"]))
