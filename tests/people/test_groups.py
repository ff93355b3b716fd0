"""Groups: who is in one, who changes that, and what it opens and closes."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from reviewqueue.core.errors import DomainError, Forbidden, Invalid, NotFound
from reviewqueue.db.tables.people import Membership
from reviewqueue.items import leases
from reviewqueue.people import actors, groups, users
from reviewqueue.policy import policy_versions
from reviewqueue.policy.evaluation import Actor
from tests import drafts, northbeam
from tests.cast import DANA, HELEN, LENA, NOOR, PRIYA, SAM, Named
from tests.rules.test_separation import chain
from tests.world import World

HOUR = timedelta(hours=1)
TWO = '\n[[groups]]\nkey = "launch-board"\nname = "Launch board"\n\n[[groups]]\nkey = "legal"\nname = "Legal"\n'


def add(world: World, person: Named, key: str = "legal", actor: str = SAM.actor) -> None:
    """Put a person into a group."""
    with world.session() as session:
        groups.add(session, person.id, key, actor, world.now)


def remove(world: World, person: Named, key: str = "legal", actor: str = SAM.actor, after: timedelta = HOUR) -> None:
    """Take a person out of a group, an hour later."""
    with world.session() as session:
        groups.remove(session, person.id, key, actor, world.now + after)


def actor(world: World, person: Named, after: timedelta = timedelta(0)) -> Actor:
    """The person as judging takes them."""
    with world.session() as session:
        return actors.load_actor(session, person.id, world.now + after)


@pytest.fixture
def grouped(world: World) -> World:
    """The policy names two groups, and customer e-mails are decided by one of them too."""
    files = northbeam.files()
    files["organisation.toml"] += TWO
    gate = files["gates/customer-communication.toml"]
    files["gates/customer-communication.toml"] = gate.replace("reviewers =", 'reviewer_groups = ["legal"]\nreviewers =')
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    return world


def test_who_is_in_a_group_decides_where_the_gate_names_it(grouped: World) -> None:
    """Lena has no role there: before, she does not see it; in the group she decides as one of it; after, she does not."""
    item, other = grouped.submit(drafts.email()), grouped.submit(drafts.email())
    with pytest.raises(NotFound):
        grouped.decide(LENA, item, "approve")
    add(grouped, LENA)
    grouped.decide(LENA, item, "approve")
    (made,) = grouped.decisions(item)
    assert (made.role, made.on_behalf_of_id) == ("group:legal", None)
    remove(grouped, LENA)
    with pytest.raises(NotFound):
        grouped.decide(LENA, other, "approve", now=grouped.now + HOUR)


def test_a_stand_in_for_one_of_the_group_is_of_it_or_decides_nothing(grouped: World) -> None:
    """Noor has no place at its gate: an absence that was recorded before lets her see it and no more, and a new one is
    refused. In the group too, she decides as one of it, in her own name."""
    add(grouped, LENA)
    chain(grouped, LENA, NOOR)
    item = grouped.submit(drafts.email())
    assert actor(grouped, NOOR).groups == frozenset(), "borrowed, not their own"
    assert "group:legal" in actor(grouped, NOOR).borrowed
    with pytest.raises(
        Forbidden, match="but a stand-in needs a role of their own at this gate: csm or manager or the group"
    ):
        grouped.decide(NOOR, item, "approve")
    with grouped.session() as session:
        days = (grouped.now, grouped.now + HOUR, grouped.now)
        with pytest.raises(Invalid, match="Your absence was not recorded"):
            users.set_absence(session, LENA.id, NOOR.id, *days)
    add(grouped, NOOR)
    with grouped.session() as session:
        users.set_absence(session, LENA.id, NOOR.id, *days)
    grouped.decide(NOOR, item, "approve")
    (made,) = grouped.decisions(item)
    assert (made.role, made.on_behalf_of_id) == ("group:legal", None)


def test_a_membership_holds_from_then_to_then(grouped: World) -> None:
    add(grouped, LENA)
    remove(grouped, LENA)
    moment = timedelta(microseconds=1)
    for after, held, why in [
        (-moment, frozenset(), "not before it was given"),
        (timedelta(0), frozenset({"legal"}), "from that moment"),
        (HOUR - moment, frozenset({"legal"}), "up to the last one"),
        (HOUR, frozenset(), "and no longer"),
    ]:
        assert actor(grouped, LENA, after).groups == held, why


def test_each_change_is_on_the_log_with_who_made_it(grouped: World) -> None:
    add(grouped, LENA)
    remove(grouped, LENA, actor="system:cli")
    said = [(entry.actor, entry.act, json.loads(entry.body)["facts"]) for entry in grouped.log()[-2:]]
    facts = {"person": LENA.id, "group": "legal"}
    assert said == [(SAM.actor, "group.add", facts), ("system:cli", "group.remove", facts)]
    with grouped.session() as session:
        assert groups.members(session, grouped.now) == {LENA.id: ["legal"]}
        assert groups.members(session, grouped.now + HOUR) == {}


def test_who_leaves_a_group_lets_go_of_what_it_opened(grouped: World) -> None:
    """The lease ends with the membership, and the log says so in the same breath."""
    add(grouped, LENA)
    item = grouped.submit(drafts.email())
    with grouped.session() as session:
        leases.take(session, LENA.id, item, grouped.now)
    remove(grouped, LENA, after=timedelta(minutes=1))
    assert grouped.item(item).lease_holder_id is None
    assert [entry.act for entry in grouped.log()[-2:]] == ["group.remove", "lease.end"]


REFUSED: list[tuple[str, Named, str, str, type[DomainError], str]] = [
    ("a group the policy does not name", LENA, "no-such", SAM.actor, Invalid, "launch-board, legal"),
    ("already in it", DANA, "legal", SAM.actor, Invalid, "Dana Whitfield is in legal already"),
    ("a closed account", HELEN, "legal", SAM.actor, Invalid, "has no open account"),
    ("nobody", Named(99, "Nobody", ()), "legal", SAM.actor, NotFound, ""),
    ("RevOps is no admin", LENA, "legal", PRIYA.actor, Forbidden, "Only an admin"),
]


@pytest.mark.parametrize(("why", "person", "key", "actor", "kind", "says"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_is_refused_changes_nothing(
    grouped: World, why: str, person: Named, key: str, actor: str, kind: type[DomainError], says: str
) -> None:
    add(grouped, DANA)
    with grouped.session() as session:
        users.disable(session, HELEN.id, SAM.id, grouped.now)
    before = grouped.everything()
    with pytest.raises(kind) as refused:
        add(grouped, person, key, actor)
    told = " ".join([refused.value.says, *(fault.message for fault in refused.value.faults)])
    assert says in told, why
    assert grouped.everything() == before


def test_who_is_not_in_it_is_not_taken_out(grouped: World) -> None:
    with pytest.raises(Invalid) as refused:
        remove(grouped, LENA)
    assert refused.value.faults[0].message == "Lena Vogt is not in legal"
    with pytest.raises(Forbidden):
        remove(grouped, LENA, actor=DANA.actor)
    assert grouped.count(Membership) == 0
