"""What Dana owns on her last day: an account, an exception, an assigned item with a lease, and a stand-in's duty."""

from __future__ import annotations

from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.exceptions import case_actions, exception_cases
from reviewqueue.exceptions.exception_cases import ExceptionRequest
from reviewqueue.items import assignments, leases
from reviewqueue.onboarding import owner
from tests import drafts
from tests.cast import DANA, HELEN, PRIYA, Named
from tests.rules.test_separation import stands_in
from tests.world import World


def given(world: World, item: int, to: Named) -> None:
    """An item is assigned to somebody."""
    with world.session() as session:
        assignments.reassign(session, HELEN.id, item, to.id, "Please look at this one today.", world.now)


def opened(world: World, item: int, to: Named, category: str = "timeline-risk") -> int:
    """An exception that somebody owns."""
    asked = ExceptionRequest(category, "The date cannot hold", "The date cannot hold, says the customer.", item)
    with world.session() as session:
        case = exception_cases.open_case(session, PRIYA.id, asked, world.now)
        if session.get_one(ExceptionCase, case).owner_id != to.id:
            why = "They know the customer well."
            case_actions.reassign(session, PRIYA.id, case, f"person:{to.id}", why, world.now)
    return case


def dana_owns(world: World) -> dict[str, int]:
    """All of it; returns the ids of item, account (its onboarding) and case."""
    item = world.submit(drafts.email())
    account = world.item(item).onboarding_id or 0
    given(world, item, DANA)
    with world.session() as session:
        owner.set_owner(session, HELEN.id, account, DANA.id, "She led the sale.", world.now)
        leases.take(session, DANA.id, item, world.now)
    case = opened(world, item, DANA)
    stands_in(world, HELEN, DANA)
    return {"item": item, "account": account, "case": case}


def owners(world: World, dana: dict[str, int]) -> tuple[int | None, int | None, int | None]:
    """Who owns account, exception and item now, by id."""
    with world.session() as session:
        case, run = session.get_one(ExceptionCase, dana["case"]), session.get_one(Onboarding, dana["account"])
        return run.owner_id, case.owner_id, world.item(dana["item"]).assignee_id
