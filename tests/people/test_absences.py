"""Stand-ins: who may be named, what they borrow, and what they borrow no longer once they hold no role that acts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reviewqueue.core.errors import Forbidden, Invalid, NotFound
from reviewqueue.db.tables.people import Absence
from reviewqueue.items import item_context
from reviewqueue.people import absences, actors, users
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, LENA, MARCUS, PRIYA, SAM, Named
from tests.rules.test_separation import chain, gives, stands_in
from tests.world import World


def borrowed(world: World, person: Named) -> frozenset[str]:
    """What somebody holds for others now."""
    with world.session() as session:
        return actors.load_actor(session, person.id, world.now).borrowed


@pytest.mark.parametrize(
    ("roles", "why"),
    [
        (("auditor",), "an auditor changes nothing"),
        (("auditor", "csm"), "an auditor changes nothing"),
    ],
    ids=["an auditor", "an auditor who is something else too"],
)
def test_who_could_not_act_is_not_named(world: World, roles: tuple[str, ...], why: str) -> None:
    """Refused in words at the field, and nothing is written; the control: a sales owner stands in."""
    gives(world, AIKO, roles)
    with pytest.raises(Invalid) as refused:
        stands_in(world, DANA, AIKO)
    (fault,) = refused.value.faults
    assert (fault.at, why in fault.message, AIKO.name in fault.message) == ("/delegate", True, True)
    assert not world.count(Absence)
    stands_in(world, DANA, LENA)
    assert borrowed(world, LENA) == {"csm"}


def test_a_role_that_decides_nothing_stands_in_for_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A role that the policy names nowhere is none that acts."""
    gives(world, AIKO, ("product_owner",))
    stands_in(world, HELEN, AIKO)
    assert borrowed(world, AIKO) == {"cs_leader"}, "the control: it takes exceptions"
    with world.session() as session:
        policy = item_context.policy_versions.current(session)
    bare = policy.model_copy(update={"exceptions": policy.exceptions.model_copy(update={"category": ()})})
    monkeypatch.setattr(item_context.policy_versions, "current", lambda _: bare)
    monkeypatch.setattr(item_context.policy_versions, "version", lambda *_: bare)
    assert "no role that decides" in absences.why_cannot_delegate(bare, ["product_owner"], [])
    with pytest.raises(Invalid, match="Your absence was not recorded"):
        stands_in(world, HELEN, AIKO)


@pytest.mark.parametrize("left", [("auditor",), ("csm", "auditor")], ids=["auditor", "auditor beside"])
def test_who_loses_the_role_stands_in_for_nothing(world: World, left: tuple[str, ...]) -> None:
    """From the next request on; whom they stood in for stays in their circle. The control: before, they decided."""
    stands_in(world, HELEN, MARCUS)
    assert borrowed(world, MARCUS) == {"cs_leader"}
    item = world.submit(drafts.email())
    world.decide(DANA, item, "escalate")
    with world.session() as session:
        users.set_roles(session, MARCUS.id, left, SAM.id, world.now)
        actor = actors.load_actor(session, MARCUS.id, world.now)
    assert (actor.borrowed, actor.delegators) == (frozenset(), {HELEN.id})
    with pytest.raises((Forbidden, NotFound)):
        world.decide(MARCUS, item, "approve", now=world.now + timedelta(minutes=1))


def test_nothing_reaches_past_one_who_may_not(world: World) -> None:
    """Helen is away, so is the auditor who was made one since and stands in for her: Marcus, behind, borrows nothing."""
    chain(world, HELEN, PRIYA, MARCUS)
    assert borrowed(world, MARCUS) == {"cs_leader", "revops"}, "the control"
    gives(world, PRIYA, ("auditor",))
    assert borrowed(world, MARCUS) == {"auditor"}
