"""Moving: an open item keeps the policy it was opened under, until RevOps moves it, with a reason, on the log."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reviewqueue.core.errors import Conflict, Forbidden, Invalid, NotFound
from reviewqueue.items import change_policy, item_context
from reviewqueue.policy import policy_versions
from tests import drafts, northbeam
from tests.cast import AIKO, DANA, HELEN, INES, MARCUS, PRIYA, SAM, TOM, Named
from tests.world import World

SHIPPED = northbeam.files()
MESSAGE, LANE = "gates/customer-communication.toml", "lanes/mid-market-saas.toml"
WHY = "The new rules are stricter for good reason."


def load(world: World, *changes: tuple[str, str, str]) -> str:
    """Put the shipped policy with these changes active; returns its digest."""
    files = dict(SHIPPED)
    for name, old, new in changes:
        assert old in files[name]
        files[name] = files[name].replace(old, new)
    with world.session() as session:
        return policy_versions.activate(session, files, "system:cli", world.now).digest


def move(world: World, person: Named, item: int, why: str = WHY) -> int:
    """Somebody moves an item; returns the revision's number."""
    with world.session() as session:
        return change_policy.move_policy(session, person.id, item, why, world.now)


def needs(world: World, item: int) -> list[str]:
    """What is still missing, in words."""
    with world.session() as session:
        return [need.says for need in item_context.load(session, item, world.now).needs()]


TWO = (MESSAGE, 'reviewers = ["csm", "manager"]', 'reviewers = ["csm", "manager"]\napprovals = 2')
UP = (MESSAGE, "confidence_known && confidence < 0.5", "revision > 0")
ELSEWHERE = (LANE, 'customer_email = "customer-communication"', 'customer_email = "kickoff-preparation"')
NO_EMAIL = (LANE, 'customer_email = "customer-communication"\n', "")


def test_an_open_item_keeps_its_policy_until_it_is_moved(world: World) -> None:
    """Then the new rules hold: a new revision of the same words, another digest, and the approvals so far are void."""
    item = world.submit(drafts.in_lane(drafts.email(), drafts.TWO_APPROVALS))
    world.decide(DANA, item, "approve")
    old, draft, before = world.item(item), world.draft(item), world.seen(item)
    digest = load(world, TWO)
    assert needs(world, item) == ["One approval from csm or manager"]
    assert world.item(item).policy_digest == old.policy_digest, "loading moves nothing"
    assert move(world, PRIYA, item) == 2
    row, after = world.item(item), world.seen(item)
    assert (row.policy_digest, row.revision_number, row.state, row.due_at) == (digest, 2, "pending", old.due_at)
    assert world.draft(item) == draft
    assert after.revision != before.revision
    world.run_checks()
    assert needs(world, item) == ["2 approvals by different people from csm or manager"]
    assert world.decide(MARCUS, item, "approve").state == "pending"
    assert world.decide(DANA, item, "approve").state == "approved", "who approved before may do so again"


def test_it_is_on_the_log(world: World) -> None:
    """Who, why, from which version to which, whose approval is void, and what it was based on."""
    item = world.submit(drafts.in_lane(drafts.email(), drafts.TWO_APPROVALS))
    world.decide(DANA, item, "approve")
    old, seen, digest = world.item(item).policy_digest, world.seen(item), load(world, TWO)
    move(world, PRIYA, item)
    body = json.loads(world.log(item)[-1].body)
    assert (body["actor"], body["act"], list(body["sealed"])) == (PRIYA.actor, "item.move_policy", ["reason"])
    assert body["facts"] == {
        "from": old, "to": digest, "gate_before": "customer-communication", "revision": 2, "based_on": seen.revision,
        "voided": [DANA.id], "state": "pending",
    }  # fmt: skip
    assert world.verify().holds


# (what is so, what was done before, the new policy, state after, gate after)
ROWS: list[tuple[str, tuple[Named, str] | None, tuple[str, str, str], str, str]] = [
    ("the new rules send it up", None, UP, "escalated", "customer-communication"),
    ("it waits at another gate now", None, ELSEWHERE, "pending", "kickoff-preparation"),
    ("what a person escalated stays above", (DANA, "escalate"), TWO, "escalated", "customer-communication"),
    ("what was sent back still waits for its draft", (DANA, "send_back"), UP, "sent_back", "customer-communication"),
]


@pytest.mark.parametrize(("what", "done", "change", "state", "gate"), ROWS, ids=[one[0] for one in ROWS])
def test_where_it_stands_then(
    world: World, what: str, done: tuple[Named, str] | None, change: tuple[str, str, str], state: str, gate: str
) -> None:
    item = world.submit(drafts.email())
    if done:
        world.decide(done[0], item, done[1])
    load(world, change)
    move(world, PRIYA, item)
    row = world.item(item)
    assert (row.state, row.gate) == (state, gate), what
    acts = [entry.act for entry in world.log(item)][-2:]
    assert acts == (
        ["item.move_policy", "item.escalate"] if what.startswith("the new") else [acts[0], "item.move_policy"]
    )


def test_what_was_seen_before_it_moved_is_not_decided(world: World) -> None:
    item = world.submit(drafts.email())
    seen = world.seen(item)
    load(world, TWO)
    move(world, PRIYA, item)
    with pytest.raises(Conflict) as refused:
        world.decide(DANA, item, "approve", seen=seen)
    assert refused.value.what == ["revision", "policy"]


def test_who_made_it_has_made_it_still(world: World) -> None:
    """The revision is its author's, not the mover's: Dana, who edited it, cannot pass it, and Priya made nothing."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "edit", draft={**world.draft(item), "subject": "Kickoff in March"})
    load(world, TWO)
    move(world, PRIYA, item)
    with pytest.raises(Forbidden, match="wrote this revision"):
        world.decide(DANA, item, "approve")
    with world.session() as session:
        assert item_context.load(session, item, world.now).situation.editors == {DANA.id}


@pytest.mark.parametrize("person", [DANA, TOM, HELEN, AIKO, SAM, INES], ids=lambda person: person.name)
def test_only_revops_moves_it(world: World, person: Named) -> None:
    """Who does not see it is told that there is none; the others that it is RevOps' to do."""
    item = world.submit(drafts.email())
    load(world, TWO)
    sees = person is not INES  # Sam owns the automation
    with pytest.raises(Forbidden if sees else NotFound, match="Only RevOps" if sees else "nothing here"):
        move(world, person, item)
    assert world.item(item).revision_number == 1


def test_what_is_not_moved(world: World) -> None:
    """Settled, under it already, without words, and where the active policy takes nothing of the kind."""
    done, item = world.submit(drafts.email()), world.submit(drafts.email())
    world.decide(DANA, done, "approve")
    refused: list[tuple[int, str, type[Exception], str]] = [(item, WHY, Invalid, "under the active policy already")]
    _refuses(world, refused)
    load(world, NO_EMAIL)
    _refuses(
        world,
        [
            (done, WHY, Conflict, "keeps the policy it was decided under"),
            (item, "new", Invalid, "Nothing is moved yet"),
            (item, WHY, Invalid, "takes nothing of this kind here"),
        ],
    )


def _refuses(world: World, rows: list[tuple[int, str, type[Exception], str]]) -> None:
    before: Any = world.everything()
    for item, why, error, says in rows:
        with pytest.raises(error, match=says):
            move(world, PRIYA, item, why)
    assert world.everything() == before
