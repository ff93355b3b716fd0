"""Gates, exceptions and clocks: whom an item waits for, its pauses and deadlines, groups, and exceptions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("settled_at IS NULL")
TICKING = sa.text("settled_at IS NULL AND paused_at IS NULL AND overdue_at IS NULL")
UNRESOLVED = sa.text("resolved_at IS NULL")

# Columns are added one by one: copying the table would drop what refers to it.
COLUMNS = {
    'sqlite': [
        'ALTER TABLE items ADD COLUMN assignee_id INTEGER CONSTRAINT fk_items_assignee_id REFERENCES people (id)',
        "ALTER TABLE items ADD COLUMN pause VARCHAR(64) DEFAULT '' NOT NULL CONSTRAINT ck_items_pause_known CHECK (pause IN ('', 'waiting_for_customer', 'waiting_for_sales'))",
        'ALTER TABLE items ADD COLUMN paused_at DATETIME',
        'ALTER TABLE items ADD COLUMN overdue_at DATETIME',
        'ALTER TABLE items ADD COLUMN expires_at DATETIME',
    ],
    'postgresql': [
        'ALTER TABLE items ADD COLUMN assignee_id BIGINT CONSTRAINT fk_items_assignee_id REFERENCES people (id)',
        "ALTER TABLE items ADD COLUMN pause VARCHAR(64) DEFAULT '' NOT NULL CONSTRAINT ck_items_pause_known CHECK (pause IN ('', 'waiting_for_customer', 'waiting_for_sales'))",
        'ALTER TABLE items ADD COLUMN paused_at TIMESTAMP WITH TIME ZONE',
        'ALTER TABLE items ADD COLUMN overdue_at TIMESTAMP WITH TIME ZONE',
        'ALTER TABLE items ADD COLUMN expires_at TIMESTAMP WITH TIME ZONE',
    ],
}

SQLITE_GUARDS = [
    "CREATE TRIGGER exception_items_no_update BEFORE UPDATE ON exception_items BEGIN SELECT RAISE(ABORT, 'exception_items is append-only'); END",
    "CREATE TRIGGER exception_items_no_delete BEFORE DELETE ON exception_items BEGIN SELECT RAISE(ABORT, 'exception_items is append-only'); END",
    "CREATE TRIGGER exception_items_no_replace_0 BEFORE INSERT ON exception_items WHEN EXISTS (SELECT 1 FROM exception_items WHERE exception_id = NEW.exception_id AND item_id = NEW.item_id) BEGIN SELECT RAISE(ABORT, 'exception_items is append-only'); END",
    "CREATE TRIGGER exception_notes_no_update BEFORE UPDATE ON exception_notes BEGIN SELECT RAISE(ABORT, 'exception_notes is append-only'); END",
    "CREATE TRIGGER exception_notes_no_delete BEFORE DELETE ON exception_notes BEGIN SELECT RAISE(ABORT, 'exception_notes is append-only'); END",
    "CREATE TRIGGER exception_notes_no_replace_0 BEFORE INSERT ON exception_notes WHEN EXISTS (SELECT 1 FROM exception_notes WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'exception_notes is append-only'); END",
]

POSTGRESQL_GUARDS = [
    'CREATE TRIGGER exception_items_no_change BEFORE UPDATE OR DELETE ON exception_items FOR EACH ROW EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE exception_items ENABLE ALWAYS TRIGGER exception_items_no_change',
    'CREATE TRIGGER exception_items_no_truncate BEFORE TRUNCATE ON exception_items FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE exception_items ENABLE ALWAYS TRIGGER exception_items_no_truncate',
    'CREATE TRIGGER exception_notes_no_change BEFORE UPDATE OR DELETE ON exception_notes FOR EACH ROW EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE exception_notes ENABLE ALWAYS TRIGGER exception_notes_no_change',
    'CREATE TRIGGER exception_notes_no_truncate BEFORE TRUNCATE ON exception_notes FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE exception_notes ENABLE ALWAYS TRIGGER exception_notes_no_truncate',
]


def upgrade() -> None:
    op.create_table('memberships',
    sa.Column('id', ID, nullable=False),
    sa.Column('group_key', sa.String(length=64), nullable=False),
    sa.Column('person_id', ID, nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_memberships_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_memberships'))
    )
    op.create_index(op.f('ix_memberships_group_key'), 'memberships', ['group_key'], unique=False)
    op.create_index(op.f('ix_memberships_person_id'), 'memberships', ['person_id'], unique=False)
    op.create_table('exceptions',
    sa.Column('id', ID, nullable=False),
    sa.Column('category', sa.String(length=64), nullable=False),
    sa.Column('lane', sa.String(length=64), nullable=False),
    sa.Column('onboarding_id', ID, nullable=True),
    sa.Column('customer', sa.String(length=255), nullable=False),
    sa.Column('summary', sa.String(length=255), nullable=False),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('blocking', sa.Boolean(), nullable=False),
    sa.Column('owner_id', ID, nullable=True),
    sa.Column('owner_role', sa.String(length=64), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('policy_digest', sa.String(length=64), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by', sa.String(length=64), nullable=False),
    sa.Column('respond_by', sa.DateTime(timezone=True), nullable=False),
    sa.Column('responded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('overdue_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('pause', sa.String(length=64), server_default='', nullable=False),
    sa.Column('paused_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('resolved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('resolved_by_id', ID, nullable=True),
    sa.Column('outcome', sa.String(length=64), server_default='', nullable=False),
    sa.CheckConstraint("pause IN ('', 'waiting_for_customer', 'waiting_for_sales')", name=op.f('ck_exceptions_pause_known')),
    sa.CheckConstraint("state IN ('open', 'responded', 'resolved')", name=op.f('ck_exceptions_state_known')),
    sa.ForeignKeyConstraint(['onboarding_id'], ['onboardings.id'], name=op.f('fk_exceptions_onboarding_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['people.id'], name=op.f('fk_exceptions_owner_id')),
    sa.ForeignKeyConstraint(['resolved_by_id'], ['people.id'], name=op.f('fk_exceptions_resolved_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exceptions'))
    )
    op.create_index('ix_exceptions_clock', 'exceptions', ['due_at', 'id'], unique=False, sqlite_where=UNRESOLVED, postgresql_where=UNRESOLVED)
    op.create_index('ix_exceptions_onboarding', 'exceptions', ['onboarding_id', 'category', 'state'], unique=False)
    op.create_index('ix_exceptions_owner', 'exceptions', ['owner_id', 'due_at', 'id'], unique=False, sqlite_where=UNRESOLVED, postgresql_where=UNRESOLVED)
    op.create_index('ix_exceptions_state', 'exceptions', ['state', 'due_at', 'id'], unique=False)
    op.create_table('exception_items',
    sa.Column('exception_id', ID, nullable=False),
    sa.Column('item_id', ID, nullable=False),
    sa.ForeignKeyConstraint(['exception_id'], ['exceptions.id'], name=op.f('fk_exception_items_exception_id')),
    sa.ForeignKeyConstraint(['item_id'], ['items.id'], name=op.f('fk_exception_items_item_id')),
    sa.PrimaryKeyConstraint('exception_id', 'item_id', name=op.f('pk_exception_items'))
    )
    op.create_index(op.f('ix_exception_items_item_id'), 'exception_items', ['item_id'], unique=False)
    op.create_table('exception_notes',
    sa.Column('id', ID, nullable=False),
    sa.Column('exception_id', ID, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.CheckConstraint("kind IN ('opened', 'first_response', 'note', 'moved', 'paused', 'resumed', 'resolution')", name=op.f('ck_exception_notes_kind_known')),
    sa.ForeignKeyConstraint(['exception_id'], ['exceptions.id'], name=op.f('fk_exception_notes_exception_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exception_notes'))
    )
    op.create_index(op.f('ix_exception_notes_exception_id_id'), 'exception_notes', ['exception_id', 'id'], unique=False)
    for statement in COLUMNS[op.get_bind().dialect.name]:
        op.execute(statement)
    op.create_index('ix_items_assignee', 'items', ['assignee_id', 'due_at', 'id'], unique=False, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index('ix_items_clock', 'items', ['due_at', 'id'], unique=False, sqlite_where=TICKING, postgresql_where=TICKING)
    op.create_index('ix_items_expiry', 'items', ['expires_at', 'id'], unique=False, sqlite_where=OPEN, postgresql_where=OPEN)
    for statement in SQLITE_GUARDS if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_GUARDS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_index('ix_items_expiry', table_name='items', sqlite_where=OPEN, postgresql_where=OPEN)
    op.drop_index('ix_items_clock', table_name='items', sqlite_where=TICKING, postgresql_where=TICKING)
    op.drop_index('ix_items_assignee', table_name='items', sqlite_where=OPEN, postgresql_where=OPEN)
    for name in ('expires_at', 'overdue_at', 'paused_at', 'pause', 'assignee_id'):
        op.execute(f'ALTER TABLE items DROP COLUMN {name}')
    op.drop_index(op.f('ix_exception_notes_exception_id_id'), table_name='exception_notes')
    op.drop_table('exception_notes')
    op.drop_index(op.f('ix_exception_items_item_id'), table_name='exception_items')
    op.drop_table('exception_items')
    op.drop_index('ix_exceptions_state', table_name='exceptions')
    op.drop_index('ix_exceptions_owner', table_name='exceptions', sqlite_where=UNRESOLVED, postgresql_where=UNRESOLVED)
    op.drop_index('ix_exceptions_onboarding', table_name='exceptions')
    op.drop_index('ix_exceptions_clock', table_name='exceptions', sqlite_where=UNRESOLVED, postgresql_where=UNRESOLVED)
    op.drop_table('exceptions')
    op.drop_index(op.f('ix_memberships_person_id'), table_name='memberships')
    op.drop_index(op.f('ix_memberships_group_key'), table_name='memberships')
    op.drop_table('memberships')
