"""Alembic's entry. The connection is given by ``cases.database``; there is no other way to run it."""

from typing import Any

from alembic import context
from sqlalchemy import Column, String, Text
from sqlalchemy.ext.compiler import compiles

from cases.schema import metadata


@compiles(String, "postgresql")
@compiles(Text, "postgresql")
def _by_code_points(kind: String, compiler: Any, type_expression: Any = None, **rest: Any) -> str:
    """Columns of text are ordered and compared by code points, as SQLite does, whatever language the database
    was made in: pages go on after a key in that order.
    """
    if isinstance(kind, Text):
        written: str = compiler.visit_TEXT(kind, type_expression=type_expression, **rest)
    else:
        written = compiler.visit_VARCHAR(kind, type_expression=type_expression, **rest)
    return f'{written} COLLATE "C"' if isinstance(type_expression, Column) else written


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    # All of it is one transaction, that of the connection; of PostgreSQL as of SQLite.
    transactional_ddl=False,
)
context.run_migrations()
