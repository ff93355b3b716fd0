"""Queues: what waits for whom. Every item once and in order, however many are due at one moment; no scans."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from reviewqueue.core import vocabulary
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_rows
from reviewqueue.db.tables.items import Item
from reviewqueue.items import leases, queue_positions, queue_ranges, queues
from reviewqueue.items.queue_ranges import QueueFilters
from reviewqueue.people import actors
from reviewqueue.policy import policy_versions
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, INES, LENA, MARCUS, NOOR, PRIYA, RAVI, SAM, TOM, Named
from tests.rules.test_separation import chain
from tests.support.executed_statements import hearing
from tests.world import World

HOUR = timedelta(hours=1)
LANES = ("enterprise-saas", "mid-market-saas")
GATES = {
    "customer_email": "customer-communication",
    "handoff_packet": "handoff-quality",
    "kickoff_brief": "kickoff-preparation",
    "project_plan": "implementation-launch",
    "risk_summary": "risk-escalation",
    "portal_update": "customer-communication",
}


def put(world: World, *rows: dict[str, Any]) -> list[int]:
    """Items as rows, customer e-mails due in an hour unless they say otherwise; returns their ids."""
    with world.session() as session, writing(session):
        policy = policy_versions.current(session)
        whole = {
            "lane": "mid-market-saas",
            "kind": "customer_email",
            "title": "Kickoff invitation",
            "customer": "Marlow Freight",
            "automation_id": 1,
            "state": "pending",
            "policy_digest": policy.digest,
            "opened_at": world.now,
            "due_at": world.now + HOUR,
            "settled_at": None,
        }
        made = [{**whole, **row} for row in rows]
        for row in made:
            row.setdefault("gate", GATES[row["kind"]])
            row["customer_key"] = row["customer"].casefold()
            if row["state"] in vocabulary.SETTLED:
                row["settled_at"] = row["settled_at"] or world.now
        before = set(session.scalars(select(Item.id)))
        insert_rows(session, Item, made)
        return [found for found in session.scalars(select(Item.id).order_by(Item.id)) if found not in before]


def page(world: World, person: Named, now: datetime | None = None, **said: Any) -> queues.QueuePage:
    """One page of a person's queue."""
    now = now or world.now
    with world.session() as session:
        who = actors.load_actor(session, person.id, now)
        return queues.page(session, policy_versions.current(session), who, QueueFilters(**said), now)


def ids(found: queues.QueuePage) -> list[int]:
    """The items of a page."""
    return [item.id for item, _ in found.rows]


def every_page(world: World, person: Named, **said: Any) -> list[list[int]]:
    """All pages, one after the other, as somebody reads who follows the cursor."""
    pages, after = [], ""
    while not pages or after:
        found = page(world, person, after=after, **said)
        pages.append(ids(found))
        after = found.next
        assert len(pages) < 100, "the cursor goes round in circles"
    return pages


def counts(world: World, person: Named) -> dict[str, int]:
    """How many each view has."""
    with world.session() as session:
        who = actors.load_actor(session, person.id, world.now)
        found = queue_positions.counts(session, policy_versions.current(session), who, queue_ranges.VIEWS, world.now)
        return {view: one.many for view, one in found.items()}


def next_item(world: World, person: Named, beside: int = 0, now: datetime | None = None) -> int | None:
    """What comes next for a person, behind an item or from the front."""
    now = now or world.now
    with world.session() as session:
        who = actors.load_actor(session, person.id, now)
        item = session.get(Item, beside)
        place = queue_positions.start(item, QueueFilters(), by_name=item.assignee_id == person.id) if item else None
        return (
            queue_positions.QueueList(session, policy_versions.current(session), who, QueueFilters(), now)
            .step(place, beside)
            .item_id
        )


@pytest.mark.parametrize("size", [1, 3, 7, 50])
def test_pages_visit_each_item_once_and_in_order(world: World, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Over several desks, with many due at the same moment, some of them a microsecond apart."""
    monkeypatch.setattr(queues, "PAGE", size)
    hour = world.now + HOUR
    moments = [hour, hour, hour + timedelta(microseconds=1), hour - timedelta(microseconds=1), hour.replace(second=59)]
    rows = [
        {
            "lane": LANES[number % 2],
            "kind": list(GATES)[number % 5],
            "state": vocabulary.OPEN[number % 3],
            "due_at": moments[number % 7 % 5],
        }
        for number in range(43)
    ]
    made = put(world, *rows)
    wanted = [found for _, found in sorted((row["due_at"], found) for row, found in zip(rows, made, strict=True))]
    pages = every_page(world, AIKO, view="open")
    assert [found for one in pages for found in one] == wanted
    assert [len(one) for one in pages[:-1]] == [size] * (len(pages) - 1)
    assert 0 < len(pages[-1]) <= size


@pytest.mark.parametrize("size", [1, 4])
def test_decided_items_come_newest_first(world: World, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Whatever they were due at; those settled at one moment by number, each once."""
    monkeypatch.setattr(queues, "PAGE", size)
    rows = [
        {
            "state": vocabulary.SETTLED[number % len(vocabulary.SETTLED)],
            "settled_at": world.now - timedelta(minutes=number % 3),
            "due_at": world.now + timedelta(minutes=number * 7 % 5),
        }
        for number in range(13)
    ]
    made = put(world, *rows)
    settled = sorted(((row["settled_at"], found) for row, found in zip(rows, made, strict=True)), reverse=True)
    pages = every_page(world, AIKO, view="decided")
    assert [found for one in pages for found in one] == [found for _, found in settled]


def test_what_comes_and_goes_meanwhile_moves_nobody_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two pages one that was shown is settled and one comes in before the cursor: no gap, nothing twice."""
    monkeypatch.setattr(queues, "PAGE", 2)
    made = put(world, *({"due_at": world.now + HOUR * number} for number in range(1, 6)))
    first = page(world, DANA)
    with world.session() as session, writing(session):
        session.execute(update(Item).where(Item.id == made[0]).values(state="rejected", settled_at=world.now))
    put(world, {"due_at": world.now})
    second = page(world, DANA, after=first.next)
    third = page(world, DANA, after=second.next)
    assert (ids(first), ids(second), ids(third), third.next) == (made[:2], made[2:4], made[4:], "")


@pytest.mark.parametrize(
    ("cursor", "why"),
    [
        ("~", "empty halves"),
        ("yesterday~1", "no moment"),
        ("2026-03-02T15:00:00.000000~one", "no number"),
        ("2026-03-02T15:00:00.000000~-1", "below every number"),
        (f"2026-03-02T15:00:00.000000~{2**63}", "a number no database holds"),
        ("2026-03-02T15:00:00.000000' OR 1=1 --~1", "somebody's SQL"),
    ],
)
def test_a_cursor_that_is_none_starts_from_the_front(world: World, cursor: str, why: str) -> None:
    made = put(world, {}, {})
    assert ids(page(world, DANA, after=cursor)) == made, why


@pytest.fixture
def one_of_each(world: World) -> dict[str, int]:
    """A pending, an escalated, a sent back and a settled item at every gate of the mid-market lane."""
    kinds = [kind for kind in GATES if kind != "portal_update"]
    names = [(kind, state) for kind in kinds for state in (*vocabulary.OPEN, "approved")]
    made = put(world, *({"kind": kind, "state": state} for kind, state in names))
    return {f"{kind} {state}": found for (kind, state), found in zip(names, made, strict=True)}


EMAIL, PACKET, BRIEF, PLAN, RISK = list(GATES)[:5]
MINE = [
    (DANA, [(EMAIL, "pending"), (BRIEF, "pending")], "a CSM decides what goes to customers and kickoffs"),
    (PRIYA, [(PACKET, "pending")], "RevOps decides packets, though it sees everything"),
    (INES, [(PLAN, "pending")], "the implementation lead decides plans"),
    (TOM, [(EMAIL, "pending"), (RISK, "escalated")], "a manager decides e-mails, and risks that was escalated"),
    (
        HELEN,
        [*((kind, "escalated") for kind in (EMAIL, PACKET, BRIEF, PLAN, RISK)), (RISK, "pending")],
        "the CS leader decides what was escalated, and risks from the start",
    ),
    (AIKO, [], "an auditor decides nothing"),
    (SAM, [], "nor does an admin"),
    (LENA, [], "nor sales"),
]


def test_mine_is_what_my_roles_decide(world: World, one_of_each: dict[str, int]) -> None:
    for person, wanted, why in MINE:
        shown = sorted(ids(page(world, person)))
        assert shown == sorted(one_of_each[f"{kind} {state}"] for kind, state in wanted), why


SEES = [
    (AIKO, {EMAIL, PACKET, BRIEF, PLAN, RISK}, "an auditor sees every desk"),
    (PRIYA, {EMAIL, PACKET, BRIEF, PLAN, RISK}, "so does RevOps"),
    (HELEN, {EMAIL, PACKET, BRIEF, PLAN, RISK}, "and the CS leader"),
    (DANA, {EMAIL, PACKET, BRIEF, PLAN, RISK}, "a CSM decides at two gates and is let in at the others"),
    (TOM, {EMAIL, PACKET, BRIEF, PLAN, RISK}, "a manager too"),
    (INES, {BRIEF, PLAN, RISK}, "the implementation lead sees neither e-mails nor packets"),
    (LENA, set(), "sales sees none"),
    (NOOR, set(), "nor finance"),
    (RAVI, set(), "nor product"),
    (SAM, set(), "an admin keeps accounts, not customers"),
]
VIEWED = [
    ("open", set(vocabulary.OPEN), "open is all that is not settled"),
    ("escalated", {"escalated"}, "escalated is one state"),
    ("sent_back", {"sent_back"}, "so is sent back"),
    ("decided", {"approved"}, "decided is what is settled"),
]


def test_each_view_shows_its_states_at_the_desks_of_ones_roles(world: World, one_of_each: dict[str, int]) -> None:
    for person, kinds, who_sees in SEES:
        for view, states, what in VIEWED:
            shown = ids(page(world, person, view=view))
            wanted = [one_of_each[f"{kind} {state}"] for kind in kinds for state in states]
            assert sorted(shown) == sorted(wanted), f"{who_sees}; {what}"


def test_a_delegate_sees_the_desk_of_who_is_away(world: World, one_of_each: dict[str, int]) -> None:
    assert ids(page(world, NOOR)) == []
    chain(world, INES, NOOR)
    assert ids(page(world, NOOR)) == [one_of_each[f"{PLAN} pending"]]
    assert ids(page(world, NOOR, world.now + timedelta(days=1))) == []


def test_a_view_is_one_walk_for_each_state_at_each_desk(world: World) -> None:
    """So many and no more: the page's price is their number."""
    with world.session() as session:
        policy = policy_versions.current(session)
        table = [
            (
                INES,
                QueueFilters(),
                {("pending", lane, "implementation-launch") for lane in LANES},
                "mine, in both lanes",
            ),
            (INES, QueueFilters(lane=LANES[1]), {("pending", LANES[1], "implementation-launch")}, "in one lane"),
            (INES, QueueFilters(gate="handoff-quality"), set(), "not at a gate one does not see"),
            (INES, QueueFilters(state="escalated"), set(), "not in a state the view does not have"),
            (INES, QueueFilters(lane="smb"), set(), "not in a lane there is not"),
            (
                PRIYA,
                QueueFilters("open", lane=LANES[0], gate="risk-escalation"),
                {(state, LANES[0], "risk-escalation") for state in vocabulary.OPEN},
                "open, at one desk: every open state",
            ),
            (
                PRIYA,
                QueueFilters("decided", lane=LANES[0], gate="risk-escalation", state="rejected"),
                {("rejected", LANES[0], "risk-escalation")},
                "decided, one state of it",
            ),
        ]
        for person, filters, wanted, why in table:
            found = queue_ranges.index_ranges(policy, actors.load_actor(session, person.id, world.now), filters)
            assert Counter(found) == Counter(wanted), why


def test_filters_narrow_what_is_shown(world: World) -> None:
    names = ["late", "packet", "update", "big", "percent", "sharp"]
    made = put(
        world,
        {"customer": "Anchor Mills", "due_at": world.now - HOUR},
        {"customer": "Anchor Foods", "kind": PACKET, "due_at": world.now},
        {"customer": "Birch & Co", "kind": "portal_update"},
        {"customer": "anchorage", "lane": LANES[0], "due_at": world.now + 2 * HOUR},
        {"customer": "50% Better_Ltd", "due_at": world.now + 3 * HOUR},
        {"customer": "Straße & Söhne", "due_at": world.now + 4 * HOUR},
    )
    named = dict(zip(made, names, strict=True))
    table: list[tuple[dict[str, Any], list[str], str]] = [
        ({}, ["late", "packet", "update", "big", "percent", "sharp"], "nothing narrows nothing"),
        ({"kind": "portal_update"}, ["update"], "two kinds share a gate, one is asked for"),
        ({"kind": EMAIL}, ["late", "big", "percent", "sharp"], "the kind at every desk that has it"),
        ({"kind": "poem"}, [], "a kind there is not"),
        ({"customer": "anchor"}, ["late", "packet", "big"], "how the name begins, whatever the capitals"),
        ({"customer": "ANCHOR "}, ["late", "packet"], "a space is part of it"),
        ({"customer": "mills"}, [], "not the middle of it"),
        ({"customer": "%"}, [], "no pattern"),
        ({"customer": "50% b"}, ["percent"], "a sign that elsewhere is a pattern stands for itself"),
        ({"customer": "50% better%"}, [], "at any place"),
        ({"customer": "STRASSE"}, ["sharp"], "as Unicode folds case"),
        ({"customer": "a' OR '1'='1"}, [], "nor is it SQL"),
        ({"overdue": True}, ["late"], "overdue is before this moment; due now is not"),
        ({"overdue": True, "customer": "birch"}, [], "filters go together"),
        ({"customer": "anchor", "kind": EMAIL, "lane": LANES[0]}, ["big"], "all three"),
    ]
    for said, wanted, why in table:
        assert [named[found] for found in ids(page(world, AIKO, view="open", **said))] == wanted, why


def test_filters_narrow_the_decided_too(world: World) -> None:
    """Except overdue: what is decided is late no more."""
    made = put(
        world,
        {"state": "approved", "customer": "Anchor Mills", "due_at": world.now - HOUR},
        {"state": "rejected", "kind": PACKET, "customer": "Birch & Co"},
    )
    for said, wanted in [
        ({"kind": PACKET}, made[1:]),
        ({"customer": "anch"}, made[:1]),
        ({"overdue": True}, made[::-1]),
        ({"state": "rejected"}, made[1:]),
    ]:
        assert ids(page(world, AIKO, view="decided", **said)) == wanted, said


def test_a_row_names_the_leases_holder_while_it_lasts(world: World) -> None:
    item = world.submit(drafts.email())
    with world.session() as session:
        until = leases.take(session, DANA.id, item, world.now)
    for now, holder in ((world.now, DANA.name), (until - timedelta(microseconds=1), DANA.name), (until, None)):
        ((found, name),) = page(world, MARCUS, now, view="open").rows
        assert (found.id, name) == (item, holder)


def test_counts_say_how_many_each_view_has(world: World, one_of_each: dict[str, int]) -> None:
    assert counts(world, DANA) == {"mine": 2, "escalated": 5, "sent_back": 5, "open": 15, "decided": 5}
    assert counts(world, INES) == {"mine": 1, "escalated": 3, "sent_back": 3, "open": 9, "decided": 3}
    assert counts(world, LENA) == dict.fromkeys(queue_ranges.VIEWS, 0)


def test_only_what_is_beyond_the_bound_has_a_plus(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as the bound are all of them."""
    monkeypatch.setattr(queue_positions, "VIEW_COUNT_LIMIT", 3)
    for shown in (queue_positions.Count(2), queue_positions.Count(3), queue_positions.Count(3, True)):
        put(world, *[{} for _ in range(1 if shown.many == 3 else 2)])
        with world.session() as session:
            who = actors.load_actor(session, DANA.id, world.now)
            found = queue_positions.counts(session, policy_versions.current(session), who, ["open"], world.now)
        assert found == {"open": shown}


def test_counting_stops_at_its_bound(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """At one desk and over several together; one below the bound is still told exactly."""
    monkeypatch.setattr(queue_positions, "VIEW_COUNT_LIMIT", 6)
    put(world, *[{"lane": lane} for lane in LANES for _ in range(2)], {})
    assert counts(world, DANA)["mine"] == 5
    put(world, {"lane": LANES[0]})
    assert counts(world, DANA)["mine"] == 6
    put(world, *[{} for _ in range(8)], {"kind": BRIEF})
    assert counts(world, DANA) == {"mine": 6, "escalated": 0, "sent_back": 0, "open": 6, "decided": 0}


def test_the_next_item_is_on_nobody_elses_desk(world: World) -> None:
    """Soonest due first; another's lease is stepped over while it lasts, one's own is not, nor the one beside it."""
    made = [world.submit(drafts.email(), world.now + timedelta(minutes=number)) for number in range(3)]
    with world.session() as session:
        until = leases.take(session, DANA.id, made[0], world.now)
        leases.take(session, MARCUS.id, made[1], world.now)
    table = [
        (DANA, 0, world.now, made[0], "her own comes first"),
        (DANA, made[0], world.now, made[2], "beside it, the one nobody has"),
        (MARCUS, 0, world.now, made[1], "his own, for Dana has the first"),
        (MARCUS, made[1], world.now, made[2], "beside it"),
        (TOM, 0, world.now, made[2], "he has none: the free one"),
        (TOM, made[2], world.now, None, "and nothing beside it"),
        (TOM, 0, until, made[0], "a lease that ran out holds nothing back"),
        (AIKO, 0, world.now, None, "who decides nothing has nothing next"),
        (PRIYA, 0, world.now, None, "seeing it does not make it hers"),
    ]
    for person, beside, now, wanted, why in table:
        assert next_item(world, person, beside, now) == wanted, why


def plan(world: World, statement: str, bound: Any) -> list[str]:
    """How SQLite goes about a statement, a line for each step."""
    with world.engine.connect() as connection:
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", bound)]


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("said", "index", "why"),
    [
        ({}, "ix_items_desk", "one's own desk"),
        ({"view": "open"}, "ix_items_desk", "every desk"),
        ({"view": "open", "overdue": True}, "ix_items_desk", "the late ones stand in front"),
        ({"view": "open", "kind": PACKET}, "ix_items_kind", "one kind"),
        ({"view": "open", "customer": "Anchor"}, "ix_items_customer", "one customer"),
        ({"view": "open", "customer": "Anchor", "overdue": True}, "ix_items_customer", "the late ones of a customer"),
        ({"view": "decided"}, "ix_items_settled", "what is decided"),
        ({"view": "decided", "kind": PACKET}, "ix_items_settled", "one kind of it"),
    ],
)
def test_a_page_is_walked_along_its_index(world: World, said: dict[str, Any], index: str, why: str) -> None:
    """From the first page, from a later one, and back from there: each walk searches the one index, and the table is
    never scanned."""
    put(world, *({"due_at": world.now + number * HOUR} for number in range(5)))
    for after in ("", "2026-03-02T16:00:00.000000~3"):
        with hearing(world.engine) as made:
            page(world, HELEN, **said, after=after)
        asked = [(text, values) for text, values in made if "AS merged" in text]
        assert asked
        with world.session() as session:
            who = actors.load_actor(session, HELEN.id, world.now)
            walks = queue_ranges.index_ranges(
                policy_versions.current(session), who, replace(QueueFilters(**said), after=after)
            )
        for statement, bound in asked:
            steps = plan(world, statement, bound)
            touching = [step for step in steps if " items" in step]
            assert len(touching) == len(walks), steps
            for step in touching:
                assert step.startswith("SEARCH items USING"), f"{why}: {step}"
                assert f"INDEX {index} (state=? AND lane=? AND gate=?" in step, f"{why}: {step}"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_counting_walks_an_index_too(world: World) -> None:
    with hearing(world.engine) as made:
        counts(world, HELEN)
    ((statement, bound),) = [(text, values) for text, values in made if "AS few" in text]
    touching = [step for step in plan(world, statement, bound) if " items" in step]
    assert touching
    assert [step for step in touching if not step.startswith("SEARCH items USING COVERING INDEX")] == []


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_plan_would_show_a_scan(world: World) -> None:
    """The control: what has no index is said to scan."""
    assert plan(world, "SELECT id, title FROM items WHERE title = 'x'", ()) == ["SCAN items"]


def given_to(world: World, item: int, person: Named) -> None:
    """An item waits for a person by name."""
    with world.session() as session, writing(session):
        session.execute(update(Item).where(Item.id == item).values(assignee_id=person.id))


def test_what_waits_for_me_by_name_comes_first_and_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each once, whatever the page; what waits for another is still there, with the name."""
    monkeypatch.setattr(queues, "PAGE", 2)
    kept = [world.submit(drafts.email(), world.now + minutes * timedelta(minutes=1)) for minutes in range(5)]
    given_to(world, kept[4], DANA)
    given_to(world, kept[2], DANA)
    given_to(world, kept[0], MARCUS)
    first, *rest = every_page(world, DANA)
    assert first[:2] == [kept[2], kept[4]], "by name first, of those the soonest due"
    assert sorted(one for page in (first, *rest) for one in page) == kept, "each item once over all pages"
    assert ids(page(world, DANA, view="open"))[0] == kept[0], "only in what is mine to decide"
    assert page(world, DANA, view="open").waits_for == {MARCUS.id: MARCUS.name}
    assert page(world, MARCUS).waits_for[MARCUS.id] == MARCUS.name
    assert ids(page(world, MARCUS))[0] == kept[0]
    world.decide(TOM, kept[0], "reject")
    decided = page(world, DANA, view="decided")
    assert (decided.waits_for, decided.decided_by) == ({}, {TOM.id: TOM.name})


def test_what_waits_for_one_person_is_a_view_of_its_own(world: World) -> None:
    """A leader looks at Dana's; what they may not see stays out of it."""
    kept, other = world.submit(drafts.email()), world.submit(drafts.email())
    given_to(world, kept, DANA)
    given_to(world, other, MARCUS)
    assert ids(page(world, HELEN, view="open", whom=DANA.id)) == [kept]
    assert ids(page(world, HELEN, view="open", whom=TOM.id)) == []
    assert ids(page(world, NOOR, view="open", whom=DANA.id)) == []


def test_the_next_item_is_first_the_one_that_waits_for_me(world: World) -> None:
    early, late = world.submit(drafts.email()), world.submit(drafts.email(), world.now + timedelta(minutes=1))
    given_to(world, late, DANA)
    assert next_item(world, DANA) == late
    assert next_item(world, DANA, late) == early, "beside this one"
    assert next_item(world, MARCUS) == early
    with world.session() as session:
        leases.take(session, MARCUS.id, late, world.now)
    assert next_item(world, DANA) == early, "on somebody else's desk"


def test_filters_narrow_what_waits_for_me_by_name(world: World) -> None:
    """A line that waits for me is shown under the filters it fits, and no others."""
    item = world.submit(drafts.email())
    given_to(world, item, DANA)
    customer = world.item(item).customer
    table: list[tuple[dict[str, Any], bool, str]] = [
        ({}, True, "none"),
        ({"kind": "customer_email"}, True, "its kind"),
        ({"kind": "portal_update"}, False, "another kind"),
        ({"customer": customer[:3].upper()}, True, "how its customer begins"),
        ({"customer": "zz"}, False, "how another begins"),
        ({"overdue": True}, False, "it is not overdue"),
        ({"lane": "enterprise-saas"}, False, "another lane"),
        ({"state": "escalated"}, False, "another state"),
    ]
    for said, there, why in table:
        assert ids(page(world, DANA, **said)) == ([item] if there else []), why
