"""The files of deploy/ name what there is: settings, commands, ports."""

import re
from configparser import ConfigParser
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from server.cli import main
from server.settings import MediaNode, Settings

DEPLOY: Final = Path(__file__).parents[2] / "deploy"
UNITS: Final = {"shuitong-web@.service": "serve", "shuitong-media@.service": "media-worker"}


class Unit(ConfigParser):
    """A unit of systemd, in which names have capitals, and may come twice."""

    def __init__(self) -> None:
        super().__init__(strict=False, interpolation=None, delimiters=("=",))

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def settings_in(text: str) -> set[str]:
    return {name.lower() for name in re.findall(r"^\s*SHUITONG_([A-Z0-9_]+)\s*[=:]", text, re.MULTILINE)}


@pytest.mark.parametrize("file", sorted(DEPLOY.glob("systemd/*.env.example")), ids=lambda file: file.name)
def test_the_examples_for_systemd_name_settings(file: Path) -> None:
    kind = MediaNode if file.name.startswith("media") else Settings
    named = settings_in(file.read_text("utf-8"))
    assert named
    assert named <= kind.model_fields.keys()


@pytest.mark.parametrize(("name", "command"), UNITS.items())
def test_the_units_of_systemd_start_what_there_is(name: str, command: str) -> None:
    unit = Unit()
    unit.read(DEPLOY / "systemd" / name)
    service = unit["Service"]
    assert service["ExecStart"].split() == ["/opt/shuitong/bin/shuitong", command]
    assert command in main.commands
    # Longer than what it does when it is told to end.
    drain_s = (MediaNode if command == "media-worker" else Settings).model_fields["media_worker_drain_ms"]
    least_s = drain_s.default / 1_000 if command == "media-worker" else 10
    assert int(service["TimeoutStopSec"]) > least_s


def test_the_compose_file_names_settings_and_gives_what_is_needed() -> None:
    composed: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    services = composed["services"]
    for name in ("web1", "web2", "media1", "media2"):
        kind = MediaNode if name.startswith("media") else Settings
        given = {one.removeprefix("SHUITONG_").lower() for one in services[name]["environment"]}
        assert given <= kind.model_fields.keys(), name
    assert {"identity_keys", "index_key", "public_url", "proxies", "metrics_token"} <= {
        one.removeprefix("SHUITONG_").lower() for one in services["web1"]["environment"]
    }
    wanted = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)\}", (DEPLOY / "compose.yaml").read_text("utf-8")))
    example = (DEPLOY / ".env.example").read_text("utf-8")
    assert wanted == set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    # What the template of nginx asks for is what compose gives it.
    template = (DEPLOY / "nginx" / "shuitong.conf.template").read_text("utf-8")
    asked = set(re.findall(r"\$\{(SHUITONG_[A-Z_]+)\}", template))
    assert asked == {one for one in services["nginx"]["environment"] if one.startswith("SHUITONG_")}


def test_the_threat_model_names_tests_that_there_are() -> None:
    root = DEPLOY.parent
    named = re.findall(r"`(tests/[^`\s]+)`", (root / "docs" / "THREATS.md").read_text("utf-8"))
    assert len(named) > 30
    for path in named:
        file, _, test = path.partition("::")
        assert (root / file).exists(), path
        assert not test or f"def {test}(" in (root / file).read_text("utf-8"), path
