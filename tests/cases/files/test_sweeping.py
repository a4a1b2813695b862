"""What no file has is swept, and never what somebody is about to have."""

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from cases.audit import Actor, ActorKind
from cases.database import Database
from cases.files import book, contents
from cases.files.book import Belonging, Kept
from cases.files.errors import ContentMissing, FileUnknown, ShelfUnavailable
from cases.files.incoming import Incoming
from cases.files.policy import FilePolicy
from cases.files.shelf import Content, Shelf
from cases.files.sweeping import FAILURES_MAX, Sweeper, Swept
from cases.files.tables import file_contents, files
from cases.files.views import FilePurpose
from cases.halls import put_hall
from cases.sealing import Sealer, new_id
from server.demo import HALL
from tests.cases.booking.records import put_people
from tests.cases.files.desk import FORM, OTHER_FORM, put_draft

NOW_MS = 1_800_000_000_000
GRACE_MS = FilePolicy().grace_ms
TAXPAYER = Actor(ActorKind.TAXPAYER, "chen")


class SetClock:
    def __init__(self) -> None:
        self.ms = NOW_MS

    def now_ms(self) -> int:
        return self.ms


@dataclass(frozen=True, slots=True)
class Store:
    """Records of one case, a shelf, and who sweeps it."""

    database: Database
    shelf: Shelf
    clock: SetClock
    incoming: Incoming
    folder: Path
    case_id: str

    def sweeper(self, shelf: Shelf | None = None) -> Sweeper:
        return Sweeper(self.database, self.clock, shelf or self.shelf, self.incoming, FilePolicy())

    async def claim_and_put(self, content: bytes) -> str:
        """As an upload does before its file is added."""
        sha256 = hashlib.sha256(content).hexdigest()
        async with self.database.writing() as connection:
            await contents.claim(connection, sha256, self.clock.ms)
        source = self.folder / new_id()
        source.write_bytes(content)
        await self.shelf.put(sha256, source)
        return sha256

    async def add(
        self, sha256: str, belonging: Belonging | None = None, *, by: Actor = TAXPAYER, thumbnail: str = ""
    ) -> str:
        """As an upload does in the end; the file's id."""
        file_id = new_id()
        async with self.database.writing() as connection:
            await contents.keep(connection, sha256, self.clock.ms)
            await book.add(
                connection,
                file_id=file_id,
                name="x.jpg",
                kept=Kept(sha256, thumbnail or None, "image/jpeg", 7, 1, 1),
                belonging=belonging or Belonging(self.case_id, FilePurpose.CHAT),
                by=by,
                now_ms=self.clock.ms,
            )
        return file_id

    async def is_shelved(self, sha256: str) -> bool:
        try:
            await self.shelf.open(sha256)
        except ContentMissing:
            return False
        return True

    async def claimed(self) -> set[str]:
        async with self.database.reading() as connection:
            return set(await connection.scalars(select(file_contents.c.sha256)))


@pytest.fixture
async def store(database: Database, shelf: Shelf, tmp_path: Path) -> Store:
    async with database.writing() as connection:
        await put_hall(connection, HALL, ())
    await put_people(database, ["chen", "huang"])
    case_id = await put_draft(database, Sealer([Fernet.generate_key().decode()], "x" * 32), "chen", NOW_MS)
    return Store(database, shelf, SetClock(), Incoming(tmp_path / "incoming"), tmp_path, case_id)


async def test_what_no_file_has_goes_after_a_while(store: Store) -> None:
    used, small, unused = [await store.claim_and_put(one) for one in (b"used", b"small", b"unused")]
    file_id = await store.add(used, thumbnail=small)
    store.clock.ms += GRACE_MS
    assert await store.sweeper().sweep() == Swept(0, 0)
    store.clock.ms += 1
    assert await store.sweeper().sweep() == Swept(1, 0)
    assert await store.claimed() == {used, small}
    assert [await store.is_shelved(one) for one in (used, small, unused)] == [True, True, False]
    async with store.database.writing() as connection:
        await book.remove(connection, file_id)
    assert await store.sweeper().sweep() == Swept(2, 0)
    assert await store.claimed() == set()
    assert await store.sweeper().sweep() == Swept(0, 0)


async def test_a_content_that_two_files_have_stays_for_the_other_one(store: Store) -> None:
    sha256 = await store.claim_and_put(b"same")
    one, _ = await store.add(sha256), await store.add(sha256)
    async with store.database.writing() as connection:
        await book.remove(connection, one)
    store.clock.ms += GRACE_MS + 1
    assert await store.sweeper().sweep() == Swept(0, 0)


async def test_a_content_claimed_anew_is_left(store: Store) -> None:
    sha256 = await store.claim_and_put(b"content")
    store.clock.ms += GRACE_MS + 1
    assert await store.claim_and_put(b"content") == sha256
    assert await store.sweeper().sweep() == Swept(0, 0)
    await store.add(sha256)
    assert await store.is_shelved(sha256)


async def test_a_file_of_a_swept_content_is_not_added(store: Store) -> None:
    sha256 = await store.claim_and_put(b"content")
    store.clock.ms += GRACE_MS + 1
    await store.sweeper().sweep()
    with pytest.raises(ShelfUnavailable):
        await store.add(sha256)
    assert await store.claim_and_put(b"content") == sha256
    await store.add(sha256)
    assert await store.is_shelved(sha256)


class SlowShelf:
    """The shelf, whose deletions wait until they are let go on."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self.deleting, self.go_on = asyncio.Event(), asyncio.Event()

    async def put(self, sha256: str, source: Path) -> None:
        await self._shelf.put(sha256, source)

    async def open(self, sha256: str) -> Content:
        return await self._shelf.open(sha256)

    async def delete(self, sha256: str) -> None:
        self.deleting.set()
        await self.go_on.wait()
        await self._shelf.delete(sha256)


async def test_who_sends_what_is_just_being_swept_gets_it_kept(store: Store) -> None:
    sha256 = await store.claim_and_put(b"content")
    store.clock.ms += GRACE_MS + 1
    slow = SlowShelf(store.shelf)
    sweeping = asyncio.create_task(store.sweeper(slow).sweep())
    await slow.deleting.wait()
    sending = asyncio.create_task(store.claim_and_put(b"content"))
    # It waits for the sweeper's transaction, in a thread of the database.
    done, _ = await asyncio.wait([sending], timeout=0.2)
    assert not done
    slow.go_on.set()
    assert await sweeping == Swept(1, 0)
    assert await sending == sha256
    await store.add(sha256)
    assert await store.is_shelved(sha256)


class BrokenShelf(SlowShelf):
    async def delete(self, sha256: str) -> None:
        raise ShelfUnavailable("down")


class StuckShelf(SlowShelf):
    """The shelf, on which one content cannot be deleted."""

    def __init__(self, shelf: Shelf, stuck: str) -> None:
        super().__init__(shelf)
        self.go_on.set()
        self._stuck = stuck

    async def delete(self, sha256: str) -> None:
        if sha256 == self._stuck:
            raise ShelfUnavailable("not this one")
        await super().delete(sha256)


async def test_a_content_that_cannot_be_deleted_is_kept_in_the_list(store: Store) -> None:
    put = {await store.claim_and_put(bytes([one])) for one in range(FAILURES_MAX)}
    store.clock.ms += GRACE_MS + 1
    with pytest.raises(ShelfUnavailable):
        await store.sweeper(BrokenShelf(store.shelf)).sweep()
    assert await store.claimed() == put
    assert await store.sweeper(StuckShelf(store.shelf, min(put))).sweep() == Swept(len(put) - 1, 0)
    assert await store.claimed() == {min(put)}
    assert await store.sweeper().sweep() == Swept(1, 0)


async def test_folders_of_uploads_that_died_are_swept(store: Store) -> None:
    async with store.incoming.workplace() as left:
        left.source.write_bytes(b"half")
        made_ms = int(left.folder.stat().st_mtime * 1000)
        store.clock.ms = made_ms + GRACE_MS
        assert await store.sweeper().sweep() == Swept(0, 0)
        store.clock.ms += 1_000
        assert await store.sweeper().sweep() == Swept(0, 1)
        assert not left.folder.exists()


async def test_random_senders_and_sweepers_never_leave_a_file_without_bytes(store: Store) -> None:
    """Four contents, sent, added, removed and swept by everybody at once."""
    known: list[str] = []

    async def send(content: bytes) -> None:
        sha256 = await store.claim_and_put(content)
        try:
            known.append(await store.add(sha256))
        except ShelfUnavailable:
            return

    async def remove() -> None:
        if known:
            async with store.database.writing() as connection:
                await book.remove(connection, known.pop())

    for _ in range(6):
        store.clock.ms += GRACE_MS + 1
        await asyncio.gather(
            *(send(bytes([one % 4])) for one in range(6)),
            *(remove() for _ in range(4)),
            *(store.sweeper().sweep() for _ in range(2)),
        )
        async with store.database.reading() as connection:
            used = set(await connection.scalars(select(files.c.sha256)))
        assert [one for one in used if not await store.is_shelved(one)] == []


@pytest.mark.feature("S7")
async def test_files_are_found_by_who_sent_them_and_for_what(store: Store) -> None:
    sha256 = await store.claim_and_put(b"content")
    chat = Belonging(store.case_id, FilePurpose.CHAT)
    mine, receipt = (
        await store.add(sha256),
        await store.add(sha256, Belonging(store.case_id, FilePurpose.RECEIPT)),
    )
    theirs = await store.add(sha256, chat, by=Actor(ActorKind.OFFICER, "lin"))
    async with store.database.reading() as connection:

        async def found(*file_ids: str, case_id: str = store.case_id, uploader: str = "chen") -> list[str]:
            refs = await book.of_case(
                connection, case_id, file_ids, purpose=FilePurpose.CHAT, uploader_id=uploader
            )
            return [one.file_id for one in refs]

        assert await found() == []
        assert await found(mine) == [mine]
        assert await found(theirs, uploader="lin") == [theirs]
        for wrong in ((mine, receipt), (mine, theirs), (mine, mine), ("nobodys",)):
            with pytest.raises(FileUnknown):
                await found(*wrong)
        with pytest.raises(FileUnknown):
            await found(mine, case_id="elsewhere")
        assert set(await book.refs(connection, store.case_id, [mine, theirs, "gone"])) == {mine, theirs}


async def test_the_rows_of_a_case_go_together(store: Store) -> None:
    sha256 = await store.claim_and_put(b"content")
    for _ in range(3):
        await store.add(sha256)
    async with store.database.writing() as connection:
        await book.remove_of_case(connection, "elsewhere")
        assert (await book.used_by_case(connection, store.case_id)).files == 3
        await book.remove_of_case(connection, store.case_id)
        assert (await book.used_by_case(connection, store.case_id)).files == 0
    store.clock.ms += GRACE_MS + 1
    assert await store.sweeper().sweep() == Swept(1, 0)


async def test_a_form_has_the_kinds_of_its_attachments(store: Store) -> None:
    sha256 = await store.claim_and_put(b"content")
    for form_id, kind in ((FORM, "b"), (FORM, "a"), (FORM, "b"), (OTHER_FORM, "c")):
        await store.add(sha256, Belonging(store.case_id, FilePurpose.ATTACHMENT, form_id, kind))
    await store.add(sha256)
    async with store.database.reading() as connection:
        assert await book.kinds_of(connection, store.case_id, FORM) == ("a", "b")
        assert await book.kinds_of(connection, store.case_id, OTHER_FORM) == ("c",)
        assert await book.kinds_of(connection, "elsewhere", FORM) == ()
