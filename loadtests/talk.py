"""A page's part in the conversation of a case: writes, shows what is pushed, asks for what it missed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Final

from PIL import Image

from api.endpoints import Endpoint
from api.routes import conversations, files
from api.routes.conversations import MessageBody
from cases.conversation.views import ConversationMessage, MessagePage, MessageSent
from cases.files.views import FileView
from loadtests.clients import Browser, PageSocket, new_id
from loadtests.ground import Ground
from loadtests.notes import now_ms

PAGE_MAX: Final = 50
LAST_PUSH_S: Final = 8.0
"""How long a message that a page finds by asking may still be on its way to it."""
TEXTS: Final = (
    "您好",
    "请问还需要哪些材料？",
    "好的，我看一下。",
    "谢谢。",
    "请把凭证拍照上传。",
    "已经办好了。",
)


@dataclass(frozen=True, slots=True)
class SideRoutes:
    """The endpoints of one side."""

    listing: Endpoint
    sending: Endpoint
    upload: Endpoint
    upload_query: Mapping[str, str]


TAXPAYER_ROUTES: Final = SideRoutes(
    conversations.LIST_MESSAGES, conversations.SEND_MESSAGE, files.UPLOAD_FILE, {"purpose": "chat"}
)
OFFICER_ROUTES: Final = SideRoutes(
    conversations.LIST_MESSAGES_AS_OFFICER,
    conversations.SEND_MESSAGE_AS_OFFICER,
    files.UPLOAD_FILE_AS_OFFICER,
    {},
)


@cache
def picture() -> bytes:
    """A JPEG of the size that a page sends after making a photograph smaller."""
    written = BytesIO()
    Image.effect_noise((640, 480), 24).save(written, "JPEG", quality=60)
    return written.getvalue()


class Talk:
    """One conversation on one page. ``begin`` it, give it what is pushed, ``end`` it with the last look."""

    def __init__(
        self,
        ground: Ground,
        browser: Browser,
        socket: PageSocket,
        routes: SideRoutes,
        page: str,
        case_id: str,
    ) -> None:
        self._ground = ground
        self._browser = browser
        self._socket = socket
        self._routes = routes
        self._page = page
        self._path = {"case_id": case_id}
        self._early: list[ConversationMessage] = []
        self.begun = False
        self.case_id = case_id
        self.last = 0
        self.news = asyncio.Event()
        """Set whenever a message was shown."""

    async def begin(self) -> None:
        """What was said before the page was opened. Raises LoadError."""
        page = await self._listed({"limit": "1"})
        self.last = page.conversation.last_number
        self._ground.notes.conversation_begun(self._page, self.case_id, self.last)
        self.begun = True
        early, self._early = self._early, []
        for pushed in early:
            self.pushed(pushed)

    def pushed(self, pushed: ConversationMessage) -> None:
        """A message came over the socket."""
        message = pushed.message
        if message.case_id != self.case_id:
            return
        if not self.begun:
            self._early.append(pushed)
            return
        self._ground.notes.message_shown(self._page, message, pushed_at_ms=now_ms())
        self.last = max(self.last, message.number)
        self.news.set()

    async def write(self, *, with_picture: bool = False) -> str:
        """A text, or a picture with one; its id. Raises LoadError."""
        file_ids: tuple[str, ...] = ()
        if with_picture:
            file_ids = (await self._upload(),)
        message_id = new_id()
        text = TEXTS[hash(message_id) % len(TEXTS)]
        body = MessageBody(message_id=message_id, text=text, file_ids=file_ids)
        asked_at_ms = now_ms()
        sent = await self._browser.ask(self._routes.sending, MessageSent, body, path=self._path)
        self._ground.notes.message_sent(self._page, sent.message, asked_at_ms=asked_at_ms)
        return message_id

    async def _upload(self) -> str:
        view = await self._browser.ask(
            self._routes.upload, FileView, path=self._path, query=self._routes.upload_query, content=picture()
        )
        self._ground.notes.figures.pictures += 1
        return view.file.file_id

    async def _listed(self, query: Mapping[str, str]) -> MessagePage:
        return await self._browser.ask(self._routes.listing, MessagePage, path=self._path, query=query)

    async def end(self) -> None:
        """The last look: everything that was said. Where the connection is gone by then, nothing is noted:
        pushes may be lost with it. Raises LoadError.
        """
        whole: list[tuple[int, str]] = []
        while True:
            after = whole[-1][0] if whole else 0
            page = await self._listed({"after": str(after), "limit": str(PAGE_MAX)})
            whole += [(message.number, message.message_id) for message in page.messages]
            if not page.more or not page.messages:
                break
        until_s = asyncio.get_running_loop().time() + LAST_PUSH_S
        while whole and self.last < whole[-1][0] and asyncio.get_running_loop().time() < until_s:
            self.news.clear()
            try:
                async with asyncio.timeout_at(until_s):
                    await self.news.wait()
            except TimeoutError:
                break
        if not self._socket.lost:
            self._ground.notes.conversation_ended(self._page, self.case_id, whole)
