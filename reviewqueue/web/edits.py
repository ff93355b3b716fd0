"""The page for editing a draft, with each of its texts in a field of its own. Saving makes a new revision through
`review.decisions.decide`."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, StringField, TextAreaField

from reviewqueue.core.errors import Conflict, Forbidden, Invalid
from reviewqueue.core.vocabulary import system_name
from reviewqueue.items import corrections, item_page, seen_version
from reviewqueue.items.corrections import SOURCE_WRONG
from reviewqueue.items.item_page import ItemPage
from reviewqueue.review import decision_requests, decisions
from reviewqueue.web import draft_layout, items, layout
from reviewqueue.web.decision_forms import text_needed
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.formatting import plain_text
from reviewqueue.web.forms import Form, select_field, set_choices
from reviewqueue.web.highlights import Marks

blueprint = layout.signed_in_blueprint("edits", __name__)
FIELD_PREFIX = "draft:"
MAX_OPTION_TEXT = 60


class EditForm(Form):
    """What is sent with an edited draft: its title, the reason, and the digests that were on the page."""

    revision_digest = HiddenField()
    evidence_digest = HiddenField()
    policy_digest = HiddenField()
    title = StringField("Title")
    reason_code = select_field("Reason")
    claim = select_field("Which field is wrong")
    proposed = StringField("What it should say")
    text = TextAreaField("Why")


def field_name(at: str) -> str:
    """The form field for a pointer into the draft, in characters that every browser leaves alone."""
    return FIELD_PREFIX + quote(at, safe="/~")


def pointer_of(name: str) -> str:
    """The pointer of a form field."""
    return unquote(name.removeprefix(FIELD_PREFIX))


def typed() -> dict[str, str]:
    """What was typed, by pointer."""
    return {pointer_of(name): text for name, text in request.form.items() if name.startswith(FIELD_PREFIX)}


@blueprint.get("/items/<row:item_id>/edit")
def form(item_id: int) -> ResponseReturnValue:
    """The form with the draft, for those who may edit it."""
    page = item_page.item_page(session(), item_id, visitor().person_id, now())
    legal = page.legal["edit"]
    if not legal.allowed:
        raise Forbidden(f"You cannot edit this item: {legal.why}{f' ({legal.rule})' if legal.rule else ''}.")
    return _render_form(page, EditForm(sent=False, title=page.context.revision.title), {})


@blueprint.post("/items/<row:item_id>/edit")
def save(item_id: int) -> ResponseReturnValue:
    """Save as a new revision; each fault is shown beside its field, and everything typed is kept."""
    given, me, at = EditForm(), visitor().person_id, now()
    page = item_page.item_page(session(), item_id, me, at)
    revision, item = page.context.revision, page.context.item
    shown = draft_layout.editable_texts(page.context.policy, item.kind, revision.draft)
    decision_request = decision_requests.DecisionRequest(
        action="edit",
        reason_code=given.reason_code.data or "",
        text=(given.text.data or "").replace("\r\n", "\n"),
        draft=draft_layout.edited(revision.draft, shown, typed()),
        title=given.title.data or "",
        claim=layout.row_id(given.claim.data or ""),
        proposed=(given.proposed.data or "").replace("\r\n", "\n"),
    )
    seen = seen_version.SeenVersion(
        given.revision_digest.data or "", given.evidence_digest.data or "", given.policy_digest.data or ""
    )
    try:
        done = decisions.decide(session(), me, item_id, decision_request, seen, at)
    except Conflict as moved:
        return _render_conflict(item_id, given, moved)
    except (Invalid, Forbidden) as refused:
        return _render_form(page, given, typed(), refused.status, refused.says, given.add_faults(refused))
    layout.flash_result(
        "pass", f"Saved as revision {done.revision_number}", taken=f"edit-item-{item_id}",
        more="Every check ran again, and somebody else must approve it.",
        href=items.url_of(item_id, done.revision_number - 1), link="What you changed",
    )  # fmt: skip
    return layout.back_to("items.one", item_id=item_id)


def _fill_form(form: EditForm, page: ItemPage) -> None:
    """Fill in what the page knows: digests of what is shown now, reasons, and the fields of which a correction can be
    reported."""
    context = page.context
    form.revision_digest.data = context.revision.digest
    form.evidence_digest.data = context.evidence
    form.policy_digest.data = context.item.policy_digest
    reasons = context.policy.reasons_for(context.gate, "edit") if context.gate else ()
    set_choices(form.reason_code, [("", "Choose one"), *((reason.code, reason.label) for reason in reasons)])
    named = items.label_function(page)
    found = corrections.fields(session(), context.revision.id) if SOURCE_WRONG in [one.code for one in reasons] else []
    lines = [
        (
            str(number),
            f"{named(claim.at)}: {_shorten(value)} ({system_name(record.system)} {record.object} {claim.path})",
        )
        for number, claim, record, value in found
    ]
    set_choices(
        form.claim, [("", "Choose one"), *((value, plain_text(label)) for value, label in lines)] if lines else []
    )


def _shorten(value: str | None) -> str:
    """A field's value, cut to what fits an option."""
    return "nothing" if not value else value if len(value) <= MAX_OPTION_TEXT else f"{value[:MAX_OPTION_TEXT]}…"


def _render_form(
    page: ItemPage, form: EditForm, given: dict[str, str], status: int = 200, says: str = "", wrong: Any = ()
) -> ResponseReturnValue:
    context = page.context
    _fill_form(form, page)
    return layout.page(
        "items/edit.html", status, page=page, edit=form, given=given, says=says, name_of=field_name,
        texts=draft_layout.editable_texts(context.policy, context.item.kind, context.revision.draft),
        wrong={at.removeprefix("/draft"): message for at, message in wrong}, needed=text_needed(page, "edit"),
        names=items.label_function(page), marks=Marks(context.revision.draft, ()), **items.page_variables(page),
    )  # fmt: skip


def _render_conflict(item_id: int, form: EditForm, conflict: Conflict) -> ResponseReturnValue:
    """The 409 page: what changed, and what was typed, beside the current draft."""
    page = item_page.item_page(session(), item_id, visitor().person_id, now())
    context, given = page.context, typed()
    seen, differs = items.changes_since(page, form.revision_digest.data or "")
    shown = draft_layout.editable_texts(context.policy, context.item.kind, (seen or context.revision).draft)
    kept = [
        text
        for text in shown
        if draft_layout.as_posted(given.get(text.at, text.value)) != draft_layout.as_posted(text.value)
    ]
    again = page.legal["edit"].allowed and seen is not None
    retitled = (form.title.data or "") if seen and form.title.data != seen.title else ""
    if again:
        _fill_form(form, page)
    return layout.page(
        "items/conflict.html",
        409,
        page=page,
        moved=conflict,
        form=form,
        act="edit",
        again=again,
        seen=seen,
        differs=differs,
        kept=kept,
        retitled=retitled,
        given=given,
        name_of=field_name,
        needed=text_needed(page, "edit"),
        names=items.label_function(page),
        **items.page_variables(page),
    )
