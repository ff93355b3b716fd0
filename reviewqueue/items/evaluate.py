"""Evaluating a draft: its checks run in the context of its onboarding, and the rules of its gate say whether a person
reviews it or it is escalated. Every revision is evaluated here, whoever wrote it. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables.items import Decision, Item
from reviewqueue.db.tables.seeded_defects import not_seeded
from reviewqueue.evidence.types import CheckResult, DraftWithEvidence, Source
from reviewqueue.items import check_context, revisions, routing
from reviewqueue.items.item_context import ItemContext
from reviewqueue.items.known_records import About
from reviewqueue.items.revisions import CheckedDraft
from reviewqueue.policy import business_hours
from reviewqueue.policy.model.policy import Gate, Lane, Policy

_OVERRIDES = Prepared(
    select(func.count())
    .select_from(Decision)
    .join(Item, Item.id == Decision.item_id)
    .where(Item.onboarding_id == bindparam("onboarding"), Decision.action == "override", not_seeded())
)


@dataclass(frozen=True)
class Evaluation(CheckedDraft):
    """A checked draft with the state it leads to, `pending` or `escalated`, and the rule that says so (`why`)."""

    state: str
    why: str

    def keep_escalation(self, item: Item) -> Evaluation:
        """An escalation stays: a new draft of an escalated item, or in the place of one, is escalated too."""
        stays = item.state == "escalated" and self.state == "pending"
        return replace(self, state=item.state, why=item.why) if stays else self

    def columns(self) -> dict[str, Any]:
        """The columns of an item that follow its newest revision."""
        counts = {f"{outcome}s": sum(check.outcome == outcome for check in self.checks) for outcome in ("fail", "warn")}
        return {"state": self.state, "why": self.why, "title": self.drafted.title, **counts}


def evaluate(
    session: Session, policy: Policy, lane: Lane, gate: Gate, drafted: DraftWithEvidence, *,
    customer: str, onboarding_id: int | None, segment: str, sent: Sequence[CheckResult], confidence: str,
    about: About, template: str = "", number: int = 1, age: timedelta = timedelta(), ahead: CheckedDraft | None = None,
    now: datetime,
) -> Evaluation:  # fmt: skip
    """Check and route a draft as revision `number` of an item that has been open for `age` of business time.

    `onboarding_id` is None before the onboarding has started; `sent` and `confidence` are the automation's own, `about`
    says which it is and of which deal it speaks. What was checked `ahead` is checked again only if the policy or the
    context changed since."""
    before, today = ahead.context if ahead else None, business_hours.local_day(now, policy.calendar(lane.key))
    context = check_context.build_context(
        session, policy, lane, drafted, customer, onboarding_id, about, template, before, today
    )
    if ahead is None or (ahead.policy_digest, ahead.context) != (policy.digest, context):
        ahead = revisions.check_draft(policy, lane, gate, drafted, sent, context)
    outcomes = [(check.key, check.outcome) for check in ahead.checks]
    overrides = earlier_overrides(session, onboarding_id)
    facts = routing.facts(
        policy, lane, drafted.kind, drafted.sources, outcomes, segment, confidence, number, overrides, age
    )
    state, why = routing.route(policy, lane, gate, facts)
    return Evaluation(**vars(ahead), state=state, why=why)


def evaluate_revision(
    session: Session, context: ItemContext, policy: Policy, lane: Lane, gate: Gate, drafted: DraftWithEvidence, *,
    sent: Sequence[CheckResult], confidence: str, number: int, now: datetime,
) -> Evaluation:  # fmt: skip
    """The same for a draft of an item that is there, under the policy given, which need not be the item's own."""
    item = context.item
    return evaluate(
        session, policy, lane, gate, drafted, customer=item.customer, onboarding_id=item.onboarding_id,
        segment=context.segment, sent=sent, confidence=confidence, number=number, now=now,
        about=About(item.automation_id, context.automation, item.customer),
        template=check_context.template_of(session, item) if lane.messages else "",
        age=business_hours.business_hours(item.opened_at, now, policy.calendar(lane.key)),
    )  # fmt: skip


def route_again(
    session: Session, context: ItemContext, sources: Mapping[str, Source], outcomes: Sequence[tuple[str, str]],
    now: datetime,
) -> tuple[str, str]:  # fmt: skip
    """(state, why) of an item's current revision by these results, (key, outcome), of which some came after it was
    written."""
    item, policy = context.item, context.policy
    lane = policy.lane(item.lane)
    if lane is None or context.gate is None:
        return item.state, item.why
    overrides = earlier_overrides(session, item.onboarding_id)
    age = business_hours.business_hours(item.opened_at, now, policy.calendar(lane.key))
    facts = routing.facts(
        policy, lane, item.kind, sources, outcomes, context.segment, context.revision.confidence,
        item.revision_number, overrides, age,
    )  # fmt: skip
    return routing.route(policy, lane, context.gate, facts)


def earlier_overrides(session: Session, onboarding_id: int | None) -> int:
    """How many overrides this onboarding has so far; 0 for None."""
    return 0 if onboarding_id is None else _OVERRIDES.scalar(session, {"onboarding": onboarding_id})
