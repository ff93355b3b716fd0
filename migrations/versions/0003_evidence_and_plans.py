"""Evidence and plans: drafts that are due, milestones, commitments, sources that moved, corrections; failed sign-ins."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("settled_at IS NULL")
MOVED = sa.text("moved_at IS NOT NULL")
PAUSED = sa.text("settled_at IS NULL AND paused_at IS NOT NULL")
MOVED_AT = {
    "sqlite": "ALTER TABLE items ADD COLUMN moved_at DATETIME",
    "postgresql": "ALTER TABLE items ADD COLUMN moved_at TIMESTAMP WITH TIME ZONE",
}

SQLITE_GUARDS = [
    "CREATE TRIGGER commitments_no_update BEFORE UPDATE ON commitments BEGIN SELECT RAISE(ABORT, 'commitments is append-only'); END",
    "CREATE TRIGGER commitments_no_delete BEFORE DELETE ON commitments BEGIN SELECT RAISE(ABORT, 'commitments is append-only'); END",
    "CREATE TRIGGER commitments_no_replace_0 BEFORE INSERT ON commitments WHEN EXISTS (SELECT 1 FROM commitments WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'commitments is append-only'); END",
]

POSTGRESQL_GUARDS = [
    'CREATE TRIGGER commitments_no_change BEFORE UPDATE OR DELETE ON commitments FOR EACH ROW EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE commitments ENABLE ALWAYS TRIGGER commitments_no_change',
    'CREATE TRIGGER commitments_no_truncate BEFORE TRUNCATE ON commitments FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE commitments ENABLE ALWAYS TRIGGER commitments_no_truncate',
]


def upgrade() -> None:
    op.create_table('failed_sign_ins',
    sa.Column('id', ID, nullable=False),
    sa.Column('email_digest', sa.String(length=64), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_failed_sign_ins'))
    )
    op.create_index(op.f('ix_failed_sign_ins_address_at'), 'failed_sign_ins', ['address', 'at'], unique=False)
    op.create_index(op.f('ix_failed_sign_ins_at'), 'failed_sign_ins', ['at'], unique=False)
    op.create_index(op.f('ix_failed_sign_ins_email_digest_at'), 'failed_sign_ins', ['email_digest', 'at'], unique=False)
    op.create_table('draftings',
    sa.Column('id', ID, nullable=False),
    sa.Column('onboarding_id', ID, nullable=False),
    sa.Column('template', sa.String(length=64), nullable=False),
    sa.Column('cause', sa.String(length=255), nullable=False),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease', sa.String(length=64), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('says', sa.Text(), nullable=False),
    sa.Column('item_id', ID, nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'drafting', 'drafted', 'skipped', 'failed', 'given_up')", name=op.f('ck_draftings_state_known')),
    sa.ForeignKeyConstraint(['item_id'], ['items.id'], name=op.f('fk_draftings_item_id')),
    sa.ForeignKeyConstraint(['onboarding_id'], ['onboardings.id'], name=op.f('fk_draftings_onboarding_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_draftings')),
    sa.UniqueConstraint('onboarding_id', 'template', 'cause', name=op.f('uq_draftings_onboarding_id_template_cause'))
    )
    op.create_index(op.f('ix_draftings_state_next_at_id'), 'draftings', ['state', 'next_at', 'id'], unique=False)
    op.create_table('milestones',
    sa.Column('id', ID, nullable=False),
    sa.Column('onboarding_id', ID, nullable=False),
    sa.Column('item_id', ID, nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('layer', sa.String(length=64), nullable=False),
    sa.Column('owner', sa.String(length=255), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('exit', sa.Text(), nullable=False),
    sa.Column('depends', sa.String(length=255), nullable=False),
    sa.Column('planned_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('replaced_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reached_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reached_by_id', ID, nullable=True),
    sa.Column('proof', sa.Text(), nullable=False),
    sa.CheckConstraint("layer IN ('', 'internal setup', 'implementation progress', 'customer value')", name=op.f('ck_milestones_layer_known')),
    sa.ForeignKeyConstraint(['item_id'], ['items.id'], name=op.f('fk_milestones_item_id')),
    sa.ForeignKeyConstraint(['onboarding_id'], ['onboardings.id'], name=op.f('fk_milestones_onboarding_id')),
    sa.ForeignKeyConstraint(['reached_by_id'], ['people.id'], name=op.f('fk_milestones_reached_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_milestones')),
    sa.UniqueConstraint('item_id', 'number', name=op.f('uq_milestones_item_id_number'))
    )
    op.create_index(op.f('ix_milestones_onboarding_id_replaced_at_due_on'), 'milestones', ['onboarding_id', 'replaced_at', 'due_on'], unique=False)
    op.create_table('commitments',
    sa.Column('id', ID, nullable=False),
    sa.Column('onboarding_id', ID, nullable=False),
    sa.Column('item_id', ID, nullable=False),
    sa.Column('revision_id', ID, nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('says', sa.Text(), nullable=False),
    sa.Column('value', sa.String(length=255), nullable=False),
    sa.Column('at', sa.Text(), nullable=False),
    sa.Column('dropped', sa.Boolean(), nullable=False),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('approved_by_id', ID, nullable=False),
    sa.CheckConstraint("kind IN ('date', 'scope', 'price', 'discount', 'term', 'integration', 'sla', 'owner')", name=op.f('ck_commitments_kind_known')),
    sa.ForeignKeyConstraint(['approved_by_id'], ['people.id'], name=op.f('fk_commitments_approved_by_id')),
    sa.ForeignKeyConstraint(['item_id'], ['items.id'], name=op.f('fk_commitments_item_id')),
    sa.ForeignKeyConstraint(['onboarding_id'], ['onboardings.id'], name=op.f('fk_commitments_onboarding_id')),
    sa.ForeignKeyConstraint(['revision_id'], ['revisions.id'], name=op.f('fk_commitments_revision_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_commitments'))
    )
    op.create_index(op.f('ix_commitments_item_id'), 'commitments', ['item_id'], unique=False)
    op.create_index(op.f('ix_commitments_onboarding_id_kind_key_id'), 'commitments', ['onboarding_id', 'kind', 'key', 'id'], unique=False)
    op.create_table('source_moves',
    sa.Column('id', ID, nullable=False),
    sa.Column('item_id', ID, nullable=False),
    sa.Column('revision_id', ID, nullable=False),
    sa.Column('ref', sa.String(length=255), nullable=False),
    sa.Column('path', sa.Text(), nullable=False),
    sa.Column('was_record_id', ID, nullable=False),
    sa.Column('now_record_id', ID, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('looked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('looked_by_id', ID, nullable=True),
    sa.ForeignKeyConstraint(['item_id'], ['items.id'], name=op.f('fk_source_moves_item_id')),
    sa.ForeignKeyConstraint(['looked_by_id'], ['people.id'], name=op.f('fk_source_moves_looked_by_id')),
    sa.ForeignKeyConstraint(['now_record_id'], ['source_records.id'], name=op.f('fk_source_moves_now_record_id')),
    sa.ForeignKeyConstraint(['revision_id'], ['revisions.id'], name=op.f('fk_source_moves_revision_id')),
    sa.ForeignKeyConstraint(['was_record_id'], ['source_records.id'], name=op.f('fk_source_moves_was_record_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source_moves'))
    )
    op.create_index(op.f('ix_source_moves_item_id_id'), 'source_moves', ['item_id', 'id'], unique=False)
    op.create_index(op.f('ix_source_moves_now_record_id'), 'source_moves', ['now_record_id'], unique=False)
    op.create_table('corrections',
    sa.Column('id', ID, nullable=False),
    sa.Column('item_id', ID, nullable=False),
    sa.Column('decision_id', ID, nullable=False),
    sa.Column('source_record_id', ID, nullable=False),
    sa.Column('path', sa.Text(), nullable=False),
    sa.Column('was', sa.Text(), nullable=False),
    sa.Column('proposed', sa.Text(), nullable=False),
    sa.Column('owner_role', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by_id', ID, nullable=True),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.CheckConstraint("state IN ('open', 'accepted', 'refused')", name=op.f('ck_corrections_state_known')),
    sa.ForeignKeyConstraint(['answered_by_id'], ['people.id'], name=op.f('fk_corrections_answered_by_id')),
    sa.ForeignKeyConstraint(['decision_id'], ['decisions.id'], name=op.f('fk_corrections_decision_id')),
    sa.ForeignKeyConstraint(['item_id'], ['items.id'], name=op.f('fk_corrections_item_id')),
    sa.ForeignKeyConstraint(['source_record_id'], ['source_records.id'], name=op.f('fk_corrections_source_record_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_corrections'))
    )
    op.create_index(op.f('ix_corrections_item_id'), 'corrections', ['item_id'], unique=False)
    op.create_index(op.f('ix_corrections_source_record_id'), 'corrections', ['source_record_id'], unique=False)
    op.create_index(op.f('ix_corrections_state_id'), 'corrections', ['state', 'id'], unique=False)
    op.execute(MOVED_AT[op.get_bind().dialect.name])
    op.create_index('ix_items_lease', 'items', ['lease_holder_id', 'lease_until'], unique=False, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index(op.f('ix_onboardings_owner_id_id'), 'onboardings', ['owner_id', 'id'], unique=False)
    op.create_index('ix_items_moved', 'items', ['moved_at', 'id'], unique=False, sqlite_where=MOVED, postgresql_where=MOVED)
    op.create_index('ix_items_paused', 'items', ['paused_at', 'id'], unique=False, sqlite_where=PAUSED, postgresql_where=PAUSED)
    for statement in SQLITE_GUARDS if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_GUARDS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_index(op.f('ix_onboardings_owner_id_id'), table_name='onboardings')
    op.drop_index('ix_items_moved', table_name='items', sqlite_where=MOVED, postgresql_where=MOVED)
    op.drop_index('ix_items_paused', table_name='items', sqlite_where=PAUSED, postgresql_where=PAUSED)
    op.drop_index('ix_items_lease', table_name='items', sqlite_where=OPEN, postgresql_where=OPEN)
    op.execute('ALTER TABLE items DROP COLUMN moved_at')
    op.drop_index(op.f('ix_corrections_state_id'), table_name='corrections')
    op.drop_index(op.f('ix_corrections_source_record_id'), table_name='corrections')
    op.drop_index(op.f('ix_corrections_item_id'), table_name='corrections')
    op.drop_table('corrections')
    op.drop_index(op.f('ix_source_moves_now_record_id'), table_name='source_moves')
    op.drop_index(op.f('ix_source_moves_item_id_id'), table_name='source_moves')
    op.drop_table('source_moves')
    op.drop_index(op.f('ix_commitments_onboarding_id_kind_key_id'), table_name='commitments')
    op.drop_index(op.f('ix_commitments_item_id'), table_name='commitments')
    op.drop_table('commitments')
    op.drop_index(op.f('ix_milestones_onboarding_id_replaced_at_due_on'), table_name='milestones')
    op.drop_table('milestones')
    op.drop_index(op.f('ix_draftings_state_next_at_id'), table_name='draftings')
    op.drop_table('draftings')
    op.drop_index(op.f('ix_failed_sign_ins_email_digest_at'), table_name='failed_sign_ins')
    op.drop_index(op.f('ix_failed_sign_ins_at'), table_name='failed_sign_ins')
    op.drop_index(op.f('ix_failed_sign_ins_address_at'), table_name='failed_sign_ins')
    op.drop_table('failed_sign_ins')
