"""What a captcha looks and sounds like, from the library ``captcha``."""

import asyncio
import base64
import secrets
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cases.problems import Language

if TYPE_CHECKING:
    from captcha.audio import AudioCaptcha
    from captcha.image import ImageCaptcha

DIGITS: Final = "023456789"
"""Without 1: read aloud in Chinese it is taken for 7."""
LENGTH: Final = 5
KNOWN_ANSWER: Final = "23456"
"""Of every captcha where load tests answer them, which only a demo allows."""
WIDTH_PX, HEIGHT_PX = 200, 70
VOICES: Final = Path(__file__).parent / "voices"
"""A folder a language, as the library wants it: one for each digit, with its wave files."""


class CaptchaKind(StrEnum):
    IMAGE = "image"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class Shown:
    media_type: str
    content: bytes

    @property
    def base64(self) -> str:
        return base64.b64encode(self.content).decode("ascii")


class CaptchaMedia:
    """Draws and speaks, in a thread, one at a time: a spoken one takes a fifth of a second of a core."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)

    def new_answer(self) -> str:
        """A random answer."""
        return "".join(secrets.choice(DIGITS) for _ in range(LENGTH))

    async def render(self, kind: CaptchaKind, answer: str, language: Language) -> Shown:
        """A PNG picture, or a wave file (8 kHz, 8 bit, mono) in that language."""
        async with self._turn:
            if kind is CaptchaKind.IMAGE:
                return Shown("image/png", await asyncio.to_thread(_picture, answer))
            return Shown("audio/wav", await asyncio.to_thread(_speech, answer, language))


class KnownCaptchaMedia(CaptchaMedia):
    """All captchas have the answer that everybody knows, and are drawn like others."""

    def new_answer(self) -> str:
        return KNOWN_ANSWER


def _picture(answer: str) -> bytes:
    return _pictures().generate(answer).getvalue()


def _speech(answer: str, language: Language) -> bytes:
    return bytes(_speakers(language).generate(answer))


@cache
def _pictures() -> "ImageCaptcha":
    from captcha.image import ImageCaptcha

    return ImageCaptcha(WIDTH_PX, HEIGHT_PX)


@cache
def _speakers(language: Language) -> "AudioCaptcha":
    from captcha.audio import AudioCaptcha

    # The library's own voice speaks English.
    return AudioCaptcha(None if language is Language.EN else str(VOICES / language.value))
