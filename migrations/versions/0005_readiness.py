"""Readiness: scores, worksheet answers, go/no-go colours and launch owners of a lane; append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Characters nobody can see: white space, controls, direction marks, blank letters, tags.
UNSEEN = "\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000a\u000b\u000c\u000d\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\u0020\u007f\u0080\u0081\u0082\u0083\u0084\u0085\u0086\u0087\u0088\u0089\u008a\u008b\u008c\u008d\u008e\u008f\u0090\u0091\u0092\u0093\u0094\u0095\u0096\u0097\u0098\u0099\u009a\u009b\u009c\u009d\u009e\u009f\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u2061\u2062\u2063\u2064\u2065\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\u2800\u3000\u3164\ufe00\ufe01\ufe02\ufe03\ufe04\ufe05\ufe06\ufe07\ufe08\ufe09\ufe0a\ufe0b\ufe0c\ufe0d\ufe0e\ufe0f\ufeff\uffa0\ufff0\ufff1\ufff2\ufff3\ufff4\ufff5\ufff6\ufff7\ufff8\ufff9\ufffa\ufffb\U0001bca0\U0001bca1\U0001bca2\U0001bca3\U0001d173\U0001d174\U0001d175\U0001d176\U0001d177\U0001d178\U0001d179\U0001d17a\U000e0000\U000e0001\U000e0002\U000e0003\U000e0004\U000e0005\U000e0006\U000e0007\U000e0008\U000e0009\U000e000a\U000e000b\U000e000c\U000e000d\U000e000e\U000e000f\U000e0010\U000e0011\U000e0012\U000e0013\U000e0014\U000e0015\U000e0016\U000e0017\U000e0018\U000e0019\U000e001a\U000e001b\U000e001c\U000e001d\U000e001e\U000e001f\U000e0020\U000e0021\U000e0022\U000e0023\U000e0024\U000e0025\U000e0026\U000e0027\U000e0028\U000e0029\U000e002a\U000e002b\U000e002c\U000e002d\U000e002e\U000e002f\U000e0030\U000e0031\U000e0032\U000e0033\U000e0034\U000e0035\U000e0036\U000e0037\U000e0038\U000e0039\U000e003a\U000e003b\U000e003c\U000e003d\U000e003e\U000e003f\U000e0040\U000e0041\U000e0042\U000e0043\U000e0044\U000e0045\U000e0046\U000e0047\U000e0048\U000e0049\U000e004a\U000e004b\U000e004c\U000e004d\U000e004e\U000e004f\U000e0050\U000e0051\U000e0052\U000e0053\U000e0054\U000e0055\U000e0056\U000e0057\U000e0058\U000e0059\U000e005a\U000e005b\U000e005c\U000e005d\U000e005e\U000e005f\U000e0060\U000e0061\U000e0062\U000e0063\U000e0064\U000e0065\U000e0066\U000e0067\U000e0068\U000e0069\U000e006a\U000e006b\U000e006c\U000e006d\U000e006e\U000e006f\U000e0070\U000e0071\U000e0072\U000e0073\U000e0074\U000e0075\U000e0076\U000e0077\U000e0078\U000e0079\U000e007a\U000e007b\U000e007c\U000e007d\U000e007e\U000e007f\U000e0100\U000e0101\U000e0102\U000e0103\U000e0104\U000e0105\U000e0106\U000e0107\U000e0108\U000e0109\U000e010a\U000e010b\U000e010c\U000e010d\U000e010e\U000e010f\U000e0110\U000e0111\U000e0112\U000e0113\U000e0114\U000e0115\U000e0116\U000e0117\U000e0118\U000e0119\U000e011a\U000e011b\U000e011c\U000e011d\U000e011e\U000e011f\U000e0120\U000e0121\U000e0122\U000e0123\U000e0124\U000e0125\U000e0126\U000e0127\U000e0128\U000e0129\U000e012a\U000e012b\U000e012c\U000e012d\U000e012e\U000e012f\U000e0130\U000e0131\U000e0132\U000e0133\U000e0134\U000e0135\U000e0136\U000e0137\U000e0138\U000e0139\U000e013a\U000e013b\U000e013c\U000e013d\U000e013e\U000e013f\U000e0140\U000e0141\U000e0142\U000e0143\U000e0144\U000e0145\U000e0146\U000e0147\U000e0148\U000e0149\U000e014a\U000e014b\U000e014c\U000e014d\U000e014e\U000e014f\U000e0150\U000e0151\U000e0152\U000e0153\U000e0154\U000e0155\U000e0156\U000e0157\U000e0158\U000e0159\U000e015a\U000e015b\U000e015c\U000e015d\U000e015e\U000e015f\U000e0160\U000e0161\U000e0162\U000e0163\U000e0164\U000e0165\U000e0166\U000e0167\U000e0168\U000e0169\U000e016a\U000e016b\U000e016c\U000e016d\U000e016e\U000e016f\U000e0170\U000e0171\U000e0172\U000e0173\U000e0174\U000e0175\U000e0176\U000e0177\U000e0178\U000e0179\U000e017a\U000e017b\U000e017c\U000e017d\U000e017e\U000e017f\U000e0180\U000e0181\U000e0182\U000e0183\U000e0184\U000e0185\U000e0186\U000e0187\U000e0188\U000e0189\U000e018a\U000e018b\U000e018c\U000e018d\U000e018e\U000e018f\U000e0190\U000e0191\U000e0192\U000e0193\U000e0194\U000e0195\U000e0196\U000e0197\U000e0198\U000e0199\U000e019a\U000e019b\U000e019c\U000e019d\U000e019e\U000e019f\U000e01a0\U000e01a1\U000e01a2\U000e01a3\U000e01a4\U000e01a5\U000e01a6\U000e01a7\U000e01a8\U000e01a9\U000e01aa\U000e01ab\U000e01ac\U000e01ad\U000e01ae\U000e01af\U000e01b0\U000e01b1\U000e01b2\U000e01b3\U000e01b4\U000e01b5\U000e01b6\U000e01b7\U000e01b8\U000e01b9\U000e01ba\U000e01bb\U000e01bc\U000e01bd\U000e01be\U000e01bf\U000e01c0\U000e01c1\U000e01c2\U000e01c3\U000e01c4\U000e01c5\U000e01c6\U000e01c7\U000e01c8\U000e01c9\U000e01ca\U000e01cb\U000e01cc\U000e01cd\U000e01ce\U000e01cf\U000e01d0\U000e01d1\U000e01d2\U000e01d3\U000e01d4\U000e01d5\U000e01d6\U000e01d7\U000e01d8\U000e01d9\U000e01da\U000e01db\U000e01dc\U000e01dd\U000e01de\U000e01df\U000e01e0\U000e01e1\U000e01e2\U000e01e3\U000e01e4\U000e01e5\U000e01e6\U000e01e7\U000e01e8\U000e01e9\U000e01ea\U000e01eb\U000e01ec\U000e01ed\U000e01ee\U000e01ef"

SQLITE_GUARDS = [
    "CREATE TRIGGER readiness_scores_no_update BEFORE UPDATE ON readiness_scores BEGIN SELECT RAISE(ABORT, 'readiness_scores is append-only'); END",
    "CREATE TRIGGER readiness_scores_no_delete BEFORE DELETE ON readiness_scores BEGIN SELECT RAISE(ABORT, 'readiness_scores is append-only'); END",
    "CREATE TRIGGER readiness_scores_no_replace_0 BEFORE INSERT ON readiness_scores WHEN EXISTS (SELECT 1 FROM readiness_scores WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'readiness_scores is append-only'); END",
    "CREATE TRIGGER worksheet_answers_no_update BEFORE UPDATE ON worksheet_answers BEGIN SELECT RAISE(ABORT, 'worksheet_answers is append-only'); END",
    "CREATE TRIGGER worksheet_answers_no_delete BEFORE DELETE ON worksheet_answers BEGIN SELECT RAISE(ABORT, 'worksheet_answers is append-only'); END",
    "CREATE TRIGGER worksheet_answers_no_replace_0 BEFORE INSERT ON worksheet_answers WHEN EXISTS (SELECT 1 FROM worksheet_answers WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'worksheet_answers is append-only'); END",
    "CREATE TRIGGER control_colours_no_update BEFORE UPDATE ON control_colours BEGIN SELECT RAISE(ABORT, 'control_colours is append-only'); END",
    "CREATE TRIGGER control_colours_no_delete BEFORE DELETE ON control_colours BEGIN SELECT RAISE(ABORT, 'control_colours is append-only'); END",
    "CREATE TRIGGER control_colours_no_replace_0 BEFORE INSERT ON control_colours WHEN EXISTS (SELECT 1 FROM control_colours WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'control_colours is append-only'); END",
    "CREATE TRIGGER launch_owners_no_update BEFORE UPDATE ON launch_owners BEGIN SELECT RAISE(ABORT, 'launch_owners is append-only'); END",
    "CREATE TRIGGER launch_owners_no_delete BEFORE DELETE ON launch_owners BEGIN SELECT RAISE(ABORT, 'launch_owners is append-only'); END",
    "CREATE TRIGGER launch_owners_no_replace_0 BEFORE INSERT ON launch_owners WHEN EXISTS (SELECT 1 FROM launch_owners WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'launch_owners is append-only'); END",
]

POSTGRESQL_GUARDS = [
    "CREATE TRIGGER readiness_scores_no_change BEFORE UPDATE OR DELETE ON readiness_scores FOR EACH ROW EXECUTE FUNCTION rq_append_only()",
    "ALTER TABLE readiness_scores ENABLE ALWAYS TRIGGER readiness_scores_no_change",
    "CREATE TRIGGER readiness_scores_no_truncate BEFORE TRUNCATE ON readiness_scores FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()",
    "ALTER TABLE readiness_scores ENABLE ALWAYS TRIGGER readiness_scores_no_truncate",
    "CREATE TRIGGER worksheet_answers_no_change BEFORE UPDATE OR DELETE ON worksheet_answers FOR EACH ROW EXECUTE FUNCTION rq_append_only()",
    "ALTER TABLE worksheet_answers ENABLE ALWAYS TRIGGER worksheet_answers_no_change",
    "CREATE TRIGGER worksheet_answers_no_truncate BEFORE TRUNCATE ON worksheet_answers FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()",
    "ALTER TABLE worksheet_answers ENABLE ALWAYS TRIGGER worksheet_answers_no_truncate",
    "CREATE TRIGGER control_colours_no_change BEFORE UPDATE OR DELETE ON control_colours FOR EACH ROW EXECUTE FUNCTION rq_append_only()",
    "ALTER TABLE control_colours ENABLE ALWAYS TRIGGER control_colours_no_change",
    "CREATE TRIGGER control_colours_no_truncate BEFORE TRUNCATE ON control_colours FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()",
    "ALTER TABLE control_colours ENABLE ALWAYS TRIGGER control_colours_no_truncate",
    "CREATE TRIGGER launch_owners_no_change BEFORE UPDATE OR DELETE ON launch_owners FOR EACH ROW EXECUTE FUNCTION rq_append_only()",
    "ALTER TABLE launch_owners ENABLE ALWAYS TRIGGER launch_owners_no_change",
    "CREATE TRIGGER launch_owners_no_truncate BEFORE TRUNCATE ON launch_owners FOR EACH STATEMENT EXECUTE FUNCTION rq_append_only()",
    "ALTER TABLE launch_owners ENABLE ALWAYS TRIGGER launch_owners_no_truncate",
]


def upgrade() -> None:
    op.create_table('control_colours',
    sa.Column('id', ID, nullable=False),
    sa.Column('lane', sa.String(length=64), nullable=False),
    sa.Column('area', sa.String(length=64), nullable=False),
    sa.Column('colour', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("colour IN ('green', 'yellow', 'red')", name=op.f('ck_control_colours_colour_known')),
    sa.CheckConstraint(f"length(ltrim(rtrim(reason, '{UNSEEN}'), '{UNSEEN}')) >= 10", name=op.f('ck_control_colours_reason_seen')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_control_colours'))
    )
    op.create_index(op.f('ix_control_colours_lane_area_id'), 'control_colours', ['lane', 'area', 'id'], unique=False)
    op.create_table('readiness_scores',
    sa.Column('id', ID, nullable=False),
    sa.Column('lane', sa.String(length=64), nullable=False),
    sa.Column('area', sa.String(length=64), nullable=False),
    sa.Column('score', sa.Integer(), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('link', sa.String(length=255), nullable=False),
    sa.Column('evidence_on', sa.Date(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('policy_digest', sa.String(length=64), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint(f"link <> '' OR length(ltrim(rtrim(evidence, '{UNSEEN}'), '{UNSEEN}')) >= 10", name=op.f('ck_readiness_scores_evidence_seen')),
    sa.CheckConstraint('score BETWEEN 1 AND 5', name=op.f('ck_readiness_scores_score_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_readiness_scores'))
    )
    op.create_index(op.f('ix_readiness_scores_lane_area_id'), 'readiness_scores', ['lane', 'area', 'id'], unique=False)
    op.create_table('worksheet_answers',
    sa.Column('id', ID, nullable=False),
    sa.Column('lane', sa.String(length=64), nullable=False),
    sa.Column('line', sa.String(length=64), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('knew', sa.Text(), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_worksheet_answers'))
    )
    op.create_index(op.f('ix_worksheet_answers_lane_line_id'), 'worksheet_answers', ['lane', 'line', 'id'], unique=False)
    op.create_table('launch_owners',
    sa.Column('id', ID, nullable=False),
    sa.Column('lane', sa.String(length=64), nullable=False),
    sa.Column('part', sa.String(length=64), nullable=False),
    sa.Column('person_id', ID, nullable=True),
    sa.Column('accepted', sa.Boolean(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_launch_owners_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_launch_owners'))
    )
    op.create_index(op.f('ix_launch_owners_lane_part_id'), 'launch_owners', ['lane', 'part', 'id'], unique=False)
    for statement in SQLITE_GUARDS if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_GUARDS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_index(op.f('ix_launch_owners_lane_part_id'), table_name='launch_owners')
    op.drop_table('launch_owners')
    op.drop_index(op.f('ix_worksheet_answers_lane_line_id'), table_name='worksheet_answers')
    op.drop_table('worksheet_answers')
    op.drop_index(op.f('ix_readiness_scores_lane_area_id'), table_name='readiness_scores')
    op.drop_table('readiness_scores')
    op.drop_index(op.f('ix_control_colours_lane_area_id'), table_name='control_colours')
    op.drop_table('control_colours')
