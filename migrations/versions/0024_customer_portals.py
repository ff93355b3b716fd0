"""The links at which customers read how their onboarding stands; who owns an account is told of what they say there."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
NAME = "ck_notifications_kind_known"
BEFORE = (
    "'given', 'escalated', 'exception', 'asked', 'answered', 'decided', 'sent_back', 'due_soon', 'overdue', 'sample'"
)
AFTER = f"{BEFORE}, 'customer'"


def upgrade() -> None:
    op.create_table(
        "customer_portals",
        sa.Column("id", ID, nullable=False),
        sa.Column("onboarding_id", ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_by_id", ID, nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.ForeignKeyConstraint(
            ["onboarding_id"], ["onboardings.id"], name=op.f("fk_customer_portals_onboarding_id")
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["people.id"], name=op.f("fk_customer_portals_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_portals")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_customer_portals_token_hash")),
    )
    op.create_index(op.f("ix_customer_portals_onboarding_id_id"), "customer_portals", ["onboarding_id", "id"])
    _know(BEFORE, AFTER)


def downgrade() -> None:
    # Nothing that somebody was told is lost: the earlier program shows it as an answer.
    op.execute("UPDATE notifications SET kind = 'answered' WHERE kind = 'customer'")
    _know(AFTER, BEFORE)
    op.drop_table("customer_portals")


def _know(before, after) -> None:
    """Change the words of the CHECK in place: on SQLite in the table's own text, which touches no row and no trigger."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint(op.f(NAME), "notifications", type_="check")
        op.create_check_constraint(op.f(NAME), "notifications", f"kind IN ({after})")
        return
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    changed = connection.execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :before, :after) "
            "WHERE type = 'table' AND name = 'notifications' AND instr(sql, :before)"
        ),
        {"before": f"kind IN ({before})", "after": f"kind IN ({after})"},
    )
    assert changed.rowcount == 1, "the table says what kinds there are"
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))
