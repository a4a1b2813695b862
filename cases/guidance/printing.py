"""一次性告知书 as a page of its own, to be printed or saved (S5). Pure.

Without scripts, pictures and links to elsewhere: what was saved looks the same for ever.
"""

from collections.abc import Iterable
from html import escape
from typing import Final

from cases.guidance.models import MaterialNeed
from cases.guidance.views import ChannelView, MaterialView, NoticeView
from cases.problems import Language
from cases.views.names import Bilingual

STYLE: Final = (
    "body{font:16px/1.6 sans-serif;max-width:46em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid;padding:.3em .5em;text-align:left}"
    "h1{font-size:1.5em}h2{font-size:1.1em}footer{border-top:1px solid;margin-top:2em}"
)
TITLE: Final = Bilingual("一次性告知书", "One-time notice")
STEP: Final = Bilingual("业务办理节点", "Step")
OVERVIEW: Final = Bilingual("事项概述", "Overview")
MATERIALS: Final = Bilingual("办理材料", "What to bring")
MATERIAL: Final = Bilingual("材料", "Material")
NEEDED: Final = Bilingual("要求", "Needed")
COPIES: Final = Bilingual("份数（到大厅办理时）", "Copies (at a counter)")
TIME_LIMIT: Final = Bilingual("承诺办理时限", "Promised time")
FEE: Final = Bilingual("收费", "Fee")
BASIS: Final = Bilingual("政策依据", "Legal basis")
NOTE: Final = Bilingual("说明", "Note")
CHANNELS: Final = Bilingual("办理路径（按推荐顺序）", "Where to do it, the best first")
SEEN: Final = Bilingual("查验原件后退回", "the original is looked at and given back")
UNVERIFIED: Final = Bilingual(
    "部分内容尚待核对，办理前请向主管税务机关确认。",
    "Parts of this are still to be checked. Please ask your tax office before you rely on them.",
)
CHECKED_ON: Final = Bilingual("核对日期", "Checked on")
VERSION: Final = Bilingual("目录版本", "Catalogue version")
NEEDS: Final = {
    MaterialNeed.REQUIRED: Bilingual("必报", "required"),
    MaterialNeed.CONDITIONAL: Bilingual("条件报送", "where it applies"),
    MaterialNeed.NOTE: Bilingual("须知", "to be known"),
}


def notice_page(notice: NoticeView, language: Language) -> str:
    """The notice as HTML, in one language."""
    return _Page(language).page(notice)


class _Page:
    def __init__(self, language: Language) -> None:
        self._language = language

    def _said(self, words: Bilingual) -> str:
        return escape(words.en if self._language is Language.EN else words.zh)

    def _part(self, title: Bilingual, *lines: str) -> str:
        return f"<h2>{self._said(title)}</h2>{''.join(lines)}"

    def page(self, notice: NoticeView) -> str:
        title = f"{self._said(TITLE)} · {self._said(notice.title)}"
        parts = [
            f"<h1>{title}</h1>",
            f"<p>{self._said(STEP)}: {self._said(notice.node)}</p>",
            self._part(OVERVIEW, f"<p>{self._said(notice.overview)}</p>"),
            self._part(MATERIALS, self._materials(notice.materials)),
            self._part(TIME_LIMIT, f"<p>{self._said(notice.time_limit)}</p>"),
            self._part(FEE, f"<p>{self._said(notice.fee)}</p>"),
            self._part(BASIS, f"<p>{self._said(notice.basis)}</p>"),
        ]
        if notice.note is not None:
            parts.append(self._part(NOTE, f"<p>{self._said(notice.note)}</p>"))
        parts += [self._part(CHANNELS, self._channels(notice)), self._footer(notice)]
        return (
            f'<!doctype html><html lang="{self._language.value}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
            f"<style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
        )

    def _materials(self, materials: Iterable[MaterialView]) -> str:
        head = "".join(f"<th>{self._said(one)}</th>" for one in (MATERIAL, NEEDED, COPIES))
        rows = "".join(f"<tr>{self._material(one)}</tr>" for one in materials)
        return f"<table><tr>{head}</tr>{rows}</table>"

    def _material(self, material: MaterialView) -> str:
        copies = [str(material.copies)] if material.copies else []
        if material.original_seen:
            copies.append(self._said(SEEN))
        cells = (self._said(material.text), self._said(NEEDS[material.need]), " · ".join(copies) or "—")
        return "".join(f"<td>{cell}</td>" for cell in cells)

    def _channels(self, notice: NoticeView) -> str:
        lines = "".join(f"<li>{self._channel(one)}</li>" for one in notice.channels)
        return f"<ol>{lines}</ol>"

    def _channel(self, channel: ChannelView) -> str:
        where = f" ({escape(channel.url)})" if channel.url else ""
        return f"{self._said(channel.name)}: {self._said(channel.about)}{where}"

    def _footer(self, notice: NoticeView) -> str:
        lines = [self._said(notice.caution)]
        if not notice.is_verified:
            lines.append(self._said(UNVERIFIED))
        lines.append(
            f"{self._said(CHECKED_ON)}: {notice.checked_on.isoformat()} · "
            f"{self._said(VERSION)}: {escape(notice.version)}"
        )
        return f"<footer>{''.join(f'<p>{line}</p>' for line in lines)}</footer>"
