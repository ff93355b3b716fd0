"""Queues: each sees what is theirs, every page once and in order, and nothing reads more than it shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event, select

from reviewqueue import desk, leases, policies, queues
from reviewqueue.policy import judging
from reviewqueue.queues import Filters
from reviewqueue.records.items import Item
from tests import drafts
from tests.cast import AIKO, DANA, EVERYBODY, HELEN, INES, LENA, MARCUS, PRIYA, SAM, TOM, Named
from tests.world import World


def page(world: World, person: Named, filters: Filters = Filters(), now: Any = None) -> queues.Page:  # noqa: B008
    """One page as that person sees it."""
    with world.session() as session:
        actor = desk.actor_of(session, person.id, now or world.now)
        return queues.page(session, policies.current(session), actor, filters, now or world.now)


def ids(world: World, person: Named, **narrowed: Any) -> list[int]:
    """The items of a whole view, page after page."""
    found: list[int] = []
    after = ""
    while True:
        shown = page(world, person, Filters(**narrowed, after=after))
        found += [row[0].id for row in shown.rows]
        if not (after := shown.next):
            return found


def counted(world: World, person: Named) -> dict[str, int]:
    """What the counts say for that person."""
    with world.session() as session:
        actor = desk.actor_of(session, person.id, world.now)
        return {**queues.counts(session, policies.current(session), actor, queues.VIEWS)}


@pytest.fixture
def full(world: World) -> World:
    """Forty items in both lanes, at several gates, due at few moments, in every state a day brings."""
    kinds = (drafts.email, drafts.packet, drafts.plan)
    for number in range(40):
        submission = kinds[number % 3](drafts.deal(("Marlow Freight", "Ålesund Shipping", "marlow air")[number % 3]))
        if number % 4 == 3:
            submission = drafts.in_lane(submission, drafts.TWO_APPROVALS)
        item = world.submit(submission, world.now - timedelta(hours=number // 8))
        person = {0: DANA, 1: PRIYA, 2: INES}[number % 3]
        if number % 5 == 0:
            world.decide(
                person, item, "reject", now=world.now + timedelta(minutes=number // 10), reason_code="duplicate"
            )
        elif number % 7 == 0:
            world.decide(person, item, "send_back", reason_code="unsupported-statement")
        elif number % 11 == 0:
            world.decide(
                person, item, "escalate", reason_code="timeline-risk" if number % 3 != 1 else "non-standard-promise"
            )
    return world


def expected(world: World, person: Named, states: tuple[str, ...], *, deciding: bool = False) -> list[int]:
    """The same by a plain way: read every item, keep what the person sees, sort."""
    with world.session() as session:
        policy = policies.current(session)
        found = []
        for item in session.scalars(select(Item)):
            gate = policy.gate(item.lane, item.gate)
            assert gate is not None
            roles = {*gate.reviewers, *gate.goes_up_to, *gate.seen_by}
            if deciding:
                roles = set(gate.goes_up_to if item.state == "escalated" else gate.reviewers)
            elif set(person.roles) & {"auditor", "revops", "cs_leader"}:
                roles = set(person.roles)
            if item.state in states and roles & set(person.roles):
                found.append(item)
    settled = states == judging.SETTLED
    order = sorted(found, key=lambda item: (item.settled_at if settled else item.due_at, item.id), reverse=settled)
    return [item.id for item in order]


VIEWS = {
    "mine": ("pending", "escalated"),
    "open": judging.OPEN,
    "escalated": ("escalated",),
    "sent_back": ("sent_back",),
    "decided": judging.SETTLED,
}


@pytest.mark.parametrize("person", [DANA, TOM, PRIYA, HELEN, INES, AIKO, SAM, LENA], ids=lambda person: person.name)
def test_each_view_is_walked_whole_once_and_in_order(
    full: World, person: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In pages of seven: every item the person may see, none twice, in the order of what is due (or was decided)."""
    monkeypatch.setattr(queues, "PAGE", 7)
    for view, states in VIEWS.items():
        assert ids(full, person, view=view) == expected(full, person, states, deciding=view == "mine"), view
    if person in (DANA, PRIYA, HELEN):
        assert len(ids(full, person, view="open")) > 7, "the control: there is more than one page"


def test_what_comes_in_between_pages_is_not_mixed_in(full: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Items that arrive or go while somebody pages neither repeat nor push out another."""
    monkeypatch.setattr(queues, "PAGE", 5)
    before = ids(full, DANA, view="mine")
    first = page(full, DANA, Filters(view="mine"))
    gone = before[1]
    full.decide(MARCUS, gone, "reject")
    full.submit(drafts.email(), full.now - timedelta(days=9))
    later, after = [row[0].id for row in first.rows], first.next
    while after:
        shown = page(full, DANA, Filters(view="mine", after=after))
        later += [row[0].id for row in shown.rows]
        after = shown.next
    assert later == before


@pytest.mark.parametrize(
    ("narrowed", "keep"),
    [
        ({"lane": "enterprise-saas"}, lambda item: item.lane == "enterprise-saas"),
        ({"gate": "handoff-quality"}, lambda item: item.gate == "handoff-quality"),
        ({"kind": "project_plan"}, lambda item: item.kind == "project_plan"),
        ({"state": "sent_back"}, lambda item: item.state == "sent_back"),
        ({"customer": "marlow"}, lambda item: item.customer.casefold().startswith("marlow")),
        ({"customer": "Åle"}, lambda item: item.customer.startswith("Ålesund")),
        ({"customer": "%"}, lambda item: False),
        ({"customer": "_"}, lambda item: False),
        ({"lane": "no such lane"}, lambda item: False),
        ({"kind": "'; DROP TABLE items; --"}, lambda item: False),
        (
            {"gate": "handoff-quality", "kind": "handoff_packet", "customer": "ålesund"},
            lambda item: item.kind == "handoff_packet",
        ),
    ],
)
def test_narrowing(full: World, narrowed: dict[str, str], keep: Any) -> None:
    """Each filter keeps exactly what it names, alone or together, whatever letters are in it."""
    whole = [row[0] for row in page(full, AIKO, Filters(view="open")).rows]
    assert ids(full, AIKO, view="open", **narrowed) == [item.id for item in whole if keep(item)]


def test_overdue(full: World) -> None:
    """What is due before now, to the moment."""
    (row, *_) = page(full, AIKO, Filters(view="open")).rows
    due = row[0].due_at
    for now, overdue in ((due, False), (due + timedelta(microseconds=1), True)):
        shown = page(full, AIKO, Filters(view="open", overdue=True), now).rows
        assert (row[0].id in [one[0].id for one in shown]) is overdue


@pytest.mark.parametrize(
    "after", ["", "~", "x~1", "2026-03-02~x", "2026-03-02T00:00:00~99999999999999999999", "\x00", "~~"]
)
def test_a_cursor_that_is_none_begins_at_the_beginning(full: World, after: str) -> None:
    """Nothing that was typed there breaks the page."""
    assert page(full, DANA, Filters(after=after)).rows[0][0].id == page(full, DANA).rows[0][0].id


def test_counts_are_what_the_views_hold_and_stop_counting(full: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to the bound the exact number, beyond it the bound, for everybody in one statement."""
    for person in EVERYBODY:
        held = {view: len(ids(full, person, view=view)) for view in queues.VIEWS}
        assert counted(full, person) == held
        with monkeypatch.context() as few:
            few.setattr(queues, "COUNTED", 4)
            assert counted(full, person) == {view: min(number, 4) for view, number in held.items()}
    with statements(full) as seen:
        counted(full, PRIYA)
    assert len([one for one in seen if "count(*)" in one[0]]) == 1


def test_who_holds_it_is_said_while_they_hold_it(full: World) -> None:
    """The holder's name beside the item until the lease ends; the next item is one nobody else has."""
    first, second = ids(full, DANA, view="mine")[:2]
    with full.session() as session:
        leases.take(session, MARCUS.id, first, full.now)
        actor = desk.actor_of(session, DANA.id, full.now)
        assert queues.next_item(session, policies.current(session), actor, 0, full.now) == second
        assert queues.next_item(session, policies.current(session), actor, second, full.now) not in (first, second)
    assert page(full, DANA).rows[0][1] == "Marcus Oyelaran"
    assert page(full, DANA, now=full.now + timedelta(hours=1)).rows[0][1] is None


@contextmanager
def statements(world: World) -> Iterator[list[tuple[str, Any]]]:
    """Every statement done meanwhile, with its values."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        seen.append((statement, values))

    event.listen(world.engine, "before_cursor_execute", note)
    yield seen
    event.remove(world.engine, "before_cursor_execute", note)


FILTERS = [
    {"view": "mine"},
    {"view": "open"},
    {"view": "decided"},
    {"view": "open", "kind": "customer_email"},
    {"view": "open", "customer": "marlow"},
    {"view": "decided", "kind": "customer_email"},
    {"view": "decided", "customer": "marlow"},
    {"view": "open", "overdue": True},
    {"view": "open", "after": "2026-03-02T15:00:00.000000~7"},
    {"view": "open", "kind": "customer_email", "customer": "marlow", "overdue": True, "lane": "mid-market-saas"},
]


def plans(world: World, seen: list[tuple[str, Any]]) -> list[str]:
    """How SQLite says it does these statements."""
    found = []
    with world.engine.connect() as connection:
        for statement, values in seen:
            if "FROM items" in statement:
                found += [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    return [step for step in found if "items" in step]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("narrowed", FILTERS, ids=lambda narrowed: " ".join(map(str, narrowed.values())))
def test_no_page_reads_the_whole_table(full: World, narrowed: dict[str, Any]) -> None:
    """Each walk is a search of an index, for every filter."""
    with statements(full) as seen:
        page(full, PRIYA, Filters(**narrowed))
    steps = plans(full, seen)
    assert steps
    assert all(step.startswith("SEARCH items USING") for step in steps), steps


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_no_count_reads_the_whole_table(full: World) -> None:
    """Counting walks the same indexes."""
    with statements(full) as seen:
        counted(full, PRIYA)
    assert all("COVERING INDEX" in step and step.startswith("SEARCH") for step in plans(full, seen))


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_control_without_the_index_it_would(full: World) -> None:
    """With the indexes dropped, the same page reads everything."""
    with full.owner() as engine, engine.begin() as connection:
        for index in sa.inspect(connection).get_indexes("items"):
            connection.execute(sa.text(f"DROP INDEX {index['name']}"))
    with statements(full) as seen:
        page(full, PRIYA, Filters(view="open"))
    assert any(step.startswith("SCAN items") for step in plans(full, seen))
