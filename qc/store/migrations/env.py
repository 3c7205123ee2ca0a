"""Runs the migrations on the connection that `qc.store.database.Database.migrate` hands over."""

from alembic import context

from qc.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
