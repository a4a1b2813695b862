"""From environment, settings file and command line to ``Settings``; and the page that documents them."""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from server.errors import ConfigurationError
from server.settings import GROUPS, MediaNode, Settings

PREFIX = "SHUITONG_"
FILE_VARIABLE = "SHUITONG_CONFIG"
S = TypeVar("S", bound=BaseModel)
OPTION_NAMES = {"data_dir": "--data"}
UNITS = {"_ms": "milliseconds", "_s": "seconds", "_bytes": "bytes", "_hz": "a second"}


@dataclass(frozen=True, slots=True)
class _Given:
    """A value and where it stands, for messages."""

    value: object
    origin: str


def load_settings(
    environment: Mapping[str, str], *, file: Path | None = None, options: Mapping[str, object] | None = None
) -> Settings:
    """The settings; a later source comes before an earlier: defaults, file, environment, ``options``.

    ``file``: else the one that ``SHUITONG_CONFIG`` names. ``options``: what the command line gave, setting
    name to value. Raises ``ConfigurationError`` with every problem found, unknown names among them.
    """
    return _checked(Settings, _given(environment, file, options))


def load_media_node(
    environment: Mapping[str, str], *, file: Path | None = None, options: Mapping[str, object] | None = None
) -> MediaNode:
    """The same of a machine that only carries calls: of other settings only the names are looked at."""
    return _checked(MediaNode, _given(environment, file, options))


def _given(
    environment: Mapping[str, str], file: Path | None, options: Mapping[str, object] | None
) -> dict[str, _Given]:
    named = file or (Path(environment[FILE_VARIABLE]) if environment.get(FILE_VARIABLE) else None)
    given: dict[str, _Given] = {}
    if named is not None:
        given |= _from_file(named)
    given |= _from_environment(environment)
    given |= {name: _Given(value, _option(name)) for name, value in (options or {}).items()}
    return given


def _checked(kind: type[S], given: Mapping[str, _Given]) -> S:
    problems = [
        _unknown(entry.origin, name) for name, entry in given.items() if name not in Settings.model_fields
    ]
    known = {name: entry for name, entry in given.items() if name in kind.model_fields}
    try:
        settings = kind.model_validate({name: entry.value for name, entry in known.items()})
    except ValidationError as error:
        raise ConfigurationError((*problems, *_problems(error, known))) from None
    if problems:
        raise ConfigurationError(tuple(problems))
    return settings


def _from_file(file: Path) -> dict[str, _Given]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError((f"{file}: cannot be read: {error.strerror}",)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # The position without the message around it, which may show a part of the file.
        where = str(error).rpartition("(")[2].rstrip(")") if "(at" in str(error) else "not UTF-8"
        raise ConfigurationError((f"{file}: is not a TOML file ({where})",)) from None
    return {name: _Given(value, f"{file}: {name}") for name, value in values.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, _Given]:
    return {
        name.removeprefix(PREFIX).lower(): _Given(value, name)
        for name, value in sorted(environment.items())
        if name.startswith(PREFIX) and name != FILE_VARIABLE
    }


def _option(name: str) -> str:
    return OPTION_NAMES.get(name, f"--{name.replace('_', '-')}")


def _unknown(origin: str, name: str) -> str:
    near = difflib.get_close_matches(name, Settings.model_fields, n=1)
    return f"{origin}: there is no such setting" + (f"; is {near[0]} meant?" if near else "")


def _problems(error: ValidationError, given: Mapping[str, _Given]) -> Iterator[str]:
    for found in error.errors(include_input=False, include_url=False, include_context=False):
        if found["type"] == "default_factory_not_called":
            # A default that follows from another setting, which has a problem of its own in this list.
            continue
        text = found["msg"].removeprefix("Value error, ")
        if found["loc"]:
            yield f"{_origin(str(found['loc'][0]), given)}: {text}"
            continue
        for line in text.splitlines():
            name, _, problem = line.partition(": ")
            yield f"{_origin(name, given)}: {problem}"


def _origin(name: str, given: Mapping[str, _Given]) -> str:
    return given[name].origin if name in given else PREFIX + name.upper()


def settings_page() -> str:
    """docs/SETTINGS.md."""
    parts = [_INTRODUCTION]
    for group in GROUPS:
        own = {name: group.model_fields[name] for name in group.__annotations__ if name in group.model_fields}
        rows = [_row(name, field) for name, field in own.items()]
        head = f"## {group.__doc__}\n\n| setting | unit | default | meaning |\n|---|---|---|---|\n"
        parts.append(head + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _row(name: str, field: FieldInfo) -> str:
    unit = next((unit for suffix, unit in UNITS.items() if name.endswith(suffix)), "")
    return f"| `{name}` | {unit} | {_default(field)} | {field.description} |"


def _default(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "default_text" in extra:
        return str(extra["default_text"])
    default: object = field.default
    if default is None or default == ():
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


_INTRODUCTION = """\
# Settings

Made from `server/settings.py` by `shuitong settings --markdown`; do not edit it by hand.

A setting is given in the environment as `SHUITONG_` and its name in capitals (`SHUITONG_PORT=8080`), or in a
TOML file (`port = 8080`) that `--config` or `SHUITONG_CONFIG` names. The environment comes before the
file, an option of the command line before both. In the environment a list is written with commas. Relative
paths count from the folder in which the server is started.

`shuitong check-config` looks at all of them without starting anything. A name that is not in this list, or a
value that cannot be used, is refused at start with its name.
"""
