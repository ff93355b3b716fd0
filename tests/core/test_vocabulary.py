"""Acts, kinds of drafts and states are listed once; every other list is derived from those records."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import pytest

from reviewqueue.audit import events
from reviewqueue.core import vocabulary
from reviewqueue.core.vocabulary import ACTS, KINDS, ActKey, act_on, kind_of
from reviewqueue.db.tables import items as item_tables
from reviewqueue.db.tables.items import Decision
from reviewqueue.db.tables.sampling import ANSWERS
from reviewqueue.measurement.sampling import stratified_draw
from reviewqueue.review import bulk

ROOT = Path(vocabulary.__file__).parents[2]
LISTS: list[tuple[str, Sequence[str], list[str]]] = [
    ("the type that is checked names the acts in their order", get_args(ActKey), list(ACTS)),
    ("approving and overriding let a draft through", vocabulary.LETS_THROUGH, ["approve", "override"]),
    ("the others keep it back", vocabulary.STOPPING_ACTS, ["edit", "send_back", "escalate", "reject"]),
    ("only approving and editing go without a text", [key for key, act in ACTS.items() if not act.needs_text], ["approve", "edit"]),
    ("three acts end the wait by themselves", [act.state_after for act in ACTS.values() if act.state_after], ["sent_back", "escalated", "rejected"]),
    ("an edit and an override are made one at a time", bulk.IN_BULK, ["approve", "send_back", "escalate", "reject"]),
    ("a second look overrides nothing", ANSWERS, ["approve", "edit", "send_back", "escalate", "reject"]),
    ("each act is an entry of the log", events.DECISIONS, [f"item.{key}" for key in ACTS]),
    ("each act has its outcome in a sample", sorted(stratified_draw.OUTCOME_BY_ACT), sorted(ACTS)),
    ("no two share a shortcut", sorted({act.shortcut for act in ACTS.values()}), sorted("aesxor")),
    ("what a customer reads", vocabulary.TO_CUSTOMERS, ["customer_email", "portal_update", "task_reminder"]),
    ("what our own people read", vocabulary.INTERNAL_MESSAGES, ["internal_alert", "sales_question"]),
    ("the documents, as they are drafted", vocabulary.DOCUMENTS, ["handoff_packet", "kickoff_brief", "project_plan", "risk_summary"]),
    ("what is answered or read, and about no one customer", vocabulary.NOT_DRAFTS, ["trigger_question", "policy_change", "leader_summary"]),
    ("what is no draft is not edited either", [key for key, kind in KINDS.items() if kind.why_not_edited], list(vocabulary.NOT_DRAFTS)),
    ("a state waits or is final", sorted(item_tables.STATES), sorted((*vocabulary.OPEN, *vocabulary.SETTLED))),
    ("a reviewer's states are open ones", sorted({*vocabulary.UNDECIDED} - {*vocabulary.OPEN}), []),
    ("what a reviewer decided for good is final", sorted({*vocabulary.DECIDED} - {*vocabulary.SETTLED}), []),
]  # fmt: skip


@pytest.mark.parametrize(("says", "found", "wanted"), LISTS, ids=[row[0] for row in LISTS])
def test_each_list_follows_from_the_records(says: str, found: Sequence[str], wanted: list[str]) -> None:
    """The lists as people know them, each written out here once."""
    assert list(found) == wanted, says


def test_the_constraints_are_the_ones_of_the_first_migration() -> None:
    """Their text is made of the records, byte for byte as it was."""
    said = {str(one.name): str(one.sqltext) for one in Decision.__table__.constraints if hasattr(one, "sqltext")}
    assert said["ck_decisions_action_known"] == (
        "action IN ('approve', 'edit', 'send_back', 'escalate', 'override', 'reject')"
    )
    assert said["ck_decisions_text_seen"].startswith("action IN ('approve', 'edit') OR length(")


WORDS = [
    ("a question is answered", "trigger_question", "approve", "Answer", "Answered"),
    ("and closed", "trigger_question", "reject", "Close", "Closed"),
    ("it is escalated as everything is", "trigger_question", "escalate", "Escalate", "Escalated"),
    ("a message is approved", "customer_email", "approve", "Approve", "Approved"),
    ("a kind of an organisation's own as well", "renewal_offer", "send_back", "Send back", "Sent back"),
]


@pytest.mark.parametrize(("says", "kind", "act", "label", "done"), WORDS, ids=[row[0] for row in WORDS])
def test_an_act_is_worded_for_the_kind(says: str, kind: str, act: str, label: str, done: str) -> None:
    """Its key and what it does stay the same."""
    found = act_on(kind, act)
    assert (found.label, found.done) == (label, done), says
    assert (found.key, found.state_after, found.needs_text) == (act, ACTS[act].state_after, ACTS[act].needs_text)


def test_a_kind_of_their_own_is_a_plain_one() -> None:
    """It is drafted elsewhere: a name in words, and no message, document or question."""
    own = kind_of("renewal_offer")
    assert (own.words, own.to_customer, own.is_document, own.why_alone) == ("renewal offer", False, False, "")
    assert kind_of("customer_email").words == "customer e-mail"


# Where more than two of them stand together: the records; what a sample keeps of each act, which is persisted; and what
# the policy's templates call some kinds.
ANEW = {
    "core/vocabulary.py",
    "measurement/sampling/stratified_draw.py",
    "onboarding/next_drafts.py",
    "policy/model/templates.py",
}


def lists(text: str) -> list[int]:
    """The lines of a Python file where a list names more than two acts, or more than two kinds of drafts."""
    found = []
    for node in ast.walk(ast.parse(text)):
        parts = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", None)
        words = {part.value for part in parts or () if isinstance(part, ast.Constant) and isinstance(part.value, str)}
        if len(words & ACTS.keys()) > 2 or len(words & KINDS.keys()) > 2:
            found.append(node.lineno)  # type: ignore[attr-defined]
    return found


def test_no_module_lists_them_anew() -> None:
    """A new act or kind is one record; the control: a list of them is seen."""
    package = ROOT / "reviewqueue"
    found = {str(file.relative_to(package)): lists(file.read_text(encoding="utf-8")) for file in package.rglob("*.py")}
    assert {name for name, lines in found.items() if lines} == ANEW
    assert lists('for act in ("approve", "edit", "reject"):\n    pass') == [1]


def test_no_template_lists_the_acts_anew() -> None:
    """Labels, shortcuts and buttons are read from the records."""
    acts = re.compile("|".join(f'"{key}":' for key in ACTS))
    files = [file for file in (ROOT / "templates").rglob("*.html") if acts.search(file.read_text(encoding="utf-8"))]
    assert files == []
    assert acts.search('{% set DONE = {"approve": "Approved"} %}'), "the control"
