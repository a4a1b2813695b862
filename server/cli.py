"""``shuitong``: the installed command. Heavy imports wait until a command needs them."""

import base64
import errno
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, ParamSpec

import click

from server.configuration import FILE_VARIABLE, load_settings, settings_page
from server.errors import LoadRefused, MediaPortUnavailable, ServerError
from server.settings import KEY_BYTES, Settings

P = ParamSpec("P")

INTERRUPTED: Final = 128 + signal.SIGINT

# What the person who starts the server can mend; any other OSError keeps its traceback.
_BIND_ERRORS = frozenset({errno.EADDRINUSE, errno.EADDRNOTAVAIL})
_PERMISSION_ERRORS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ENOSPC})


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Shuitong: ticket queue, officer's call and video for tax business."""


def _plain_errors(command: Callable[P, int]) -> Callable[P, None]:
    """End with the command's exit code; what the caller can mend is said in one line a problem."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = command(*args, **kwargs)
        except ServerError as error:
            for line in str(error).splitlines():
                click.echo(f"shuitong: {line}", err=True)
            code = error.exit_code
        except OSError as error:
            if (text := _said_plainly(error)) is None:
                raise
            click.echo(f"shuitong: {text}", err=True)
            code = 1
        except KeyboardInterrupt:
            # Ctrl-C before the command could look after it: nothing was begun that has to be ended.
            code = INTERRUPTED
        raise SystemExit(code)

    return run


def _said_plainly(error: OSError) -> str | None:
    if error.errno in _BIND_ERRORS:
        return f"{error.strerror}; --port chooses another"
    if error.errno in _PERMISSION_ERRORS:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}"
    return None


def _settings(config: Path | None, options: dict[str, object]) -> Settings:
    given = {name: value for name, value in options.items() if value is not None}
    return load_settings(os.environ, file=config, options=given)


_config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Settings file (TOML); {FILE_VARIABLE} names one too.",
)


@main.command()
@_config_option
@click.option(
    "--demo", is_flag=True, default=None, help="With a demo hall and accounts; never in production."
)
@click.option("--host", help="Address to listen on.")
@click.option("--port", help="TCP port of the web server; 0: any free one.")
@click.option("--media-port", help="UDP port of all calls; 0: any free one.")
@click.option("--data", "data_dir", help="Folder of everything that is kept.")
@click.option("--tls-cert", help="PEM file of the certificate chain.")
@click.option("--tls-key", help="PEM file of the private key.")
@_plain_errors
def serve(config: Path | None, **options: object) -> int:
    """Run the server until SIGINT or SIGTERM."""
    settings = _settings(config, options)
    from rtc.errors import MediaUnavailable
    from server import app

    try:
        return app.serve(settings)
    except MediaUnavailable as error:
        raise MediaPortUnavailable(f"{error}; --media-port chooses another") from error


@main.command("check-config")
@_config_option
@_plain_errors
def check_config(config: Path | None) -> int:
    """Look at every setting without starting anything; exit code 2 when one cannot be used."""
    _settings(config, {})
    click.echo("the settings can be used")
    return 0


@main.command("settings")
@click.option("--markdown", is_flag=True, help="As docs/SETTINGS.md has them.")
@_plain_errors
def list_settings(markdown: bool) -> int:
    """Every setting with its unit, default and meaning."""
    page = settings_page()
    # Without the markup of the page for reading in a terminal.
    click.echo(page if markdown else page.replace("`", "").replace("|---|---|---|---|\n", ""), nl=False)
    return 0


@main.command("new-key")
@_plain_errors
def new_key() -> int:
    """Make a key for identity_keys or index_key."""
    click.echo(base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii"))
    return 0


@main.command("features")
@click.option("--json", "as_json", is_flag=True, help="Row → names of the tests that passed.")
@_plain_errors
def list_features(as_json: bool) -> int:
    """The rows of docs/FEATURES.md and the tests that passed for each in the last ./run test."""
    from server.features import read_features, read_results, table

    features, results = read_features(), read_results()
    if as_json:
        rows = {feature.row: results.get(feature.row, []) for feature in features}
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        click.echo(table(features, results))
    return 0


@main.command("bench")
@click.argument("name", required=False)
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the result here."
)
@_plain_errors
def run_bench(name: str | None, json_file: Path | None) -> int:
    """Run one benchmark; without NAME list them."""
    from server.benchmarks import frame, table

    if name is None:
        for entry in table.BENCHES:
            click.echo(f"{entry.name:<16} {entry.purpose}")
        return 0
    started_s = time.monotonic()

    def say(part: str) -> None:
        click.echo(f"[{time.monotonic() - started_s:4.0f} s] {part}", err=True)

    result = frame.run(table.find(name), say)
    if json_file is not None:
        frame.write(result, json_file)
    for key, value in result.summary.items():
        click.echo(f"{key:<40} {value}")
    return 0


@main.command("load")
@click.option(
    "--url", help="The server to load, with its demo accounts; none: one that is started for the run."
)
@click.option("--taxpayers", default=50, show_default=True, help="How many come.")
@click.option("--officers", default=2, show_default=True, help="How many serve them.")
@click.option(
    "--rate", "rate_per_s", default=5.0, show_default=True, help="Mean arrivals a second (Poisson)."
)
@click.option("--no-show", default=0.1, show_default=True, help="Share of taxpayers who do not answer.")
@click.option("--think-s", default=1.0, show_default=True, help="Mean time until a call is confirmed.")
@click.option("--service-s", default=3.0, show_default=True, help="Mean time that a ticket takes.")
@click.option("--patience-s", default=6.0, show_default=True, help="An unanswered call is abandoned then.")
@click.option("--minutes", default=5.0, show_default=True, help="No later: who waits then cancels.")
@click.option(
    "--seed", default=1, show_default=True, help="The same seed makes the same arrivals and choices."
)
@click.option(
    "--officer-logins",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="With --url: a file with a staff number and a password a line; none: those of the demo.",
)
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the result here."
)
@_plain_errors
def run_load(
    *,
    url: str | None,
    think_s: float,
    service_s: float,
    patience_s: float,
    minutes: float,
    officer_logins: Path | None,
    json_file: Path | None,
    **counts: Any,
) -> int:
    """Taxpayers and officers as real clients, who check what they are shown. Exit code 1: a rule broke."""
    from loadtests.scenario import Scenario
    from server import load

    try:
        scenario = Scenario(
            think_mean_ms=round(think_s * 1_000),
            service_mean_ms=round(service_s * 1_000),
            patience_ms=round(patience_s * 1_000),
            longest_ms=round(minutes * 60_000),
            **counts,
        )
    except ValueError as error:
        raise LoadRefused(str(error)) from error
    live = sys.stdout.isatty()
    logins = load.read_logins(officer_logins)
    return load.run(load.LoadRequest(scenario, url, logins, json_file, live), click.echo)


@main.command("generate-types")
@click.option("--check", is_flag=True, help="Only say whether the files are fresh.")
@_plain_errors
def generate_types(check: bool) -> int:
    """Write the web client's types from the events and the HTTP interface."""
    from server import generate_types as generator

    return generator.main(check=check)


@main.command("version")
@_plain_errors
def show_version() -> int:
    """The version of this installation."""
    click.echo(version("shuitong"))
    return 0
