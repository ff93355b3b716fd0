"""Planted: what the tests of seeded defects have in common: sealing one, planting it, and every road it could go out by."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from reviewqueue.api import item_queries
from reviewqueue.core.errors import DomainError
from reviewqueue.db.tables.releases import Release
from reviewqueue.db.tables.seeded_defects import SeededDefect
from reviewqueue.delivery import sent_reports
from reviewqueue.exceptions import exception_cases
from reviewqueue.items import acknowledge_change, intake
from reviewqueue.measurement.seeded import seeded_drafts
from reviewqueue.policy import policy_versions
from reviewqueue.review import bulk, resolve_exception
from tests import drafts, northbeam
from tests.cast import DANA, HELEN, MARCUS, TOM
from tests.support.releases import send_by_hand, tell
from tests.world import World

AT = (drafts.LANE, "customer-communication")
GATE = "gates/customer-communication.toml"


def rules(world: World, *changes: tuple[str, str, str]) -> None:
    """Put the shipped active policy with (file, old, new) changed."""
    files = northbeam.files()
    for file, old, new in changes:
        assert old in files[file], (file, old)
        files[file] = files[file].replace(old, new)
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)


def good(world: World) -> int:
    """A customer message that people approved as it was submitted, and that does not go out any more."""
    item = world.submit(drafts.email(drafts.deal()))
    world.decide(DANA, item, "approve")
    give_up(world, item)
    return item


def give_up(world: World, item: int) -> None:
    """Somebody gave its release up."""
    with world.session() as session:
        gone = sa.update(Release).where(Release.item_id == item)
        session.execute(gone.values(state="given_up", done_at=world.now))
        session.commit()


def sealed(world: World, salt: str = "") -> int:
    """Seal the next draft of the customer-communication gate; returns the plant's id. The salts are always the same, so
    that the faults are."""
    salt = salt or f"{world.count(SeededDefect):032x}"
    with world.session() as session:
        policy = policy_versions.current(session)
        lane, gate = policy.lane(AT[0]), policy.gate(*AT)
        assert lane is not None
        assert gate is not None
        made = seeded_drafts.seal(session, lane, gate, world.now, salt)
        assert made is not None, "no approved draft can be copied"
        return made


def plant(world: World, salt: str = "") -> int:
    """Seal and plant one; returns the item's id."""
    good(world)
    made = sealed(world, salt)
    with world.session() as session:
        item = seeded_drafts.insert_now(session, made, world.now)
    assert item is not None, "what was sealed does not hold any more"
    world.run_checks()
    return item


def row(world: World, item: int) -> SeededDefect:
    """What an item is planted as."""
    with world.session() as session:
        return session.scalars(sa.select(SeededDefect).where(SeededDefect.item_id == item)).one()


def bulk_approve(world: World, item: int) -> None:
    """Approve it with others, from the queue."""
    with world.session() as session:
        chosen = [bulk.ChosenItem(item, world.seen(item), opened=True)]
        bulk.decide(session, DANA.id, ("customer_email", AT[1]), chosen, world.ask("approve"), world.now)


def override(world: World, item: int) -> None:
    """Override a failed check, by two people."""
    with world.session() as session:
        check = {
            "key": "evidence.made-up",
            "version": 1,
            "outcome": "fail",
            "blocking": True,
            "message": "No.",
            "at": "",
        }
        query = (
            "INSERT INTO checks (revision_id, key, version, outcome, blocking, message, at, origin) SELECT id, :key, "
        )
        query += ":version, :outcome, :blocking, :message, :at, '' FROM revisions WHERE item_id = :item"
        session.execute(sa.text(query), {**check, "item": item})
        session.commit()
    for person in (TOM, HELEN):
        world.decide(person, item, "override", passes=("evidence.made-up",))


def edit_and_approve(world: World, item: int) -> None:
    """Edit it, and have somebody else approve that."""
    draft = world.draft(item)
    world.decide(DANA, item, "edit", draft={**draft, "body": f"{draft['body']}\nSee you soon."})
    world.decide(MARCUS, item, "approve")


def escalate_and_approve(world: World, item: int) -> None:
    """Escalate it, and have the leader approve it."""
    world.decide(DANA, item, "escalate")
    world.decide(HELEN, item, "approve")


def exception_and_approve(world: World, item: int) -> None:
    """Open an exception about it, resolve that back to the gate, and approve."""
    with world.session() as session:
        said = exception_cases.ExceptionRequest(
            "non-standard-promise", "A promise", "It promises something new.", item_id=item
        )
        case = exception_cases.open_case(session, DANA.id, said, world.now)
        ended = resolve_exception.Resolution("back_to_gate", "Looked at it: nothing is wrong.")
        resolve_exception.resolve(session, HELEN.id, case, ended, world.now)
    world.decide(DANA, item, "approve")


def look_and_approve(world: World, item: int) -> None:
    """Look again at what moved, and approve."""
    with world.session() as session, suppress(DomainError):
        request = acknowledge_change.LookRequest([])
        acknowledge_change.acknowledge(session, DANA.id, item, request, world.seen(item), world.now)
    world.decide(DANA, item, "approve")


def twice(world: World, item: int) -> None:
    """Approve it, and have somebody else approve it too."""
    world.decide(DANA, item, "approve")
    world.decide(MARCUS, item, "approve")


def by_hand(world: World, item: int) -> None:
    """Approve it and say that it was sent by hand."""
    with suppress(DomainError):
        world.decide(DANA, item, "approve")
    send_by_hand(world, DANA, item)


def reported(world: World, item: int) -> None:
    """Its automation polls it, and reports that it sent it."""
    for caller in (world.caller, world.stranger):
        with world.session() as session:
            with suppress(DomainError):
                item_queries.load_item(session, caller, item, world.now, mail=True)
                raise AssertionError("a client sees a seeded defect")
            with suppress(DomainError):
                sent_reports.record_report(
                    session,
                    caller,
                    item,
                    sent_reports.SentReport(world.seen(item).revision, world.now, "me"),
                    world.now,
                )
                raise AssertionError("a client reports a seeded defect as sent")
            with suppress(DomainError):
                intake.withdraw(session, caller, item, "It was not mine at all.", world.now)
    tell(world, item)


def sql(*statements: str) -> Callable[[World, int], None]:
    """Straight into the database, as the application may."""

    def road(world: World, item: int) -> None:
        with world.engine.connect() as connection:
            for statement in statements:
                connection.execute(sa.text(statement), {"item": item})
            connection.commit()

    return road


APPROVED = "UPDATE items SET state = 'approved' WHERE id = :item"
RELEASE = (
    "INSERT INTO releases (item_id, revision_id, decision_id, digest, destination, kind, state, attempts, next_at, lease, "
    "opened_at, sent_by) SELECT :item, r.id, (SELECT min(id) FROM decisions), r.digest, 'outgoing-mail', 'email', "
    "'waiting', 0, r.made_at, '', r.made_at, '' FROM revisions r WHERE r.item_id = :item"
)
MOVED = (
    "UPDATE releases SET item_id = :item, state = 'waiting', done_at = NULL WHERE id = (SELECT min(id) FROM releases)"
)
ROADS: list[tuple[str, Callable[[World, int], object]]] = [
    ("approve", lambda world, item: world.decide(DANA, item, "approve")),
    ("two approvals", twice),
    ("override", override),
    ("edit, then approve", edit_and_approve),
    ("approve with others", bulk_approve),
    ("look again, then approve", look_and_approve),
    ("escalate, and the leader approves", escalate_and_approve),
    ("resolve its exception, then approve", exception_and_approve),
    ("send by hand", by_hand),
    ("report as sent", reported),
    ("approved by SQL", sql(APPROVED)),
    ("a release by SQL", sql(RELEASE)),
    ("another's release by SQL", sql(MOVED)),
]


def tried(world: World, road: Callable[[World, int], object], item: int) -> None:
    """Go a road as far as it goes."""
    with suppress(DomainError, DBAPIError):
        road(world, item)
