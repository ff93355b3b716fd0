"""Evaluate: however a draft comes to be a revision, the same facts are routed: segment, confidence, number, overrides, age."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reviewqueue.items import change_policy, intake, routing
from reviewqueue.policy import policy_versions
from reviewqueue.review import resolve_exception
from tests import drafts, northbeam
from tests.cast import DANA, HELEN, PRIYA, TOM
from tests.world import World

HOURS = timedelta(hours=2)
NAMES = ("segment", "confidence", "revision", "earlier_overrides", "age_hours")


def revise(world: World, item: int) -> None:
    """Its automation answers with another draft."""
    again = replace(drafts.email().drafted, title="Kickoff invitation, again")
    with world.session() as session:
        intake.revise(
            session, world.caller, item, world.seen(item).revision, again, world.now + HOURS, confidence="0.8"
        )


def edit(world: World, item: int) -> None:
    """A person edits it."""
    world.decide(DANA, item, "edit", draft={**world.draft(item), "subject": "Your kickoff"}, now=world.now + HOURS)


def move(world: World, item: int) -> None:
    """RevOps moves it to another policy."""
    files = northbeam.files()
    files["organisation.toml"] += "\n# another version\n"
    with world.session() as session:
        policy_versions.activate(session, files, "system:test", world.now)
        change_policy.move_policy(session, PRIYA.id, item, "These are the rules now.", world.now + HOURS)


def resolve(world: World, item: int) -> None:
    """It comes back from an exception."""
    world.decide(HELEN, item, "escalate", now=world.now)
    said = resolve_exception.Resolution("back_to_gate", "They moved the date, and it is settled.")
    with world.session() as session:
        resolve_exception.resolve(session, TOM.id, 1, said, world.now + HOURS)


def submit(world: World, _item: int) -> None:
    """Another draft of the same onboarding, of which only the deal's id is known."""
    world.submit(replace(drafts.email(ABOUT, subject="Your agenda"), segment="", confidence="0.7"))


ABOUT = drafts.deal()

# (how it comes to be a revision, what does it, the facts that are routed)
WAYS: list[tuple[str, Callable[[World, int], None], tuple[Any, ...]]] = [
    ("it is submitted: no age yet", submit, ("enterprise", 0.7, 1, 1, 0.0)),
    ("its automation revises it: the automation's new confidence", revise, ("enterprise", 0.8, 2, 1, 2.0)),
    ("a person edits it: the confidence that the draft came with", edit, ("enterprise", 0.9, 2, 1, 2.0)),
    ("it moves to another policy: all as it was, a number further", move, ("enterprise", 0.9, 2, 1, 2.0)),
    ("it comes back from an exception: the revision that is there", resolve, ("enterprise", 0.9, 1, 1, 2.0)),
]


@pytest.mark.parametrize(("says", "go", "facts"), WAYS, ids=[says for says, *_ in WAYS])
def test_every_way_is_routed_by_the_same_facts(
    world: World, monkeypatch: pytest.MonkeyPatch, says: str, go: Callable[[World, int], None], facts: tuple[Any, ...]
) -> None:
    packet = world.submit(replace(drafts.packet(ABOUT, without=("customer_outcome",)), segment="enterprise"))
    world.decide(PRIYA, packet, "override", reason_code="known-gap-accepted", passes=("field.customer_outcome",))
    item = world.submit(replace(drafts.email(ABOUT), confidence="0.9"))
    seen, route = list[tuple[Any, ...]](), routing.route

    def watched(*given: Any) -> tuple[str, str]:
        seen.append(tuple(given[3][name] for name in NAMES))
        return route(*given)

    monkeypatch.setattr(routing, "route", watched)
    go(world, item)
    assert set(seen) == {facts}, f"{says}; and again by the same facts, once the model's check is there"
