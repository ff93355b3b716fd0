"""Looks: who looked at a source that changed, and why; and what had changed under a draft when somebody decided it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

SQLITE_GUARDS = [
    "CREATE TRIGGER source_looks_no_update BEFORE UPDATE ON source_looks BEGIN SELECT RAISE(ABORT, 'source_looks is append-only'); END",
    "CREATE TRIGGER source_looks_no_delete BEFORE DELETE ON source_looks BEGIN SELECT RAISE(ABORT, 'source_looks is append-only'); END",
    "CREATE TRIGGER source_looks_no_replace_0 BEFORE INSERT ON source_looks WHEN EXISTS (SELECT 1 FROM source_looks WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'source_looks is append-only'); END",
]

POSTGRESQL_GUARDS = [
    "CREATE TRIGGER source_looks_no_change BEFORE UPDATE OR DELETE ON source_looks FOR EACH ROW EXECUTE FUNCTION rq_append_only()",
    "ALTER TABLE source_looks ENABLE ALWAYS TRIGGER source_looks_no_change",
    "CREATE TRIGGER source_looks_no_truncate BEFORE TRUNCATE ON source_looks FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()",
    "ALTER TABLE source_looks ENABLE ALWAYS TRIGGER source_looks_no_truncate",
]


def upgrade() -> None:
    op.create_table('source_looks',
    sa.Column('id', ID, nullable=False),
    sa.Column('item_id', ID, nullable=False),
    sa.Column('move_id', ID, nullable=False),
    sa.Column('person_id', ID, nullable=False),
    sa.Column('reason_code', sa.String(length=64), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['items.id'], name=op.f('fk_source_looks_item_id')),
    sa.ForeignKeyConstraint(['move_id'], ['source_moves.id'], name=op.f('fk_source_looks_move_id')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_source_looks_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source_looks'))
    )
    op.create_index(op.f('ix_source_looks_item_id_id'), 'source_looks', ['item_id', 'id'], unique=False)
    # A column added in place keeps the table's rows, indexes and triggers, and touches no row.
    if op.get_bind().dialect.name == "sqlite":
        op.execute("ALTER TABLE decisions ADD COLUMN changes_seen VARCHAR(64) DEFAULT '' NOT NULL")
    else:
        op.add_column('decisions', sa.Column('changes_seen', sa.String(length=64), server_default='', nullable=False))
    for statement in SQLITE_GUARDS if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_GUARDS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table('source_looks')
    if op.get_bind().dialect.name == "sqlite":
        op.execute("ALTER TABLE decisions DROP COLUMN changes_seen")
    else:
        op.drop_column('decisions', 'changes_seen')
