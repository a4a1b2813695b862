"""Catalogue files as they are written: read with the line of each part. Pure but for `read_folder`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from cases.guidance.errors import CatalogueInvalid, ContentFault

SUFFIXES: Final = (".yaml", ".json")
FILES_MAX: Final = 200
FILE_MAX_CHARACTERS: Final = 1_000_000
DEPTH_MAX: Final = 20
PLAIN_TAGS: Final = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("bool", "float", "int", "null", "str"))

M = TypeVar("M", bound=BaseModel)


def read_folder(folder: Path) -> dict[str, str]:
    """The text of each file, by its path below the folder. Raises CatalogueInvalid, OSError."""
    files = sorted(file for file in folder.rglob("*") if file.suffix in SUFFIXES and file.is_file())
    if not files:
        raise CatalogueInvalid((ContentFault(str(folder), 1, "no catalogue is there"),))
    if len(files) > FILES_MAX:
        raise CatalogueInvalid((ContentFault(str(folder), 1, f"more than {FILES_MAX} files"),))
    texts = {}
    for file in files:
        name = file.relative_to(folder).as_posix()
        try:
            texts[name] = file.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise CatalogueInvalid((ContentFault(name, 1, "not UTF-8"),)) from error
        if len(texts[name]) > FILE_MAX_CHARACTERS:
            raise CatalogueInvalid((ContentFault(name, 1, "too long"),))
    return texts


@dataclass(frozen=True, slots=True)
class Document:
    """A file: its content, and the line of each part by its path."""

    name: str
    content: Any
    lines: Mapping[tuple[str | int, ...], int]

    def line(self, *path: str | int) -> int:
        """Of that part, or of what it would be in."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def fault(self, why: str, *path: str | int) -> ContentFault:
        return ContentFault(self.name, self.line(*path), why)

    def as_(self, kind: type[M]) -> M:
        """Raises CatalogueInvalid with all that does not fit."""
        try:
            return kind.model_validate(self.content)
        except ValidationError as error:
            faults = tuple(
                self.fault(f"{'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg']}", *one["loc"])
                for one in error.errors(include_url=False, include_input=False)
            )
            raise CatalogueInvalid(faults) from error


def document(name: str, text: str) -> Document:
    """Read YAML (of which JSON is a part), stricter than YAML is: no key twice, no aliases (a few lines could
    say gigabytes with them), nothing deeper than DEPTH_MAX. Raises CatalogueInvalid.
    """
    try:
        return _Reading(name, text).document()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise CatalogueInvalid((ContentFault(name, line, error.problem or "no YAML"),)) from error
    except yaml.YAMLError as error:
        raise CatalogueInvalid((ContentFault(name, 1, "no YAML"),)) from error
    except (ValueError, RecursionError) as error:
        raise CatalogueInvalid((ContentFault(name, 1, f"not readable: {error}"),)) from error


class _Reading:
    """One file, composed once with libyaml: PyYAML's own reader takes ten times as long at each start."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._loader = yaml.CSafeLoader(text)
        self._lines: dict[tuple[str | int, ...], int] = {}
        self._faults: list[ContentFault] = []
        self._seen: set[int] = set()

    def document(self) -> Document:
        try:
            node = self._loader.get_single_node()
            content = None if node is None else self._value(node, ())
        finally:
            self._loader.dispose()
        if self._faults:
            raise CatalogueInvalid(tuple(self._faults))
        return Document(self._name, content, self._lines)

    def _value(self, node: yaml.Node, path: tuple[str | int, ...]) -> Any:
        line = node.start_mark.line + 1
        # Where a value begins on the next line, its key is what people look for.
        self._lines.setdefault(path, line)
        if id(node) in self._seen:
            self._faults.append(ContentFault(self._name, line, "an alias; write it out"))
            return None
        if len(path) > DEPTH_MAX:
            self._faults.append(ContentFault(self._name, line, "too deep"))
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(one, (*path, number)) for number, one in enumerate(node.value)]
        if node.tag in PLAIN_TAGS:
            return self._loader.construct_object(node)
        # A date, or a tag of somebody's own: as it is written.
        return node.value

    def _mapping(self, node: yaml.MappingNode, path: tuple[str | int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in found:
                self._faults.append(ContentFault(self._name, line, f"{key} is there twice"))
            self._lines[*path, key] = line
            found[key] = self._value(value_node, (*path, key))
        return found
