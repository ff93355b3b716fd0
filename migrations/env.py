"""Migrations: run by `reviewqueue db upgrade` with the engine it hands over."""

from alembic import context
from sqlalchemy import Connection

from reviewqueue.db.tables import Base


def run(connection: Connection) -> None:
    """Run the migrations on this connection, in one transaction."""
    context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=False)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes["connection"]
run(given)
