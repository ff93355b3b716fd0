"""Edits: every text of a draft in a field of its own. Saving makes a new revision through `review.decide`."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

from flask import request
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, StringField, TextAreaField

from reviewqueue import corrections, pages, review, sight
from reviewqueue.corrections import SOURCE_WRONG
from reviewqueue.pages import ItemPage
from reviewqueue.refusals import Invalid, Moved, NotAllowed
from reviewqueue.web import drafts, frame, items
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.forms import Form, choices, pick
from reviewqueue.web.marks import Marks
from reviewqueue.web.panels import text_needed
from reviewqueue.web.words import spelled, system

blueprint = frame.room("edits", __name__)
FIELD = "draft:"
BRIEF = 60


class EditForm(Form):
    """What goes with an edited draft: its title, the reason, and the digests that were on the page."""

    revision_digest = HiddenField()
    evidence_digest = HiddenField()
    policy_digest = HiddenField()
    title = StringField("Title")
    reason_code = pick("Reason")
    claim = pick("Which field is wrong")
    proposed = StringField("What it should say")
    text = TextAreaField("Why")


def name_of(at: str) -> str:
    """The form field of a place in the draft: its pointer, in letters every browser leaves alone."""
    return FIELD + quote(at, safe="/~")


def place_of(name: str) -> str:
    """The pointer of a form field."""
    return unquote(name.removeprefix(FIELD))


def typed() -> dict[str, str]:
    """What was typed, by pointer."""
    return {place_of(name): text for name, text in request.form.items() if name.startswith(FIELD)}


@blueprint.get("/items/<row:item_id>/edit")
def form(item_id: int) -> ResponseReturnValue:
    """The draft, ready to be edited by those who may."""
    page = pages.item_page(session(), item_id, visitor().person_id, now())
    legal = page.legal["edit"]
    if not legal.allowed:
        raise NotAllowed(f"You cannot edit this item: {legal.why}{f' ({legal.rule})' if legal.rule else ''}.")
    return _shown(page, EditForm(sent=False, title=page.desk.revision.title), {})


@blueprint.post("/items/<row:item_id>/edit")
def save(item_id: int) -> ResponseReturnValue:
    """Save as a new revision; what is wrong is said beside its field, and everything typed is still there."""
    given, me, at = EditForm(), visitor().person_id, now()
    page = pages.item_page(session(), item_id, me, at)
    revision, item = page.desk.revision, page.desk.item
    shown = drafts.texts(page.desk.policy, item.kind, revision.draft)
    ask = review.Ask(
        action="edit",
        reason_code=given.reason_code.data or "",
        text=(given.text.data or "").replace("\r\n", "\n"),
        draft=drafts.edited(revision.draft, shown, typed()),
        title=given.title.data or "",
        claim=frame.row(given.claim.data or ""),
        proposed=(given.proposed.data or "").replace("\r\n", "\n"),
    )
    seen = sight.Seen(
        given.revision_digest.data or "", given.evidence_digest.data or "", given.policy_digest.data or ""
    )
    try:
        done = review.decide(session(), me, item_id, ask, seen, at)
    except Moved as moved:
        return _moved(item_id, given, moved)
    except (Invalid, NotAllowed) as refused:
        return _shown(page, given, typed(), refused.status, refused.says, given.blame(refused))
    frame.told(
        "pass", f"Saved as revision {done.revision_number}", taken=f"edit-item-{item_id}",
        more="Every check ran again, and somebody else must approve it.",
        href=items.url_of(item_id, done.revision_number - 1), link="What you changed",
    )  # fmt: skip
    return frame.back_to("items.one", item_id=item_id)


def _offer(form: EditForm, page: ItemPage) -> None:
    """Fill in what the page knows: digests of what is shown now, reasons, and the fields that may be wrong."""
    desk = page.desk
    form.revision_digest.data = desk.revision.digest
    form.evidence_digest.data = desk.evidence
    form.policy_digest.data = desk.item.policy_digest
    reasons = desk.policy.reasons_for(desk.gate, "edit") if desk.gate else ()
    choices(form.reason_code, [("", "Choose one"), *((reason.code, reason.label) for reason in reasons)])
    named = items.labels(page)
    found = corrections.fields(session(), desk.revision.id) if SOURCE_WRONG in [one.code for one in reasons] else []
    lines = [
        (str(number), f"{named(claim.at)}: {_brief(value)} ({system(record.system)} {record.object} {claim.path})")
        for number, claim, record, value in found
    ]
    choices(form.claim, [("", "Choose one"), *((value, spelled(label)) for value, label in lines)] if lines else [])


def _brief(value: str | None) -> str:
    """A field's value as an option has room for it."""
    return "nothing" if not value else value if len(value) <= BRIEF else f"{value[:BRIEF]}…"


def _shown(
    page: ItemPage, form: EditForm, given: dict[str, str], status: int = 200, says: str = "", wrong: Any = ()
) -> ResponseReturnValue:
    desk = page.desk
    _offer(form, page)
    return frame.page(
        "items/edit.html", status, page=page, edit=form, given=given, says=says, name_of=name_of,
        texts=drafts.texts(desk.policy, desk.item.kind, desk.revision.draft),
        wrong={at.removeprefix("/draft"): message for at, message in wrong}, needed=text_needed(page, "edit"),
        names=items.labels(page), marks=Marks(desk.revision.draft, ()), **items.around(page),
    )  # fmt: skip


def _moved(item_id: int, form: EditForm, moved: Moved) -> ResponseReturnValue:
    """409: what moved, and what was typed, beside what is there now."""
    page = pages.item_page(session(), item_id, visitor().person_id, now())
    desk, given = page.desk, typed()
    seen, differs = items.since(page, form.revision_digest.data or "")
    shown = drafts.texts(desk.policy, desk.item.kind, (seen or desk.revision).draft)
    kept = [text for text in shown if drafts.as_posted(given.get(text.at, text.value)) != drafts.as_posted(text.value)]
    again = page.legal["edit"].allowed and seen is not None
    retitled = (form.title.data or "") if seen and form.title.data != seen.title else ""
    if again:
        _offer(form, page)
    return frame.page(
        "items/moved.html", 409, page=page, moved=moved, form=form, act="edit", again=again, seen=seen, differs=differs,
        kept=kept, retitled=retitled, given=given, name_of=name_of, needed=text_needed(page, "edit"),
        names=items.labels(page), **items.around(page),
    )  # fmt: skip
