"""What a draft is for, as its automation says: the key of the template whose place it takes."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    # A column added in place keeps the table's rows, indexes and triggers, and touches no row.
    if op.get_bind().dialect.name == "sqlite":
        op.execute("ALTER TABLE items ADD COLUMN purpose VARCHAR(64) DEFAULT '' NOT NULL")
    else:
        op.add_column("items", sa.Column("purpose", sa.String(length=64), server_default="", nullable=False))


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("ALTER TABLE items DROP COLUMN purpose")
    else:
        op.drop_column("items", "purpose")
