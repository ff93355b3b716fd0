"""Quality: the weekly samples, the second look at what was drawn, and the disputes that come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import RadioField, TextAreaField

from reviewqueue import access, agreement, drawing, glances, pages, policies, sampled, sampling, second_look
from reviewqueue.figures import words as amounts
from reviewqueue.figures.kappa import FEWEST
from reviewqueue.policy import judging
from reviewqueue.policy.shape import Policy
from reviewqueue.records.quality import ANSWERS, FINDINGS, VERDICTS, QaPlace, QaSample
from reviewqueue.refusals import Invalid, Moved, NotAllowed, NotThere, Refused
from reviewqueue.web import drafts, frame, words
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.forms import Form, choices, pick
from reviewqueue.web.marks import Marks

blueprint = frame.room("quality", __name__)
HERE = "/qa"
MOST_FOUND = 3  # findings that the blind form has room for; more can be added after it
SAYS = {"first": "The first was right", "second": "The second was right", "both": "Both can be defended"}


class AnswerForm(Form):
    """What a second person would have decided."""

    action = RadioField("What you would have decided", validate_choice=False, choices=[])
    reason_code = pick("Reason")
    text = TextAreaField("Why")


class FindingForm(Form):
    """Something that was found, and, where it went out, the exception it opens."""

    category = pick("What kind")
    text = TextAreaField("What you found")
    exception = pick("It went out, and was wrong")


class SettlementForm(Form):
    """Who was right."""

    verdict = RadioField("Who was right", validate_choice=False, choices=[])
    text = TextAreaField("Why")


@dataclass(frozen=True)
class Refusal:
    """A POST that was refused: which form, as it was sent, with what is wrong beside its fields."""

    which: str
    form: Form
    refused: Refused
    homeless: list[tuple[str, str]]


@blueprint.get("/qa")
def everything() -> ResponseReturnValue:
    """What waits for one's second look; and for who reads quality, the samples of a lane and what they say."""
    return _everything()


@blueprint.post("/qa")
def draw() -> ResponseReturnValue:
    """Draw the sample of a past week that has none."""
    lane, week = request.form.get("lane", ""), request.form.get("week", "").strip()
    try:
        made = sampling.by_hand(session(), f"person:{visitor().person_id}", lane, week, now())
    except (Invalid, Moved) as refused:
        return _everything(refused)
    frame.told("pass", "The sample is drawn", more="Whoever may look a second time finds it on this page.")
    return frame.back_to("quality.sample", sample_id=made)


@blueprint.get("/qa/<row:sample_id>")
def sample(sample_id: int) -> ResponseReturnValue:
    """One sample: how it was drawn, and how each draft of it stands."""
    reading, policy, me = session(), policies.current(session()), frame.actor(now())
    found = sampled.places(reading, QaPlace.sample_id == sample_id)
    open_ones = [one for one in found if sampled.may(policy, one, me)]
    told_twice = {one.place.id for one in open_ones} - {one.place.id for one in sampled.once(open_ones)}
    mine = [one for one in found if sampled.reads(policy, one, me) and one.place.id not in told_twice]
    if not mine:
        raise NotThere()
    blind = bool(open_ones)
    return frame.page(
        "quality/sample.html", sample=mine[0].sample, places=mine, hidden=len(found) - len(mine), here=HERE,
        strata=None if blind else _strata(policy, mine[0].sample), me_may=partial(sampled.may, policy, actor=me),
        lane=policy.lane(mine[0].sample.lane), by=pages.actors(reading, [mine[0].sample.drawn_by]), gate=_gates(policy),
    )  # fmt: skip


@blueprint.get("/qa/reviews/<row:place_id>")
def place(place_id: int) -> ResponseReturnValue:
    """A draft to look at a second time; once that is done, both answers beside each other."""
    return _place(place_id)


@blueprint.post("/qa/reviews/<row:place_id>")
def answer(place_id: int) -> ResponseReturnValue:
    """Give the second answer."""
    form = AnswerForm()
    typed = [
        second_look.Found(request.form.get(f"finding-{number}", ""), _text(f"found-{number}"))
        for number in range(MOST_FOUND)
    ]
    said = second_look.Answer(
        form.action.data or "", form.reason_code.data or "", _text("text"),
        tuple(one for one in typed if one.category or one.text.strip()),
    )  # fmt: skip
    act = partial(second_look.review, session(), visitor().person_id, place_id, said, now())
    return _acted(act, "Recorded; now you see what was decided", "answer", form, place_id)


@blueprint.post("/qa/reviews/<row:place_id>/findings")
def find(place_id: int) -> ResponseReturnValue:
    """Add a finding."""
    form = FindingForm()
    said = second_look.Found(form.category.data or "", _text("text"))
    act = partial(second_look.find, session(), visitor().person_id, place_id, said, now(), form.exception.data or "")
    return _acted(act, "The finding is recorded", "finding", form, place_id)


@blueprint.post("/qa/reviews/<row:place_id>/settlement")
def settle(place_id: int) -> ResponseReturnValue:
    """Settle the dispute."""
    form = SettlementForm()
    said = form.verdict.data or "", _text("text")
    act = partial(second_look.settle, session(), visitor().person_id, place_id, *said, now())
    return _acted(act, "The dispute is settled", "settlement", form, place_id)


def _text(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n")


def _acted(act: Callable[[], int], says: str, which: str, form: Form, place_id: int) -> ResponseReturnValue:
    """Do it and show the page; a refusal keeps what was typed, at its form."""
    try:
        act()
    except (Invalid, Moved, NotAllowed) as refused:
        return _place(place_id, Refusal(which, form, refused, form.blame(refused)))
    frame.told("pass", says, more="The log keeps it.", taken=f"{which}-place-{place_id}")
    return frame.back_to("quality.place", place_id=place_id)


def _everything(refused: Refused | None = None) -> ResponseReturnValue:
    reading, policy, at = session(), policies.current(session()), now()
    me = frame.actor(at)
    waits, disputes = sampled.waiting(reading, policy, me), sampled.disputes(reading, policy, me)
    context: dict[str, Any] = {"lane": None}
    if access.able(me.roles, "read quality"):
        lane = policy.lane(frame.asked("lane")) or policy.lane(policy.organisation.default_lane) or policy.lanes[0]
        context = {
            "lane": lane, "lanes": policy.lanes, "samples": sampled.samples(reading, lane.key),
            "figures": agreement.whole(reading, policy, lane.key, at),
            "standing": agreement.standing(reading, lane.key, at), "weeks": agreement.WEEKS,
            "findings": [one for one in sampled.found_in(reading, lane.key) if _sees(policy, one[2], me)],
            "read": glances.of_lane(reading, lane.key), "fewest": FEWEST,
            "last": sampling.last_week(policy, lane.key, at).name,
        }  # fmt: skip
    sampling_of = policy.sampling(context["lane"].key if context["lane"] else policy.organisation.default_lane)
    return frame.page(
        "quality/all.html", refused.status if refused else 200, waits=waits, disputes=disputes, policy=policy,
        refused=refused, typed=request.form, rule_of=sampling_of, keep_days=policy.organisation.qa.keep_days,
        gate=_gates(policy), words=amounts, here=HERE, people=glances.FEWEST_PEOPLE, least=glances.FEWEST, **context,
    )  # fmt: skip


def _sees(policy: Policy, item: Any, me: judging.Actor) -> bool:
    return access.sees(
        policy.gate(item.lane, item.gate), me.roles | me.borrowed | {f"group:{one}" for one in me.groups}
    )


def _gates(policy: Policy) -> Callable[[str, str], str]:
    """What a lane's gate is called."""

    def called(lane: str, key: str) -> str:
        gate = policy.gate(lane, key)
        return gate.name if gate else key

    return called


def _strata(policy: Policy, found: QaSample) -> list[tuple[str, str, int, int]]:
    """(gate, outcome, how many there were, how many were drawn evenly) of each stratum."""
    called = _gates(policy)
    rows = []
    for name, (there, drawn) in found.strata.items():
        gate, _, outcome = name.partition("/")
        rows.append((called(found.lane, gate), drawing.OUTCOMES[outcome], there, drawn))
    return rows


def _place(place_id: int, refusal: Refusal | None = None) -> ResponseReturnValue:
    """The draft with the blind form, or both answers, or a word why neither; nothing for who reads none of it."""
    reading, policy = session(), policies.current(session())
    me, found = frame.actor(now()), sampled.one(reading, place_id)
    status = refusal.refused.status if refusal else 200
    if sampled.knows(policy, found, me):
        return _revealed(policy, found, me, refusal, status)
    if not sampled.role_of(policy, found, me) and not sampled.reads(policy, found, me):
        raise NotThere()
    if found.review is not None or not sampled.may(policy, found, me):
        how = sampled.hand(found.hands, me)
        return frame.page(
            "quality/waits.html", status, found=found, why=sampled.HANDS.get(how, ""), gate=_gates(policy),
            refusal=refusal, here=HERE,
        )  # fmt: skip
    form = refusal.form if refusal else AnswerForm(sent=False)
    _offer(form, policy, found)
    findings = [("", "Nothing"), *((one, words.capital(words.word(one))) for one in FINDINGS)]
    return frame.page(
        "quality/blind.html", status, form=form, refusal=refusal, room=range(MOST_FOUND), kinds=findings,
        typed=request.form, **_around(policy, found),
    )  # fmt: skip


def _offer(form: Form, policy: Policy, found: sampled.Place) -> None:
    """The acts, and the reasons of the gate, each with the acts it stands for."""
    acts = [(act, words.capital(words.word(act))) for act in ANSWERS]
    choices(form["action"], acts)
    known: dict[str, tuple[str, list[str]]] = {}
    for act in ANSWERS:
        for reason in sampled.reasons(policy, found, act):
            known.setdefault(reason.code, (reason.label, []))[1].append(words.word(act))
    told = [(code, f"{label} ({', '.join(stands)})") for code, (label, stands) in known.items()]
    choices(form["reason_code"], [("", "Choose one"), *told])


def _around(policy: Policy, found: sampled.Place) -> dict[str, Any]:
    """What both pages need to show the draft as it was decided on."""
    shown = sampled.shown(session(), policy, found)
    draft, kind = shown.revision.draft, found.item.kind
    reading = drafts.shape(kind, draft)
    sections = drafts.sections(policy, draft, shown.checks) if reading == "packet" else []
    cited = {one.ref: one.number for one in reversed(shown.statements)}
    return {
        "found": found, "page": shown, "desk": shown, "item": found.item, "reading": reading, "draft": draft,
        "drafts": drafts, "sections": sections, "what": {}, "gate": _gates(policy), "here": HERE,
        "sources": sorted(shown.sources.items(), key=lambda held: cited.get(held[0], len(shown.statements) + 1)),
        "marks": Marks(draft, shown.statements, [place.at for section in sections for place in section.places]),
        "names": lambda at: drafts.labels(policy, kind, at),
    }  # fmt: skip


def _revealed(
    policy: Policy, found: sampled.Place, me: judging.Actor, refusal: Refusal | None, status: int
) -> ResponseReturnValue:
    review, settlement = found.review, found.settlement
    assert review is not None  # noqa: S101  (only then there is something to reveal)
    rows = sampled.findings(session(), [review.id])[review.id]
    people = {found.first.person_id, review.person_id, *(row.person_id for row in rows)}
    people |= {settlement.person_id} if settlement else set()
    adds, why = sampled.adds(policy, found, me), sampled.settles(policy, found, me)
    finding = refusal.form if refusal and refusal.which == "finding" else FindingForm(sent=False)
    choices(finding["category"], [("", "Choose one"), *((one, words.capital(words.word(one))) for one in FINDINGS)])
    known = policies.version(session(), found.item.policy_digest).exceptions
    opens = [(one.key, f"Yes; open an exception: {one.label}") for one in known.category]
    choices(finding["exception"], [("", "No, or it does not matter outside"), *opens])
    settling = refusal.form if refusal and refusal.which == "settlement" else SettlementForm(sent=False)
    choices(settling["verdict"], [(one, SAYS[one]) for one in VERDICTS])
    return frame.page(
        "quality/revealed.html", status, review=review, settlement=settlement, findings=rows, adds=adds,
        settles=found.disputed and not why, settles_not=why, finding=finding, settling=settling, refusal=refusal,
        people=pages.actors(session(), [f"person:{one}" for one in people]), says=SAYS,
        outcomes=drawing.OUTCOMES, label=_labels(policy), went_out=found.item.state == "released",
        **_around(policy, found),
    )  # fmt: skip


def _labels(policy: Policy) -> Callable[[str], str]:
    known = {reason.code: reason.label for reason in policy.reasons}
    return lambda code: known.get(code, code)
