"""What a deal becomes after its onboarding started, and that one ended; and which snapshot of a record is the newest: when
its system last changed it, and when it was fetched each time it came."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Columns added in place keep a table's rows, indexes and triggers, and touch no row.
COLUMNS = (("source_records", "modified_at"), ("source_arrivals", "fetched_at"), ("onboardings", "ended_at"))


def upgrade() -> None:
    for table, column in COLUMNS:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column} DATETIME")
        else:
            op.add_column(table, sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "deal_changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("onboarding_id", ID, nullable=False),
        sa.Column("was_record_id", ID, nullable=True),
        sa.Column("now_record_id", ID, nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("exception_id", ID, nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", ID, nullable=True),
        sa.Column("outcome", sa.String(length=64), server_default="", nullable=False),
        sa.CheckConstraint("outcome IN ('', 'holds', 'new_terms', 'ended', 'confirmed')", name=op.f("ck_deal_changes_outcome_known")),
        sa.ForeignKeyConstraint(["exception_id"], ["exceptions.id"], name=op.f("fk_deal_changes_exception_id")),
        sa.ForeignKeyConstraint(["now_record_id"], ["source_records.id"], name=op.f("fk_deal_changes_now_record_id")),
        sa.ForeignKeyConstraint(["onboarding_id"], ["onboardings.id"], name=op.f("fk_deal_changes_onboarding_id")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["people.id"], name=op.f("fk_deal_changes_settled_by_id")),
        sa.ForeignKeyConstraint(["was_record_id"], ["source_records.id"], name=op.f("fk_deal_changes_was_record_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal_changes")),
    )
    op.create_index(op.f("ix_deal_changes_onboarding_id_id"), "deal_changes", ["onboarding_id", "id"], unique=False)
    op.create_index(op.f("ix_deal_changes_exception_id"), "deal_changes", ["exception_id"], unique=False)


def downgrade() -> None:
    op.drop_table("deal_changes")
    for table, column in COLUMNS:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        else:
            op.drop_column(table, column)
