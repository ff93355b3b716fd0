"""The house's first schema, with the triggers by which the database refuses to change what is append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Characters nobody can see: white space, controls, direction marks, blank letters, tags.
UNSEEN = "\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000a\u000b\u000c\u000d\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\u0020\u007f\u0080\u0081\u0082\u0083\u0084\u0085\u0086\u0087\u0088\u0089\u008a\u008b\u008c\u008d\u008e\u008f\u0090\u0091\u0092\u0093\u0094\u0095\u0096\u0097\u0098\u0099\u009a\u009b\u009c\u009d\u009e\u009f\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u2061\u2062\u2063\u2064\u2065\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\u2800\u3000\u3164\ufe00\ufe01\ufe02\ufe03\ufe04\ufe05\ufe06\ufe07\ufe08\ufe09\ufe0a\ufe0b\ufe0c\ufe0d\ufe0e\ufe0f\ufeff\uffa0\ufff0\ufff1\ufff2\ufff3\ufff4\ufff5\ufff6\ufff7\ufff8\ufff9\ufffa\ufffb\U0001bca0\U0001bca1\U0001bca2\U0001bca3\U0001d173\U0001d174\U0001d175\U0001d176\U0001d177\U0001d178\U0001d179\U0001d17a\U000e0000\U000e0001\U000e0002\U000e0003\U000e0004\U000e0005\U000e0006\U000e0007\U000e0008\U000e0009\U000e000a\U000e000b\U000e000c\U000e000d\U000e000e\U000e000f\U000e0010\U000e0011\U000e0012\U000e0013\U000e0014\U000e0015\U000e0016\U000e0017\U000e0018\U000e0019\U000e001a\U000e001b\U000e001c\U000e001d\U000e001e\U000e001f\U000e0020\U000e0021\U000e0022\U000e0023\U000e0024\U000e0025\U000e0026\U000e0027\U000e0028\U000e0029\U000e002a\U000e002b\U000e002c\U000e002d\U000e002e\U000e002f\U000e0030\U000e0031\U000e0032\U000e0033\U000e0034\U000e0035\U000e0036\U000e0037\U000e0038\U000e0039\U000e003a\U000e003b\U000e003c\U000e003d\U000e003e\U000e003f\U000e0040\U000e0041\U000e0042\U000e0043\U000e0044\U000e0045\U000e0046\U000e0047\U000e0048\U000e0049\U000e004a\U000e004b\U000e004c\U000e004d\U000e004e\U000e004f\U000e0050\U000e0051\U000e0052\U000e0053\U000e0054\U000e0055\U000e0056\U000e0057\U000e0058\U000e0059\U000e005a\U000e005b\U000e005c\U000e005d\U000e005e\U000e005f\U000e0060\U000e0061\U000e0062\U000e0063\U000e0064\U000e0065\U000e0066\U000e0067\U000e0068\U000e0069\U000e006a\U000e006b\U000e006c\U000e006d\U000e006e\U000e006f\U000e0070\U000e0071\U000e0072\U000e0073\U000e0074\U000e0075\U000e0076\U000e0077\U000e0078\U000e0079\U000e007a\U000e007b\U000e007c\U000e007d\U000e007e\U000e007f\U000e0100\U000e0101\U000e0102\U000e0103\U000e0104\U000e0105\U000e0106\U000e0107\U000e0108\U000e0109\U000e010a\U000e010b\U000e010c\U000e010d\U000e010e\U000e010f\U000e0110\U000e0111\U000e0112\U000e0113\U000e0114\U000e0115\U000e0116\U000e0117\U000e0118\U000e0119\U000e011a\U000e011b\U000e011c\U000e011d\U000e011e\U000e011f\U000e0120\U000e0121\U000e0122\U000e0123\U000e0124\U000e0125\U000e0126\U000e0127\U000e0128\U000e0129\U000e012a\U000e012b\U000e012c\U000e012d\U000e012e\U000e012f\U000e0130\U000e0131\U000e0132\U000e0133\U000e0134\U000e0135\U000e0136\U000e0137\U000e0138\U000e0139\U000e013a\U000e013b\U000e013c\U000e013d\U000e013e\U000e013f\U000e0140\U000e0141\U000e0142\U000e0143\U000e0144\U000e0145\U000e0146\U000e0147\U000e0148\U000e0149\U000e014a\U000e014b\U000e014c\U000e014d\U000e014e\U000e014f\U000e0150\U000e0151\U000e0152\U000e0153\U000e0154\U000e0155\U000e0156\U000e0157\U000e0158\U000e0159\U000e015a\U000e015b\U000e015c\U000e015d\U000e015e\U000e015f\U000e0160\U000e0161\U000e0162\U000e0163\U000e0164\U000e0165\U000e0166\U000e0167\U000e0168\U000e0169\U000e016a\U000e016b\U000e016c\U000e016d\U000e016e\U000e016f\U000e0170\U000e0171\U000e0172\U000e0173\U000e0174\U000e0175\U000e0176\U000e0177\U000e0178\U000e0179\U000e017a\U000e017b\U000e017c\U000e017d\U000e017e\U000e017f\U000e0180\U000e0181\U000e0182\U000e0183\U000e0184\U000e0185\U000e0186\U000e0187\U000e0188\U000e0189\U000e018a\U000e018b\U000e018c\U000e018d\U000e018e\U000e018f\U000e0190\U000e0191\U000e0192\U000e0193\U000e0194\U000e0195\U000e0196\U000e0197\U000e0198\U000e0199\U000e019a\U000e019b\U000e019c\U000e019d\U000e019e\U000e019f\U000e01a0\U000e01a1\U000e01a2\U000e01a3\U000e01a4\U000e01a5\U000e01a6\U000e01a7\U000e01a8\U000e01a9\U000e01aa\U000e01ab\U000e01ac\U000e01ad\U000e01ae\U000e01af\U000e01b0\U000e01b1\U000e01b2\U000e01b3\U000e01b4\U000e01b5\U000e01b6\U000e01b7\U000e01b8\U000e01b9\U000e01ba\U000e01bb\U000e01bc\U000e01bd\U000e01be\U000e01bf\U000e01c0\U000e01c1\U000e01c2\U000e01c3\U000e01c4\U000e01c5\U000e01c6\U000e01c7\U000e01c8\U000e01c9\U000e01ca\U000e01cb\U000e01cc\U000e01cd\U000e01ce\U000e01cf\U000e01d0\U000e01d1\U000e01d2\U000e01d3\U000e01d4\U000e01d5\U000e01d6\U000e01d7\U000e01d8\U000e01d9\U000e01da\U000e01db\U000e01dc\U000e01dd\U000e01de\U000e01df\U000e01e0\U000e01e1\U000e01e2\U000e01e3\U000e01e4\U000e01e5\U000e01e6\U000e01e7\U000e01e8\U000e01e9\U000e01ea\U000e01eb\U000e01ec\U000e01ed\U000e01ee\U000e01ef"

SQLITE_GUARDS = [
    "CREATE TRIGGER log_entries_no_update BEFORE UPDATE ON log_entries BEGIN SELECT RAISE(ABORT, 'log_entries is append-only'); END",
    "CREATE TRIGGER log_entries_no_delete BEFORE DELETE ON log_entries BEGIN SELECT RAISE(ABORT, 'log_entries is append-only'); END",
    "CREATE TRIGGER log_entries_no_replace_0 BEFORE INSERT ON log_entries WHEN EXISTS (SELECT 1 FROM log_entries WHERE position = NEW.position) BEGIN SELECT RAISE(ABORT, 'log_entries is append-only'); END",
    "CREATE TRIGGER log_texts_no_update BEFORE UPDATE ON log_texts BEGIN SELECT RAISE(ABORT, 'log_texts is append-only'); END",
    "CREATE TRIGGER log_texts_no_delete BEFORE DELETE ON log_texts BEGIN SELECT RAISE(ABORT, 'log_texts is append-only'); END",
    "CREATE TRIGGER log_texts_no_replace_0 BEFORE INSERT ON log_texts WHEN EXISTS (SELECT 1 FROM log_texts WHERE position = NEW.position AND name = NEW.name) BEGIN SELECT RAISE(ABORT, 'log_texts is append-only'); END",
    "CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions is append-only'); END",
    "CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions is append-only'); END",
    "CREATE TRIGGER decisions_no_replace_0 BEFORE INSERT ON decisions WHEN EXISTS (SELECT 1 FROM decisions WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'decisions is append-only'); END",
    "CREATE TRIGGER revisions_no_update BEFORE UPDATE ON revisions BEGIN SELECT RAISE(ABORT, 'revisions is append-only'); END",
    "CREATE TRIGGER revisions_no_delete BEFORE DELETE ON revisions BEGIN SELECT RAISE(ABORT, 'revisions is append-only'); END",
    "CREATE TRIGGER revisions_no_replace_0 BEFORE INSERT ON revisions WHEN EXISTS (SELECT 1 FROM revisions WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'revisions is append-only'); END",
    "CREATE TRIGGER revisions_no_replace_1 BEFORE INSERT ON revisions WHEN EXISTS (SELECT 1 FROM revisions WHERE item_id = NEW.item_id AND number = NEW.number) BEGIN SELECT RAISE(ABORT, 'revisions is append-only'); END",
    "CREATE TRIGGER revision_sources_no_update BEFORE UPDATE ON revision_sources BEGIN SELECT RAISE(ABORT, 'revision_sources is append-only'); END",
    "CREATE TRIGGER revision_sources_no_delete BEFORE DELETE ON revision_sources BEGIN SELECT RAISE(ABORT, 'revision_sources is append-only'); END",
    "CREATE TRIGGER revision_sources_no_replace_0 BEFORE INSERT ON revision_sources WHEN EXISTS (SELECT 1 FROM revision_sources WHERE revision_id = NEW.revision_id AND ref = NEW.ref) BEGIN SELECT RAISE(ABORT, 'revision_sources is append-only'); END",
    "CREATE TRIGGER claims_no_update BEFORE UPDATE ON claims BEGIN SELECT RAISE(ABORT, 'claims is append-only'); END",
    "CREATE TRIGGER claims_no_delete BEFORE DELETE ON claims BEGIN SELECT RAISE(ABORT, 'claims is append-only'); END",
    "CREATE TRIGGER claims_no_replace_0 BEFORE INSERT ON claims WHEN EXISTS (SELECT 1 FROM claims WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'claims is append-only'); END",
    "CREATE TRIGGER checks_no_update BEFORE UPDATE ON checks BEGIN SELECT RAISE(ABORT, 'checks is append-only'); END",
    "CREATE TRIGGER checks_no_delete BEFORE DELETE ON checks BEGIN SELECT RAISE(ABORT, 'checks is append-only'); END",
    "CREATE TRIGGER checks_no_replace_0 BEFORE INSERT ON checks WHEN EXISTS (SELECT 1 FROM checks WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'checks is append-only'); END",
    "CREATE TRIGGER source_records_no_update BEFORE UPDATE ON source_records BEGIN SELECT RAISE(ABORT, 'source_records is append-only'); END",
    "CREATE TRIGGER source_records_no_delete BEFORE DELETE ON source_records BEGIN SELECT RAISE(ABORT, 'source_records is append-only'); END",
    "CREATE TRIGGER source_records_no_replace_0 BEFORE INSERT ON source_records WHEN EXISTS (SELECT 1 FROM source_records WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'source_records is append-only'); END",
    "CREATE TRIGGER source_records_no_replace_1 BEFORE INSERT ON source_records WHEN EXISTS (SELECT 1 FROM source_records WHERE digest = NEW.digest) BEGIN SELECT RAISE(ABORT, 'source_records is append-only'); END",
    "CREATE TRIGGER attempts_no_update BEFORE UPDATE ON attempts BEGIN SELECT RAISE(ABORT, 'attempts is append-only'); END",
    "CREATE TRIGGER attempts_no_delete BEFORE DELETE ON attempts BEGIN SELECT RAISE(ABORT, 'attempts is append-only'); END",
    "CREATE TRIGGER attempts_no_replace_0 BEFORE INSERT ON attempts WHEN EXISTS (SELECT 1 FROM attempts WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'attempts is append-only'); END",
    "CREATE TRIGGER policy_versions_no_update BEFORE UPDATE ON policy_versions BEGIN SELECT RAISE(ABORT, 'policy_versions is append-only'); END",
    "CREATE TRIGGER policy_versions_no_delete BEFORE DELETE ON policy_versions BEGIN SELECT RAISE(ABORT, 'policy_versions is append-only'); END",
    "CREATE TRIGGER policy_versions_no_replace_0 BEFORE INSERT ON policy_versions WHEN EXISTS (SELECT 1 FROM policy_versions WHERE digest = NEW.digest) BEGIN SELECT RAISE(ABORT, 'policy_versions is append-only'); END",
    "CREATE TRIGGER policy_activations_no_update BEFORE UPDATE ON policy_activations BEGIN SELECT RAISE(ABORT, 'policy_activations is append-only'); END",
    "CREATE TRIGGER policy_activations_no_delete BEFORE DELETE ON policy_activations BEGIN SELECT RAISE(ABORT, 'policy_activations is append-only'); END",
    "CREATE TRIGGER policy_activations_no_replace_0 BEFORE INSERT ON policy_activations WHEN EXISTS (SELECT 1 FROM policy_activations WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'policy_activations is append-only'); END",
    "CREATE TRIGGER log_entries_no_gap BEFORE INSERT ON log_entries WHEN NEW.position <> (SELECT coalesce(max(position), 0) + 1 FROM log_entries) BEGIN SELECT RAISE(ABORT, 'log_entries has no gaps'); END",
]

POSTGRESQL_GUARDS = [
    "CREATE FUNCTION rq_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
    "CREATE FUNCTION rq_no_gap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.position <> (SELECT coalesce(max(position), 0) + 1 FROM log_entries) THEN RAISE EXCEPTION 'log_entries has no gaps'; END IF; RETURN NEW; END $$",
    'CREATE TRIGGER log_entries_no_gap BEFORE INSERT ON log_entries FOR EACH ROW EXECUTE FUNCTION rq_no_gap()',
    'ALTER TABLE log_entries ENABLE ALWAYS TRIGGER log_entries_no_gap',
    'CREATE TRIGGER log_entries_no_change BEFORE UPDATE OR DELETE ON log_entries FOR EACH ROW EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE log_entries ENABLE ALWAYS TRIGGER log_entries_no_change',
    'CREATE TRIGGER log_entries_no_truncate BEFORE TRUNCATE ON log_entries FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE log_entries ENABLE ALWAYS TRIGGER log_entries_no_truncate',
    'CREATE TRIGGER log_texts_no_change BEFORE UPDATE OR DELETE ON log_texts FOR EACH ROW EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE log_texts ENABLE ALWAYS TRIGGER log_texts_no_change',
    'CREATE TRIGGER log_texts_no_truncate BEFORE TRUNCATE ON log_texts FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE log_texts ENABLE ALWAYS TRIGGER log_texts_no_truncate',
    'CREATE TRIGGER decisions_no_change BEFORE UPDATE OR DELETE ON decisions FOR EACH ROW EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE decisions ENABLE ALWAYS TRIGGER decisions_no_change',
    'CREATE TRIGGER decisions_no_truncate BEFORE TRUNCATE ON decisions FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE decisions ENABLE ALWAYS TRIGGER decisions_no_truncate',
    'CREATE TRIGGER revisions_no_change BEFORE UPDATE OR DELETE ON revisions FOR EACH ROW EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE revisions ENABLE ALWAYS TRIGGER revisions_no_change',
    'CREATE TRIGGER revisions_no_truncate BEFORE TRUNCATE ON revisions FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE revisions ENABLE ALWAYS TRIGGER revisions_no_truncate',
    'CREATE TRIGGER revision_sources_no_change BEFORE UPDATE OR DELETE ON revision_sources FOR EACH ROW EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE revision_sources ENABLE ALWAYS TRIGGER revision_sources_no_change',
    'CREATE TRIGGER revision_sources_no_truncate BEFORE TRUNCATE ON revision_sources FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE revision_sources ENABLE ALWAYS TRIGGER revision_sources_no_truncate',
    'CREATE TRIGGER claims_no_change BEFORE UPDATE OR DELETE ON claims FOR EACH ROW EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE claims ENABLE ALWAYS TRIGGER claims_no_change',
    'CREATE TRIGGER claims_no_truncate BEFORE TRUNCATE ON claims FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE claims ENABLE ALWAYS TRIGGER claims_no_truncate',
    'CREATE TRIGGER checks_no_change BEFORE UPDATE OR DELETE ON checks FOR EACH ROW EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE checks ENABLE ALWAYS TRIGGER checks_no_change',
    'CREATE TRIGGER checks_no_truncate BEFORE TRUNCATE ON checks FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE checks ENABLE ALWAYS TRIGGER checks_no_truncate',
    'CREATE TRIGGER source_records_no_change BEFORE UPDATE OR DELETE ON source_records FOR EACH ROW EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE source_records ENABLE ALWAYS TRIGGER source_records_no_change',
    'CREATE TRIGGER source_records_no_truncate BEFORE TRUNCATE ON source_records FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE source_records ENABLE ALWAYS TRIGGER source_records_no_truncate',
    'CREATE TRIGGER attempts_no_change BEFORE UPDATE OR DELETE ON attempts FOR EACH ROW EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE attempts ENABLE ALWAYS TRIGGER attempts_no_change',
    'CREATE TRIGGER attempts_no_truncate BEFORE TRUNCATE ON attempts FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE attempts ENABLE ALWAYS TRIGGER attempts_no_truncate',
    'CREATE TRIGGER policy_versions_no_change BEFORE UPDATE OR DELETE ON policy_versions FOR EACH ROW EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE policy_versions ENABLE ALWAYS TRIGGER policy_versions_no_change',
    'CREATE TRIGGER policy_versions_no_truncate BEFORE TRUNCATE ON policy_versions FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE policy_versions ENABLE ALWAYS TRIGGER policy_versions_no_truncate',
    'CREATE TRIGGER policy_activations_no_change BEFORE UPDATE OR DELETE ON policy_activations FOR EACH ROW EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE policy_activations ENABLE ALWAYS TRIGGER policy_activations_no_change',
    'CREATE TRIGGER policy_activations_no_truncate BEFORE TRUNCATE ON policy_activations FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()',
    'ALTER TABLE policy_activations ENABLE ALWAYS TRIGGER policy_activations_no_truncate',
]


def upgrade() -> None:
    op.create_table('log_entries',
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('act', sa.String(length=64), nullable=False),
    sa.Column('lane', sa.String(length=64), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('leaf', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('position', name=op.f('pk_log_entries'))
    )
    op.create_index(op.f('ix_log_entries_act_position'), 'log_entries', ['act', 'position'], unique=False)
    op.create_index(op.f('ix_log_entries_actor_position'), 'log_entries', ['actor', 'position'], unique=False)
    op.create_index(op.f('ix_log_entries_at'), 'log_entries', ['at'], unique=False)
    op.create_index(op.f('ix_log_entries_item_id_position'), 'log_entries', ['item_id', 'position'], unique=False)
    op.create_index(op.f('ix_log_entries_lane_position'), 'log_entries', ['lane', 'position'], unique=False)
    op.create_table('log_head',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('size', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('peaks', sa.Text(), nullable=False),
    sa.Column('last', sa.String(length=64), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_log_head_one_row')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_log_head'))
    )
    op.create_table('log_texts',
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('salt', sa.String(length=64), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('position', 'name', name=op.f('pk_log_texts'))
    )
    op.create_table('people',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('email', sa.String(length=255), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('password_hash', sa.String(length=255), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('held', sa.String(length=255), nullable=False),
    sa.CheckConstraint(f"length(ltrim(rtrim(held, '{UNSEEN}'), '{UNSEEN}')) >= 1", name=op.f('ck_people_held_seen')),
    sa.CheckConstraint(f"length(ltrim(rtrim(name, '{UNSEEN}'), '{UNSEEN}')) >= 1", name=op.f('ck_people_name_seen')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_people')),
    sa.UniqueConstraint('email', name=op.f('uq_people_email'))
    )
    op.create_table('policy_versions',
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('files', sa.Text(), nullable=False),
    sa.Column('loaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_policy_versions'))
    )
    op.create_table('source_records',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('system', sa.String(length=64), nullable=False),
    sa.Column('object', sa.String(length=64), nullable=False),
    sa.Column('external_id', sa.String(length=255), nullable=False),
    sa.Column('label', sa.String(length=255), nullable=False),
    sa.Column('payload', sa.Text(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source_records')),
    sa.UniqueConstraint('digest', name=op.f('uq_source_records_digest'))
    )
    op.create_index(op.f('ix_source_records_system_object_external_id_id'), 'source_records', ['system', 'object', 'external_id', 'id'], unique=False)
    op.create_index(op.f('ix_source_records_system_object_label'), 'source_records', ['system', 'object', 'label'], unique=False)
    op.create_table('absences',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('delegate_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_absences_ends_after_start')),
    sa.CheckConstraint('person_id <> delegate_id', name=op.f('ck_absences_delegate_is_another')),
    sa.ForeignKeyConstraint(['delegate_id'], ['people.id'], name=op.f('fk_absences_delegate_id')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_absences_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_absences'))
    )
    op.create_index(op.f('ix_absences_delegate_id'), 'absences', ['delegate_id'], unique=False)
    op.create_index(op.f('ix_absences_person_id'), 'absences', ['person_id'], unique=False)
    op.create_table('automations',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('owner_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('secret_number', sa.Integer(), nullable=False),
    sa.CheckConstraint(f"length(ltrim(rtrim(name, '{UNSEEN}'), '{UNSEEN}')) >= 1", name=op.f('ck_automations_name_seen')),
    sa.ForeignKeyConstraint(['owner_id'], ['people.id'], name=op.f('fk_automations_owner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_automations')),
    sa.UniqueConstraint('name', name=op.f('uq_automations_name'))
    )
    op.create_table('onboardings',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('system', sa.String(length=64), nullable=False),
    sa.Column('external_id', sa.String(length=255), nullable=False),
    sa.Column('lane', sa.String(length=64), nullable=False),
    sa.Column('customer', sa.String(length=255), nullable=False),
    sa.Column('customer_key', sa.String(length=255), nullable=False),
    sa.Column('account_id', sa.String(length=255), nullable=False),
    sa.Column('segment', sa.String(length=64), nullable=False),
    sa.Column('owner_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint(f"length(ltrim(rtrim(customer, '{UNSEEN}'), '{UNSEEN}')) >= 1", name=op.f('ck_onboardings_customer_seen')),
    sa.ForeignKeyConstraint(['owner_id'], ['people.id'], name=op.f('fk_onboardings_owner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_onboardings')),
    sa.UniqueConstraint('system', 'external_id', name=op.f('uq_onboardings_system_external_id'))
    )
    op.create_index(op.f('ix_onboardings_customer_key_id'), 'onboardings', ['customer_key', 'id'], unique=False)
    op.create_index(op.f('ix_onboardings_external_id'), 'onboardings', ['external_id'], unique=False)
    op.create_table('policy_activations',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['digest'], ['policy_versions.digest'], name=op.f('fk_policy_activations_digest')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_policy_activations'))
    )
    op.create_table('sign_ins',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_sign_ins_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_ins')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_sign_ins_token_hash'))
    )
    op.create_index(op.f('ix_sign_ins_person_id'), 'sign_ins', ['person_id'], unique=False)
    op.create_table('api_keys',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('automation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('prefix', sa.String(length=64), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('scopes', sa.String(length=255), nullable=False),
    sa.Column('lanes', sa.String(length=255), nullable=False),
    sa.Column('gates', sa.String(length=255), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['automation_id'], ['automations.id'], name=op.f('fk_api_keys_automation_id')),
    sa.ForeignKeyConstraint(['created_by_id'], ['people.id'], name=op.f('fk_api_keys_created_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_keys')),
    sa.UniqueConstraint('prefix', name=op.f('uq_api_keys_prefix'))
    )
    op.create_index(op.f('ix_api_keys_automation_id'), 'api_keys', ['automation_id'], unique=False)
    op.create_table('items',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('lane', sa.String(length=64), nullable=False),
    sa.Column('gate', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('subject', sa.String(length=255), nullable=False),
    sa.Column('title', sa.String(length=255), nullable=False),
    sa.Column('onboarding_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('customer', sa.String(length=255), nullable=False),
    sa.Column('customer_key', sa.String(length=255), nullable=False),
    sa.Column('automation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('callback_url', sa.String(length=2048), nullable=False),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('policy_digest', sa.String(length=64), nullable=False),
    sa.Column('revision_number', sa.Integer(), nullable=False),
    sa.Column('fails', sa.Integer(), nullable=False),
    sa.Column('warns', sa.Integer(), nullable=False),
    sa.Column('superseded_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('lease_holder_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.CheckConstraint(f"length(ltrim(rtrim(title, '{UNSEEN}'), '{UNSEEN}')) >= 1", name=op.f('ck_items_title_seen')),
    sa.CheckConstraint("state IN ('pending', 'sent_back', 'escalated', 'approved', 'released', 'rejected', 'withdrawn', 'superseded', 'expired')", name=op.f('ck_items_state_known')),
    sa.ForeignKeyConstraint(['automation_id'], ['automations.id'], name=op.f('fk_items_automation_id')),
    sa.ForeignKeyConstraint(['lease_holder_id'], ['people.id'], name=op.f('fk_items_lease_holder_id')),
    sa.ForeignKeyConstraint(['onboarding_id'], ['onboardings.id'], name=op.f('fk_items_onboarding_id')),
    sa.ForeignKeyConstraint(['settled_by_id'], ['people.id'], name=op.f('fk_items_settled_by_id')),
    sa.ForeignKeyConstraint(['superseded_by_id'], ['items.id'], name=op.f('fk_items_superseded_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_items'))
    )
    op.create_index('ix_items_automation', 'items', ['automation_id', 'id'], unique=False)
    op.create_index('ix_items_customer', 'items', ['state', 'lane', 'gate', 'customer_key', 'due_at', 'id'], unique=False, sqlite_where=sa.text('settled_at IS NULL'), postgresql_where=sa.text('settled_at IS NULL'))
    op.create_index('ix_items_desk', 'items', ['state', 'lane', 'gate', 'due_at', 'id'], unique=False)
    op.create_index('ix_items_kind', 'items', ['state', 'lane', 'gate', 'kind', 'due_at', 'id'], unique=False, sqlite_where=sa.text('settled_at IS NULL'), postgresql_where=sa.text('settled_at IS NULL'))
    op.create_index('ix_items_settled', 'items', ['state', 'lane', 'gate', 'settled_at', 'id', 'kind', 'customer_key'], unique=False)
    op.create_index('ix_items_subject', 'items', ['onboarding_id', 'kind', 'subject', 'state'], unique=False)
    op.create_table('idempotency_keys',
    sa.Column('automation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('request_digest', sa.String(length=64), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['automation_id'], ['automations.id'], name=op.f('fk_idempotency_keys_automation_id')),
    sa.ForeignKeyConstraint(['item_id'], ['items.id'], name=op.f('fk_idempotency_keys_item_id')),
    sa.PrimaryKeyConstraint('automation_id', 'key', name=op.f('pk_idempotency_keys'))
    )
    op.create_table('messages',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('webhook_id', sa.String(length=64), nullable=False),
    sa.Column('type', sa.String(length=64), nullable=False),
    sa.Column('automation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('url', sa.String(length=2048), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=64), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease', sa.String(length=64), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'sending', 'delivered', 'failed', 'given_up')", name=op.f('ck_messages_state_known')),
    sa.ForeignKeyConstraint(['automation_id'], ['automations.id'], name=op.f('fk_messages_automation_id')),
    sa.ForeignKeyConstraint(['item_id'], ['items.id'], name=op.f('fk_messages_item_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_messages')),
    sa.UniqueConstraint('webhook_id', name=op.f('uq_messages_webhook_id'))
    )
    op.create_index(op.f('ix_messages_item_id_id'), 'messages', ['item_id', 'id'], unique=False)
    op.create_index(op.f('ix_messages_state_next_at_id'), 'messages', ['state', 'next_at', 'id'], unique=False)
    op.create_table('revisions',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=255), nullable=False),
    sa.Column('draft', sa.Text(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('evidence_digest', sa.String(length=64), nullable=False),
    sa.Column('confidence', sa.String(length=64), nullable=False),
    sa.Column('based_on', sa.String(), nullable=False),
    sa.Column('author_person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('author_automation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(author_person_id IS NULL) <> (author_automation_id IS NULL)', name=op.f('ck_revisions_one_author')),
    sa.ForeignKeyConstraint(['author_automation_id'], ['automations.id'], name=op.f('fk_revisions_author_automation_id')),
    sa.ForeignKeyConstraint(['author_person_id'], ['people.id'], name=op.f('fk_revisions_author_person_id')),
    sa.ForeignKeyConstraint(['item_id'], ['items.id'], name=op.f('fk_revisions_item_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_revisions')),
    sa.UniqueConstraint('item_id', 'number', name=op.f('uq_revisions_item_id_number'))
    )
    op.create_table('attempts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('message_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('says', sa.String(length=255), nullable=False),
    sa.Column('milliseconds', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['messages.id'], name=op.f('fk_attempts_message_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempts'))
    )
    op.create_index(op.f('ix_attempts_message_id'), 'attempts', ['message_id'], unique=False)
    op.create_table('checks',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('revision_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.String(length=64), nullable=False),
    sa.Column('blocking', sa.Boolean(), nullable=False),
    sa.Column('confidence', sa.String(), nullable=True),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('at', sa.Text(), nullable=False),
    sa.Column('origin', sa.String(length=255), nullable=False),
    sa.CheckConstraint("outcome IN ('pass', 'warn', 'fail')", name=op.f('ck_checks_outcome_known')),
    sa.ForeignKeyConstraint(['revision_id'], ['revisions.id'], name=op.f('fk_checks_revision_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_checks'))
    )
    op.create_index(op.f('ix_checks_revision_id'), 'checks', ['revision_id'], unique=False)
    op.create_table('claims',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('revision_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.Text(), nullable=False),
    sa.Column('quote', sa.Text(), nullable=False),
    sa.Column('ref', sa.String(length=255), nullable=False),
    sa.Column('path', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['revision_id'], ['revisions.id'], name=op.f('fk_claims_revision_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_claims'))
    )
    op.create_index(op.f('ix_claims_revision_id'), 'claims', ['revision_id'], unique=False)
    op.create_table('decisions',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('revision_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('action', sa.String(length=64), nullable=False),
    sa.Column('reason_code', sa.String(length=64), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('role', sa.String(length=64), nullable=False),
    sa.Column('on_behalf_of_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revision_digest', sa.String(length=64), nullable=False),
    sa.Column('evidence_digest', sa.String(length=64), nullable=False),
    sa.Column('policy_digest', sa.String(length=64), nullable=False),
    sa.Column('passes', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('choice', sa.String(length=255), nullable=False),
    sa.Column('exempt', sa.String(length=64), nullable=False),
    sa.CheckConstraint("(action = 'override') = (passes <> '[]')", name=op.f('ck_decisions_override_names_checks')),
    sa.CheckConstraint(f"action IN ('approve', 'edit') OR length(ltrim(rtrim(text, '{UNSEEN}'), '{UNSEEN}')) >= 10", name=op.f('ck_decisions_text_seen')),
    sa.CheckConstraint("action IN ('approve', 'edit', 'send_back', 'escalate', 'override', 'reject')", name=op.f('ck_decisions_action_known')),
    sa.CheckConstraint(f"length(ltrim(rtrim(reason_code, '{UNSEEN}'), '{UNSEEN}')) >= 1", name=op.f('ck_decisions_reason_code_seen')),
    sa.ForeignKeyConstraint(['item_id'], ['items.id'], name=op.f('fk_decisions_item_id')),
    sa.ForeignKeyConstraint(['on_behalf_of_id'], ['people.id'], name=op.f('fk_decisions_on_behalf_of_id')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_decisions_person_id')),
    sa.ForeignKeyConstraint(['revision_id'], ['revisions.id'], name=op.f('fk_decisions_revision_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decisions'))
    )
    op.create_index(op.f('ix_decisions_item_id_id'), 'decisions', ['item_id', 'id'], unique=False)
    op.create_index(op.f('ix_decisions_person_id_id'), 'decisions', ['person_id', 'id'], unique=False)
    op.create_table('revision_sources',
    sa.Column('revision_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ref', sa.String(length=255), nullable=False),
    sa.Column('source_record_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['revision_id'], ['revisions.id'], name=op.f('fk_revision_sources_revision_id')),
    sa.ForeignKeyConstraint(['source_record_id'], ['source_records.id'], name=op.f('fk_revision_sources_source_record_id')),
    sa.PrimaryKeyConstraint('revision_id', 'ref', name=op.f('pk_revision_sources'))
    )
    op.create_index(op.f('ix_revision_sources_source_record_id'), 'revision_sources', ['source_record_id'], unique=False)
    op.execute("INSERT INTO log_head (id, size, peaks, last) VALUES (1, 0, '', '0000000000000000000000000000000000000000000000000000000000000000')")
    for statement in SQLITE_GUARDS if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_GUARDS:
        op.execute(sa.text(statement.replace(":", r"\:")))


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE_GUARDS:
            op.execute("DROP TRIGGER " + statement.split()[2])
    op.drop_index(op.f('ix_revision_sources_source_record_id'), table_name='revision_sources')
    op.drop_table('revision_sources')
    op.drop_index(op.f('ix_decisions_person_id_id'), table_name='decisions')
    op.drop_index(op.f('ix_decisions_item_id_id'), table_name='decisions')
    op.drop_table('decisions')
    op.drop_index(op.f('ix_claims_revision_id'), table_name='claims')
    op.drop_table('claims')
    op.drop_index(op.f('ix_checks_revision_id'), table_name='checks')
    op.drop_table('checks')
    op.drop_index(op.f('ix_attempts_message_id'), table_name='attempts')
    op.drop_table('attempts')
    op.drop_table('revisions')
    op.drop_index(op.f('ix_messages_state_next_at_id'), table_name='messages')
    op.drop_index(op.f('ix_messages_item_id_id'), table_name='messages')
    op.drop_table('messages')
    op.drop_table('idempotency_keys')
    op.drop_index('ix_items_subject', table_name='items')
    op.drop_index('ix_items_settled', table_name='items')
    op.drop_index('ix_items_kind', table_name='items', sqlite_where=sa.text('settled_at IS NULL'), postgresql_where=sa.text('settled_at IS NULL'))
    op.drop_index('ix_items_desk', table_name='items')
    op.drop_index('ix_items_customer', table_name='items', sqlite_where=sa.text('settled_at IS NULL'), postgresql_where=sa.text('settled_at IS NULL'))
    op.drop_index('ix_items_automation', table_name='items')
    op.drop_table('items')
    op.drop_index(op.f('ix_api_keys_automation_id'), table_name='api_keys')
    op.drop_table('api_keys')
    op.drop_index(op.f('ix_sign_ins_person_id'), table_name='sign_ins')
    op.drop_table('sign_ins')
    op.drop_table('policy_activations')
    op.drop_index(op.f('ix_onboardings_external_id'), table_name='onboardings')
    op.drop_index(op.f('ix_onboardings_customer_key_id'), table_name='onboardings')
    op.drop_table('onboardings')
    op.drop_table('automations')
    op.drop_index(op.f('ix_absences_person_id'), table_name='absences')
    op.drop_index(op.f('ix_absences_delegate_id'), table_name='absences')
    op.drop_table('absences')
    op.drop_index(op.f('ix_source_records_system_object_label'), table_name='source_records')
    op.drop_index(op.f('ix_source_records_system_object_external_id_id'), table_name='source_records')
    op.drop_table('source_records')
    op.drop_table('policy_versions')
    op.drop_table('people')
    op.drop_table('log_texts')
    op.drop_table('log_head')
    op.drop_index(op.f('ix_log_entries_lane_position'), table_name='log_entries')
    op.drop_index(op.f('ix_log_entries_item_id_position'), table_name='log_entries')
    op.drop_index(op.f('ix_log_entries_at'), table_name='log_entries')
    op.drop_index(op.f('ix_log_entries_actor_position'), table_name='log_entries')
    op.drop_index(op.f('ix_log_entries_act_position'), table_name='log_entries')
    op.drop_table('log_entries')
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION rq_append_only(), rq_no_gap()")
