"""Readiness, whether a lane may be automated: recording scores, worksheet answers, go/no-go colours and launch owners.

Append-only: the newest row counts. `actor` is `person:ID` or one of the system's own everywhere.
"""

from __future__ import annotations

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
from reviewqueue.core.patterns import as_pattern
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
from reviewqueue.lanes.scorecard.scoring import VERDICTS, ReadinessVerdict, lower_first, percent_text
from reviewqueue.people import actors
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.policy import Lane, Policy

REFUSAL = "Nothing is recorded yet; what you typed is still here."
MAX_EVIDENCE_AGE = timedelta(days=180)  # evidence older than this is shown as old
PILOT_PERCENT = VERDICTS[0].at_least
_OWN_PAGE = as_pattern(r"/(items|onboardings|exceptions|log)/([1-9]\d{0,17})(?:[/?#][!-~]*)?")
_LINK = as_pattern(r"(?:https://[A-Za-z0-9.-]+(?::\d+)?(?:[/?#][!-~]*)?|/(?![/\\])[!-\[\]-~]*)")
_TABLE_BY_PAGE = {"items": Item, "onboardings": Onboarding, "exceptions": ExceptionCase, "log": LogEntry}


@dataclass(frozen=True)
class ScoreInput:
    """A score of one area: 1 to 5, its evidence (text, or a link to a page of this installation or an https address, or
    both), the day of the evidence (None: today), and a note."""

    area: str
    score: int
    evidence: str = ""
    link: str = ""
    evidence_on: date | None = None
    note: str = ""


def score(session: Session, actor: Actor, lane_key: str, score_input: ScoreInput, now: datetime) -> int:
    """Score one area of a lane; returns the row's id. Raises NotFound (no such lane), Forbidden and Invalid (/area,
    /score, /evidence, /link, /evidence_on, /note)."""
    policy = policy_versions.current(session)
    lane = readiness_queries.lane_of(policy, lane_key)
    on = score_input.evidence_on or now.date()
    if faults := [*_score_faults(score_input), *_evidence_faults(session, score_input, on, now)]:
        raise Invalid(REFUSAL, faults)
    with writing(session):
        _require_allowed(session, lane, actor, now)
        before = readiness_queries.load(session, policy, lane_key).scores.get(score_input.area)
        row = {"evidence": score_input.evidence, "link": score_input.link, "evidence_on": on, "note": score_input.note}
        whose = {"lane": lane_key, "area": score_input.area, "score": score_input.score, "policy_digest": policy.digest}
        row_id = insert_row(session, ReadinessScore, **row, **whose, actor=actor, at=now)
        facts = {"area": score_input.area, "score": score_input.score, "before": before.score if before else None}
        facts |= {"evidence_on": on.isoformat(), "policy": policy.digest}
        words = {"evidence": score_input.evidence, "link": score_input.link, "note": score_input.note}
        override_log.append(session, now, _event(actor, EventType.READINESS_SCORE, lane, facts, words))
    return row_id


def _score_faults(score_input: ScoreInput) -> list[FieldError]:
    faults = []
    if score_input.area not in areas.BY_KEY:
        faults.append(
            FieldError("/area", f"{score_input.area!r} is not an area; the areas are {', '.join(areas.BY_KEY)}")
        )
    if not areas.LOWEST <= score_input.score <= areas.HIGHEST:
        faults.append(FieldError("/score", f"choose a score from {areas.LOWEST} to {areas.HIGHEST}"))
    return faults


def _evidence_faults(session: Session, score_input: ScoreInput, on: date, now: datetime) -> list[FieldError]:
    ask = "name what the score rests on, or give a link to it; in words"
    faults = text_limits.validate_reason("/evidence", score_input.evidence, required=not score_input.link, ask=ask)
    faults += text_limits.validate_reason("/note", score_input.note, required=False)
    if score_input.link and (len(score_input.link) > 255 or not _LINK.fullmatch(score_input.link)):
        faults.append(
            FieldError("/link", "write an address of ours, such as /items/7, or one that begins with https://")
        )
    elif (own_page := _OWN_PAGE.fullmatch(score_input.link)) and session.get(
        _TABLE_BY_PAGE[own_page[1]], int(own_page[2])
    ) is None:
        faults.append(
            FieldError("/link", f"there is nothing at /{own_page[1]}/{own_page[2]}; look the number up again")
        )
    if on > now.date() + timedelta(days=1):
        faults.append(FieldError("/evidence_on", "evidence of a day that is still to come; say of which day it is"))
    return faults


def set_colour(
    session: Session, actor: Actor, lane_key: str, area: str, colour: str, reason: str, now: datetime
) -> int:
    """Set a go/no-go area to green, yellow or red, with a reason; returns the row's id. Raises NotFound, Forbidden and
    Invalid (/area, /colour, /reason)."""
    lane = readiness_queries.lane_of(policy_versions.current(session), lane_key)
    faults = text_limits.validate_reason("/reason", reason)
    if area not in go_no_go.BY_KEY:
        faults.append(FieldError("/area", f"{area!r} is not a go/no-go area; they are {', '.join(go_no_go.BY_KEY)}"))
    if colour not in go_no_go.COLOURS:
        faults.append(FieldError("/colour", f"choose {', '.join(go_no_go.COLOURS[:-1])} or {go_no_go.COLOURS[-1]}"))
    if faults:
        raise Invalid(REFUSAL, faults)
    with writing(session):
        _require_allowed(session, lane, actor, now)
        before = readiness_queries.load(session, policy_versions.current(session), lane_key).colours.get(area)
        row_id = insert_row(
            session, ControlColour, lane=lane_key, area=area, colour=colour, reason=reason, actor=actor, at=now
        )
        facts = {"area": area, "colour": colour, "before": before.colour if before else None}
        override_log.append(session, now, _event(actor, EventType.READINESS_COLOUR, lane, facts, {"reason": reason}))
    return row_id


def answer_line(
    session: Session, actor: Actor, lane_key: str, line: str, text: str | None, reason: str, now: datetime
) -> int:
    """Answer a line of the worksheet, or take an answer back (`text` is None); returns the row's id. The recommendation
    is answered with build, wait, narrow or reject, and a reason. Raises NotFound, Forbidden, Conflict (409: nothing to
    take back) and Invalid (/line, /answer, /reason)."""
    policy = policy_versions.current(session)
    lane = readiness_queries.lane_of(policy, lane_key)
    answer = "" if text is None else text.strip()
    if faults := _answer_faults(line, None if text is None else answer, reason):
        raise Invalid(REFUSAL, faults)
    with writing(session):
        _require_allowed(session, lane, actor, now)
        sheet = readiness_queries.load(session, policy, lane_key)
        before = sheet.answers.get(line)
        if text is None and before is None:
            raise Conflict("Nobody has answered this line, so there was nothing to take back. Reload the page.")
        known_text = sheet.known[line].says if line in sheet.known else ""
        row = {"line": line, "answer": answer, "reason": reason, "knew": known_text}
        made = insert_row(session, WorksheetAnswer, lane=lane_key, **row, actor=actor, at=now)
        words = {"answer": answer, "reason": reason, "before": before.answer if before else ""}
        override_log.append(session, now, _event(actor, EventType.READINESS_ANSWER, lane, {"line": line}, words))
    return made


def _answer_faults(line: str, text: str | None, reason: str) -> list[FieldError]:
    if line not in worksheet.BY_KEY:
        return [FieldError("/line", f"{line!r} is not a line of the worksheet; they are {', '.join(worksheet.BY_KEY)}")]
    faults = text_limits.invalid_characters("/answer", text or "")
    if text is not None and (len(text) > worksheet.MAX_ANSWER or not visible_length(text)):
        faults.append(FieldError("/answer", f"answer in 1 to {worksheet.MAX_ANSWER} characters: the sheet is one page"))
    decides = line == worksheet.RECOMMENDATION and text is not None
    if decides and text not in scorecard_recommendation.CHOICES:
        faults.append(FieldError("/answer", f"choose one of {', '.join(scorecard_recommendation.CHOICES)}"))
    return [*faults, *text_limits.validate_reason("/reason", reason, required=decides)]


def name_owner(
    session: Session, actor: Actor, lane_key: str, part: str, person_id: int | None, note: str, now: datetime
) -> int:
    """Name the owner of a part of the lane's launch, or nobody (None) with a reason; returns the row's id. Raises
    NotFound, Forbidden and Invalid (/part, /person, /note)."""
    lane = readiness_queries.lane_of(policy_versions.current(session), lane_key)
    faults = text_limits.validate_reason("/note", note, required=person_id is None, ask="say why nobody owns it")
    if part not in owners.BY_KEY:
        faults.append(FieldError("/part", f"{part!r} is not a part of a launch; they are {', '.join(owners.BY_KEY)}"))
    if faults:
        raise Invalid(REFUSAL, faults)
    with writing(session):
        _require_allowed(session, lane, actor, now)
        person = session.get(Person, person_id) if person_id is not None else None
        if person_id is not None and (person is None or person.disabled_at is not None):
            raise Invalid(REFUSAL, [FieldError("/person", "choose somebody who has an open account")])
        current = readiness_queries.load(session, policy_versions.current(session), lane_key).owners.get(part)
        row = {"part": part, "person_id": person_id, "accepted": False, "note": note}
        made = insert_row(session, LaunchOwner, lane=lane_key, **row, actor=actor, at=now)
        facts = {"part": part, "person": person_id, "before": current.row.person_id if current else None}
        override_log.append(session, now, _event(actor, EventType.READINESS_OWNER, lane, facts, {"note": note}))
    return made


def confirm_ownership(session: Session, person_id: int, lane_key: str, part: str, now: datetime) -> int:
    """The named owner confirms that they know their part; returns the row's id. Raises NotFound, Forbidden (somebody
    else is named) and Conflict (409: confirmed already)."""
    lane = readiness_queries.lane_of(policy_versions.current(session), lane_key)
    with writing(session):
        actors.load_actor(session, person_id, now)
        current = readiness_queries.load(session, policy_versions.current(session), lane_key).owners.get(part)
        if current is None or current.row.person_id != person_id:
            raise Forbidden("Only who is named for this part can accept it. Nothing was recorded.")
        if current.row.accepted:
            raise Conflict("You accepted it already, so nothing was added.")
        actor = Actor.person(person_id)
        row = {"part": part, "person_id": person_id, "accepted": True, "note": current.row.note}
        made = insert_row(session, LaunchOwner, lane=lane_key, **row, actor=actor, at=now)
        override_log.append(session, now, _event(actor, EventType.READINESS_ACCEPT, lane, {"part": part}, {}))
    return made


def _require_allowed(session: Session, lane: Lane, actor: Actor, now: datetime) -> None:
    person = actors.load_if_person(session, actor, now)
    if person and not readiness_queries.may_record(lane, person):
        whose = "RevOps" if lane.owner == "revops" else f"RevOps and its owner ({lane.owner.replace('_', ' ')})"
        raise Forbidden(f"Only {whose} may say how ready this lane is. Tell them what you know. Nothing was recorded.")


def _event(actor: Actor, act: EventType, lane: Lane, facts: dict[str, Any], words: dict[str, str]) -> Event:
    texts = {name: text for name, text in words.items() if text}
    return Event(actor, act, lane=lane.key, facts=facts, texts=texts)


@dataclass(frozen=True)
class LaneReadiness:
    """The readiness of a lane. `percent` and `verdict` are None while an area has no score; `control_gaps` are the
    control gaps; `unowned` the parts of the launch without an owner who has an open account; `unconfirmed` those whose
    owner has not confirmed; `without_gate` the kinds without a gate; `old` the areas whose evidence is older than
    MAX_EVIDENCE_AGE. `baseline` is whether one is recorded, None where the caller did not say. `confirmed` is the
    recommendation of a person."""

    lane: str
    percent: Fraction | None
    verdict: ReadinessVerdict | None
    unscored: tuple[str, ...]
    call: Call
    control_gaps: tuple[str, ...]
    unowned: tuple[str, ...]
    unconfirmed: tuple[str, ...]
    without_gate: tuple[str, ...]
    old: tuple[str, ...]
    recommendation: Recommendation
    confirmed: str
    baseline: bool | None

    @property
    def lacks(self) -> tuple[str, ...]:
        """What keeps the lane from a pilot, one sentence each; empty when nothing does."""
        low = self.percent is not None and self.percent < PILOT_PERCENT
        found = (
            (self.unscored, f"No score yet: {', '.join(map(lower_first, self.unscored))}."),
            (low, f"The score is {percent_text(self.percent or Fraction(0))} %; a pilot needs {PILOT_PERCENT} %."),
            (self.call.key != "go", self.call.says),
            (self.without_gate, f"No gate decides on: {', '.join(self.without_gate)}."),
            (self.unowned, f"Nobody owns the launch for: {', '.join(self.unowned)}."),
            (self.baseline is False, "No baseline is recorded, so nobody could tell whether the pilot is better."),
        )
        return tuple(says for holds, says in found if holds)


def lane_readiness(
    session: Session, policy: Policy, lane_key: str, now: datetime, baseline: bool | None = None
) -> LaneReadiness:
    """The readiness of a lane now; the caller says whether a `baseline` is recorded. Raises NotFound."""
    sheet = readiness_queries.load(session, policy, lane_key)
    named = {part: one for part, one in sheet.owners.items() if one.is_active}
    confirmed = sheet.answers.get(worksheet.RECOMMENDATION)
    return LaneReadiness(
        lane=lane_key,
        percent=sheet.score.percent,
        verdict=sheet.score.verdict,
        unscored=sheet.score.missing,
        call=sheet.call,
        control_gaps=sheet.call.red,
        unowned=tuple(part.label for part in owners.PARTS if part.key not in named),
        unconfirmed=tuple(
            part.label for part in owners.PARTS if part.key in named and not named[part.key].row.accepted
        ),
        without_gate=tuple(kind for kind, gate in sheet.lane.kinds.items() if policy.gate(lane_key, gate) is None),
        old=tuple(
            area.label
            for area in areas.AREAS
            if area.key in sheet.scores and now.date() - sheet.scores[area.key].evidence_on > MAX_EVIDENCE_AGE
        ),
        recommendation=sheet.recommendation,
        confirmed=confirmed.answer if confirmed else "",
        baseline=baseline,
    )
