"""Rule 5 and row 4: nobody passes their own work, however they are involved in it, whatever they do in between."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import insert, update

from reviewqueue.core.errors import Forbidden, NotFound
from reviewqueue.db.database import writing
from reviewqueue.db.tables.people import ROLES, Absence, Automation, Person
from reviewqueue.people import users
from reviewqueue.policy import evaluation, policy_versions
from tests import drafts, northbeam
from tests.cast import DANA, HELEN, LENA, MARCUS, SAM, TOM, Named
from tests.world import World

# Everything that somebody may hold who stands in for another: an auditor never does.
ALL = tuple(role for role in ROLES if role != "auditor")
Ways = dict[str, Callable[[World, int], Named]]


def gives(world: World, person: Named, roles: tuple[str, ...]) -> None:
    """Give a person these roles, as the database has them."""
    with world.session() as session, writing(session):
        session.execute(update(Person).where(Person.id == person.id).values(held=" ".join(roles)))


def stands_in(world: World, away: Named, delegate: Named) -> None:
    """One is away, the other stands in, and nobody else is away."""
    with world.session() as session:
        with writing(session):
            session.execute(update(Absence).values(cancelled_at=world.now))
        start, end = world.now - timedelta(hours=1), world.now + timedelta(days=1)
        users.set_absence(session, away.id, delegate.id, start, end, world.now)


def edits(world: World, item: int) -> Named:
    """Dana edits the draft."""
    gives(world, DANA, ALL)
    world.decide(DANA, item, "edit", draft={**world.draft(item), "note": "Dana changed this."})
    return DANA


def owns(world: World, item: int) -> Named:
    """Sam owns the key's automation."""
    assert world.item(item).automation_id == 1
    return SAM


def is_delegate(world: World, item: int) -> Named:
    """Dana edits and is away; Marcus stands in for her."""
    edits(world, item)
    stands_in(world, DANA, MARCUS)
    return MARCUS


def is_delegator(world: World, item: int) -> Named:
    """Dana edits and stands in for Marcus, who decides all the same."""
    edits(world, item)
    stands_in(world, MARCUS, DANA)
    return MARCUS


def stands_in_for_the_owner(world: World, item: int) -> Named:
    """Sam, who owns the automation, is away; Tom stands in for him."""
    stands_in(world, SAM, TOM)
    return TOM


def chain(world: World, *along: Named) -> None:
    """Each of them is away and the next one stands in, and nobody else is away."""
    days = {"starts_at": world.now - timedelta(hours=1), "ends_at": world.now + timedelta(days=1)}
    with world.session() as session, writing(session):
        session.execute(update(Absence).values(cancelled_at=world.now))
        for away, delegate in pairwise(along):
            session.execute(insert(Absence).values(person_id=away.id, delegate_id=delegate.id, **days))


def is_delegate_over_hops(world: World, item: int) -> Named:
    """Dana edits and is away, so is Lena who stands in for her, and Marcus stands in for Lena."""
    edits(world, item)
    chain(world, DANA, LENA, MARCUS)
    return MARCUS


def is_delegator_over_hops(world: World, item: int) -> Named:
    """Marcus is away, so is Lena who stands in for him; Dana, who edits, stands in for Lena. Marcus decides all the same."""
    edits(world, item)
    chain(world, MARCUS, LENA, DANA)
    return MARCUS


def is_delegate_past_a_closed_account(world: World, item: int) -> Named:
    """As over hops, and the account in the middle is closed: no role comes through it, the tie does."""
    is_delegate_over_hops(world, item)
    with world.session() as session:
        users.disable(session, LENA.id, SAM.id, world.now)
    return MARCUS


def stands_in_for_the_owner_over_hops(world: World, item: int) -> Named:
    """Sam, who owns the automation, is away, so is Lena; Tom stands in for her."""
    chain(world, SAM, LENA, TOM)
    return TOM


def edited_long_ago(world: World, item: int) -> Named:
    """Dana edited, and Marcus edited after her."""
    edits(world, item)
    gives(world, MARCUS, ALL)
    world.decide(MARCUS, item, "edit", draft={**world.draft(item), "note": "Marcus changed it again."})
    return DANA


WAYS: Ways = {
    "creator": edits,
    "editor": edited_long_ago,
    "key owner": owns,
    "delegate": is_delegate,
    "delegator": is_delegator,
    "delegate of the key owner": stands_in_for_the_owner,
    "delegate over hops": is_delegate_over_hops,
    "delegator over hops": is_delegator_over_hops,
    "delegate past a closed account": is_delegate_past_a_closed_account,
    "delegate of the key owner over hops": stands_in_for_the_owner_over_hops,
}
DRAFTS = {
    "customer-communication": drafts.email,
    "handoff-quality": drafts.packet,
    "implementation-launch": drafts.plan,
}


@pytest.mark.parametrize("gate", DRAFTS)
@pytest.mark.parametrize("way", WAYS)
def test_nobody_passes_their_own_work(world: World, way: str, gate: str) -> None:
    """Each way of being involved, at each gate, with each role alone and all at once: neither approve nor override."""
    clean = world.submit(DRAFTS[gate]())
    failing = world.submit(drafts.with_check(DRAFTS[gate](), "automation.tone"))
    for item, action, passes in ((clean, "approve", ()), (failing, "override", ("automation.tone",))):
        person = WAYS[way](world, item)
        for roles in (*[(role,) for role in ROLES], ALL):
            gives(world, person, roles)
            with pytest.raises((Forbidden, NotFound)) as refused:
                world.decide(person, item, action, passes=passes)
        assert "your own work" in refused.value.says
        assert f"gates/{gate}.toml:" in refused.value.says
        assert world.item(item).state == "pending"


@pytest.mark.parametrize("way", WAYS)
def test_the_control_without_the_rule_they_would(world: World, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the involvement taken out of judging, the same person passes the same item."""
    item = world.submit(drafts.email())
    person = WAYS[way](world, item)
    gives(world, person, ALL)
    monkeypatch.setattr(evaluation, "involvement", lambda *_: "")
    assert world.decide(person, item, "approve").state == "approved"


def test_who_is_not_involved_does(world: World) -> None:
    """The control the other way: Helen, who made nothing of it, approves each of them."""
    for way in WAYS.values():
        item = world.submit(drafts.email())
        way(world, item)
        assert world.decide(HELEN, item, "approve").state == "approved"


def test_it_is_asked_when_deciding(world: World) -> None:
    """Who becomes the automation's owner after drafting is involved; who came back from being away is not any more."""
    item = world.submit(drafts.email())
    with world.session() as session, writing(session):
        session.execute(update(Automation).where(Automation.id == 1).values(owner_id=DANA.id))
    with pytest.raises(Forbidden, match="own the automation that drafted it"):
        world.decide(DANA, item, "approve")
    stands_in(world, DANA, MARCUS)
    with pytest.raises(Forbidden, match="stand in for somebody who made it"):
        world.decide(MARCUS, item, "approve")
    later = world.now + timedelta(days=2)
    assert world.decide(MARCUS, item, "approve", now=later).state == "approved"


def test_a_stand_in_decides_in_their_name_and_it_is_said(world: World) -> None:
    """Tom decides at this gate, and not what is escalated. Helen is away: he decides that as a leader, on her behalf,
    and the log knows both."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "escalate")
    with pytest.raises(Forbidden, match="Only cs leader decides here"):
        world.decide(TOM, item, "approve")
    stands_in(world, HELEN, TOM)
    assert world.decide(TOM, item, "approve").state == "approved"
    made = world.decisions(item)[-1]
    assert (made.person_id, made.role, made.on_behalf_of_id) == (TOM.id, "cs_leader", HELEN.id)
    assert json.loads(world.log(item)[-1].body)["facts"]["on_behalf_of"] == HELEN.actor


def test_a_closed_account_lends_no_role(world: World) -> None:
    """Who stands in for somebody whose account was closed meanwhile stands in for nobody."""
    item = world.submit(drafts.email())
    stands_in(world, DANA, LENA)
    with world.session() as session:
        users.disable(session, DANA.id, SAM.id, world.now)
    with pytest.raises(NotFound):
        world.decide(LENA, item, "approve")
    with pytest.raises(Forbidden, match="closed"):
        world.decide(DANA, item, "approve")


def test_a_small_team_may_be_exempted_and_the_log_says_so(world: World) -> None:
    """The policy's own words allow it, each time with an entry that names the exemption and its place."""
    files = northbeam.files()
    files["organisation.toml"] = files["organisation.toml"].replace("small_team = false", "small_team = true")
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    item = world.submit(drafts.email())
    edits(world, item)
    assert world.decide(DANA, item, "approve").state == "approved"
    assert world.decisions(item)[-1].exempt == "author"
    facts = json.loads(world.log(item)[-1].body)["facts"]
    assert facts["separation"] == {"exempted": "author", "rule": "organisation.toml:1"}
    other = world.submit(drafts.email())
    world.decide(TOM, other, "approve")
    assert world.decisions(other)[-1].exempt == "", "who was not involved is not exempted from anything"
