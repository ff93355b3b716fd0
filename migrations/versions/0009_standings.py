"""Standings: which messages of a lane may go by themselves, since when, and why no longer."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CAUSES = "'', 'rejected', 'drift', 'schema', 'stop', 'by_hand', 'words'"

SQLITE_GUARDS = [
    "CREATE TRIGGER standing_items_no_update BEFORE UPDATE ON standing_items BEGIN SELECT RAISE(ABORT, 'standing_items is append-only'); END",
    "CREATE TRIGGER standing_items_no_delete BEFORE DELETE ON standing_items BEGIN SELECT RAISE(ABORT, 'standing_items is append-only'); END",
    "CREATE TRIGGER standing_items_no_replace_0 BEFORE INSERT ON standing_items WHEN EXISTS (SELECT 1 FROM standing_items WHERE item_id = NEW.item_id) BEGIN SELECT RAISE(ABORT, 'standing_items is append-only'); END",
    "CREATE TRIGGER standings_no_rise BEFORE UPDATE ON standings WHEN NEW.id IS NOT OLD.id OR NEW.lane IS NOT OLD.lane OR NEW.message IS NOT OLD.message OR NEW.since IS NOT OLD.since OR NEW.decision_id IS NOT OLD.decision_id OR NEW.policy_digest IS NOT OLD.policy_digest OR NEW.people IS NOT OLD.people OR NEW.earned IS NOT OLD.earned OR NEW.cites IS NOT OLD.cites OR NEW.stood_at IS NOT OLD.stood_at OR (OLD.down_at IS NOT NULL AND (NEW.down_at IS NOT OLD.down_at OR NEW.down_cause IS NOT OLD.down_cause OR NEW.down_says IS NOT OLD.down_says OR NEW.down_by IS NOT OLD.down_by)) OR (OLD.exception_id IS NOT NULL AND NEW.exception_id IS NOT OLD.exception_id) BEGIN SELECT RAISE(ABORT, 'a standing is only taken down, and once'); END",
    "CREATE TRIGGER standings_no_delete BEFORE DELETE ON standings BEGIN SELECT RAISE(ABORT, 'a standing is only taken down, and once'); END",
    "CREATE TRIGGER standings_no_replace BEFORE INSERT ON standings WHEN EXISTS (SELECT 1 FROM standings WHERE id = NEW.id OR (lane = NEW.lane AND message = NEW.message AND since = NEW.since)) BEGIN SELECT RAISE(ABORT, 'a standing is only taken down, and once'); END",
]

POSTGRESQL_GUARDS = [
    "CREATE TRIGGER standing_items_no_change BEFORE UPDATE OR DELETE ON standing_items FOR EACH ROW EXECUTE FUNCTION rq_append_only()",
    "ALTER TABLE standing_items ENABLE ALWAYS TRIGGER standing_items_no_change",
    "CREATE TRIGGER standing_items_no_truncate BEFORE TRUNCATE ON standing_items FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()",
    "ALTER TABLE standing_items ENABLE ALWAYS TRIGGER standing_items_no_truncate",
    "CREATE FUNCTION rq_standings_no_rise() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id IS DISTINCT FROM OLD.id OR NEW.lane IS DISTINCT FROM OLD.lane OR NEW.message IS DISTINCT FROM OLD.message OR NEW.since IS DISTINCT FROM OLD.since OR NEW.decision_id IS DISTINCT FROM OLD.decision_id OR NEW.policy_digest IS DISTINCT FROM OLD.policy_digest OR NEW.people IS DISTINCT FROM OLD.people OR NEW.earned IS DISTINCT FROM OLD.earned OR NEW.cites IS DISTINCT FROM OLD.cites OR NEW.stood_at IS DISTINCT FROM OLD.stood_at OR (OLD.down_at IS NOT NULL AND (NEW.down_at IS DISTINCT FROM OLD.down_at OR NEW.down_cause IS DISTINCT FROM OLD.down_cause OR NEW.down_says IS DISTINCT FROM OLD.down_says OR NEW.down_by IS DISTINCT FROM OLD.down_by)) OR (OLD.exception_id IS NOT NULL AND NEW.exception_id IS DISTINCT FROM OLD.exception_id) THEN RAISE EXCEPTION 'a standing is only taken down, and once'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER standings_no_rise BEFORE UPDATE ON standings FOR EACH ROW EXECUTE FUNCTION rq_standings_no_rise()",
    "ALTER TABLE standings ENABLE ALWAYS TRIGGER standings_no_rise",
    "CREATE TRIGGER standings_no_delete BEFORE DELETE ON standings FOR EACH ROW EXECUTE FUNCTION rq_append_only()",
    "ALTER TABLE standings ENABLE ALWAYS TRIGGER standings_no_delete",
    "CREATE TRIGGER standings_no_truncate BEFORE TRUNCATE ON standings FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()",
    "ALTER TABLE standings ENABLE ALWAYS TRIGGER standings_no_truncate",
]


def upgrade() -> None:
    op.create_table('standings',
    sa.Column('id', ID, nullable=False),
    sa.Column('lane', sa.String(length=64), nullable=False),
    sa.Column('message', sa.String(length=64), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('decision_id', ID, nullable=False),
    sa.Column('policy_digest', sa.String(length=64), nullable=False),
    sa.Column('people', sa.Text(), nullable=False),
    sa.Column('earned', sa.Text(), nullable=False),
    sa.Column('cites', sa.Text(), nullable=False),
    sa.Column('stood_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('down_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('down_cause', sa.String(length=64), nullable=False),
    sa.Column('down_says', sa.Text(), nullable=False),
    sa.Column('down_by', sa.String(length=255), nullable=False),
    sa.Column('exception_id', ID, nullable=True),
    sa.CheckConstraint(f"down_cause IN ({CAUSES})", name=op.f('ck_standings_down_cause_known')),
    sa.CheckConstraint("(down_at IS NULL) = (down_cause = '')", name=op.f('ck_standings_down_has_cause')),
    sa.ForeignKeyConstraint(['decision_id'], ['decisions.id'], name=op.f('fk_standings_decision_id')),
    sa.ForeignKeyConstraint(['exception_id'], ['exceptions.id'], name=op.f('fk_standings_exception_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_standings')),
    sa.UniqueConstraint('lane', 'message', 'since', name=op.f('uq_standings_lane_message_since'))
    )
    op.create_index(op.f('ix_standings_lane_down_at'), 'standings', ['lane', 'down_at'], unique=False)
    op.create_table('standing_items',
    sa.Column('item_id', ID, nullable=False),
    sa.Column('standing_id', ID, nullable=False),
    sa.Column('sampled', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['items.id'], name=op.f('fk_standing_items_item_id')),
    sa.ForeignKeyConstraint(['standing_id'], ['standings.id'], name=op.f('fk_standing_items_standing_id')),
    sa.PrimaryKeyConstraint('item_id', name=op.f('pk_standing_items'))
    )
    op.create_index(op.f('ix_standing_items_standing_id_item_id'), 'standing_items', ['standing_id', 'item_id'], unique=False)
    for statement in SQLITE_GUARDS if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_GUARDS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table('standing_items')
    op.drop_table('standings')
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION rq_standings_no_rise()")
