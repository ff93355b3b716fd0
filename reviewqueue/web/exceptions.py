"""Exceptions: the inbox, one exception with its conversation and its items, and the acts a person has with it."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, RadioField, StringField, TextAreaField

from reviewqueue import cases, casework, desk, exceptions, pages, policies, resolving, responses, sight, stalls
from reviewqueue.cases import CasePage, Filters
from reviewqueue.policy import judging
from reviewqueue.records.exceptions import ExceptionCase
from reviewqueue.records.people import ROLES
from reviewqueue.refusals import Invalid, Moved, NotAllowed, NotThere, Refused
from reviewqueue.web import frame
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.forms import Form, choices, chosen_if_only, pick
from reviewqueue.web.words import capital, word

blueprint = frame.room("exceptions", __name__)
NARROWED = ("category", "lane", "customer")
TITLES = {"mine": "Mine", "open": "All open", "overdue": "Overdue", "resolved": "Resolved"}
DONE = {
    "respond": ("The first response is recorded", "The clock of the resolution runs on."),
    "note": ("Your note is there", "Whoever works on it reads it."),
    "move": ("It has another owner", "The log keeps your reason."),
    "pause": ("The clock stands still", "Nothing is overdue until somebody lets it run again."),
    "resume": ("The clock runs again", "What was not due yet is due later by the time it stood still."),
}
WAITS = [("waiting_for_customer", "the customer"), ("waiting_for_sales", "sales")]
OUTCOMES = [
    ("back_to_gate", "Back to the gate: what was escalated waits for its reviewers again"),
    ("rejected", "Rejected: the open items are rejected, as far as you may reject them"),
    ("decided_here", "Decided here: the items stay as they are"),
]
ENDS = {**dict(OUTCOMES), stalls.ENDED: "By itself: the items are decided, or can be decided again"}
TEXTS = {
    "respond": "What is done about it first",
    "note": "Note",
    "move": "Why it moves",
    "pause": "What has to come, and who asked",
    "resume": "What came of the wait",
    "resolve": "How it is resolved",
}


class ActForm(Form):
    """What a person does with an exception."""

    text = TextAreaField("Words")
    to = pick("New owner")
    waits = pick("Whom it waits for")
    outcome = RadioField("What happens to the items", validate_choice=False, choices=[])
    reason_code = pick("Reason for rejecting")
    starts = BooleanField("Start a draft from it", default=True)


class OpenForm(Form):
    """A new exception."""

    category = pick("What is in the way")
    summary = StringField("In one line")
    text = TextAreaField("What you know")


@blueprint.get("/exceptions")
def inbox() -> ResponseReturnValue:
    """One page of the exceptions this person may see, narrowed by what the address says."""
    reading, at = session(), now()
    view: cases.View = next((one for one in cases.VIEWS if one == request.args.get("view")), "mine")
    narrow = {name: frame.asked(name) for name in NARROWED}
    filters = Filters(view, **narrow)
    listed = cases.page(reading, frame.actor(at), filters, frame.place("after", str), at)
    policy = policies.current(reading)
    return frame.page(
        "exceptions/inbox.html", listed=listed, filters=filters, titles=TITLES, policy=policy,
        query={name: value for name, value in narrow.items() if value}, here="/exceptions", until=until,
    )  # fmt: skip


def until(case: ExceptionCase) -> Any:
    """When its next clock runs out: of the first response while there is none, else of the resolution."""
    return case.respond_by if case.state == "open" else case.due_at


@blueprint.get("/exceptions/<row:case_id>")
def one(case_id: int) -> ResponseReturnValue:
    """One exception."""
    return _case(case_id)


@blueprint.post("/exceptions/<row:case_id>/<act>")
def act(case_id: int, act: str) -> ResponseReturnValue:
    """Do something with it; a refusal shows the page again with what was typed."""
    if act not in cases.ACTS:
        raise NotThere()
    form = ActForm()
    try:
        _done(case_id, act, form)
    except (Invalid, Moved, NotAllowed) as refused:
        return _case(case_id, act, form, refused)
    return frame.back_to("exceptions.one", case_id=case_id)


def _done(case_id: int, act: str, form: ActForm) -> None:
    me, at, text = visitor().person_id, now(), form.text.data or ""
    seen = frame.row(request.form.get("seen", ""))
    if act == "resolve":
        said = resolving.Resolution(form.outcome.data or "", text, form.reason_code.data or "", _drafts(request.form))
        _ended(case_id, resolving.resolve(session(), me, case_id, said, at, seen))
        return
    if act == "respond":
        starts = bool(form.starts.data)
        _answered(case_id, casework.respond(session(), me, case_id, text, at, seen, starts=starts))
        return
    if act == "note":
        casework.note(session(), me, case_id, text, at)
    elif act == "move":
        casework.move(session(), me, case_id, form.to.data or "", text, at, seen)
    elif act == "pause":
        casework.pause(session(), me, case_id, form.waits.data or "", text, at, seen)
    else:
        casework.resume(session(), me, case_id, text, at, seen)
    says, more = DONE[act]
    frame.told("pass", says, more=more, taken=f"{act}-exception-{case_id}")


def _answered(case_id: int, started: int | None) -> None:
    """Say that it is answered, and what that started."""
    says, more = DONE["respond"]
    if started is not None:
        more = f"Item #{started} is started from it: it waits at its gate, for somebody else to decide. {more}"
    frame.told("pass", says, more=more, taken=f"respond-exception-{case_id}")


def _ended(case_id: int, ended: resolving.Ended) -> None:
    """Say that it is resolved, and of each item that stayed where it was, why."""
    moved = len(ended.moved)
    more = f"{moved} {'item' if moved == 1 else 'items'} moved." if moved else ""
    stayed = "; ".join(f"item {item_id} stayed: {why}" for item_id, why in ended.stayed.items())
    more = f"{more} {capital(stayed)}." if stayed else more
    frame.told("pass", "The exception is resolved", more=more.replace("..", "."), taken=f"resolve-exception-{case_id}")


def _drafts(form: MultiDict[str, str]) -> dict[int, sight.Seen]:
    """The digests of each item's draft that were on the page."""
    split = [one.split(":") for one in form.getlist("draft")]
    return {frame.row(one[0]): sight.Seen(one[1], one[2], one[3]) for one in split if len(one) == 4}


def _case(
    case_id: int, act: str = "", form: ActForm | None = None, refused: Refused | None = None
) -> ResponseReturnValue:
    page = cases.whole(session(), case_id, visitor().person_id, now())
    homeless = form.blame(refused) if form and refused else []
    if form:
        form.text.label.text = TEXTS.get(act, form.text.label.text)
    forms = {name: _offer(page, form if name == act and form else ActForm(sent=False)) for name in page.acts}
    actors = pages.actors(session(), {note.actor for note in page.notes} | {page.case.opened_by})
    return frame.page(
        "exceptions/case.html", refused.status if refused else 200, page=page, forms=forms, refused=refused, act=act,
        homeless=homeless, typed=(form.text.data or "") if form else "", actors=actors, until=until, texts=TEXTS,
        settled=judging.SETTLED, outcomes=ENDS, here="/exceptions", starts=responses.started_by(session(), page.case),
    )  # fmt: skip


def _offer(page: CasePage, form: ActForm) -> ActForm:
    there = [person for person in page.people.values() if not person.disabled_at and set(person.roles) != {"auditor"}]
    others = [(f"person:{one.id}", one.name) for one in there if one.id != page.case.owner_id]
    roles = [(f"role:{role}", f"the next {word(role)}") for role in ROLES if role not in ("auditor", "admin")]
    chosen_if_only(form.to, [*others, *roles])
    choices(form.waits, WAITS)
    waits = any(linked.item.state in judging.OPEN for linked in page.linked)
    choices(form.outcome, OUTCOMES if waits else OUTCOMES[-1:])
    choices(form.reason_code, [("", "Choose one"), *resolving.reasons(session(), page.case)])
    return form


@blueprint.get("/exceptions/new")
def fresh() -> ResponseReturnValue:
    """The form that opens one, about an item or about an onboarding."""
    return _fresh(OpenForm(sent=False, data={"category": frame.asked("category")}), request.args)


@blueprint.post("/exceptions")
def add() -> ResponseReturnValue:
    """Open it, or join the one that is open."""
    form, about = OpenForm(), request.form
    item_id, onboarding_id = (frame.row(about.get(name, "")) or None for name in ("item", "onboarding"))
    said = exceptions.Opening(
        form.category.data or "", form.summary.data or "", form.text.data or "", item_id, onboarding_id
    )
    try:
        case_id = exceptions.open_case(session(), visitor().person_id, said, now())
    except (Invalid, NotAllowed) as refused:
        return _fresh(form, about, refused)
    frame.told("pass", "The exception is open", more="Its owner is asked first.", taken="open-exception")
    return frame.back_to("exceptions.one", case_id=case_id)


def _fresh(form: OpenForm, about: MultiDict[str, str], refused: Refused | None = None) -> ResponseReturnValue:
    reading, at = session(), now()
    policy, actor = policies.current(reading), frame.actor(at)
    item_id, onboarding_id = frame.row(about.get("item", "")), frame.row(about.get("onboarding", ""))
    item = desk.for_person(reading, item_id, actor, at).item if item_id else None
    run = pages.onboarding(reading, onboarding_id) if onboarding_id else None
    if item is None and (run is None or not exceptions.reaches(policy, run, actor)):
        raise NotThere()
    chosen_if_only(form.category, [(one.key, one.label) for one in policy.exceptions.category])
    homeless = form.blame(refused) if refused else []
    return frame.page(
        "exceptions/new.html", refused.status if refused else 200, form=form, item=item, run=run, refused=refused,
        homeless=homeless, policy=policy, here="/exceptions",
    )  # fmt: skip
