"""Models' checks of messages to customers: their jobs, what came of each, and the model that a check's result names."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MESSAGES = "'customer_email', 'portal_update', 'task_reminder'"

SQLITE_GUARDS = [
    "CREATE TRIGGER model_results_no_update BEFORE UPDATE ON model_results BEGIN SELECT RAISE(ABORT, 'model_results is append-only'); END",
    "CREATE TRIGGER model_results_no_delete BEFORE DELETE ON model_results BEGIN SELECT RAISE(ABORT, 'model_results is append-only'); END",
    "CREATE TRIGGER model_results_no_replace_0 BEFORE INSERT ON model_results WHEN EXISTS (SELECT 1 FROM model_results WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'model_results is append-only'); END",
    "CREATE TRIGGER model_results_no_replace_1 BEFORE INSERT ON model_results WHEN EXISTS (SELECT 1 FROM model_results WHERE revision_id = NEW.revision_id) BEGIN SELECT RAISE(ABORT, 'model_results is append-only'); END",
]

POSTGRESQL_GUARDS = [
    "CREATE TRIGGER model_results_no_change BEFORE UPDATE OR DELETE ON model_results FOR EACH ROW EXECUTE FUNCTION rq_append_only()",
    "ALTER TABLE model_results ENABLE ALWAYS TRIGGER model_results_no_change",
    "CREATE TRIGGER model_results_no_truncate BEFORE TRUNCATE ON model_results FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()",
    "ALTER TABLE model_results ENABLE ALWAYS TRIGGER model_results_no_truncate",
]

# An open message waits for its check like a new one. One that was approved keeps its approval: nobody promised then
# what a model would find.
OPEN = f"""
INSERT INTO model_checks (revision_id, state, attempts, next_at, lease, asked_at, says)
SELECT revisions.id, 'waiting', 0, revisions.made_at, '', revisions.made_at, ''
FROM items JOIN revisions ON revisions.item_id = items.id AND revisions.number = items.revision_number
WHERE items.kind IN ({MESSAGES}) AND items.settled_at IS NULL
"""
OLDER = f"""
INSERT INTO model_results (revision_id, version, outcome, passages, digest, at)
SELECT revisions.id, '', 'older', '[]', revisions.evidence_digest, revisions.made_at
FROM items JOIN revisions ON revisions.item_id = items.id AND revisions.number = items.revision_number
WHERE items.kind IN ({MESSAGES}) AND items.state IN ('approved', 'released')
"""


def upgrade() -> None:
    op.add_column("checks", sa.Column("model", sa.String(length=255), server_default="", nullable=False))
    op.create_table(
        "model_checks",
        sa.Column("id", ID, nullable=False),
        sa.Column("revision_id", ID, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.String(length=64), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'skipped')", name=op.f("ck_model_checks_state_known")
        ),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_model_checks_revision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_checks")),
        sa.UniqueConstraint("revision_id", name=op.f("uq_model_checks_revision_id")),
    )
    op.create_index(op.f("ix_model_checks_state_next_at_id"), "model_checks", ["state", "next_at", "id"], unique=False)
    op.create_table(
        "model_results",
        sa.Column("id", ID, nullable=False),
        sa.Column("revision_id", ID, nullable=False),
        sa.Column("version", sa.String(length=255), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("passages", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("outcome IN ('done', 'failed', 'older')", name=op.f("ck_model_results_outcome_known")),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_model_results_revision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_results")),
        sa.UniqueConstraint("revision_id", name=op.f("uq_model_results_revision_id")),
    )
    op.execute(OPEN)
    op.execute(OLDER)
    for statement in SQLITE_GUARDS if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_GUARDS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("model_results")
    op.drop_table("model_checks")
    op.drop_column("checks", "model")
