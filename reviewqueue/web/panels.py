"""Panels: the forms a person decides with, one for each act that is open to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from werkzeug.datastructures import MultiDict
from wtforms import DateField, HiddenField, RadioField, SelectMultipleField, TextAreaField

from reviewqueue import review, sight
from reviewqueue.pages import ItemPage
from reviewqueue.policy import judging
from reviewqueue.policy.words import ACTS, TEXT_ALWAYS, Act
from reviewqueue.refusals import Fault, Invalid
from reviewqueue.web import drafts, opened
from reviewqueue.web.forms import Form, choices, pick
from reviewqueue.web.words import text_of

Typed = MultiDict[str, str]


class DecisionForm(Form):
    """One act on one item, with the digests that were on the page: what is shown, and shown again when refused."""

    action = HiddenField()
    revision_digest = HiddenField()
    evidence_digest = HiddenField()
    policy_digest = HiddenField()
    opened_at = HiddenField()
    evidence_opened = HiddenField()
    reason_code = pick("Reason")
    text = TextAreaField("Why")
    passes = SelectMultipleField("Checks you pass over", validate_choice=False, choices=[])
    expires_on = DateField("Holds until")
    choice = RadioField("Answer", validate_choice=False, choices=[])

    @property
    def typed(self) -> str:
        """What the person wrote, to be given back."""
        return self.text.data or ""


def seen(typed: Typed) -> sight.Seen:
    """The digests that were on the reviewer's screen."""
    digests = (typed.get(f"{name}_digest", "") for name in ("revision", "evidence", "policy"))
    return sight.Seen(*digests)


def ask(typed: Typed) -> review.Ask:
    """What the person asks for. Raises Invalid when a date is no date."""
    try:
        until = date.fromisoformat(typed["expires_on"]) if typed.get("expires_on") else None
    except ValueError:
        faults = [Fault("/expires_on", "not a date; pick a day")]
        raise Invalid("Nothing is recorded yet; what you typed is still here.", faults) from None
    return review.Ask(
        action=typed.get("action", ""),
        reason_code=typed.get("reason_code", ""),
        text=typed.get("text", "").replace("\r\n", "\n"),
        passes=tuple(typed.getlist("passes")),
        expires_on=until,
        choice=typed.get("choice", ""),
    )


@dataclass(frozen=True)
class Answer:
    """What the item page says about a POST that was refused: the form as it was sent, and the words."""

    form: DecisionForm
    says: str
    homeless: list[tuple[str, str]] = field(default_factory=list)


def panels(page: ItemPage, answer: Answer | None = None) -> dict[str, DecisionForm]:
    """A form for each act this person has, the refused one as it was sent."""
    found: dict[str, DecisionForm] = {}
    for act in ACTS:
        if not page.legal[act].allowed:
            continue
        refused = answer is not None and answer.form.action.data == act
        form = answer.form if answer and refused else DecisionForm(sent=False)
        offer(form, page, act)
        found[act] = form
    return found


def offer(form: DecisionForm, page: ItemPage, act: Act) -> None:
    """Fill in what the page knows: digests of what is shown now, reasons, failed checks, candidates."""
    desk = page.desk
    form.action.data = act
    form.revision_digest.data = desk.revision.digest
    form.evidence_digest.data = desk.evidence
    form.policy_digest.data = desk.item.policy_digest
    form.opened_at.data = form.opened_at.data or opened.token(desk.item.id)
    form.evidence_opened.data = form.evidence_opened.data or opened.UNKNOWN
    reasons = judging.reasons(desk.policy, desk.gate, act, desk.situation) if desk.gate else ()
    choices(form.reason_code, [("", "Choose one"), *((reason.code, reason.label) for reason in reasons)])
    messages = {check.key: check.message for check in desk.checks if check.outcome == "fail"}
    choices(form.passes, [(key, messages.get(key, key)) for key in dict.fromkeys(judging.failing(desk.situation))])
    if desk.item.kind == "trigger_question":
        known = [one for _, one in drafts.candidates(desk.revision.draft)]
        named = [
            f"{drafts.letter(number)}: {text_of(one.get('label') or one.get('key'))}"
            for number, one in enumerate(known)
        ]
        choices(form.choice, zip([text_of(one.get("key")) for one in known], named, strict=True))


def text_needed(page: ItemPage, act: Act) -> bool:
    """Whether this act needs a text here."""
    return act in TEXT_ALWAYS or bool(page.desk.gate and act in page.desk.gate.text_for)
