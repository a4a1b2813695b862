"""Alembic's entry. The connection is given by ``cases.database``; there is no other way to run it."""

from alembic import context

from cases.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,
)
context.run_migrations()
