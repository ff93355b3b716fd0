"""One item's decisions evaluated again, by the policy it was under and by the candidate, and the differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from reviewqueue.core.vocabulary import ACTS, APPROVED, LETS_THROUGH, ActKey
from reviewqueue.items import routing
from reviewqueue.items.item_context import counting_decisions
from reviewqueue.lanes.backtest import check_changes
from reviewqueue.lanes.backtest.history import CurrentRoles, PastItem, PastRevision
from reviewqueue.policy import business_hours, evaluation, legal_acts
from reviewqueue.policy.model.policy import Gate, Lane, Policy


@dataclass(frozen=True)
class PolicySide:
    """One of the two policies, with its lane and gate for this item; `then` is the policy the item was under."""

    policy: Policy
    lane: Lane
    gate: Gate
    then: Policy

    def checks(self, item: PastItem, revision: PastRevision) -> tuple[evaluation.CheckOutcome, ...]:
        """A revision's checks as they count under this policy."""
        return check_changes.checks(self.then, self.policy, item, revision)


def escalations(item: PastItem, side: PolicySide) -> dict[int, list[tuple[str, str, str]]]:
    """The must-escalate rules that hold for each revision by its stored facts: number → [(name, in words, place)]."""
    return {one.row.number: _rules(item, one, side) for one in item.revisions}


def _rules(item: PastItem, revision: PastRevision, side: PolicySide) -> list[tuple[str, str, str]]:
    row, made_at = revision.row, revision.row.made_at
    age = timedelta()
    if row.number > 1:
        age = business_hours.business_hours(item.row.opened_at, made_at, side.policy.calendar(side.lane.key))
    checks = [(check.key, check.outcome) for check in side.checks(item, revision)]
    overrides = sum(at < made_at for at in item.overrides)
    known = routing.facts(
        *(side.policy, side.lane, item.row.kind, revision.sources, checks, item.row.segment or "", row.confidence),
        *(row.number, overrides, age),
    )
    return evaluation.must_escalate(side.policy, side.gate, known)


@dataclass
class _Replay:
    """The item's situation under one policy, as its revisions and decisions are replayed."""

    side: PolicySide
    escalations: dict[int, list[tuple[str, str, str]]]
    situation: evaluation.Situation
    escalated: bool = False

    def enter(self, item: PastItem, revision: PastRevision) -> None:
        """Start a revision: its checks, its authors, no approvals. What was escalated stays escalated."""
        self.escalated = self.escalated or bool(self.escalations[revision.row.number])
        authors = [one.row.author_person_id for one in item.revisions if one.row.number <= revision.row.number]
        self.situation = evaluation.Situation(
            state="escalated" if self.escalated else "pending",
            kind=item.row.kind,
            checks=self.side.checks(item, revision),
            authors=frozenset(filter(None, [revision.row.author_person_id])),
            editors=frozenset(filter(None, authors)),
            automation_owner=item.row.automation_owner_id,
            account_owner=item.row.owner_id,
        )

    def count(self, decisions: Sequence[Any]) -> None:
        """Let these decisions, and no others, be the approvals that count."""
        self.situation = replace(self.situation, votes=tuple(map(_vote, decisions)))

    def return_to_gate(self) -> None:
        """What was sent back and is decided without a new revision came back when an exception was resolved."""
        if self.situation.state == "sent_back":
            self.situation = replace(self.situation, state="escalated" if self.escalated else "pending")

    def apply(self, made: Row[Any]) -> None:
        """Apply a decision to the situation."""
        self.escalated = self.escalated or made.action == "escalate"
        if after := ACTS[made.action].state_after:
            self.situation = replace(self.situation, state=after)
        elif ACTS[made.action].lets_through:
            self.situation = replace(self.situation, votes=(*self.situation.votes, _vote(made)))


def _vote(made: Any) -> evaluation.Vote:
    return evaluation.Vote(made.person_id, made.role, made.action, tuple(made.passes))


_SideEscalations = tuple[PolicySide, dict[int, list[tuple[str, str, str]]]]


def decision_differences(
    item: PastItem, then: _SideEscalations, now: _SideEscalations, roles_by_person: Mapping[int, CurrentRoles]
) -> Iterator[tuple[str, str, str]]:
    """(key of replay.WHAT, in words, place of the rule) of each decision that would not have been possible or needed,
    and of an approval that would not have been complete."""
    start = evaluation.Situation("pending", item.row.kind)
    old, new = _Replay(*then, start), _Replay(*now, start)
    for revision in item.revisions:
        old.enter(item, revision)
        new.enter(item, revision)
        row: Any = revision.row
        decisions: list[Any] = [one for one in item.decisions if one.revision_id == row.id]
        for number, decision in enumerate(decisions):
            if decision.action in (*LETS_THROUGH, "send_back"):
                old.return_to_gate()
                new.return_to_gate()
            counting = counting_decisions(decisions[:number], row, decision.at, decision.changes_seen)
            old.count(counting)
            new.count(counting)
            yield from _compare_decision(decision, old, new, roles_by_person.get(decision.person_id, CurrentRoles()))
            old.apply(decision)
            new.apply(decision)
    if item.row.state in APPROVED:
        before = evaluation.missing_for_approval(old.side.policy, old.side.gate, old.situation)
        for need in (
            evaluation.missing_for_approval(new.side.policy, new.side.gate, new.situation) if not before else ()
        ):
            yield "unfinished", f"It was approved, and would still need: {need.says}", need.rule


def _compare_decision(
    decision: Row[Any], old: _Replay, new: _Replay, roles_now: CurrentRoles
) -> Iterator[tuple[str, str, str]]:
    act = ACTS[decision.action].key
    if act == "escalate" and new.situation.state == "escalated":
        return  # it would have been escalated already
    what = "override" if act == "override" else "decider"
    named = f"Decision {decision.id}, {act.replace('_', ' ')} as {new.side.policy.called(decision.role)}"
    if act == "override" and evaluation.failing_checks(old.situation) and not evaluation.failing_checks(new.situation):
        yield "unneeded", f"{named}: no failed check would have blocked approval", ""
        return
    before, after = _legal_for_person(decision, act, old, roles_now), _legal_for_person(decision, act, new, roles_now)
    if before.allowed and not after.allowed:
        yield what, f"{named}: {after.why}", after.rule
        return
    place = f"gate:{new.side.gate.key}"
    if act == "override" and decision.expires_at is not None:
        rules = [found for key in decision.passes if (found := new.side.gate.override_for(key))]
        table, strictest = min(rules, key=lambda one: one[1].longest_days)
        calendar = new.side.policy.calendar(new.side.lane.key)
        until, made_on = (business_hours.local_day(at, calendar) for at in (decision.expires_at, decision.at))
        longest, days = strictest.longest_days, (until - made_on).days
        if days > longest:
            rule = new.side.policy.place(place, table, "longest_days")
            yield "override", f"{named}: it was to hold {days} days, at most {longest} would do", rule
    codes = {one.code for one in evaluation.reasons(new.side.policy, new.side.gate, act, new.situation)}
    if decision.reason_code not in codes:
        rule = new.side.policy.place(place, "reasons")
        yield "reason", f"{named}: reason {decision.reason_code} would not be taken for it", rule
    elif act in new.side.gate.text_for and act not in old.side.gate.text_for and not decision.text:
        yield "reason", f"{named}: it would have needed words", new.side.policy.place(place, "text_for")


def _legal_for_person(
    decision: Row[Any], act: ActKey, replay: _Replay, roles_now: CurrentRoles
) -> legal_acts.Permission:
    """Whether this person could do the act: in the role of that decision, or in any they hold today."""
    group = {decision.role.removeprefix("group:")} if decision.role.startswith("group:") else set()
    behalf = frozenset(filter(None, [decision.on_behalf_of_id]))
    own = frozenset() if behalf else frozenset({decision.role})
    actor = evaluation.Actor(
        decision.person_id,
        roles_now.roles | own,
        borrowed=frozenset({decision.role}) if behalf else frozenset(),
        delegators=behalf,
        groups=roles_now.groups | group,
    )
    owner = decision.person_id if decision.role == "account_owner" else replay.situation.account_owner
    situation = replace(replay.situation, account_owner=owner)
    legal = legal_acts.legal_acts(replay.side.policy, replay.side.gate, situation, actor)
    return next(one for one in legal if one.act == act)
