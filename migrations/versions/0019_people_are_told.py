"""What people are told of, the e-mails that tell it, and how each person wants to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
KINDS = "'given', 'escalated', 'exception', 'asked', 'answered', 'decided', 'sent_back', 'due_soon', 'overdue', 'sample'"

# The due time of which people were told that it comes soon. Columns added in place touch no row.
SOON = (("items", "told_due_at"), ("exceptions", "told_due_at"))


def upgrade() -> None:
    for table, column in SOON:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column} DATETIME")
        else:
            op.add_column(table, sa.Column(column, AT, nullable=True))
    op.create_table(
        "notification_mails",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("way", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", AT, nullable=False),
        sa.Column("lease", sa.String(length=64), nullable=False),
        sa.Column("lease_until", AT, nullable=True),
        sa.Column("done_at", AT, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'skipped', 'failed', 'unknown')", name=op.f("ck_notification_mails_state_known")
        ),
        sa.CheckConstraint("way IN ('now', 'digest')", name=op.f("ck_notification_mails_way_known")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notification_mails_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_mails")),
        sa.UniqueConstraint("key", name=op.f("uq_notification_mails_key")),
    )
    op.create_index(op.f("ix_notification_mails_state_next_at_id"), "notification_mails", ["state", "next_at", "id"])
    op.create_index(op.f("ix_notification_mails_person_id_id"), "notification_mails", ["person_id", "id"])
    op.create_table(
        "notifications",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("item_id", ID, nullable=True),
        sa.Column("exception_id", ID, nullable=True),
        sa.Column("onboarding_id", ID, nullable=True),
        sa.Column("sample_id", ID, nullable=True),
        sa.Column("at", AT, nullable=False),
        sa.Column("due_at", AT, nullable=True),
        sa.Column("read_at", AT, nullable=True),
        sa.Column("mail_id", ID, nullable=True),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_notifications_kind_known")),
        sa.ForeignKeyConstraint(["exception_id"], ["exceptions.id"], name=op.f("fk_notifications_exception_id")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_notifications_item_id")),
        sa.ForeignKeyConstraint(["mail_id"], ["notification_mails.id"], name=op.f("fk_notifications_mail_id")),
        sa.ForeignKeyConstraint(["onboarding_id"], ["onboardings.id"], name=op.f("fk_notifications_onboarding_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notifications_person_id")),
        sa.ForeignKeyConstraint(["sample_id"], ["qa_samples.id"], name=op.f("fk_notifications_sample_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    op.create_index(op.f("ix_notifications_person_id_id"), "notifications", ["person_id", "id"])
    unread = sa.text("read_at IS NULL")
    op.create_index("ix_notifications_unread", "notifications", ["person_id"], sqlite_where=unread, postgresql_where=unread)
    for column in ("item_id", "exception_id", "mail_id"):
        op.create_index(op.f(f"ix_notifications_{column}"), "notifications", [column])
    op.create_table(
        "notification_settings",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("ways", sa.Text(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("weekdays", sa.String(length=64), nullable=False),
        sa.Column("quiet_from", sa.String(length=64), nullable=False),
        sa.Column("quiet_until", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notification_settings_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_settings")),
        sa.UniqueConstraint("person_id", name=op.f("uq_notification_settings_person_id")),
    )


def downgrade() -> None:
    op.drop_table("notification_settings")
    op.drop_table("notifications")
    op.drop_table("notification_mails")
    for table, column in SOON:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        else:
            op.drop_column(table, column)
