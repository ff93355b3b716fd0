"""A release may go to a project tool; the credentials by which destinations are written to, sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = "ck_releases_kind_known"
BEFORE, AFTER = ("'automation', 'email', 'file'", "'automation', 'email', 'file', 'asana'")


def upgrade() -> None:
    _know(BEFORE, AFTER)
    op.create_table(
        "credentials",
        sa.Column("id", ID, nullable=False),
        sa.Column("destination", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credentials")),
        sa.UniqueConstraint("destination", name=op.f("uq_credentials_destination")),
    )


def downgrade() -> None:
    op.drop_table("credentials")
    # What went to another destination is kept as what somebody else sent: the earlier program knows nothing else.
    op.execute("UPDATE releases SET kind = 'automation' WHERE kind = 'asana'")
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
