"""Account owners: whoever owns an account, or stands in for its owner, finds in the queue what waits for them there,
without a role of the gate; and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from reviewqueue.core.errors import NotFound
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, insert_rows
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.items import decidable, item_context, queue_positions, queue_ranges, queues, workload
from reviewqueue.items.queue_positions import Count
from reviewqueue.items.queue_ranges import QueueFilters
from reviewqueue.onboarding import owner as onboarding_owner
from reviewqueue.people import actors
from reviewqueue.policy import policy_versions
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, LENA, MARCUS, NOOR, TOM, Named
from tests.rules.test_separation import chain
from tests.support.executed_statements import hearing
from tests.world import World

HOUR = timedelta(hours=1)
KICKOFF = {"kind": "kickoff_brief", "gate": "kickoff-preparation"}


def account(world: World, owner: Named | None, name: str = "Marlow Freight") -> int:
    """An onboarding and whose it is."""
    with world.session() as session, writing(session):
        return insert_row(
            session, Onboarding, system="crm", external_id=drafts.deal().external_id, lane=drafts.LANE, customer=name,
            customer_key=name.casefold(), owner_id=owner.id if owner else None, started_at=world.now,
        )  # fmt: skip


def items(world: World, onboarding: int, *rows: dict[str, Any]) -> list[int]:
    """Items of an onboarding as rows, kickoff briefs due in an hour unless they say otherwise."""
    with world.session() as session, writing(session):
        digest = policy_versions.current(session).digest
        whole = {
            "lane": drafts.LANE, **KICKOFF, "title": "Kickoff brief", "customer": "Marlow Freight",
            "customer_key": "marlow freight", "automation_id": 1, "state": "pending", "policy_digest": digest,
            "opened_at": world.now, "due_at": world.now + HOUR, "onboarding_id": onboarding, "settled_at": None,
            "assignee_id": None,
        }  # fmt: skip
        before = set(session.scalars(select(Item.id)))
        insert_rows(session, Item, [{**whole, **row} for row in rows])
        return sorted(set(session.scalars(select(Item.id))) - before)


def asked(world: World, person: Named, read: Callable[..., Any], *more: Any) -> Any:
    """What `read(session, policy, actor, …)` gives a person."""
    with world.session() as session:
        return read(session, policy_versions.current(session), actors.load_actor(session, person.id, world.now), *more)


def shown(world: World, person: Named, **said: Any) -> list[int]:
    """The items on a page of somebody's queue."""
    return [item.id for item, _ in asked(world, person, queues.page, QueueFilters(**said), world.now).rows]


def following(world: World, person: Named, beside: int = 0) -> int | None:
    """What comes next for them."""
    with world.session() as session:
        item = session.get(Item, beside)
        place = queue_positions.start(item, QueueFilters(), by_name=False) if item else None
        actor = actors.load_actor(session, person.id, world.now)
        return (
            queue_positions.QueueList(session, policy_versions.current(session), actor, QueueFilters(), world.now)
            .step(place, beside)
            .item_id
        )


def test_the_owner_finds_theirs_and_nothing_else(world: World) -> None:
    """Lena holds no role of the gate: her accounts' briefs are there, other drafts and others' accounts are not."""
    mine, others, nobodys = account(world, LENA), account(world, TOM), account(world, None)
    late, soon, sent_back, decided, risk = items(
        world, mine, {"due_at": world.now - HOUR}, {}, {"state": "sent_back"},
        {"state": "approved", "settled_at": world.now}, {"kind": "risk_summary", "gate": "risk-escalation"},
    )  # fmt: skip
    other, *_ = items(world, others, {}, {"assignee_id": LENA.id}) + items(world, nobodys, {})
    assert shown(world, LENA) == [late, soon]
    assert shown(world, LENA, view="open") == sorted([late, soon, sent_back], key=lambda one: (one != late, one))
    assert shown(world, LENA, view="sent_back") == [sent_back]
    assert shown(world, LENA, view="decided") == [decided]
    assert shown(world, LENA, overdue=True) == [late]
    assert shown(world, LENA, customer="Birch") == []
    assert shown(world, LENA, gate="risk-escalation") == [], f"#{risk} is the leader's"
    assert other in shown(world, TOM)
    assert shown(world, NOOR, view="open") == [], "who owns nothing sees nothing"
    found = asked(world, LENA, queue_positions.counts, queue_ranges.VIEWS, world.now)
    assert {view: one.many for view, one in found.items()} == {
        "mine": 2,
        "escalated": 0,
        "sent_back": 1,
        "open": 3,
        "decided": 1,
    }
    assert (following(world, LENA), following(world, LENA, late), following(world, NOOR)) == (late, soon, None)


def test_what_is_escalated_is_seen_and_is_not_the_owners_to_decide(world: World) -> None:
    (item,) = items(world, account(world, LENA), {"state": "escalated"})
    assert (shown(world, LENA), shown(world, LENA, view="escalated")) == ([], [item])


def test_the_queue_shows_what_the_page_opens(world: World) -> None:
    """The same rule twice: what the queue has opens by its address, and what it has not does not."""
    hers, other = world.submit(drafts.email()), world.submit(drafts.email())
    with world.session() as session, writing(session):
        session.execute(update(Item).values(**KICKOFF))
    with world.session() as session:
        run = session.get_one(Item, hers).onboarding_id or 0
        onboarding_owner.set_owner(session, TOM.id, run, LENA.id, "Lena runs this account.", world.now)
    assert shown(world, LENA) == [hers]
    with world.session() as session:
        actor = actors.load_actor(session, LENA.id, world.now)
        assert item_context.load_visible(session, hers, actor, world.now).item.id == hers
        with pytest.raises(NotFound):
            item_context.load_visible(session, other, actor, world.now)


def test_who_stands_in_for_the_owner_finds_them_too(world: World) -> None:
    (item,) = items(world, account(world, LENA), {})
    assert shown(world, NOOR) == []
    chain(world, LENA, NOOR)
    assert (shown(world, NOOR), following(world, NOOR)) == ([item], item)


def test_who_holds_a_role_of_the_gate_sees_each_once(world: World) -> None:
    """Dana owns it and is a CSM: the walk of her role has it, and it is not there twice."""
    made = items(world, account(world, DANA), {}, {}) + items(world, account(world, LENA), {})
    assert shown(world, DANA) == made
    assert asked(world, DANA, queue_positions.counts, ("mine",), world.now) == {"mine": (3, False)}


def test_pages_go_on_along_the_accounts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "PAGE", 2)
    made = items(world, account(world, LENA), *({"due_at": world.now + number * HOUR} for number in range(5)))
    pages, after = [], ""
    while not pages or after:
        found = asked(world, LENA, queues.page, QueueFilters(after=after), world.now)
        pages.append([item.id for item, _ in found.rows])
        after = found.next
    assert pages == [made[:2], made[2:4], made[4:]]


def test_the_owner_decides_from_the_queue(world: World) -> None:
    """The next item is Lena's to approve, as the account's owner."""
    item = world.submit(drafts.email())
    with world.session() as session, writing(session):
        session.execute(update(Item).where(Item.id == item).values(**KICKOFF))
    with world.session() as session:
        onboarding_owner.set_owner(session, TOM.id, 1, LENA.id, "Lena runs this account.", world.now)
    assert following(world, LENA) == item
    with world.session() as session:
        nobody = actors.load_actor(session, NOOR.id, world.now)
        assert decidable.waits_of(session, nobody, [item], world.now)[item].code == "role", "it is not Noor's account"
    assert world.decide(LENA, item, "approve").state == "approved"
    assert [made.role for made in world.decisions(item)] == ["account_owner"]
    assert following(world, LENA) is None


def test_workload_and_its_link_name_the_owner(world: World) -> None:
    """Open, overdue and the oldest of what waits for Lena as owner; what waits for Marcus by name is his."""
    mine = account(world, LENA)
    late, soon, his, paused = items(
        world, mine, {"due_at": world.now - HOUR}, {}, {"assignee_id": MARCUS.id},
        {"due_at": world.now - 2 * HOUR},
    )  # fmt: skip
    with world.session() as session, writing(session):
        session.execute(update(Item).where(Item.id == paused).values(paused_at=world.now, pause="waiting_for_sales"))
    with world.session() as session:
        actor = actors.load_actor(session, HELEN.id, world.now)
        everybody, _ = workload.workload(session, policy_versions.current(session), actor, world.now)
    loads = {one.person.name: one.load for one in everybody}
    assert loads[LENA.name] == workload.Load(Count(3), Count(1), world.now - HOUR, Count(0), 0)
    assert loads[MARCUS.name].open == Count(1)
    found = asked(world, HELEN, queues.page, QueueFilters(view="open", whom=LENA.id), world.now)
    assert [item.id for item, _ in found.rows] == [paused, late, soon]
    assert found.waits_for[LENA.id] == LENA.name
    assert shown(world, HELEN, view="open", whom=MARCUS.id) == [his]
    assert shown(world, NOOR, view="open", whom=LENA.id) == [], "who sees no gate learns nothing"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_it_walks_along_the_accounts_and_asks_nobody_else(world: World) -> None:
    """By the onboarding's index; and for an auditor, who sees every gate by role, accounts are not even looked for."""
    items(world, account(world, LENA), {})
    with hearing(world.engine) as said:
        shown(world, LENA)
    (merged,) = [one for one, _ in said if "AS merged" in one]
    with world.engine.connect() as connection:
        plan = [row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {merged.replace('?', '51')}"))]
    assert [step for step in plan if "items" in step] == ["SEARCH items USING INDEX ix_items_subject (onboarding_id=?)"]
    with hearing(world.engine) as said:
        shown(world, AIKO, view="open")
    assert not [one for one, _ in said if "FROM onboardings" in one]
