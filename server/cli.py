"""``shuitong``: the installed command. Heavy imports wait until a command needs them."""

import base64
import errno
import json
import os
import re
import secrets
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial, wraps
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, ParamSpec

import click

from server.configuration import FILE_VARIABLE, load_media_node, load_settings, settings_page
from server.errors import (
    BackupFailed,
    ConfigurationError,
    MediaPortUnavailable,
    RetentionFailed,
    ServerError,
)
from server.garbage import start_quickly
from server.settings import KEY_BYTES, Settings

P = ParamSpec("P")

LANGUAGE_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
INTERRUPTED: Final = 128 + signal.SIGINT

# What the person who starts the server can mend; any other OSError keeps its traceback.
_BIND_ERRORS = frozenset({errno.EADDRINUSE, errno.EADDRNOTAVAIL})
_PERMISSION_ERRORS = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ENOSPC, errno.ENOENT, errno.EISDIR}
)


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
    start_quickly()
    from rtc.errors import MediaUnavailable
    from server import app

    try:
        return app.serve(settings)
    except MediaUnavailable as error:
        raise MediaPortUnavailable(f"{error}; --media-port chooses another") from error


@main.command("media-worker")
@_config_option
@click.option("--host", help="Address that media arrive at, unless media_host names another.")
@click.option("--media-port", help="UDP port of its calls; 0: any free one.")
@click.option("--worker-id", hidden=True)
@click.option("--owner", hidden=True)
@click.option("--socket", "descriptor", type=int, hidden=True)
@_plain_errors
def media_worker(
    config: Path | None,
    *,
    worker_id: str | None,
    owner: str | None,
    descriptor: int | None,
    **options: object,
) -> int:
    """Carry calls for the servers that use the same Redis, until SIGINT, or SIGTERM and its calls' end."""
    given = {name: value for name, value in options.items() if value is not None}
    settings = load_media_node(os.environ, file=config, options=given)
    start_quickly()
    from rtc.errors import MediaUnavailable
    from server import media_worker as worker

    started = None
    if worker_id is not None and owner is not None and descriptor is not None:
        started = worker.Started(worker_id, owner, descriptor)
    try:
        return worker.run(settings, started)
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


@main.command("doctor")
@_config_option
@click.option("--demo", is_flag=True, default=None, help="Of a demo's data folder.")
@click.option("--data", "data_dir", help="Folder of everything that is kept.")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="None: that of the terminal.")
@click.option("--json", "as_json", is_flag=True, help="For a program.")
@_plain_errors
def doctor(config: Path | None, *, lang: str | None, as_json: bool, **options: object) -> int:
    """Look at all that a server needs, and say what to do about what is wrong; exit code 1 where it cannot
    work. A server may run meanwhile.
    """
    import asyncio

    from cases.problems import Language
    from server.doctor import visit

    own = next((os.environ[name] for name in LANGUAGE_VARIABLES if os.environ.get(name)), "")
    language = Language.ZH if (lang or own).startswith("zh") else Language.EN
    try:
        settings = _settings(config, options)
    except ConfigurationError as error:
        found = visit.refused(error.problems)
    else:
        found = asyncio.run(visit.visit(settings))
    if as_json:
        click.echo(visit.as_json(found, language))
    else:
        for line in visit.lines(found, language):
            click.echo(line)
    return visit.exit_code(found)


@main.command("check-catalogue")
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@_plain_errors
def check_catalogue(folder: Path | None) -> int:
    """Look at every file of a guidance catalogue (without FOLDER: the one of this version); exit code 1 and a
    line for each fault where some are wrong.
    """
    from cases.guidance.catalogue import SHIPPED
    from cases.guidance.errors import CatalogueInvalid
    from cases.guidance.files import read_folder
    from cases.guidance.loading import bundle_of

    try:
        bundle = bundle_of(read_folder(folder or SHIPPED))
    except CatalogueInvalid as error:
        click.echo(str(error))
        return 1
    click.echo(f"version {bundle.version}: {len(bundle.topics)} topics, {len(bundle.forms)} forms")
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


@main.command("create-admin")
@click.argument("staff_number")
@click.argument("name")
@_config_option
@click.option("--demo", is_flag=True, default=None, help="In a demo's data folder.")
@click.option("--data", "data_dir", help="Folder of everything that is kept.")
@click.option("--hall", "hall_id", help="Id of the admin's hall; needed where there are several.")
@click.option("--another", is_flag=True, help="Also where there is an admin already.")
@_plain_errors
def create_admin(
    *,
    staff_number: str,
    name: str,
    config: Path | None,
    hall_id: str | None,
    another: bool,
    **options: object,
) -> int:
    """Make the first admin, and the first hall where there is none; print a one-time password, once."""
    settings = _settings(config, options)
    from server import first_admin

    wanted = first_admin.WantedAdmin(staff_number, name, hall_id, another)
    return first_admin.create(settings, wanted, click.echo)


@main.command("rotate-keys")
@_config_option
@click.option("--demo", is_flag=True, default=None, help="Of a demo's data folder.")
@click.option("--data", "data_dir", help="Folder of everything that is kept.")
@_plain_errors
def rotate_keys(config: Path | None, **options: object) -> int:
    """Seal everything in the records with the first key of identity_keys; then the others can go.

    Servers may run meanwhile; they have to have the new key in front already.
    """
    settings = _settings(config, options)
    from server import rotating

    return rotating.rotate(settings, click.echo)


@main.command("verify-audit")
@_config_option
@click.option("--demo", is_flag=True, default=None, help="Of a demo's data folder.")
@click.option("--data", "data_dir", help="Folder of everything that is kept.")
@click.option("--json", "as_json", is_flag=True, help="With the head of the chain, to be kept elsewhere.")
@_plain_errors
def verify_audit(config: Path | None, *, as_json: bool, **options: object) -> int:
    """Look whether the audit trail is whole; exit code 1 and the faults where it is not.

    Servers may run meanwhile.
    """
    settings = _settings(config, options)
    from server import verifying

    return verifying.verify_audit(
        settings, click.echo, lambda line: click.echo(line, err=True), as_json=as_json
    )


_data_options = (
    _config_option,
    click.option("--demo", is_flag=True, default=None, help="Of a demo's data folder."),
    click.option("--data", "data_dir", help="Folder of everything that is kept."),
    click.option("--json", "as_json", is_flag=True, help="Say what was done as JSON."),
    click.option("--quiet", is_flag=True, help="Do not say how far it is."),
)


def _of_data(command: Callable[P, None]) -> Callable[P, None]:
    for option in reversed(_data_options):
        command = option(command)
    return command


def _progress(quiet: bool) -> Callable[[str], object]:
    return (lambda _text: None) if quiet else (lambda text: click.echo(text, err=True))


@main.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--verify", is_flag=True, help="Only look through FILE, a backup that is there.")
@click.option("--allow-missing", is_flag=True, help="Make it even where stored files are missing.")
@_of_data
@_plain_errors
def make_backup(
    file: Path,
    config: Path | None,
    *,
    verify: bool,
    allow_missing: bool,
    as_json: bool,
    quiet: bool,
    **options: object,
) -> int:
    """Write records and stored files into FILE, while servers run. Keys and Redis are not in it."""
    from cases.errors import CaseworkError
    from server.backup import checking, making, saying

    say = _progress(quiet)
    try:
        if verify:
            checked = checking.check(file, say)
            click.echo(saying.said(file, checked.manifest, checked.sha256, checked.size_bytes, as_json))
        else:
            made = making.make(_settings(config, options), file, allow_missing=allow_missing, say=say)
            click.echo(saying.said(file, made.manifest, made.sha256, made.size_bytes, as_json))
    except CaseworkError as error:
        raise BackupFailed(f"{error.code}: {error}") from error
    return 0


@main.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_of_data
@_plain_errors
def restore_backup(file: Path, config: Path | None, *, as_json: bool, quiet: bool, **options: object) -> int:
    """Put the backup FILE into empty records; it is looked through before anything is written."""
    settings = _settings(config, options)
    from cases.errors import CaseworkError
    from server.backup import restoring, saying

    try:
        checked = restoring.restore(settings, file, _progress(quiet))
    except CaseworkError as error:
        raise BackupFailed(f"{error.code}: {error}") from error
    click.echo(saying.said(file, checked.manifest, checked.sha256, checked.size_bytes, as_json))
    return 0


@main.command("retention")
@_config_option
@click.option("--demo", is_flag=True, default=None, help="Of a demo's data folder.")
@click.option("--data", "data_dir", help="Folder of everything that is kept.")
@click.option("--dry-run", is_flag=True, help="Only count what is over.")
@_plain_errors
def run_retention(config: Path | None, *, dry_run: bool, **options: object) -> int:
    """Take away now what is over by the retention settings, whatever the hour; counts by rule as JSON."""
    settings = _settings(config, options)
    from cases.errors import CaseworkError
    from server import retaining

    try:
        counts = retaining.run_once(settings, dry_run=dry_run)
    except CaseworkError as error:
        raise RetentionFailed(f"{error.code}: {error}") from error
    click.echo(json.dumps({"dry_run": dry_run, "rules": counts}))
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


def _sizes(cases: str) -> tuple[int, ...]:
    """Raises click.BadParameter."""
    if not re.fullmatch(r"[1-9][0-9]{0,7}(,[1-9][0-9]{0,7})*", cases):
        raise click.BadParameter("such as 1000,100000", param_hint="--cases")
    return tuple(map(int, cases.split(",")))


@main.command("bench")
@click.argument("name", required=False)
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the result here."
)
@click.option("--cases", help="Of api: with how many cases the growth is measured, with commas.")
@click.option("--quick", is_flag=True, help="A short form, where there is one: for a look, not for figures.")
@_plain_errors
def run_bench(*, name: str | None, json_file: Path | None, cases: str | None, quick: bool) -> int:
    """Run one benchmark; without NAME list them."""
    from server.benchmarks import api, frame, table

    if name is None:
        for entry in table.BENCHES:
            click.echo(f"{entry.name:<16} {entry.purpose}")
        return 0
    started_s = time.monotonic()

    def say(part: str) -> None:
        click.echo(f"[{time.monotonic() - started_s:4.0f} s] {part}", err=True)

    bench = table.find(name)
    if cases is not None:
        bench = replace(bench, measure=partial(api.api, sizes=_sizes(cases)))
    result = frame.run(bench, say, quick=quick)
    if json_file is not None:
        frame.write(result, json_file)
    for key, value in result.summary.items():
        click.echo(f"{key:<40} {value}")
    return 0


@main.command("soak")
@click.option("--calls", default=50, show_default=True, type=click.IntRange(min=1), help="Calls at a time.")
@click.option("--minutes", default=10.0, show_default=True, help="How long.")
@_plain_errors
def run_soak(calls: int, minutes: float) -> int:
    """Calls with media that come and go through a media relay of its own. Exit code 1: a rule broke."""
    from server.benchmarks.relay_soak import SoakPlan, soak

    plan = SoakPlan(calls, minutes * 60, renewed=max(1, calls // 10))
    report = soak(plan, lambda part: click.echo(part, err=True))
    for fault in report.faults:
        click.echo(f"FAULT {fault}")
    click.echo(
        f"{report.calls} calls in {report.turns} turns: {report.sent:,} packets sent, "
        f"{report.received:,} arrived, {report.lost:,} lost "
        f"({report.overflows:,} at a full socket), {report.twice} twice, "
        f"{report.late} out of order; memory {report.growth_bytes / 1e6:+.1f} MB"
    )
    return 1 if report.faults else 0


@main.command("load")
@click.option(
    "--url", help="The server to load, with its demo accounts; none: one that is started for the run."
)
@click.option(
    "--scenario",
    "scenario_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A scenario file, as in loadtests/scenarios; options beside it count instead of what it says.",
)
@click.option("--taxpayers", type=int, help="How many come at most. [50]")
@click.option("--officers", type=int, help="How many serve them. [2]")
@click.option("--rate", "rate_per_s", type=float, help="Mean arrivals a second (Poisson). [5]")
@click.option("--no-show", type=float, help="Share of taxpayers who do not answer. [0.1]")
@click.option("--think-s", type=float, help="Mean time until a call is confirmed. [1]")
@click.option("--service-s", type=float, help="Mean time that a ticket takes. [3]")
@click.option("--patience-s", type=float, help="An unanswered call is abandoned then. [6]")
@click.option("--minutes", type=float, help="No later: who waits then cancels. [5]")
@click.option("--seed", type=int, help="The same seed makes the same arrivals and choices. [1]")
@click.option("--processes", default=1, show_default=True, help="Generator processes that share the work.")
@click.option(
    "--media-workers", default=0, show_default=True, help="Of a server of its own; 0: in its web process."
)
@click.option(
    "--kill", "kills", multiple=True, help="web@60, media@120, redis@180: kill -9 at that second of the run."
)
@click.option(
    "--officer-logins",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="With --url: a file with a staff number and a password a line; none: those of the demo.",
)
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the result here."
)
@click.option(
    "--report",
    "html_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write figures and plots here, as one HTML file.",
)
@click.option(
    "--compare",
    "compared_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The --json of an earlier run, which the report shows beside this one.",
)
@click.option("--find-limit", is_flag=True, help="Raise the load step by step until a service level breaks.")
@_plain_errors
def run_load(
    *,
    url: str | None,
    scenario_file: Path | None,
    officer_logins: Path | None,
    json_file: Path | None,
    html_file: Path | None,
    compared_file: Path | None,
    processes: int,
    media_workers: int,
    kills: tuple[str, ...],
    find_limit: bool,
    **given: Any,
) -> int:
    """Taxpayers and officers as real clients, who check what they are shown. Exit code 1: a rule broke."""
    from server.load_house import Kill
    from server.load_options import scenario_of

    scenario, killed = scenario_of(scenario_file, given), [Kill.read(one) for one in kills]
    from server import load, load_limit

    request = load.LoadRequest(
        scenario,
        url,
        load.read_logins(officer_logins),
        json_file,
        sys.stdout.isatty(),
        html_file,
        processes,
        killed,
        media_workers,
        load.read_result(compared_file) if compared_file is not None else None,
        compared_file.stem if compared_file is not None else None,
    )
    if find_limit:
        return load_limit.find_limit(request, click.echo)
    return load.run(request, click.echo)


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


if __name__ == "__main__":
    main()
