"""Measurement: what the baseline was, what people and customers told, and the rollup that figures come from."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNSEEN = "".join(
    map(
        chr,
        [
            *range(0x01, 0x21), *range(0x7F, 0xA1), 0xAD, 0x034F, 0x061C, 0x115F, 0x1160, 0x1680, 0x17B4, 0x17B5,
            *range(0x180B, 0x1810), *range(0x2000, 0x2010), *range(0x2028, 0x2030), *range(0x205F, 0x2070),
            0x2800, 0x3000, 0x3164, *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0, *range(0xFFF0, 0xFFFC),
            *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B), *range(0xE0000, 0xE0080), *range(0xE0100, 0xE01F0),
        ],
    )
)  # fmt: skip
KINDS = (
    "'closed_won', 'kickoff_scheduled', 'kickoff_held', 'csm_prep', 'customer_task_given', 'customer_task_done', "
    "'support_ticket', 'satisfaction', 'work_redone', 'activated', 'taken_back'"
)

SQLITE_GUARDS = [
    "CREATE TRIGGER recorded_events_no_update BEFORE UPDATE ON recorded_events BEGIN SELECT RAISE(ABORT, 'recorded_events is append-only'); END",
    "CREATE TRIGGER recorded_events_no_delete BEFORE DELETE ON recorded_events BEGIN SELECT RAISE(ABORT, 'recorded_events is append-only'); END",
    "CREATE TRIGGER recorded_events_no_replace_0 BEFORE INSERT ON recorded_events WHEN EXISTS (SELECT 1 FROM recorded_events WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'recorded_events is append-only'); END",
    "CREATE TRIGGER recorded_events_no_replace_1 BEFORE INSERT ON recorded_events WHEN EXISTS (SELECT 1 FROM recorded_events WHERE takes_back_id = NEW.takes_back_id) BEGIN SELECT RAISE(ABORT, 'recorded_events is append-only'); END",
    "CREATE TRIGGER baselines_no_update BEFORE UPDATE ON baselines BEGIN SELECT RAISE(ABORT, 'baselines is append-only'); END",
    "CREATE TRIGGER baselines_no_delete BEFORE DELETE ON baselines BEGIN SELECT RAISE(ABORT, 'baselines is append-only'); END",
    "CREATE TRIGGER baselines_no_replace_0 BEFORE INSERT ON baselines WHEN EXISTS (SELECT 1 FROM baselines WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'baselines is append-only'); END",
]

POSTGRESQL_GUARDS = [
    statement
    for table in ("recorded_events", "baselines")
    for statement in (
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION rq_append_only()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_change",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate",
    )
]


def _seen(column: str, at_least: int) -> str:
    unseen = UNSEEN.replace("'", "''")
    return f"length(ltrim(rtrim({column}, '{unseen}'), '{unseen}')) >= {at_least}"


def upgrade() -> None:
    op.create_table('recorded_events',
    sa.Column('id', ID, nullable=False),
    sa.Column('onboarding_id', ID, nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('about', sa.String(length=255), nullable=False),
    sa.Column('amount', sa.Integer(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.String(length=64), nullable=False),
    sa.Column('takes_back_id', ID, nullable=True),
    sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f('ck_recorded_events_kind_known')),
    sa.CheckConstraint("(kind = 'taken_back') = (takes_back_id IS NOT NULL)", name=op.f('ck_recorded_events_taken_back_names_one')),
    sa.ForeignKeyConstraint(['onboarding_id'], ['onboardings.id'], name=op.f('fk_recorded_events_onboarding_id')),
    sa.ForeignKeyConstraint(['takes_back_id'], ['recorded_events.id'], name=op.f('fk_recorded_events_takes_back_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recorded_events')),
    sa.UniqueConstraint('takes_back_id', name=op.f('uq_recorded_events_takes_back_id'))
    )
    op.create_index(op.f('ix_recorded_events_onboarding_id_id'), 'recorded_events', ['onboarding_id', 'id'], unique=False)
    op.create_table('baselines',
    sa.Column('id', ID, nullable=False),
    sa.Column('lane', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('metric', sa.String(length=64), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('value', sa.Double(), nullable=True),
    sa.Column('low', sa.Double(), nullable=True),
    sa.Column('high', sa.Double(), nullable=True),
    sa.Column('sample', sa.Integer(), nullable=True),
    sa.Column('how', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.String(length=64), nullable=False),
    sa.CheckConstraint("kind IN ('period', 'figure', 'pilot')", name=op.f('ck_baselines_kind_known')),
    sa.CheckConstraint(_seen('how', 10), name=op.f('ck_baselines_how_seen')),
    sa.CheckConstraint("(kind = 'figure') = (metric <> '')", name=op.f('ck_baselines_figure_names_metric')),
    sa.CheckConstraint("(kind = 'figure') = (value IS NOT NULL)", name=op.f('ck_baselines_figure_has_value')),
    sa.CheckConstraint("(kind = 'figure') = (starts_on IS NULL)", name=op.f('ck_baselines_period_has_start')),
    sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f('ck_baselines_ends_after_start')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_baselines'))
    )
    op.create_index(op.f('ix_baselines_lane_id'), 'baselines', ['lane', 'id'], unique=False)
    op.create_table('measures',
    sa.Column('onboarding_id', ID, nullable=False),
    sa.Column('metric', sa.String(length=64), nullable=False),
    sa.Column('lane', sa.String(length=64), nullable=False),
    sa.Column('segment', sa.String(length=64), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('counts_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('value', sa.Double(), nullable=False),
    sa.Column('of', sa.Double(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('heard', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['onboarding_id'], ['onboardings.id'], name=op.f('fk_measures_onboarding_id')),
    sa.PrimaryKeyConstraint('onboarding_id', 'metric', name=op.f('pk_measures'))
    )
    op.create_index(op.f('ix_measures_lane_metric_at_onboarding_id'), 'measures', ['lane', 'metric', 'at', 'onboarding_id'], unique=False)
    op.create_table('measure_marks',
    sa.Column('id', ID, nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('built_to', ID, nullable=False),
    sa.Column('position', ID, nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_measure_marks'))
    )
    op.create_table('figure_sheets',
    sa.Column('id', ID, nullable=False),
    sa.Column('lane', sa.String(length=64), nullable=False),
    sa.Column('position', ID, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('figures', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_figure_sheets')),
    sa.UniqueConstraint('lane', name=op.f('uq_figure_sheets_lane'))
    )
    for statement in SQLITE_GUARDS if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_GUARDS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table('figure_sheets')
    op.drop_table('measure_marks')
    op.drop_index(op.f('ix_measures_lane_metric_at_onboarding_id'), table_name='measures')
    op.drop_table('measures')
    op.drop_index(op.f('ix_baselines_lane_id'), table_name='baselines')
    op.drop_table('baselines')
    op.drop_index(op.f('ix_recorded_events_onboarding_id_id'), table_name='recorded_events')
    op.drop_table('recorded_events')
