"""Source arrivals: how each snapshot of a source record came here, through which automation, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

SQLITE_GUARDS = [
    "CREATE TRIGGER source_arrivals_no_update BEFORE UPDATE ON source_arrivals BEGIN SELECT RAISE(ABORT, 'source_arrivals is append-only'); END",
    "CREATE TRIGGER source_arrivals_no_delete BEFORE DELETE ON source_arrivals BEGIN SELECT RAISE(ABORT, 'source_arrivals is append-only'); END",
    "CREATE TRIGGER source_arrivals_no_replace_0 BEFORE INSERT ON source_arrivals WHEN EXISTS (SELECT 1 FROM source_arrivals WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'source_arrivals is append-only'); END",
]

POSTGRESQL_GUARDS = [
    "CREATE TRIGGER source_arrivals_no_change BEFORE UPDATE OR DELETE ON source_arrivals FOR EACH ROW EXECUTE FUNCTION rq_append_only()",
    "ALTER TABLE source_arrivals ENABLE ALWAYS TRIGGER source_arrivals_no_change",
    "CREATE TRIGGER source_arrivals_no_truncate BEFORE TRUNCATE ON source_arrivals FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()",
    "ALTER TABLE source_arrivals ENABLE ALWAYS TRIGGER source_arrivals_no_truncate",
]

# An import has one moment for all that it keeps, and the log has that moment with the system and the import's
# automation. Our own records are made here. Whatever is left came with a draft: claimed, by who wrote its first revision.
ARRIVED = """
INSERT INTO source_arrivals (source_record_id, way, automation_id, at)
SELECT r.id,
  CASE WHEN r.system = 'review' || 'queue' THEN 'fetched' WHEN i.actor IS NOT NULL THEN 'imported' ELSE 'claimed' END,
  CASE WHEN i.actor LIKE 'automation:%' THEN CAST(substr(i.actor, 12) AS INTEGER) ELSE (
    SELECT v.author_automation_id FROM revision_sources s JOIN revisions v ON v.id = s.revision_id
    WHERE s.source_record_id = r.id ORDER BY v.id LIMIT 1) END,
  r.received_at
FROM source_records r LEFT JOIN (
  SELECT at, body, min(actor) AS actor FROM log_entries WHERE act = 'import.keep' GROUP BY at, body
) i ON i.at = r.received_at AND i.body LIKE '%"system":"' || r.system || '"%'
GROUP BY r.id, r.system, r.received_at, i.actor ORDER BY r.id
"""


def upgrade() -> None:
    op.create_table(
        "source_arrivals",
        sa.Column("id", ID, nullable=False),
        sa.Column("source_record_id", ID, nullable=False),
        sa.Column("way", sa.String(length=64), nullable=False),
        sa.Column("automation_id", ID, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("way IN ('fetched', 'signed', 'imported', 'claimed')", name=op.f("ck_source_arrivals_way_known")),
        sa.ForeignKeyConstraint(["automation_id"], ["automations.id"], name=op.f("fk_source_arrivals_automation_id")),
        sa.ForeignKeyConstraint(["source_record_id"], ["source_records.id"], name=op.f("fk_source_arrivals_source_record_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_arrivals")),
    )
    op.create_index(op.f("ix_source_arrivals_source_record_id"), "source_arrivals", ["source_record_id"], unique=False)
    op.execute(ARRIVED)
    for statement in SQLITE_GUARDS if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_GUARDS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("source_arrivals")
