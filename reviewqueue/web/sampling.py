"""QA samples: the weekly samples of decided drafts, the second review of each, and settling disagreements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import RadioField, TextAreaField

from reviewqueue.audit import log_queries
from reviewqueue.audit.events import Actor
from reviewqueue.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from reviewqueue.core.vocabulary import ACTS
from reviewqueue.db.tables.sampling import ANSWERS, FINDINGS, VERDICTS, QaPlace, QaSample
from reviewqueue.measurement.sampling import (
    agreement,
    attention,
    sample_queries,
    second_review,
    stratified_draw,
    weekly_sample,
)
from reviewqueue.measurement.stats import formatting
from reviewqueue.measurement.stats.kappa import FEWEST
from reviewqueue.people import access, actors
from reviewqueue.policy import evaluation, policy_versions
from reviewqueue.policy.model.policy import Policy
from reviewqueue.web import draft_layout, layout
from reviewqueue.web import formatting as web_formatting
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.forms import Form, choices, pick
from reviewqueue.web.highlights import Marks

blueprint = layout.signed_in_blueprint("quality", __name__)
HERE = "/qa"
MOST_FOUND = 3  # findings that the blind form has room for; more can be added after it
SAYS = {"first": "The first was right", "second": "The second was right", "both": "Both can be defended"}


class AnswerForm(Form):
    """A second review: what this person would have decided."""

    action = RadioField("What you would have decided", validate_choice=False, choices=[])
    reason_code = pick("Reason")
    text = TextAreaField("Why")


class FindingForm(Form):
    """A finding, and, where the draft went out, the exception it opens."""

    category = pick("What kind")
    text = TextAreaField("What you found")
    exception = pick("It went out, and was wrong")


class SettlementForm(Form):
    """Who was right."""

    verdict = RadioField("Who was right", validate_choice=False, choices=[])
    text = TextAreaField("Why")


@dataclass(frozen=True)
class Refusal:
    """A POST that was refused: which form, as it was sent, with the errors beside its fields."""

    which: str
    form: Form
    refused: DomainError
    homeless: list[tuple[str, str]]


@blueprint.get("/qa")
def everything() -> ResponseReturnValue:
    """The drafts that wait for this person's second review; and for those who read QA samples, the samples of a lane
    and their results."""
    return _everything()


@blueprint.post("/qa")
def draw() -> ResponseReturnValue:
    """Draw the sample of a past week that has none."""
    lane, week = request.form.get("lane", ""), request.form.get("week", "").strip()
    try:
        made = weekly_sample.draw_manually(session(), visitor().actor, lane, week, now())
    except (Invalid, Conflict) as refused:
        return _everything(refused)
    layout.flash_result("pass", "The sample is drawn", more="Whoever may review a second time finds it on this page.")
    return layout.back_to("quality.sample", sample_id=made)


@blueprint.get("/qa/<row:sample_id>")
def sample(sample_id: int) -> ResponseReturnValue:
    """One sample: how it was drawn, and the state of each of its drafts."""
    reading, policy, me = session(), policy_versions.current(session()), layout.actor(now())
    found = sample_queries.places(reading, QaPlace.sample_id == sample_id)
    open_ones = [one for one in found if sample_queries.may(policy, one, me)]
    told_twice = {one.place.id for one in open_ones} - {one.place.id for one in sample_queries.one_per_item(open_ones)}
    mine = [one for one in found if sample_queries.may_see(policy, one, me) and one.place.id not in told_twice]
    if not mine:
        raise NotFound()
    blind = bool(open_ones)
    return layout.page(
        "quality/sample.html", sample=mine[0].sample, places=mine, hidden=len(found) - len(mine), here=HERE,
        strata=None if blind else _strata(policy, mine[0].sample), me_may=partial(sample_queries.may, policy, actor=me),
        lane=policy.lane(mine[0].sample.lane), by=log_queries.actors(reading, [mine[0].sample.drawn_by]),
        gate=_gates(policy),
    )  # fmt: skip


@blueprint.get("/qa/reviews/<row:place_id>")
def place(place_id: int) -> ResponseReturnValue:
    """A draft for a second review; once that is done, both answers side by side."""
    return _place(place_id)


@blueprint.post("/qa/reviews/<row:place_id>")
def answer(place_id: int) -> ResponseReturnValue:
    """Submit the second review."""
    form = AnswerForm()
    typed = [
        second_review.FindingInput(request.form.get(f"finding-{number}", ""), _text(f"found-{number}"))
        for number in range(MOST_FOUND)
    ]
    said = second_review.Answer(
        form.action.data or "", form.reason_code.data or "", _text("text"),
        tuple(one for one in typed if one.category or one.text.strip()),
    )  # fmt: skip
    act = partial(second_review.review, session(), visitor().person_id, place_id, said, now())
    return _acted(act, "Recorded; now you see what was decided", "answer", form, place_id)


@blueprint.post("/qa/reviews/<row:place_id>/findings")
def find(place_id: int) -> ResponseReturnValue:
    """Add a finding."""
    form = FindingForm()
    said = second_review.FindingInput(form.category.data or "", _text("text"))
    act = partial(
        second_review.add_finding, session(), visitor().person_id, place_id, said, now(), form.exception.data or ""
    )
    return _acted(act, "The finding is recorded", "finding", form, place_id)


@blueprint.post("/qa/reviews/<row:place_id>/settlement")
def settle(place_id: int) -> ResponseReturnValue:
    """Settle the disagreement."""
    form = SettlementForm()
    said = form.verdict.data or "", _text("text")
    act = partial(second_review.settle, session(), visitor().person_id, place_id, *said, now())
    return _acted(act, "The dispute is settled", "settlement", form, place_id)


def _text(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n")


def _acted(act: Callable[[], int], says: str, which: str, form: Form, place_id: int) -> ResponseReturnValue:
    """Perform the act and show the page; a refusal keeps what was typed, at its form."""
    try:
        act()
    except (Invalid, Conflict, Forbidden) as refused:
        return _place(place_id, Refusal(which, form, refused, form.blame(refused)))
    layout.flash_result("pass", says, more="The log keeps it.", taken=f"{which}-place-{place_id}")
    return layout.back_to("quality.place", place_id=place_id)


def _everything(refused: DomainError | None = None) -> ResponseReturnValue:
    reading, policy, at = session(), policy_versions.current(session()), now()
    me = layout.actor(at)
    waits, disputes = sample_queries.waiting(reading, policy, me), sample_queries.disputes(reading, policy, me)
    context: dict[str, Any] = {"lane": None}
    if access.has_ability(me.roles, "read QA samples"):
        held = actors.effective_roles(me)
        lane = policy.lane(layout.query_arg("lane")) or policy.lane(policy.organisation.default_lane) or policy.lanes[0]
        context = {
            "lane": lane, "lanes": policy.lanes, "samples": sample_queries.samples(reading, lane.key),
            "figures": agreement.agreement_figures(reading, policy, lane.key, at),
            "standing": agreement.status(reading, lane.key, at), "weeks": agreement.WEEKS,
            "findings": [
                one
                for one in sample_queries.found_in(reading, lane.key)
                if access.sees_gate(policy.gate(one[2].lane, one[2].gate), held)
            ],
            "read": attention.lane_shares(reading, lane.key), "fewest": FEWEST,
            "last": weekly_sample.last_week(policy, lane.key, at).name,
        }  # fmt: skip
    sampling_of = policy.sampling(context["lane"].key if context["lane"] else policy.organisation.default_lane)
    return layout.page(
        "quality/all.html", refused.status if refused else 200, waits=waits, disputes=disputes, policy=policy,
        refused=refused, typed=request.form, rule_of=sampling_of, keep_days=policy.organisation.qa.keep_days,
        gate=_gates(policy), words=formatting, here=HERE, people=attention.FEWEST_PEOPLE, least=attention.FEWEST,
        **context,
    )  # fmt: skip


def _gates(policy: Policy) -> Callable[[str, str], str]:
    """What a lane's gate is called."""

    def called(lane: str, key: str) -> str:
        gate = policy.gate(lane, key)
        return gate.name if gate else key

    return called


def _strata(policy: Policy, found: QaSample) -> list[tuple[str, str, int, int]]:
    """(gate, outcome, how many there were, how many were drawn at random) of each stratum."""
    called = _gates(policy)
    rows = []
    for name, (there, drawn) in found.strata.items():
        gate, _, outcome = name.partition("/")
        rows.append((called(found.lane, gate), stratified_draw.OUTCOMES[outcome], there, drawn))
    return rows


def _place(place_id: int, refusal: Refusal | None = None) -> ResponseReturnValue:
    """The draft with the blind form, or both answers, or a message why neither; 404 for people who may read none of
    it."""
    reading, policy = session(), policy_versions.current(session())
    me, found = layout.actor(now()), sample_queries.one(reading, place_id)
    status = refusal.refused.status if refusal else 200
    if sample_queries.may_compare(policy, found, me):
        return _revealed(policy, found, me, refusal, status)
    if not sample_queries.role_of(policy, found, me) and not sample_queries.may_see(policy, found, me):
        raise NotFound()
    if found.review is not None or not sample_queries.may(policy, found, me):
        how = sample_queries.involvement(found.hands, me)
        return layout.page(
            "quality/waits.html", status, found=found, why=sample_queries.INVOLVEMENTS.get(how, ""),
            gate=_gates(policy),
            refusal=refusal, here=HERE,
        )  # fmt: skip
    form = refusal.form if refusal else AnswerForm(sent=False)
    _offer(form, policy, found)
    findings = [("", "Nothing"), *((one, web_formatting.capital(web_formatting.word(one))) for one in FINDINGS)]
    return layout.page(
        "quality/blind.html", status, form=form, refusal=refusal, room=range(MOST_FOUND), kinds=findings,
        typed=request.form, **_around(policy, found),
    )  # fmt: skip


def _offer(form: Form, policy: Policy, found: sample_queries.SampledDraft) -> None:
    """The acts, and the reasons of the gate, each with the acts it stands for."""
    choices(form["action"], [(act, ACTS[act].label) for act in ANSWERS])
    known: dict[str, tuple[str, list[str]]] = {}
    for act in ANSWERS:
        for reason in sample_queries.reasons(policy, found, act):
            known.setdefault(reason.code, (reason.label, []))[1].append(web_formatting.word(act))
    told = [(code, f"{label} ({', '.join(stands)})") for code, (label, stands) in known.items()]
    choices(form["reason_code"], [("", "Choose one"), *told])


def _around(policy: Policy, found: sample_queries.SampledDraft) -> dict[str, Any]:
    """What both pages need to show the draft as it was decided."""
    shown = sample_queries.blind_draft(session(), policy, found)
    draft, kind = shown.revision.draft, found.item.kind
    reading = draft_layout.shape(kind, draft)
    sections = draft_layout.sections(policy, draft, shown.checks) if reading == "packet" else []
    cited = {one.ref: one.number for one in reversed(shown.statements)}
    return {
        "found": found, "page": shown, "desk": shown, "item": found.item, "reading": reading, "draft": draft,
        "drafts": draft_layout, "sections": sections, "what": {}, "gate": _gates(policy), "here": HERE,
        "sources": sorted(shown.sources.items(), key=lambda held: cited.get(held[0], len(shown.statements) + 1)),
        "marks": Marks(draft, shown.statements, [place.at for section in sections for place in section.places]),
        "names": lambda at: draft_layout.labels(policy, kind, at),
    }  # fmt: skip


def _revealed(
    policy: Policy, found: sample_queries.SampledDraft, me: evaluation.Actor, refusal: Refusal | None, status: int
) -> ResponseReturnValue:
    review, settlement = found.review, found.settlement
    assert review is not None  # noqa: S101  (only then there is something to reveal)
    rows = sample_queries.findings(session(), [review.id])[review.id]
    people = {found.first.person_id, review.person_id, *(row.person_id for row in rows)}
    people |= {settlement.person_id} if settlement else set()
    adds, why = sample_queries.may_add_finding(policy, found, me), sample_queries.why_not_settle(policy, found, me)
    finding = refusal.form if refusal and refusal.which == "finding" else FindingForm(sent=False)
    choices(
        finding["category"],
        [("", "Choose one"), *((one, web_formatting.capital(web_formatting.word(one))) for one in FINDINGS)],
    )
    known = policy_versions.version(session(), found.item.policy_digest).exceptions
    opens = [(one.key, f"Yes; open an exception: {one.label}") for one in known.category]
    choices(finding["exception"], [("", "No, or it does not matter outside"), *opens])
    settling = refusal.form if refusal and refusal.which == "settlement" else SettlementForm(sent=False)
    choices(settling["verdict"], [(one, SAYS[one]) for one in VERDICTS])
    return layout.page(
        "quality/revealed.html", status, review=review, settlement=settlement, findings=rows, adds=adds,
        settles=found.disputed and not why, settles_not=why, finding=finding, settling=settling, refusal=refusal,
        people=log_queries.actors(session(), [Actor.person(one) for one in people]), says=SAYS,
        outcomes=stratified_draw.OUTCOMES, label=_labels(policy), went_out=found.item.state == "released",
        **_around(policy, found),
    )  # fmt: skip


def _labels(policy: Policy) -> Callable[[str], str]:
    known = {reason.code: reason.label for reason in policy.reasons}
    return lambda code: known.get(code, code)
