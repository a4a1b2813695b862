"""Screens in halls: what they show (S37), and the keys that admins make for them (S38)."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from api.answers import Answer, Handler
from api.bodies import Body
from api.endpoints import Audience, Endpoint
from api.requests import Asked
from cases.displays.board import DisplayBoards
from cases.displays.book import Displaybook
from cases.displays.views import DisplayBoard, DisplayMade, DisplaysView
from cases.identifiers import Written

DisplayKey = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[0-9A-Za-z -]+$")]
Revision = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class BoardQuestion(Body):
    """``display_key``: in the body, so that it stands in no address. ``seen``: the ``revision`` that the page
    shows; none: it shows nothing yet.
    """

    display_key: DisplayKey
    seen: Revision | None = None


class NewDisplayBody(Body):
    """``display_name``: where it hangs; ``english``: whether it shows and says English too."""

    display_name: Annotated[Written, Field(min_length=1, max_length=60)]
    english: bool = False


_DISPLAYS = "/api/v1/admin/halls/{hall_id}/displays"

SEE_BOARD = Endpoint(
    "seeDisplayBoard",
    "POST",
    "/api/v1/display/board",
    "What a hall's screen shows, by the key of the display: answered when there is something new, or after a "
    "while (S37)",
    Audience.ANYONE,
    DisplayBoard,
    body=BoardQuestion,
)
LIST_DISPLAYS = Endpoint(
    "listDisplays", "GET", _DISPLAYS, "The hall's screens (S38)", Audience.ADMIN, DisplaysView
)
MAKE_DISPLAY = Endpoint(
    "makeDisplay",
    "POST",
    _DISPLAYS,
    "A key for another screen of the hall, which is shown this once (S38)",
    Audience.ADMIN,
    DisplayMade,
    body=NewDisplayBody,
    status=201,
    makes=True,
)
REMOVE_DISPLAY = Endpoint(
    "removeDisplay",
    "DELETE",
    f"{_DISPLAYS}/{{display_id}}",
    "The screen goes dark, and its key opens nothing any more (S38)",
    Audience.ADMIN,
    DisplaysView,
)

ENDPOINTS = (SEE_BOARD, LIST_DISPLAYS, MAKE_DISPLAY, REMOVE_DISPLAY)


class DisplayRoutes:
    def __init__(self, book: Displaybook, boards: DisplayBoards) -> None:
        self._book = book
        self._boards = boards

    def table(self) -> Mapping[Endpoint, Handler]:
        return {
            SEE_BOARD: self._board,
            LIST_DISPLAYS: self._list,
            MAKE_DISPLAY: self._make,
            REMOVE_DISPLAY: self._remove,
        }

    async def _board(self, asked: Asked) -> Answer:
        body = asked.body_as(BoardQuestion)
        return Answer(await self._boards.board(body.display_key, body.seen))

    async def _list(self, asked: Asked) -> Answer:
        return Answer(await self._book.of_hall(asked.path["hall_id"]))

    async def _make(self, asked: Asked) -> Answer:
        body = asked.body_as(NewDisplayBody)
        made = await self._book.make(
            asked.actor, asked.request, asked.path["hall_id"], body.display_name, english=body.english
        )
        return Answer(made)

    async def _remove(self, asked: Asked) -> Answer:
        path = asked.path
        return Answer(await self._book.remove(asked.actor, path["hall_id"], path["display_id"]))
