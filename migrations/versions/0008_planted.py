"""Planted: known-bad drafts, sealed when they are planted, and the stops that keep them in."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

SQLITE_STOPS = [
    "CREATE TRIGGER items_kept_in BEFORE INSERT ON items WHEN NEW.state IN ('approved', 'released') AND EXISTS (SELECT 1 FROM plants WHERE item_id = NEW.id) BEGIN SELECT RAISE(ABORT, 'a planted draft never goes out'); END",
    "CREATE TRIGGER items_stay_in BEFORE UPDATE ON items WHEN NEW.state IN ('approved', 'released') AND EXISTS (SELECT 1 FROM plants WHERE item_id = NEW.id) BEGIN SELECT RAISE(ABORT, 'a planted draft never goes out'); END",
    "CREATE TRIGGER releases_kept_in BEFORE INSERT ON releases WHEN EXISTS (SELECT 1 FROM plants WHERE item_id = NEW.item_id) BEGIN SELECT RAISE(ABORT, 'a planted draft never goes out'); END",
    "CREATE TRIGGER releases_stay_in BEFORE UPDATE ON releases WHEN EXISTS (SELECT 1 FROM plants WHERE item_id = NEW.item_id) BEGIN SELECT RAISE(ABORT, 'a planted draft never goes out'); END",
    "CREATE TRIGGER plants_begin_sealed BEFORE INSERT ON plants WHEN NEW.item_id IS NOT NULL OR NEW.revealed_at IS NOT NULL OR EXISTS (SELECT 1 FROM plants WHERE id = NEW.id OR seal = NEW.seal) BEGIN SELECT RAISE(ABORT, 'a planted draft stays as it was sealed'); END",
    "CREATE TRIGGER plants_stay_sealed BEFORE UPDATE ON plants WHEN OLD.revealed_at IS NOT NULL OR (OLD.item_id IS NOT NULL AND NEW.item_id IS NOT OLD.item_id) OR (NEW.item_id IS NOT OLD.item_id AND (EXISTS (SELECT 1 FROM items WHERE id = NEW.item_id AND state IN ('approved', 'released')) OR EXISTS (SELECT 1 FROM releases WHERE item_id = NEW.item_id) OR EXISTS (SELECT 1 FROM decisions WHERE item_id = NEW.item_id))) OR NEW.id IS NOT OLD.id OR NEW.lane IS NOT OLD.lane OR NEW.gate IS NOT OLD.gate OR NEW.kind IS NOT OLD.kind OR NEW.fault IS NOT OLD.fault OR NEW.says IS NOT OLD.says OR NEW.at IS NOT OLD.at OR NEW.was IS NOT OLD.was OR NEW.became IS NOT OLD.became OR NEW.from_item_id IS NOT OLD.from_item_id OR NEW.revision_digest IS NOT OLD.revision_digest OR NEW.salt IS NOT OLD.salt OR NEW.seal IS NOT OLD.seal OR NEW.position IS NOT OLD.position OR NEW.turn IS NOT OLD.turn OR NEW.sealed_at IS NOT OLD.sealed_at BEGIN SELECT RAISE(ABORT, 'a planted draft stays as it was sealed'); END",
    "CREATE TRIGGER plants_no_delete BEFORE DELETE ON plants BEGIN SELECT RAISE(ABORT, 'a planted draft stays as it was sealed'); END",
]

POSTGRESQL_STOPS = [
    "CREATE FUNCTION rq_items_kept_in() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.state IN ('approved', 'released') AND EXISTS (SELECT 1 FROM plants WHERE item_id = NEW.id) THEN RAISE EXCEPTION 'a planted draft never goes out'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER items_kept_in BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION rq_items_kept_in()",
    "ALTER TABLE items ENABLE ALWAYS TRIGGER items_kept_in",
    "CREATE FUNCTION rq_items_stay_in() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.state IN ('approved', 'released') AND EXISTS (SELECT 1 FROM plants WHERE item_id = NEW.id) THEN RAISE EXCEPTION 'a planted draft never goes out'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER items_stay_in BEFORE UPDATE ON items FOR EACH ROW EXECUTE FUNCTION rq_items_stay_in()",
    "ALTER TABLE items ENABLE ALWAYS TRIGGER items_stay_in",
    "CREATE FUNCTION rq_releases_kept_in() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM plants WHERE item_id = NEW.item_id) THEN RAISE EXCEPTION 'a planted draft never goes out'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER releases_kept_in BEFORE INSERT ON releases FOR EACH ROW EXECUTE FUNCTION rq_releases_kept_in()",
    "ALTER TABLE releases ENABLE ALWAYS TRIGGER releases_kept_in",
    "CREATE FUNCTION rq_releases_stay_in() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM plants WHERE item_id = NEW.item_id) THEN RAISE EXCEPTION 'a planted draft never goes out'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER releases_stay_in BEFORE UPDATE ON releases FOR EACH ROW EXECUTE FUNCTION rq_releases_stay_in()",
    "ALTER TABLE releases ENABLE ALWAYS TRIGGER releases_stay_in",
    "CREATE FUNCTION rq_plants_begin_sealed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.item_id IS NOT NULL OR NEW.revealed_at IS NOT NULL OR EXISTS (SELECT 1 FROM plants WHERE id = NEW.id OR seal = NEW.seal) THEN RAISE EXCEPTION 'a planted draft stays as it was sealed'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER plants_begin_sealed BEFORE INSERT ON plants FOR EACH ROW EXECUTE FUNCTION rq_plants_begin_sealed()",
    "ALTER TABLE plants ENABLE ALWAYS TRIGGER plants_begin_sealed",
    "CREATE FUNCTION rq_plants_stay_sealed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.revealed_at IS NOT NULL OR (OLD.item_id IS NOT NULL AND NEW.item_id IS DISTINCT FROM OLD.item_id) OR (NEW.item_id IS DISTINCT FROM OLD.item_id AND (EXISTS (SELECT 1 FROM items WHERE id = NEW.item_id AND state IN ('approved', 'released')) OR EXISTS (SELECT 1 FROM releases WHERE item_id = NEW.item_id) OR EXISTS (SELECT 1 FROM decisions WHERE item_id = NEW.item_id))) OR NEW.id IS DISTINCT FROM OLD.id OR NEW.lane IS DISTINCT FROM OLD.lane OR NEW.gate IS DISTINCT FROM OLD.gate OR NEW.kind IS DISTINCT FROM OLD.kind OR NEW.fault IS DISTINCT FROM OLD.fault OR NEW.says IS DISTINCT FROM OLD.says OR NEW.at IS DISTINCT FROM OLD.at OR NEW.was IS DISTINCT FROM OLD.was OR NEW.became IS DISTINCT FROM OLD.became OR NEW.from_item_id IS DISTINCT FROM OLD.from_item_id OR NEW.revision_digest IS DISTINCT FROM OLD.revision_digest OR NEW.salt IS DISTINCT FROM OLD.salt OR NEW.seal IS DISTINCT FROM OLD.seal OR NEW.position IS DISTINCT FROM OLD.position OR NEW.turn IS DISTINCT FROM OLD.turn OR NEW.sealed_at IS DISTINCT FROM OLD.sealed_at THEN RAISE EXCEPTION 'a planted draft stays as it was sealed'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER plants_stay_sealed BEFORE UPDATE ON plants FOR EACH ROW EXECUTE FUNCTION rq_plants_stay_sealed()",
    "ALTER TABLE plants ENABLE ALWAYS TRIGGER plants_stay_sealed",
    "CREATE FUNCTION rq_plants_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a planted draft stays as it was sealed'; END $$",
    "CREATE TRIGGER plants_no_delete BEFORE DELETE ON plants FOR EACH ROW EXECUTE FUNCTION rq_plants_no_delete()",
    "ALTER TABLE plants ENABLE ALWAYS TRIGGER plants_no_delete",
    "CREATE TRIGGER plants_no_truncate BEFORE TRUNCATE ON plants FOR EACH STATEMENT EXECUTE FUNCTION rq_plants_no_delete()",
    "ALTER TABLE plants ENABLE ALWAYS TRIGGER plants_no_truncate",
]


def upgrade() -> None:
    op.create_table('plants',
    sa.Column('id', ID, nullable=False),
    sa.Column('lane', sa.String(length=64), nullable=False),
    sa.Column('gate', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('fault', sa.String(length=64), nullable=False),
    sa.Column('says', sa.Text(), nullable=False),
    sa.Column('at', sa.Text(), nullable=False),
    sa.Column('was', sa.Text(), nullable=False),
    sa.Column('became', sa.Text(), nullable=False),
    sa.Column('from_item_id', ID, nullable=False),
    sa.Column('revision_digest', sa.String(length=64), nullable=False),
    sa.Column('salt', sa.String(length=64), nullable=False),
    sa.Column('seal', sa.String(length=64), nullable=False),
    sa.Column('position', ID, nullable=False),
    sa.Column('turn', sa.Integer(), nullable=False),
    sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('item_id', ID, nullable=True),
    sa.Column('planted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revealed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decision_id', ID, nullable=True),
    sa.Column('caught', sa.Boolean(), nullable=True),
    sa.Column('note', sa.String(length=255), server_default='', nullable=False),
    sa.CheckConstraint("decision_id IS NULL OR revealed_at IS NOT NULL", name=op.f('ck_plants_decided_is_revealed')),
    sa.CheckConstraint("(caught IS NULL) = (decision_id IS NULL)", name=op.f('ck_plants_judged_by_decision')),
    sa.CheckConstraint("(item_id IS NULL) = (planted_at IS NULL)", name=op.f('ck_plants_planted_when')),
    sa.ForeignKeyConstraint(['decision_id'], ['decisions.id'], name=op.f('fk_plants_decision_id')),
    sa.ForeignKeyConstraint(['from_item_id'], ['items.id'], name=op.f('fk_plants_from_item_id')),
    sa.ForeignKeyConstraint(['item_id'], ['items.id'], name=op.f('fk_plants_item_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plants')),
    sa.UniqueConstraint('item_id', name=op.f('uq_plants_item_id')),
    sa.UniqueConstraint('seal', name=op.f('uq_plants_seal'))
    )
    still = sa.text('revealed_at IS NULL')
    op.create_index('ix_plants_open', 'plants', ['lane', 'gate'], unique=True, sqlite_where=still, postgresql_where=still)
    op.create_index(op.f('ix_plants_gate_revealed_at_id'), 'plants', ['gate', 'revealed_at', 'id'], unique=False)
    for statement in SQLITE_STOPS if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_STOPS:
        op.execute(statement)


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, names in (
        ("items", ("items_kept_in", "items_stay_in")),
        ("releases", ("releases_kept_in", "releases_stay_in")),
        ("plants", ("plants_begin_sealed", "plants_stay_sealed", "plants_no_delete")),
    ):
        for name in names:
            op.execute(f"DROP TRIGGER {name}" if sqlite else f"DROP TRIGGER {name} ON {table}")
            if not sqlite and name != "plants_no_delete":
                op.execute(f"DROP FUNCTION rq_{name}()")
    op.drop_index(op.f('ix_plants_gate_revealed_at_id'), table_name='plants')
    op.drop_index('ix_plants_open', table_name='plants')
    op.drop_table('plants')
    if not sqlite:
        op.execute("DROP FUNCTION rq_plants_no_delete()")
