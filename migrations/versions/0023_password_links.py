"""The links at which people choose their password, and the e-mails about accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "password_links",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("made_by", sa.String(length=255), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("used_at", AT, nullable=True),
        sa.Column("ended_at", AT, nullable=True),
        sa.CheckConstraint("purpose IN ('invitation', 'reset')", name=op.f("ck_password_links_purpose_known")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_password_links_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_links_token_hash")),
    )
    op.create_index(op.f("ix_password_links_person_id_id"), "password_links", ["person_id", "id"])
    op.create_table(
        "account_mails",
        sa.Column("person_id", ID, nullable=True),
        sa.Column("link_id", ID, nullable=True),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
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
            "state IN ('waiting', 'sending', 'sent', 'skipped', 'failed', 'unknown')", name=op.f("ck_account_mails_state_known")
        ),
        sa.CheckConstraint(
            "kind IN ('invitation', 'reset', 'password_changed', 'email_changed')", name=op.f("ck_account_mails_kind_known")
        ),
        sa.ForeignKeyConstraint(["link_id"], ["password_links.id"], name=op.f("fk_account_mails_link_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_account_mails_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_mails")),
        sa.UniqueConstraint("key", name=op.f("uq_account_mails_key")),
    )
    op.create_index(op.f("ix_account_mails_state_next_at_id"), "account_mails", ["state", "next_at", "id"])
    op.create_index(op.f("ix_account_mails_person_id_id"), "account_mails", ["person_id", "id"])
    op.create_index(op.f("ix_account_mails_link_id"), "account_mails", ["link_id"])


def downgrade() -> None:
    op.drop_table("account_mails")
    op.drop_table("password_links")
