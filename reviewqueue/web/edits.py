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
from reviewqueue.review import decisions
from reviewqueue.web import draft_layout, items, layout
from reviewqueue.web.decision_forms import text_needed
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.formatting import spelled
from reviewqueue.web.forms import Form, choices, pick
from reviewqueue.web.highlights import Marks

blueprint = layout.signed_in_blueprint("edits", __name__)
FIELD = "draft:"
BRIEF = 60


class EditForm(Form):
    """What is sent with an edited draft: its title, the reason, and the digests that were on the page."""

    revision_digest = HiddenField()
    evidence_digest = HiddenField()
    policy_digest = HiddenField()
    title = StringField("Title")
    reason_code = pick("Reason")
    claim = pick("Which field is wrong")
    proposed = StringField("What it should say")
    text = TextAreaField("Why")


def name_of(at: str) -> str:
    """The form field for a pointer into the draft, in characters that every browser leaves alone."""
    return FIELD + quote(at, safe="/~")


def place_of(name: str) -> str:
    """The pointer of a form field."""
    return unquote(name.removeprefix(FIELD))


def typed() -> dict[str, str]:
    """What was typed, by pointer."""
    return {place_of(name): text for name, text in request.form.items() if name.startswith(FIELD)}


@blueprint.get("/items/<row:item_id>/edit")
def form(item_id: int) -> ResponseReturnValue:
    """The form with the draft, for those who may edit it."""
    page = item_page.item_page(session(), item_id, visitor().person_id, now())
    legal = page.legal["edit"]
    if not legal.allowed:
        raise Forbidden(f"You cannot edit this item: {legal.why}{f' ({legal.rule})' if legal.rule else ''}.")
    return _shown(page, EditForm(sent=False, title=page.desk.revision.title), {})


@blueprint.post("/items/<row:item_id>/edit")
def save(item_id: int) -> ResponseReturnValue:
    """Save as a new revision; each fault is shown beside its field, and everything typed is kept."""
    given, me, at = EditForm(), visitor().person_id, now()
    page = item_page.item_page(session(), item_id, me, at)
    revision, item = page.desk.revision, page.desk.item
    shown = draft_layout.texts(page.desk.policy, item.kind, revision.draft)
    ask = decisions.DecisionRequest(
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
        done = decisions.decide(session(), me, item_id, ask, seen, at)
    except Conflict as moved:
        return _moved(item_id, given, moved)
    except (Invalid, Forbidden) as refused:
        return _shown(page, given, typed(), refused.status, refused.says, given.blame(refused))
    layout.flash_result(
        "pass", f"Saved as revision {done.revision_number}", taken=f"edit-item-{item_id}",
        more="Every check ran again, and somebody else must approve it.",
        href=items.url_of(item_id, done.revision_number - 1), link="What you changed",
    )  # fmt: skip
    return layout.back_to("items.one", item_id=item_id)


def _offer(form: EditForm, page: ItemPage) -> None:
    """Fill in what the page knows: digests of what is shown now, reasons, and the fields of which a correction can be
    reported."""
    desk = page.desk
    form.revision_digest.data = desk.revision.digest
    form.evidence_digest.data = desk.evidence
    form.policy_digest.data = desk.item.policy_digest
    reasons = desk.policy.reasons_for(desk.gate, "edit") if desk.gate else ()
    choices(form.reason_code, [("", "Choose one"), *((reason.code, reason.label) for reason in reasons)])
    named = items.labels(page)
    found = corrections.fields(session(), desk.revision.id) if SOURCE_WRONG in [one.code for one in reasons] else []
    lines = [
        (str(number), f"{named(claim.at)}: {_brief(value)} ({system_name(record.system)} {record.object} {claim.path})")
        for number, claim, record, value in found
    ]
    choices(form.claim, [("", "Choose one"), *((value, spelled(label)) for value, label in lines)] if lines else [])


def _brief(value: str | None) -> str:
    """A field's value, cut to what fits an option."""
    return "nothing" if not value else value if len(value) <= BRIEF else f"{value[:BRIEF]}…"


def _shown(
    page: ItemPage, form: EditForm, given: dict[str, str], status: int = 200, says: str = "", wrong: Any = ()
) -> ResponseReturnValue:
    desk = page.desk
    _offer(form, page)
    return layout.page(
        "items/edit.html", status, page=page, edit=form, given=given, says=says, name_of=name_of,
        texts=draft_layout.texts(desk.policy, desk.item.kind, desk.revision.draft),
        wrong={at.removeprefix("/draft"): message for at, message in wrong}, needed=text_needed(page, "edit"),
        names=items.labels(page), marks=Marks(desk.revision.draft, ()), **items.around(page),
    )  # fmt: skip


def _moved(item_id: int, form: EditForm, moved: Conflict) -> ResponseReturnValue:
    """The 409 page: what changed, and what was typed, beside the current draft."""
    page = item_page.item_page(session(), item_id, visitor().person_id, now())
    desk, given = page.desk, typed()
    seen, differs = items.since(page, form.revision_digest.data or "")
    shown = draft_layout.texts(desk.policy, desk.item.kind, (seen or desk.revision).draft)
    kept = [
        text
        for text in shown
        if draft_layout.as_posted(given.get(text.at, text.value)) != draft_layout.as_posted(text.value)
    ]
    again = page.legal["edit"].allowed and seen is not None
    retitled = (form.title.data or "") if seen and form.title.data != seen.title else ""
    if again:
        _offer(form, page)
    return layout.page(
        "items/conflict.html", 409, page=page, moved=moved, form=form, act="edit", again=again, seen=seen,
        differs=differs, kept=kept, retitled=retitled, given=given, name_of=name_of, needed=text_needed(page, "edit"),
        names=items.labels(page), **items.around(page),
    )  # fmt: skip
