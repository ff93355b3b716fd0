"""Tales: what happened with each deal of the seed world, and what people said of its lanes, by everybody's verbs."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import (
    casework,
    check_changes,
    corrections,
    desk,
    exceptions,
    holds,
    intake,
    launching,
    leases,
    milestones,
    pauses,
    plans,
    planted,
    policies,
    proposals,
    readiness,
    recording,
    release,
    resolving,
    review,
    second_look,
    sent,
    sight,
)
from reviewqueue.access import Caller
from reviewqueue.evidence import CheckResult, Citation, Drafted, Source
from reviewqueue.policy import judging
from reviewqueue.proofs import canonical
from reviewqueue.records.exceptions import ExceptionCase
from reviewqueue.records.items import Item
from reviewqueue.records.onboardings import Onboarding, SourceRecord
from reviewqueue.records.quality import QaPlace
from reviewqueue.submissions import Submission


@dataclass
class World:
    """What the steps share while they are played."""

    session: Session
    folder: Path
    people: dict[str, int] = field(default_factory=dict)
    callers: dict[str, Caller] = field(default_factory=dict)
    records: dict[str, Source] = field(default_factory=dict)

    def record(self, external_id: str) -> Source:
        """A record by its id: as it was imported, or of a system without a connector. KeyError for an unknown one."""
        if external_id not in self.records:
            newest = (
                select(SourceRecord).where(SourceRecord.external_id == external_id).order_by(SourceRecord.id.desc())
            )
            kept = self.session.scalars(newest.limit(1)).first()
            if kept is None:
                raise KeyError(f"no record {external_id} was imported by then")
            source = Source(kept.system, kept.object, kept.external_id, kept.payload, kept.fetched_at, kept.label)
            self.records[external_id] = source
        return self.records[external_id]


@dataclass
class Tale:
    """One deal's story while it is played; `items` are the drafts submitted so far, by identity of their text."""

    world: World
    deal: str
    items: dict[int, int] = field(default_factory=dict)

    def submit(self, told: dict[str, Any], now: datetime) -> None:
        """An automation hands a draft in."""
        session, caller = self.world.session, self.world.callers[told["by"]]
        onboarding = session.scalars(select(Onboarding).where(Onboarding.external_id == self.deal)).one()
        submission = Submission(
            lane=onboarding.lane,
            drafted=self._drafted(told, told),
            external_id=self.deal,
            customer=onboarding.customer,
            system=onboarding.system,
            segment=onboarding.segment,
            checks=tuple(CheckResult(**check, origin=caller.automation) for check in told.get("checks", [])),
            confidence=told.get("confidence", ""),
        )
        answer, _ = intake.submit(session, caller, submission, now)
        self.items[id(told)] = answer["id"]

    def act(self, told: dict[str, Any], draft: dict[str, Any], now: datetime) -> None:
        """Somebody acts on a draft: a person decides, takes or pauses it, or the automation revises or withdraws it."""
        session, item_id = self.world.session, self._item(draft)
        if told["do"] == "withdraw":
            intake.withdraw(session, self.world.callers[draft["by"]], item_id, told["text"], now)
        elif told["do"] == "revise":
            found, again = desk.open_desk(session, item_id, now), self._drafted(draft | told, draft)
            caller, sure = self.world.callers[draft["by"]], told["confidence"]
            intake.revise(session, caller, item_id, found.revision.digest, again, now, confidence=sure)
        elif told["do"] == "pause":
            pauses.pause(session, self.world.people[told["by"]], item_id, told["waits"], told["text"], now)
        elif told["do"] == "take":
            leases.take(session, self.world.people[told["by"]], item_id, now)
        else:
            self.decide(told, item_id, now)

    def decide(self, told: dict[str, Any], item_id: int, now: datetime) -> None:
        """Somebody decides on an item as it is now."""
        found = desk.open_desk(self.world.session, item_id, now)
        changed = told["do"] == "edit"
        ask = review.Ask(
            action=told["do"],
            reason_code=told["reason"],
            text=told.get("text", ""),
            passes=tuple(judging.failing(found.situation)) if told["do"] == "override" else (),
            expires_on=now.date() + timedelta(days=told["days"]) if "days" in told else None,
            draft=_replaced(found.revision.draft, told["replace"]) if changed else None,
            claim=self._claim(found, told["wrong"]) if "wrong" in told else 0,
            proposed=told.get("proposed", ""),
        )
        seen = sight.Seen(found.revision.digest, found.evidence, found.item.policy_digest)
        done = review.decide(self.world.session, self.world.people[told["by"]], item_id, ask, seen, now)
        if done.state == "approved" and told.get("sent", True):
            self._sent(found.item.automation_id, item_id, found.revision.digest, now)

    def _sent(self, automation_id: int, item_id: int, digest: str, now: datetime) -> None:
        """Its automation sends what was approved at once, where it goes out and nothing holds it, and reports it."""
        caller = next((one for one in self.world.callers.values() if one.automation_id == automation_id), None)
        row = release.of_item(self.world.session, item_id)
        if caller is None or row is None:
            return
        found = desk.open_desk(self.world.session, item_id, now)
        if not holds.of(self.world.session, found, row, now, mail=True):
            said = sent.Said(digest, now, "its outgoing mail")
            sent.reported(self.world.session, caller, item_id, said, now)

    def _claim(self, found: desk.Desk, path: str) -> int:
        """The claim of a draft that rests on a field."""
        fields = corrections.fields(self.world.session, found.revision.id)
        return next(number for number, claim, *_ in fields if claim.path == path)

    def open(self, told: dict[str, Any], now: datetime) -> None:
        """Somebody opens an exception about a draft of this deal."""
        item_id = self._item({"kind": told["about"]})
        said = exceptions.Opening(told["category"], told["summary"], told["text"], item_id=item_id)
        exceptions.open_case(self.world.session, self.world.people[told["by"]], said, now)

    def work(self, category: str, told: dict[str, Any], now: datetime) -> None:
        """Somebody does something with the exception of that category."""
        session, who, text = self.world.session, self.world.people[told["by"]], told["text"]
        query = select(ExceptionCase.id).join(Onboarding, Onboarding.id == ExceptionCase.onboarding_id)
        case_id = session.scalars(
            query.where(Onboarding.external_id == self.deal, ExceptionCase.category == category)
        ).one()
        if told["do"] == "resolve":
            resolving.resolve(session, who, case_id, resolving.Resolution(told["outcome"], text), now)
        elif told["do"] == "move":
            casework.move(session, who, case_id, f"person:{self.world.people[told['to']]}", text, now)
        elif told["do"] == "pause":
            casework.pause(session, who, case_id, told["waits"], text, now)
        elif told["do"] == "respond":
            casework.respond(session, who, case_id, text, now, starts=told.get("starts", False))
        else:
            casework.note(session, who, case_id, text, now)

    def reach(self, told: dict[str, Any], now: datetime) -> None:
        """Somebody records the evidence of a milestone of the plan in force."""
        session, who = self.world.session, self.world.people[told["by"]]
        run = select(Onboarding.id).where(Onboarding.external_id == self.deal)
        held = {one.name: one.id for one in plans.current(session, session.scalars(run).one())}
        milestones.reach(session, who, held[told["name"]], told["proof"], now)

    def record(self, told: dict[str, Any], now: datetime) -> None:
        """Somebody records what happened and no other row says."""
        run = self.world.session.scalars(select(Onboarding.id).where(Onboarding.external_id == self.deal)).one()
        said = recording.Told(told["kind"], now, told.get("about", ""), told.get("amount"), told.get("note", ""))
        recording.record(self.world.session, f"person:{self.world.people[told['by']]}", run, said, now)

    def _item(self, draft: dict[str, Any]) -> int:
        if id(draft) in self.items:
            return self.items[id(draft)]
        query = select(Item.id).join(Onboarding, Onboarding.id == Item.onboarding_id)
        return self.world.session.scalars(
            query.where(Onboarding.external_id == self.deal, Item.kind == draft["kind"])
        ).one()

    def _drafted(self, told: dict[str, Any], first: dict[str, Any]) -> Drafted:
        sources = {ref: self.world.record(found) for ref, found in first["sources"].items()}
        cited = tuple(Citation(one["at"], one["quote"], one["source"], one["path"]) for one in told["citations"])
        return Drafted(first["kind"], told["title"], told["draft"], sources, cited)


@dataclass
class PlantedTale:
    """One planted draft's story while it is played."""

    world: World
    told: dict[str, Any]
    plant: int | None = None
    item: int | None = None

    def seal(self, now: datetime) -> None:
        """It is chosen and sealed."""
        session, policy = self.world.session, policies.current(self.world.session)
        lane, gate = policy.lane(self.told["lane"]), policy.gate(self.told["lane"], self.told["gate"])
        if lane is not None and gate is not None and gate.planted_percent:
            self.plant = planted.seal(session, lane, gate, now, self.told["salt"])

    def open(self, now: datetime) -> None:
        """It comes to its gate like any other."""
        self.item = planted.plant_now(self.world.session, self.plant, now) if self.plant else None

    def decide(self, now: datetime) -> None:
        """Somebody decides on it, and it is revealed."""
        if self.item:
            Tale(self.world, "").decide(self.told["decision"], self.item, now)


def say_ready(world: World, lane: str, told: dict[str, Any], now: datetime) -> None:
    """Somebody scores an area of a lane, sets a colour, names a launch owner, says that a step is done, or answers a
    line of the worksheet."""
    session, actor = world.session, f"person:{world.people[told['by']]}"
    if "score" in told:
        words = {name: told.get(name, "") for name in ("evidence", "link", "note")}
        readiness.score(session, actor, lane, readiness.Scored(told["area"], told["score"], **words), now)
    elif "colour" in told:
        readiness.colour(session, actor, lane, told["area"], told["colour"], told["reason"], now)
    elif "step" in told:
        launching.tick(session, actor, lane, told["step"], now.date(), told.get("note", ""), now)
    elif "part" in told:
        who, note = world.people[told["who"]], told.get("note", "")
        readiness.name_owner(session, actor, lane, told["part"], who, note, now)
    else:
        readiness.answer(session, actor, lane, told["line"], told["answer"], told.get("reason", ""), now)


def look_again(world: World, told: dict[str, Any], now: datetime) -> None:
    """Somebody looks a second time at a draft that was drawn; nothing where it was not."""
    if found := _drawn(world, told):
        findings = tuple(second_look.Found(**one) for one in told.get("findings", []))
        said = second_look.Answer(told["do"], told["reason"], told.get("text", ""), findings)
        second_look.review(world.session, world.people[told["by"]], found, said, now)


def settle_look(world: World, told: dict[str, Any], now: datetime) -> None:
    """Somebody settles what the two saw otherwise."""
    if found := _drawn(world, told):
        said = told["settled"]
        second_look.settle(world.session, world.people[said["by"]], found, said["verdict"], said["text"], now)


def _drawn(world: World, told: dict[str, Any]) -> int | None:
    query = select(QaPlace.id).join(Item, Item.id == QaPlace.item_id)
    query = query.join(Onboarding, Onboarding.id == Item.onboarding_id)
    query = query.where(Onboarding.external_id == told["deal"], Item.kind == told["kind"])
    return world.session.scalar(query.order_by(QaPlace.id).limit(1))


def _replaced(draft: Any, changes: list[list[str]]) -> dict[str, Any]:
    """The draft with each (pointer, old, new) replaced. Raises ValueError when the old text is not there."""
    after: dict[str, Any] = deepcopy(draft)
    for pointer, old, new in changes:
        above, _, name = pointer.rpartition("/")
        holder = canonical.look(after, above)
        if old not in holder[name]:
            raise ValueError(f"{old!r} does not stand at {pointer}")
        holder[name] = holder[name].replace(old, new)
    return after


def propose_check(world: World, told: dict[str, Any], now: datetime) -> None:
    """Somebody proposes that a check counts as something else."""
    session, policy = world.session, policies.current(world.session)
    wanted = check_changes.Wanted(told["check"], told["counts_as"], (), tuple(told["kinds"]), told["because"])
    files = check_changes.files(policies.files(session, policy.digest), policy, wanted)
    proposals.propose(session, world.people[told["by"]], files, told["reason"], now)
