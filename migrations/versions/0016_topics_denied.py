"""Which marked topics a message does not speak of, as whoever approved it said."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    # A column added in place keeps the table's rows, indexes and triggers, and touches no row.
    if op.get_bind().dialect.name == "sqlite":
        op.execute("ALTER TABLE decisions ADD COLUMN topics_denied TEXT DEFAULT '[]' NOT NULL")
    else:
        op.add_column("decisions", sa.Column("topics_denied", sa.Text(), server_default="[]", nullable=False))


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("ALTER TABLE decisions DROP COLUMN topics_denied")
    else:
        op.drop_column("decisions", "topics_denied")
