"""Redline: which earlier text a draft is held against, for whom; what a person may not see is not there."""

from __future__ import annotations

from datetime import timedelta

from reviewqueue.db.database import writing
from reviewqueue.db.tables.people import Person
from reviewqueue.items import item_context, redline
from reviewqueue.people import actors
from tests import drafts
from tests.cast import DANA, INES, MARCUS, PRIYA, TOM, Named
from tests.web.test_items import question
from tests.world import World


def bases(world: World, person: Named, item: int) -> dict[str, tuple[int, int] | None]:
    """(item, revision) of each base that this person is offered."""
    with world.session() as session:
        actor = actors.load_actor(session, person.id, world.now)
        found = redline.bases(session, item_context.load(session, item, world.now), actor, world.now)
        return {key: (base.item.id, base.revision.number) if base else None for key, base in found.items()}


def edit(world: World, person: Named, item: int, subject: str) -> None:
    """Another revision."""
    world.decide(person, item, "edit", draft={**world.draft(item), "subject": subject})


def test_the_three_bases_of_a_message(world: World) -> None:
    """A first message has none; then its last revision, the last approved one of its kind and subject, and the last
    approved message of any kind, each the latest; another onboarding's are no base."""
    about, later = drafts.deal(), world.now + timedelta(hours=1)
    world.decide(DANA, world.submit(drafts.email()), "approve")
    first = world.submit(drafts.email(about))
    assert bases(world, DANA, first) == {"revision": None, "approved": None, "received": None}
    world.decide(DANA, first, "approve")
    other = world.submit(drafts.email(about, subject="Your first report"))
    rejected = world.submit(drafts.email(about, subject="Never sent"))
    world.decide(DANA, other, "approve", now=later)
    world.decide(DANA, rejected, "reject", now=later)
    again = world.submit(drafts.email(about, body=f"{drafts.BODY}\nSee you soon."), now=later)
    assert bases(world, DANA, again) == {"revision": None, "approved": (first, 1), "received": (other, 1)}
    edit(world, MARCUS, again, "Kickoff, our proposal")
    assert bases(world, DANA, again) == {"revision": (again, 1), "approved": (first, 1), "received": (other, 1)}
    world.decide(DANA, again, "approve", now=later)
    assert bases(world, DANA, first) == {"revision": None, "approved": None, "received": None}, (
        "what came later is none"
    )


def test_a_plan_has_two_and_an_earlier_approved_revision_of_its_own_comes_first(world: World) -> None:
    about = drafts.deal()
    first = world.submit(drafts.plan(about))
    world.decide(INES, first, "approve")
    second = world.submit(drafts.plan(about, drafts.MILESTONES[:1]))
    assert bases(world, INES, second) == {"revision": None, "approved": (first, 1)}
    item = world.submit(drafts.in_lane(drafts.email(), drafts.TWO_APPROVALS))
    world.decide(TOM, item, "approve")
    for number in range(3):
        edit(world, DANA, item, f"Kickoff, proposal {number}")
    assert bases(world, MARCUS, item) == {"revision": (item, 3), "approved": (item, 1), "received": None}


def test_a_base_that_a_person_may_not_see_is_not_there(world: World) -> None:
    """Who is no CSM any more sees what they edited, and is offered nothing else; who still is has the latest."""
    about, later = drafts.deal(), world.now + timedelta(hours=1)
    mine, theirs = world.submit(drafts.email(about)), world.submit(drafts.email(about, subject="Your first report"))
    edit(world, DANA, mine, "Kickoff, our proposal")
    world.decide(MARCUS, mine, "approve")
    world.decide(MARCUS, theirs, "approve", now=later)
    item = world.submit(drafts.email(about, subject="Welcome"), now=later)
    edit(world, DANA, item, "Welcome to all of you")
    anew = drafts.email(about, subject="Your first report", body=f"{drafts.BODY}, CSM")
    other = world.submit(anew, now=later)
    edit(world, DANA, other, "Your first report is there")
    assert bases(world, DANA, item)["received"] == (theirs, 1)
    assert bases(world, DANA, other)["approved"] == (theirs, 1)
    with world.session() as session, writing(session):
        session.get_one(Person, DANA.id).held = "finance"
    assert bases(world, DANA, item)["received"] == (mine, 2)
    assert bases(world, DANA, other)["approved"] is None
    assert bases(world, MARCUS, item)["received"] == (theirs, 1)


def test_what_belongs_to_no_onboarding_has_only_its_own_revisions(world: World) -> None:
    asked = question()
    world.decide(PRIYA, world.submit(asked), "approve", choice="account:001A")
    assert bases(world, PRIYA, world.submit(asked)) == {"revision": None, "approved": None}
