"""The desk: one item as a person finds it, with all that judging needs. Reads only; hides what is not theirs to see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Boolean, Integer, String, bindparam, exists, func, literal_column, select, text
from sqlalchemy import cast as cast_to
from sqlalchemy.orm import Session, aliased

from reviewqueue import access, commitments, database, delegation, policies, source_moves
from reviewqueue.policy import judging, legality
from reviewqueue.policy.shape import Gate, Policy
from reviewqueue.policy.words import Act
from reviewqueue.records.base import Moment
from reviewqueue.records.items import Check, Decision, Item, Revision
from reviewqueue.records.onboardings import Onboarding
from reviewqueue.records.people import ApiKey, Automation
from reviewqueue.records.prepared import Prepared
from reviewqueue.records.promises import Correction
from reviewqueue.records.rows import cut, hold
from reviewqueue.refusals import NotAllowed, NotThere, Refused
from reviewqueue.source_moves import Unsettled

# Built once: putting a statement together costs more than running it.
_CORRECTED = aliased(Item)
QUESTIONED = (
    exists()
    .where(Correction.item_id == _CORRECTED.id, Correction.state == "open")
    .where(_CORRECTED.onboarding_id == Onboarding.id)
    .correlate(Onboarding)
)
# Who made a key of the automation that could be used since the item was opened, as ids with blanks between them.
KEY_MAKERS = (
    # The separator as a word of the statement: a prepared one takes no value that is put in late.
    select(func.aggregate_strings(cast_to(ApiKey.created_by_id, String), literal_column("' '")))  # type: ignore[arg-type]
    .where(ApiKey.automation_id == Automation.id, ApiKey.created_by_id.is_not(None))
    .where(ApiKey.revoked_at.is_(None) | (ApiKey.revoked_at >= Item.opened_at))
    .correlate(Automation, Item)
    .scalar_subquery()
)
_ITEM = Prepared(
    select(Item.__table__, Revision.__table__, Decision.__table__)
    .add_columns(Automation.owner_id.label("automation_owner"), Automation.name.label("automation"))
    .add_columns(Onboarding.owner_id.label("account_owner"), policies.in_force().label("in_force"))
    .add_columns(source_moves.last(bindparam("item")).label("last_move"), QUESTIONED.label("questioned"))
    .add_columns(KEY_MAKERS.label("key_makers"))
    .join(Revision, Revision.item_id == Item.id)
    .join(Automation, Automation.id == func.coalesce(Revision.author_automation_id, Item.automation_id))
    .outerjoin(Onboarding, Onboarding.id == Item.onboarding_id)
    .outerjoin(Decision, (Decision.item_id == Item.id) & (Decision.revision_id == Revision.id))
    .where(Item.id == bindparam("item"))
    .order_by(Revision.number, Decision.id)
)
_CHECKS = Prepared(select(Check.__table__).where(Check.revision_id == bindparam("revision")).order_by(Check.id))

# One statement: the person, whom they stand in for and who stands in for them over every hop, and whose groups count.
_ACTOR = Prepared(
    text("""
WITH RECURSIVE lends(person_id, delegate_id) AS (
  SELECT person_id, delegate_id FROM absences
  WHERE delegate_id = :person AND starts_at <= :now AND ends_at > :now AND cancelled_at IS NULL
  UNION SELECT a.person_id, a.delegate_id FROM absences a JOIN lends ON a.delegate_id = lends.person_id
  WHERE a.starts_at <= :now AND a.ends_at > :now AND a.cancelled_at IS NULL
), acts(person_id, delegate_id) AS (
  SELECT person_id, delegate_id FROM absences
  WHERE person_id = :person AND starts_at <= :now AND ends_at > :now AND cancelled_at IS NULL
  UNION SELECT a.person_id, a.delegate_id FROM absences a JOIN acts ON a.person_id = acts.delegate_id
  WHERE a.starts_at <= :now AND a.ends_at > :now AND a.cancelled_at IS NULL
)
SELECT 'self' AS what, id, 0 AS other, held, disabled_at IS NOT NULL AS shut, disabled_at AS at
FROM people WHERE id = :person
UNION ALL SELECT 'lends', p.id, lends.delegate_id, p.held, p.disabled_at IS NOT NULL, p.disabled_at
FROM people p JOIN lends ON lends.person_id = p.id
UNION ALL SELECT 'acts', delegate_id, person_id, '', FALSE, NULL FROM acts
UNION ALL SELECT 'group', person_id, 0, group_key, FALSE, since FROM memberships
WHERE (person_id = :person OR person_id IN (SELECT person_id FROM lends))
AND since <= :now AND (until IS NULL OR until > :now)
UNION ALL SELECT 'grant', person_id, by_id, role, to_admin, at FROM role_grants
WHERE person_id = :person OR person_id IN (SELECT person_id FROM lends)
""").columns(what=String, id=Integer, other=Integer, held=String, shut=Boolean, at=Moment())
)


@dataclass(frozen=True)
class Desk:
    """An item, its current revision and checks, all its decisions, and the gate it waits at under its own policy;
    `in_force` is the digest of the one that new items wait under."""

    item: Item
    revision: Revision
    revisions: Sequence[Revision]
    checks: Sequence[Check]
    decisions: Sequence[Decision]
    policy: Policy
    gate: Gate | None
    situation: judging.Situation
    automation: str
    unsettled: Unsettled = field(default_factory=Unsettled)
    last_move: int = 0
    in_force: str = ""

    def legal(self, actor: judging.Actor) -> list[legality.Legal]:
        """The six acts for this person."""
        return legality.legal_acts(self.policy, self.gate, self.situation, actor)

    def may(self, actor: judging.Actor, act: Act) -> legality.Legal:
        """One of the six acts for this person."""
        return legality.legal(self.policy, self.gate, self.situation, actor, act)

    @property
    def evidence(self) -> str:
        """The evidence as it stands: what a page shows carries this, and a decision is held against it."""
        return source_moves.evidence(self.revision.evidence_digest, self.last_move)

    def who(self) -> str:
        """Who decides it now, in words."""
        return judging.who(self.policy, self.gate, self.situation) if self.gate else "nobody"

    @property
    def approvals_left(self) -> int:
        """How many people still have to approve; 0 at a missing gate, which nobody passes."""
        if self.gate is None:
            return 0
        return judging.quorum(self.gate, self.situation) - len(judging.counted(self.gate, self.situation))

    def needs(self) -> list[judging.Need]:
        """What is still missing; a missing gate needs RevOps."""
        if self.gate is None:
            return [judging.Need("gate", f"Gate {self.item.gate} is not in its policy: tell RevOps")]
        return judging.needs(self.policy, self.gate, self.situation)


def actor_of(session: Session, person_id: int, now: datetime) -> judging.Actor:
    """The person at this moment, freshly read. Raises NotAllowed when disabled or unknown."""
    rows = _ACTOR.rows(session, {"now": database.bound(session, now), "person": person_id})
    own = next((row for row in rows if row.what == "self"), None)
    if own is None or own.shut:
        raise NotAllowed("This account is closed, so nothing was done. Ask an admin to open it again.")
    if len(rows) == 1:
        return judging.Actor(person_id, frozenset(own.held.split()))
    lent = _lent(person_id, rows)
    return judging.Actor(
        person_id,
        frozenset(own.held.split()),
        frozenset(what for _, what in lent),
        frozenset(row.id for row in rows if row.what == "lends") - {person_id},
        frozenset(row.id for row in rows if row.what == "acts") - {person_id},
        frozenset(row.held for row in rows if row.what == "group" and row.id == person_id),
        tuple(lent),
        _grants(rows),
    )


def _grants(rows: Sequence[Any]) -> tuple[judging.Grant, ...]:
    """The last grant of each role and group to each of these people. Who is an admin now counts as one from the start:
    which of the two roles came first makes no difference."""
    admins = {row.id for row in rows if row.what in ("self", "lends") and "admin" in row.held.split()}
    given = (
        judging.Grant(row.id, row.held, row.other, bool(row.shut) or row.id in admins, row.at)
        for row in rows
        if row.what == "grant"
    )
    last = {(one.person_id, one.role): one for one in sorted(given, key=lambda one: one.at)}
    return tuple(last.values())


def _lent(person_id: int, rows: Sequence[Any]) -> list[tuple[int, str]]:
    """(lender, role or group) of all that reaches this person, hop by hop. A closed account passes nothing on, and
    nothing reaches an auditor, who stands in for nobody."""
    left = [row for row in rows if row.what == "lends" and not row.shut]
    if not left:
        return []
    unable = {row.id for row in rows if row.what in ("self", "lends") and delegation.NEVER in row.held.split()}
    left = [row for row in left if row.other not in unable]
    reached, lent = {person_id}, []
    while fresh := [row for row in left if row.other in reached and row.id not in reached]:
        reached |= {row.id for row in fresh}
        for row in sorted(fresh, key=lambda one: one.id):
            roles, groups = _holds(row, rows)
            lent += [(row.id, what) for what in (*roles, *(f"group:{key}" for key in groups))]
    return lent


def _holds(row: Any, rows: Sequence[Any]) -> tuple[list[str], list[str]]:
    """The roles and the groups of one of these people."""
    return row.held.split(), [one.held for one in rows if one.what == "group" and one.id == row.id]


def roles_of(actor: judging.Actor) -> frozenset[str]:
    """Own and borrowed roles and groups (`group:KEY`) together, for seeing."""
    return actor.roles | actor.borrowed | {f"group:{key}" for key in actor.groups}


def open_desk(session: Session, item_id: int, now: datetime) -> Desk:
    """Everything about one item. Raises NotThere when there is none, and Refused (503) when its rows cannot be read."""
    rows = _ITEM.rows(session, {"item": item_id})
    if not rows:
        raise NotThere()
    known, parts = rows[0], [cut(row, Item, Revision, Decision) for row in rows]
    item = hold(session, Item, parts[0][0])
    # All but the item stay as they were read: they are never changed.
    revisions: list[Revision] = list({one.id: one for _, one, _ in parts}.values())
    revision = next((found for found in revisions if found.number == item.revision_number), None)
    if revision is None:
        raise Refused(
            f"Item {item.id} is at revision {item.revision_number} and there is none: a row was changed from outside. "
            "Nothing is done with it. Tell whoever runs Review Queue.",
            status=503,
        )
    decisions = sorted((made for *_, made in parts if made is not None), key=lambda made: cast(int, made.id))
    checks = cast("Sequence[Check]", _CHECKS.rows(session, {"revision": revision.id}))
    policy = policies.version(session, item.policy_digest)
    unsettled = source_moves.unsettled(session, item, revision.id, questioned=known.questioned)
    gate = policy.gate(item.lane, item.gate)
    situation = judging.Situation(
        state=item.state,
        kind=item.kind,
        checks=tuple(judging.CheckSeen(check.key, check.outcome, check.blocking) for check in checks),
        votes=tuple(
            judging.Vote(made.person_id, made.role, made.action, tuple(made.passes))
            for made in counting(decisions, revision, now)
        ),
        authors=frozenset(filter(None, [revision.author_person_id])),
        editors=frozenset(filter(None, [one.author_person_id for one in revisions])),
        automation_owner=known.automation_owner,
        lease_holder=item.lease_holder_id if item.lease_until and item.lease_until > now else None,
        account_owner=known.account_owner,
        assignee=item.assignee_id,
        unsettled=unsettled.why,
        apart=commitments.apart(session, item) if gate and gate.package == "whole" else "",
        key_makers=frozenset(int(one) for row in rows for one in (row.key_makers or "").split()),
        opened_at=item.opened_at,
        onboarding=item.onboarding_id,
        late_roles=policy.organisation.small_team,
    )
    return Desk(
        *(item, revision, revisions, checks, decisions, policy, gate, situation, known.automation),
        unsettled=unsettled, last_move=known.last_move or 0, in_force=known.in_force or "",
    )  # fmt: skip


def counting(decisions: Sequence[Decision], revision: Revision, now: datetime) -> list[Decision]:
    """What stands for this revision: its approvals, and the overrides that have not run out."""
    return [
        made
        for made in decisions
        if made.revision_id == revision.id
        and made.action in ("approve", "override")
        and (made.expires_at is None or made.expires_at > now)
    ]


def for_person(session: Session, item_id: int, actor: judging.Actor, now: datetime) -> Desk:
    """The desk for somebody who may see it; forbidden and absent raise the same NotThere."""
    found = open_desk(session, item_id, now)
    makes = actor.person_id in found.situation.editors or actor.person_id == found.situation.automation_owner
    owner = found.situation.account_owner
    owns = found.gate is not None and found.gate.account_owner and owner in {actor.person_id, *dict(actor.lent)}
    if not (makes or owns) and not access.sees(found.gate, roles_of(actor)):
        raise NotThere()
    return found
