"""The triggers by which the database itself refuses to change append-only tables.

SQLite: REPLACE deletes without firing a delete trigger, so inserts over an existing key are refused as well.
PostgreSQL: TRUNCATE bypasses row triggers, and `session_replication_role = replica` bypasses ordinary ones; so there is
a statement trigger too, and every trigger is ENABLE ALWAYS.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from reviewqueue.db import seeded_defect_triggers
from reviewqueue.db.tables import autosend

KEYS: dict[str, tuple[str, ...]] = {
    "log_entries": ("position",),
    "log_texts": ("position, name",),
    "decisions": ("id",),
    "revisions": ("id", "item_id, number"),
    "revision_sources": ("revision_id, ref",),
    "claims": ("id",),
    "checks": ("id",),
    "source_records": ("id", "digest"),
    "source_arrivals": ("id",),
    "attempts": ("id",),
    "policy_versions": ("digest",),
    "policy_activations": ("id",),
    "exception_items": ("exception_id, item_id",),
    "exception_notes": ("id",),
    "commitments": ("id",),
    "source_looks": ("id",),
    "recorded_events": ("id", "takes_back_id"),
    "baselines": ("id",),
    "release_attempts": ("id",),
    "readiness_scores": ("id",),
    "worksheet_answers": ("id",),
    "control_colours": ("id",),
    "launch_owners": ("id",),
    "qa_samples": ("id", "lane, week"),
    "qa_places": ("id", "sample_id, revision_id"),
    "qa_reviews": ("id", "place_id"),
    "qa_findings": ("id",),
    "qa_settlements": ("id", "review_id"),
    "standing_items": ("item_id",),
    "role_grants": ("id",),
    "model_results": ("id", "revision_id"),
}
NEXT_POSITION = "NEW.position <> (SELECT coalesce(max(position), 0) + 1 FROM log_entries)"


def statements(dialect: str) -> list[str]:
    """The DDL that creates these triggers on that dialect, in order."""
    return _sqlite() if dialect == "sqlite" else _postgresql()


def _sqlite() -> list[str]:
    made = []
    for table, keys in KEYS.items():
        refusal = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        made.append(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refusal}")
        made.append(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refusal}")
        for number, key in enumerate(keys):
            same = " AND ".join(f"{name} = NEW.{name}" for name in key.split(", "))
            when = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608
            made.append(f"CREATE TRIGGER {table}_no_replace_{number} BEFORE INSERT ON {table} {when} {refusal}")
    made.append(
        f"CREATE TRIGGER log_entries_no_gap BEFORE INSERT ON log_entries WHEN {NEXT_POSITION} "
        "BEGIN SELECT RAISE(ABORT, 'log_entries has no gaps'); END"
    )
    return made


def _postgresql() -> list[str]:
    made = [
        "CREATE FUNCTION rq_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
        "CREATE FUNCTION rq_no_gap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {NEXT_POSITION} THEN RAISE EXCEPTION 'log_entries has no gaps'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER log_entries_no_gap BEFORE INSERT ON log_entries FOR EACH ROW EXECUTE FUNCTION rq_no_gap()",
        "ALTER TABLE log_entries ENABLE ALWAYS TRIGGER log_entries_no_gap",
    ]
    for table in KEYS:
        for name, when in (("no_change", "UPDATE OR DELETE"), ("no_truncate", "TRUNCATE")):
            each = "ROW" if name == "no_change" else "STATEMENT"
            made.append(
                f"CREATE TRIGGER {table}_{name} BEFORE {when} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION rq_append_only()"
            )
            made.append(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}")
    return made


def create_triggers(connection: Connection) -> None:
    """Create every trigger, also those of seeded defects and standing approvals, in a freshly made database."""
    dialect = connection.dialect.name
    for statement in (*statements(dialect), *seeded_defect_triggers.statements(dialect), *autosend.statements(dialect)):
        connection.execute(text(statement))
