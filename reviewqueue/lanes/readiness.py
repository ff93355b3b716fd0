"""Readiness, whether a lane may be automated: recording scores, worksheet answers, go/no-go colours and launch owners.

Append-only: the newest row counts. `actor` is `person:ID` or one of the system's own everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits
from reviewqueue.core.characters import visible_length
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.log import LogEntry
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Person
from reviewqueue.db.tables.readiness import ControlColour, LaunchOwner, ReadinessScore, WorksheetAnswer
from reviewqueue.lanes import readiness_queries
from reviewqueue.lanes.scorecard import areas, go_no_go, owners, worksheet
from reviewqueue.lanes.scorecard import recommendation as scorecard_recommendation
from reviewqueue.lanes.scorecard.go_no_go import Call
from reviewqueue.lanes.scorecard.recommendation import Recommendation
from reviewqueue.lanes.scorecard.scoring import VERDICTS, Verdict, shown, small
from reviewqueue.people import actors
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.policy import Lane, Policy

REFUSED = "Nothing is recorded yet; what you typed is still here."
OLD = timedelta(days=180)  # evidence older than this is shown as old
PILOT = VERDICTS[0].at_least
_OURS = re.compile(r"/(items|onboardings|exceptions|log)/([1-9]\d{0,17})(?:[/?#][!-~]*)?")
_ADDRESS = re.compile(r"(?:https://[A-Za-z0-9.-]+(?::\d+)?(?:[/?#][!-~]*)?|/(?![/\\])[!-\[\]-~]*)")
_ROWS = {"items": Item, "onboardings": Onboarding, "exceptions": ExceptionCase, "log": LogEntry}


@dataclass(frozen=True)
class Scored:
    """A score of one area: 1 to 5, its evidence (text, or a link to a page of this installation or an https address, or
    both), the day of the evidence (None: today), and a note."""

    area: str
    score: int
    evidence: str = ""
    link: str = ""
    evidence_on: date | None = None
    note: str = ""


def score(session: Session, actor: Actor, lane_key: str, said: Scored, now: datetime) -> int:
    """Score one area of a lane; returns the row's id. Raises NotFound (no such lane), Forbidden and Invalid (/area,
    /score, /evidence, /link, /evidence_on, /note)."""
    policy = policy_versions.current(session)
    lane = readiness_queries.lane_of(policy, lane_key)
    on = said.evidence_on or now.date()
    if faults := [*_score_faults(said), *_evidence_faults(session, said, on, now)]:
        raise Invalid(REFUSED, faults)
    with writing(session):
        _allowed(session, lane, actor, now)
        before = readiness_queries.load(session, policy, lane_key).scores.get(said.area)
        row = {"evidence": said.evidence, "link": said.link, "evidence_on": on, "note": said.note}
        whose = {"lane": lane_key, "area": said.area, "score": said.score, "policy_digest": policy.digest}
        made = insert_row(session, ReadinessScore, **row, **whose, actor=actor, at=now)
        facts = {"area": said.area, "score": said.score, "before": before.score if before else None}
        facts |= {"evidence_on": on.isoformat(), "policy": policy.digest}
        words = {"evidence": said.evidence, "link": said.link, "note": said.note}
        override_log.append(session, now, _event(actor, EventType.READINESS_SCORE, lane, facts, words))
    return made


def _score_faults(said: Scored) -> list[FieldError]:
    faults = []
    if said.area not in areas.BY_KEY:
        faults.append(FieldError("/area", f"{said.area!r} is not an area; the areas are {', '.join(areas.BY_KEY)}"))
    if not areas.LOWEST <= said.score <= areas.HIGHEST:
        faults.append(FieldError("/score", f"choose a score from {areas.LOWEST} to {areas.HIGHEST}"))
    return faults


def _evidence_faults(session: Session, said: Scored, on: date, now: datetime) -> list[FieldError]:
    ask = "name what the score rests on, or give a link to it; in words"
    faults = text_limits.validate_reason("/evidence", said.evidence, due=not said.link, ask=ask)
    faults += text_limits.validate_reason("/note", said.note, due=False)
    if said.link and (len(said.link) > 255 or not _ADDRESS.fullmatch(said.link)):
        faults.append(
            FieldError("/link", "write an address of ours, such as /items/7, or one that begins with https://")
        )
    elif (ours := _OURS.fullmatch(said.link)) and session.get(_ROWS[ours[1]], int(ours[2])) is None:
        faults.append(FieldError("/link", f"there is nothing at /{ours[1]}/{ours[2]}; look the number up again"))
    if on > now.date() + timedelta(days=1):
        faults.append(FieldError("/evidence_on", "evidence of a day that is still to come; say of which day it is"))
    return faults


def set_colour(session: Session, actor: Actor, lane_key: str, area: str, said: str, reason: str, now: datetime) -> int:
    """Set a go/no-go area to green, yellow or red, with a reason; returns the row's id. Raises NotFound, Forbidden and
    Invalid (/area, /colour, /reason)."""
    lane = readiness_queries.lane_of(policy_versions.current(session), lane_key)
    faults = text_limits.validate_reason("/reason", reason)
    if area not in go_no_go.BY_KEY:
        faults.append(FieldError("/area", f"{area!r} is not a go/no-go area; they are {', '.join(go_no_go.BY_KEY)}"))
    if said not in go_no_go.COLOURS:
        faults.append(FieldError("/colour", f"choose {', '.join(go_no_go.COLOURS[:-1])} or {go_no_go.COLOURS[-1]}"))
    if faults:
        raise Invalid(REFUSED, faults)
    with writing(session):
        _allowed(session, lane, actor, now)
        before = readiness_queries.load(session, policy_versions.current(session), lane_key).colours.get(area)
        made = insert_row(
            session, ControlColour, lane=lane_key, area=area, colour=said, reason=reason, actor=actor, at=now
        )
        facts = {"area": area, "colour": said, "before": before.colour if before else None}
        override_log.append(session, now, _event(actor, EventType.READINESS_COLOUR, lane, facts, {"reason": reason}))
    return made


def answer_line(
    session: Session, actor: Actor, lane_key: str, line: str, text: str | None, reason: str, now: datetime
) -> int:
    """Answer a line of the worksheet, or take an answer back (`text` is None); returns the row's id. The recommendation
    is answered with build, wait, narrow or reject, and a reason. Raises NotFound, Forbidden, Conflict (409: nothing to
    take back) and Invalid (/line, /answer, /reason)."""
    policy = policy_versions.current(session)
    lane = readiness_queries.lane_of(policy, lane_key)
    said = "" if text is None else text.strip()
    if faults := _answer_faults(line, None if text is None else said, reason):
        raise Invalid(REFUSED, faults)
    with writing(session):
        _allowed(session, lane, actor, now)
        sheet = readiness_queries.load(session, policy, lane_key)
        before = sheet.answers.get(line)
        if text is None and before is None:
            raise Conflict("Nobody has answered this line, so there was nothing to take back. Reload the page.")
        knew = sheet.known[line].says if line in sheet.known else ""
        row = {"line": line, "answer": said, "reason": reason, "knew": knew}
        made = insert_row(session, WorksheetAnswer, lane=lane_key, **row, actor=actor, at=now)
        words = {"answer": said, "reason": reason, "before": before.answer if before else ""}
        override_log.append(session, now, _event(actor, EventType.READINESS_ANSWER, lane, {"line": line}, words))
    return made


def _answer_faults(line: str, text: str | None, reason: str) -> list[FieldError]:
    if line not in worksheet.BY_KEY:
        return [FieldError("/line", f"{line!r} is not a line of the worksheet; they are {', '.join(worksheet.BY_KEY)}")]
    faults = text_limits.invalid_characters("/answer", text or "")
    if text is not None and (len(text) > worksheet.LONGEST or not visible_length(text)):
        faults.append(FieldError("/answer", f"answer in 1 to {worksheet.LONGEST} characters: the sheet is one page"))
    decides = line == worksheet.RECOMMENDATION and text is not None
    if decides and text not in scorecard_recommendation.CHOICES:
        faults.append(FieldError("/answer", f"choose one of {', '.join(scorecard_recommendation.CHOICES)}"))
    return [*faults, *text_limits.validate_reason("/reason", reason, due=decides)]


def name_owner(
    session: Session, actor: Actor, lane_key: str, part: str, person_id: int | None, note: str, now: datetime
) -> int:
    """Name the owner of a part of the lane's launch, or nobody (None) with a reason; returns the row's id. Raises
    NotFound, Forbidden and Invalid (/part, /person, /note)."""
    lane = readiness_queries.lane_of(policy_versions.current(session), lane_key)
    faults = text_limits.validate_reason("/note", note, due=person_id is None, ask="say why nobody owns it")
    if part not in owners.BY_KEY:
        faults.append(FieldError("/part", f"{part!r} is not a part of a launch; they are {', '.join(owners.BY_KEY)}"))
    if faults:
        raise Invalid(REFUSED, faults)
    with writing(session):
        _allowed(session, lane, actor, now)
        person = session.get(Person, person_id) if person_id is not None else None
        if person_id is not None and (person is None or person.disabled_at is not None):
            raise Invalid(REFUSED, [FieldError("/person", "choose somebody who has an open account")])
        held = readiness_queries.load(session, policy_versions.current(session), lane_key).owners.get(part)
        row = {"part": part, "person_id": person_id, "accepted": False, "note": note}
        made = insert_row(session, LaunchOwner, lane=lane_key, **row, actor=actor, at=now)
        facts = {"part": part, "person": person_id, "before": held.row.person_id if held else None}
        override_log.append(session, now, _event(actor, EventType.READINESS_OWNER, lane, facts, {"note": note}))
    return made


def confirm_ownership(session: Session, person_id: int, lane_key: str, part: str, now: datetime) -> int:
    """The named owner confirms that they know their part; returns the row's id. Raises NotFound, Forbidden (somebody
    else is named) and Conflict (409: confirmed already)."""
    lane = readiness_queries.lane_of(policy_versions.current(session), lane_key)
    with writing(session):
        actors.load_actor(session, person_id, now)
        held = readiness_queries.load(session, policy_versions.current(session), lane_key).owners.get(part)
        if held is None or held.row.person_id != person_id:
            raise Forbidden("Only who is named for this part can accept it. Nothing was recorded.")
        if held.row.accepted:
            raise Conflict("You accepted it already, so nothing was added.")
        actor = Actor.person(person_id)
        row = {"part": part, "person_id": person_id, "accepted": True, "note": held.row.note}
        made = insert_row(session, LaunchOwner, lane=lane_key, **row, actor=actor, at=now)
        override_log.append(session, now, _event(actor, EventType.READINESS_ACCEPT, lane, {"part": part}, {}))
    return made


def _allowed(session: Session, lane: Lane, actor: Actor, now: datetime) -> None:
    person = actors.load_if_person(session, actor, now)
    if person and not readiness_queries.may_record(lane, person):
        whose = "RevOps" if lane.owner == "revops" else f"RevOps and its owner ({lane.owner.replace('_', ' ')})"
        raise Forbidden(f"Only {whose} may say how ready this lane is. Tell them what you know. Nothing was recorded.")


def _event(actor: Actor, act: EventType, lane: Lane, facts: dict[str, Any], words: dict[str, str]) -> Event:
    said = {name: text for name, text in words.items() if text}
    return Event(actor, act, lane=lane.key, facts=facts, texts=said)


@dataclass(frozen=True)
class LaneReadiness:
    """The readiness of a lane. `percent` and `verdict` are None while an area has no score; `red` are the control gaps;
    `unowned` the parts of the launch without an owner who has an open account; `untold` those whose owner has not
    confirmed; `ungated` the kinds without a gate; `old` the areas whose evidence is older than OLD. `baseline` is
    whether one is recorded, None where the caller did not say. `confirmed` is the recommendation of a person."""

    lane: str
    percent: Fraction | None
    verdict: Verdict | None
    unscored: tuple[str, ...]
    call: Call
    red: tuple[str, ...]
    unowned: tuple[str, ...]
    untold: tuple[str, ...]
    ungated: tuple[str, ...]
    old: tuple[str, ...]
    recommendation: Recommendation
    confirmed: str
    baseline: bool | None

    @property
    def lacks(self) -> tuple[str, ...]:
        """What keeps the lane from a pilot, one sentence each; empty when nothing does."""
        low = self.percent is not None and self.percent < PILOT
        found = (
            (self.unscored, f"No score yet: {', '.join(map(small, self.unscored))}."),
            (low, f"The score is {shown(self.percent or Fraction(0))} %; a pilot needs {PILOT} %."),
            (self.call.key != "go", self.call.says),
            (self.ungated, f"No gate decides on: {', '.join(self.ungated)}."),
            (self.unowned, f"Nobody owns the launch for: {', '.join(self.unowned)}."),
            (self.baseline is False, "No baseline is recorded, so nobody could tell whether the pilot is better."),
        )
        return tuple(says for holds, says in found if holds)


def lane_readiness(
    session: Session, policy: Policy, lane_key: str, now: datetime, baseline: bool | None = None
) -> LaneReadiness:
    """The readiness of a lane now; the caller says whether a `baseline` is recorded. Raises NotFound."""
    sheet = readiness_queries.load(session, policy, lane_key)
    named = {part: one for part, one in sheet.owners.items() if one.there}
    confirmed = sheet.answers.get(worksheet.RECOMMENDATION)
    return LaneReadiness(
        lane=lane_key,
        percent=sheet.reckoning.percent,
        verdict=sheet.reckoning.verdict,
        unscored=sheet.reckoning.missing,
        call=sheet.call,
        red=sheet.call.red,
        unowned=tuple(part.label for part in owners.PARTS if part.key not in named),
        untold=tuple(part.label for part in owners.PARTS if part.key in named and not named[part.key].row.accepted),
        ungated=tuple(kind for kind, gate in sheet.lane.kinds.items() if policy.gate(lane_key, gate) is None),
        old=tuple(
            area.label
            for area in areas.AREAS
            if area.key in sheet.scores and now.date() - sheet.scores[area.key].evidence_on > OLD
        ),
        recommendation=sheet.recommendation,
        confirmed=confirmed.answer if confirmed else "",
        baseline=baseline,
    )
