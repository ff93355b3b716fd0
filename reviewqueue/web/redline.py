"""Redline: the current draft against an earlier text, chosen by the address. A GET that changes nothing."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from reviewqueue import desk, redline
from reviewqueue.web import drafts, frame, items
from reviewqueue.web.extensions import now, session

blueprint = frame.room("redline", __name__)
# What the draft can be held against: the choice as it stands in the address, in words, and what is said without one.
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
    """What changed since the text that the address names, or since the first that there is."""
    reading, at = session(), now()
    actor = frame.actor(at)
    found = desk.for_person(reading, item_id, actor, at)
    bases = redline.bases(reading, found, actor, at)
    chosen = frame.asked("against")
    if chosen not in bases:
        chosen = next((key for key, base in bases.items() if base), "revision")
    base = bases[chosen]
    policy, item = found.policy, found.item
    return frame.page(
        "items/redline.html", desk=found, item=item, gate=found.gate, lane=policy.lane(item.lane), bases=bases,
        against=AGAINST, chosen=chosen, base=base,
        differs=items.between(base.revision, found.revision) if base else [],
        names=lambda pointer: drafts.labels(policy, item.kind, pointer),
    )  # fmt: skip
