"""Sampled drafts with the results of each, who was involved in them, and who may do what with them. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor
from reviewqueue.checks import domains
from reviewqueue.core.errors import NotFound
from reviewqueue.core.vocabulary import ActKey
from reviewqueue.db.tables.items import Check, Claim, Decision, Item, Revision
from reviewqueue.db.tables.log import LogEntry
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Automation
from reviewqueue.db.tables.sampling import QaFinding, QaPlace, QaReview, QaSample, QaSettlement
from reviewqueue.evidence import source_records
from reviewqueue.evidence.statements import Statement, read_draft
from reviewqueue.evidence.types import Source
from reviewqueue.items import item_page
from reviewqueue.people import access, actors
from reviewqueue.policy import evaluation
from reviewqueue.policy.model.policy import Gate, Policy, Reason

MAX_SAMPLES, MAX_FINDINGS = 26, 50  # of a lane, on one page
INVOLVEMENTS = {
    "author": "you wrote or edited it",
    "automation": "the automation that drafted it is yours",
    "decider": "you decided on it",
    "stand-in": "you stand in for somebody who had a part in it, or somebody who had one stands in for you",
    "acted": "you did something with it: the log says so",
}


@dataclass(frozen=True)
class SampledDraft:
    """One sampled draft with its first decision, second review and settlement. `people_involved` has the ids of those
    involved in the draft, by how."""

    place: QaPlace
    sample: QaSample
    item: Item
    first: Decision
    review: QaReview | None
    settlement: QaSettlement | None
    account_owner: int | None
    people_involved: dict[str, frozenset[int]]

    @property
    def disputed(self) -> bool:
        """Whether the two answers differ and nobody settled it yet."""
        return self.review is not None and self.review.differs and self.settlement is None


@dataclass(frozen=True)
class BlindDraft:
    """A draft exactly as it was decided on, for a blind review: nothing of the decision, the decider, or any other
    revision."""

    revision: Revision
    checks: Sequence[Check]
    sources: Mapping[str, Source]
    newest: Mapping[str, Source]
    statements: Sequence[Statement]
    not_compared: int


def blind_draft(session: Session, policy: Policy, sampled: SampledDraft) -> BlindDraft:
    """The sampled draft with its checks and its evidence."""
    revision = session.get_one(Revision, sampled.place.revision_id)
    checks = session.scalars(select(Check).where(Check.revision_id == revision.id).order_by(Check.id)).all()
    claims = session.scalars(select(Claim).where(Claim.revision_id == revision.id).order_by(Claim.id)).all()
    sources = source_records.of_revision(session, revision.id)
    own = domains.to_lookup_form(policy.organisation.domains)
    place = item_page.place_of(policy, sampled.item.lane, revision.made_at)
    # What is known now was not on the page that was decided on.
    found, not_compared = read_draft(sampled.item.kind, revision.draft, claims, sources, own, place)
    return BlindDraft(revision, checks, sources, sources, found, not_compared)


def sampled_drafts(session: Session, *where: Any) -> list[SampledDraft]:
    """Sampled drafts with the results of each, the newest sample first; `where` are SQL conditions that narrow them."""
    query = (
        select(QaPlace, QaSample, Item, Decision, QaReview, QaSettlement, Onboarding.owner_id, Automation.owner_id)
        .join(QaSample, QaSample.id == QaPlace.sample_id)
        .join(Item, Item.id == QaPlace.item_id)
        .join(Decision, Decision.id == QaPlace.decision_id)
        .join(Automation, Automation.id == Item.automation_id)
        .outerjoin(Onboarding, Onboarding.id == Item.onboarding_id)
        .outerjoin(QaReview, QaReview.place_id == QaPlace.id)
        .outerjoin(QaSettlement, QaSettlement.review_id == QaReview.id)
        .where(*where)
        .order_by(QaSample.ends_at.desc(), QaSample.id.desc(), QaPlace.id)
    )
    rows = session.execute(query).all()
    hands = _people_involved(session, {row[2].id: row[7] for row in rows})
    return [SampledDraft(*row[:7], hands[row[2].id]) for row in rows]


def sampled_draft(session: Session, place_id: int) -> SampledDraft:
    """One sampled draft, by its place's id. Raises NotFound."""
    drafts = sampled_drafts(session, QaPlace.id == place_id)
    if not drafts:
        raise NotFound()
    return drafts[0]


def _people_involved(session: Session, owners: dict[int, int | None]) -> dict[int, dict[str, frozenset[int]]]:
    """Who was involved in each of these items: authors, the automation's owner, deciders, and whom the log names."""
    people_by_item: dict[int, dict[str, set[int]]] = {item: defaultdict(set) for item in owners}
    for item, owner in owners.items():
        people_by_item[item]["automation"] = {owner} if owner else set()
    written = select(Revision.item_id, Revision.author_person_id).where(Revision.author_person_id.is_not(None))
    for item, person in session.execute(written.where(Revision.item_id.in_(owners))):
        people_by_item[item]["author"] |= {person} if person else set()
    made = select(Decision.item_id, Decision.person_id, Decision.on_behalf_of_id)
    for item, person, behalf in session.execute(made.where(Decision.item_id.in_(owners))):
        people_by_item[item]["decider"] |= {one for one in (person, behalf) if one}
    log_actors = select(LogEntry.item_id, LogEntry.actor).where(LogEntry.item_id.in_(owners)).distinct()
    for acted_on, actor in session.execute(log_actors):
        if (acted := Actor.person_id(actor)) is not None:
            people_by_item[acted_on or 0]["acted"].add(acted)
    return {item: {how: frozenset(who) for how, who in kinds.items()} for item, kinds in people_by_item.items()}


def involvement(people: dict[str, frozenset[int]], actor: evaluation.Actor) -> str:
    """How this person was involved in the draft, a key of INVOLVEMENTS; "" where not."""
    for how in ("author", "automation", "decider"):
        if actor.person_id in people.get(how, ()):
            return how
    makers = frozenset().union(*(people.get(how, frozenset()) for how in ("author", "automation", "decider")))
    if (actor.delegators | actor.delegates) & makers:
        return "stand-in"
    return "acted" if actor.person_id in people.get("acted", ()) else ""


def gate_of(policy: Policy, sampled: SampledDraft) -> Gate | None:
    """The gate by the active policy, None where it is gone: who may decide there today may review there today."""
    return policy.gate(sampled.item.lane, sampled.item.gate)


def role_of(policy: Policy, sampled: SampledDraft, actor: evaluation.Actor) -> str:
    """The role in which this person might decide such a draft; "" where they might not."""
    gate = gate_of(policy, sampled)
    if gate is None:
        return ""
    situation = evaluation.Situation("pending", sampled.item.kind, account_owner=sampled.account_owner)
    return evaluation.acting_role(gate, situation, actor)


def may_review(policy: Policy, sampled: SampledDraft, actor: evaluation.Actor) -> bool:
    """Whether this person may give the second answer here."""
    return (
        sampled.review is None
        and bool(role_of(policy, sampled, actor))
        and not involvement(sampled.people_involved, actor)
    )


def may_see(policy: Policy, sampled: SampledDraft, actor: evaluation.Actor) -> bool:
    """Whether this person may see that the draft is in a sample, and its state: who reads quality or settles disputes,
    and sees its gate."""
    entitled = access.has_ability(actor.roles, "read QA samples") or settles_disputes(policy, sampled, actor)
    return entitled and access.sees_gate(gate_of(policy, sampled), actors.effective_roles(actor))


def may_compare(policy: Policy, sampled: SampledDraft, actor: evaluation.Actor) -> bool:
    """Whether this person may see the two answers side by side, once there are two."""
    if sampled.review is None:
        return False
    return actor.person_id == sampled.review.person_id or may_see(policy, sampled, actor)


def reasons(policy: Policy, sampled: SampledDraft, act: ActKey) -> tuple[Reason, ...]:
    """The gate's reason codes for an answer."""
    gate = gate_of(policy, sampled)
    return policy.reasons_for(gate, act) if gate else ()


def may_add_finding(policy: Policy, sampled: SampledDraft, actor: evaluation.Actor) -> bool:
    """Whether this person may add a finding to the two answers: the second reviewer, whoever settles, and RevOps."""
    if sampled.review is None:
        return False
    named = actor.person_id == sampled.review.person_id or access.has_ability(actor.roles, "draw a sample")
    return named or settles_disputes(policy, sampled, actor)


def settles_disputes(policy: Policy, sampled: SampledDraft, actor: evaluation.Actor) -> bool:
    sampling, _ = policy.sampling(sampled.item.lane)
    return bool(actors.effective_roles(actor) & set(sampling.disputes_to))


def why_not_settle(policy: Policy, sampled: SampledDraft, actor: evaluation.Actor) -> str:
    """Why this person may not settle the dispute here, in words; "" when they may."""
    sampling, place = policy.sampling(sampled.item.lane)
    if not settles_disputes(policy, sampled, actor):
        return (
            f"Only {' or '.join(map(policy.called, sampling.disputes_to))} settles it{f' ({place})' if place else ''}"
        )
    mine = {actor.person_id, *actor.delegators, *actor.delegates}
    both_reviewers = {sampled.review.person_id if sampled.review else None} | sampled.people_involved.get(
        "decider", frozenset()
    )
    return (
        "You are one of the two, or stand in for one of them: a third person settles it"
        if mine & both_reviewers
        else ""
    )


def findings(session: Session, review_ids: Iterable[int]) -> dict[int, list[QaFinding]]:
    """What was found, by review, oldest first."""
    found: dict[int, list[QaFinding]] = defaultdict(list)
    query = select(QaFinding).where(QaFinding.review_id.in_(list(review_ids))).order_by(QaFinding.id)
    for row in session.scalars(query):
        found[row.review_id].append(row)
    return found


def waiting(session: Session, policy: Policy, actor: evaluation.Actor) -> list[SampledDraft]:
    """The drafts that wait for this person's second answer, the newest sample first."""
    return one_per_item(
        [one for one in sampled_drafts(session, QaReview.id.is_(None)) if may_review(policy, one, actor)]
    )


def one_per_item(drafts: Sequence[SampledDraft]) -> list[SampledDraft]:
    """One place per item, of those that somebody may still answer: two would reveal that the item's first draft did not
    pass as it was."""
    first = {one.item.id: one.place.id for one in reversed(drafts)}
    return [one for one in drafts if first[one.item.id] == one.place.id]


def disputes(session: Session, policy: Policy, actor: evaluation.Actor) -> list[SampledDraft]:
    """The open disputes that this person may see, the newest first."""
    open_ones = sampled_drafts(session, QaReview.differs.is_(True), QaSettlement.id.is_(None))
    return [found for found in open_ones if may_compare(policy, found, actor)]


def samples(session: Session, lane: str) -> Sequence[QaSample]:
    """The newest samples of a lane, newest first."""
    query = select(QaSample).where(QaSample.lane == lane).order_by(QaSample.ends_at.desc()).limit(MAX_SAMPLES)
    return session.scalars(query).all()


def findings_of_lane(session: Session, lane: str) -> list[tuple[QaFinding, int, Item]]:
    """What second reviews found in a lane, newest first: (finding, its place's id, its item)."""
    query = (
        select(QaFinding, QaPlace.id, Item)
        .join(QaReview, QaReview.id == QaFinding.review_id)
        .join(QaPlace, QaPlace.id == QaReview.place_id)
        .join(QaSample, QaSample.id == QaPlace.sample_id)
        .join(Item, Item.id == QaPlace.item_id)
        .where(QaSample.lane == lane)
        .order_by(QaFinding.id.desc())
        .limit(MAX_FINDINGS)
    )
    return [(finding, place, item) for finding, place, item in session.execute(query)]
