"""Asana: an approved plan as a project, written as its dry run says, completed after every fault, and never twice."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from pydantic import SecretStr

from reviewqueue import worker
from reviewqueue.core.outbound import EVERY_NETWORK
from reviewqueue.db import database
from reviewqueue.db.tables.releases import ReleaseAttempt
from reviewqueue.delivery import asana, credentials, destinations, vendor_api
from reviewqueue.delivery.outgoing import Outgoing
from reviewqueue.delivery.smtp import SendOutcome
from reviewqueue.policy import loading
from reviewqueue.policy.flaws import BadPolicy
from reviewqueue.policy.model.destinations import Destination
from tests import drafts
from tests.cast import INES, SAM
from tests.delivery.test_files import MILESTONES
from tests.delivery.test_smtp import NOW
from tests.support.destinations import PLANS, activate, files_with
from tests.support.releases import opened, row, state
from tests.support.vendor_server import DROP, DROP_AFTER, TOKEN, Asana, Fault, Vendor, answering
from tests.world import World

KEYS = {
    "kind": '"asana"',
    "workspace": '"1126"',
    "team": '"2178"',
    "assignees": '{ "Rosa" = "rosa@northbeam.example" }',
}
TO = Destination(
    key="plans", name="Plans", kind="asana", does="Makes a project", workspace="1126", team="2178",
    assignees={"Rosa": "rosa@northbeam.example"},
)  # fmt: skip
OUT = Outgoing("release-7-abc", TO, 7, "project_plan", "Marlow Freight", "Plan", "d" * 64, {"milestones": MILESTONES})
SECRET = SecretStr(TOKEN)


@pytest.fixture
def there() -> Iterator[tuple[Asana, Vendor]]:
    """Asana, where Rosa has an account and an older project of another release stands."""
    kept = Asana(members=("rosa@northbeam.example",))
    kept._keep(
        kept.projects, {"name": "Old", "notes": "Review Queue release-6-abc", "workspace": "1126", "team": "2178"}
    )
    with answering(kept.vendor()) as vendor:
        yield kept, vendor


def send(vendor: Vendor, out: Outgoing = OUT, secret: SecretStr = SECRET) -> SendOutcome:
    """One attempt."""
    return asana.send(out, secret, NOW, url=vendor.url, allowed=EVERY_NETWORK)


def content(kept: Asana) -> tuple[list[Any], list[Any]]:
    """The projects of this release, and all tasks with the names of what they depend on."""
    names = {gid: one["name"] for gid, one in kept.tasks.items()}
    mine = [one for one in kept.projects.values() if OUT.key in one["notes"]]
    tasks = [
        {**{key: value for key, value in one.items() if key not in ("gid", "projects")}, "dependencies": [names[two["gid"]] for two in one["dependencies"]]}
        for one in kept.tasks.values()
    ]  # fmt: skip
    return [{key: value for key, value in one.items() if key != "gid"} for one in mine], tasks


def shown(out: Outgoing = OUT) -> list[dict[str, str]]:
    """The dry run, field by field."""
    return [{name: after for name, _, after in write.fields} for write in asana.writes(out)]


def test_it_writes_what_the_dry_run_shows(there: tuple[Asana, Vendor]) -> None:
    """Every field of project and tasks; nothing is said to be there before."""
    kept, vendor = there
    assert send(vendor).outcome == "released"
    (project,), tasks = content(kept)
    as_shown = [{**one, "dependencies": "; ".join(one["dependencies"])} for one in tasks]
    assert [project, *({key: value for key, value in one.items() if value} for one in as_shown)] == shown()
    assert {before for write in asana.writes(OUT) for _, before, _ in write.fields} == {""}
    assert tasks[1]["assignee"] == "rosa@northbeam.example"
    assert (tasks[0]["due_on"], "due_on" in tasks[1]) == ("2026-04-01", False)
    assert tasks[2]["dependencies"] == ["Workspace, ready", "Data imported"]
    assert "Owner: =HYPERLINK(1)" in tasks[0]["notes"]
    assert vendor.tokens == {f"Bearer {TOKEN}"}
    before = len(kept.tasks), vendor.asked.copy()
    assert send(vendor).outcome == "released"
    assert (len(kept.tasks), [one for one in vendor.asked[len(before[1]) :] if one[0] == "POST"]) == (before[0], [])


LIMITED = {"errors": [{"message": "You've made too many requests and hit a rate limit."}]}
FAULTS: list[Any] = [
    DROP, DROP_AFTER, (429, {"Retry-After": "30"}, LIMITED),
    (500, {}, {"errors": [{"message": "Server Error", "phrase": "6 sad squid snuggle softly"}]}),
    (503, {}, "<html>upstream</html>"), (200, {}, "not json"),
]  # fmt: skip


def test_whatever_fails_half_way_is_completed_and_never_doubled(there: tuple[Asana, Vendor]) -> None:
    """Each request in turn fails in each way, before or after it acted; tried again, all is there once."""
    kept, vendor = there
    send(vendor)
    many, whole = len(vendor.asked), content(kept)
    assert many == 8
    for at in range(many):
        for how in FAULTS:
            kept.__init__(members=kept.members)  # type: ignore[misc]
            vendor.new(Fault(at, how))
            came = send(vendor)
            assert came.outcome == "later", (at, how, came)
            assert came.retry_after == (30 if isinstance(how, tuple) and how[0] == 429 else 0)
            vendor.new()
            assert send(vendor).outcome == "released"
            assert content(kept) == whole, (at, how)


def test_two_faults_one_after_the_other(there: tuple[Asana, Vendor]) -> None:
    """Cut after a task was made, cut again in the next attempt: still each once."""
    kept, vendor = there
    send(vendor)
    whole, many = content(kept), len(vendor.asked)
    for first in range(many):
        for second in range(0, many, 2):
            kept.__init__(members=kept.members)  # type: ignore[misc]
            vendor.new(Fault(first, DROP_AFTER))
            send(vendor)
            vendor.new(Fault(second, DROP_AFTER))
            send(vendor)
            vendor.new()
            assert send(vendor).outcome == "released"
            assert content(kept) == whole, (first, second)


# (what is wrong, what is sent or answered, what the words have in them)
REFUSED: list[tuple[str, dict[str, Any], SecretStr, list[Fault], str]] = [
    ("a token that is not accepted", {}, SecretStr("1/other"), [], "Asana answered 401: Not Authorized. Its credential"),
    ("an assignee without an account", {"assignees": {"Rosa": "rosa@elsewhere.example"}}, SECRET, [], "assignee: Not a user in Organization: rosa@elsewhere.example"),
    ("words that repeat the token", {}, SECRET, [Fault(0, (400, {}, {"errors": [{"message": f"bad {TOKEN}\n here"}]}))], "bad ******** here"),
    ("a list that is none", {}, SECRET, [Fault(0, (200, {}, {"data": {}}))], "something else than a list"),
    ("no gid", {}, SECRET, [Fault(1, (201, {}, {"data": {}}))], "without the gid"),
    ("a redirect", {}, SECRET, [Fault(0, (302, {"Location": "http://127.0.0.1:1/"}, {}))], "Asana answered 302"),
]  # fmt: skip


@pytest.mark.parametrize(("says", "keys", "secret", "faults", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_it_refuses_fails_with_its_words(
    there: tuple[Asana, Vendor], says: str, keys: dict[str, Any], secret: SecretStr, faults: list[Fault], words: str
) -> None:
    """It is not tried again, and the token is in no word of it."""
    _, vendor = there
    vendor.new(*faults)
    came = send(vendor, replace(OUT, to=TO.model_copy(update=keys)), secret)
    assert came.outcome == "failed"
    assert words in came.says
    assert secret.get_secret_value() not in came.says


def test_an_address_that_is_not_there_and_time_that_is_up_are_later(
    there: tuple[Asana, Vendor], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, vendor = there
    came = asana.send(OUT, SECRET, NOW, url="http://127.0.0.1:1", allowed=EVERY_NETWORK)
    assert (came.outcome, "cannot be reached" in came.says) == ("later", True)
    refused = asana.send(OUT, SECRET, NOW, url=vendor.url)
    assert (refused.outcome, "loopback" in refused.says) == ("later", True)
    monkeypatch.setattr(vendor_api, "MAX_SECONDS", -1)
    assert "next attempt" in send(vendor).says


# (the keys of the destination, what is said)
FLAWS = [
    ({**KEYS, "workspace": '""'}, "add workspace = its gid in Asana"),
    ({**KEYS, "workspace": '"https://evil.example"'}, "String should match pattern"),
    ({**KEYS, "assignees": '{ "Rosa" = "rosa" }'}, "String should match pattern"),
    ({"kind": '"automation"', "workspace": '"1126"'}, "a destination of kind 'automation' has no workspace"),
    ({**KEYS, "token": '"1/abc"'}, "'token' is not a word of this table"),
]


@pytest.mark.parametrize(("keys", "says"), FLAWS, ids=[row[1][:30] for row in FLAWS])
def test_what_a_policy_may_not_say_of_it(keys: dict[str, str], says: str) -> None:
    with pytest.raises(BadPolicy) as refused:
        loading.load(files_with(PLANS, **keys))
    assert says in str(refused.value)
    with pytest.raises(BadPolicy, match="makes a project of the milestones of a plan"):
        loading.load(files_with("gates/handoff-quality.toml", **KEYS))


def test_a_plan_is_held_for_its_credential_and_then_goes_out_once(
    world: World, client_for: Any, there: tuple[Asana, Vendor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dry run on the page; held until an admin has entered the token; a rate limit is waited for; then it is there once."""
    kept, vendor = there
    activate(world, PLANS, **KEYS)
    key = os.urandom(32).hex()
    settings = worker.Settings(secret_key=SecretStr("s" * 40), credential_key=SecretStr(key))
    item = world.submit(drafts.plan())
    page = client_for(INES).get(f"/items/{item}").get_data(as_text=True)
    assert "What will be written" in page
    assert "Task 1: Transport system connected" in page
    world.decide(INES, item, "approve")
    monkeypatch.setitem(destinations._VENDORS, "asana", partial(asana.send, url=vendor.url, allowed=EVERY_NETWORK))
    send = partial(
        worker.send_one_release, database.sessions(world.engine), destinations.senders(settings), threading.Event()
    )
    assert not send(lambda: world.now)
    assert state(world, item) == "held"
    assert "Nobody has entered the credential of elsewhere" in client_for(INES).get(f"/items/{item}").get_data(
        as_text=True
    )
    with world.session() as session:
        credentials.enter(session, settings, SAM.actor, "elsewhere", SECRET, world.now)
    vendor.new(Fault(3, (429, {"Retry-After": "3600"}, LIMITED)))
    at = world.now + timedelta(minutes=1)
    assert send(lambda: at)
    assert row(world, item).state == "waiting"
    assert row(world, item).next_at >= at + timedelta(seconds=3600)
    vendor.new()
    assert send(lambda: row(world, item).next_at)
    assert row(world, item).state == "released"
    assert len(kept.tasks) == len(world.draft(item)["milestones"])
    assert opened(world) == []
    with world.session() as session:
        assert [one.outcome for one in session.query(ReleaseAttempt).order_by(ReleaseAttempt.id)] == [
            "later",
            "released",
        ]
