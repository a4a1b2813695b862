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


class RecordsUnusable(ServerError):
    """The database of the records is not reached, refuses, or is not for this version."""

    code = "records_unusable"


class MediaPortUnavailable(ServerError):
    """The media port cannot be opened."""

    code = "media_port_unavailable"


class KeysNeeded(ServerError):
    """Something is not under the first key after all: the older keys have to stay in the settings."""

    code = "keys_needed"


class AdminRefused(ServerError):
    """An admin cannot be made like that."""

    code = "admin_refused"


class CatalogueUnusable(ServerError):
    """The files of the guidance catalogue are wrong: a line for each fault, with file and line."""

    code = "catalogue_unusable"


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


class GeneratorGone(ServerError):
    """A process that loads does not start, or ended: a part of the run is missing, so nothing was judged."""

    code = "generator_gone"
    exit_code = 2


class BackupRefused(ServerError):
    """A backup, or a restoring, that cannot be begun as asked for; nothing was written."""

    code = "backup_refused"
    exit_code = 2


class NoRecords(ServerError):
    """There is no database where the settings say."""

    code = "no_records"
    exit_code = 2


class BackupFailed(ServerError):
    """The database or the shelf did not answer; nothing was left behind."""

    code = "backup_failed"


class FilesMissing(ServerError):
    """Files that the records name are not on the shelf."""

    code = "files_missing"


class ArchiveUnknown(ServerError):
    """A file that is no backup, or one of a format or revision that this version does not know."""

    code = "archive_unknown"


class ArchiveBroken(ServerError):
    """A backup that is not as it was written; nothing of it was used."""

    code = "archive_broken"


class KeysDiffer(ServerError):
    """The settings lack a key that the backup's records are sealed with."""

    code = "keys_differ"


class RetentionFailed(ServerError):
    """The database did not answer; what was taken away before that is, and the rest has its turn again."""

    code = "retention_failed"
