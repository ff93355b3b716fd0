"""When a release goes out at the earliest, what was undone, and the stops of all that goes out."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # Columns added in place keep the table's rows, indexes and triggers, and touch no row.
    if op.get_bind().dialect.name == "sqlite":
        op.execute("ALTER TABLE releases ADD COLUMN send_at DATETIME")
        op.execute("ALTER TABLE releases ADD COLUMN send_zone VARCHAR(64) DEFAULT '' NOT NULL")
        op.execute("ALTER TABLE releases ADD COLUMN undone_at DATETIME")
    else:
        op.add_column("releases", sa.Column("send_at", sa.DateTime(timezone=True), nullable=True))
        op.add_column("releases", sa.Column("send_zone", sa.String(length=64), server_default="", nullable=False))
        op.add_column("releases", sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "send_stops",
        sa.Column("id", ID, nullable=False),
        sa.Column("destination", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_send_stops")),
    )
    op.create_index(op.f("ix_send_stops_ended_at"), "send_stops", ["ended_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_send_stops_ended_at"), table_name="send_stops")
    op.drop_table("send_stops")
    for column in ("undone_at", "send_zone", "send_at"):
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"ALTER TABLE releases DROP COLUMN {column}")
        else:
            op.drop_column("releases", column)
