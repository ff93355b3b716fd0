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
from reviewqueue.measurement.stats.kappa import MIN_REVIEWED
from reviewqueue.people import access, actors
from reviewqueue.policy import evaluation, policy_versions
from reviewqueue.policy.model.policy import Policy
from reviewqueue.web import draft_layout, layout
from reviewqueue.web import formatting as web_formatting
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.forms import Form, select_field, set_choices
from reviewqueue.web.highlights import Marks

blueprint = layout.signed_in_blueprint("quality", __name__)
NAV_PATH = "/qa"
MAX_FINDINGS = 3  # findings that the blind form has room for; more can be added after it
VERDICT_TEXT = {"first": "The first was right", "second": "The second was right", "both": "Both can be defended"}


class AnswerForm(Form):
    """A second review: what this person would have decided."""

    action = RadioField("What you would have decided", validate_choice=False, choices=[])
    reason_code = select_field("Reason")
    text = TextAreaField("Why")


class FindingForm(Form):
    """A finding, and, where the draft went out, the exception it opens."""

    category = select_field("What kind")
    text = TextAreaField("What you found")
    exception = select_field("It went out, and was wrong")


class SettlementForm(Form):
    """Who was right."""

    verdict = RadioField("Who was right", validate_choice=False, choices=[])
    text = TextAreaField("Why")


@dataclass(frozen=True)
class RefusedForm:
    """A POST that was refused: which form, as it was sent, with the errors beside its fields."""

    form_name: str
    form: Form
    refused: DomainError
    unplaced: list[tuple[str, str]]


@blueprint.get("/qa")
def everything() -> ResponseReturnValue:
    """The drafts that wait for this person's second review; and for those who read QA samples, the samples of a lane
    and their results."""
    return _render_overview()


@blueprint.post("/qa")
def draw() -> ResponseReturnValue:
    """Draw the sample of a past week that has none."""
    lane, week = request.form.get("lane", ""), request.form.get("week", "").strip()
    try:
        made = weekly_sample.draw_manually(session(), visitor().actor, lane, week, now())
    except (Invalid, Conflict) as refused:
        return _render_overview(refused)
    layout.flash_result("pass", "The sample is drawn", more="Whoever may review a second time finds it on this page.")
    return layout.back_to("quality.sample", sample_id=made)


@blueprint.get("/qa/<row:sample_id>")
def sample(sample_id: int) -> ResponseReturnValue:
    """One sample: how it was drawn, and the state of each of its drafts."""
    reading, policy, me = session(), policy_versions.current(session()), layout.actor(now())
    found = sample_queries.sampled_drafts(reading, QaPlace.sample_id == sample_id)
    open_ones = [one for one in found if sample_queries.may_review(policy, one, me)]
    duplicates = {one.place.id for one in open_ones} - {one.place.id for one in sample_queries.one_per_item(open_ones)}
    mine = [one for one in found if sample_queries.may_see(policy, one, me) and one.place.id not in duplicates]
    if not mine:
        raise NotFound()
    blind = bool(open_ones)
    return layout.page(
        "qa/sample.html",
        sample=mine[0].sample,
        places=mine,
        hidden=len(found) - len(mine),
        here=NAV_PATH,
        strata=None if blind else _stratum_rows(policy, mine[0].sample),
        me_may=partial(sample_queries.may_review, policy, actor=me),
        lane=policy.lane(mine[0].sample.lane),
        by=log_queries.actors(reading, [mine[0].sample.drawn_by]),
        gate=_gate_names(policy),
    )


@blueprint.get("/qa/reviews/<row:place_id>")
def place(place_id: int) -> ResponseReturnValue:
    """A draft for a second review; once that is done, both answers side by side."""
    return _render_place(place_id)


@blueprint.post("/qa/reviews/<row:place_id>")
def answer(place_id: int) -> ResponseReturnValue:
    """Submit the second review."""
    form = AnswerForm()
    typed = [
        second_review.FindingInput(request.form.get(f"finding-{number}", ""), _form_text(f"found-{number}"))
        for number in range(MAX_FINDINGS)
    ]
    second_answer = second_review.SecondAnswer(
        form.action.data or "", form.reason_code.data or "", _form_text("text"),
        tuple(one for one in typed if one.category or one.text.strip()),
    )  # fmt: skip
    act = partial(second_review.review, session(), visitor().person_id, place_id, second_answer, now())
    return _perform(act, "Recorded; now you see what was decided", "answer", form, place_id)


@blueprint.post("/qa/reviews/<row:place_id>/findings")
def find(place_id: int) -> ResponseReturnValue:
    """Add a finding."""
    form = FindingForm()
    finding = second_review.FindingInput(form.category.data or "", _form_text("text"))
    act = partial(
        second_review.add_finding, session(), visitor().person_id, place_id, finding, now(), form.exception.data or ""
    )
    return _perform(act, "The finding is recorded", "finding", form, place_id)


@blueprint.post("/qa/reviews/<row:place_id>/settlement")
def settle(place_id: int) -> ResponseReturnValue:
    """Settle the disagreement."""
    form = SettlementForm()
    said = form.verdict.data or "", _form_text("text")
    act = partial(second_review.settle, session(), visitor().person_id, place_id, *said, now())
    return _perform(act, "The dispute is settled", "settlement", form, place_id)


def _form_text(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n")


def _perform(act: Callable[[], int], says: str, form_name: str, form: Form, place_id: int) -> ResponseReturnValue:
    """Perform the act and show the page; a refusal keeps what was typed, at its form."""
    try:
        act()
    except (Invalid, Conflict, Forbidden) as refused:
        return _render_place(place_id, RefusedForm(form_name, form, refused, form.add_faults(refused)))
    layout.flash_result("pass", says, more="The log keeps it.", taken=f"{form_name}-place-{place_id}")
    return layout.back_to("quality.place", place_id=place_id)


def _render_overview(refused: DomainError | None = None) -> ResponseReturnValue:
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
                for one in sample_queries.findings_of_lane(reading, lane.key)
                if access.sees_gate(policy.gate(one[2].lane, one[2].gate), held)
            ],
            "read": attention.lane_shares(reading, lane.key), "fewest": MIN_REVIEWED,
            "last": weekly_sample.last_week(policy, lane.key, at).name,
        }  # fmt: skip
    sampling_of = policy.sampling(context["lane"].key if context["lane"] else policy.organisation.default_lane)
    return layout.page(
        "qa/samples.html",
        refused.status if refused else 200,
        waits=waits,
        disputes=disputes,
        policy=policy,
        refused=refused,
        typed=request.form,
        rule_of=sampling_of,
        keep_days=policy.organisation.qa.keep_days,
        gate=_gate_names(policy),
        words=formatting,
        here=NAV_PATH,
        people=attention.MIN_PEOPLE,
        least=attention.MIN_DECISIONS,
        **context,
    )


def _gate_names(policy: Policy) -> Callable[[str, str], str]:
    """What a lane's gate is called."""

    def called(lane: str, key: str) -> str:
        gate = policy.gate(lane, key)
        return gate.name if gate else key

    return called


def _stratum_rows(policy: Policy, found: QaSample) -> list[tuple[str, str, int, int]]:
    """(gate, outcome, how many there were, how many were drawn at random) of each stratum."""
    called = _gate_names(policy)
    rows = []
    for name, (there, drawn) in found.strata.items():
        gate, _, outcome = name.partition("/")
        rows.append((called(found.lane, gate), stratified_draw.OUTCOMES[outcome], there, drawn))
    return rows


def _render_place(place_id: int, refusal: RefusedForm | None = None) -> ResponseReturnValue:
    """The draft with the blind form, or both answers, or a message why neither; 404 for people who may read none of
    it."""
    reading, policy = session(), policy_versions.current(session())
    me, sampled = layout.actor(now()), sample_queries.sampled_draft(reading, place_id)
    status = refusal.refused.status if refusal else 200
    if sample_queries.may_compare(policy, sampled, me):
        return _render_revealed(policy, sampled, me, refusal, status)
    if not sample_queries.role_of(policy, sampled, me) and not sample_queries.may_see(policy, sampled, me):
        raise NotFound()
    if sampled.review is not None or not sample_queries.may_review(policy, sampled, me):
        how = sample_queries.involvement(sampled.people_involved, me)
        return layout.page(
            "qa/not_decided.html", status, found=sampled, why=sample_queries.INVOLVEMENTS.get(how, ""),
            gate=_gate_names(policy),
            refusal=refusal, here=NAV_PATH,
        )  # fmt: skip
    form = refusal.form if refusal else AnswerForm(sent=False)
    _fill_form(form, policy, sampled)
    findings = [("", "Nothing"), *((one, web_formatting.capital(web_formatting.word(one))) for one in FINDINGS)]
    return layout.page(
        "qa/blind_review.html", status, form=form, refusal=refusal, room=range(MAX_FINDINGS), kinds=findings,
        typed=request.form, **_draft_variables(policy, sampled),
    )  # fmt: skip


def _fill_form(form: Form, policy: Policy, sampled: sample_queries.SampledDraft) -> None:
    """The acts, and the reasons of the gate, each with the acts it stands for."""
    set_choices(form["action"], [(act, ACTS[act].label) for act in ANSWERS])
    known: dict[str, tuple[str, list[str]]] = {}
    for act in ANSWERS:
        for reason in sample_queries.reasons(policy, sampled, act):
            known.setdefault(reason.code, (reason.label, []))[1].append(web_formatting.word(act))
    options = [(code, f"{label} ({', '.join(stands)})") for code, (label, stands) in known.items()]
    set_choices(form["reason_code"], [("", "Choose one"), *options])


def _draft_variables(policy: Policy, sampled: sample_queries.SampledDraft) -> dict[str, Any]:
    """What both pages need to show the draft as it was decided."""
    blind_draft = sample_queries.blind_draft(session(), policy, sampled)
    draft, kind = blind_draft.revision.draft, sampled.item.kind
    reading = draft_layout.shape(kind, draft)
    sections = draft_layout.sections(policy, draft, blind_draft.checks) if reading == "packet" else []
    cited = {one.ref: one.number for one in reversed(blind_draft.statements)}
    return {
        "found": sampled,
        "page": blind_draft,
        "context": blind_draft,
        "item": sampled.item,
        "reading": reading,
        "draft": draft,
        "drafts": draft_layout,
        "sections": sections,
        "what": {},
        "gate": _gate_names(policy),
        "here": NAV_PATH,
        "sources": sorted(
            blind_draft.sources.items(), key=lambda held: cited.get(held[0], len(blind_draft.statements) + 1)
        ),
        "marks": Marks(draft, blind_draft.statements, [place.at for section in sections for place in section.places]),
        "names": lambda at: draft_layout.labels(policy, kind, at),
    }


def _render_revealed(
    policy: Policy, sampled: sample_queries.SampledDraft, me: evaluation.Actor, refusal: RefusedForm | None, status: int
) -> ResponseReturnValue:
    review, settlement = sampled.review, sampled.settlement
    assert review is not None  # noqa: S101  (only then there is something to reveal)
    rows = sample_queries.findings(session(), [review.id])[review.id]
    people = {sampled.first.person_id, review.person_id, *(row.person_id for row in rows)}
    people |= {settlement.person_id} if settlement else set()
    may_add, why = (
        sample_queries.may_add_finding(policy, sampled, me),
        sample_queries.why_not_settle(policy, sampled, me),
    )
    finding = refusal.form if refusal and refusal.form_name == "finding" else FindingForm(sent=False)
    set_choices(
        finding["category"],
        [("", "Choose one"), *((one, web_formatting.capital(web_formatting.word(one))) for one in FINDINGS)],
    )
    known = policy_versions.version(session(), sampled.item.policy_digest).exceptions
    opens = [(one.key, f"Yes; open an exception: {one.label}") for one in known.category]
    set_choices(finding["exception"], [("", "No, or it does not matter outside"), *opens])
    settling = refusal.form if refusal and refusal.form_name == "settlement" else SettlementForm(sent=False)
    set_choices(settling["verdict"], [(one, VERDICT_TEXT[one]) for one in VERDICTS])
    return layout.page(
        "qa/review.html", status, review=review, settlement=settlement, findings=rows, adds=may_add,
        settles=sampled.disputed and not why, settles_not=why, finding=finding, settling=settling, refusal=refusal,
        people=log_queries.actors(session(), [Actor.person(one) for one in people]), says=VERDICT_TEXT,
        outcomes=stratified_draw.OUTCOMES, label=_reason_labels(policy), went_out=sampled.item.state == "released",
        **_draft_variables(policy, sampled),
    )  # fmt: skip


def _reason_labels(policy: Policy) -> Callable[[str], str]:
    known = {reason.code: reason.label for reason in policy.reasons}
    return lambda code: known.get(code, code)
