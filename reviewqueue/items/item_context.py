"""One item with everything that evaluating it needs: policy, gate, checks, decisions, situation. Reads only;
`load_visible` hides what a person may not see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, bindparam, exists, func, literal_column, select
from sqlalchemy.orm import Session, aliased

from reviewqueue.checks.model_check import Passage
from reviewqueue.checks.topics import TOPICS
from reviewqueue.core.errors import DomainError, NotFound
from reviewqueue.core.vocabulary import APPROVED, LETS_THROUGH, TO_CUSTOMERS, ActKey
from reviewqueue.db.rows import attach, split_row
from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables.evidence import Correction, SourceLook
from reviewqueue.db.tables.items import Check, Decision, Item, Revision
from reviewqueue.db.tables.model_checks import ModelResult
from reviewqueue.db.tables.onboardings import DealChange, Onboarding
from reviewqueue.db.tables.people import Automation
from reviewqueue.evidence import corrected_fields, source_changes
from reviewqueue.evidence.source_changes import SourceChange, Unsettled
from reviewqueue.evidence.text.corrected_values import StillSaid
from reviewqueue.items import cross_check, deal_changes, makers, origin
from reviewqueue.items.deal_changes import DealStanding
from reviewqueue.items.origin import Origin
from reviewqueue.people import visibility
from reviewqueue.policy import business_hours, evaluation, legal_acts, policy_versions
from reviewqueue.policy.model.policy import Gate, Policy

# Built once: composing a statement costs more than running it.
_CORRECTED_ITEM, _EARLIER_ITEM = aliased(Item), aliased(Item)


def _has_correction(state: str) -> ColumnElement[bool]:
    mine = (Correction.item_id == _CORRECTED_ITEM.id, Correction.state == literal_column(f"'{state}'"))
    return exists().where(*mine).where(_CORRECTED_ITEM.onboarding_id == Onboarding.id).correlate(Onboarding)


HAS_OPEN_CORRECTION, HAS_ACCEPTED_CORRECTION = _has_correction("open"), _has_correction("accepted")
# Whether an earlier item of the same onboarding, kind and subject was approved.
_HAS_EARLIER = (
    exists()
    .where(_EARLIER_ITEM.onboarding_id == Item.onboarding_id, _EARLIER_ITEM.kind == Item.kind)
    .where(_EARLIER_ITEM.subject == Item.subject, _EARLIER_ITEM.id < Item.id)
    .where(_EARLIER_ITEM.state.in_([literal_column(f"'{state}'") for state in APPROVED]))
    .correlate(Item)
)
_ITEM = Prepared(
    select(Item.__table__, Revision.__table__, Decision.__table__)
    .add_columns(Automation.owner_id.label("automation_owner"), Automation.name.label("automation"))
    .add_columns(Onboarding.owner_id.label("account_owner"), Onboarding.segment.label("segment"))
    .add_columns(policy_versions.in_force().label("in_force"))
    .add_columns(
        source_changes.last_change_id(bindparam("item")).label("last_move"), HAS_OPEN_CORRECTION.label("questioned")
    )
    .add_columns(HAS_ACCEPTED_CORRECTION.label("corrected"), Onboarding.ended_at.label("ended_at"))
    .add_columns(DealChange.says.label("deal_says"), DealChange.at.label("deal_at"))
    .add_columns(DealChange.exception_id.label("deal_exception"))
    .add_columns(exists().where(SourceLook.item_id == bindparam("item")).label("looked"))
    .add_columns(makers.KEY_MAKERS.label("key_makers"), makers.ANSWERERS.label("answerers"))
    .add_columns(_HAS_EARLIER.label("has_earlier"), *origin.columns())
    .add_columns(ModelResult.digest.label("model_digest"), ModelResult.version.label("model_version"))
    .add_columns(ModelResult.passages.label("passages"))
    .join(Revision, Revision.item_id == Item.id)
    .join(Automation, Automation.id == func.coalesce(Revision.author_automation_id, Item.automation_id))
    .outerjoin(Onboarding, Onboarding.id == Item.onboarding_id)
    .outerjoin(DealChange, DealChange.id == deal_changes.last_unsettled_id())
    .outerjoin(ModelResult, (ModelResult.revision_id == Revision.id) & (Revision.number == Item.revision_number))
    .outerjoin(Decision, (Decision.item_id == Item.id) & (Decision.revision_id == Revision.id))
    .where(Item.id == bindparam("item"))
    .order_by(Revision.number, Decision.id)
)
_CHECKS = Prepared(select(Check.__table__).where(Check.revision_id == bindparam("revision")).order_by(Check.id))

_TOPICS_RUNNING = (
    "The check for the six topics is still running: until its result is there nobody approves it and nothing goes out"
)


@dataclass(frozen=True)
class ItemContext:
    """An item, its current revision with its checks, all its revisions and decisions, and its gate under the policy it
    was opened under (None: that policy has no such gate). `in_force` is the digest of the policy for new items,
    `segment` the customer's ("" for an item without onboarding). `corrected` are the passages that an accepted
    correction says are wrong; each is among `checks`. `looked` are the source changes that somebody looked at, under
    whichever revision. `deal` is where its onboarding's deal stands, `origin` where the
    draft comes from. `model_result` is the digest of what the model's
    check of the current revision came to, and `model_version` that of the model; "" where there is none. `passages` are
    what patterns and model found; `has_earlier` says whether an earlier item of its subject was approved."""

    item: Item
    revision: Revision
    revisions: Sequence[Revision]
    checks: Sequence[Check]
    decisions: Sequence[Decision]
    policy: Policy
    gate: Gate | None
    situation: evaluation.Situation
    automation: str
    unsettled: Unsettled = field(default_factory=Unsettled)
    last_move: int = 0
    in_force: str = ""
    segment: str = ""
    model_result: str = ""
    model_version: str = ""
    passages: Sequence[Passage] = ()
    corrected: tuple[StillSaid, ...] = ()
    looked: tuple[SourceChange, ...] = ()
    deal: DealStanding = field(default_factory=DealStanding)
    has_earlier: bool = False
    origin: Origin = field(default_factory=Origin)

    def permissions(self, actor: evaluation.Actor) -> list[legal_acts.Permission]:
        """Each of the six acts, with whether this person may do it and why not."""
        return legal_acts.legal_acts(self.policy, self.gate, self.situation, actor)

    def may(self, actor: evaluation.Actor, act: ActKey) -> legal_acts.Permission:
        """Whether this person may do this act, and why not."""
        return legal_acts.permission(self.policy, self.gate, self.situation, actor, act)

    @property
    def evidence(self) -> str:
        """The version of the evidence as it is now: pages carry it, and a decision is compared with it."""
        mine = {one.correction.correction_id for one in self.corrected}
        return source_changes.evidence_version(self.revision.evidence_digest, self.last_move, mine, self.model_result)

    @property
    def changes_seen(self) -> str:
        """What has changed under the revision, as a decision on it now keeps it: the middle of `evidence`."""
        return changes_seen(self.last_move, self.corrected)

    @property
    def reviewed(self) -> tuple[SourceChange, ...]:
        """The source changes under this revision that somebody looked at: they stay in sight until it is released."""
        mine = [one for one in self.looked if one.revision_id == self.revision.id]
        return () if self.item.state == "released" else tuple({(one.ref, one.path): one for one in mine}.values())

    def warned_topics(self) -> list[str]:
        """The topics that our checks warn of and do not fail, in the order of the six."""
        keys = {one.key for one in self.checks if one.outcome == "warn" and not one.origin}
        return [topic for topic in TOPICS if f"topic.{topic}" in keys]

    def model_facts(self) -> dict[str, str]:
        """What the model's check came to, as facts of the log entry of a decision that rests on it."""
        return {"model": self.model_version, "model_result": self.model_result} if self.model_result else {}

    def who(self) -> str:
        """Who decides it now, in words."""
        return evaluation.decider_text(self.policy, self.gate, self.situation) if self.gate else "nobody"

    @property
    def approvals_left(self) -> int:
        """How many people still have to approve; 0 at a missing gate, which nobody passes."""
        if self.gate is None:
            return 0
        return evaluation.quorum(self.gate, self.situation) - len(evaluation.counting_votes(self.gate, self.situation))

    def local_day(self, moment: datetime) -> date:
        """The day that a moment is on in the item's lane."""
        return business_hours.local_day(moment, self.policy.calendar(self.item.lane))

    def needs(self) -> list[evaluation.Need]:
        """What is still missing for approval; a missing gate needs RevOps."""
        if self.gate is None:
            return [evaluation.Need("gate", f"Gate {self.item.gate} is not in its policy: tell RevOps")]
        return evaluation.missing_for_approval(self.policy, self.gate, self.situation)


def _deal_standing(known: Any) -> DealStanding:
    return DealStanding(known.deal_says or "", known.deal_at, known.deal_exception or 0, known.ended_at is not None)


def load(session: Session, item_id: int, now: datetime) -> ItemContext:
    """Everything about one item. Raises NotFound when there is none, and DomainError (503) when its rows are broken."""
    rows = _ITEM.rows(session, {"item": item_id})
    if not rows:
        raise NotFound()
    known, parts = rows[0], [split_row(row, Item, Revision, Decision) for row in rows]
    item = attach(session, Item, parts[0][0])
    # Only the item is an ORM object; the other rows are never changed.
    revisions: list[Revision] = list({one.id: one for _, one, _ in parts}.values())
    revision = next((found for found in revisions if found.number == item.revision_number), None)
    if revision is None:
        raise DomainError(
            f"Item {item.id} is at revision {item.revision_number} and there is none: a row was changed from outside. "
            "Nothing is done with it. Tell whoever runs Review Queue.",
            status=503,
        )
    decisions = sorted((made for *_, made in parts if made is not None), key=lambda made: cast(int, made.id))
    rests = item.onboarding_id if known.corrected else None
    corrected = corrected_fields.still_said(session, rests, revision.id, revision.draft)
    found: Sequence[Check] = _CHECKS.rows(session, {"revision": revision.id})
    checks = [*(Check(revision_id=revision.id, **vars(one.check)) for one in corrected), *found]
    policy = policy_versions.version(session, item.policy_digest)
    unsettled = source_changes.unsettled(session, item, revision.id, questioned=known.questioned)
    gate = policy.gate(item.lane, item.gate)
    checked = next((row for row in rows if row.model_digest), None)
    situation = evaluation.Situation(
        state=item.state,
        kind=item.kind,
        checks=tuple(evaluation.CheckOutcome(check.key, check.outcome, check.blocking) for check in checks),
        votes=tuple(
            evaluation.Vote(made.person_id, made.role, made.action, tuple(made.passes))
            for made in counting_decisions(decisions, revision, now, changes_seen(known.last_move, corrected))
        ),
        authors=frozenset(filter(None, [revision.author_person_id])),
        editors=frozenset(filter(None, [one.author_person_id for one in revisions])),
        automation_owner=known.automation_owner,
        lease_holder=item.lease_holder_id if item.lease_until and item.lease_until > now else None,
        account_owner=known.account_owner,
        assignee=item.assignee_id,
        unsettled=unsettled.why,
        apart=cross_check.contradictions(session, item) if gate and gate.package == "whole" else "",
        key_makers=frozenset().union(*(makers.ids(row.key_makers) for row in rows)),
        answerers=makers.ids(next(row.answerers for row, one in zip(rows, parts, strict=True) if one[1] is revision)),
        opened_at=item.opened_at,
        onboarding=item.onboarding_id,
        late_grants_count=policy.organisation.small_team,
        running=running(item.kind, checked=checked is not None),
    )
    return ItemContext(
        *(item, revision, revisions, checks, decisions, policy, gate, situation, known.automation),
        unsettled=unsettled, last_move=known.last_move or 0, in_force=known.in_force or "",
        segment=known.segment or "", corrected=corrected, deal=_deal_standing(known),
        origin=origin.of(known),
        looked=source_changes.looked_at(session, item.id) if known.looked else (),
        model_result=checked.model_digest if checked else "", model_version=checked.model_version if checked else "",
        passages=[Passage(**one) for one in checked.passages] if checked else (), has_earlier=bool(known.has_earlier),
    )  # fmt: skip


def running(kind: str, *, checked: bool) -> str:
    """Which check of a draft of that kind is still running, in words; "" where all have come to their result. `checked`
    says whether the model's check has one."""
    return "" if checked or kind not in TO_CUSTOMERS else _TOPICS_RUNNING


def changes_seen(last_move: int | None, corrected: Sequence[StillSaid]) -> str:
    """What has changed under a revision: the last source change, and the accepted corrections that it is at odds
    with."""
    return source_changes.evidence_version("", last_move, {one.correction.correction_id for one in corrected})


def counting_decisions(
    decisions: Sequence[Decision], revision: Revision, now: datetime, changes: str
) -> list[Decision]:
    """The decisions that count for this revision: its approvals, and the overrides that have not expired by `now`, made
    with what has changed under it (`changes`) on the screen. None from before it was sent back."""
    returned = max((made.id for made in decisions if made.action == "send_back"), default=0)
    return [
        made
        for made in decisions
        if made.revision_id == revision.id
        and made.id > returned
        and made.action in LETS_THROUGH
        and made.changes_seen == changes
        and (made.expires_at is None or made.expires_at > now)
    ]


def load_visible(session: Session, item_id: int, actor: evaluation.Actor, now: datetime) -> ItemContext:
    """The same for somebody who may see it. Raises the same NotFound for a hidden item as for an absent one."""
    found = load(session, item_id, now)
    if not visible_to(found, actor):
        raise NotFound()
    return found


def visible_to(found: ItemContext, actor: evaluation.Actor) -> bool:
    """Whether a person may see this item."""
    made = actor.person_id in {*found.situation.editors, found.situation.automation_owner}
    return visibility.sees_item(found.gate, actor, owner=found.situation.account_owner, made=made)
