"""A release may go to a CRM, to Jira, and to a channel."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

NAME = "ck_releases_kind_known"
BEFORE = "'automation', 'email', 'file', 'asana'"
AFTER = f"{BEFORE}, 'jira', 'slack', 'hubspot', 'salesforce'"


def upgrade() -> None:
    _know(BEFORE, AFTER)


def downgrade() -> None:
    # What went to another destination is kept as what somebody else sent: the earlier program knows nothing else.
    op.execute("UPDATE releases SET kind = 'automation' WHERE kind IN ('jira', 'slack', 'hubspot', 'salesforce')")
    _know(AFTER, BEFORE)


def _know(before, after) -> None:
    """Change the words of the CHECK in place: on SQLite in the table's own text, which touches no row and no trigger."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint(op.f(NAME), "releases", type_="check")
        op.create_check_constraint(op.f(NAME), "releases", f"kind IN ({after})")
        return
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    changed = connection.execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :before, :after) "
            "WHERE type = 'table' AND name = 'releases' AND instr(sql, :before)"
        ),
        {"before": f"kind IN ({before})", "after": f"kind IN ({after})"},
    )
    assert changed.rowcount == 1, "the table says what kinds there are"
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))
