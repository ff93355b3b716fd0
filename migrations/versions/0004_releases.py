"""Releases: what goes out once an item is approved, and each attempt."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

SQLITE_GUARDS = [
    "CREATE TRIGGER release_attempts_no_update BEFORE UPDATE ON release_attempts BEGIN SELECT RAISE(ABORT, 'release_attempts is append-only'); END",
    "CREATE TRIGGER release_attempts_no_delete BEFORE DELETE ON release_attempts BEGIN SELECT RAISE(ABORT, 'release_attempts is append-only'); END",
    "CREATE TRIGGER release_attempts_no_replace_0 BEFORE INSERT ON release_attempts WHEN EXISTS (SELECT 1 FROM release_attempts WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'release_attempts is append-only'); END",
]

POSTGRESQL_GUARDS = [
    'CREATE TRIGGER release_attempts_no_change BEFORE UPDATE OR DELETE ON release_attempts FOR EACH ROW EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE release_attempts ENABLE ALWAYS TRIGGER release_attempts_no_change',
    'CREATE TRIGGER release_attempts_no_truncate BEFORE TRUNCATE ON release_attempts FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE release_attempts ENABLE ALWAYS TRIGGER release_attempts_no_truncate',
]


def upgrade() -> None:
    op.create_table('releases',
    sa.Column('id', ID, nullable=False),
    sa.Column('item_id', ID, nullable=False),
    sa.Column('revision_id', ID, nullable=False),
    sa.Column('decision_id', ID, nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('destination', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease', sa.String(length=64), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('alarmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_by', sa.String(length=255), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_by_id', ID, nullable=True),
    sa.CheckConstraint("(state IN ('released', 'given_up')) = (done_at IS NOT NULL)", name=op.f('ck_releases_ends_when')),
    sa.CheckConstraint("kind IN ('automation', 'email')", name=op.f('ck_releases_kind_known')),
    sa.CheckConstraint("state IN ('waiting', 'sending', 'released', 'unknown', 'failed', 'given_up')", name=op.f('ck_releases_state_known')),
    sa.ForeignKeyConstraint(['decision_id'], ['decisions.id'], name=op.f('fk_releases_decision_id')),
    sa.ForeignKeyConstraint(['done_by_id'], ['people.id'], name=op.f('fk_releases_done_by_id')),
    sa.ForeignKeyConstraint(['item_id'], ['items.id'], name=op.f('fk_releases_item_id')),
    sa.ForeignKeyConstraint(['revision_id'], ['revisions.id'], name=op.f('fk_releases_revision_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_releases')),
    sa.UniqueConstraint('item_id', 'digest', name=op.f('uq_releases_item_id_digest'))
    )
    op.create_index(op.f('ix_releases_state_next_at_id'), 'releases', ['state', 'next_at', 'id'], unique=False)
    op.create_table('release_attempts',
    sa.Column('id', ID, nullable=False),
    sa.Column('release_id', ID, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=255), nullable=False),
    sa.Column('outcome', sa.String(length=64), nullable=False),
    sa.Column('digest', sa.String(length=255), nullable=False),
    sa.Column('code', sa.Integer(), nullable=True),
    sa.Column('says', sa.Text(), nullable=False),
    sa.Column('milliseconds', sa.Integer(), nullable=False),
    sa.CheckConstraint("outcome IN ('released', 'later', 'failed', 'unknown', 'differs')", name=op.f('ck_release_attempts_outcome_known')),
    sa.ForeignKeyConstraint(['release_id'], ['releases.id'], name=op.f('fk_release_attempts_release_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_release_attempts'))
    )
    op.create_index(op.f('ix_release_attempts_release_id'), 'release_attempts', ['release_id'], unique=False)
    for statement in SQLITE_GUARDS if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_GUARDS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_index(op.f('ix_release_attempts_release_id'), table_name='release_attempts')
    op.drop_table('release_attempts')
    op.drop_index(op.f('ix_releases_state_next_at_id'), table_name='releases')
    op.drop_table('releases')
