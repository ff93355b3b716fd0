"""Which meeting the invitation of an e-mail is, in the calendars that it went to."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

# Columns added in place keep the table's rows, indexes and triggers, and touch no row.
COLUMNS = {
    "meeting": ("VARCHAR(64)", sa.String(length=64), "''"),
    "meeting_uid": ("VARCHAR(64)", sa.String(length=64), "''"),
    "meeting_number": ("INTEGER", sa.Integer(), "'0'"),
}


def upgrade() -> None:
    for column, (word, kind, default) in COLUMNS.items():
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"ALTER TABLE releases ADD COLUMN {column} {word} DEFAULT {default} NOT NULL")
        else:
            op.add_column("releases", sa.Column(column, kind, server_default=sa.text(default), nullable=False))


def downgrade() -> None:
    for column in reversed(COLUMNS):
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"ALTER TABLE releases DROP COLUMN {column}")
        else:
            op.drop_column("releases", column)
