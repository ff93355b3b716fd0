"""The forms with which a person decides an item, one for each act that is open to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from werkzeug.datastructures import MultiDict
from wtforms import DateField, HiddenField, RadioField, SelectMultipleField, TextAreaField

from reviewqueue.checks.topics import TOPICS
from reviewqueue.core.errors import FieldError, Invalid
from reviewqueue.core.vocabulary import ACTS, QUESTION, ActKey
from reviewqueue.db.tables.items import Check
from reviewqueue.items import seen_version
from reviewqueue.items.item_context import ItemContext
from reviewqueue.items.item_page import ItemPage
from reviewqueue.onboarding import ways_on
from reviewqueue.policy import business_hours, evaluation
from reviewqueue.review import decision_requests
from reviewqueue.web import attention, draft_layout
from reviewqueue.web.extensions import session
from reviewqueue.web.formatting import text_of
from reviewqueue.web.forms import Form, select_field, set_choices

FormData = MultiDict[str, str]
OTHER_TEMPLATE = "template"  # the radio button beside the list of templates


class DecisionForm(Form):
    """One act on one item, with the digests that were on the page. It is shown again, as sent, when it is refused."""

    action = HiddenField()
    revision_digest = HiddenField()
    evidence_digest = HiddenField()
    policy_digest = HiddenField()
    opened_at = HiddenField()
    evidence_opened = HiddenField()
    reason_code = select_field("Reason")
    text = TextAreaField("Why")
    passes = SelectMultipleField("Checks to override", validate_choice=False, choices=[])
    expires_on = DateField("Holds until")
    topics_denied = SelectMultipleField("Marked topics", validate_choice=False, choices=[])
    choice = RadioField("Answer", validate_choice=False, choices=[])
    template = select_field("Template to start from")

    @property
    def typed(self) -> str:
        """The text the person typed, to be shown again."""
        return self.text.data or ""


def seen_in_form(typed: FormData) -> seen_version.SeenVersion:
    """The digests that were on the reviewer's screen, from the submitted form."""
    digests = (typed.get(f"{name}_digest", "") for name in ("revision", "evidence", "policy"))
    return seen_version.SeenVersion(*digests)


def decision_request(typed: FormData) -> decision_requests.DecisionRequest:
    """The decision the person requests. Raises Invalid when the date is not one."""
    try:
        until = date.fromisoformat(typed["expires_on"]) if typed.get("expires_on") else None
    except ValueError:
        faults = [FieldError("/expires_on", "not a date; pick a day")]
        raise Invalid("Nothing is recorded yet; what you typed is still here.", faults) from None
    return decision_requests.DecisionRequest(
        action=typed.get("action", ""),
        reason_code=typed.get("reason_code", ""),
        text=typed.get("text", "").replace("\r\n", "\n"),
        passes=tuple(typed.getlist("passes")),
        expires_on=until,
        choice=_choice(typed),
        topics_denied=tuple(typed.getlist("topics_denied")),
    )


def _choice(typed: FormData) -> str:
    """A question's answer, or what comes after a rejection, where another template is named beside it."""
    choice = typed.get("choice", "")
    return f"{ways_on.TEMPLATE}{typed.get('template', '')}" if choice == OTHER_TEMPLATE else choice


@dataclass(frozen=True)
class RefusedForm:
    """What the item page shows after a POST that was refused: the form as it was sent, and the message."""

    form: DecisionForm
    says: str
    unplaced: list[tuple[str, str]] = field(default_factory=list)


def act_forms(page: ItemPage, answer: RefusedForm | None = None) -> dict[str, DecisionForm]:
    """A form for each act this person has, the refused one as it was sent."""
    found: dict[str, DecisionForm] = {}
    for act in (one.key for one in ACTS.values()):
        if not page.legal[act].allowed:
            continue
        refused = answer is not None and answer.form.action.data == act
        form = answer.form if answer and refused else DecisionForm(sent=False)
        fill_form(form, page, act)
        found[act] = form
    return found


def fill_form(form: DecisionForm, page: ItemPage, act: ActKey) -> None:
    """Fill in what the page knows: digests of what is shown now, reasons, failed checks, people to choose from."""
    context = page.context
    form.action.data = act
    form.revision_digest.data = context.revision.digest
    form.evidence_digest.data = context.evidence
    form.policy_digest.data = context.item.policy_digest
    form.opened_at.data = form.opened_at.data or attention.token(context.item.id)
    form.evidence_opened.data = form.evidence_opened.data or attention.UNKNOWN
    reasons = evaluation.reasons(context.policy, context.gate, act, context.situation) if context.gate else ()
    set_choices(form.reason_code, [("", "Choose one"), *((reason.code, reason.label) for reason in reasons)])
    failing = dict.fromkeys(evaluation.failing_checks(context.situation))
    set_choices(form.passes, [(key, _let_through(context.checks, key)) for key in failing])
    marked = context.warned_topics() if act == "approve" else []
    set_choices(form.topics_denied, [(topic, f"It does not speak of {TOPICS[topic]}") for topic in marked])
    if act == "reject":
        _fill_ways_on(form, page)
    elif context.item.kind == QUESTION:
        known = [one for _, one in draft_layout.candidates(context.revision.draft)]
        named = [
            f"{draft_layout.letter(number)}: {text_of(one.get('label') or one.get('key'))}"
            for number, one in enumerate(known)
        ]
        set_choices(form.choice, zip([text_of(one.get("key")) for one in known], named, strict=True))


def _let_through(checks: Sequence[Check], key: str) -> str:
    """Everything that an override of this check lets through: each sentence of it that fails."""
    says = [check.message for check in checks if check.key == key and check.outcome == "fail"]
    return f"All {len(says)}: {' '.join(says)}" if len(says) > 1 else says[0] if says else key


def _fill_ways_on(form: DecisionForm, page: ItemPage) -> None:
    """Fill in what may come after a rejection; "not needed" is chosen unless the person chose another."""
    ways = ways_on.offered(session(), page.context)
    templates = [(way.choice, way.says) for way in ways if way.choice.startswith(ways_on.TEMPLATE)]
    choices = [(way.choice, way.says) for way in ways if not way.choice.startswith(ways_on.TEMPLATE)]
    if templates:
        choices.insert(len(choices) - 1, (OTHER_TEMPLATE, "Start from another template"))
    form.choice.label.text = "What comes next"
    form.choice.data = form.choice.data or ways_on.NOT_NEEDED
    set_choices(form.choice, choices)
    set_choices(form.template, [(choice.removeprefix(ways_on.TEMPLATE), says) for choice, says in templates])


def text_needed(page: ItemPage, act: ActKey) -> bool:
    """Whether this act requires a text here."""
    return evaluation.needs_text(page.context.gate, act)


def override_dates(context: ItemContext, now: datetime) -> tuple[str, str]:
    """The first and the last day an override may hold until."""
    today = business_hours.local_day(now, context.policy.calendar(context.item.lane))
    failing = evaluation.failing_checks(context.situation)
    longest = evaluation.override_days(context.gate, failing) if context.gate else 1
    return (today + timedelta(days=1)).isoformat(), (today + timedelta(days=longest)).isoformat()
