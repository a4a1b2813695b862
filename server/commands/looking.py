"""Commands that look at an installation and change nothing."""

import base64
import os
import secrets
from importlib.metadata import version
from pathlib import Path
from typing import Final

import click

from server.commands.frame import config_option, plain_errors, settings_from
from server.configuration import settings_page
from server.errors import ConfigurationError
from server.settings import KEY_BYTES

LANGUAGE_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")


@click.command("check-config")
@config_option
@plain_errors
def check_config(config: Path | None) -> int:
    """Look at every setting without starting anything; exit code 2 when one cannot be used."""
    settings_from(config, {})
    click.echo("the settings can be used")
    return 0


@click.command("doctor")
@config_option
@click.option("--demo", is_flag=True, default=None, help="Of a demo's data folder.")
@click.option("--data", "data_dir", help="Folder of everything that is kept.")
@click.option("--lang", type=click.Choice(["zh", "en"]), help="None: that of the terminal.")
@click.option("--json", "as_json", is_flag=True, help="For a program.")
@plain_errors
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
        settings = settings_from(config, options)
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


@click.command("check-catalogue")
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@plain_errors
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


@click.command("settings")
@click.option("--markdown", is_flag=True, help="As docs/SETTINGS.md has them.")
@plain_errors
def list_settings(markdown: bool) -> int:
    """Every setting with its unit, default and meaning."""
    page = settings_page()
    # Without the markup of the page for reading in a terminal.
    click.echo(page if markdown else page.replace("`", "").replace("|---|---|---|---|\n", ""), nl=False)
    return 0


@click.command("new-key")
@plain_errors
def new_key() -> int:
    """Make a key for identity_keys or index_key."""
    click.echo(base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii"))
    return 0


@click.command("version")
@plain_errors
def show_version() -> int:
    """The version of this installation."""
    click.echo(version("shuitong"))
    return 0
