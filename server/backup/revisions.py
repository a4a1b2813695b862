"""The history of the tables: which revisions it has, and bringing a database to one."""

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from cases.database import MIGRATIONS


def is_known(revision: str) -> bool:
    """Whether this version of the program has the way from there to its own tables."""
    script = ScriptDirectory(str(MIGRATIONS))
    return revision in {one.revision for one in script.walk_revisions()}


def upgrade(connection: Connection, revision: str = "head") -> None:
    """In the caller's transaction."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
