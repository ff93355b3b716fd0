"""Seeded defects: sealed, like any other until somebody decides, revealed at once, and never let out (trust row 30)."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from reviewqueue import worker
from reviewqueue.audit import override_log
from reviewqueue.audit.override_log import Event
from reviewqueue.core.errors import Invalid
from reviewqueue.core.mime.compose import message_id
from reviewqueue.db import database, seeded_defect_triggers
from reviewqueue.db.database import writing
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.releases import Release
from reviewqueue.db.tables.seeded_defects import SeededDefect
from reviewqueue.delivery import holds, smtp
from reviewqueue.lanes.backtest import history
from reviewqueue.measurement import seeded
from reviewqueue.measurement.metrics import collection, prometheus
from reviewqueue.measurement.seeded import catch_rate, release_guard, seeded_drafts
from reviewqueue.people import access, api_keys
from reviewqueue.policy import policy_versions
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, MARCUS, PRIYA
from tests.db.test_triggers import refused
from tests.measurement.seeded.seeded_copies import AT, GATE, ROADS, give_up, good, plant, row, rules, sealed, tried
from tests.support.mail_server import open_for_mail
from tests.support.releases import by_mail
from tests.support.sizes import size
from tests.web.test_source_changes import form_of
from tests.world import World


def sent_out(world: World) -> set[int]:
    """The items whose message really arrived at a mail server, once the worker has nothing left to do."""
    with open_for_mail() as office:
        sessions = database.sessions(world.engine)
        while worker.send_one_release(
            sessions, {"email": partial(smtp.send, office.url)}, threading.Event(), lambda: world.now
        ):
            pass
        came = {one.message["Message-ID"] for one in office.came}
    with world.session() as session:
        rows = session.scalars(sa.select(Release)).all()
    keyed = {message_id(one.key, "onboarding@example.com"): one.item_id for one in rows}
    return {keyed[one] for one in came}


def test_a_hundred_by_every_road_and_none_goes_out(world: World) -> None:
    """Each seeded defect tries one road; a real one beside them goes out. What was sealed is proved for all of them."""
    by_mail(world)
    many = 100 if world.engine.dialect.name == "sqlite" else size(len(ROADS), 100)
    items = []
    for number in range(many):
        item = plant(world)
        tried(world, ROADS[number % len(ROADS)][1], item)
        items.append(item)
        if world.item(item).settled_at is None:  # the road did not come to a decision
            world.decide(HELEN if world.item(item).state == "escalated" else MARCUS, item, "reject")
    real = world.submit(drafts.email())
    world.decide(DANA, real, "approve")
    assert sent_out(world) == {real}
    assert {world.item(item).state for item in items} == {"withdrawn"}
    with world.session() as session:
        proof = catch_rate.verify(session)
        assert (
            session.scalar(sa.select(sa.func.count()).select_from(SeededDefect).where(SeededDefect.caught.is_(None)))
            == 0
        )
    assert (proof.holds, proof.reveals, proof.waiting) == (True, many, 0)
    assert not any(world.outbox(item) for item in items)
    assert world.verify().holds


def take_out(world: World, monkeypatch: pytest.MonkeyPatch, but: str = "") -> None:
    """Take every stop out but one."""
    if but != "reveal":
        monkeypatch.setattr(seeded_drafts, "reveal_if_seeded", lambda *_: [])
    if but != "release":
        monkeypatch.setattr(release_guard, "require_releasable", lambda *_: None)
    if but != "worker":
        monkeypatch.setattr(holds, "release_guard", SimpleNamespace(release_block=lambda *_: ""))
    with world.owner() as engine, engine.connect() as connection:
        on = " ON {}" if engine.dialect.name == "postgresql" else ""
        for table, names in (
            ("items", ("items_kept_in", "items_stay_in")),
            ("releases", ("releases_kept_in", "releases_stay_in")),
        ):
            if but != f"{table} trigger":
                for name in names:
                    connection.execute(sa.text(f"DROP TRIGGER {name}{on.format(table)}"))
        connection.commit()


@pytest.mark.parametrize("but", ["reveal", "release", "worker", "items trigger", "releases trigger"])
def test_each_stop_holds_alone(world: World, monkeypatch: pytest.MonkeyPatch, but: str) -> None:
    """With all others taken out, the one that is left keeps it in."""
    by_mail(world)
    item = plant(world)
    take_out(world, monkeypatch, but)
    tried(world, ROADS[0][1], item)
    assert sent_out(world) == set()


def test_the_control_goes_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every stop taken out, the same approval brings it to a real mail server."""
    by_mail(world)
    item = plant(world)
    take_out(world, monkeypatch)
    tried(world, ROADS[0][1], item)
    assert sent_out(world) == {item}


def test_no_client_ever_holds_one(world: World) -> None:
    """Its automation has no key, gets none, and no callback; the page names the one that wrote what it is a copy of."""
    item = plant(world)
    assert world.item(item).callback_url == ""
    with world.session() as session, pytest.raises(Invalid) as raised:
        api_keys.add(session, access.SEED_AUTOMATION, ["items:read"], "system:cli", world.now)
    assert "never has a key" in raised.value.faults[0].message
    assert world.item(item).automation_id not in (world.caller.automation_id, world.stranger.automation_id)


def test_the_database_keeps_what_was_sealed(world: World) -> None:
    """Nothing of a plant changes but once: not its fault, not its item, not what came of it; and it is never deleted."""
    real = good(world)
    item = plant(world)
    for change in (
        "fault = 'x'", "was = 'x'", "salt = 'x'", "seal = 'x'", "revision_digest = 'x'", f"item_id = {real}",
        "item_id = NULL, planted_at = NULL", "position = 1",
    ):  # fmt: skip
        assert seeded_defect_triggers.SEALED in refused(world.engine, f"UPDATE plants SET {change}"), change
    world.decide(DANA, item, "approve")
    columns = "caught = true, note = 'x'"
    assert seeded_defect_triggers.SEALED in refused(world.engine, f"UPDATE plants SET {columns}")
    assert seeded_defect_triggers.SEALED in refused(world.engine, "DELETE FROM plants")
    other = sealed(world) if good(world) else 0
    pointed = f"UPDATE plants SET item_id = {real}, planted_at = sealed_at WHERE id = {other}"
    assert seeded_defect_triggers.SEALED in refused(world.engine, pointed), (
        "nobody calls a real approval a seeded defect afterwards"
    )
    assert seeded_defect_triggers.KEPT_IN in refused(
        world.engine, f"UPDATE items SET state = 'released' WHERE id = {item}"
    )
    if world.engine.dialect.name == "postgresql":
        with world.owner() as engine:
            for table in ("plants", "items", "releases"):
                sent = f"SELECT count(*) FROM pg_trigger WHERE tgrelid = '{table}'::regclass AND tgenabled = 'A'"
                with engine.connect() as connection:
                    assert connection.scalar(sa.text(sent)) >= 2


# (what a reveal says that is not so, what verifying says of it)
FORGED: list[tuple[str, dict[str, Any], str]] = [
    ("another fault", {"fault": "made-up"}, "not what was sealed"),
    ("another draft", {"revision": "0" * 64}, "not what was sealed"),
    ("no such seal", {"at": 1}, "no seal of this"),
    ("a real item", {"item": "late"}, "is not the draft that was sealed"),
    ("an item submitted before", {"item": "early"}, "not submitted after"),
    ("the same again", {}, "opened before"),
]


def test_a_reveal_that_was_made_up_is_found(world: World) -> None:
    """Nobody can call a wrong approval a seeded defect afterwards: it has no seal from before, or another draft's."""
    items = {"early": good(world)}
    item = items["planted"] = plant(world)
    items["late"] = good(world)
    world.decide(DANA, item, "reject")
    with world.session() as session:
        assert catch_rate.verify(session).holds
        made = seeded_drafts._reveal(row(world, item), None)
    fault = json.loads(made.texts["fault"])
    for says, change, found in FORGED:
        facts = dict(made.facts)
        facts["sealed_at"] = change.get("at", facts["sealed_at"])
        facts["revision_digest"] = change.get("revision", facts["revision_digest"])
        texts = {"fault": json.dumps({**fault, "key": change.get("fault", fault["key"])})}
        named = items[change.get("item", "planted")]
        with world.session() as session, writing(session):
            position = override_log.append(
                session, world.now, Event(made.actor, made.act, named, facts=facts, texts=texts)
            )
        with world.session() as session:
            proof = catch_rate.verify(session)
        assert found in " ".join(one.says for one in proof.breaks if one.position == position), says
    assert world.verify().holds, "the log itself was not touched"


def test_the_customers_name_as_the_onboarding_has_it(world: World) -> None:
    """A draft may write its customer's name in other letters; what is sealed is still what is opened."""
    about = drafts.deal()
    world.submit(drafts.packet(about))
    item = world.submit(replace(drafts.email(about), customer=about.customer.upper()))
    world.decide(DANA, item, "approve")
    give_up(world, item)
    plant_id = sealed(world)
    with world.session() as session:
        made = seeded_drafts.insert_now(session, plant_id, world.now)
    assert made is not None
    assert world.seen(made).revision == row(world, made).revision_digest
    world.decide(DANA, made, "reject")
    with world.session() as session:
        assert catch_rate.verify(session).holds


def test_the_page_does_not_give_it_away(world: World, client_for: Callable[..., Any]) -> None:
    """Before the decision its page, its history, the queue, the log and the board differ from a like draft's in names,
    numbers and digests alone; afterwards whoever decided is told all of it, and others that it was."""
    base = good(world)
    item = plant(world)
    one = row(world, item)
    like = drafts.email(drafts.deal())
    approved = world.submit(like)
    world.decide(DANA, approved, "approve")
    give_up(world, approved)
    again = replace(like, drafted=replace(like.drafted, draft=world.draft(item)))
    real = world.submit(again)
    assert base
    for person, path in ((DANA, "/items/{}"), (PRIYA, "/items/{}"), (AIKO, "/items/{}"), (AIKO, "/log?item={}")):
        client = client_for(person)
        seen = [masked(client.get(path.format(held)).text, held) for held in (item, real)]
        assert seen[0] == seen[1], (person.name, path)
    page = client_for(DANA).get(f"/items/{item}").text
    assert "about 2 are seeded defects" in page
    assert access.SEED_AUTOMATION not in page
    assert one.seal not in client_for(AIKO).get(f"/log?item={item}").text
    with world.session() as session:
        assert seeded_drafts.of_item(session, item) is None
    client = client_for(DANA)
    form = {**form_of(client, item, "approve"), "reason_code": "evidence-complete"}
    after = client.post(f"/items/{item}/decisions", data=form)
    assert (after.status_code, after.location) == (303, f"/items/{item}#planted")
    told, other, reads = (client_for(who).get(f"/items/{item}").text for who in (DANA, MARCUS, PRIYA))
    assert "It would have passed with the fault in it." in told
    assert "Nothing went out; the item is withdrawn." in told
    assert one.says in told
    assert "This draft was a seeded defect" in other
    assert "is not shown by name" in other
    assert one.says not in other
    assert "Approved by Dana" not in other
    assert "approved this revision" not in other
    assert one.says in reads
    assert "It would have passed" not in reads


def masked(page: str, item: int) -> str:
    """A page without what must differ: numbers, digests, tokens, moments."""
    page = re.sub(r"[0-9a-f]{8,}", "#", page)
    page = re.sub(r'(name="csrf_token"[^>]*value=")[^"]*', r"\1#", page)
    page = re.sub(r"<time[^>]*>[^<]*</time>", "<time>", page)
    page = re.sub(r'nonce[^ ]*|content="[^"]*"|value="[^"]*"', "#", page)
    return re.sub(r"\d+", "0", page)


def test_nothing_counts_it(world: World) -> None:
    """The figures, the replay, the packages, what monitoring reads: as if it had never been there."""
    real = good(world)
    item = plant(world)
    run = world.item(item).onboarding_id
    assert run
    world.decide(DANA, item, "approve")
    with world.session() as session:
        life = collection.load_facts(session, [run])[run]
        assert item not in {one.id for one in life.items}
        assert item not in {one.item_id for one in life.decisions}
        assert item not in {one.row.id for one in history.items(session)}
        decided = {one.name: one.values for one in prometheus.gauges(session, world.now)}["decisions_last_day"]
        approved = sum(count for labels, count in decided if labels[1] == "approve")
        assert approved == world.count(Release), "the real approvals alone"
    assert world.item(real).state == "approved"


def test_the_clock_plants_among_real_drafts(world: World) -> None:
    """It seals the next one, plants it a while after enough real drafts came, ends what nobody judged, and drops what
    does not hold any more; never twice, and not where the policy says none or the lane is not in pilot."""
    good(world)
    rules(world, (GATE, "planted_percent = 2", "planted_percent = 10"))

    def tick(minutes: int = 0) -> int:
        with world.session() as session:
            return seeded_drafts.schedule(session, world.now + timedelta(minutes=minutes))

    assert tick() == 1
    assert tick() == 0
    entry = world.log()[-1]
    assert (entry.act, entry.item_id, list(json.loads(entry.body)["facts"])) == ("plant.seal", None, ["seal"])
    with world.session() as session:
        one = session.scalars(sa.select(SeededDefect)).one()
    assert 5 <= one.turn <= 15
    for _ in range(one.turn - 1):
        world.submit(drafts.email(drafts.deal()), world.now + timedelta(minutes=1))
    assert tick(94) == 0, "not after fewer real ones"
    last = world.submit(drafts.email(drafts.deal()), world.now + timedelta(minutes=1))
    assert tick(2) == 0, "it does not come at once"
    assert tick(95) == 1
    item = last + 1
    assert row(world, item).planted_at is not None
    assert tick(96) == 0
    draft = world.draft(item)
    about = world.item(item)
    assert seeded.apply(world.draft(row(world, item).from_item_id), seeded_drafts.fault_of(row(world, item))) == draft
    with world.session() as session:
        onboarding = session.get_one(Onboarding, about.onboarding_id)
    body = drafts.BODY.replace("who should be in the room", "who joins us")
    real = drafts.email(drafts.Deal(onboarding.external_id, onboarding.customer), body=body)
    world.submit(real, world.now + timedelta(minutes=97))
    assert world.item(item).state == "superseded"
    assert tick(98) >= 1
    ended = row(world, item)
    assert (ended.caught, ended.decision_id, ended.revealed_at is not None) == (None, None, True)
    with world.session() as session:
        assert catch_rate.verify(session).holds
        assert not catch_rate.by_gate(session, policy_versions.current(session), AT[0])
    rules(
        world,
        (GATE, "planted_percent = 2", "planted_percent = 0"),
        ("gates/handoff-quality.toml", "planted_percent = 2", "planted_percent = 0"),
    )
    good(world)
    tick(200)
    with world.session() as session:
        assert session.scalar(sa.select(SeededDefect.id).where(SeededDefect.revealed_at.is_(None))) is None
    assert tick(201) == 0


def test_the_catch_rate_and_whose_it_is(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """By gate and kind of fault with its interval, where they are enough and by two people; by person only where the
    policy says so."""
    for number in range(3):
        item = plant(world)
        world.decide(DANA if number else MARCUS, item, "reject" if number else "approve")
    with world.session() as session:
        policy = policy_versions.current(session)
        (gate,) = catch_rate.by_gate(session, policy, AT[0])
        assert (gate["planted"]["value"], gate["planted"]["n"]) == (None, 3)
        monkeypatch.setattr(catch_rate, "MIN_DRAFTS", 3)
        (gate,) = catch_rate.by_gate(session, policy, AT[0])
        assert (gate["gate"], gate["planted"]["n"]) == (AT[1], 3)
        monitored = {one.name: one.values for one in prometheus.gauges(session, world.now)}["planted_caught_share"]
        assert monitored == (((AT[0], AT[1]), gate["planted"]["value"]),)
        assert gate["planted"]["value"] == pytest.approx(2 / 3)
        assert 0.2 < gate["planted"]["low"] < 2 / 3 < gate["planted"]["high"] < 0.95
        assert sum(one["caught"]["n"] for one in gate["faults"]) == 3
        assert catch_rate.by_person(session, policy, AT[0]) == []
        monkeypatch.setattr(catch_rate, "MIN_DECIDERS", 3)
        assert catch_rate.by_gate(session, policy, AT[0])[0]["planted"]["value"] is None
    rules(world, ("organisation.toml", "small_team = false", "catch_rate_per_person = true\nsmall_team = false"))
    with world.session() as session:
        people = catch_rate.by_person(session, policy_versions.current(session), AT[0])
    assert {one["person"]: one["caught"]["value"] for one in people} == {DANA.name: 1.0, MARCUS.name: 0.0}


@pytest.mark.parametrize(("rows", "caught"), [({"/list": (None, 0)}, False), ({"/list": (1, None)}, True)])
def test_a_fault_goes_with_its_row(
    world: World, monkeypatch: pytest.MonkeyPatch, rows: dict[str, Any], caught: bool
) -> None:
    """Moving the row of a fault catches nothing; taking it out does."""
    item = plant(world)
    fault = seeded.Fault("other-date", "", "/list/0", "on 9 March", "on 16 March")
    monkeypatch.setattr(seeded_drafts, "fault_of", lambda _: fault)
    draft = {**world.draft(item), "list": ["Another", "We meet on 16 March"]}
    world.decide(DANA, item, "edit", draft=draft, rows=rows)
    assert row(world, item).caught is caught
