"""The thread of an e-mail: its Message-ID, and that of the one it answers."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

# Columns added in place keep the table's rows, indexes and triggers, and touch no row.
COLUMNS = ("message_id", "in_reply_to")


def upgrade() -> None:
    for column in COLUMNS:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"ALTER TABLE releases ADD COLUMN {column} TEXT DEFAULT '' NOT NULL")
        else:
            op.add_column("releases", sa.Column(column, sa.Text(), server_default="", nullable=False))
    sent = sa.text("message_id <> ''")
    op.create_index("ix_releases_message_id", "releases", ["message_id"], sqlite_where=sent, postgresql_where=sent)


def downgrade() -> None:
    op.drop_index("ix_releases_message_id", table_name="releases")
    for column in reversed(COLUMNS):
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"ALTER TABLE releases DROP COLUMN {column}")
        else:
            op.drop_column("releases", column)
