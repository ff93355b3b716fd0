"""Redline: the current draft compared with an earlier text, which the query chooses."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from reviewqueue.items import item_context, redline
from reviewqueue.web import draft_layout, items, layout
from reviewqueue.web.extensions import now, session

blueprint = layout.signed_in_blueprint("redline", __name__)
# What the draft can be compared with: the value in the query, its label, and the message where there is no such text.
AGAINST = {
    "revision": ("the revision before", "This is the first revision of this item, so there is none before it."),
    "approved": (
        "what was last approved",
        "Of what you may see, nobody has approved an earlier text of this kind for this onboarding.",
    ),
    "received": (
        "the last message approved for this customer",
        "Of what you may see, no earlier message of this onboarding has been approved, so this is the first one.",
    ),
}


@blueprint.get("/items/<row:item_id>/redline")
def against(item_id: int) -> ResponseReturnValue:
    """What changed since the text that the query names, or since the first that exists."""
    reading, at = session(), now()
    actor = layout.actor(at)
    context = item_context.load_visible(reading, item_id, actor, at)
    bases = redline.bases(reading, context, actor, at)
    chosen = layout.query_arg("against")
    if chosen not in bases:
        chosen = next((key for key, base in bases.items() if base), "revision")
    base = bases[chosen]
    policy, item = context.policy, context.item
    return layout.page(
        "items/redline.html", context=context, item=item, gate=context.gate, lane=policy.lane(item.lane), bases=bases,
        against=AGAINST, chosen=chosen, base=base,
        differs=items.revision_changes(base.revision, context.revision) if base else [],
        names=lambda pointer: draft_layout.labels(policy, item.kind, pointer),
    )  # fmt: skip
