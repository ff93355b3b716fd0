"""Onboardings: the board of all of them, and one onboarding with its drafts and milestones and the acts on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from reviewqueue.audit.events import Actor
from reviewqueue.connectors import received_mail
from reviewqueue.core.errors import Conflict, Invalid
from reviewqueue.db.tables.people import Person
from reviewqueue.evidence import corrected_fields
from reviewqueue.exceptions import case_queries
from reviewqueue.onboarding import board as onboarding_board
from reviewqueue.onboarding import (
    crm_owners,
    customer_answers,
    draft_jobs,
    milestones,
    onboardings,
    replies,
    ways_on,
)
from reviewqueue.onboarding import owner as onboarding_owner
from reviewqueue.onboarding.customer_answers import CustomerAnswer
from reviewqueue.people import access, actors, directory, visibility
from reviewqueue.policy import policy_versions
from reviewqueue.web import layout
from reviewqueue.web.extensions import now, session, visitor

blueprint = layout.signed_in_blueprint("onboardings", __name__)


@blueprint.get("/onboardings")
def board() -> ResponseReturnValue:
    """The onboardings of the lanes this person sees, newest first, with the drafts they may see."""
    return _render_board()


@blueprint.post("/onboardings/<row:onboarding_id>/owner")
def owner(onboarding_id: int) -> ResponseReturnValue:
    """Set the owner of the account, from the board or the onboarding's own page. A refusal keeps what was typed."""
    to, reason = layout.row_id(request.form.get("owner", "")), request.form.get("reason", "")
    own_page, form = request.form.get("from") == "onboarding", f"owner-{onboarding_id}"
    try:
        onboarding_owner.set_owner(session(), visitor().person_id, onboarding_id, to, reason, now())
    except Invalid as refused:
        says = ". ".join(fault.message for fault in refused.faults) or refused.says
        answer = {"wrong": form, "says": says, "typed": reason, "chosen": to}
        if own_page:
            return _render_onboarding(onboarding_id, refused.status, **answer)
        return _render_board(refused.status, **answer)
    layout.flash_result(
        "pass",
        "The account has its owner",
        more="The log keeps your reason. Open drafts that lack the name are drafted again on the onboarding's page.",
        taken=form,
    )
    if own_page:
        return layout.back_to("onboardings.one", onboarding_id=onboarding_id)
    return layout.back_to("onboardings.board", _anchor=f"onboarding-{onboarding_id}")


@blueprint.post("/onboardings/<row:onboarding_id>/crm-owner")
def crm_owner(onboarding_id: int) -> ResponseReturnValue:
    """Say who the owner is whom the CRM names by an id. A refusal keeps what was typed, at its field."""
    typed = {name: request.form.get(name, "") for name in ("name", "email")}
    try:
        kept = crm_owners.name(session(), visitor().person_id, onboarding_id, typed["name"], typed["email"], now())
    except Invalid as refused:
        says = {fault.at[1:]: fault.message for fault in refused.faults}
        return _render_onboarding(onboarding_id, refused.status, wrong="crm-owner", owner_says=says, owner_typed=typed)
    except Conflict as moved:
        layout.flash_result("warn", "Nothing was changed", more=moved.says)
    else:
        more = (
            "Every onboarding of this owner has the name from now on; open drafts have it once they are drafted again."
        )
        layout.flash_result("pass", f"Owner {kept.id} is {kept.name}", more=more, taken="crm-owner")
    return layout.back_to("onboardings.one", onboarding_id=onboarding_id)


@blueprint.post("/onboardings/<row:onboarding_id>/points/<field>")
def customer_answer(onboarding_id: int, field: str) -> ResponseReturnValue:
    """Write down what the customer said to an open point. A refusal keeps what was typed, at its field."""
    typed = {name: request.form.get(name, "") for name in ("words", "said_by", "said_on")}
    said = CustomerAnswer(typed["words"].replace("\r\n", "\n"), typed["said_by"], typed["said_on"])
    try:
        customer_answers.record(session(), visitor().person_id, onboarding_id, field, said, now())
    except Invalid as refused:
        says = {fault.at[1:]: fault.message for fault in refused.faults}
        told = {"point_says": says, "point_typed": typed}
        return _render_onboarding(onboarding_id, refused.status, wrong=f"point-{field}", **told)
    except Conflict as moved:
        layout.flash_result("warn", "Nothing was changed", more=moved.says)
    else:
        more = "It is a record in your name. Drafts that were missing it cite it once they are drafted again."
        layout.flash_result("pass", "The customer’s answer is kept", more=more, taken=f"point-{field}")
    return layout.back_to("onboardings.one", onboarding_id=onboarding_id)


@blueprint.post("/onboardings/<row:onboarding_id>/replies")
def reply(onboarding_id: int) -> ResponseReturnValue:
    """Keep an e-mail of the customer that this person brings in."""
    sent = request.files.get("file")
    data = sent.read(received_mail.LARGEST + 1) if sent else b""
    act = partial(replies.keep, session(), Actor.person(visitor().person_id), onboarding_id, data, now())
    return _perform(
        onboarding_id, "reply", act, ("The reply is kept", "It is a record of this onboarding in your name.")
    )


@blueprint.get("/onboardings/<row:onboarding_id>")
def one(onboarding_id: int) -> ResponseReturnValue:
    """One onboarding: its drafts by gate, the drafts that are due, and its milestones."""
    return _render_onboarding(onboarding_id)


@blueprint.post("/onboardings/<row:onboarding_id>/milestones/<row:milestone_id>/reach")
def reach(onboarding_id: int, milestone_id: int) -> ResponseReturnValue:
    """Record the evidence that a milestone is reached."""
    proof, reason = request.form.get("proof", ""), request.form.get("reason", "")
    act = partial(milestones.reach, session(), visitor().person_id, milestone_id, proof, now(), reason)
    told = "The evidence is recorded", "What follows from it is drafted now, and waits at its gate."
    return _perform(onboarding_id, f"reach-{milestone_id}", act, told, proof, reason)


@blueprint.post("/onboardings/<row:onboarding_id>/milestones/<row:milestone_id>/reopen")
def reopen(onboarding_id: int, milestone_id: int) -> ResponseReturnValue:
    """Reopen a reached milestone, with a reason."""
    reason = request.form.get("reason", "")
    act = partial(milestones.reopen, session(), visitor().person_id, milestone_id, reason, now())
    told = "The milestone is open again", "The log keeps the evidence as it was, and your reason."
    return _perform(onboarding_id, f"reopen-{milestone_id}", act, told, reason)


@blueprint.post("/onboardings/<row:onboarding_id>/draftings")
def ask(onboarding_id: int) -> ResponseReturnValue:
    """Ask for one of the drafts that are written only on request."""
    template = request.form.get("template", "")
    act = partial(draft_jobs.ask, session(), visitor().person_id, onboarding_id, template, now())
    told = "It is drafted now", "It stands under “To be drafted” until it waits at its gate. Reload in a moment."
    return _perform(onboarding_id, "ask-draft", act, told)


@blueprint.post("/onboardings/<row:onboarding_id>/draftings/<row:drafting_id>/retry")
def retry(onboarding_id: int, drafting_id: int) -> ResponseReturnValue:
    """Try a draft job again now."""
    act = partial(draft_jobs.retry, session(), visitor().person_id, drafting_id, now())
    return _perform(onboarding_id, f"retry-{drafting_id}", act, ("It is drafted again now", "Reload in a moment."))


@blueprint.post("/onboardings/<row:onboarding_id>/draftings/<row:drafting_id>/give-up")
def give_up(onboarding_id: int, drafting_id: int) -> ResponseReturnValue:
    """Give up a draft job that does not succeed, with a reason."""
    reason = request.form.get("reason", "")
    act = partial(draft_jobs.give_up, session(), visitor().person_id, drafting_id, reason, now())
    told = "Given up", "It stays on the list, and the log keeps your reason."
    return _perform(onboarding_id, f"give-up-{drafting_id}", act, told, reason)


def _perform(
    onboarding_id: int, form: str, act: Callable[[], int], messages: tuple[str, str], typed: str = "", reason: str = ""
) -> ResponseReturnValue:
    """Perform the act and go back to the page; a refusal keeps what was typed, at its form."""
    try:
        act()
    except Invalid as refused:
        says = ". ".join(fault.message for fault in refused.faults) or refused.says
        ahead = refused.says if form.startswith("reach") and any(one.at == "/reason" for one in refused.faults) else ""
        told = {"says": says, "typed": typed, "reason": reason, "ahead": ahead}
        return _render_onboarding(onboarding_id, refused.status, wrong=form, **told)
    except Conflict as moved:
        layout.flash_result("warn", "Nothing was changed", more=moved.says)
    else:
        layout.flash_result("pass", messages[0], more=messages[1], taken=form)
    return layout.back_to("onboardings.one", onboarding_id=onboarding_id)


def _render_onboarding(onboarding_id: int, status: int = 200, **answer: Any) -> ResponseReturnValue:
    page = onboardings.load_page(session(), onboarding_id, visitor().person_id, now())
    corrected = corrected_fields.counts(session(), [item for stage in page.stages for item in stage.items])
    everybody, _ = directory.people(session(), now())
    return layout.page(
        "onboardings/onboarding.html", status, page=page, corrected=corrected, answer=answer, here="/onboardings",
        entry=onboardings.entry(session(), page, _names(everybody), now()), owners=_owners(everybody),
        comes_next=lambda choice: ways_on.told(page.policy, choice),
    )  # fmt: skip


def _names(everybody: Sequence[Person]) -> dict[int, str]:
    """Everybody's name by id, as the board says whom it waits for."""
    return {one.id: one.name if one.disabled_at is None else f"nobody (was {one.name})" for one in everybody}


def _owners(everybody: Sequence[Person]) -> list[Person]:
    """Those who may own an account."""
    return [one for one in everybody if not one.disabled_at and access.has_ability(one.roles, "own an account")]


def _render_board(status: int = 200, **answer: Any) -> ResponseReturnValue:
    reading, at = session(), now()
    policy = policy_versions.current(reading)
    me = layout.actor(at)
    lanes = access.visible_lanes(policy, actors.effective_roles(me))
    wanted, customer = layout.query_arg("lane"), layout.query_arg("customer")
    shown_lanes = {wanted} & lanes if wanted else lanes
    listed, items = onboardings.onboardings(reading, shown_lanes, customer, layout.page_position())
    found = [onboarding for (onboarding,) in listed.rows]
    visible_gates = visibility.visible_items(reading, [item.id for held in items.values() for item in held], me)
    shown = {key: [item for item in held if item.id in visible_gates] for key, held in items.items()}
    everybody, _ = directory.people(reading, at)
    names = _names(everybody)
    holding = case_queries.blocking(reading, items)
    runs_shown = onboarding_board.load_entries(reading, policy, found, items, holding, names, at)
    return layout.page(
        "onboardings/board.html", status, onboardings=found, items=shown, listed=listed, policy=policy,
        lanes=sorted(lanes), lane=wanted, customer=customer, here="/onboardings", answer=answer, names=names,
        runs=runs_shown, places=onboarding_board.waiting_places(runs_shown), holding=holding,
        leads=lambda case: case_queries.sees(policy, case, me),
        owners=_owners(everybody),
    )  # fmt: skip
