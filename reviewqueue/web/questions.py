"""Questions to sales: what is asked of the person who looks, the page on which they answer by field, and asking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from reviewqueue.core.errors import Conflict, Invalid, NotFound
from reviewqueue.onboarding import ask_sales, question_handover, sales_answers
from reviewqueue.onboarding.given_answers import ASKERS, OUTCOMES, GivenAnswer
from reviewqueue.web import layout
from reviewqueue.web.extensions import now, session, visitor

blueprint = layout.signed_in_blueprint("questions", __name__)
_ASKING = ("asker", "ask_by")  # the fields of an answer that the customer has to be asked


@blueprint.get("/questions")
def asked() -> ResponseReturnValue:
    """The questions addressed to this person, or to somebody for whom they stand in."""
    listed, found = sales_answers.asked_of(session(), visitor().person_id, layout.page_position(), now())
    return layout.page("questions/asked.html", 200, listed=listed, questions=found, here="/questions")


@blueprint.get("/questions/<row:item_id>")
def one(item_id: int) -> ResponseReturnValue:
    """One question, to read or to answer."""
    return _render(item_id)


@blueprint.get("/questions/of/<row:onboarding_id>")
def newest(onboarding_id: int) -> ResponseReturnValue:
    """Redirects to the newest question about an onboarding, which a mail links to before it has a number; to all that
    is asked of this person where they see none."""
    try:
        found = sales_answers.newest_of(session(), onboarding_id) or 0
        sales_answers.load(session(), visitor().person_id, found, now())
    except NotFound:
        return redirect(url_for("questions.asked"), 303)
    return redirect(url_for("questions.one", item_id=found), 303)


@blueprint.post("/questions/<row:item_id>/answers")
def answer(item_id: int) -> ResponseReturnValue:
    """Keep what the person asked answers; a refusal keeps what was typed, at its field."""
    form = request.form
    given = {
        key: GivenAnswer(form.get(f"outcome-{key}", ""), words, *(form.get(f"{one}-{key}", "") for one in _ASKING))
        for key, words in _typed(form)
        if words.strip() or form.get(f"outcome-{key}")
    }
    try:
        count = sales_answers.answer(session(), visitor().person_id, item_id, given, now())
    except Invalid as refused:
        says = {fault.at.rpartition("/")[2]: fault.message for fault in refused.faults}
        return _render(item_id, refused.status, says=says, typed=form)
    kept = "1 answer is kept" if count == 1 else f"{count} answers are kept"
    more = "Each is a record that the packet can cite; whoever reviews it sees that it is known now."
    layout.flash_result("pass", kept, more=more, taken=f"answers-{item_id}")
    return layout.back_to("questions.one", item_id=item_id)


@blueprint.post("/questions/<row:item_id>/hand-on")
def hand_on(item_id: int) -> ResponseReturnValue:
    """Hand a question that nobody can answer on to a sales owner."""
    to = layout.row_id(request.form.get("to", ""))
    try:
        name = question_handover.hand_on(session(), visitor().person_id, item_id, to, now())
    except Invalid as refused:
        return _render(item_id, refused.status, no_taker=refused.faults[0].message)
    except Conflict as refused:
        layout.flash_result("warn", "Nothing was changed", more=refused.says)
    else:
        more = "It stands under “Asked of me” on their page. What was answered before is kept."
        layout.flash_result("pass", f"The question waits for {name} now", more=more, taken=f"hand-on-{item_id}")
    return layout.back_to("questions.one", item_id=item_id)


@blueprint.post("/items/<row:item_id>/ask-sales")
def ask(item_id: int) -> ResponseReturnValue:
    """Have a question to sales drafted about a packet's empty fields."""
    try:
        ask_sales.ask(session(), visitor().person_id, item_id, now())
    except Conflict as refused:
        layout.flash_result("warn", "Nothing was changed", more=refused.says)
    else:
        more = "It waits at its own gate in a moment; once it is approved, the sales owner answers it."
        layout.flash_result("pass", "The question to sales is drafted", more=more, taken=f"ask-sales-{item_id}")
    return layout.back_to("items.one", item_id=item_id)


def _typed(form: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(field, what was typed) of each field of the form."""
    for name, words in form.items():
        if name.startswith("words-"):
            yield name.removeprefix("words-"), words.replace("\r\n", "\n")


def _render(item_id: int, status: int = 200, **answered: object) -> ResponseReturnValue:
    found = sales_answers.load(session(), visitor().person_id, item_id, now())
    may = question_handover.may_hand_on(found, layout.actor(now()))
    shown = {"says": {}, "typed": {}, "no_taker": "", "askers": ASKERS, "may_hand_on": may, **answered}
    shown["takers"] = question_handover.takers(session(), found) if may else ()
    return layout.page("questions/question.html", status, asked=found, outcomes=OUTCOMES, here="/questions", **shown)
