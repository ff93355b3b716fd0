"""Exceptions: the inbox, one exception with its notes and items, and the acts open to a person."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, RadioField, StringField, TextAreaField

from reviewqueue.audit import log_queries
from reviewqueue.audit.events import Actor
from reviewqueue.core import vocabulary
from reviewqueue.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.people import ROLES
from reviewqueue.evidence import corrected_fields
from reviewqueue.exceptions import case_actions, case_queries, exception_cases, first_response, undecidable_items
from reviewqueue.exceptions.case_queries import CaseFilters, CasePage
from reviewqueue.items import deal_changes, item_context, seen_version
from reviewqueue.people import visibility
from reviewqueue.policy import policy_versions
from reviewqueue.review import resolve_exception, settle_deal
from reviewqueue.web import layout
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.formatting import capital, word
from reviewqueue.web.forms import Form, select_field, set_choices, set_choices_with_prompt

blueprint = layout.signed_in_blueprint("exceptions", __name__)
FILTER_NAMES = ("category", "lane", "customer")
TITLES = {"mine": "Mine", "open": "All open", "overdue": "Overdue", "resolved": "Resolved"}
RESULT_TEXT = {
    "respond": ("The first response is recorded", "The clock of the resolution runs on."),
    "note": ("Your note is there", "Whoever works on it reads it."),
    "move": ("It has another owner", "The log keeps your reason."),
    "pause": ("The clock is paused", "Nothing is overdue until somebody resumes it."),
    "resume": ("The clock is running again", "What was not due yet is due later by the length of the pause."),
}
PAUSE_CHOICES = [("waiting_for_customer", "the customer"), ("waiting_for_sales", "sales")]
OUTCOMES = [
    ("back_to_gate", "Back to the gate: what was escalated or sent back waits for its reviewers again"),
    ("rejected", "Rejected: the open items are rejected, as far as you may reject them"),
    ("decided_here", "Decided here: the items stay as they are"),
]
DEAL_OUTCOMES = [
    (settle_deal.HOLDS, "The deal still holds: what waits may go out"),
    (settle_deal.NEW_TERMS, "It goes on with the new terms: what waits may go out"),
    (settle_deal.ENDED, "The onboarding ends: open drafts are withdrawn, and nothing goes out any more"),
]
OUTCOME_TEXT = {
    **dict(OUTCOMES),
    **dict(DEAL_OUTCOMES),
    undecidable_items.OUTCOME_DECIDABLE: "Automatically: the items are decided, or can be decided again",
}
TEXTS = {
    "respond": "What is done about it first",
    "note": "Note",
    "move": "Why it moves",
    "pause": "What has to come, and who asked",
    "resume": "Result of the wait",
    "resolve": "How it is resolved",
}


class ActForm(Form):
    """One act on an exception."""

    text = TextAreaField("Words")
    to = select_field("New owner")
    waits = select_field("Whom it waits for")
    outcome = RadioField("What happens to the items", validate_choice=False, choices=[])
    reason_code = select_field("Reason for rejecting")
    starts = BooleanField("Start a draft from it", default=True)


class OpenForm(Form):
    """A new exception."""

    category = select_field("What is in the way")
    summary = StringField("In one line")
    text = TextAreaField("What you know")


@blueprint.get("/exceptions")
def inbox() -> ResponseReturnValue:
    """One page of the exceptions this person may see, filtered by the query."""
    reading, at = session(), now()
    view: case_queries.View = next((one for one in case_queries.VIEWS if one == request.args.get("view")), "mine")
    narrow = {name: layout.query_arg(name) for name in FILTER_NAMES}
    filters = CaseFilters(view, **narrow)
    listed = case_queries.page(reading, layout.actor(at), filters, layout.page_position("after", str), at)
    policy = policy_versions.current(reading)
    return layout.page(
        "exceptions/inbox.html", listed=listed, filters=filters, titles=TITLES, policy=policy,
        query={name: value for name, value in narrow.items() if value}, here="/exceptions", until=next_due,
    )  # fmt: skip


def next_due(case: ExceptionCase) -> Any:
    """Its next due time: of the first response while there is none, else of the resolution."""
    return case.respond_by if case.state == "open" else case.due_at


@blueprint.get("/exceptions/<row:case_id>")
def one(case_id: int) -> ResponseReturnValue:
    """One exception."""
    return _render_case(case_id)


@blueprint.post("/exceptions/<row:case_id>/<act>")
def act(case_id: int, act: str) -> ResponseReturnValue:
    """Perform an act on it; a refusal shows the page again with what was typed."""
    if act not in case_queries.ACTS:
        raise NotFound()
    form = ActForm()
    try:
        _perform(case_id, act, form)
    except (Invalid, Conflict, Forbidden) as refused:
        return _render_case(case_id, act, form, refused)
    return layout.back_to("exceptions.one", case_id=case_id)


def _perform(case_id: int, act: str, form: ActForm) -> None:
    me, at, text = visitor().person_id, now(), form.text.data or ""
    seen = layout.row_id(request.form.get("seen", ""))
    if act == "resolve":
        resolution = resolve_exception.Resolution(
            form.outcome.data or "", text, form.reason_code.data or "", _seen_drafts(request.form)
        )
        _flash_resolution(case_id, resolve_exception.resolve(session(), me, case_id, resolution, at, seen))
        return
    if act == "respond":
        starts = bool(form.starts.data)
        _flash_response(case_id, case_actions.respond(session(), me, case_id, text, at, seen, starts=starts))
        return
    if act == "note":
        case_actions.note(session(), me, case_id, text, at)
    elif act == "move":
        case_actions.reassign(session(), me, case_id, form.to.data or "", text, at, seen)
    elif act == "pause":
        case_actions.pause(session(), me, case_id, form.waits.data or "", text, at, seen)
    else:
        case_actions.resume(session(), me, case_id, text, at, seen)
    says, more = RESULT_TEXT[act]
    layout.flash_result("pass", says, more=more, taken=f"{act}-exception-{case_id}")


def _flash_response(case_id: int, started: int | None) -> None:
    """Report that it is answered, and what that started."""
    says, more = RESULT_TEXT["respond"]
    if started is not None:
        more = f"Item #{started} is started from it: it waits at its gate, for somebody else to decide. {more}"
    layout.flash_result("pass", says, more=more, taken=f"respond-exception-{case_id}")


def _flash_resolution(case_id: int, result: resolve_exception.ResolveResult) -> None:
    """Report that it is resolved, and for each item that stayed where it was, why."""
    moved = len(result.moved)
    more = f"{moved} {'item' if moved == 1 else 'items'} moved." if moved else ""
    stayed = "; ".join(f"item {item_id} stayed: {why}" for item_id, why in result.stayed.items())
    more = f"{more} {capital(stayed)}." if stayed else more
    if result.hidden:
        more = f"{more} What is at a gate you do not see stayed as it is."
    layout.flash_result(
        "pass", "The exception is resolved", more=more.replace("..", "."), taken=f"resolve-exception-{case_id}"
    )


def _seen_drafts(form: MultiDict[str, str]) -> dict[int, seen_version.SeenVersion]:
    """The digests of each item's draft that were on the page, by item id."""
    split = [one.split(":") for one in form.getlist("draft")]
    return {layout.row_id(one[0]): seen_version.SeenVersion(one[1], one[2], one[3]) for one in split if len(one) == 4}


def _render_case(
    case_id: int, act: str = "", form: ActForm | None = None, refused: DomainError | None = None
) -> ResponseReturnValue:
    page = case_queries.load_page(session(), case_id, visitor().person_id, now())
    unplaced = form.add_faults(refused) if form and refused else []
    if form:
        form.text.label.text = TEXTS.get(act, form.text.label.text)
    forms = {name: _fill_form(page, form if name == act and form else ActForm(sent=False)) for name in page.acts}
    actors = log_queries.actors(session(), {note.actor for note in page.notes} | {page.case.opened_by})
    return layout.page(
        "exceptions/case.html",
        refused.status if refused else 200,
        page=page,
        corrected=corrected_fields.counts(session(), [one.item for one in (*page.linked, *page.started)]),
        forms=forms,
        refused=refused,
        act=act,
        unplaced=unplaced,
        typed=(form.text.data or "") if form else "",
        actors=actors,
        until=next_due,
        texts=TEXTS,
        settled=vocabulary.SETTLED,
        outcomes=OUTCOME_TEXT,
        deal=deal_changes.of_case(session(), case_id),
        here="/exceptions",
        starts=first_response.draft_kind(session(), page.case),
    )


def _fill_form(page: CasePage, form: ActForm) -> ActForm:
    candidates = [
        person for person in page.people.values() if not person.disabled_at and set(person.roles) != {"auditor"}
    ]
    others = [(Actor.person(one.id), one.name) for one in candidates if one.id != page.case.owner_id]
    roles = [(f"role:{role}", f"the next {word(role)}") for role in ROLES if role not in ("auditor", "admin")]
    set_choices_with_prompt(form.to, [*others, *roles])
    set_choices(form.waits, PAUSE_CHOICES)
    waits = any(not linked.hidden and linked.item.state in vocabulary.OPEN for linked in page.linked)
    about_deal = settle_deal.is_about_deal(session(), page.case)
    set_choices(form.outcome, DEAL_OUTCOMES if about_deal else OUTCOMES if waits else OUTCOMES[-1:])
    set_choices(form.reason_code, [("", "Choose one"), *resolve_exception.reasons(session(), page.case)])
    return form


@blueprint.get("/exceptions/new")
def fresh() -> ResponseReturnValue:
    """The form that opens an exception, about an item or about an onboarding."""
    return _render_new_form(OpenForm(sent=False, data={"category": layout.query_arg("category")}), request.args)


@blueprint.post("/exceptions")
def add() -> ResponseReturnValue:
    """Open an exception, or add to the one that is open."""
    form, about = OpenForm(), request.form
    item_id, onboarding_id = (layout.row_id(about.get(name, "")) or None for name in ("item", "onboarding"))
    case_request = exception_cases.ExceptionRequest(
        form.category.data or "", form.summary.data or "", form.text.data or "", item_id, onboarding_id
    )
    try:
        case_id = exception_cases.open_case(session(), visitor().person_id, case_request, now())
    except (Invalid, Forbidden) as refused:
        return _render_new_form(form, about, refused)
    layout.flash_result("pass", "The exception is open", more="Its owner is asked first.", taken="open-exception")
    return layout.back_to("exceptions.one", case_id=case_id)


def _render_new_form(
    form: OpenForm, about: MultiDict[str, str], refused: DomainError | None = None
) -> ResponseReturnValue:
    reading, at = session(), now()
    policy, actor = policy_versions.current(reading), layout.actor(at)
    item_id, onboarding_id = layout.row_id(about.get("item", "")), layout.row_id(about.get("onboarding", ""))
    item = item_context.load_visible(reading, item_id, actor, at).item if item_id else None
    onboarding = None if item else visibility.load_onboarding(reading, onboarding_id, actor)
    set_choices_with_prompt(form.category, [(one.key, one.label) for one in policy.exceptions.category])
    unplaced = form.add_faults(refused) if refused else []
    return layout.page(
        "exceptions/new.html",
        refused.status if refused else 200,
        form=form,
        item=item,
        onboarding=onboarding,
        refused=refused,
        unplaced=unplaced,
        policy=policy,
        here="/exceptions",
    )
