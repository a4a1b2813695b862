"""Captchas whose answer a test knows, by the key that only the server has."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Final

from sqlalchemy import select

from cases.booking.captcha_media import DIGITS, LENGTH
from cases.booking.tables import captchas
from cases.database import Database
from cases.sealing import Sealer, new_id

ANSWER: Final = "23456"


async def answer_of(database: Database, sealer: Sealer, captcha_id: str) -> str:
    """Tries all of them: 59,049 keyed digests take a tenth of a second."""
    async with database.reading() as connection:
        wanted = await connection.scalar(
            select(captchas.c.answer_index).where(captchas.c.captcha_id == captcha_id)
        )
    for digits in product(DIGITS, repeat=LENGTH):
        answer = "".join(digits)
        if sealer.index(f"captcha:{captcha_id}:{answer}") == wanted:
            return answer
    raise AssertionError("the captcha has no answer")


async def put_captchas(
    database: Database, sealer: Sealer, taxpayer_ids: Sequence[str], now_ms: int
) -> Mapping[str, str]:
    """A captcha for each of them, by whom it is for; the answer of all is ANSWER."""
    made = {taxpayer_id: new_id() for taxpayer_id in taxpayer_ids}
    async with database.writing() as connection:
        for taxpayer_id, captcha_id in made.items():
            await connection.execute(
                captchas.insert().values(
                    captcha_id=captcha_id,
                    taxpayer_id=taxpayer_id,
                    address_index="none",
                    answer_index=sealer.index(f"captcha:{captcha_id}:{ANSWER}"),
                    made_at_ms=now_ms,
                    expires_at_ms=now_ms + 180_000,
                    state="open",
                )
            )
    return made
