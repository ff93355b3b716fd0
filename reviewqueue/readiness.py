"""Readiness: may this lane be automated yet? Scores, worksheet answers, colours and owners, as people say them.

Whatever is said stays; the newest holds. `actor` is `person:ID` or one of the system's own everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from reviewqueue import desk, override_log, policies, sheets, texts
from reviewqueue.characters import visible_length
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.override_log import Event
from reviewqueue.policy.shape import Lane, Policy
from reviewqueue.records.exceptions import ExceptionCase
from reviewqueue.records.items import Item
from reviewqueue.records.log import LogEntry
from reviewqueue.records.onboardings import Onboarding
from reviewqueue.records.people import Person
from reviewqueue.records.readiness import ControlColour, LaunchOwner, ReadinessScore, WorksheetAnswer
from reviewqueue.records.rows import put
from reviewqueue.refusals import Fault, Invalid, Moved, NotAllowed
from reviewqueue.scorecard import areas, controls, owners, recommending, worksheet
from reviewqueue.scorecard.controls import Call
from reviewqueue.scorecard.reckoning import VERDICTS, Verdict, shown, small
from reviewqueue.scorecard.recommending import Recommendation

REFUSED = "Nothing is recorded yet; what you typed is still here."
OLD = timedelta(days=180)  # evidence of an earlier day is said to be old
PILOT = VERDICTS[0].at_least
_OURS = re.compile(r"/(items|onboardings|exceptions|log)/([1-9]\d{0,17})(?:[/?#][!-~]*)?")
_ADDRESS = re.compile(r"(?:https://[A-Za-z0-9.-]+(?::\d+)?(?:[/?#][!-~]*)?|/(?![/\\])[!-\[\]-~]*)")
_ROWS = {"items": Item, "onboardings": Onboarding, "exceptions": ExceptionCase, "log": LogEntry}


@dataclass(frozen=True)
class Scored:
    """A score of one area: 1 to 5, what it rests on (words, or a link to a page of ours or an https address, or both),
    the day that evidence is of (None: today), and a note."""

    area: str
    score: int
    evidence: str = ""
    link: str = ""
    evidence_on: date | None = None
    note: str = ""


def score(session: Session, actor: str, lane_key: str, said: Scored, now: datetime) -> int:
    """Score one area of a lane; returns the row's id. Raises NotThere (no such lane), NotAllowed and Invalid naming the
    place: /area, /score, /evidence, /link, /evidence_on, /note."""
    policy = policies.current(session)
    lane = sheets.lane_of(policy, lane_key)
    on = said.evidence_on or now.date()
    if faults := [*_score_faults(said), *_evidence_faults(session, said, on, now)]:
        raise Invalid(REFUSED, faults)
    with writing(session):
        _allowed(session, lane, actor, now)
        before = sheets.of(session, policy, lane_key).scores.get(said.area)
        row = {"evidence": said.evidence, "link": said.link, "evidence_on": on, "note": said.note}
        whose = {"lane": lane_key, "area": said.area, "score": said.score, "policy_digest": policy.digest}
        made = put(session, ReadinessScore, **row, **whose, actor=actor, at=now)
        facts = {"area": said.area, "score": said.score, "before": before.score if before else None}
        facts |= {"evidence_on": on.isoformat(), "policy": policy.digest}
        words = {"evidence": said.evidence, "link": said.link, "note": said.note}
        override_log.append(session, now, _event(actor, EventType.READINESS_SCORE, lane, facts, words))
    return made


def _score_faults(said: Scored) -> list[Fault]:
    faults = []
    if said.area not in areas.BY_KEY:
        faults.append(Fault("/area", f"{said.area!r} is no area; the areas are {', '.join(areas.BY_KEY)}"))
    if not areas.LOWEST <= said.score <= areas.HIGHEST:
        faults.append(Fault("/score", f"choose a score from {areas.LOWEST} to {areas.HIGHEST}"))
    return faults


def _evidence_faults(session: Session, said: Scored, on: date, now: datetime) -> list[Fault]:
    ask = "name what the score rests on, or give a link to it; in words"
    faults = texts.reason_faults("/evidence", said.evidence, due=not said.link, ask=ask)
    faults += texts.reason_faults("/note", said.note, due=False)
    if said.link and (len(said.link) > 255 or not _ADDRESS.fullmatch(said.link)):
        faults.append(Fault("/link", "write an address of ours, such as /items/7, or one that begins with https://"))
    elif (ours := _OURS.fullmatch(said.link)) and session.get(_ROWS[ours[1]], int(ours[2])) is None:
        faults.append(Fault("/link", f"there is nothing at /{ours[1]}/{ours[2]}; look the number up again"))
    if on > now.date() + timedelta(days=1):
        faults.append(Fault("/evidence_on", "evidence of a day that is still to come; say of which day it is"))
    return faults


def colour(session: Session, actor: str, lane_key: str, area: str, said: str, reason: str, now: datetime) -> int:
    """Set a go/no-go area to green, yellow or red, with why. Raises NotThere, NotAllowed and Invalid (/area, /colour,
    /reason)."""
    lane = sheets.lane_of(policies.current(session), lane_key)
    faults = texts.reason_faults("/reason", reason)
    if area not in controls.BY_KEY:
        faults.append(Fault("/area", f"{area!r} is no go/no-go area; they are {', '.join(controls.BY_KEY)}"))
    if said not in controls.COLOURS:
        faults.append(Fault("/colour", f"choose {', '.join(controls.COLOURS[:-1])} or {controls.COLOURS[-1]}"))
    if faults:
        raise Invalid(REFUSED, faults)
    with writing(session):
        _allowed(session, lane, actor, now)
        before = sheets.of(session, policies.current(session), lane_key).colours.get(area)
        made = put(session, ControlColour, lane=lane_key, area=area, colour=said, reason=reason, actor=actor, at=now)
        facts = {"area": area, "colour": said, "before": before.colour if before else None}
        override_log.append(session, now, _event(actor, EventType.READINESS_COLOUR, lane, facts, {"reason": reason}))
    return made


def answer(session: Session, actor: str, lane_key: str, line: str, text: str | None, reason: str, now: datetime) -> int:
    """Answer a line of the worksheet; None takes an answer back. The recommendation is answered with build, wait,
    narrow or reject, and why. Raises NotThere, NotAllowed, Moved (409: nothing to take back) and Invalid (/line,
    /answer, /reason)."""
    policy = policies.current(session)
    lane = sheets.lane_of(policy, lane_key)
    said = "" if text is None else text.strip()
    if faults := _answer_faults(line, None if text is None else said, reason):
        raise Invalid(REFUSED, faults)
    with writing(session):
        _allowed(session, lane, actor, now)
        sheet = sheets.of(session, policy, lane_key)
        before = sheet.answers.get(line)
        if text is None and before is None:
            raise Moved("Nobody has answered this line, so there was nothing to take back. Reload the page.")
        knew = sheet.known[line].says if line in sheet.known else ""
        row = {"line": line, "answer": said, "reason": reason, "knew": knew}
        made = put(session, WorksheetAnswer, lane=lane_key, **row, actor=actor, at=now)
        words = {"answer": said, "reason": reason, "before": before.answer if before else ""}
        override_log.append(session, now, _event(actor, EventType.READINESS_ANSWER, lane, {"line": line}, words))
    return made


def _answer_faults(line: str, text: str | None, reason: str) -> list[Fault]:
    if line not in worksheet.BY_KEY:
        return [Fault("/line", f"{line!r} is no line of the worksheet; they are {', '.join(worksheet.BY_KEY)}")]
    faults = texts.unkept("/answer", text or "")
    if text is not None and (len(text) > worksheet.LONGEST or not visible_length(text)):
        faults.append(Fault("/answer", f"answer in 1 to {worksheet.LONGEST} characters: the sheet is one page"))
    decides = line == worksheet.RECOMMENDATION and text is not None
    if decides and text not in recommending.CHOICES:
        faults.append(Fault("/answer", f"choose one of {', '.join(recommending.CHOICES)}"))
    return [*faults, *texts.reason_faults("/reason", reason, due=decides)]


def name_owner(
    session: Session, actor: str, lane_key: str, part: str, person_id: int | None, note: str, now: datetime
) -> int:
    """Name who owns a part of the lane's launch; None takes the name back, with a reason. Raises NotThere, NotAllowed
    and Invalid (/part, /person, /note)."""
    lane = sheets.lane_of(policies.current(session), lane_key)
    faults = texts.reason_faults("/note", note, due=person_id is None, ask="say why nobody owns it")
    if part not in owners.BY_KEY:
        faults.append(Fault("/part", f"{part!r} is no part of a launch; they are {', '.join(owners.BY_KEY)}"))
    if faults:
        raise Invalid(REFUSED, faults)
    with writing(session):
        _allowed(session, lane, actor, now)
        person = session.get(Person, person_id) if person_id is not None else None
        if person_id is not None and (person is None or person.disabled_at is not None):
            raise Invalid(REFUSED, [Fault("/person", "choose somebody who has an open account")])
        held = sheets.of(session, policies.current(session), lane_key).owners.get(part)
        row = {"part": part, "person_id": person_id, "accepted": False, "note": note}
        made = put(session, LaunchOwner, lane=lane_key, **row, actor=actor, at=now)
        facts = {"part": part, "person": person_id, "before": held.row.person_id if held else None}
        override_log.append(session, now, _event(actor, EventType.READINESS_OWNER, lane, facts, {"note": note}))
    return made


def accept(session: Session, person_id: int, lane_key: str, part: str, now: datetime) -> int:
    """The named owner says that they know their part. Raises NotThere, NotAllowed (somebody else is named) and Moved
    (409: said already)."""
    lane = sheets.lane_of(policies.current(session), lane_key)
    with writing(session):
        desk.actor_of(session, person_id, now)
        held = sheets.of(session, policies.current(session), lane_key).owners.get(part)
        if held is None or held.row.person_id != person_id:
            raise NotAllowed("Only who is named for this part says that they know it. Nothing was recorded.")
        if held.row.accepted:
            raise Moved("You said so already, so nothing was added.")
        actor = f"person:{person_id}"
        row = {"part": part, "person_id": person_id, "accepted": True, "note": held.row.note}
        made = put(session, LaunchOwner, lane=lane_key, **row, actor=actor, at=now)
        override_log.append(session, now, _event(actor, EventType.READINESS_ACCEPT, lane, {"part": part}, {}))
    return made


def _allowed(session: Session, lane: Lane, actor: str, now: datetime) -> None:
    if not actor.startswith("person:"):
        return
    if not sheets.keeps(lane, desk.actor_of(session, int(actor.removeprefix("person:")), now)):
        whose = "RevOps" if lane.owner == "revops" else f"RevOps and its owner ({lane.owner.replace('_', ' ')})"
        raise NotAllowed(f"Only {whose} may say how ready this lane is. Tell them what you know. Nothing was recorded.")


def _event(actor: str, act: EventType, lane: Lane, facts: dict[str, Any], words: dict[str, str]) -> Event:
    said = {name: text for name, text in words.items() if text}
    return Event(actor, act, lane=lane.key, facts=facts, texts=said)


@dataclass(frozen=True)
class Standing:
    """Where a lane stands before it may go further. `percent` and `verdict` are None while an area has no score; `red`
    are the control gaps; `unowned` the parts of the launch without an owner who has an account; `untold` those whose
    owner has not said that they know it; `ungated` the kinds without a gate; `old` the areas whose evidence is older
    than OLD. `baseline` is None where nobody asked. `confirmed` is the pilot recommendation a person gave, or ""."""

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


def standing(session: Session, policy: Policy, lane_key: str, now: datetime, baseline: bool | None = None) -> Standing:
    """Where a lane stands now. Whether a `baseline` is recorded is for the caller to say. Raises NotThere."""
    sheet = sheets.of(session, policy, lane_key)
    named = {part: one for part, one in sheet.owners.items() if one.there}
    confirmed = sheet.answers.get(worksheet.RECOMMENDATION)
    return Standing(
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
