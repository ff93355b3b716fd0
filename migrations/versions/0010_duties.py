"""Duties: who gave whom which role, and passwords that are good for one sign-in."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

SQLITE_GUARDS = [
    "CREATE TRIGGER role_grants_no_update BEFORE UPDATE ON role_grants BEGIN SELECT RAISE(ABORT, 'role_grants is append-only'); END",
    "CREATE TRIGGER role_grants_no_delete BEFORE DELETE ON role_grants BEGIN SELECT RAISE(ABORT, 'role_grants is append-only'); END",
    "CREATE TRIGGER role_grants_no_replace_0 BEFORE INSERT ON role_grants WHEN EXISTS (SELECT 1 FROM role_grants WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'role_grants is append-only'); END",
]

POSTGRESQL_GUARDS = [
    "CREATE TRIGGER role_grants_no_change BEFORE UPDATE OR DELETE ON role_grants FOR EACH ROW EXECUTE FUNCTION rq_append_only()",
    "ALTER TABLE role_grants ENABLE ALWAYS TRIGGER role_grants_no_change",
    "CREATE TRIGGER role_grants_no_truncate BEFORE TRUNCATE ON role_grants FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()",
    "ALTER TABLE role_grants ENABLE ALWAYS TRIGGER role_grants_no_truncate",
]


def upgrade() -> None:
    op.create_table('role_grants',
    sa.Column('id', ID, nullable=False),
    sa.Column('person_id', ID, nullable=False),
    sa.Column('role', sa.String(length=255), nullable=False),
    sa.Column('by_id', ID, nullable=False),
    sa.Column('to_admin', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['people.id'], name=op.f('fk_role_grants_by_id')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_role_grants_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_role_grants'))
    )
    op.create_index(op.f('ix_role_grants_person_id'), 'role_grants', ['person_id'], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        # A column added in place keeps the table's rows, indexes and triggers; its CHECK comes with it.
        op.execute("ALTER TABLE people ADD COLUMN one_time VARCHAR(64) DEFAULT '' NOT NULL CONSTRAINT ck_people_one_time_known CHECK (one_time IN ('', 'unused', 'used'))")
    else:
        op.add_column('people', sa.Column('one_time', sa.String(length=64), server_default='', nullable=False))
        op.create_check_constraint(op.f('ck_people_one_time_known'), 'people', "one_time IN ('', 'unused', 'used')")
    for statement in SQLITE_GUARDS if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_GUARDS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table('role_grants')
    if op.get_bind().dialect.name == "sqlite":
        op.execute("ALTER TABLE people DROP COLUMN one_time")
    else:
        op.drop_constraint(op.f('ck_people_one_time_known'), 'people', type_='check')
        op.drop_column('people', 'one_time')
