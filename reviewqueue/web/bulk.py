"""Bulk decisions: the items chosen in the queue, the acts open to all of them, and the result for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app, request
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeSerializer
from wtforms import HiddenField, TextAreaField

from reviewqueue.core.errors import Invalid
from reviewqueue.items import item_context, seen_version
from reviewqueue.review import bulk, decisions
from reviewqueue.web import draft_layout, layout
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.forms import Form, chosen_if_only, pick
from reviewqueue.web.highlights import Marks

blueprint = layout.signed_in_blueprint("bulk", __name__)
UNREAD = (
    "Nothing was decided: no draft that has to be opened first is ticked. Open each of these below, and tick it; your "
    "reason and your words are still here."
)


class BulkForm(Form):
    """One act on all chosen items."""

    action = HiddenField()
    reason_code = pick("Reason")
    text = TextAreaField("Why")


def token(item_id: int, seen: seen_version.SeenVersion) -> str:
    """An item as the queue's form carries it: its id and the digests that were on the page."""
    return f"{item_id}~{seen.revision}~{seen.evidence}~{seen.policy}"


def _chosen() -> list[bulk.Chosen]:
    split = [given.split("~") for given in request.form.getlist("item")]
    found = [(layout.row_id(parts[0]), seen_version.SeenVersion(*parts[1:])) for parts in split if len(parts) == 4]
    opened = {told for given in request.form.getlist("opened") if (told := _told(given))}
    return [bulk.Chosen(item_id, seen, token(item_id, seen) in opened) for item_id, seen in found if item_id]


def opening(item_id: int, seen: seen_version.SeenVersion) -> str:
    """What the checkbox under a whole draft sends: a signed proof that this person was shown it at these digests."""
    return str(_signer().dumps([visitor().person_id, token(item_id, seen)]))


def _told(given: str) -> str:
    """The `token` that a signed `opening` proves for this person; "" for anything that we did not sign for them."""
    try:
        person, line = _signer().loads(given)
    except (BadData, ValueError, TypeError):
        return ""
    return line if person == visitor().person_id and isinstance(line, str) else ""


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="opened-together")


@blueprint.post("/queue/chosen")
def chosen() -> ResponseReturnValue:
    """The acts open to the chosen items together. Nothing is written yet."""
    found = _chosen()
    if not found:
        layout.flash_result("warn", "Nothing was chosen", more="Tick the lines that belong together first.")
        return layout.back_to("queue.lines")
    return _shown(found)


@blueprint.post("/queue/decisions")
def decide() -> ResponseReturnValue:
    """Decide each of them by itself; then show what was done and what was left out."""
    form, found = BulkForm(), _chosen()
    at = request.form.get("kind", ""), request.form.get("gate", "")
    typed = (form.text.data or "").replace("\r\n", "\n")
    ask = decisions.DecisionRequest(form.action.data or "", form.reason_code.data or "", typed)
    try:
        done = bulk.decide(session(), visitor().person_id, at, found, ask, now())
    except Invalid as refused:
        form.blame(refused)
        return _shown(found, refused.status, form, at, refused.says)
    unread = [line for line in done.left if line.unread]
    if unread and not done.done:
        return _shown(found, 422, form, at, UNREAD, unread)
    taken = "" if done.left else f"{ask.action}-{at[0]}-{at[1]}"
    return layout.page("queue/done.html", done=done, act=ask.action, typed=typed, taken=taken, here="/queue")


def _shown(
    found: list[bulk.Chosen],
    status: int = 200,
    refused: BulkForm | None = None,
    at: tuple[str, str] = ("", ""),
    says: str = "",
    unread: Sequence[bulk.Line] = (),
) -> ResponseReturnValue:
    groups, unseen = bulk.preview(session(), visitor().person_id, found, now())
    shown = {number: _read(one) for group in groups for number, one in group.desks.items()}
    forms: dict[tuple[str, str, str], BulkForm] = {}
    kept = "" if refused is None else refused.text.data
    for group in groups:
        for offer in group.offers:
            key = (group.kind, group.gate, offer.act)
            back = refused is not None and (*at, refused.action.data) == key
            form = refused if refused and back else BulkForm(sent=False, action=offer.act)
            kept = "" if back else kept  # where the act is not open any more, the text is shown below
            chosen_if_only(form.reason_code, [(one.code, one.label) for one in offer.reasons])
            forms[key] = form
    context: dict[str, Any] = {"groups": groups, "unseen": unseen, "forms": forms, "says": says, "refused": refused}
    context |= {"unread": unread, "kept": kept, "shown": shown, "opening": opening}
    context["refused_at"] = "-".join((refused.action.data or "", *at, "")) if refused else ""
    context["opened"] = {one.item_id for one in found if one.opened}
    return layout.page("queue/chosen.html", status, token=token, here="/queue", drafts=draft_layout, **context)


def _read(found: item_context.ItemContext) -> dict[str, Any]:
    """One draft in full, laid out as on its own page; with why it has to be opened, and the checks that do not pass."""
    item, draft = found.item, found.revision.draft
    reading = draft_layout.shape(item.kind, draft)
    return {
        "draft": draft,
        "reading": reading,
        "sections": draft_layout.sections(found.policy, draft, found.checks) if reading == "packet" else [],
        "marks": Marks(draft, (), before=f"item-{item.id}-"),
        "why": bulk.to_open(found),
        "checks": [check for check in found.checks if check.outcome != "pass"],
        "digests": seen_version.SeenVersion(found.revision.digest, found.evidence, item.policy_digest),
    }
