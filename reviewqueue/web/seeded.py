"""What the item page shows of a seeded defect once it is revealed: everything to its decider, to others only that it
was one."""

from __future__ import annotations

from dataclasses import dataclass

from reviewqueue.db.tables.seeded_defects import SeededDefect
from reviewqueue.items.item_page import ItemPage
from reviewqueue.measurement.seeded import seeded_drafts
from reviewqueue.people import access
from reviewqueue.people.actors import effective_roles
from reviewqueue.policy import policy_versions
from reviewqueue.web.extensions import session

END_STATES = ("withdrawn", "superseded", "expired")  # the states in which a seeded defect ends; no other is looked up


@dataclass(frozen=True)
class RevealedDefect:
    """A revealed seeded defect; whether this person decided it (`mine`), may read what was wrong (`reads`), and may
    read who did what (`named`): their own, or everybody's where the policy allows it."""

    plant: SeededDefect
    mine: bool
    reads: bool
    named: bool


def revealed_defect(page: ItemPage) -> RevealedDefect | None:
    """What to show of an item that was a seeded defect; None for a real draft, and for one that is not revealed yet."""
    if page.context.item.state not in END_STATES:
        return None
    plant = seeded_drafts.of_item(session(), page.context.item.id)
    if plant is None:
        return None
    mine = page.context.item.settled_by_id == page.actor.person_id
    reads = mine or access.has_ability(effective_roles(page.actor), "read seeded defects")
    per_person = policy_versions.current(session()).organisation.catch_rate_per_person
    return RevealedDefect(plant, mine, reads, mine or per_person)
