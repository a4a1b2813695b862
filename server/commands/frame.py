"""What commands have in common: their settings, and how they end."""

import errno
import os
import signal
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Final, ParamSpec

import click

from server.configuration import FILE_VARIABLE, load_settings
from server.errors import ServerError
from server.settings import Settings

P = ParamSpec("P")

INTERRUPTED: Final = 128 + signal.SIGINT

# What the person who starts the server can mend; any other OSError keeps its traceback.
_BIND_ERRORS = frozenset({errno.EADDRINUSE, errno.EADDRNOTAVAIL})
_PERMISSION_ERRORS = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ENOSPC, errno.ENOENT, errno.EISDIR}
)


def plain_errors(command: Callable[P, int]) -> Callable[P, None]:
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


def settings_from(config: Path | None, options: dict[str, object]) -> Settings:
    """The settings of file, environment and options, which count most. Raises ConfigurationError."""
    given = {name: value for name, value in options.items() if value is not None}
    return load_settings(os.environ, file=config, options=given)


config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Settings file (TOML); {FILE_VARIABLE} names one too.",
)
