"""The triggers by which the database itself never lets a seeded defect be approved or released, and keeps its row.

No item of a seeded defect becomes approved or released, no release names one, and no row of `plants` is bound to an
item that was decided or released, changed once it is sealed, revealed twice, or deleted.
"""

from __future__ import annotations

FIXED = (
    "id", "lane", "gate", "kind", "fault", "says", "at", "was", "became", "from_item_id", "revision_digest", "salt",
    "seal", "position", "turn", "sealed_at",
)  # fmt: skip
# What must be true for a row to be refused: trigger, table, moment, and the words that say why.
_ITEM_LEAVES = "NEW.state IN ('approved', 'released') AND EXISTS (SELECT 1 FROM plants WHERE item_id = NEW.id)"
_RELEASE = "EXISTS (SELECT 1 FROM plants WHERE item_id = NEW.item_id)"
_INSERTED_UNSEALED = (
    "NEW.item_id IS NOT NULL OR NEW.revealed_at IS NOT NULL "
    "OR EXISTS (SELECT 1 FROM plants WHERE id = NEW.id OR seal = NEW.seal)"
)
_BOUND_TOO_LATE = (
    "EXISTS (SELECT 1 FROM items WHERE id = NEW.item_id AND state IN ('approved', 'released')) "
    "OR EXISTS (SELECT 1 FROM releases WHERE item_id = NEW.item_id) "
    "OR EXISTS (SELECT 1 FROM decisions WHERE item_id = NEW.item_id)"
)
KEPT_IN = "a seeded defect is never approved or released"
SEALED = "a sealed seeded defect is never changed or deleted"


def _changed(differs: str) -> str:
    """The condition under which a change of a `plants` row is refused; `differs` is the null-safe comparison."""
    fixed = " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in FIXED)
    pointed = f"OLD.item_id IS NOT NULL AND NEW.item_id {differs} OLD.item_id"
    too_late = f"NEW.item_id {differs} OLD.item_id AND ({_BOUND_TOO_LATE})"
    return f"OLD.revealed_at IS NOT NULL OR ({pointed}) OR ({too_late}) OR {fixed}"


def statements(dialect: str) -> list[str]:
    """The DDL that creates these triggers on that dialect, in order."""
    sqlite = dialect == "sqlite"
    rules = [
        ("items_kept_in", "items", "INSERT", _ITEM_LEAVES, KEPT_IN),
        ("items_stay_in", "items", "UPDATE", _ITEM_LEAVES, KEPT_IN),
        ("releases_kept_in", "releases", "INSERT", _RELEASE, KEPT_IN),
        ("releases_stay_in", "releases", "UPDATE", _RELEASE, KEPT_IN),
        ("plants_begin_sealed", "plants", "INSERT", _INSERTED_UNSEALED, SEALED),
        ("plants_stay_sealed", "plants", "UPDATE", _changed("IS NOT" if sqlite else "IS DISTINCT FROM"), SEALED),
        ("plants_no_delete", "plants", "DELETE", "", SEALED),
    ]
    made = [_sqlite(*rule) for rule in rules] if sqlite else [one for rule in rules for one in _postgresql(*rule)]
    if not sqlite:
        made += [
            "CREATE TRIGGER plants_no_truncate BEFORE TRUNCATE ON plants FOR EACH STATEMENT "
            "EXECUTE FUNCTION rq_plants_no_delete()",
            "ALTER TABLE plants ENABLE ALWAYS TRIGGER plants_no_truncate",
        ]
    return made


def _sqlite(name: str, table: str, moment: str, when: str, says: str) -> str:
    guard = f" WHEN {when}" if when else ""
    return f"CREATE TRIGGER {name} BEFORE {moment} ON {table}{guard} BEGIN SELECT RAISE(ABORT, '{says}'); END"


def _postgresql(name: str, table: str, moment: str, when: str, says: str) -> list[str]:
    refusal = f"RAISE EXCEPTION '{says}'"
    body = f"IF {when} THEN {refusal}; END IF; RETURN NEW" if when else refusal
    return [
        f"CREATE FUNCTION rq_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; END $$",
        f"CREATE TRIGGER {name} BEFORE {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION rq_{name}()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
    ]
