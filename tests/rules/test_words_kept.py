"""Rule 15: what somebody typed is on the page that says why it was not done, whatever happened to the item meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reviewqueue.items import leases, pauses
from tests import drafts
from tests.cast import DANA, HELEN, MARCUS, PRIYA, Named
from tests.web.conftest import text_of
from tests.world import World

WORDS = "Rosa called: a zebra stands in the yard."


def settled(world: World, item: int) -> None:
    """Somebody decides it."""
    world.decide(MARCUS, item, "reject")


def on_anothers_desk(world: World, item: int) -> None:
    """Marcus takes it."""
    with world.session() as session:
        leases.take(session, MARCUS.id, item, world.now)


def paused_already(world: World, item: int) -> None:
    """Marcus pauses it."""
    with world.session() as session:
        pauses.pause(session, MARCUS.id, item, "waiting_for_customer", "They look for a date.", world.now)


def nothing(_world: World, _item: int) -> None:
    """It is as it was."""


PAUSE = {"waits": "waiting_for_customer", "reason": WORDS}
# (what happened meanwhile, who, what is posted where)
ROWS: list[tuple[Callable[[World, int], None], Named, str, dict[str, str]]] = [
    (settled, DANA, "decisions", {"action": "reject", "reason_code": "duplicate", "text": WORDS}),
    (on_anothers_desk, DANA, "decisions", {"action": "reject", "reason_code": "duplicate", "text": WORDS}),
    (settled, PRIYA, "policy", {"reason": WORDS}),
    (nothing, DANA, "policy", {"reason": WORDS}),
    (settled, HELEN, "assign", {"to": str(DANA.id), "reason": WORDS}),
    (nothing, DANA, "assign", {"to": str(MARCUS.id), "reason": WORDS}),
    (settled, DANA, "pause", PAUSE),
    (on_anothers_desk, DANA, "pause", PAUSE),
    (paused_already, DANA, "pause", PAUSE),
    (settled, DANA, "resume", {"reason": WORDS}),
    (nothing, DANA, "resume", {"reason": WORDS}),
    (settled, DANA, "looks", {"text": WORDS}),
    (nothing, DANA, "looks", {"text": WORDS}),
    (settled, HELEN, "lease", {"act": "take_over", "reason": WORDS}),
    (nothing, DANA, "lease", {"act": "take_over", "reason": WORDS}),
]


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize(
    ("meanwhile", "person", "where", "typed"), ROWS, ids=[f"{row[2]}, {row[0].__name__}" for row in ROWS]
)
def test_what_was_typed_comes_back_with_the_refusal(
    client_for: Any,
    world: World,
    meanwhile: Callable[[World, int], None],
    person: Named,
    where: str,
    typed: dict[str, str],
) -> None:
    item = world.submit(drafts.email())
    seen = world.seen(item)
    digests = {"revision_digest": seen.revision, "evidence_digest": seen.evidence, "policy_digest": seen.policy}
    meanwhile(world, item)
    client = client_for(person)
    before = len(world.log())
    answer = client.post(f"/items/{item}/{where}", data={**digests, **typed})
    assert 400 <= answer.status_code < 500
    assert WORDS in text_of(answer)
    assert "data-form-taken" not in answer.text
    assert 'name="form-taken"' not in answer.text
    assert len(world.log()) == before
