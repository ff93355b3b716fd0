"""Onboardings: the command board of every customer's run; one run with its milestones, and the acts on them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from reviewqueue import access, assignments, cases, desk, draftings, milestones, pages, policies, runs
from reviewqueue import board as command
from reviewqueue.refusals import Invalid, Moved
from reviewqueue.web import frame
from reviewqueue.web.extensions import now, session, visitor

blueprint = frame.room("onboardings", __name__)


@blueprint.get("/onboardings")
def board() -> ResponseReturnValue:
    """The onboardings of the lanes this person sees, newest first, with the drafts they may see."""
    return _board()


@blueprint.post("/onboardings/<row:onboarding_id>/owner")
def owner(onboarding_id: int) -> ResponseReturnValue:
    """Say whose account it is. A refusal keeps what was typed, at its row."""
    to, reason = frame.row(request.form.get("owner", "")), request.form.get("reason", "")
    try:
        assignments.set_owner(session(), visitor().person_id, onboarding_id, to, reason, now())
    except Invalid as refused:
        says = ". ".join(fault.message for fault in refused.faults) or refused.says
        return _board(refused.status, wrong=onboarding_id, says=says, typed=reason, chosen=to)
    frame.told("pass", "The account has its owner", more="The log keeps your reason.", taken=f"owner-{onboarding_id}")
    return frame.back_to("onboardings.board", _anchor=f"onboarding-{onboarding_id}")


@blueprint.get("/onboardings/<row:onboarding_id>")
def one(onboarding_id: int) -> ResponseReturnValue:
    """One onboarding: its drafts by gate, what is to be drafted, and its milestones."""
    return _one(onboarding_id)


@blueprint.post("/onboardings/<row:onboarding_id>/milestones/<row:milestone_id>/reach")
def reach(onboarding_id: int, milestone_id: int) -> ResponseReturnValue:
    """Record what shows that a milestone is reached."""
    proof = request.form.get("proof", "")
    act = partial(milestones.reach, session(), visitor().person_id, milestone_id, proof, now())
    told = "The evidence is recorded", "What follows from it is drafted now, and waits at its gate."
    return _acted(onboarding_id, f"reach-{milestone_id}", act, told, proof)


@blueprint.post("/onboardings/<row:onboarding_id>/milestones/<row:milestone_id>/reopen")
def reopen(onboarding_id: int, milestone_id: int) -> ResponseReturnValue:
    """Take back that a milestone is reached, with a reason."""
    reason = request.form.get("reason", "")
    act = partial(milestones.reopen, session(), visitor().person_id, milestone_id, reason, now())
    told = "The milestone is open again", "The log keeps the evidence as it was, and your reason."
    return _acted(onboarding_id, f"reopen-{milestone_id}", act, told, reason)


@blueprint.post("/onboardings/<row:onboarding_id>/draftings")
def ask(onboarding_id: int) -> ResponseReturnValue:
    """Have one of the drafts written that are written only when somebody asks."""
    template = request.form.get("template", "")
    act = partial(draftings.ask, session(), visitor().person_id, onboarding_id, template, now())
    told = "It is drafted now", "It stands under “To be drafted” until it waits at its gate. Reload in a moment."
    return _acted(onboarding_id, "ask-draft", act, told)


@blueprint.post("/onboardings/<row:onboarding_id>/draftings/<row:drafting_id>/retry")
def retry(onboarding_id: int, drafting_id: int) -> ResponseReturnValue:
    """Draft it again now."""
    act = partial(draftings.retry, session(), visitor().person_id, drafting_id, now())
    return _acted(onboarding_id, f"retry-{drafting_id}", act, ("It is drafted again now", "Reload in a moment."))


@blueprint.post("/onboardings/<row:onboarding_id>/draftings/<row:drafting_id>/give-up")
def give_up(onboarding_id: int, drafting_id: int) -> ResponseReturnValue:
    """Give a draft up that does not come about, with a reason."""
    reason = request.form.get("reason", "")
    act = partial(draftings.give_up, session(), visitor().person_id, drafting_id, reason, now())
    told = "Given up", "It stays on the list, and the log keeps your reason."
    return _acted(onboarding_id, f"give-up-{drafting_id}", act, told, reason)


def _acted(
    onboarding_id: int, form: str, act: Callable[[], int], told: tuple[str, str], typed: str = ""
) -> ResponseReturnValue:
    """Do it and go back to the page; a refusal keeps what was typed, at its form."""
    try:
        act()
    except Invalid as refused:
        says = ". ".join(fault.message for fault in refused.faults) or refused.says
        return _one(onboarding_id, refused.status, wrong=form, says=says, typed=typed)
    except Moved as moved:
        frame.told("warn", "Nothing was changed", more=moved.says)
    else:
        frame.told("pass", told[0], more=told[1], taken=form)
    return frame.back_to("onboardings.one", onboarding_id=onboarding_id)


def _one(onboarding_id: int, status: int = 200, **answer: Any) -> ResponseReturnValue:
    page = runs.whole(session(), onboarding_id, visitor().person_id, now())
    return frame.page("onboardings/run.html", status, page=page, answer=answer, here="/onboardings")


def _board(status: int = 200, **answer: Any) -> ResponseReturnValue:
    reading, at = session(), now()
    policy = policies.current(reading)
    me = frame.actor(at)
    mine = set(access.desks(policy, desk.roles_of(me)))
    lanes = access.lanes(policy, desk.roles_of(me))
    wanted, customer = frame.asked("lane"), frame.asked("customer")
    narrowed = {wanted} & lanes if wanted else lanes
    listed, items = pages.onboardings(reading, narrowed, customer, frame.place())
    found = [run for (run,) in listed.rows]
    shown = {key: [item for item in held if (item.lane, item.gate) in mine] for key, held in items.items()}
    everybody, _ = pages.people(reading, at)
    names = {one.id: one.name for one in everybody}
    holding = cases.holding(reading, items)
    runs_shown = command.read(reading, policy, found, items, holding, names, at)
    return frame.page(
        "onboardings/board.html", status, onboardings=found, items=shown, listed=listed, policy=policy,
        lanes=sorted(lanes), lane=wanted, customer=customer, here="/onboardings", answer=answer, names=names,
        runs=runs_shown, places=command.places(runs_shown), holding=holding,
        leads=lambda case: cases.sees(policy, case, me),
        open_ones=[one for one in everybody if not one.disabled_at],
    )  # fmt: skip
