"""The customer portal: from the link to what the customer says there, and everything that closes it. On both engines."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from reviewqueue.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from reviewqueue.db.database import writing
from reviewqueue.db.tables.customer_portals import CustomerPortal
from reviewqueue.db.tables.notifications import Notification
from reviewqueue.db.tables.onboardings import Onboarding, SourceRecord
from reviewqueue.onboarding import customer_portals, portal_page
from reviewqueue.onboarding.customer_portals import Reply
from reviewqueue.policy import policy_versions
from reviewqueue.web import portal as portal_pages
from reviewqueue.web.visit_limit import VisitLimit
from tests import drafts, northbeam
from tests.cast import AIKO, DANA, HELEN, INES, MARCUS, PRIYA, SAM, Named
from tests.support.draft_chain import begun, plan_of
from tests.support.releases import LANE, send_by_hand
from tests.web.conftest import text_of
from tests.world import World

SET_UP = {
    "name": "Sandbox behind our firewall", "layer": "internal setup", "owner": "Piet de Vries", "due": "2026-03-20",
    "evidence": "Our ticket is closed", "exit": "The sandbox answers",
}  # fmt: skip
DONE = Reply(True, "The file came at six. <script>alert(1)</script>", "Piet de Vries")
WHY = "Piet left the company."


def offer(world: World, days: int = 30) -> None:
    """From now on the first lane has a portal whose links are good for that long; none with 0."""
    files = northbeam.files()
    files[LANE] = files[LANE].replace("stage =", f"portal_days = {days}\nstage =", 1)
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)


def planned(world: World, about: drafts.Deal | None = None) -> int:
    """An onboarding of Dana's whose packet and plan are approved; returns its id."""
    about = about or drafts.deal()
    packet = begun(world, about)
    world.decide(INES, world.submit(drafts.plan(about, [*drafts.MILESTONES, SET_UP])), "approve")
    return world.item(packet).onboarding_id or 0


def link(world: World, run: int, person: Named = DANA) -> str:
    with world.session() as session:
        return customer_portals.open_link(session, person.id, run, world.now)


def say(world: World, token: str, task: int, said: Reply = DONE) -> None:
    with world.session() as session:
        customer_portals.reply(session, token, task, said, world.now)


def theirs(world: World) -> int:
    return next(one.id for one in plan_of(world) if one.name == "First late-shipment report used")


def test_a_customer_reads_their_page_and_ticks_a_task_off(
    world: World, app: Flask, client_for: Callable[..., Any]
) -> None:
    """From the link that the owner makes to what the owner reads; nothing is moved by it, and no secret is kept."""
    offer(world)
    about = drafts.deal()
    run = planned(world, about)
    mail = world.submit(drafts.email(about, subject="Your kickoff on Thursday"))
    world.submit(drafts.email(about, subject="Not approved at all"))
    world.decide(DANA, mail, "approve")
    send_by_hand(world, DANA, mail)
    dana, customer = client_for(DANA), app.test_client()
    assert "Customer portal" in text_of(dana.get(f"/onboardings/{run}"))
    before = dana.get(f"/onboardings/{run}/portal/preview")
    assert "Here the customer ticks it off" in text_of(before)
    assert 'name="token"' not in before.get_data(as_text=True)
    made = dana.post(f"/onboardings/{run}/portal")
    (address,) = re.findall(r"/portal\?token=[\w-]+", made.get_data(as_text=True))
    token = address.partition("=")[2]
    assert address not in dana.get(f"/onboardings/{run}/portal").get_data(as_text=True), "it was shown this once"

    page = customer.get(address)
    says = text_of(page)
    for shown in (
        "Transport system connected",
        "Ines Castellanos",
        "Due Fri 17 Apr 2026",
        "Your kickoff on Thursday",
        DANA.name,
    ):
        assert shown in says
    for hidden in ("Sandbox", "morning stand-up", "Dispatchers acted", "Not approved at all", "Review Queue"):
        assert hidden not in says
    assert (page.status_code, page.headers.get("Set-Cookie"), page.headers["X-Robots-Tag"][:7]) == (
        200,
        None,
        "noindex",
    )
    assert "script" not in page.headers["Content-Security-Policy"]
    assert page.headers["Referrer-Policy"] == "no-referrer"

    task, form = theirs(world), {"token": token, "done": "yes", "words": DONE.words, "said_by": DONE.said_by}
    answered = customer.post("/portal", data={**form, "task": str(task)})
    assert (answered.status_code, answered.location) == (303, f"{address}#task-{task}")
    assert "done." in text_of(customer.get(address))
    assert "<script>" not in customer.get(address).get_data(as_text=True)
    assert "Piet de Vries at the portal" in text_of(dana.get(f"/onboardings/{run}"))
    assert "they say it is done" in text_of(dana.get(f"/onboardings/{run}/portal"))
    assert next(one for one in plan_of(world) if one.id == task).reached_at is None
    with world.session() as session:
        (record,) = session.scalars(select(SourceRecord).where(*portal_page.records_of(run)))
        told = session.execute(select(Notification.person_id, Notification.onboarding_id)
                               .where(Notification.kind == "customer")).all()  # fmt: skip
    assert (record.payload["done"], record.payload["said_by"]) == (True, "Piet de Vries")
    assert [tuple(one) for one in told] == [(DANA.id, run)]
    log = [entry for entry in world.log() if entry.act.startswith("portal.")]
    assert [(entry.act, entry.actor) for entry in log] == [
        ("portal.open", DANA.actor), ("portal.reply", "system:portal"),
    ]  # fmt: skip
    assert not any(token in str(rows) for rows in world.everything().values())

    ended = dana.post(f"/onboardings/{run}/portal/end", data={"reason": WHY})
    assert ended.status_code == 303
    closed = customer.get(address)
    assert (closed.status_code, closed.headers["X-Robots-Tag"][:7]) == (404, "noindex")
    assert text_of(closed) == text_of(customer.get("/portal?token=guessed"))
    assert customer.post("/portal", data={**form, "task": str(task)}).status_code == 404
    assert world.verify().holds


def test_what_is_wrong_is_said_in_place_and_nothing_typed_is_lost(world: World, app: Flask) -> None:
    offer(world)
    run = planned(world)
    token, customer = link(world, run), app.test_client()
    form = {"token": token, "task": str(theirs(world)), "words": "We are nearly there."}
    refused = customer.post("/portal", data=form)
    assert refused.status_code == 422
    assert "Please give your name" in text_of(refused)
    assert "We are nearly there.</textarea>" in refused.get_data(as_text=True)
    gone = customer.post("/portal", data={**form, "said_by": "Piet", "task": "999999"})
    assert (gone.status_code, "no open task of yours" in text_of(gone)) == (409, True)


WRONG: list[tuple[str, Reply, str]] = [
    ("nobody said it", Reply(True, "", " \u200b "), "your name"),
    ("a name without end", Reply(True, "", "n" * 201), "your name"),
    ("neither done nor a word", Reply(False, " \u00ad ", "Piet"), "say something"),
    ("a novel", Reply(True, "w" * 2001, "Piet"), "2000 characters"),
]


def test_what_is_refused(world: World) -> None:
    """By whom, for what, and to what: each with its reason, and nothing is kept."""
    run = planned(world)
    offer(world, 0)
    with pytest.raises(Conflict, match="no customer portal"):
        link(world, run)
    offer(world)
    for nobody in (MARCUS, AIKO, SAM):
        with pytest.raises((Forbidden, NotFound)):
            link(world, run, nobody)
    token, task = link(world, run, HELEN), theirs(world)
    for says, said, part in WRONG:
        with pytest.raises(Invalid) as raised:
            say(world, token, task, said)
        assert any(part in fault.message for fault in raised.value.faults), says
    ours = [one.id for one in plan_of(world) if one.id != task]
    for other in (*ours, 0, 999_999):
        with pytest.raises(Conflict, match="no open task"):
            say(world, token, other)
    with world.session() as session, pytest.raises(Invalid):
        customer_portals.end_link(session, DANA.id, run, "no", world.now)
    assert not [entry for entry in world.log() if entry.act == "portal.reply"]


def test_an_empty_page_gets_no_link(world: World) -> None:
    offer(world)
    packet = begun(world)
    with pytest.raises(Conflict, match="would be empty"):
        link(world, world.item(packet).onboarding_id or 0)


def test_what_closes_a_link(world: World) -> None:
    """Time, another link, the onboarding's end, and the lane that has no portal any more."""
    offer(world, 30)
    run = planned(world)

    def opens(token: str, days: int = 0) -> bool:
        with world.session() as session:
            try:
                return customer_portals.reader(session, token, world.now + timedelta(days=days)).id == run
            except NotFound:
                return False

    first = link(world, run)
    assert (opens(first), opens(first, 29), opens(first, 30)) == (True, True, False)
    second = link(world, run, PRIYA)
    assert (opens(first), opens(second)) == (False, True)
    with world.session() as session, writing(session):
        session.get_one(Onboarding, run).ended_at = world.now
    assert not opens(second)
    with world.session() as session, writing(session):
        session.get_one(Onboarding, run).ended_at = None
    offer(world, 0)
    assert not opens(second)
    with world.session() as session:
        assert len(session.scalars(select(CustomerPortal)).all()) == 2


def test_a_flood_is_held_off(world: World, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many words a day are refused, and too many visits a minute; elsewhere nothing of it shows."""
    offer(world)
    run = planned(world)
    token, task = link(world, run), theirs(world)
    monkeypatch.setattr(customer_portals, "MAX_REPLIES", 2)
    for number in range(2):
        say(world, token, task, Reply(False, f"Word {number}", "Piet"))
    with pytest.raises(DomainError, match="Too much was sent"):
        say(world, token, task)
    monkeypatch.setattr(portal_pages, "VISITS", VisitLimit(1))
    customer = app.test_client()
    assert [customer.get(f"/portal?token={token}").status_code for _ in range(3)] == [200, 429, 429]
    assert customer.get("/sign-in").status_code == 200
