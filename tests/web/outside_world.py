"""A world in which every place that takes text from outside holds the same text, to see what the pages make of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import text

from reviewqueue.db import database
from reviewqueue.db.rows import insert_row
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.delivery import callbacks
from reviewqueue.evidence.types import CheckResult, Citation, DraftWithEvidence, Source
from reviewqueue.items import approved_plan, leases
from reviewqueue.onboarding import milestones
from reviewqueue.people import users
from tests import drafts
from tests.cast import DANA, HELEN, MARCUS, PRIYA, SAM, TOM
from tests.world import World


def everywhere(world: World, said: str) -> list[int]:
    """Put `said` into drafts, sources, statements, checks, reasons, names, titles and deliveries; the items made."""
    words = f"{said} and ten more characters"
    with world.session() as session:
        users.add(
            session, "ola@northbeam.example", f"Ola {said}", ["csm"], "a long enough password", SAM.actor, world.now
        )
    with world.owner() as engine, engine.begin() as connection:
        connection.execute(text("UPDATE automations SET name = :name WHERE id = 1"), {"name": f"Agent {said}"[:255]})
        connection.execute(
            text("UPDATE people SET name = :name WHERE id IN (:marcus, :helen)"),
            {"name": f"Person {said}"[:255], "marcus": MARCUS.id, "helen": HELEN.id},
        )
    made = [
        world.submit(_submission(kind, said))
        for kind in ("customer_email", "kickoff_brief", "handoff_packet", "trigger_question")
    ]
    email, brief, packet, _ = made
    world.decide(
        DANA,
        email,
        "edit",
        draft={**world.draft(email), "body": f"{said} edited"},
        title=f"Edited {said}"[:255],
        text=words,
    )
    world.decide(MARCUS, email, "send_back", text=words)
    world.decide(MARCUS, brief, "reject", text=words)
    with world.session() as session:
        leases.take(session, PRIYA.id, packet, world.now)
        due = callbacks.take_due(session, world.now)
        for one in due:
            callbacks.report(session, one, world.now, status=410, says=said[:255] or "x", milliseconds=1)
        callbacks.give_up(session, SAM.id, due[0].id, words, world.now)
    taken = world.submit(_submission("portal_update", said))
    with world.session() as session:
        leases.take(session, MARCUS.id, taken, world.now)
        leases.take_over(session, TOM.id, taken, words, world.now)
    _planned(world, said, words)
    return [*made, taken]


def _planned(world: World, said: str, words: str) -> None:
    """A current plan with a milestone that was reached, and drafts that failed and were given up."""
    row = dict.fromkeys(("name", "owner", "evidence", "exit", "depends"), said)
    plan = world.submit(_submission("project_plan", said))
    run = world.item(plan).onboarding_id
    with world.session() as session, database.writing(session):
        approved_plan.activate(
            session, session.get_one(Item, plan), {"milestones": [row, {**row, "name": words}]}, world.now
        )
        due = {"onboarding_id": run, "template": said[:64], "next_at": world.now, "created_at": world.now, "says": said}
        for state in ("failed", "given_up"):
            insert_row(session, DraftJob, **due, cause=f"{state} {said}"[:255], state=state)
    with world.session() as session:
        milestones.reach(session, DANA.id, approved_plan.current(session, run or 0)[0].id, words, world.now)


def _submission(kind: str, said: str) -> Any:
    about = replace(drafts.deal(), customer=f"Customer {said}"[:255])
    source = Source(
        f"sys {said}"[:64], f"object {said}"[:64], f"id {said}"[:255], {f"name {said}": said, "deep": [{said: said}]}
    )
    draft: Any = {
        "customer_email": {
            "to": [said, f"a{said}@x.example"],
            "cc": [said],
            "subject": said,
            "body": f"before {said} after {said}",
        },
        "handoff_packet": {"sections": {"risks": {"risks": said, said: said}, said: {"x": said}}, said: said},
        "trigger_question": {
            "question": said,
            "deal": {"name": said, said: said},
            "choices": [{"key": said, "label": said, "evidence": [said], said: said}],
        },
    }.get(kind, {said: said, "list": [said, {said: said}], "body": said})
    places = ("/body", "/sections/risks/risks", "/question", f"/{said}")
    fields = (("one", f"/name {said}"), (f"ref {said}", "/gone"), (said, said))
    rests = [Citation(at, said, ref, path) for at in places for ref, path in fields]
    drafted = DraftWithEvidence(
        kind, f"Title {said}"[:255], draft, {"one": source, f"ref {said}"[:255]: source}, tuple(rests)
    )
    sent = CheckResult(f"automation.{said}"[:255], "warn", False, said, f"/{said}", "0.5", origin=f"Agent {said}"[:255])
    return replace(drafts.email(about), drafted=drafted, checks=(sent,))


def pages(items: list[int]) -> list[str]:
    """Every page that shows any of it."""
    each = [f"/items/{item}{path}" for item in items for path in ("", "/revisions/1", "/edit")]
    views = [f"/queue?view={view}" for view in ("open", "decided", "sent_back")]
    runs = [f"/onboardings/{number}" for number in range(1, 6)]
    lists = [
        "/onboardings",
        "/releases",
        "/readiness",
        *runs,
        "/log",
        "/log?view=decisions",
        "/deliveries",
        "/deliveries?view=given_up",
    ]
    return [*views, *lists, *(f"/log/{position}" for position in range(3, 24)), "/people", "/keys", "/policy", *each]
