"""Which meeting the invitation of an e-mail is; the suppression list, what the mail provider reports,
and what customers reply."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
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
    _suppressions()
    _reports()
    _replies()


def _suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("id", ID, nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("item_id", ID, nullable=True),
        sa.Column("at", AT, nullable=False),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.Column("ended_by", sa.String(length=255), nullable=False),
        sa.CheckConstraint(
            "kind IN ('bounce', 'complaint', 'unsubscribe', 'person')", name=op.f("ck_suppressions_kind_known")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_suppressions_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
    )
    on_list = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_suppressions_address", "suppressions", ["address"], unique=True,
        sqlite_where=on_list, postgresql_where=on_list,
    )  # fmt: skip
    op.create_index(op.f("ix_suppressions_item_id"), "suppressions", ["item_id"])


def _reports() -> None:
    op.create_table(
        "mail_events",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("release_id", ID, nullable=True),
        sa.Column("at", AT, nullable=False),
        sa.CheckConstraint(
            "kind IN ('bounce', 'blocked', 'complaint', 'unsubscribe')", name=op.f("ck_mail_events_kind_known")
        ),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_mail_events_release_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_events")),
        sa.UniqueConstraint("event_id", name=op.f("uq_mail_events_event_id")),
    )
    op.create_index(op.f("ix_mail_events_release_id"), "mail_events", ["release_id"])
    op.create_table(
        "mail_reports",
        sa.Column("id", ID, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_reports")),
        sa.UniqueConstraint("digest", name=op.f("uq_mail_reports_digest")),
    )
    op.create_index(op.f("ix_mail_reports_at"), "mail_reports", ["at"])


def _replies() -> None:
    op.create_table(
        "replies",
        sa.Column("id", ID, nullable=False),
        sa.Column("onboarding_id", ID, nullable=False),
        sa.Column("source_record_id", ID, nullable=False),
        sa.Column("release_id", ID, nullable=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.ForeignKeyConstraint(["onboarding_id"], ["onboardings.id"], name=op.f("fk_replies_onboarding_id")),
        sa.ForeignKeyConstraint(["source_record_id"], ["source_records.id"], name=op.f("fk_replies_source_record_id")),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_replies_release_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replies")),
        sa.UniqueConstraint("onboarding_id", "message_id", name=op.f("uq_replies_onboarding_id_message_id")),
    )
    op.create_index(op.f("ix_replies_source_record_id"), "replies", ["source_record_id"])
    op.create_index(op.f("ix_replies_release_id"), "replies", ["release_id"])


def downgrade() -> None:
    for table in ("replies", "mail_reports", "mail_events", "suppressions"):
        op.drop_table(table)
    for column in reversed(COLUMNS):
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"ALTER TABLE releases DROP COLUMN {column}")
        else:
            op.drop_column("releases", column)
