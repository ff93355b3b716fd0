"""What the item page says of a planted draft once it is revealed: all of it to whoever decided, to others that it
was."""

from __future__ import annotations

from dataclasses import dataclass

from reviewqueue import access, planted, policies
from reviewqueue.desk import roles_of
from reviewqueue.pages import ItemPage
from reviewqueue.records.planting import Plant
from reviewqueue.web.extensions import session

ENDS = ("withdrawn", "superseded", "expired")  # as what a planted draft ends; of all others nothing is asked


@dataclass(frozen=True)
class Shown:
    """A revealed plant; whether this person decided on it (`mine`), may read what was wrong (`reads`), and may read who
    did what (`named`): their own, or everybody's where the policy shows it."""

    plant: Plant
    mine: bool
    reads: bool
    named: bool


def shown(page: ItemPage) -> Shown | None:
    """What to say of an item's having been planted; None for a real one, and for one that nobody decided yet."""
    if page.desk.item.state not in ENDS:
        return None
    plant = planted.of_item(session(), page.desk.item.id)
    if plant is None:
        return None
    mine = page.desk.item.settled_by_id == page.actor.person_id
    reads = mine or access.able(roles_of(page.actor), "read planted drafts")
    per_person = policies.current(session()).organisation.catch_rate_per_person
    return Shown(plant, mine, reads, mine or per_person)
