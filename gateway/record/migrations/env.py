"""Alembic's environment: migrations run as the owner, on a connection handed over by gateway.record.migrate."""

from alembic import context

from gateway.record.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
