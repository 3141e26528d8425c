"""How alembic runs a step: on the connection it is given, inside one transaction."""

from alembic import context

from coserver.store.schema.whole import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True,
    transaction_per_migration=False,
)  # fmt: skip
with context.begin_transaction():
    context.run_migrations()
