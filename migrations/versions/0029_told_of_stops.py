"""People are told that what goes out was stopped, and that a stop ended: two more kinds, and what they are about."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

NAME = "ck_notifications_kind_known"
BEFORE = (
    "'given', 'escalated', 'exception', 'asked', 'answered', 'decided', 'sent_back', 'due_soon', 'overdue', 'sample', "
    "'customer'"
)
AFTER = f"{BEFORE}, 'stopped', 'stop_ended'"


def upgrade() -> None:
    op.add_column("notifications", sa.Column("stop", sa.String(length=255), server_default="", nullable=False))
    _know(BEFORE, AFTER)


def downgrade() -> None:
    # The earlier program has no word for a stop: these notifications are about nothing that it could show.
    op.execute("DELETE FROM notifications WHERE kind IN ('stopped', 'stop_ended')")
    _know(AFTER, BEFORE)
    op.execute("ALTER TABLE notifications DROP COLUMN stop")


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
