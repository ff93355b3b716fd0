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
from reviewqueue.db.tables.onboardings import Onboarding, SourceRecord
from reviewqueue.db.tables.people import Automation
from reviewqueue.db.tables.sampling import QaFinding, QaPlace, QaReview, QaSample, QaSettlement
from reviewqueue.evidence.statements import Statement, statements
from reviewqueue.items import item_page
from reviewqueue.people import access, actors
from reviewqueue.policy import evaluation
from reviewqueue.policy.model.policy import Gate, Policy, Reason

SAMPLES, FOUND = 26, 50  # of a lane, on one page
INVOLVEMENTS = {
    "author": "you wrote or edited it",
    "automation": "the automation that drafted it is yours",
    "decider": "you decided on it",
    "stand-in": "you stand in for somebody who had a part in it, or somebody who had one stands in for you",
    "acted": "you did something with it: the log says so",
}


@dataclass(frozen=True)
class SampledDraft:
    """One sampled draft with its first decision, second review and settlement. `hands` has the ids of those involved in
    the draft, by how."""

    place: QaPlace
    sample: QaSample
    item: Item
    first: Decision
    review: QaReview | None
    settlement: QaSettlement | None
    account_owner: int | None
    hands: dict[str, frozenset[int]]

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
    sources: Mapping[str, SourceRecord]
    statements: Sequence[Statement]


def blind_draft(session: Session, policy: Policy, found: SampledDraft) -> BlindDraft:
    """The sampled draft with its checks and its evidence."""
    revision = session.get_one(Revision, found.place.revision_id)
    checks = session.scalars(select(Check).where(Check.revision_id == revision.id).order_by(Check.id)).all()
    claims = session.scalars(select(Claim).where(Claim.revision_id == revision.id).order_by(Claim.id)).all()
    sources = item_page.sources_of(session, revision.id)
    own = domains.looked_up(policy.organisation.domains)
    return BlindDraft(revision, checks, sources, statements(found.item.kind, revision.draft, claims, sources, own))


def places(session: Session, *where: Any) -> list[SampledDraft]:
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
    hands = _hands(session, {row[2].id: row[7] for row in rows})
    return [SampledDraft(*row[:7], hands[row[2].id]) for row in rows]


def one(session: Session, place_id: int) -> SampledDraft:
    """One sampled draft, by its place's id. Raises NotFound."""
    found = places(session, QaPlace.id == place_id)
    if not found:
        raise NotFound()
    return found[0]


def _hands(session: Session, owners: dict[int, int | None]) -> dict[int, dict[str, frozenset[int]]]:
    """Who was involved in each of these items: authors, the automation's owner, deciders, and whom the log names."""
    held: dict[int, dict[str, set[int]]] = {item: defaultdict(set) for item in owners}
    for item, owner in owners.items():
        held[item]["automation"] = {owner} if owner else set()
    written = select(Revision.item_id, Revision.author_person_id).where(Revision.author_person_id.is_not(None))
    for item, person in session.execute(written.where(Revision.item_id.in_(owners))):
        held[item]["author"] |= {person} if person else set()
    made = select(Decision.item_id, Decision.person_id, Decision.on_behalf_of_id)
    for item, person, behalf in session.execute(made.where(Decision.item_id.in_(owners))):
        held[item]["decider"] |= {one for one in (person, behalf) if one}
    told = select(LogEntry.item_id, LogEntry.actor).where(LogEntry.item_id.in_(owners)).distinct()
    for acted_on, actor in session.execute(told):
        if (acted := Actor.person_id(actor)) is not None:
            held[acted_on or 0]["acted"].add(acted)
    return {item: {how: frozenset(who) for how, who in kinds.items()} for item, kinds in held.items()}


def involvement(hands: dict[str, frozenset[int]], actor: evaluation.Actor) -> str:
    """How this person was involved in the draft, a key of HANDS; "" where not."""
    for how in ("author", "automation", "decider"):
        if actor.person_id in hands.get(how, ()):
            return how
    makers = frozenset().union(*(hands.get(how, frozenset()) for how in ("author", "automation", "decider")))
    if (actor.delegators | actor.delegates) & makers:
        return "stand-in"
    return "acted" if actor.person_id in hands.get("acted", ()) else ""


def gate_of(policy: Policy, found: SampledDraft) -> Gate | None:
    """The gate by the active policy, None where it is gone: who may decide there today may review there today."""
    return policy.gate(found.item.lane, found.item.gate)


def role_of(policy: Policy, found: SampledDraft, actor: evaluation.Actor) -> str:
    """The role in which this person might decide such a draft; "" where they might not."""
    gate = gate_of(policy, found)
    if gate is None:
        return ""
    situation = evaluation.Situation("pending", found.item.kind, account_owner=found.account_owner)
    return evaluation.acting_role(gate, situation, actor)


def may(policy: Policy, found: SampledDraft, actor: evaluation.Actor) -> bool:
    """Whether this person may give the second answer here."""
    return found.review is None and bool(role_of(policy, found, actor)) and not involvement(found.hands, actor)


def may_see(policy: Policy, found: SampledDraft, actor: evaluation.Actor) -> bool:
    """Whether this person may see that the draft is in a sample, and its state: who reads quality or settles disputes,
    and sees its gate."""
    held = access.has_ability(actor.roles, "read QA samples") or in_charge(policy, found, actor)
    return held and access.sees_gate(gate_of(policy, found), actors.effective_roles(actor))


def may_compare(policy: Policy, found: SampledDraft, actor: evaluation.Actor) -> bool:
    """Whether this person may see the two answers side by side, once there are two."""
    if found.review is None:
        return False
    return actor.person_id == found.review.person_id or may_see(policy, found, actor)


def reasons(policy: Policy, found: SampledDraft, act: ActKey) -> tuple[Reason, ...]:
    """The gate's reason codes for an answer."""
    gate = gate_of(policy, found)
    return policy.reasons_for(gate, act) if gate else ()


def may_add_finding(policy: Policy, found: SampledDraft, actor: evaluation.Actor) -> bool:
    """Whether this person may add a finding to the two answers: the second reviewer, whoever settles, and RevOps."""
    if found.review is None:
        return False
    named = actor.person_id == found.review.person_id or access.has_ability(actor.roles, "draw a sample")
    return named or in_charge(policy, found, actor)


def in_charge(policy: Policy, found: SampledDraft, actor: evaluation.Actor) -> bool:
    sampling, _ = policy.sampling(found.item.lane)
    return bool(actors.effective_roles(actor) & set(sampling.disputes_to))


def why_not_settle(policy: Policy, found: SampledDraft, actor: evaluation.Actor) -> str:
    """Why this person may not settle the dispute here, in words; "" when they may."""
    sampling, place = policy.sampling(found.item.lane)
    if not in_charge(policy, found, actor):
        return (
            f"Only {' or '.join(map(policy.called, sampling.disputes_to))} settles it{f' ({place})' if place else ''}"
        )
    mine = {actor.person_id, *actor.delegators, *actor.delegates}
    two = {found.review.person_id if found.review else None} | found.hands.get("decider", frozenset())
    return "You are one of the two, or stand in for one of them: a third person settles it" if mine & two else ""


def findings(session: Session, review_ids: Iterable[int]) -> dict[int, list[QaFinding]]:
    """What was found, by review, oldest first."""
    found: dict[int, list[QaFinding]] = defaultdict(list)
    query = select(QaFinding).where(QaFinding.review_id.in_(list(review_ids))).order_by(QaFinding.id)
    for row in session.scalars(query):
        found[row.review_id].append(row)
    return found


def waiting(session: Session, policy: Policy, actor: evaluation.Actor) -> list[SampledDraft]:
    """The drafts that wait for this person's second answer, the newest sample first."""
    return one_per_item([one for one in places(session, QaReview.id.is_(None)) if may(policy, one, actor)])


def one_per_item(theirs: Sequence[SampledDraft]) -> list[SampledDraft]:
    """One place per item, of those that somebody may still answer: two would reveal that the item's first draft did not
    pass as it was."""
    first = {one.item.id: one.place.id for one in reversed(theirs)}
    return [one for one in theirs if first[one.item.id] == one.place.id]


def disputes(session: Session, policy: Policy, actor: evaluation.Actor) -> list[SampledDraft]:
    """The open disputes that this person may see, the newest first."""
    open_ones = places(session, QaReview.differs.is_(True), QaSettlement.id.is_(None))
    return [found for found in open_ones if may_compare(policy, found, actor)]


def samples(session: Session, lane: str) -> Sequence[QaSample]:
    """The newest samples of a lane, newest first."""
    query = select(QaSample).where(QaSample.lane == lane).order_by(QaSample.ends_at.desc()).limit(SAMPLES)
    return session.scalars(query).all()


def found_in(session: Session, lane: str) -> list[tuple[QaFinding, int, Item]]:
    """What second reviews found in a lane, newest first: (finding, its place's id, its item)."""
    query = (
        select(QaFinding, QaPlace.id, Item)
        .join(QaReview, QaReview.id == QaFinding.review_id)
        .join(QaPlace, QaPlace.id == QaReview.place_id)
        .join(QaSample, QaSample.id == QaPlace.sample_id)
        .join(Item, Item.id == QaPlace.item_id)
        .where(QaSample.lane == lane)
        .order_by(QaFinding.id.desc())
        .limit(FOUND)
    )
    return [(finding, place, item) for finding, place, item in session.execute(query)]
