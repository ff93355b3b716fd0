"""Words: what the triggers say when they refuse, and the names of our own automations."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

# (what a trigger said before, what it says now)
SAYS = (
    ("a planted draft never goes out", "a seeded defect is never approved or released"),
    ("a planted draft stays as it was sealed", "a sealed seeded defect is never changed or deleted"),
    ("a standing is only taken down, and once", "a standing approval is only ever revoked, and once"),
)
NAMES = (("Planting desk", "Seeded defects"), ("Policy desk", "Policy proposals"))

AUTOMATIONS = sa.table("automations", sa.column("id"), sa.column("name"), sa.column("owner_id"))
API_KEYS = sa.table("api_keys", sa.column("automation_id"))


def upgrade() -> None:
    for old, new in SAYS:
        _reword(old, new)
    for old, new in NAMES:
        _rename(old, new)


def downgrade() -> None:
    for old, new in SAYS:
        _reword(new, old)
    for old, new in NAMES:
        _rename(new, old)


def _reword(old, new) -> None:
    """Make each trigger that says `old` again, word for word, but for that. Triggers touch no row when they are made."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        known = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND instr(sql, :old)"
        for name, sql in connection.execute(sa.text(known), {"old": f"'{old}'"}).all():
            op.execute(f"DROP TRIGGER {name}")
            op.execute(sql.replace(f"'{old}'", f"'{new}'"))
    else:
        # The words are in the functions. They are replaced in place, so that no trigger is away for a moment.
        known = "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pg_function_is_visible(oid) AND strpos(prosrc, :old) > 0"
        for made in connection.execute(sa.text(known), {"old": f"'{old}'"}).scalars().all():
            op.execute(made.replace(f"'{old}'", f"'{new}'"))


def _rename(old, new) -> None:
    """Rename our automation. Ours has no API key and no owner; one that has is somebody's, and keeps its name.

    One that has the new name already is somebody's: the program takes whatever has that name for ours, so theirs makes
    way, with its id behind the name, and has its name again where that is free again. Keys, items and log entries name
    an automation by its id.
    """
    connection = op.get_bind()
    column, keyed = AUTOMATIONS.c, sa.exists().where(API_KEYS.c.automation_id == AUTOMATIONS.c.id)

    def named(name):
        return connection.execute(sa.select(column.id).where(column.name == name)).scalar()

    def call(name, *which) -> None:
        connection.execute(sa.update(AUTOMATIONS).where(*which).values(name=name))

    if (theirs := named(new)) is not None:
        call(f"{new} (automation {theirs})", column.id == theirs)
    call(new, column.name == old, column.owner_id.is_(None), ~keyed)
    if named(old) is None:
        aside = sa.select(column.id, column.name).where(column.name.startswith(f"{old} (automation "))
        for number, name in connection.execute(aside).all():
            if name == f"{old} (automation {number})":
                call(old, column.id == number)
