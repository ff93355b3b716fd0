"""What comes back: a bounce or a complaint puts an address on the suppression list, which the gate and the sender ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from reviewqueue.core.mail_signature import SIGNATURE_HEADER, TIMESTAMP_HEADER
from reviewqueue.db import leased_jobs
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.mail_returns import MailEventRow, MailReport, Suppression
from reviewqueue.db.tables.notifications import Notification
from reviewqueue.db.tables.releases import Release
from reviewqueue.delivery import releases
from reviewqueue.items import item_context
from tests import drafts
from tests.cast import DANA, PRIYA
from tests.delivery.test_mail_threads import send
from tests.support.mail_provider import ADDRESS, MailProvider
from tests.support.mail_server import PostOffice
from tests.support.releases import approved, by_mail, opened, row, take
from tests.world import World

ROSA = "rosa@marlowfreight.example"
WHY = "Rosa told us by telephone that her mailbox is back."


@pytest.fixture
def provider() -> MailProvider:
    return MailProvider()


@pytest.fixture
def app(world: World, application: Callable[..., Flask], provider: MailProvider, app: Flask) -> Flask:
    """The application as it is where the provider's key is set, at the world's time."""
    return application(mail_events_key=provider.public_key)


def bounce(message_id: str = "", **more: Any) -> dict[str, Any]:
    says = {"event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 <b>no such user</b>"}
    return {"email": ROSA, "sg_event_id": "event-1", "smtp-id": message_id, **says, **more}


def test_a_bounce_stops_what_goes_to_the_address(
    world: World, office: PostOffice, app: Flask, client_for: Callable[..., Any], provider: MailProvider
) -> None:
    by_mail(world)
    about = drafts.deal()
    sent, waiting = approved(world, about=about), approved(world, about=about, subject="Two depots")
    assert send(world, office)
    due = take(world)
    assert due is not None
    post = provider.post([bounce(office.came[-1].message["Message-ID"]), bounce(event="delivered")], world.now)
    answer = client_for().post(ADDRESS, **post)
    assert (answer.status_code, answer.json) == (200, {"kept": 1, "known": 0, "suppressed": 1})

    assert opened(world) == ["mail-came-back"]
    assert [entry.act for entry in world.log()[-3:]] == ["release.bounce", "suppression.add", "exception.open"]
    with world.session() as session:  # it was leased before, and is asked again right before it is sent
        assert releases.stopped_meanwhile(session, due)
        leased_jobs.give_back(session, Release, due, world.now)
    with world.session() as session:
        (case,) = session.scalars(select(ExceptionCase))
        (told,) = session.scalars(select(Notification).where(Notification.exception_id == case.id))
    assert (case.owner_id, told.kind) == (told.person_id, "exception")
    assert "550 <b>no such user</b>" in case.summary

    world.now += timedelta(minutes=10)
    assert not send(world, office)
    assert (row(world, waiting).state, office.came[1:]) == ("waiting", [])
    client = client_for(DANA)
    page, listed = client.get(f"/items/{waiting}").text, client.get("/releases").text
    assert f"{ROSA} gets no mail from here" in page
    assert "550 &lt;b&gt;no such user&lt;/b&gt;" in page
    assert "receiver gets no mail" in listed
    later = world.submit(drafts.email(drafts.deal("Ostrava Cargo"), to=[ROSA]))
    with world.session() as session:
        checks = item_context.load(session, later, world.now).checks
    assert [(one.outcome, one.at) for one in checks if one.key == "recipient.suppressed"] == [("fail", "/to/0")]

    (entry,) = rows_of(world, Suppression)
    revops = client_for(PRIYA)
    assert "came back for good (5.1.1 550 &lt;b&gt;no such user" in revops.get("/releases/suppressed").text
    refused = revops.post(f"/releases/suppressed/{entry.id}/end", data={"why": "ok"})
    assert (refused.status_code, "at least 10 characters" in refused.text) == (422, True)
    assert client.post(f"/releases/suppressed/{entry.id}/end", data={"why": WHY}).status_code == 403
    assert revops.post(f"/releases/suppressed/{entry.id}/end", data={"why": WHY}).status_code == 303
    assert revops.get("/releases/suppressed?view=ended").text.count(ROSA) == 1
    world.now += timedelta(minutes=10)
    assert send(world, office)
    assert (row(world, waiting).state, row(world, sent).state) == ("released", "released")
    assert world.verify().holds


def test_only_what_the_provider_signed_is_taken_and_once(
    world: World, app: Flask, client_for: Callable[..., Any], provider: MailProvider, application: Callable[..., Flask]
) -> None:
    """(a sentence, the post, its answer); an event comes again with a signature of its own, and is known."""
    at, event = (
        world.now,
        [bounce(), bounce(sg_event_id="event-2", event="spamreport", email="piet@marlowfreight.example")],
    )
    post, soft = (
        provider.post(event, at),
        [bounce(sg_event_id="event-3", type="blocked", email="anna@marlowfreight.example")],
    )
    unsigned = {**post, "headers": {}}
    rows: list[tuple[str, dict[str, Any], int, Any]] = [
        ("unsigned", unsigned, 403, "bad-signature"),
        ("signed by somebody else", MailProvider().post(event, at), 403, "bad-signature"),
        ("its body was changed", {**post, "data": post["data"].replace(b"rosa", b"anna")}, 403, "bad-signature"),
        ("old", provider.post(event, at - timedelta(minutes=11)), 403, "too-old"),
        ("of tomorrow", provider.post(event, at + timedelta(days=1)), 403, "too-old"),
        ("as it should be", post, 200, {"kept": 2, "known": 0, "suppressed": 2}),
        ("replayed", post, 409, "replayed"),
        ("replayed with another signature", provider.post(event, at), 409, "replayed"),
        ("the same events, signed a second later", provider.post(event, at + timedelta(seconds=1)), 200, {"kept": 0, "known": 2, "suppressed": 0}),
        ("refused for now: kept, and not suppressed", provider.post(soft, at), 200, {"kept": 1, "known": 0, "suppressed": 0}),
        ("delivered", provider.post([bounce(event="delivered")], at), 200, {"kept": 0, "known": 0, "suppressed": 0}),
    ]  # fmt: skip
    client = client_for()
    for says, posted, status, wanted in rows:
        answer = client.post(ADDRESS, **posted)
        told = answer.json if status == 200 else answer.json["type"].rpartition(":")[2]
        assert (answer.status_code, told) == (status, wanted), says
    no_json = provider.post([], at)
    no_json["data"] = b"hello"
    no_json["headers"][SIGNATURE_HEADER] = provider.sign(b"hello", no_json["headers"][TIMESTAMP_HEADER])
    assert client.post(ADDRESS, **no_json).json["type"].endswith("not-json")
    assert application().test_client().post(ADDRESS, **post).status_code == 404, "no key is set"
    assert sorted(one.address.split("@")[0] for one in rows_of(world, Suppression)) == ["piet", "rosa"]
    assert (world.count(MailEventRow), world.count(MailReport), opened(world)) == (3, 4, [])


def rows_of(world: World, table: Any) -> list[Any]:
    with world.session() as session:
        return list(session.scalars(select(table).order_by(table.id)))
