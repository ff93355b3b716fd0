"""Leases: one person has an item taken, for a while, and everybody else is told who and until when."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from reviewqueue.db.tables.base import moment
from reviewqueue.db.tables.items import Decision
from reviewqueue.db.tables.log import LogText
from reviewqueue.items import item_page, leases
from reviewqueue.people import users
from reviewqueue.policy import evaluation, legal_acts
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, INES, LENA, MARCUS, NOOR, PRIYA, SAM, TOM, Named
from tests.support import concurrency
from tests.world import World

TEN_MINUTES = timedelta(minutes=10)  # what the gate of customer e-mails gives
REASON = "Dana is at the dentist."


def take(world: World, person: Named, item: int, now: datetime | None = None) -> datetime:
    """Take an item, or extend one's own lease."""
    with world.session() as session:
        return leases.take(session, person.id, item, now or world.now)


def give_back(world: World, person: Named, item: int, now: datetime | None = None) -> None:
    """Give an item back."""
    with world.session() as session:
        leases.give_back(session, person.id, item, now or world.now)


def take_over(world: World, person: Named, item: int, reason: str = REASON, now: datetime | None = None) -> datetime:
    """Take an item from whoever has it."""
    with world.session() as session:
        return leases.take_over(session, person.id, item, reason, now or world.now)


def lease(world: World, item: int) -> tuple[int | None, datetime | None]:
    """Whose lease the row names, and until when."""
    row = world.item(item)
    return row.lease_holder_id, row.lease_until


def acts(world: World, item: int) -> list[tuple[str, str]]:
    """Who did what about the lease, as the log has it."""
    return [(entry.actor, entry.act) for entry in world.log(item) if entry.act.startswith("lease.")]


@pytest.fixture
def item(world: World) -> int:
    """A customer e-mail that waits for a CSM or a manager."""
    return world.submit(drafts.email())


def test_taking_gives_the_item_for_the_gates_minutes_and_says_so_in_the_log(world: World, item: int) -> None:
    until = take(world, DANA, item)
    assert until == world.now + TEN_MINUTES
    assert lease(world, item) == (DANA.id, until)
    entry = world.log(item)[-1]
    body = json.loads(entry.body)
    assert (entry.actor, entry.act, entry.item_id) == (DANA.actor, "lease.take", item)
    assert (body["gate"], body["facts"]) == ("customer-communication", {"until": moment(until)})


def test_taking_again_extends_it_from_now_without_another_entry(world: World, item: int) -> None:
    take(world, DANA, item)
    later = world.now + timedelta(minutes=7)
    assert take(world, DANA, item, later) == later + TEN_MINUTES
    assert lease(world, item) == (DANA.id, later + TEN_MINUTES)
    assert acts(world, item) == [(DANA.actor, "lease.take")]
    with pytest.raises(Conflict):
        take(world, MARCUS, item, world.now + timedelta(minutes=12))


@pytest.mark.parametrize(
    ("after", "free", "why"),
    [
        (timedelta(0), False, "at once"),
        (TEN_MINUTES - timedelta(microseconds=1), False, "the last moment is still the holder's"),
        (TEN_MINUTES, True, "the end itself is free, and nobody had to clear anything"),
        (timedelta(days=90), True, "long gone"),
    ],
)
def test_a_lease_expires_by_itself(world: World, item: int, after: timedelta, free: bool, why: str) -> None:
    """Nothing runs in between: the clock alone frees the item, for taking and for deciding."""
    take(world, DANA, item)
    if free:
        assert take(world, MARCUS, item, world.now + after) == world.now + after + TEN_MINUTES, why
        assert acts(world, item) == [(DANA.actor, "lease.take"), (MARCUS.actor, "lease.take")]
        return
    before = world.everything()
    with pytest.raises(Conflict) as refused:
        take(world, MARCUS, item, world.now + after)
    assert "Dana Whitfield has this item until 15:10 UTC" in refused.value.says, why
    assert refused.value.status == 409
    assert world.everything() == before


def test_of_many_who_take_at_once_one_has_it_and_the_others_are_told_who(world: World, item: int) -> None:
    people = (DANA, MARCUS, TOM, HELEN)
    came = concurrency.at_once(4, lambda number: take(world, people[number], item))
    (winner,) = [person for person, got in zip(people, came, strict=True) if isinstance(got, datetime)]
    told = [got.says for got in came if isinstance(got, Conflict)]
    assert [winner.name in says for says in told] == [True] * 3
    assert lease(world, item) == (winner.id, world.now + TEN_MINUTES)
    assert acts(world, item) == [(winner.actor, "lease.take")]


@pytest.mark.parametrize(
    ("person", "refusal", "says", "why"),
    [
        (PRIYA, Forbidden, "You do not decide this item", "RevOps sees customer e-mails and does not decide them"),
        (AIKO, Forbidden, "You do not decide this item", "an auditor reads everything and takes nothing"),
        (INES, NotFound, "not yours to see", "the implementation lead does not see this gate"),
        (NOOR, NotFound, "not yours to see", "finance has no gate"),
        (LENA, NotFound, "not yours to see", "nor has sales"),
    ],
)
def test_only_who_decides_an_item_takes_it(
    world: World, item: int, person: Named, refusal: type[DomainError], says: str, why: str
) -> None:
    take(world, DANA, item)
    before = world.everything()
    for verb in (take, take_over):
        with pytest.raises(refusal) as refused:
            verb(world, person, item)
        assert says in refused.value.says, why
    assert world.everything() == before


def test_a_settled_item_is_on_nobodys_desk(world: World, item: int) -> None:
    """The lease ends with the decision, and none is had afterwards."""
    take(world, DANA, item)
    world.decide(DANA, item, "approve")
    assert lease(world, item) == (None, None)
    for verb in (take, give_back, take_over):
        with pytest.raises(Conflict, match="approved") as refused:
            verb(world, DANA, item)
        assert refused.value.code == "settled"


def test_giving_back_frees_the_item_at_once(world: World, item: int) -> None:
    take(world, DANA, item)
    give_back(world, DANA, item)
    assert lease(world, item) == (None, None)
    take(world, MARCUS, item)
    assert acts(world, item) == [
        (DANA.actor, "lease.take"),
        (DANA.actor, "lease.give_back"),
        (MARCUS.actor, "lease.take"),
    ]


@pytest.mark.parametrize(
    ("taken", "person", "after", "why"),
    [
        (False, DANA, timedelta(0), "nobody has it"),
        (True, MARCUS, timedelta(0), "somebody else has it"),
        (True, HELEN, timedelta(0), "somebody else has it, and rank does not matter"),
        (True, DANA, TEN_MINUTES, "one's own has run out"),
    ],
)
def test_nobody_gives_back_what_they_do_not_have(
    world: World, item: int, taken: bool, person: Named, after: timedelta, why: str
) -> None:
    if taken:
        take(world, DANA, item)
    before = world.everything()
    with pytest.raises(Conflict, match="nothing to give back"):
        give_back(world, person, item, world.now + after)
    assert world.everything() == before, why


def test_a_takeover_moves_the_lease_and_the_log_says_from_whom_and_why(world: World, item: int) -> None:
    take(world, DANA, item)
    later = world.now + timedelta(minutes=3)
    until = take_over(world, TOM, item, REASON, later)
    assert until == later + TEN_MINUTES
    assert lease(world, item) == (TOM.id, until)
    entry = world.log(item)[-1]
    assert (entry.actor, entry.act, entry.at) == (TOM.actor, "lease.take_over", later)
    assert json.loads(entry.body)["facts"] == {"from": DANA.actor}
    with world.session() as session:
        words = session.scalars(select(LogText).where(LogText.position == entry.position)).one()
    assert (words.name, words.text) == ("reason", REASON)
    assert world.verify().holds
    with pytest.raises(Conflict, match="Tom Abara has this item until 15:13 UTC"):
        take(world, DANA, item, later)


@pytest.mark.parametrize(
    ("person", "may", "why"),
    [
        (TOM, True, "a manager decides here and may take over"),
        (HELEN, True, "so may the CS leader"),
        (MARCUS, False, "another CSM decides here, and asks"),
    ],
)
def test_who_takes_over(world: World, item: int, person: Named, may: bool, why: str) -> None:
    take(world, DANA, item)
    if may:
        take_over(world, person, item)
        assert lease(world, item)[0] == person.id, why
        return
    before = world.everything()
    with pytest.raises(Forbidden, match="Only a CS leader, a manager or RevOps"):
        take_over(world, person, item)
    assert world.everything() == before, why


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("", "none"),
        ("   ", "blank"),
        ("too short", "nine characters"),
        ("         x", "spaces before a letter are not words"),
        ("\u200b" * 20, "twenty characters nobody can see"),
    ],
)
def test_a_takeover_needs_a_reason_that_can_be_read(world: World, item: int, reason: str, why: str) -> None:
    take(world, DANA, item)
    before = world.everything()
    with pytest.raises(Invalid) as refused:
        take_over(world, TOM, item, reason)
    assert [fault.at for fault in refused.value.faults] == ["/reason"], why
    assert world.everything() == before


@pytest.mark.parametrize(
    ("holder", "after", "why"),
    [
        (None, timedelta(0), "nobody has it: then one takes it"),
        (TOM, timedelta(0), "it is one's own"),
        (DANA, TEN_MINUTES, "the other's lease has run out"),
    ],
)
def test_there_must_be_somebody_to_take_it_over_from(
    world: World, item: int, holder: Named | None, after: timedelta, why: str
) -> None:
    if holder:
        take(world, holder, item)
    before = world.everything()
    with pytest.raises(Conflict, match="nothing to take over"):
        take_over(world, TOM, item, REASON, world.now + after)
    assert world.everything() == before, why


@pytest.mark.parametrize("act", ["approve", "edit", "send_back", "escalate", "reject"])
def test_deciding_asks_for_the_lease(world: World, item: int, act: str) -> None:
    """No act passes another's lease, not even the CS leader's; the holder is named; when it is over, it is over."""
    draft = {**world.draft(item), "subject": "See you at the kickoff"}
    said = {"draft": draft} if act == "edit" else {}
    take(world, DANA, item)
    before = world.everything()
    for person in (MARCUS, TOM, HELEN):
        with pytest.raises(Conflict, match="Dana Whitfield has this item until 15:10 UTC"):
            world.decide(person, item, act, **said)
    assert world.everything() == before
    world.decide(MARCUS, item, act, now=world.now + TEN_MINUTES, **said)
    assert [made.person_id for made in world.decisions(item)] == [MARCUS.id]


def test_who_lost_the_item_to_a_takeover_no_longer_decides_it(world: World, item: int) -> None:
    take(world, DANA, item)
    seen = world.seen(item)
    take_over(world, HELEN, item)
    with pytest.raises(Conflict, match="Helen Strand has this item"):
        world.decide(DANA, item, "approve", seen=seen)
    assert world.count(Decision) == 0
    assert world.decide(HELEN, item, "approve").state == "approved"


def test_an_item_is_decided_without_a_lease_too(world: World, item: int) -> None:
    assert world.decide(DANA, item, "approve").state == "approved"
    assert acts(world, item) == []


def test_a_closed_account_neither_takes_nor_keeps_others_out(world: World, item: int) -> None:
    """The lease is over in the moment in which the account is closed, and the log says so."""
    take(world, DANA, item)
    with world.session() as session:
        users.disable(session, DANA.id, SAM.id, world.now)
    for verb in (take, give_back):
        with pytest.raises(Forbidden, match="This account is closed"):
            verb(world, DANA, item)
    assert acts(world, item)[-1] == (SAM.actor, "lease.end")
    take(world, TOM, item)
    assert lease(world, item)[0] == TOM.id


def test_the_page_offers_no_act_while_somebody_else_has_it(world: World, item: int) -> None:
    """The lease is asked about when reading as when writing."""
    take(world, DANA, item)
    with world.session() as session:
        others = item_page.item_page(session, item, MARCUS.id, world.now).legal
        own = item_page.item_page(session, item, DANA.id, world.now).legal
        later = item_page.item_page(session, item, MARCUS.id, world.now + TEN_MINUTES).legal
    assert not any(legal.allowed for legal in others.values())
    assert own["approve"].allowed
    assert later["approve"].allowed


def test_the_control_without_the_question_the_other_decides(
    world: World, item: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the lease taken out of judging, Marcus decides what Dana has on her desk."""
    take(world, DANA, item)
    permission = legal_acts.permission

    def blind(
        policy: Any, gate: Any, situation: evaluation.Situation, actor: evaluation.Actor, act: Any
    ) -> legal_acts.Permission:
        return permission(policy, gate, replace(situation, lease_holder=None), actor, act)

    monkeypatch.setattr(legal_acts, "permission", blind)
    assert world.decide(MARCUS, item, "approve").state == "approved"


KEPT: list[tuple[str, timedelta, timedelta | None]] = [
    ("at once: no shorter", timedelta(0), timedelta(minutes=10)),
    ("while typing: ten minutes from then", timedelta(minutes=7), timedelta(minutes=17)),
    ("at the end it is over, and typing takes nothing", TEN_MINUTES, None),
    ("long after", timedelta(days=1), None),
]


@pytest.mark.parametrize(("why", "after", "until"), KEPT, ids=[row[0] for row in KEPT])
def test_a_lease_is_kept_while_one_works_and_never_taken_by_it(
    world: World, item: int, why: str, after: timedelta, until: timedelta | None
) -> None:
    """Keeping makes no entry; what is over stays over."""
    take(world, DANA, item)
    before = world.everything()
    with world.session() as session:
        if until is None:
            with pytest.raises(Conflict, match="You do not have this item any more"):
                leases.extend(session, DANA.id, item, world.now + after)
            assert world.everything() == before, why
            return
        assert leases.extend(session, DANA.id, item, world.now + after) == world.now + until, why
    assert lease(world, item) == (DANA.id, world.now + until)
    assert acts(world, item) == [(DANA.actor, "lease.take")]


def test_two_tabs_of_one_person_do_not_fight(world: World, item: int) -> None:
    """Both keep it; given back in one, the other's typing neither takes it again nor takes it from the next holder."""
    take(world, DANA, item)
    take(world, DANA, item)
    with world.session() as session:
        leases.extend(session, DANA.id, item, world.now)
    give_back(world, DANA, item)
    with world.session() as session, pytest.raises(Conflict):
        leases.extend(session, DANA.id, item, world.now)
    take(world, MARCUS, item)
    with world.session() as session, pytest.raises(Conflict):
        leases.extend(session, DANA.id, item, world.now)
    assert lease(world, item)[0] == MARCUS.id
    assert [act for _, act in acts(world, item)] == ["lease.take", "lease.give_back", "lease.take"]
