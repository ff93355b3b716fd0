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
from reviewqueue.review import bulk, decision_requests
from reviewqueue.web import draft_layout, layout
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.forms import Form, select_field, set_choices_with_prompt
from reviewqueue.web.highlights import Marks

blueprint = layout.signed_in_blueprint("bulk", __name__)
UNREAD_TEXT = (
    "Nothing was decided: no draft that has to be opened first is ticked. Open each of these below, and tick it; your "
    "reason and your words are still here."
)


class BulkForm(Form):
    """One act on all chosen items."""

    action = HiddenField()
    reason_code = select_field("Reason")
    text = TextAreaField("Why")


def token(item_id: int, seen: seen_version.SeenVersion) -> str:
    """An item as the queue's form carries it: its id and the digests that were on the page."""
    return f"{item_id}~{seen.revision}~{seen.evidence}~{seen.policy}"


def _submitted_choices() -> list[bulk.ChosenItem]:
    parts_of_each = [given.split("~") for given in request.form.getlist("item")]
    found = [
        (layout.row_id(parts[0]), seen_version.SeenVersion(*parts[1:])) for parts in parts_of_each if len(parts) == 4
    ]
    opened = {told for given in request.form.getlist("opened") if (told := _proved_token(given))}
    return [bulk.ChosenItem(item_id, seen, token(item_id, seen) in opened) for item_id, seen in found if item_id]


def signed_opening(item_id: int, seen: seen_version.SeenVersion) -> str:
    """What the checkbox under a whole draft sends: a signed proof that this person was shown it at these digests."""
    return str(_signer().dumps([visitor().person_id, token(item_id, seen)]))


def _proved_token(given: str) -> str:
    """The `token` that `signed_opening` signed for this person; "" for anything that we did not sign for them."""
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
    found = _submitted_choices()
    if not found:
        layout.flash_result("warn", "Nothing was chosen", more="Tick the lines that belong together first.")
        return layout.back_to("queue.lines")
    return _render_groups(found)


@blueprint.post("/queue/decisions")
def decide() -> ResponseReturnValue:
    """Decide each of them by itself; then show what was done and what was left out."""
    form, chosen_items = BulkForm(), _submitted_choices()
    at = request.form.get("kind", ""), request.form.get("gate", "")
    typed = (form.text.data or "").replace("\r\n", "\n")
    decision_request = decision_requests.DecisionRequest(form.action.data or "", form.reason_code.data or "", typed)
    try:
        done = bulk.decide(session(), visitor().person_id, at, chosen_items, decision_request, now())
    except Invalid as refused:
        form.add_faults(refused)
        return _render_groups(chosen_items, refused.status, form, at, refused.says)
    unread = [line for line in done.left if line.unread]
    if unread and not done.done:
        return _render_groups(chosen_items, 422, form, at, UNREAD_TEXT, unread)
    taken = "" if done.left else f"{decision_request.action}-{at[0]}-{at[1]}"
    return layout.page(
        "queue/bulk_result.html", done=done, act=decision_request.action, typed=typed, taken=taken, here="/queue"
    )


def _render_groups(
    chosen_items: list[bulk.ChosenItem],
    status: int = 200,
    refused: BulkForm | None = None,
    at: tuple[str, str] = ("", ""),
    says: str = "",
    unread: Sequence[bulk.BulkLine] = (),
) -> ResponseReturnValue:
    groups, unseen = bulk.preview(session(), visitor().person_id, chosen_items, now())
    draft_views = {number: _draft_view(one) for group in groups for number, one in group.contexts.items()}
    forms: dict[tuple[str, str, str], BulkForm] = {}
    kept = "" if refused is None else refused.text.data
    for group in groups:
        for offer in group.offers:
            key = (group.kind, group.gate, offer.act)
            back = refused is not None and (*at, refused.action.data) == key
            form = refused if refused and back else BulkForm(sent=False, action=offer.act)
            kept = "" if back else kept  # where the act is not open any more, the text is shown below
            set_choices_with_prompt(form.reason_code, [(one.code, one.label) for one in offer.reasons])
            forms[key] = form
    context: dict[str, Any] = {"groups": groups, "unseen": unseen, "forms": forms, "says": says, "refused": refused}
    context |= {"unread": unread, "kept": kept, "shown": draft_views, "opening": signed_opening}
    context["refused_at"] = "-".join((refused.action.data or "", *at, "")) if refused else ""
    context["opened"] = {one.item_id for one in chosen_items if one.opened}
    return layout.page("queue/bulk.html", status, token=token, here="/queue", drafts=draft_layout, **context)


def _draft_view(context: item_context.ItemContext) -> dict[str, Any]:
    """One draft in full, laid out as on its own page; with why it has to be opened, and the checks that do not pass."""
    item, draft = context.item, context.revision.draft
    reading = draft_layout.shape(item.kind, draft)
    return {
        "draft": draft,
        "reading": reading,
        "sections": draft_layout.sections(context.policy, draft, context.checks) if reading == "packet" else [],
        "marks": Marks(draft, (), before=f"item-{item.id}-"),
        "why": bulk.why_open_first(context),
        "checks": [check for check in context.checks if check.outcome != "pass"],
        "digests": seen_version.SeenVersion(context.revision.digest, context.evidence, item.policy_digest),
    }
