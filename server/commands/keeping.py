"""Commands for the records: who administers them, their keys, their trail, backups and what is over."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec

import click

from server.commands.frame import config_option, plain_errors, settings_from
from server.errors import BackupFailed, RetentionFailed

P = ParamSpec("P")


@click.command("create-admin")
@click.argument("staff_number")
@click.argument("name")
@config_option
@click.option("--demo", is_flag=True, default=None, help="In a demo's data folder.")
@click.option("--data", "data_dir", help="Folder of everything that is kept.")
@click.option("--hall", "hall_id", help="Id of the admin's hall; needed where there are several.")
@click.option("--another", is_flag=True, help="Also where there is an admin already.")
@plain_errors
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
    settings = settings_from(config, options)
    from server import first_admin

    wanted = first_admin.WantedAdmin(staff_number, name, hall_id, another)
    return first_admin.create(settings, wanted, click.echo)


@click.command("rotate-keys")
@config_option
@click.option("--demo", is_flag=True, default=None, help="Of a demo's data folder.")
@click.option("--data", "data_dir", help="Folder of everything that is kept.")
@plain_errors
def rotate_keys(config: Path | None, **options: object) -> int:
    """Seal everything in the records with the first key of identity_keys; then the others can go.

    Servers may run meanwhile; they have to have the new key in front already.
    """
    settings = settings_from(config, options)
    from server import rotating

    return rotating.rotate(settings, click.echo)


@click.command("verify-audit")
@config_option
@click.option("--demo", is_flag=True, default=None, help="Of a demo's data folder.")
@click.option("--data", "data_dir", help="Folder of everything that is kept.")
@click.option("--json", "as_json", is_flag=True, help="With the head of the chain, to be kept elsewhere.")
@plain_errors
def verify_audit(config: Path | None, *, as_json: bool, **options: object) -> int:
    """Look whether the audit trail is whole; exit code 1 and the faults where it is not.

    Servers may run meanwhile.
    """
    settings = settings_from(config, options)
    from server import verifying

    return verifying.verify_audit(
        settings, click.echo, lambda line: click.echo(line, err=True), as_json=as_json
    )


_data_options = (
    config_option,
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


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--verify", is_flag=True, help="Only look through FILE, a backup that is there.")
@click.option("--allow-missing", is_flag=True, help="Make it even where stored files are missing.")
@_of_data
@plain_errors
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
            made = making.make(settings_from(config, options), file, allow_missing=allow_missing, say=say)
            click.echo(saying.said(file, made.manifest, made.sha256, made.size_bytes, as_json))
    except CaseworkError as error:
        raise BackupFailed(f"{error.code}: {error}") from error
    return 0


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_of_data
@plain_errors
def restore_backup(file: Path, config: Path | None, *, as_json: bool, quiet: bool, **options: object) -> int:
    """Put the backup FILE into empty records; it is looked through before anything is written."""
    settings = settings_from(config, options)
    from cases.errors import CaseworkError
    from server.backup import restoring, saying

    try:
        checked = restoring.restore(settings, file, _progress(quiet))
    except CaseworkError as error:
        raise BackupFailed(f"{error.code}: {error}") from error
    click.echo(saying.said(file, checked.manifest, checked.sha256, checked.size_bytes, as_json))
    return 0


@click.command("retention")
@config_option
@click.option("--demo", is_flag=True, default=None, help="Of a demo's data folder.")
@click.option("--data", "data_dir", help="Folder of everything that is kept.")
@click.option("--dry-run", is_flag=True, help="Only count what is over.")
@plain_errors
def run_retention(config: Path | None, *, dry_run: bool, **options: object) -> int:
    """Take away now what is over by the retention settings, whatever the hour; counts by rule as JSON."""
    settings = settings_from(config, options)
    from cases.errors import CaseworkError
    from server import retaining

    try:
        counts = retaining.run_once(settings, dry_run=dry_run)
    except CaseworkError as error:
        raise RetentionFailed(f"{error.code}: {error}") from error
    click.echo(json.dumps({"dry_run": dry_run, "rules": counts}))
    return 0
