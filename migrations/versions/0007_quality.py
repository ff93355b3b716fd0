"""Quality: the weekly sample, its second reviews and what was disputed."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

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
GUARDED = {
    "qa_samples": ("id", "lane, week"),
    "qa_places": ("id", "sample_id, revision_id"),
    "qa_reviews": ("id", "place_id"),
    "qa_findings": ("id",),
    "qa_settlements": ("id", "review_id"),
}
FINDINGS = "'wrong-fact', 'missing-promise', 'wrong-receiver', 'tone', 'missing-next-step', 'evidence-missing', 'other'"


def _seen(column: str, at_least: int) -> str:
    unseen = UNSEEN.replace("'", "''")
    return f"length(ltrim(rtrim({column}, '{unseen}'), '{unseen}')) >= {at_least}"


def _sqlite_guards() -> list[str]:
    made = []
    for table, keys in GUARDED.items():
        refusal = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        made.append(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refusal}")
        made.append(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refusal}")
        for number, key in enumerate(keys):
            same = " AND ".join(f"{name} = NEW.{name}" for name in key.split(", "))
            when = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"
            made.append(f"CREATE TRIGGER {table}_no_replace_{number} BEFORE INSERT ON {table} {when} {refusal}")
    return made


def _postgresql_guards() -> list[str]:
    return [
        statement
        for table in GUARDED
        for statement in (
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION rq_append_only()",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_change",
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate",
        )
    ]


def upgrade() -> None:
    op.create_table('qa_samples',
    sa.Column('id', ID, nullable=False),
    sa.Column('lane', sa.String(length=64), nullable=False),
    sa.Column('week', sa.String(length=64), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seed', sa.String(length=64), nullable=False),
    sa.Column('log_position', ID, nullable=False),
    sa.Column('frame_digest', sa.String(length=64), nullable=False),
    sa.Column('frame_size', sa.Integer(), nullable=False),
    sa.Column('strata', sa.Text(), nullable=False),
    sa.Column('policy_digest', sa.String(length=64), nullable=False),
    sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('drawn_by', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_qa_samples')),
    sa.UniqueConstraint('lane', 'week', name=op.f('uq_qa_samples_lane_week'))
    )
    op.create_table('qa_places',
    sa.Column('id', ID, nullable=False),
    sa.Column('sample_id', ID, nullable=False),
    sa.Column('item_id', ID, nullable=False),
    sa.Column('revision_id', ID, nullable=False),
    sa.Column('decision_id', ID, nullable=False),
    sa.Column('gate', sa.String(length=64), nullable=False),
    sa.Column('stratum', sa.String(length=64), nullable=False),
    sa.Column('looked_for', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['decision_id'], ['decisions.id'], name=op.f('fk_qa_places_decision_id')),
    sa.ForeignKeyConstraint(['item_id'], ['items.id'], name=op.f('fk_qa_places_item_id')),
    sa.ForeignKeyConstraint(['revision_id'], ['revisions.id'], name=op.f('fk_qa_places_revision_id')),
    sa.ForeignKeyConstraint(['sample_id'], ['qa_samples.id'], name=op.f('fk_qa_places_sample_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_qa_places')),
    sa.UniqueConstraint('sample_id', 'revision_id', name=op.f('uq_qa_places_sample_id_revision_id'))
    )
    op.create_index(op.f('ix_qa_places_item_id'), 'qa_places', ['item_id'], unique=False)
    op.create_table('qa_reviews',
    sa.Column('id', ID, nullable=False),
    sa.Column('place_id', ID, nullable=False),
    sa.Column('person_id', ID, nullable=False),
    sa.Column('role', sa.String(length=64), nullable=False),
    sa.Column('action', sa.String(length=64), nullable=False),
    sa.Column('reason_code', sa.String(length=64), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('differs', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("action IN ('approve', 'edit', 'send_back', 'escalate', 'reject')", name=op.f('ck_qa_reviews_action_known')),
    sa.CheckConstraint(_seen('reason_code', 1), name=op.f('ck_qa_reviews_reason_code_seen')),
    sa.CheckConstraint(f"action = 'approve' OR {_seen('text', 10)}", name=op.f('ck_qa_reviews_text_seen')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_qa_reviews_person_id')),
    sa.ForeignKeyConstraint(['place_id'], ['qa_places.id'], name=op.f('fk_qa_reviews_place_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_qa_reviews')),
    sa.UniqueConstraint('place_id', name=op.f('uq_qa_reviews_place_id'))
    )
    op.create_table('qa_findings',
    sa.Column('id', ID, nullable=False),
    sa.Column('review_id', ID, nullable=False),
    sa.Column('person_id', ID, nullable=False),
    sa.Column('category', sa.String(length=64), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('outward', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint(f"category IN ({FINDINGS})", name=op.f('ck_qa_findings_category_known')),
    sa.CheckConstraint(_seen('text', 10), name=op.f('ck_qa_findings_text_seen')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_qa_findings_person_id')),
    sa.ForeignKeyConstraint(['review_id'], ['qa_reviews.id'], name=op.f('fk_qa_findings_review_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_qa_findings'))
    )
    op.create_index(op.f('ix_qa_findings_review_id'), 'qa_findings', ['review_id'], unique=False)
    op.create_table('qa_settlements',
    sa.Column('id', ID, nullable=False),
    sa.Column('review_id', ID, nullable=False),
    sa.Column('person_id', ID, nullable=False),
    sa.Column('role', sa.String(length=64), nullable=False),
    sa.Column('verdict', sa.String(length=64), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("verdict IN ('first', 'second', 'both')", name=op.f('ck_qa_settlements_verdict_known')),
    sa.CheckConstraint(_seen('text', 10), name=op.f('ck_qa_settlements_text_seen')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_qa_settlements_person_id')),
    sa.ForeignKeyConstraint(['review_id'], ['qa_reviews.id'], name=op.f('fk_qa_settlements_review_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_qa_settlements')),
    sa.UniqueConstraint('review_id', name=op.f('uq_qa_settlements_review_id'))
    )
    op.create_table('glances',
    sa.Column('decision_id', ID, autoincrement=False, nullable=False),
    sa.Column('band', sa.String(length=64), nullable=False),
    sa.Column('opened', sa.String(length=64), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.CheckConstraint("band IN ('under 10 s', 'under a minute', 'longer', 'unknown')", name=op.f('ck_glances_band_known')),
    sa.CheckConstraint("opened IN ('yes', 'no', 'unknown')", name=op.f('ck_glances_opened_known')),
    sa.ForeignKeyConstraint(['decision_id'], ['decisions.id'], name=op.f('fk_glances_decision_id')),
    sa.PrimaryKeyConstraint('decision_id', name=op.f('pk_glances'))
    )
    op.create_index(op.f('ix_glances_day'), 'glances', ['day'], unique=False)
    for statement in _sqlite_guards() if op.get_bind().dialect.name == "sqlite" else _postgresql_guards():
        op.execute(statement)


def downgrade() -> None:
    op.drop_index(op.f('ix_glances_day'), table_name='glances')
    op.drop_table('glances')
    op.drop_table('qa_settlements')
    op.drop_index(op.f('ix_qa_findings_review_id'), table_name='qa_findings')
    op.drop_table('qa_findings')
    op.drop_table('qa_reviews')
    op.drop_index(op.f('ix_qa_places_item_id'), table_name='qa_places')
    op.drop_table('qa_places')
    op.drop_table('qa_samples')
