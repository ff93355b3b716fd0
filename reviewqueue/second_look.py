"""Second look: somebody who had no hand in a draft says what they would have decided, and only then sees what was.
Where the two differ on whether it may go on as it stood, a third person settles it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from reviewqueue import desk, exceptions, override_log, policies, sampled, texts
from reviewqueue.database import writing
from reviewqueue.drawing import PASSED
from reviewqueue.events import EventType
from reviewqueue.opening import whereabouts
from reviewqueue.override_log import Event
from reviewqueue.policy import judging
from reviewqueue.policy.shape import Policy
from reviewqueue.records.quality import ANSWERS, FINDINGS, VERDICTS, QaFinding, QaReview, QaSettlement
from reviewqueue.records.rows import put, put_all
from reviewqueue.refusals import Fault, Invalid, Moved, NotAllowed, NotThere

REFUSED = "Nothing is recorded yet; what you typed is still here."


@dataclass(frozen=True)
class Found:
    """Something a reviewer found: a category of FINDINGS, and words."""

    category: str
    text: str


@dataclass(frozen=True)
class Answer:
    """What somebody would have decided, who does not know what was."""

    action: str
    reason_code: str
    text: str = ""
    findings: tuple[Found, ...] = ()


def review(session: Session, person_id: int, place_id: int, answer: Answer, now: datetime) -> int:
    """Give the second answer, once and for good; returns its id.

    Raises NotThere, NotAllowed naming why, Moved (409) when somebody else was first, and Invalid naming the place.
    """
    with writing(session):
        actor = desk.actor_of(session, person_id, now)
        found, policy = sampled.one(session, place_id), policies.current(session)
        role = sampled.role_of(policy, found, actor)
        if not role and not sampled.knows(policy, found, actor):
            raise NotThere()
        if found.review is not None:
            raise Moved("Somebody gave the second answer before you, so yours was not recorded. Pick another draft.")
        if how := sampled.hand(found.hands, actor):
            raise NotAllowed(
                f"You had a hand in this draft ({sampled.HANDS[how]}), so another person looks a second time."
            )
        if faults := _faults(policy, found, answer):
            raise Invalid(REFUSED, faults)
        differs = (answer.action == "approve") != (found.place.stratum in PASSED)
        row = {"action": answer.action, "reason_code": answer.reason_code, "text": answer.text.strip()}
        made = put(session, QaReview, place_id=place_id, person_id=person_id, role=role, differs=differs, at=now, **row)
        put_all(session, QaFinding, [_finding(made, person_id, one, False, now) for one in answer.findings])
        facts = {
            "sample": found.sample.id, "place": place_id, "decision": found.first.id, "action": answer.action,
            "reason": answer.reason_code, "role": role, "differs": differs,
            "findings": [one.category for one in answer.findings],
        }  # fmt: skip
        words = {"text": answer.text.strip()} if answer.text.strip() else {}
        words |= {f"finding-{number}": one.text.strip() for number, one in enumerate(answer.findings, 1)}
        override_log.append(session, now, _event(found, actor, EventType.QA_REVIEW, facts, words))
    return made


def _faults(policy: Policy, found: sampled.Place, answer: Answer) -> list[Fault]:
    act = next((known for known in ANSWERS if known == answer.action), None)
    if act is None:
        return [Fault("/action", f"say what you would have decided: {', '.join(ANSWERS)}")]
    codes = [reason.code for reason in sampled.reasons(policy, found, act)]
    faults = []
    if answer.reason_code not in codes:
        faults.append(Fault("/reason_code", "choose a reason"))
    faults += texts.reason_faults("/text", answer.text, due=act != "approve")
    for number, one in enumerate(answer.findings):
        faults += _finding_faults(f"/findings/{number}", one)
    return faults


def _finding_faults(at: str, found: Found) -> list[Fault]:
    faults = [] if found.category in FINDINGS else [Fault(f"{at}/category", f"choose one of: {', '.join(FINDINGS)}")]
    return faults + texts.reason_faults(f"{at}/text", found.text, ask="say what you found")


def _finding(review_id: int, person_id: int, found: Found, outward: bool, now: datetime) -> dict[str, Any]:
    row = {"category": found.category, "text": found.text.strip(), "outward": outward}
    return {"review_id": review_id, "person_id": person_id, "at": now, **row}


def _event(
    found: sampled.Place, actor: judging.Actor, act: EventType, facts: dict[str, Any], words: dict[str, str]
) -> Event:
    return Event(f"person:{actor.person_id}", act, **whereabouts(found.item), facts=facts, texts=words)


def find(session: Session, person_id: int, place_id: int, said: Found, now: datetime, category: str = "") -> int:
    """Add a finding to a draft that has both answers; returns its id. With a `category` of exception it says that what
    went out was wrong, and opens an exception of that category, or joins the open one."""
    with writing(session):
        actor = desk.actor_of(session, person_id, now)
        found, policy = sampled.one(session, place_id), policies.current(session)
        if not sampled.knows(policy, found, actor) or found.review is None:
            raise NotThere()
        if not sampled.adds(policy, found, actor):
            raise NotAllowed(
                "Only the second reviewer, who settles disputes and RevOps add findings. Tell one of them."
            )
        faults = _finding_faults("", said)
        if category and found.item.state != "released":
            faults.append(Fault("/exception", f"this draft is {found.item.state}: nothing of it went out"))
        at_work = desk.open_desk(session, found.item.id, now)
        if category and at_work.policy.exceptions.called(category) is None:
            faults.append(Fault("/exception", "the policy it was decided under has no such category"))
        if faults:
            raise Invalid(REFUSED, faults)
        events: list[Event] = []
        if category:
            words = f"A second look at what went out: {said.text.strip()}"
            events = exceptions.open_for(session, at_work, category, words, f"person:{person_id}", now)
        made = put(session, QaFinding, **_finding(found.review.id, person_id, said, bool(category), now))
        facts = {"sample": found.sample.id, "place": place_id, "finding": made, "category": said.category}
        facts |= {"exception": category} if category else {}
        told = _event(found, actor, EventType.QA_FIND, facts, {"text": said.text.strip()})
        override_log.append(session, now, told, *events)
    return made


def settle(session: Session, person_id: int, place_id: int, verdict: str, text: str, now: datetime) -> int:
    """Settle a dispute: who was right, `first`, `second` or `both`, and why; returns its id."""
    with writing(session):
        actor = desk.actor_of(session, person_id, now)
        found, policy = sampled.one(session, place_id), policies.current(session)
        if not sampled.knows(policy, found, actor) or found.review is None:
            raise NotThere()
        if not found.disputed:
            raise Moved("There is no open dispute here, so nothing was settled. Reload the page.")
        if why := sampled.settles(policy, found, actor):
            raise NotAllowed(f"{why}. Nothing was recorded.")
        faults = texts.reason_faults("/text", text)
        if verdict not in VERDICTS:
            faults.insert(0, Fault("/verdict", "say who was right: first, second or both"))
        if faults:
            raise Invalid(REFUSED, faults)
        sampling, _ = policy.sampling(found.item.lane)
        role = next(role for role in sampling.disputes_to if role in desk.roles_of(actor))
        row = {"person_id": person_id, "role": role, "verdict": verdict, "text": text.strip(), "at": now}
        made = put(session, QaSettlement, review_id=found.review.id, **row)
        facts = {"sample": found.sample.id, "place": place_id, "verdict": verdict, "role": role}
        override_log.append(session, now, _event(found, actor, EventType.QA_SETTLE, facts, {"text": text.strip()}))
    return made
