"""Seeded defects: no comparison of what a reviewer may read tells one from a true draft that repeats an approved one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from reviewqueue.items.submission_rules import Submission
from reviewqueue.measurement import seeded
from reviewqueue.measurement.metrics import rollup
from reviewqueue.measurement.seeded import seeded_drafts
from tests import drafts
from tests.cast import DANA, EVERYBODY, PRIYA, Named
from tests.measurement.seeded import seeded_copies
from tests.measurement.seeded.seeded_copies import give_up, row, sealed
from tests.world import World

NOBODYS = {"/sign-in", "/healthz", "/metrics", "/password"}  # what is no reviewer's reading, or is not about drafts
CUSTOMERS = {1: "Alder Freight", 2: "Birch Freight"}
ABOUTS = {run: drafts.deal(name) for run, name in CUSTOMERS.items()}
PROGRESS = ("/onboardings", "/measurement")
VIEWS = ("view=mine", "view=open", "view=decided", "view=open&overdue=1")
# What numbers a page's own forms and rows, and is no draft, onboarding or customer.
NUMBERS = re.compile(
    r'such as /[^,]*|nonce="[^"]*"|value="[^"]*"|[0-9a-f]{12,}|00[16]NB\d+|entry \d+ of|"position":\d+|(?:draftings?[/-]|give-up-|retry-|part-)\d+'
)
PLACES = [
    ("customer-communication", DANA, drafts.email),
    ("handoff-quality", PRIYA, drafts.packet),
]


def listings(app: Flask) -> list[str]:
    """The address of everything that can be read without naming an item, and of everything of onboardings 1 and 2."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    plain = {rule.rule for rule in rules if not rule.arguments and not rule.rule.startswith("/api")} - NOBODYS
    of_one = [rule.rule for rule in rules if rule.arguments == {"onboarding_id"}]
    ours = [re.sub(r"<[^>]*>", run, rule) for rule in of_one for run in ("1", "2")]
    of_lane = [re.sub(r"<[^>]*>", drafts.LANE, rule.rule) for rule in rules if rule.arguments == {"lane"}]
    views = (*(f"/queue?{view}" for view in VIEWS), f"/measurement?lane={drafts.LANE}")
    return sorted([*plain, *ours, *of_lane, *views])


def readable(text: str, names: dict[str, str]) -> list[str]:
    """The lines of a page in no order, but for tokens, digests and moments, with what `names` tells in its words."""
    for said, name in names.items():
        text = re.sub(said, name, text)
    text = re.sub(r"<time[^>]*>[^<]*</time>", "<time>", text)
    return sorted(NUMBERS.sub("#", text).splitlines())


def names(run: int, one: str, *items: int) -> dict[str, str]:
    """How a page tells of a customer: its drafts, oldest first, its onboarding and its name; `one` says which it is."""
    drafts_of = {rf"\bitems?[ /-]{item}\b|#{item}\b": f"draft-{number}-{one}" for number, item in enumerate(items)}
    return {
        **drafts_of,
        rf"\bonboardings?[-=/]{run}\b|\bowner-(?:\w+-)?{run}\b": f"run-{one}",
        CUSTOMERS[run].replace(" ", "[ +]"): f"Name-{one}",  # in an address, too
    }


def test_no_listing_tells_which_is_seeded(
    world: World, app: Flask, client_for: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two customers alike; at each gate one has a seeded draft, the other a true one that says the same: each page that
    anybody of the cast may read stays the same when the two are exchanged, and the board as it was before."""
    approved = {place: approve_both(world, *place[1:]) for place in PLACES}
    clients = {person.name: client_for(person) for person in EVERYBODY}
    before = progress_of(world, clients, app)
    seeds = {place: insert(world, monkeypatch, place[0]) for place in PLACES}
    assert progress_of(world, clients, app) == before, "a seeded draft never shows on the board"
    items: dict[int, list[int]] = {run: [] for run in CUSTOMERS}
    for place, seed in seeds.items():
        run = world.item(seed).onboarding_id or 0
        true = submit_like(world, seed, place[2](ABOUTS[3 - run]))
        items[run] += approved[place][run], seed
        items[3 - run] += approved[place][3 - run], true
    told, swapped = (names(1, one, *items[1]) | names(2, other, *items[2]) for one, other in ("ab", "ba"))
    pages = dict(read(world, clients, listings(app)))
    for (who, address), text in pages.items():
        same = re.sub(r"(?<=/onboardings/)[12]", lambda found: str(3 - int(found[0])), address)
        assert readable(text, told) == readable(pages[who, same], swapped), (who, address)
    assert progress_of(world, clients, app) == before, "nor does a true one that says what was approved before"
    for number, (_, reviewer, _) in enumerate(PLACES):
        queue = clients[reviewer.name].get("/queue").text
        pair = [items[run][2 * number + 1] for run in CUSTOMERS]
        assert all(f"/items/{item}" in queue for item in pair)
        [true] = {*pair} - {*seeds.values()}
        world.decide(reviewer, true, "send_back")
        assert f"/items/{true}" in clients[reviewer.name].get("/onboardings").text, "one act, and the board has it"


def approve_both(world: World, reviewer: Named, write: Callable[..., Submission]) -> dict[int, int]:
    """A draft for each customer, approved, which does not go out any more."""
    approved = {run: world.submit(write(about)) for run, about in ABOUTS.items()}
    for item in approved.values():
        world.decide(reviewer, item, "approve")
        give_up(world, item)
    return approved


def insert(world: World, monkeypatch: pytest.MonkeyPatch, gate: str) -> int:
    """Seal a defect of that gate and insert it; returns the item's id."""
    monkeypatch.setattr(seeded_copies, "AT", (drafts.LANE, gate))
    defect = sealed(world)
    with world.session() as session:
        return seeded_drafts.insert_now(session, defect, world.now) or 0


def submit_like(world: World, seed: int, like: Submission) -> int:
    """A true draft with the fault of the seeded one in it."""
    draft = seeded.apply(like.drafted.draft, seeded_drafts.fault_of(row(world, seed)))
    return world.submit(replace(like, drafted=replace(like.drafted, draft=draft)))


def read(world: World, clients: dict[str, Any], addresses: list[str]) -> Iterator[tuple[tuple[str, str], str]]:
    """((who, address), the text) of every page that they may read, with the figures as they are now."""
    with world.session() as session:
        rollup.refresh(session, world.now)
    for who, client in clients.items():
        for address in addresses:
            answer = client.get(address)
            if answer.status_code == 200:
                yield (who, address), answer.text


def progress_of(world: World, clients: dict[str, Any], app: Flask) -> dict[tuple[str, str], list[str]]:
    """What everybody reads of the onboardings and their figures, without the header, which counts what waits."""
    addresses = [page for page in listings(app) if page.startswith(PROGRESS)]
    pages = read(world, clients, addresses)
    return {place: readable(re.sub(r"<header.*?</header>", "", text, flags=re.S), {}) for place, text in pages}
