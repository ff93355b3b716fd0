"""Sampled: the drafts of the samples with all that is said of each, who had a hand in them, and who may do what there.
Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import access, desk, pages
from reviewqueue.checks import domains
from reviewqueue.policy import judging
from reviewqueue.policy.shape import Gate, Policy, Reason
from reviewqueue.policy.words import Act
from reviewqueue.records.items import Check, Claim, Decision, Item, Revision
from reviewqueue.records.log import LogEntry
from reviewqueue.records.onboardings import Onboarding, SourceRecord
from reviewqueue.records.people import Automation
from reviewqueue.records.quality import QaFinding, QaPlace, QaReview, QaSample, QaSettlement
from reviewqueue.refusals import NotThere
from reviewqueue.statements import Statement, statements

SAMPLES, FOUND = 26, 50  # of a lane, on one page
HANDS = {
    "author": "you wrote or edited it",
    "automation": "the automation that drafted it is yours",
    "decider": "you decided on it",
    "stand-in": "you stand in for somebody who had a hand in it, or somebody who had one stands in for you",
    "acted": "you did something with it: the log says so",
}


@dataclass(frozen=True)
class Place:
    """A place of a sample with all that is said of it. `hands` is who had a hand in the draft, by how."""

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
        """Whether the two differ and nobody settled it yet."""
        return self.review is not None and self.review.differs and self.settlement is None


@dataclass(frozen=True)
class Shown:
    """A draft exactly as it was decided on: nothing of what was decided, by whom, or of any other revision."""

    revision: Revision
    checks: Sequence[Check]
    sources: Mapping[str, SourceRecord]
    statements: Sequence[Statement]


def shown(session: Session, policy: Policy, found: Place) -> Shown:
    """The draft of a place with its checks and its evidence."""
    revision = session.get_one(Revision, found.place.revision_id)
    checks = session.scalars(select(Check).where(Check.revision_id == revision.id).order_by(Check.id)).all()
    claims = session.scalars(select(Claim).where(Claim.revision_id == revision.id).order_by(Claim.id)).all()
    sources = pages.sources_of(session, revision.id)
    own = domains.looked_up(policy.organisation.domains)
    return Shown(revision, checks, sources, statements(found.item.kind, revision.draft, claims, sources, own))


def places(session: Session, *where: Any) -> list[Place]:
    """Places of samples, the newest sample first, with what is said of each; `where` narrows them."""
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
    return [Place(*row[:7], hands[row[2].id]) for row in rows]


def one(session: Session, place_id: int) -> Place:
    """One place. Raises NotThere."""
    found = places(session, QaPlace.id == place_id)
    if not found:
        raise NotThere()
    return found[0]


def _hands(session: Session, owners: dict[int, int | None]) -> dict[int, dict[str, frozenset[int]]]:
    """Who had a hand in each of these items: its authors, its automation's owner, deciders, and whom the log names."""
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
        kind, _, number = actor.partition(":")
        if kind == "person":
            held[acted_on or 0]["acted"].add(int(number))
    return {item: {how: frozenset(who) for how, who in kinds.items()} for item, kinds in held.items()}


def hand(hands: dict[str, frozenset[int]], actor: judging.Actor) -> str:
    """What hand this person had in the draft, a word of HANDS; "" for none."""
    for how in ("author", "automation", "decider"):
        if actor.person_id in hands.get(how, ()):
            return how
    makers = frozenset().union(*(hands.get(how, frozenset()) for how in ("author", "automation", "decider")))
    if (actor.delegators | actor.delegates) & makers:
        return "stand-in"
    return "acted" if actor.person_id in hands.get("acted", ()) else ""


def gate_of(policy: Policy, found: Place) -> Gate | None:
    """The gate as the policy in force has it: who may decide there today looks again today."""
    return policy.gate(found.item.lane, found.item.gate)


def role_of(policy: Policy, found: Place, actor: judging.Actor) -> str:
    """As what this person would decide such a draft, "" for nobody's."""
    gate = gate_of(policy, found)
    if gate is None:
        return ""
    situation = judging.Situation("pending", found.item.kind, account_owner=found.account_owner)
    return judging.acting_role(gate, situation, actor)


def may(policy: Policy, found: Place, actor: judging.Actor) -> bool:
    """Whether this person may give the second answer here."""
    return found.review is None and bool(role_of(policy, found, actor)) and not hand(found.hands, actor)


def reads(policy: Policy, found: Place, actor: judging.Actor) -> bool:
    """Whether this person may see that the draft is in a sample, and how it stands: who reads quality or settles
    disputes, and sees its gate."""
    held = access.able(actor.roles, "read quality") or in_charge(policy, found, actor)
    return held and access.sees(gate_of(policy, found), desk.roles_of(actor))


def knows(policy: Policy, found: Place, actor: judging.Actor) -> bool:
    """Whether this person may see the two answers beside each other, once there are two."""
    if found.review is None:
        return False
    return actor.person_id == found.review.person_id or reads(policy, found, actor)


def reasons(policy: Policy, found: Place, act: Act) -> tuple[Reason, ...]:
    """The reason codes that stand for an answer: the gate's."""
    gate = gate_of(policy, found)
    return policy.reasons_for(gate, act) if gate else ()


def adds(policy: Policy, found: Place, actor: judging.Actor) -> bool:
    """Whether this person may add a finding to the two answers: the second reviewer, who settles, and RevOps."""
    if found.review is None:
        return False
    named = actor.person_id == found.review.person_id or access.able(actor.roles, "draw a sample")
    return named or in_charge(policy, found, actor)


def in_charge(policy: Policy, found: Place, actor: judging.Actor) -> bool:
    sampling, _ = policy.sampling(found.item.lane)
    return bool(desk.roles_of(actor) & set(sampling.disputes_to))


def settles(policy: Policy, found: Place, actor: judging.Actor) -> str:
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


def waiting(session: Session, policy: Policy, actor: judging.Actor) -> list[Place]:
    """What waits for this person's second answer, the newest sample first."""
    return once([one for one in places(session, QaReview.id.is_(None)) if may(policy, one, actor)])


def once(theirs: Sequence[Place]) -> list[Place]:
    """Of the places that somebody may still answer one of each item: two would tell them that its first draft did not
    go on as it stood."""
    first = {one.item.id: one.place.id for one in reversed(theirs)}
    return [one for one in theirs if first[one.item.id] == one.place.id]


def disputes(session: Session, policy: Policy, actor: judging.Actor) -> list[Place]:
    """The open disputes that this person may see, the newest first."""
    open_ones = places(session, QaReview.differs.is_(True), QaSettlement.id.is_(None))
    return [found for found in open_ones if knows(policy, found, actor)]


def samples(session: Session, lane: str) -> Sequence[QaSample]:
    """The newest samples of a lane, newest first."""
    query = select(QaSample).where(QaSample.lane == lane).order_by(QaSample.ends_at.desc()).limit(SAMPLES)
    return session.scalars(query).all()


def found_in(session: Session, lane: str) -> list[tuple[QaFinding, int, Item]]:
    """What second looks found in a lane, newest first: (finding, its place, its item)."""
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
