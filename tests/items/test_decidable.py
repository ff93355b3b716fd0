"""Decidable: what a person can decide now, and what the rest waits for; the same answer as the item page gives."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from reviewqueue.db.database import writing
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.people import Automation, Person
from reviewqueue.items import decidable, item_context, leases, pauses, queue_positions, queues
from reviewqueue.items.queue_ranges import QueueFilters
from reviewqueue.people import actors, api_keys, users
from reviewqueue.policy import policy_versions
from reviewqueue.policy.flaws import BadPolicy
from tests import drafts, northbeam
from tests.cast import AUTOMATION, DANA, EVERYBODY, HELEN, INES, LENA, MARCUS, PRIYA, TOM, Named
from tests.rules.test_separation import WAYS
from tests.support.crm_changes import doubt, says_now
from tests.support.executed_statements import hearing
from tests.world import World


def waits(world: World, person: Named, *items: int, at: datetime | None = None) -> dict[int, decidable.Wait]:
    """What each of these items waits for, for those that this person cannot decide now, or at another time."""
    now = at or world.now
    with world.session() as session:
        return decidable.waits_of(session, actors.load_actor(session, person.id, now), items, now)


def says(world: World, person: Named, item: int, *, at: datetime | None = None) -> str:
    """The same of one item, "" when it is theirs to decide."""
    wait = waits(world, person, item, at=at).get(item)
    return f"{wait.code}: {wait.says}" if wait else ""


def small(world: World) -> None:
    """The policy exempts a small team from here on."""
    files = northbeam.files()
    files["organisation.toml"] = files["organisation.toml"].replace("small_team = false", "small_team = true")
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)


def mine(world: World, person: Named, after: str = "") -> queues.QueuePage:
    """One page of what is a person's to decide."""
    with world.session() as session:
        actor = actors.load_actor(session, person.id, world.now)
        return queues.page(session, policy_versions.current(session), actor, QueueFilters(after=after), world.now)


def everything(world: World, tmp_path: Path) -> dict[str, int]:
    """An item in each situation that keeps somebody from deciding."""
    two = drafts.in_lane(drafts.email(drafts.deal("Anchor Mills")), drafts.TWO_APPROVALS)
    moved, about = drafts.packet(drafts.deal("Iris Dental")), drafts.deal("Lark & Sons")
    items = {
        "plain": world.submit(drafts.email()),
        "approved once": world.submit(two),
        "edited by Dana": world.submit(drafts.email(drafts.deal("Birch & Co"))),
        "with a leader's check": world.submit(drafts.with_check(drafts.email(drafts.deal("Elm")), "automation.tone")),
        "for nobody to pass": world.submit(drafts.email(drafts.deal("Fern Labs"), body="Dear [NAME], we start soon.")),
        "on Marcus' desk": world.submit(drafts.email(drafts.deal("Gale Foods"))),
        "paused": world.submit(drafts.email(drafts.deal("Hale Optics"))),
        "escalated": world.submit(drafts.email(drafts.deal("Jade Inc"))),
        "sent back": world.submit(drafts.email(drafts.deal("Kiln Works"))),
        "both roles": world.submit(drafts.in_lane(drafts.plan(), drafts.TWO_APPROVALS)),
        "moved": world.submit(moved),
        "questioned": world.submit(drafts.packet(about)),
    }
    mail = world.submit(drafts.email(about))
    world.decide(DANA, items["approved once"], "approve")
    draft = {**world.draft(items["edited by Dana"]), "subject": "Kickoff, our proposal"}
    world.decide(DANA, items["edited by Dana"], "edit", draft=draft)
    world.decide(DANA, items["escalated"], "escalate")
    world.decide(DANA, items["sent back"], "send_back")
    world.decide(INES, items["both roles"], "approve")
    says_now(world, tmp_path, moved, CloseDate="2026-03-12")
    doubt(world, MARCUS, mail)
    with world.session() as session:
        leases.take(session, MARCUS.id, items["on Marcus' desk"], world.now)
        pauses.pause(session, DANA.id, items["paused"], "waiting_for_customer", "They look for a date.", world.now)
    return items


SAYS = [
    (DANA, "plain", "", "nothing is in the way"),
    (DANA, "approved once", "approved: one more approval from csm or manager: you have approved it", "a second person"),
    (MARCUS, "approved once", "", "he is the second"),
    (DANA, "edited by Dana", "own: another csm or manager: you wrote this revision", "own work"),
    (MARCUS, "edited by Dana", "", "somebody else's is his"),
    (DANA, "with a leader's check", "checks: manager or cs leader, who may override automation.tone, or an edit", "a CSM overrides nothing"),
    (TOM, "with a leader's check", "", "a manager may override it"),
    (TOM, "for nobody to pass", "checks: an edit or a new draft: nobody may override message.placeholder", "nobody may"),
    (DANA, "on Marcus' desk", "lease: Marcus Oyelaran, who has taken it", "somebody has it"),
    (MARCUS, "on Marcus' desk", "", "his own desk"),
    (DANA, "paused", "paused: the customer; it is paused", "its clock is paused"),
    (DANA, "escalated", "role: cs leader", "it was escalated"),
    (HELEN, "escalated", "", "and is the leader's"),
    (DANA, "sent back", "sent_back: a new draft", "its author is next"),
    (INES, "both roles", "approved: one more approval from implementation lead or csm: you have approved it", "one each"),
    (DANA, "both roles", "", "the CSM's is missing"),
    (PRIYA, "moved", "", "her own look is all it needs"),
    (HELEN, "questioned", "source: the sales owner, who answers correction 1 of Start date (/Start_Date__c)", "the record's owner answers first"),
]  # fmt: skip


def test_each_item_says_what_it_waits_for(world: World, tmp_path: Path) -> None:
    items = everything(world, tmp_path)
    for person, name, wanted, why in SAYS:
        wait = waits(world, person, *items.values()).get(items[name])
        said = f"{wait.code}: {wait.says}" if wait else ""
        assert said.startswith(wanted), f"{person.name}, {name}: {why}"
        assert bool(said) is bool(wanted), f"{person.name}, {name}: {said}"


def test_the_item_page_says_the_same(world: World, tmp_path: Path) -> None:
    """For everybody and every item: decidable is what the page lets them approve or override; but what only their own
    look keeps back is theirs, and what is paused is not."""
    items = everything(world, tmp_path)
    for person in EVERYBODY:
        found = waits(world, person, *items.values())
        with world.session() as session:
            actor = actors.load_actor(session, person.id, world.now)
            for name, item in items.items():
                seen = item_context.load(session, item, world.now)
                passes = any(seen.may(actor, act).allowed for act in ("approve", "override"))
                expected = {"moved": person in (PRIYA, HELEN) or "Jonas" in person.name, "paused": False}.get(
                    name, passes
                )
                assert (item not in found) is expected, f"{person.name}, {name}"


def test_so_it_does_for_who_made_a_key_and_for_a_role_that_came_too_late(world: World, tmp_path: Path) -> None:
    """Priya made the automation's key, Tom gave himself RevOps since and Lena was given it by him: what each may decide
    is what the page says, and the reason is told."""
    older = world.submit(drafts.packet())
    with world.session() as session, writing(session):
        session.execute(update(Person).where(Person.id == PRIYA.id).values(held="admin revops"))
        session.execute(update(Person).where(Person.id == TOM.id).values(held="admin"))
    with world.session() as session:
        api_keys.add(session, AUTOMATION, ["items:write"], PRIYA.actor, world.now)
        for person, roles in ((TOM, ["admin", "revops"]), (LENA, ["revops"])):
            users.set_roles(session, person.id, roles, TOM.id, world.now + timedelta(minutes=1))
    with world.session() as session, writing(session):
        session.execute(update(Item).where(Item.id == older).values(opened_at=world.now))
    newer = world.submit(drafts.packet(drafts.deal("Quarry & Sons")))
    with world.session() as session, writing(session):
        session.execute(update(Item).where(Item.id == newer).values(opened_at=world.now + timedelta(minutes=2)))
    for person, may in ((PRIYA, ()), (TOM, (newer,)), (LENA, (older, newer)), (HELEN, (older, newer))):
        found = waits(world, person, older, newer)
        with world.session() as session:
            actor = actors.load_actor(session, person.id, world.now + timedelta(minutes=3))
            page = [
                one
                for one in (older, newer)
                if item_context.load(session, one, world.now).may(actor, "approve").allowed
            ]
        assert (page, [one for one in (older, newer) if one not in found]) == ([*may], [*may]), person.name
    assert "you made a key of the automation" in waits(world, PRIYA, older)[older].says


def test_the_page_has_what_is_mine_and_apart_what_waits(world: World, tmp_path: Path) -> None:
    items = everything(world, tmp_path)
    page = mine(world, DANA)
    own = {item.id for item, _ in page.rows}
    assert {items["plain"], items["both roles"]} == own & {*items.values()}
    apart = {item.id for item, _ in page.apart}
    names = (
        "approved once",
        "edited by Dana",
        "with a leader's check",
        "for nobody to pass",
        "on Marcus' desk",
        "paused",
    )
    assert apart & {*items.values()} == {items[name] for name in names}
    assert set(page.waits) == apart


def test_what_is_given_to_me_stands_apart_too_when_i_cannot_decide_it(world: World) -> None:
    item = world.submit(drafts.with_check(drafts.email(), "automation.tone"))
    with world.session() as session, writing(session):
        session.execute(update(Item).values(assignee_id=DANA.id))
    page = mine(world, DANA)
    assert (page.rows, [one.id for one, _ in page.apart]) == ([], [item])


def test_a_page_looks_no_further_than_it_may(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine that Dana may not pass before three that she may, and six looked at a page: nothing is lost on the way."""
    monkeypatch.setattr(queues, "PAGE", 2)
    monkeypatch.setattr(decidable, "MAX_EVALUATED", 6)
    failing = [world.submit(drafts.with_check(drafts.email(), "automation.tone")) for _ in range(9)]
    later = world.now + timedelta(minutes=5)
    fine = [world.submit(drafts.email(), later) for _ in range(3)]
    pages, after = [], ""
    while not pages or after:
        pages.append(mine(world, DANA, after))
        after = pages[-1].next
    assert [[item.id for item, _ in page.rows] for page in pages] == [[], fine[:2], fine[2:]]
    assert [list(page.waits) for page in pages] == [failing[:6], failing[6:], []]
    assert len(pages[0].apart) == 2, "no more lines than a page has"
    with world.session() as session:
        actor = actors.load_actor(session, DANA.id, world.now)
        (count,) = queue_positions.counts(
            session, policy_versions.current(session), actor, ("mine",), world.now
        ).values()
    assert count == (0, True), "none so far, and there may be more"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_many_are_judged_with_four_statements(world: World) -> None:
    """However many: the queue's time is the page's, not the queue's."""
    items = [world.submit(drafts.with_check(drafts.email(), "automation.tone")) for _ in range(5)]
    for some in (items[:1], items):
        waits(world, DANA, *some)
        with world.session() as session:
            actor = actors.load_actor(session, DANA.id, world.now)
            with hearing(world.engine) as said:
                decidable.waits_of(session, actor, some, world.now)
        assert len(said) == 4, said


def test_own_work_is_the_automations_owners_too(world: World) -> None:
    item = world.submit(drafts.email())
    with world.session() as session, writing(session):
        session.execute(update(Automation).where(Automation.id == 1).values(owner_id=TOM.id))
        assert session.scalar(select(Automation.owner_id).where(Automation.id == 1)) == TOM.id
    assert waits(world, TOM, item)[item].says == "another csm or manager: your automation drafted it"


YOURS = {
    "creator": "you wrote this revision",
    "editor": "you edited this item",
    "key owner": "your automation drafted it",
    "delegate": "you stand in for somebody who made it",
    "delegator": "your stand-in made it",
}


@pytest.mark.parametrize("way", YOURS)
def test_each_way_of_being_involved_is_told(world: World, way: str) -> None:
    """Whoever else decides there: the reason is the person's own; a small team is exempted from it, here as on the page."""
    item = world.submit(drafts.email())
    person = WAYS[way](world, item)
    with world.session() as session, writing(session):
        session.execute(update(Person).where(Person.id == person.id).values(held="csm"))
    assert says(world, person, item) == f"own: another csm or manager: {YOURS[way]}"
    small(world)
    exempted = world.submit(drafts.email(drafts.deal("Osprey Foods")))
    WAYS[way](world, exempted)
    with world.session() as session, writing(session):
        session.execute(update(Person).where(Person.id == person.id).values(held="csm"))
    assert says(world, person, exempted) == ""


def test_in_a_small_team_a_role_that_came_late_counts(world: World) -> None:
    """As on the page; the control: without the exemption it does not."""
    strict = world.submit(drafts.packet())
    small(world)
    exempted = world.submit(drafts.packet(drafts.deal("Quarry & Sons")))
    with world.session() as session, writing(session):
        session.execute(update(Person).where(Person.id == TOM.id).values(held="admin"))
    with world.session() as session:
        users.set_roles(session, TOM.id, ["admin", "revops"], TOM.id, world.now + timedelta(minutes=1))
    at = world.now + timedelta(minutes=2)
    assert says(world, TOM, exempted, at=at) == ""
    assert says(world, TOM, strict, at=at).startswith("role: ")


def test_what_waits_for_sales_says_so(world: World) -> None:
    item = world.submit(drafts.email())
    with world.session() as session:
        pauses.pause(session, DANA.id, item, "waiting_for_sales", "Lena looks for the date.", world.now)
    assert says(world, DANA, item) == "paused: sales; it is paused"


def test_what_somebody_decides_no_more_is_told_before_whose_desk_it_is_on(world: World) -> None:
    """Marcus has it, and to Ines it waits for a CSM or a manager all the same: she would wait for his desk in vain."""
    item = world.submit(drafts.email())
    with world.session() as session:
        until = leases.take(session, MARCUS.id, item, world.now)
    assert says(world, INES, item).startswith("role: csm or manager")
    assert says(world, DANA, item, at=until - timedelta(seconds=1)).startswith("lease: Marcus")
    assert says(world, DANA, item, at=until) == "", "his time there is over"


def test_an_approval_counts_for_what_it_was_given_to(world: World) -> None:
    """Not for a newer revision, and an override not beyond its end."""
    edited = world.submit(drafts.in_lane(drafts.email(), drafts.TWO_APPROVALS))
    world.decide(DANA, edited, "approve")
    assert says(world, DANA, edited).startswith("approved: one more approval")
    world.decide(MARCUS, edited, "edit", draft={**world.draft(edited), "subject": "Kickoff, moved"})
    assert says(world, DANA, edited) == ""
    checked = drafts.with_check(drafts.email(drafts.deal("Poplar & Sons")), "automation.tone")
    passed = world.submit(drafts.in_lane(checked, drafts.TWO_APPROVALS))
    world.decide(TOM, passed, "override", passes=("automation.tone",))
    assert says(world, TOM, passed).startswith("approved: one more approval")
    assert says(world, TOM, passed, at=world.now + timedelta(days=30)) == ""


def test_a_role_that_is_still_missing_is_named(world: World) -> None:
    """A lead has approved, so another lead finishes nothing: the CSM's approval is what it waits for."""
    item = world.submit(drafts.in_lane(drafts.plan(), drafts.TWO_APPROVALS))
    world.decide(INES, item, "approve")
    with world.session() as session, writing(session):
        session.execute(update(Person).where(Person.id == LENA.id).values(held="implementation_lead"))
    assert says(world, LENA, item) == "role: an approval from csm"
    assert says(world, DANA, item) == ""


def test_checks_that_no_one_reason_passes_over_together_say_so(world: World) -> None:
    """One is the leader's to override, the other the manager's: nobody overrides both."""
    files, gate = northbeam.files(), "gates/customer-communication.toml"
    rule = '[[override_rule]]\nchecks = ["automation.legal"]\nroles = ["cs_leader"]\nlongest_days = 7\n\n[override]'
    files[gate] = (
        files[gate].replace("[override]", rule).replace('roles = ["manager", "cs_leader"]', 'roles = ["manager"]')
    )
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    tone = drafts.with_check(drafts.email(), "automation.tone")
    item = world.submit(drafts.with_check(tone, "automation.legal"))
    wanted = (
        "checks: an edit or a new draft: no one reason covers overriding automation.tone, automation.legal together"
    )
    assert (says(world, TOM, item), says(world, HELEN, item)) == (wanted, wanted)


def test_a_gate_or_a_policy_that_is_not_there_waits_for_revops(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    item = world.submit(drafts.email())
    with world.session() as session, writing(session):
        session.execute(update(Item).where(Item.id == item).values(gate="lost"))
    assert says(world, HELEN, item) == "gate: RevOps: its gate is missing from its policy"

    def unreadable(*_: object) -> None:
        raise BadPolicy([])

    monkeypatch.setattr(decidable.policy_versions, "version", unreadable)
    assert says(world, HELEN, item) == "gate: RevOps: its policy is missing or does not load"
