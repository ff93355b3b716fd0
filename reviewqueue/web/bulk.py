"""Bulk: the lines chosen in the queue, the acts open to them together, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app, request
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeSerializer
from wtforms import HiddenField, TextAreaField

from reviewqueue import bulk as verbs
from reviewqueue import desk, review, sight
from reviewqueue.refusals import Invalid
from reviewqueue.web import drafts, frame
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.forms import Form, chosen_if_only, pick
from reviewqueue.web.marks import Marks

blueprint = frame.room("bulk", __name__)
UNREAD = (
    "Nothing was decided: no draft that has to be opened first is ticked. Open each of these below, and tick it; your "
    "reason and your words are still here."
)


class BulkForm(Form):
    """One act on all that were chosen."""

    action = HiddenField()
    reason_code = pick("Reason")
    text = TextAreaField("Why")


def token(item_id: int, seen: sight.Seen) -> str:
    """A line as the queue's form carries it: the item and the digests that were on the page."""
    return f"{item_id}~{seen.revision}~{seen.evidence}~{seen.policy}"


def _chosen() -> list[verbs.Chosen]:
    split = [given.split("~") for given in request.form.getlist("item")]
    found = [(frame.row(parts[0]), sight.Seen(*parts[1:])) for parts in split if len(parts) == 4]
    opened = {told for given in request.form.getlist("opened") if (told := _told(given))}
    return [verbs.Chosen(item_id, seen, token(item_id, seen) in opened) for item_id, seen in found if item_id]


def opening(item_id: int, seen: sight.Seen) -> str:
    """What the tick under a whole draft sends: that this person was shown it at these digests, signed."""
    return str(_signer().dumps([visitor().person_id, token(item_id, seen)]))


def _told(given: str) -> str:
    """The line that this person ticked under its draft; "" for what no page of ours showed to them."""
    try:
        person, line = _signer().loads(given)
    except (BadData, ValueError, TypeError):
        return ""
    return line if person == visitor().person_id and isinstance(line, str) else ""


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="opened-together")


@blueprint.post("/queue/chosen")
def chosen() -> ResponseReturnValue:
    """What may be done with the chosen lines together. Nothing is written yet."""
    found = _chosen()
    if not found:
        frame.told("warn", "Nothing was chosen", more="Tick the lines that belong together first.")
        return frame.back_to("queue.lines")
    return _shown(found)


@blueprint.post("/queue/decisions")
def decide() -> ResponseReturnValue:
    """Decide them, each by itself; then what was done and what was left out."""
    form, found = BulkForm(), _chosen()
    at = request.form.get("kind", ""), request.form.get("gate", "")
    typed = (form.text.data or "").replace("\r\n", "\n")
    ask = review.Ask(form.action.data or "", form.reason_code.data or "", typed)
    try:
        done = verbs.decide(session(), visitor().person_id, at, found, ask, now())
    except Invalid as refused:
        form.blame(refused)
        return _shown(found, refused.status, form, at, refused.says)
    unread = [line for line in done.left if line.unread]
    if unread and not done.done:
        return _shown(found, 422, form, at, UNREAD, unread)
    taken = "" if done.left else f"{ask.action}-{at[0]}-{at[1]}"
    return frame.page("queue/done.html", done=done, act=ask.action, typed=typed, taken=taken, here="/queue")


def _shown(
    found: list[verbs.Chosen],
    status: int = 200,
    refused: BulkForm | None = None,
    at: tuple[str, str] = ("", ""),
    says: str = "",
    unread: Sequence[verbs.Line] = (),
) -> ResponseReturnValue:
    groups, unseen = verbs.look(session(), visitor().person_id, found, now())
    shown = {number: _read(one) for group in groups for number, one in group.desks.items()}
    forms: dict[tuple[str, str, str], BulkForm] = {}
    kept = "" if refused is None else refused.text.data
    for group in groups:
        for offer in group.offers:
            key = (group.kind, group.gate, offer.act)
            back = refused is not None and (*at, refused.action.data) == key
            form = refused if refused and back else BulkForm(sent=False, action=offer.act)
            kept = "" if back else kept  # where its act is not open any more, the words stand below
            chosen_if_only(form.reason_code, [(one.code, one.label) for one in offer.reasons])
            forms[key] = form
    context: dict[str, Any] = {"groups": groups, "unseen": unseen, "forms": forms, "says": says, "refused": refused}
    context |= {"unread": unread, "kept": kept, "shown": shown, "opening": opening}
    context["refused_at"] = "-".join((refused.action.data or "", *at, "")) if refused else ""
    context["opened"] = {one.item_id for one in found if one.opened}
    return frame.page("queue/chosen.html", status, token=token, here="/queue", drafts=drafts, **context)


def _read(found: desk.Desk) -> dict[str, Any]:
    """One draft, whole, as its own page shows it to read; why it has to be opened, and what does not pass."""
    item, draft = found.item, found.revision.draft
    reading = drafts.shape(item.kind, draft)
    return {
        "draft": draft,
        "reading": reading,
        "sections": drafts.sections(found.policy, draft, found.checks) if reading == "packet" else [],
        "marks": Marks(draft, (), before=f"item-{item.id}-"),
        "why": verbs.to_open(found),
        "checks": [check for check in found.checks if check.outcome != "pass"],
        "digests": sight.Seen(found.revision.digest, found.evidence, item.policy_digest),
    }
