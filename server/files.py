"""Builds what is done with files from the settings; a part of ``building``."""

from dataclasses import dataclass

from api.routes.files import FileRoutes
from cases.casework.receipts import Receipts
from cases.clock import Clock
from cases.database import Database
from cases.files.disk_shelf import DiskShelf
from cases.files.incoming import Incoming
from cases.files.policy import FilePolicy
from cases.files.reading import CaseFiles
from cases.files.s3_address import S3Address
from cases.files.shelf import Shelf
from cases.files.sweeping import Sweeper
from cases.files.uploads import Uploads
from cases.files.workshop import Workshop, WorkshopBounds
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Files:
    """``sweeper`` is run."""

    routes: FileRoutes
    sweeper: Sweeper


def shelf_of(settings: Settings) -> Shelf:
    """Where the settings say that the bytes of files are kept."""
    if settings.files_url is None:
        return DiskShelf(settings.data_dir / "files")
    # Only where it is wanted: loading it takes a part of each start.
    from cases.files.s3_shelf import S3Keys, S3Shelf

    keys = None
    if settings.files_access_key_id is not None and settings.files_secret_access_key is not None:
        keys = S3Keys(
            settings.files_access_key_id.get_secret_value(),
            settings.files_secret_access_key.get_secret_value(),
        )
    return S3Shelf(S3Address.parse(settings.files_url), keys)


def build_files(settings: Settings, database: Database, clock: Clock, receipts: Receipts) -> Files:
    """Nothing runs yet, and nothing was asked of the shelf."""
    policy = FilePolicy()
    shelf, incoming = shelf_of(settings), Incoming(settings.data_dir / "files" / "incoming")
    uploads = Uploads(database, clock, shelf, Workshop(policy, WorkshopBounds()), incoming, policy)
    return Files(
        FileRoutes(uploads, CaseFiles(database, clock, shelf), receipts),
        Sweeper(database, clock, shelf, incoming, policy),
    )
