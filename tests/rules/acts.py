"""Every gate × role × situation → the acts that are open. `python -m tests.rules.acts` writes it down as docs/acts.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reviewqueue.core.vocabulary import ACTS
from reviewqueue.db.tables.people import ROLES
from reviewqueue.evidence.source_changes import OpenCorrection, SourceChange, Unsettled
from reviewqueue.policy import legal_acts, loading
from reviewqueue.policy.evaluation import Actor, CheckOutcome, Grant, Situation, Vote
from reviewqueue.policy.model.policy import Gate, Policy

WRITTEN = Path(__file__).parents[2] / "docs" / "acts.md"
LETTERS = dict(zip(ACTS, "AESUOR", strict=True))
ME, ANOTHER = 1, 2
HEAD = """# Who may do what, when

Code: `policy/legal_acts.py:permission`, asked with `items/item_context.py:ItemContext.may`; the acts are `core/vocabulary.py:ACTS`.

For every gate of the shipped policy, every role and every situation: the acts that are open to a person who holds that role alone.
**A** approve · **E** edit · **S** send back · **U** escalate (up) · **O** override · **R** reject · – none.

The page shows only these, and a POST is checked against the same list. Whatever stands here, a decision on something that moved since
it was on the screen is refused with 409. This file is written by `python -m tests.rules.acts`, and a test holds it against the policy.
"""

Case = tuple[Situation, Actor]
# Why what a draft rests on is not settled, as `source_changes.Unsettled` says it.
MOVED = Unsettled(
    (
        SourceChange(
            1, "deal", "/CloseDate", "salesforce", "Opportunity", "006", "2 March", "9 March", datetime.now(UTC), 2
        ),
    )
).why
QUESTIONED = Unsettled(
    (), (OpenCorrection(1, "/CloseDate", "salesforce", "Opportunity", "006", "2 March", "9 March", "sales_owner"),)
).why


def drafted(role: str) -> Case:
    """An automation's draft, nobody's in particular, and a person with one role."""
    return Situation("pending", "customer_email"), Actor(ME, frozenset({role}))


def failing(case: Case, key: str) -> Case:
    """The same with a blocking check that failed."""
    return replace(case[0], checks=(CheckOutcome(key, "fail", True),)), case[1]


def passed_by_another(case: Case, gate: Gate) -> Case:
    """The same once somebody else has overridden the failed check."""
    situation, actor = failing(case, passable(gate))
    rule = gate.override_for(passable(gate))
    role = rule[1].roles[0] if rule else gate.reviewers[0]
    return replace(situation, votes=(Vote(ANOTHER, role, "override", (passable(gate),)),)), actor


OPENED = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def given(case: Case, role: str, hours: int, *, by: int, to_admin: bool = False) -> Case:
    """The same where somebody gave me my role so many hours after the draft was opened."""
    grant = Grant(ME, role, by, to_admin, OPENED + timedelta(hours=hours))
    return replace(case[0], opened_at=OPENED), replace(case[1], grants=(grant,))


def lent(case: Case, role: str) -> Case:
    """The same where I hold nothing, and stand in for somebody whom I gave the role after the draft was opened."""
    grant = Grant(ANOTHER, role, ME, False, OPENED + timedelta(hours=1))
    actor = Actor(ME, frozenset(), frozenset({role}), frozenset({ANOTHER}), lent=((ANOTHER, role),), grants=(grant,))
    return replace(case[0], opened_at=OPENED), actor


def passable(gate: Gate) -> str:
    """A check that somebody may override at this gate; one that nobody may where there is none."""
    found = (pattern.replace("*", "any") for _, rule in gate.overrides for pattern in rule.checks)
    return next(found, "nobody.any")


# Each: what is so, and how it comes to be so.
SITUATIONS: tuple[tuple[str, Callable[[Case, Gate, str], Case]], ...] = (
    ("nothing special", lambda case, gate, role: case),
    ("I wrote this revision", lambda case, gate, role: (replace(case[0], authors=frozenset({ME})), case[1])),
    ("I edited an earlier one", lambda case, gate, role: (replace(case[0], editors=frozenset({ME})), case[1])),
    ("I own the automation", lambda case, gate, role: (replace(case[0], automation_owner=ME), case[1])),
    (
        "I made a key of the automation",
        lambda case, gate, role: (replace(case[0], key_makers=frozenset({ME})), case[1]),
    ),
    (
        "I stand in for its author",
        lambda case, gate, role: (
            replace(case[0], authors=frozenset({ANOTHER})),
            replace(case[1], delegators=frozenset({ANOTHER})),
        ),
    ),
    (
        "its author stands in for me",
        lambda case, gate, role: (
            replace(case[0], authors=frozenset({ANOTHER})),
            replace(case[1], delegates=frozenset({ANOTHER})),
        ),
    ),
    ("a check fails that may be overridden", lambda case, gate, role: failing(case, passable(gate))),
    ("a check fails that nobody may override", lambda case, gate, role: failing(case, "nobody.any")),
    ("somebody overrode it already", lambda case, gate, role: passed_by_another(case, gate)),
    (
        "I have approved it already",
        lambda case, gate, role: (replace(case[0], votes=(Vote(ME, role, "approve"),)), case[1]),
    ),
    ("somebody else has taken it", lambda case, gate, role: (replace(case[0], lease_holder=ANOTHER), case[1])),
    ("I have taken it", lambda case, gate, role: (replace(case[0], lease_holder=ME), case[1])),
    ("a source changed under it", lambda case, gate, role: (replace(case[0], unsettled=MOVED), case[1])),
    ("a correction of its source is open", lambda case, gate, role: (replace(case[0], unsettled=QUESTIONED), case[1])),
    ("it was sent back", lambda case, gate, role: (replace(case[0], state="sent_back"), case[1])),
    ("it is escalated", lambda case, gate, role: (replace(case[0], state="escalated"), case[1])),
    (
        "overdue, it was escalated to another by name",
        lambda case, gate, role: (replace(case[0], state="escalated", assignee=ANOTHER), case[1]),
    ),
    (
        "it is escalated and I wrote it",
        lambda case, gate, role: (replace(case[0], state="escalated", authors=frozenset({ME})), case[1]),
    ),
    ("I gave myself the role before it was opened", lambda case, gate, role: given(case, role, -1, by=ME)),
    ("I gave myself the role since it was opened", lambda case, gate, role: given(case, role, 1, by=ME)),
    (
        "I am an admin, and another gave me the role since",
        lambda case, gate, role: given(case, role, 1, by=ANOTHER, to_admin=True),
    ),
    ("another gave me the role since, and I am no admin", lambda case, gate, role: given(case, role, 1, by=ANOTHER)),
    ("I stand in for somebody whom I gave the role since", lambda case, gate, role: lent(case, role)),
    ("it is decided", lambda case, gate, role: (replace(case[0], state="approved"), case[1])),
)
INVOLVED = {name for name, _ in SITUATIONS[1:7]} | {"it is escalated and I wrote it"}


def gates(policy: Policy) -> Iterator[tuple[str, Gate]]:
    """Every gate with what to call it: as every lane has it, and as a lane has it that asks for something else."""
    for gate in policy.gates:
        yield gate.name, gate
        for lane in policy.lanes:
            if gate.key in lane.gates and (own := policy.gate(lane.key, gate.key)):
                yield f"{gate.name}, in {lane.name}", own


def cells(policy: Policy, gate: Gate) -> Iterator[tuple[str, dict[str, str]]]:
    """Each situation with every role's acts, as letters."""
    for says, made in SITUATIONS:
        found = {}
        for role in ROLES:
            situation, actor = made(drafted(role), gate, role)
            legal = legal_acts.legal_acts(policy, gate, situation, actor)
            found[role] = "".join(LETTERS[one.act] for one in legal if one.allowed)
        yield says, found


def written(policy: Policy) -> str:
    """The whole table as Markdown; roles that may do nothing at a gate are named once, below it."""
    parts = [HEAD]
    for name, gate in gates(policy):
        rows = list(cells(policy, gate))
        shown = [role for role in ROLES if any(found[role] for _, found in rows)]
        idle = [role.replace("_", " ") for role in ROLES if role not in shown]
        parts.append(f"\n## {name}\n\n| | {' | '.join(role.replace('_', ' ') for role in shown)} |\n")
        parts.append("|---" * (len(shown) + 1) + "|\n")
        parts += [f"| {says} | {' | '.join(found[role] or '–' for role in shown)} |\n" for says, found in rows]
        parts.append(f"\nNothing is open to: {', '.join(idle)}.\n")
    return "".join(parts)


if __name__ == "__main__":
    WRITTEN.write_text(written(loading.load(loading.files_in(loading.SHIPPED))), encoding="utf-8")
