"""The page for editing a draft, with each of its texts in a field of its own and its lists as tables. Saving makes a
new revision through `review.decisions.decide`."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, StringField, TextAreaField

from reviewqueue.core.errors import Conflict, Forbidden, Invalid
from reviewqueue.core.vocabulary import system_name
from reviewqueue.db.tables.items import Revision
from reviewqueue.items import corrections, item_page, seen_version
from reviewqueue.items.corrections import SOURCE_WRONG
from reviewqueue.items.item_page import ItemPage
from reviewqueue.review import decision_requests, decisions
from reviewqueue.web import edited_draft, items, layout
from reviewqueue.web.decision_forms import text_needed
from reviewqueue.web.edited_draft import EditedDraft
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.formatting import plain_text
from reviewqueue.web.forms import Form, select_field, set_choices
from reviewqueue.web.highlights import Marks

blueprint = layout.signed_in_blueprint("edits", __name__)
MAX_OPTION_TEXT = 60


class EditForm(Form):
    """What is sent with an edited draft: its title, the reason, and the digests that were on the page."""

    revision_digest = HiddenField()
    evidence_digest = HiddenField()
    policy_digest = HiddenField()
    title = TextAreaField("Title")
    reason_code = select_field("Reason")
    claim = select_field("Which field is wrong")
    proposed = StringField("What it should say")
    text = TextAreaField("Why")


@blueprint.get("/items/<row:item_id>/edit")
def form(item_id: int) -> ResponseReturnValue:
    """The form with the draft, for those who may edit it."""
    page = item_page.item_page(session(), item_id, visitor().person_id, now())
    legal = page.legal["edit"]
    if not legal.allowed:
        raise Forbidden(f"You cannot edit this item: {legal.why}{f' ({legal.rule})' if legal.rule else ''}.")
    context = page.context
    edit = edited_draft.shown(context.policy, context.item.kind, context.revision.draft)
    return _render_form(page, EditForm(sent=False, title=context.revision.title), edit)


@blueprint.post("/items/<row:item_id>/edit")
def save(item_id: int) -> ResponseReturnValue:
    """Save as a new revision; each fault is shown beside its field, and everything typed is kept. A button of a table
    only shows the form again, with its rows as they are then."""
    given, me, at = EditForm(), visitor().person_id, now()
    page = item_page.item_page(session(), item_id, me, at)
    revision = page.context.revision
    seen = seen_version.SeenVersion(
        given.revision_digest.data or "", given.evidence_digest.data or "", given.policy_digest.data or ""
    )
    edit = _posted(page, revision)
    draft, rows = edit.saved()
    decision_request = decision_requests.DecisionRequest(
        action="edit",
        reason_code=given.reason_code.data or "",
        text=(given.text.data or "").replace("\r\n", "\n"),
        draft=draft,
        title=" ".join((given.title.data or "").split()),
        rows=rows,
        claim=layout.row_id(given.claim.data or ""),
        proposed=(given.proposed.data or "").replace("\r\n", "\n"),
    )
    try:
        if edit.act:
            return _after_row_act(page, given, edit, seen)
        if edit.wrong and seen.revision == revision.digest:
            raise Invalid("Nothing is saved yet; what you typed is still here.", edit.faults)
        done = decisions.decide(session(), me, item_id, decision_request, seen, at)
    except Conflict as moved:
        return _render_conflict(item_id, given, moved)
    except (Invalid, Forbidden) as refused:
        return _render_form(page, given, edit, refused.status, refused.says, given.add_faults(refused))
    layout.flash_result(
        "pass", f"Saved as revision {done.revision_number}", taken=f"edit-item-{item_id}",
        more="Every check ran again, and somebody else must approve it.",
        href=items.url_of(item_id, done.revision_number - 1), link="What you changed",
    )  # fmt: skip
    return layout.back_to("items.one", item_id=item_id)


def _after_row_act(
    page: ItemPage, given: EditForm, edit: EditedDraft, seen: seen_version.SeenVersion
) -> ResponseReturnValue:
    """The form again after a button of a table, as long as what it was opened on is still there and theirs to edit."""
    seen_version.require_current(session(), page.context, seen)
    if not page.legal["edit"].allowed:
        raise Forbidden(f"{page.legal['edit'].why}. Nothing is saved; what you typed is still here.")
    return _render_form(page, given, edit)


def _posted(page: ItemPage, revision: Revision) -> EditedDraft:
    """What this request brought, over the draft of that revision."""
    context = page.context
    calendar = context.policy.calendar(context.item.lane)
    return edited_draft.posted(context.policy, context.item.kind, revision.draft, request.form, calendar)


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
    page: ItemPage, form: EditForm, edit: EditedDraft, status: int = 200, says: str = "", wrong: Any = ()
) -> ResponseReturnValue:
    context = page.context
    _fill_form(form, page)
    told = {edit.place_in_form(at.removeprefix("/draft")): message for at, message in wrong if at not in edit.wrong}
    return layout.page(
        "items/edit.html", status, page=page, edit=form, draft_form=edit, says=says, name_of=edited_draft.field_name,
        wrong={**told, **edit.wrong}, needed=text_needed(page, "edit"), names=items.label_function(page),
        calendar=context.policy.calendar(context.item.lane), marks=Marks(context.revision.draft, ()),
        **items.page_variables(page),
    )  # fmt: skip


def _render_conflict(item_id: int, form: EditForm, conflict: Conflict) -> ResponseReturnValue:
    """The 409 page: what changed, and what was typed, beside the current draft. Rows can be put into the current draft
    only where their list did not change."""
    page = item_page.item_page(session(), item_id, visitor().person_id, now())
    context = page.context
    seen, differs = items.changes_since(page, form.revision_digest.data or "")
    edit = _posted(page, seen or context.revision)
    current = edited_draft.shown(context.policy, context.item.kind, context.revision.draft)
    again = page.legal["edit"].allowed and seen is not None and edit.fits(current)
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
        kept=[text for text, _ in edit.changed_texts],
        moved_rows=edit.moved_rows,
        retitled=retitled,
        given={text.at: says for text, says in edit.changed_texts},
        name_of=edited_draft.field_name,
        needed=text_needed(page, "edit"),
        names=items.label_function(page),
        **items.page_variables(page),
    )
