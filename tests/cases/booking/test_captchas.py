"""Captchas: one answer each, in time, so many a person and address, to be seen and to be heard (S9)."""

import asyncio
import io
import wave
from base64 import b64decode
from collections import Counter

import pytest
from cryptography.fernet import Fernet
from PIL import Image
from sqlalchemy import func, select

from cases.access import Taxpayer
from cases.booking import tables
from cases.booking.captcha_media import DIGITS, LENGTH, VOICES, CaptchaKind, CaptchaMedia
from cases.booking.captchas import CaptchaAnswer, CaptchaPolicy, Captchas, normalised_answer, spend
from cases.booking.errors import CaptchaExpired, CaptchaWrong, SlotFull
from cases.booking.views import CaptchaView
from cases.database import Database
from cases.errors import RequestReused, TooManyGuesses
from cases.problems import Language
from cases.requests import Request, first_time
from cases.sealing import Sealer
from tests.captchas import answer_of
from tests.cases.booking.records import NOW_MS, put_people

pytestmark = pytest.mark.both_records

CHEN, HUANG = (Taxpayer(name, "陈嘉敏", "session") for name in ("chen", "huang"))
POLICY = CaptchaPolicy(per_person=3, per_address=5)
REQUEST = Request("key", "fingerprint")
ADDRESS = "192.0.2.1"


class SetClock:
    """Stands until the test moves it."""

    def __init__(self) -> None:
        self.at_ms = NOW_MS

    def now_ms(self) -> int:
        return self.at_ms


class Office:
    """Captchas in real records, and their clock."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = SetClock()
        self.sealer = Sealer([Fernet.generate_key().decode()], "an index key of more than 32 characters")
        self.captchas = Captchas(database, self.clock, self.sealer, CaptchaMedia(), POLICY)

    async def make(self, person: Taxpayer = CHEN, address: str = ADDRESS) -> CaptchaView:
        return await self.captchas.make(person, CaptchaKind.IMAGE, Language.ZH, address=address)

    async def right(self, captcha: CaptchaView) -> CaptchaAnswer:
        answer = await answer_of(self.database, self.sealer, captcha.captcha_id)
        return CaptchaAnswer(captcha.captcha_id, answer)

    async def spend(self, captcha: CaptchaView, person: Taxpayer = CHEN) -> None:
        async with self.database.writing() as connection:
            await spend(connection, person.taxpayer_id, captcha.captcha_id, self.clock.at_ms)


@pytest.fixture
async def office(database: Database) -> Office:
    await database.migrate()
    await put_people(database, [CHEN.taxpayer_id, HUANG.taxpayer_id])
    return Office(database)


def wrong(answer: CaptchaAnswer) -> CaptchaAnswer:
    first = "2" if answer.answer[0] != "2" else "3"
    return CaptchaAnswer(answer.captcha_id, first + answer.answer[1:])


async def test_a_right_answer_is_spent_once(office: Office) -> None:
    captcha = await office.make()
    with pytest.raises(CaptchaExpired):
        await office.spend(captcha)
    await office.captchas.admit(CHEN, REQUEST, await office.right(captcha))
    await office.spend(captcha)
    with pytest.raises(CaptchaExpired):
        await office.spend(captcha)
    with pytest.raises(CaptchaExpired):
        await office.captchas.admit(CHEN, REQUEST, await office.right(captcha))


async def test_a_wrong_answer_ends_the_captcha(office: Office) -> None:
    captcha = await office.make()
    right = await office.right(captcha)
    with pytest.raises(CaptchaWrong):
        await office.captchas.admit(CHEN, REQUEST, wrong(right))
    with pytest.raises(CaptchaExpired):
        await office.captchas.admit(CHEN, REQUEST, right)


async def test_many_answers_at_once_are_one_guess(office: Office) -> None:
    captcha = await office.make()
    attempt = wrong(await office.right(captcha))
    outcomes = await asyncio.gather(
        *(office.captchas.admit(CHEN, REQUEST, attempt) for _ in range(10)), return_exceptions=True
    )
    assert Counter(type(outcome).__name__ for outcome in outcomes) == {"CaptchaWrong": 1, "CaptchaExpired": 9}


async def test_an_answer_counts_for_three_minutes_and_for_its_person(office: Office) -> None:
    captcha = await office.make()
    right = await office.right(captcha)
    with pytest.raises(CaptchaExpired):
        await office.captchas.admit(HUANG, REQUEST, right)
    office.clock.at_ms = captcha.expires_at_ms
    assert captcha.expires_at_ms == NOW_MS + 180_000
    with pytest.raises(CaptchaExpired):
        await office.captchas.admit(CHEN, REQUEST, right)


async def test_an_answer_that_was_given_in_time_is_not_kept_for_later(office: Office) -> None:
    captcha = await office.make()
    await office.captchas.admit(CHEN, REQUEST, await office.right(captcha))
    with pytest.raises(CaptchaExpired):
        await office.spend(captcha, HUANG)
    office.clock.at_ms = captcha.expires_at_ms
    with pytest.raises(CaptchaExpired):
        await office.spend(captcha)


async def test_a_repeated_request_passes_though_its_captcha_is_spent(office: Office) -> None:
    captcha = await office.make()
    right = await office.right(captcha)
    await office.captchas.admit(CHEN, REQUEST, right)
    async with office.database.writing() as connection:
        assert await first_time(connection, REQUEST, "made", NOW_MS) is None
        await spend(connection, CHEN.taxpayer_id, captcha.captcha_id, NOW_MS)
    await office.captchas.admit(CHEN, REQUEST, right)
    with pytest.raises(RequestReused):
        await office.captchas.admit(CHEN, Request(REQUEST.key, "another"), right)


async def test_a_transaction_that_fails_does_not_spend_it(office: Office) -> None:
    captcha = await office.make()
    await office.captchas.admit(CHEN, REQUEST, await office.right(captcha))

    async def fail() -> None:
        async with office.database.writing() as connection:
            await spend(connection, CHEN.taxpayer_id, captcha.captcha_id, NOW_MS)
            raise SlotFull(())

    with pytest.raises(SlotFull):
        await fail()
    await office.spend(captcha)


async def test_so_many_a_person_in_a_while(office: Office) -> None:
    for number in range(POLICY.per_person):
        office.clock.at_ms = NOW_MS + number * 1_000
        await office.make(address=f"192.0.2.{number}")
    with pytest.raises(TooManyGuesses) as refused:
        await office.make(address="192.0.2.99")
    wait_ms = refused.value.retry_after_ms
    assert wait_ms == POLICY.window_ms - (POLICY.per_person - 1) * 1_000
    await office.make(HUANG, address="192.0.2.99")
    office.clock.at_ms += wait_ms
    await office.make(address="192.0.2.99")


async def test_one_person_on_many_pages_is_counted_one_by_one(office: Office) -> None:
    outcomes = await asyncio.gather(*(office.make() for _ in range(8)), return_exceptions=True)
    assert Counter(type(outcome).__name__ for outcome in outcomes) == {"CaptchaView": 3, "TooManyGuesses": 5}


async def test_so_many_an_address_in_a_while(office: Office) -> None:
    for person in (CHEN, CHEN, CHEN, HUANG, HUANG):
        await office.make(person)
    with pytest.raises(TooManyGuesses):
        await office.make(HUANG)
    await office.make(HUANG, address="2001:db8::1")


async def test_captchas_are_swept_with_their_window(office: Office) -> None:
    await office.make()
    office.clock.at_ms += POLICY.window_ms
    await office.make()
    async with office.database.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(tables.captchas)) == 1


async def test_the_records_tell_neither_answer_nor_address(office: Office) -> None:
    captcha = await office.make()
    answer = (await office.right(captcha)).answer
    async with office.database.reading() as connection:
        row = (await connection.execute(select(tables.captchas))).one()
    assert answer not in repr(tuple(row))
    assert ADDRESS not in repr(tuple(row))


def test_an_answer_is_its_digits() -> None:
    assert normalised_answer(" ２０ 3-45\n") == "20345"
    assert normalised_answer("") == ""


async def test_a_picture(office: Office) -> None:
    captcha = await office.make()
    picture = Image.open(io.BytesIO(b64decode(captcha.content)))
    assert (picture.format, picture.size, captcha.media_type) == ("PNG", (200, 70), "image/png")


@pytest.mark.parametrize("language", Language)
async def test_a_spoken_one(language: Language) -> None:
    shown = await CaptchaMedia().render(CaptchaKind.AUDIO, DIGITS[:LENGTH], language)
    with wave.open(io.BytesIO(shown.content)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8_000, 1, 1)
        assert 8 < sound.getnframes() / sound.getframerate() < 30
    assert shown.media_type == "audio/wav"


def test_every_digit_is_spoken_in_chinese() -> None:
    folder = VOICES / Language.ZH.value
    assert sorted(one.name for one in folder.iterdir()) == list(DIGITS)
    assert all(len(list(one.glob("*.wav"))) == 3 for one in folder.iterdir())


def test_answers_are_of_the_digits_that_are_told_apart() -> None:
    answers = {CaptchaMedia().new_answer() for _ in range(50)}
    assert len(answers) > 40
    assert all(len(answer) == LENGTH and set(answer) <= set(DIGITS) for answer in answers)
    assert "1" not in DIGITS
