"""What differs between two versions of the catalogue, said in the words of its files. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cases.guidance.files import document
from cases.guidance.views import CatalogueChange, ChangeKind

KEYS: Final = ("id", "code", "form", "channel", "name")
"""By which of these the parts of a list are told apart, so that a new one does not change those behind it."""
SHOWN_MAX: Final = 300
CHANGES_MAX: Final = 500


def changes_of(
    before: Mapping[str, str], after: Mapping[str, str]
) -> tuple[tuple[CatalogueChange, ...], int]:
    """What was added, removed and changed, by file and place in it; and how many there are in all, where they
    are more than are told one by one. Both are files that were read as a catalogue before.
    """
    found = list(_changes(before, after))
    return tuple(found[:CHANGES_MAX]), len(found)


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[CatalogueChange]:
    for name in sorted(before.keys() | after.keys()):
        old_text, new_text = before.get(name), after.get(name)
        if old_text == new_text:
            continue
        if old_text is None or new_text is None:
            kind = ChangeKind.ADDED if old_text is None else ChangeKind.REMOVED
            yield CatalogueChange(name, "", kind, "", "")
            continue
        old, new = _leaves(name, old_text), _leaves(name, new_text)
        for path in [*new, *(path for path in old if path not in new)]:
            was, now = old.get(path), new.get(path)
            if was == now:
                continue
            kind = ChangeKind.CHANGED
            if was is None or now is None:
                kind = ChangeKind.ADDED if was is None else ChangeKind.REMOVED
            yield CatalogueChange(name, path, kind, was or "", now or "")


def _leaves(name: str, text: str) -> dict[str, str]:
    """Every written value by its place, such as ``topics/T24/name/zh``."""
    return dict(_walk(document(name, text).content, ()))


def _walk(content: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    match content:
        case dict():
            for key, value in content.items():
                yield from _walk(value, (*path, str(key)))
        case list():
            key = next((one for one in KEYS if _tells_apart(content, one)), None)
            for number, value in enumerate(content, 1):
                yield from _walk(value, (*path, str(value[key]) if key is not None else str(number)))
        case _:
            yield "/".join(path), "" if content is None else str(content)[:SHOWN_MAX]


def _tells_apart(parts: list[Any], key: str) -> bool:
    found = [part.get(key) if isinstance(part, dict) else None for part in parts]
    return all(isinstance(one, str) for one in found) and len(set(found)) == len(found)
