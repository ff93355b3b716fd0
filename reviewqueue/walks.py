"""Walks: one item's decisions made again, under the policy it was under and under another, and where the two part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, get_args

from sqlalchemy import Row

from reviewqueue import calendar, reweighing, routing
from reviewqueue.past import Held, PastItem, PastRevision
from reviewqueue.policy import judging, legality
from reviewqueue.policy.shape import Gate, Lane, Policy
from reviewqueue.policy.words import Act


@dataclass(frozen=True)
class Side:
    """One of the two policies, with lane and gate as it has them for this item; `then` is what the item was under."""

    policy: Policy
    lane: Lane
    gate: Gate
    then: Policy

    def checks(self, item: PastItem, revision: PastRevision) -> tuple[judging.CheckSeen, ...]:
        """What this side lets a revision's checks count as."""
        return reweighing.checks(self.then, self.policy, item, revision)


def went_up(item: PastItem, side: Side) -> dict[int, list[tuple[str, str, str]]]:
    """The must-escalate rules that hold for each revision by its stored facts: number → (name, words, place)."""
    return {one.row.number: _rules(item, one, side) for one in item.revisions}


def _rules(item: PastItem, revision: PastRevision, side: Side) -> list[tuple[str, str, str]]:
    row, made_at = revision.row, revision.row.made_at
    age = timedelta()
    if row.number > 1:
        age = calendar.business_hours(item.row.opened_at, made_at, side.policy.calendar(side.lane.key))
    checks = [(check.key, check.outcome) for check in side.checks(item, revision)]
    overrides = sum(at < made_at for at in item.overrides)
    known = routing.facts(
        *(side.lane, item.row.kind, revision.sources, checks, item.row.segment or "", row.confidence),
        *(row.number, overrides, age),
    )
    return judging.goes_up(side.policy, side.gate, known)


@dataclass
class _Walk:
    """One side's situation as the decisions are walked through."""

    side: Side
    up: dict[int, list[tuple[str, str, str]]]
    situation: judging.Situation
    above: bool = False

    def enter(self, item: PastItem, revision: PastRevision) -> None:
        """A revision comes: its checks, its makers, and nobody's approval yet. What is above stays above."""
        self.above = self.above or bool(self.up[revision.row.number])
        authors = [one.row.author_person_id for one in item.revisions if one.row.number <= revision.row.number]
        self.situation = judging.Situation(
            state="escalated" if self.above else "pending",
            kind=item.row.kind,
            checks=self.side.checks(item, revision),
            authors=frozenset(filter(None, [revision.row.author_person_id])),
            editors=frozenset(filter(None, authors)),
            automation_owner=item.row.automation_owner_id,
            account_owner=item.row.owner_id,
        )

    def take(self, made: Row[Any]) -> None:
        """A decision was made: what it left behind."""
        if made.action == "escalate":
            self.above = True
            self.situation = replace(self.situation, state="escalated")
        elif made.action == "send_back":
            self.situation = replace(self.situation, state="sent_back")
        elif made.action in ("approve", "override"):
            vote = judging.Vote(made.person_id, made.role, made.action, tuple(made.passes))
            self.situation = replace(self.situation, votes=(*self.situation.votes, vote))


_Ups = tuple[Side, dict[int, list[tuple[str, str, str]]]]


def decided(item: PastItem, then: _Ups, now: _Ups, held: Mapping[int, Held]) -> Iterator[tuple[str, str, str]]:
    """(what, words, rule) of each decision that would have gone otherwise, and of an approval that would not hold."""
    fresh = judging.Situation("pending", item.row.kind)
    old, new = _Walk(*then, fresh), _Walk(*now, fresh)
    for revision in item.revisions:
        old.enter(item, revision)
        new.enter(item, revision)
        for made in (one for one in item.decisions if one.revision_id == revision.row.id):
            yield from _one_decision(made, old, new, held.get(made.person_id, Held()))
            old.take(made)
            new.take(made)
    if item.row.state in ("approved", "released"):
        before = judging.needs(old.side.policy, old.side.gate, old.situation)
        for need in judging.needs(new.side.policy, new.side.gate, new.situation) if not before else ():
            yield "unfinished", f"It was approved, and would still need: {need.says}", need.rule


def _one_decision(made: Row[Any], old: _Walk, new: _Walk, held: Held) -> Iterator[tuple[str, str, str]]:
    act: Act = next(one for one in get_args(Act) if one == made.action)
    if act == "escalate" and new.situation.state == "escalated":
        return  # it would have been there already
    what = "override" if act == "override" else "decider"
    named = f"Decision {made.id}, {act.replace('_', ' ')} as {new.side.policy.called(made.role)}"
    if act == "override" and judging.failing(old.situation) and not judging.failing(new.situation):
        yield "unneeded", f"{named}: no failed check would have stood in the way", ""
        return
    before, after = _legal(made, act, old, held), _legal(made, act, new, held)
    if before.allowed and not after.allowed:
        yield what, f"{named}: {after.why}", after.rule
        return
    place = f"gate:{new.side.gate.key}"
    if act == "override" and made.expires_at is not None:
        rules = [found for key in made.passes if (found := new.side.gate.passing(key))]
        table, strictest = min(rules, key=lambda one: one[1].longest_days)
        longest, days = strictest.longest_days, (made.expires_at.date() - made.at.date()).days
        if days > longest:
            rule = new.side.policy.place(place, table, "longest_days")
            yield "override", f"{named}: it was to hold {days} days, at most {longest} would do", rule
    codes = {one.code for one in judging.reasons(new.side.policy, new.side.gate, act, new.situation)}
    if made.reason_code not in codes:
        rule = new.side.policy.place(place, "reasons")
        yield "reason", f"{named}: reason {made.reason_code} would not be taken for it", rule
    elif act in new.side.gate.text_for and act not in old.side.gate.text_for and not made.text:
        yield "reason", f"{named}: it would have needed words", new.side.policy.place(place, "text_for")


def _legal(made: Row[Any], act: Act, walk: _Walk, held: Held) -> legality.Legal:
    """Whether this person could decide so: as what they decided then, or as anything they hold today."""
    group = {made.role.removeprefix("group:")} if made.role.startswith("group:") else set()
    behalf = frozenset(filter(None, [made.on_behalf_of_id]))
    own = frozenset() if behalf else frozenset({made.role})
    actor = judging.Actor(
        made.person_id,
        held.roles | own,
        borrowed=frozenset({made.role}) if behalf else frozenset(),
        delegators=behalf,
        groups=held.groups | group,
    )
    owner = made.person_id if made.role == "account_owner" else walk.situation.account_owner
    situation = replace(walk.situation, account_owner=owner)
    legal = legality.legal_acts(walk.side.policy, walk.side.gate, situation, actor)
    return next(one for one in legal if one.act == act)
