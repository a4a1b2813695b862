"""Everything that can keep the server from starting, each said in one line without a traceback."""

from typing import ClassVar


class ServerError(Exception):
    """Base of the errors of this package. ``exit_code`` is what the command ends with."""

    code: ClassVar[str]
    exit_code: ClassVar[int] = 1


class ConfigurationError(ServerError):
    """Settings that cannot be used. ``problems``: one line each, beginning with where the setting was given.

    No line holds the value that was given: it may be a secret.
    """

    code = "configuration"
    exit_code = 2

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class DataFolderBusy(ServerError):
    """Another server runs on the same data folder."""

    code = "data_folder_busy"


class MediaPortUnavailable(ServerError):
    """The media port cannot be opened."""

    code = "media_port_unavailable"


class UnknownFeature(ServerError):
    """A test is marked for a row that docs/FEATURES.md does not have, or the file has no rows."""

    code = "unknown_feature"
    exit_code = 2


class UnknownBench(ServerError):
    """There is no benchmark of that name."""

    code = "unknown_bench"
    exit_code = 2


class LoadRefused(ServerError):
    """A load run that cannot be begun as asked for."""

    code = "load_refused"
    exit_code = 2
