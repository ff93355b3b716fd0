"""Rules 13 and 14: the policy decides and says so; forbidden and absent look alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reviewqueue.core.errors import Conflict, Forbidden, NotFound
from reviewqueue.core.settings import ROOT
from reviewqueue.core.vocabulary import ACTS
from reviewqueue.items import item_context, item_page, leases, seen_version
from tests import drafts
from tests.cast import AIKO, DANA, EVERYBODY, HELEN, INES, LENA, MARCUS, NOOR, PRIYA, RAVI, TOM, Named
from tests.world import World

PLACE = re.compile(r"(?:gates|lanes)/[a-z-]+\.toml:\d+|organisation\.toml:\d+")
SUBMISSIONS = {"customer_email": drafts.email, "handoff_packet": drafts.packet, "project_plan": drafts.plan}


def stands(rule: str, *words: str) -> bool:
    """Whether one of the words stands in the line of the shipped policy that a rule's place names."""
    name, line = rule.rsplit(":", 1)
    text = (ROOT / "reviewqueue" / "policy" / "default" / name).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    return any(word in text for word in words)


@pytest.mark.parametrize("kind", SUBMISSIONS)
def test_each_item_says_why_it_is_here(world: World, kind: str) -> None:
    """In words, with the file and line of the lane that sends it to this gate."""
    row = world.item(world.submit(SUBMISSIONS[kind]()))
    (place,) = PLACE.findall(row.why)
    assert stands(place, f'{kind} = "{row.gate}"')


def test_an_escalated_item_says_why_it_went_up(world: World) -> None:
    """By a person: the reason and whom the gate escalates to. By the policy: the rule's name, words and place."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "escalate")
    why = world.item(item).why
    assert "The timeline cannot hold" in why
    assert stands(PLACE.findall(why)[0], "goes_up_to")
    why = world.item(world.submit(replace(drafts.email(), confidence="0.2"))).why
    assert "less than half sure" in why
    assert stands(PLACE.findall(why)[0], "[[must_escalate]]")


@pytest.mark.parametrize("person", EVERYBODY, ids=lambda person: person.name)
@pytest.mark.parametrize("check", [None, "automation.tone", "topic.renewal"])
def test_the_page_and_the_post_ask_the_same_list(world: World, person: Any, check: str | None) -> None:
    """What the page offers goes through; what it does not offer is refused with the very words the page shows."""
    submission = drafts.email() if check is None else drafts.with_check(drafts.email(), check)
    for act in ACTS:
        item = world.submit(submission)
        seen = world.seen(item)
        said: dict[str, Any] = {"passes": (check,) if act == "override" else ()}
        if act == "edit":
            said["draft"] = {**world.draft(item), "subject": f"Kickoff, {person.name}"}
        with world.session() as session:
            try:
                shown = item_page.item_page(session, item, person.id, world.now).legal[act]
            except NotFound:
                with pytest.raises(NotFound):
                    world.decide(person, item, act, seen=seen, **said)
                continue
        if shown.allowed:
            assert world.decide(person, item, act, seen=seen, **said)
        else:
            with pytest.raises(Forbidden) as refused:
                world.decide(person, item, act, seen=seen, **said)
            assert shown.why in refused.value.says
            assert shown.rule in refused.value.says
        submission = drafts.email() if check is None else drafts.with_check(drafts.email(), check)


def test_what_is_still_needed_is_true(world: World) -> None:
    """Doing what the item says it needs, one need after the other, ends with nothing needed and the item approved."""
    item = world.submit(drafts.in_lane(drafts.with_check(drafts.email(), "automation.tone"), drafts.TWO_APPROVALS))
    steps = []
    for person, action in ((TOM, "override"), (DANA, "approve")):
        with world.session() as session:
            needs = item_context.load(session, item, world.now).needs()
        steps.append([need.code for need in needs])
        assert all(stands(need.rule, "approvals = 2", "checks = [") for need in needs), needs
        world.decide(person, item, action, passes=("automation.tone",) if action == "override" else ())
    assert steps == [["check", "approval"], ["approval"]]
    assert world.item(item).state == "approved"


UNSEEN = {
    "customer_email": (INES, LENA, NOOR, RAVI),
    "project_plan": (LENA, NOOR, RAVI),
    "handoff_packet": (INES, LENA, NOOR),
}


@pytest.mark.parametrize("kind", UNSEEN)
def test_forbidden_and_absent_look_alike(world: World, kind: str) -> None:
    """Deciding, reading and taking: who may not see an item is told character for character what is told of none at all."""
    item = world.submit(SUBMISSIONS[kind]())
    for person in UNSEEN[kind]:
        assert told(world, person, item) == told(world, person, 4711)


def told(world: World, person: Named, item: int) -> list[tuple[Any, ...]]:
    """What a person is told who tries to read, take and decide an item that is not theirs to see."""
    seen, said = seen_version.SeenVersion("a" * 64, "b" * 64, "c" * 64), []
    with world.session() as session:
        tries: list[Callable[[], Any]] = [
            lambda: item_page.item_page(session, item, person.id, world.now),
            lambda: leases.take(session, person.id, item, world.now),
            lambda: leases.take_over(session, person.id, item, "I would like to have it.", world.now),
            lambda: world.decide(person, item, "approve", seen=seen),
            lambda: world.decide(person, item, "nonsense", seen=seen),
        ]
        for attempt in tries:
            with pytest.raises(NotFound) as refused:
                attempt()
            said.append((refused.value.says, refused.value.status, refused.value.code, refused.value.faults))
    return said


def test_also_after_it_is_settled(world: World) -> None:
    """Who settled it is not told to who may not see it."""
    item = world.submit(drafts.email())
    seen = world.seen(item)
    world.decide(DANA, item, "approve")
    with pytest.raises(NotFound):
        world.decide(LENA, item, "approve", seen=seen)
    with pytest.raises(Conflict, match="Dana"):
        world.decide(MARCUS, item, "approve", seen=seen)


def test_the_control_who_may_see_sees(world: World) -> None:
    """Reviewers, those above them, those the gate shows it to, and those who read everything."""
    item = world.submit(drafts.email())
    for person in (DANA, MARCUS, TOM, HELEN, PRIYA, AIKO):
        with world.session() as session:
            assert item_page.item_page(session, item, person.id, world.now).context.item.id == item
