"""People are told in their chat as well: their webhooks, sealed, and messages that go there."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = "ck_notification_mails_way_known"
BEFORE, AFTER = "'now', 'digest'", "'now', 'digest', 'chat'"


def upgrade() -> None:
    op.create_table(
        "chat_webhooks",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_chat_webhooks_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_webhooks")),
        sa.UniqueConstraint("person_id", name=op.f("uq_chat_webhooks_person_id")),
    )
    _know(BEFORE, AFTER)


def downgrade() -> None:
    # What was told in a chat is kept as an e-mail that came to its end: the earlier program knows nothing else.
    op.execute(
        "UPDATE notification_mails SET state = 'skipped', says = 'It was for a chat' "
        "WHERE way = 'chat' AND state IN ('waiting', 'sending')"
    )
    op.execute("UPDATE notification_mails SET way = 'now' WHERE way = 'chat'")
    _know(AFTER, BEFORE)
    op.drop_table("chat_webhooks")


def _know(before, after) -> None:
    """Change the words of the CHECK in place: on SQLite in the table's own text, which touches no row and no trigger."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint(op.f(NAME), "notification_mails", type_="check")
        op.create_check_constraint(op.f(NAME), "notification_mails", f"way IN ({after})")
        return
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    changed = connection.execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :before, :after) "
            "WHERE type = 'table' AND name = 'notification_mails' AND instr(sql, :before)"
        ),
        {"before": f"way IN ({before})", "after": f"way IN ({after})"},
    )
    assert changed.rowcount == 1, "the table says what ways there are"
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))
