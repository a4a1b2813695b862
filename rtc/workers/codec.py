"""Frozen dataclasses as JSON and back, by their annotations alone: added fields travel by themselves. Pure.

Of an older or newer version: fields that are not known here are left out, those that are missing take their
defaults; one without a default makes the message unreadable.
"""

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import orjson

from rtc.errors import MessageInvalid

T = TypeVar("T")


def encode(value: object) -> bytes:
    """JSON of dataclasses, enums, tuples, sets, mappings with names, and plain values.

    Raises MessageInvalid for anything else.
    """
    try:
        return orjson.dumps(value, default=_plain)
    except orjson.JSONEncodeError as error:
        raise MessageInvalid(f"cannot be encoded: {error}") from error


def _plain(value: object) -> object:
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)


def read(message: bytes, longest: int) -> Any:
    """JSON of at most so many bytes. Raises MessageInvalid."""
    if len(message) > longest:
        raise MessageInvalid(f"{len(message)} bytes")
    try:
        return orjson.loads(message)
    except orjson.JSONDecodeError as error:
        raise MessageInvalid("is not JSON") from error


def decode(kind: type[T], found: Any) -> T:
    """What `read` gave, as that type. Raises MessageInvalid, which names the place and never the value."""
    decoded: T = decode_as(kind, found)
    return decoded


def decode_as(kind: Any, found: Any, where: str = "message") -> Any:
    """The same for any annotation: unions, optional ones, tuples and mappings too."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _one_of(get_args(kind), found, where)
    if origin is not None:
        return _collection(origin, get_args(kind), found, where)
    if kind is None or kind is types.NoneType:
        return _checked(found is None, None, where)
    if is_dataclass(kind):
        return _dataclass(kind, found, where)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _made(lambda: kind(found), where)
    if kind is float:
        return _checked(type(found) in (int, float), found, where)
    if kind in (str, int, bool):
        return _checked(type(found) is kind, found, where)
    raise MessageInvalid(f"{where}: {kind} cannot travel")


def _checked(is_right: bool, found: Any, where: str) -> Any:
    if not is_right:
        raise MessageInvalid(f"{where} is of a wrong type")
    return found


def _made(make: Callable[[], Any], where: str) -> Any:
    try:
        return make()
    except (ValueError, TypeError) as error:
        raise MessageInvalid(f"{where} is not one of its values") from error


def _one_of(kinds: Sequence[Any], found: Any, where: str) -> Any:
    for kind in kinds:
        try:
            return decode_as(kind, found, where)
        except MessageInvalid as error:
            refused = error
    raise refused


def _collection(origin: Any, kinds: tuple[Any, ...], found: Any, where: str) -> Any:
    if isinstance(origin, type) and issubclass(origin, Mapping):
        entries = _checked(isinstance(found, dict), found, where)
        return {name: decode_as(kinds[1], value, f"{where}.{name}") for name, value in entries.items()}
    items = _checked(isinstance(found, list), found, where)
    if origin is tuple and not (len(kinds) == 2 and kinds[1] is ...):
        _checked(len(items) == len(kinds), items, where)
        return tuple(decode_as(kind, item, where) for kind, item in zip(kinds, items, strict=True))
    if origin in (tuple, list, frozenset):
        return origin(decode_as(kinds[0], item, where) for item in items)
    raise MessageInvalid(f"{where}: {origin} cannot travel")


def _dataclass(kind: Any, found: Any, where: str) -> Any:
    entries = _checked(isinstance(found, dict), found, where)
    arguments: dict[str, Any] = {}
    for name, annotation, field in _fields(kind):
        if name in entries:
            arguments[name] = decode_as(annotation, entries[name], f"{where}.{name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise MessageInvalid(f"{where}.{name} is missing")
    return _made(lambda: kind(**arguments), where)


@cache
def _fields(kind: Any) -> tuple[tuple[str, Any, Field[Any]], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, hints[field.name], field) for field in fields(kind) if field.init)
