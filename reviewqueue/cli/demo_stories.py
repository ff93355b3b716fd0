"""Plays the stories of the demo data, deal by deal and lane by lane, through the functions that everybody uses."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor
from reviewqueue.core import canonical_json
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import Onboarding, SourceRecord
from reviewqueue.db.tables.sampling import QaPlace
from reviewqueue.delivery import holds, releases, sent_reports, suppressions
from reviewqueue.evidence.types import CheckResult, Citation, DraftWithEvidence, Source
from reviewqueue.exceptions import case_actions, exception_cases
from reviewqueue.items import approved_plan, corrections, intake, item_context, leases, pauses, seen_version
from reviewqueue.items.submission_rules import Submission
from reviewqueue.lanes import check_rule_proposals, lane_launch, proposals, readiness
from reviewqueue.measurement.metrics import recorded_events
from reviewqueue.measurement.sampling import second_review
from reviewqueue.measurement.seeded import seeded_drafts
from reviewqueue.onboarding import milestones, owner, replies
from reviewqueue.people.access import Caller
from reviewqueue.policy import evaluation, policy_versions
from reviewqueue.review import decision_requests, decisions, resolve_exception


@dataclass
class World:
    """State shared by the steps while they are played."""

    session: Session
    folder: Path
    people: dict[str, int] = field(default_factory=dict)
    callers: dict[str, Caller] = field(default_factory=dict)
    records: dict[str, Source] = field(default_factory=dict)

    def record(self, external_id: str) -> Source:
        """A source record by its id: as it was imported, or of a system without a connector. Raises KeyError for an
        unknown one."""
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
class DealStory:
    """One deal's story while it is played; `items` are the ids of the drafts submitted so far, by the identity of their
    text."""

    world: World
    deal: str
    items: dict[int, int] = field(default_factory=dict)

    def name_owner(self, told: dict[str, Any], now: datetime) -> None:
        """Somebody says whose account it is."""
        session, people = self.world.session, self.world.people
        run = session.scalars(select(Onboarding.id).where(Onboarding.external_id == self.deal)).one()
        owner.set_owner(session, people[told["by"]], run, people[told["to"]], told["reason"], now)

    def submit(self, told: dict[str, Any], now: datetime) -> None:
        """An automation submits a draft."""
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
            context, redrafted = item_context.load(session, item_id, now), self._drafted(draft | told, draft)
            caller, confidence = self.world.callers[draft["by"]], told["confidence"]
            intake.revise(session, caller, item_id, context.revision.digest, redrafted, now, confidence=confidence)
        elif told["do"] == "pause":
            pauses.pause(session, self.world.people[told["by"]], item_id, told["waits"], told["text"], now)
        elif told["do"] == "take":
            leases.take(session, self.world.people[told["by"]], item_id, now)
        else:
            self.decide(told, item_id, now)

    def decide(self, told: dict[str, Any], item_id: int, now: datetime) -> None:
        """Somebody decides an item as it is now."""
        context = item_context.load(self.world.session, item_id, now)
        changed = told["do"] == "edit"
        request = decision_requests.DecisionRequest(
            action=told["do"],
            reason_code=told["reason"],
            text=told.get("text", ""),
            passes=tuple(evaluation.failing_checks(context.situation)) if told["do"] == "override" else (),
            expires_on=now.date() + timedelta(days=told["days"]) if "days" in told else None,
            draft=_with_replacements(context.revision.draft, told["replace"]) if changed else None,
            claim=self._claim(context, told["wrong"]) if "wrong" in told else 0,
            proposed=told.get("proposed", ""),
            choice=told.get("choice", ""),
        )
        seen = seen_version.SeenVersion(context.revision.digest, context.evidence, context.item.policy_digest)
        done = decisions.decide(self.world.session, self.world.people[told["by"]], item_id, request, seen, now)
        if done.state == "approved" and told.get("sent", True):
            self._send_and_report(context.item.automation_id, item_id, context.revision.digest, now)

    def _send_and_report(self, automation_id: int, item_id: int, digest: str, now: datetime) -> None:
        """Its automation sends what was approved at once, where it goes out and nothing holds it, and reports it."""
        caller = next((one for one in self.world.callers.values() if one.automation_id == automation_id), None)
        row = releases.of_item(self.world.session, item_id)
        if caller is None or row is None:
            return
        context = item_context.load(self.world.session, item_id, now)
        if not holds.current_holds(self.world.session, context, row, now, mail=True):
            report = sent_reports.SentReport(digest, now, "its outgoing mail")
            sent_reports.record_report(self.world.session, caller, item_id, report, now)

    def _claim(self, context: item_context.ItemContext, path: str) -> int:
        """The citation of a draft that rests on a field."""
        fields = corrections.fields(self.world.session, context.revision.id)
        return next(number for number, claim, *_ in fields if claim.path == path)

    def open(self, told: dict[str, Any], now: datetime) -> None:
        """Somebody opens an exception about a draft of this deal."""
        item_id = self._item({"kind": told["about"]})
        case_request = exception_cases.ExceptionRequest(
            told["category"], told["summary"], told["text"], item_id=item_id
        )
        exception_cases.open_case(self.world.session, self.world.people[told["by"]], case_request, now)

    def work(self, category: str, told: dict[str, Any], now: datetime) -> None:
        """Somebody acts on the exception of that category."""
        session, who, text = self.world.session, self.world.people[told["by"]], told["text"]
        query = select(ExceptionCase.id).join(Onboarding, Onboarding.id == ExceptionCase.onboarding_id)
        case_id = session.scalars(
            query.where(Onboarding.external_id == self.deal, ExceptionCase.category == category)
        ).one()
        if told["do"] == "resolve":
            resolve_exception.resolve(session, who, case_id, resolve_exception.Resolution(told["outcome"], text), now)
        elif told["do"] == "move":
            case_actions.reassign(session, who, case_id, Actor.person(self.world.people[told["to"]]), text, now)
        elif told["do"] == "pause":
            case_actions.pause(session, who, case_id, told["waits"], text, now)
        elif told["do"] == "respond":
            case_actions.respond(session, who, case_id, text, now, starts=told.get("starts", False))
        else:
            case_actions.note(session, who, case_id, text, now)

    def reach(self, told: dict[str, Any], now: datetime) -> None:
        """Somebody records the evidence of a milestone of the current plan."""
        session, who = self.world.session, self.world.people[told["by"]]
        run = select(Onboarding.id).where(Onboarding.external_id == self.deal)
        ids_by_name = {one.name: one.id for one in approved_plan.current(session, session.scalars(run).one())}
        milestones.reach(session, who, ids_by_name[told["name"]], told["proof"], now)

    def record(self, told: dict[str, Any], now: datetime) -> None:
        """Somebody records an event."""
        run = self.world.session.scalars(select(Onboarding.id).where(Onboarding.external_id == self.deal)).one()
        event_input = recorded_events.EventInput(
            told["kind"], now, told.get("about", ""), told.get("amount"), told.get("note", "")
        )
        recorded_events.record(self.world.session, Actor.person(self.world.people[told["by"]]), run, event_input, now)

    def bring_reply(self, told: dict[str, Any], now: datetime) -> None:
        """Somebody brings in an e-mail of the customer."""
        run = self.world.session.scalars(select(Onboarding.id).where(Onboarding.external_id == self.deal)).one()
        who, mail = Actor.person(self.world.people[told["by"]]), told["mail"].lstrip().encode()
        replies.keep(self.world.session, who, run, mail, now)

    def suppress(self, told: dict[str, Any], now: datetime) -> None:
        """Somebody puts an address on the suppression list."""
        who = Actor.person(self.world.people[told["by"]])
        suppressions.add(self.world.session, who, told["address"], told["why"], now)

    def _item(self, draft: dict[str, Any]) -> int:
        if id(draft) in self.items:
            return self.items[id(draft)]
        query = select(Item.id).join(Onboarding, Onboarding.id == Item.onboarding_id)
        return self.world.session.scalars(
            query.where(Onboarding.external_id == self.deal, Item.kind == draft["kind"])
        ).one()

    def _drafted(self, entry: dict[str, Any], original: dict[str, Any]) -> DraftWithEvidence:
        sources = {ref: self.world.record(found) for ref, found in original["sources"].items()}
        cited = tuple(Citation(one["at"], one["quote"], one["source"], one["path"]) for one in entry["citations"])
        return DraftWithEvidence(original["kind"], entry["title"], entry["draft"], sources, cited)


@dataclass
class SeededDefectStory:
    """One seeded defect's story while it is played."""

    world: World
    entry: dict[str, Any]
    defect_id: int | None = None
    item_id: int | None = None

    def seal(self, now: datetime) -> None:
        """It is chosen and sealed."""
        session, policy = self.world.session, policy_versions.current(self.world.session)
        lane, gate = policy.lane(self.entry["lane"]), policy.gate(self.entry["lane"], self.entry["gate"])
        if lane is not None and gate is not None and gate.planted_percent:
            self.defect_id = seeded_drafts.seal(session, lane, gate, now, self.entry["salt"])

    def open(self, now: datetime) -> None:
        """It is opened at its gate like any other item."""
        self.item_id = seeded_drafts.insert_now(self.world.session, self.defect_id, now) if self.defect_id else None

    def decide(self, now: datetime) -> None:
        """Somebody decides it, and it is revealed."""
        if self.item_id:
            DealStory(self.world, "").decide(self.entry["decision"], self.item_id, now)


def play_readiness(world: World, lane: str, entry: dict[str, Any], now: datetime) -> None:
    """Somebody scores an area of a lane, sets a colour, names a launch owner, marks a step as done, or answers a line
    of the worksheet."""
    session, actor = world.session, Actor.person(world.people[entry["by"]])
    if "score" in entry:
        words = {name: entry.get(name, "") for name in ("evidence", "link", "note")}
        readiness.score(session, actor, lane, readiness.ScoreInput(entry["area"], entry["score"], **words), now)
    elif "colour" in entry:
        readiness.set_colour(session, actor, lane, entry["area"], entry["colour"], entry["reason"], now)
    elif "step" in entry:
        lane_launch.record_step(session, actor, lane, entry["step"], now.date(), entry.get("note", ""), now)
    elif "part" in entry:
        who, note = world.people[entry["who"]], entry.get("note", "")
        readiness.name_owner(session, actor, lane, entry["part"], who, note, now)
    else:
        readiness.answer_line(session, actor, lane, entry["line"], entry["answer"], entry.get("reason", ""), now)


def play_second_review(world: World, entry: dict[str, Any], now: datetime) -> None:
    """Somebody gives the second review of a drawn draft; nothing happens where it was not drawn."""
    if found := _sample_place_id(world, entry):
        findings = tuple(second_review.FindingInput(**one) for one in entry.get("findings", []))
        said = second_review.SecondAnswer(entry["do"], entry["reason"], entry.get("text", ""), findings)
        second_review.review(world.session, world.people[entry["by"]], found, said, now)


def play_settlement(world: World, entry: dict[str, Any], now: datetime) -> None:
    """Somebody settles a disagreement between the two reviews."""
    if found := _sample_place_id(world, entry):
        settlement = entry["settled"]
        second_review.settle(
            world.session, world.people[settlement["by"]], found, settlement["verdict"], settlement["text"], now
        )


def _sample_place_id(world: World, entry: dict[str, Any]) -> int | None:
    query = select(QaPlace.id).join(Item, Item.id == QaPlace.item_id)
    query = query.join(Onboarding, Onboarding.id == Item.onboarding_id)
    query = query.where(Onboarding.external_id == entry["deal"], Item.kind == entry["kind"])
    return world.session.scalar(query.order_by(QaPlace.id).limit(1))


def _with_replacements(draft: Any, changes: list[list[str]]) -> dict[str, Any]:
    """The draft with each (pointer, old, new) replaced. Raises ValueError when the old text is not there."""
    after: dict[str, Any] = deepcopy(draft)
    for pointer, old, new in changes:
        parent, _, name = pointer.rpartition("/")
        holder = canonical_json.resolve_pointer(after, parent)
        if old not in holder[name]:
            raise ValueError(f"{old!r} is not at {pointer}")
        holder[name] = holder[name].replace(old, new)
    return after


def propose_check(world: World, entry: dict[str, Any], now: datetime) -> None:
    """Somebody proposes that a check counts as something else."""
    session, policy = world.session, policy_versions.current(world.session)
    wanted = check_rule_proposals.ProposedRule(
        entry["check"], entry["counts_as"], (), tuple(entry["kinds"]), entry["because"]
    )
    files = check_rule_proposals.files_with_rule(policy_versions.files(session, policy.digest), policy, wanted)
    proposals.propose(session, world.people[entry["by"]], files, entry["reason"], now)
