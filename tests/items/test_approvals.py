"""Approvals: what goes out rests on a decision that approved it, judged again from the rows when it goes (row 34).

Every row of the table is written by hand, as the owner of the database can, with its guards taken away.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, insert, update
from sqlalchemy.orm import Session

from reviewqueue.api import item_queries
from reviewqueue.audit import override_log
from reviewqueue.audit.events import EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core.errors import DomainError
from reviewqueue.db import leased_jobs
from reviewqueue.db.database import writing
from reviewqueue.db.tables.callbacks import Callback
from reviewqueue.db.tables.items import Check, Decision, Item, Revision
from reviewqueue.db.tables.releases import Release
from reviewqueue.delivery import callbacks as delivery_callbacks
from reviewqueue.delivery import holds, releases
from reviewqueue.items import approvals, callback_outbox, item_context
from reviewqueue.policy import policy_versions
from tests import drafts, northbeam
from tests.audit.test_override_log import unguard
from tests.cast import DANA, HELEN, MARCUS
from tests.support import standing_approvals
from tests.support.releases import GATE, acts, approved, by_mail, callbacks, opened, row, send_by_hand, take, tell
from tests.world import World


@contextmanager
def by_owner(world: World) -> Iterator[Connection]:
    """A connection that may do anything: no triggers, no foreign keys from a release to its decision."""
    engine = sa.create_engine(sa.engine.make_url(world.place.owner_url))
    with engine.begin() as connection:
        unguard(connection)
        if connection.dialect.name != "sqlite":
            connection.exec_driver_sql("ALTER TABLE releases DROP CONSTRAINT IF EXISTS fk_releases_decision_id")
        yield connection
    engine.dispose()


def forged(world: World, item: int, decision: int, **values: Any) -> None:
    """The item is made approved by hand, and a release of what it holds now rests on that decision."""
    with by_owner(world) as connection:
        found = world.item(item)
        revision = connection.execute(
            sa.select(Revision.id, Revision.digest).where(
                Revision.item_id == item, Revision.number == found.revision_number
            )
        ).one()
        connection.execute(update(Item).where(Item.id == item).values(state="approved", settled_at=world.now))
        whole = {"destination": "outgoing-mail", "kind": "email", "next_at": world.now, "opened_at": world.now}
        whole |= {"revision_id": revision.id, "digest": revision.digest, "state": "waiting", "attempts": 0, "lease": ""}
        connection.execute(insert(Release).values(item_id=item, decision_id=decision, sent_by="", **whole, **values))


def vote(world: World, item: int, **changes: Any) -> int:
    """A decision written by hand: Helen approves the current revision, with everything a real one would hold."""
    found = world.item(item)
    seen = world.seen(item)
    with world.session() as session:
        revision = item_context.load(session, item, world.now).revision
    row = {"item_id": item, "revision_id": revision.id, "action": "approve", "reason_code": "evidence-complete"}
    row |= {"text": "", "person_id": HELEN.id, "role": "cs_leader", "at": world.now, "passes": [], "choice": ""}
    row |= {"revision_digest": seen.revision, "evidence_digest": seen.evidence.partition(".")[0], "exempt": ""}
    row |= {"policy_digest": found.policy_digest, **changes}
    with by_owner(world) as connection:
        return int(connection.execute(insert(Decision).values(**row).returning(Decision.id)).scalar_one())


def nobody(world: World) -> int:
    """Nobody decided it, and the release names a decision that there is not."""
    item = world.submit(drafts.email())
    forged(world, item, 999)
    return item


def decided(action: str) -> Callable[[World], int]:
    """A person decided otherwise, and the item was made approved all the same."""

    def made(world: World) -> int:
        item = world.submit(drafts.email())
        world.decide(DANA, item, action)
        settle(world)
        forged(world, item, world.decisions(item)[-1].id)
        return item

    return made


def settle(world: World) -> None:
    """The exceptions that an escalation opened are not what is asked here."""
    with world.session() as session:
        session.execute(sa.text("UPDATE exceptions SET state = 'resolved', resolved_at = opened_at"))
        session.commit()


def renamed(world: World) -> int:
    """It was rejected, and the decision was turned into an approval afterwards."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "reject")
    forged(world, item, world.decisions(item)[-1].id)
    with by_owner(world) as connection:
        connection.execute(update(Decision).where(Decision.item_id == item).values(action="approve"))
    return item


def gone(world: World) -> int:
    """The approval was deleted."""
    item = approved(world)
    with by_owner(world) as connection:
        connection.execute(sa.delete(Decision).where(Decision.item_id == item))
    return item


def voided(world: World) -> int:
    """An edit made the approval void: two people must approve, one did, and then it was edited."""
    item = two_asked(world)
    world.decide(DANA, item, "approve")
    made = world.decisions(item)[-1].id
    world.decide(MARCUS, item, "edit", draft={**world.draft(item), "subject": "Another subject"})
    forged(world, item, made)
    return item


def two_asked(world: World) -> int:
    """A message at a gate where two people must approve."""
    files = northbeam.files()
    files[GATE] = files[GATE].replace('release = "automation"', 'release = "outgoing-mail"\napprovals = 2')
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    return world.submit(drafts.email())


def half(world: World) -> int:
    """One of two people approved it."""
    item = two_asked(world)
    world.decide(DANA, item, "approve")
    forged(world, item, world.decisions(item)[-1].id)
    return item


def half_and_forged(world: World) -> int:
    """One of two people approved it, and the second approval was written by hand."""
    item = two_asked(world)
    world.decide(DANA, item, "approve")
    forged(world, item, vote(world, item))
    return item


def unlogged(world: World) -> int:
    """The approval was written by hand, right in every column, and no entry of the log knows it."""
    item = world.submit(drafts.email())
    forged(world, item, vote(world, item))
    return item


def after_it(world: World) -> int:
    """Another decision was written after the approval."""
    item = approved(world)
    vote(world, item, action="reject", text="Somebody took it back later.")
    return item


def changed(statement: Callable[[int], Any]) -> Callable[[World], int]:
    """It was approved, and one row was changed afterwards."""

    def made(world: World) -> int:
        item = approved(world)
        with by_owner(world) as connection:
            connection.execute(statement(item))
        return item

    return made


def under_another(world: World) -> int:
    """It was approved, and then put under a policy version that another person loaded."""
    item = approved(world)
    files = northbeam.files()
    with world.session() as session:
        digest = policy_versions.activate(session, files, "system:cli", world.now).digest
    with by_owner(world) as connection:
        connection.execute(update(Item).where(Item.id == item).values(policy_digest=digest))
    return item


def checked(world: World) -> int:
    """A check that failed was hidden while it was decided, and is there again."""
    item = approved(world)
    with by_owner(world) as connection:
        revision = sa.select(Revision.id).where(Revision.item_id == item).scalar_subquery()
        said = {"key": "automation.tone", "version": 1, "outcome": "fail", "blocking": True, "message": "It is cross."}
        connection.execute(insert(Check).values(revision_id=revision, **said, at="", origin=""))
    return item


def elsewhere(world: World) -> int:
    """Its gate has it sent by its automation, and the release was turned into an e-mail from here."""
    with world.session() as session:
        policy_versions.activate(session, northbeam.files(), "system:cli", world.now)
    item = approved(world)
    with by_owner(world) as connection:
        connection.execute(
            update(Release)
            .where(Release.item_id == item)
            .values(kind="email", destination="outgoing-mail", next_at=world.now)
        )
    return item


AUTHORED = {"author_person_id": DANA.id, "author_automation_id": None}
# (what was done by hand, how, what the refusal says)
ROADS: list[tuple[str, Callable[[World], int], str]] = [
    ("nobody decided it", nobody, "no decision on this item approved it"),
    ("it was rejected", decided("reject"), "“reject”, which approves nothing"),
    ("it was escalated", decided("escalate"), "“escalate”, which approves nothing"),
    ("it was sent back", decided("send_back"), "“send back”, which approves nothing"),
    ("a rejection was renamed", renamed, "has no decision"),
    ("the approval was deleted", gone, "no decision on this item approved it"),
    ("an edit made the approval void", voided, "came after its approval"),
    ("one of two approved it", half, "did not complete its approval"),
    ("the second approval is forged", half_and_forged, "has no decision"),
    ("the approval is forged", unlogged, "has no decision"),
    ("another decision came after it", after_it, "“reject”, came after its approval"),
    (
        "another person is named",
        changed(lambda item: update(Decision).where(Decision.item_id == item).values(person_id=HELEN.id)),
        "has no decision",
    ),
    (
        "another role is named",
        changed(lambda item: update(Decision).where(Decision.item_id == item).values(role="manager")),
        "has no decision",
    ),
    (
        "who approved it wrote it",
        changed(lambda item: update(Revision).where(Revision.item_id == item).values(**AUTHORED)),
        "wrote this revision",
    ),
    ("a check fails", checked, "its gate asks for more: Check automation.tone fails"),
    ("it is under another policy", under_another, "under another policy"),
    (
        "its policy is nowhere",
        changed(lambda item: update(Item).where(Item.id == item).values(policy_digest="f" * 64)),
        "is missing or was changed",
    ),
    (
        "its revision is nowhere",
        changed(lambda item: update(Item).where(Item.id == item).values(revision_number=9)),
        "there is none",
    ),
    ("it goes elsewhere", elsewhere, "its gate does not send it to outgoing-mail"),
]
UNREADABLE = ("its policy is nowhere", "its revision is nowhere")


@pytest.mark.parametrize(("says", "road", "why"), ROADS, ids=[one[0] for one in ROADS])
def test_what_rests_on_no_approval_is_never_sent(
    world: World, says: str, road: Callable[[World], int], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker takes nothing: the release fails, an exception opens, the log says why, its automation is told that
    it failed, and nobody says that they sent it by hand. The control: unasked, it would have been handed over."""
    by_mail(world)
    item = road(world)
    by_mail(world)
    other = approved(world)
    with monkeypatch.context() as without:
        without.setattr(holds, "content_mismatch", lambda *_: "")
        without.setattr(releases.standing_approval, "why_lapsed", lambda *_: "")
        unguarded = None if says in UNREADABLE else take(world)
        assert says in UNREADABLE or (unguarded is not None and unguarded.item_id == item)
        if unguarded is not None:
            with world.session() as session:
                leased_jobs.give_back(session, Release, unguarded, world.now)
    went = take(world)
    assert went is not None, "what was approved goes out all the same"
    assert went.item_id == other
    assert take(world) is None
    assert row(world, item).state == "failed"
    assert opened(world) == ["sent-differs"]
    entry = next(one for one in world.log(item) if one.act == "release.fail")
    with world.session() as session:
        words = sa.text("SELECT text FROM log_texts WHERE position = :position")
        assert why in session.execute(words, {"position": entry.position}).scalar_one()
    assert acts(world, item) == ["release.fail"]
    assert callbacks(world, item) == ["release.failed"]
    with pytest.raises(DomainError):
        send_by_hand(world, MARCUS, item, digest=row(world, item).digest)
    assert world.verify().holds


def test_what_was_approved_in_any_lawful_way_goes(world: World) -> None:
    """Alone, after an edit, by those above once it was escalated, by two people, and by an override: all of them go."""
    by_mail(world)
    items = [approved(world)]
    edited = world.submit(drafts.email())
    world.decide(MARCUS, edited, "edit", draft={**world.draft(edited), "subject": "Another subject"})
    world.decide(DANA, edited, "approve")
    raised = world.submit(drafts.email())
    world.decide(DANA, raised, "escalate")
    settle(world)
    world.decide(HELEN, raised, "approve")
    passed = world.submit(drafts.with_check(drafts.email(), "automation.tone"))
    world.decide(HELEN, passed, "override", passes=("automation.tone",))
    if world.item(passed).state != "approved":
        world.decide(MARCUS, passed, "approve")
    items += [edited, raised, passed]
    two = two_asked(world)
    world.decide(DANA, two, "approve")
    world.decide(MARCUS, two, "approve")
    went = [due.item_id for due in iter(lambda: take(world), None) if due]
    assert went == [*items, two]


STOOD: list[tuple[str, Callable[[Connection, int], Any], str]] = [
    (
        "somebody else is named as the second person",
        lambda connection, decision: connection.execute(
            update(Decision).where(Decision.id == decision).values(person_id=HELEN.id)
        ),
        "has no decision",
    ),
    (
        "the decision was renamed",
        lambda connection, decision: connection.execute(
            update(Decision).where(Decision.id == decision).values(action="reject", text="It was a rejection.")
        ),
        "rests on no person's decision",
    ),
    (
        "the decision was deleted",
        lambda connection, decision: connection.execute(sa.delete(Decision).where(Decision.id == decision)),
        "rests on no person's decision",
    ),
]


@pytest.mark.furnished(standing_approvals.EARNED)
@pytest.mark.parametrize(("says", "forge", "why"), STOOD, ids=[one[0] for one in STOOD])
def test_automatic_sending_rests_on_an_approval_too(
    world: World, says: str, forge: Callable[[Connection, int], Any], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decision behind a standing approval is judged again, at its own gate. The control: untouched, it goes."""
    monkeypatch.setattr("reviewqueue.lanes.autosend.sending.is_sampled", lambda *_: False)
    fair, item = standing_approvals.another(world), standing_approvals.another(world, subject="Done: the second system")
    due = standing_approvals.go(world)
    assert due is not None, "the control"
    assert due.item_id == fair
    decision = standing_approvals.row(world).decision_id
    if says == "the decision was deleted" and world.engine.dialect.name != "sqlite":
        with world.owner() as engine, engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE standings DROP CONSTRAINT IF EXISTS fk_standings_decision_id")
    with by_owner(world) as connection:
        forge(connection, decision)
    assert standing_approvals.go(world) is None
    assert [one.state for one in standing_approvals.releases(world, item)] == ["failed"]
    with world.session() as session:
        context = item_context.load(session, item, world.now)
        assert why in holds.why_unapproved(session, context, row(world, item))


def message(world: World, road: Callable[[World], int]) -> int:
    """A message whose automation is to be told, approved by that road, with a callback that says so."""
    item = world.submit(replace(drafts.email(), callback_url="https://agent.example/hook"))
    decision = road(world) if road is nobody else vote(world, item)
    forged(world, item, decision)
    with world.session() as session, writing(session):
        context = item_context.load(session, item, world.now)
        last = context.decisions[-1]
        callback_outbox.enqueue(
            session,
            context.item,
            "item.decided",
            world.now,
            {"decision": callback_outbox.decision_payload(last, HELEN.name)},
        )
    return item


def told(session: Session, world: World) -> list[str]:
    """What a worker is given to send."""
    return [due.type for due in delivery_callbacks.take_due(session, world.now)]


def test_no_callback_says_approved_of_what_nobody_approved(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails before it is sent, visibly, and again when it is retried; one that tells of a true approval is sent. The
    control: unasked, it would be sent."""
    item = message(world, unlogged)
    with monkeypatch.context() as without, world.session() as session:
        without.setattr(approvals, "why_not_approved", lambda *_: "")
        (due,) = delivery_callbacks.take_due(session, world.now)
        leased_jobs.give_back(session, Callback, due, world.now)
    with world.session() as session:
        assert told(session, world) == []
    (kept,) = world.outbox(item)
    assert kept.state == "failed"
    entry = world.log(item)[-1]
    assert entry.act == "message.fail"
    assert "says" in json.loads(entry.body)["sealed"]
    fair = world.submit(replace(drafts.email(), callback_url="https://agent.example/hook"))
    world.decide(DANA, fair, "approve")
    with world.session() as session:
        assert told(session, world) == ["item.decided"]
    assert world.verify().holds


def test_an_automation_reads_that_the_approval_does_not_hold(world: World) -> None:
    """The release that the API shows is held, with the reason; and a report that it went out opens an exception."""
    item = world.submit(drafts.email())
    forged(
        world,
        item,
        vote(world, item),
    )
    with by_owner(world) as connection:
        connection.execute(update(Release).values(kind="automation", destination="automation"))
    with world.session() as session:
        out = item_queries.load_item(session, world.caller, item, world.now, mail=True).release
    assert out is not None
    assert (out.state, out.holds[0].code) == ("held", "unapproved")
    came = tell(world, item)
    assert not came.agrees
    assert "was not approved" in came.says
    assert opened(world) == ["sent-differs"]


def test_an_entry_for_another_act_vouches_for_nothing(world: World) -> None:
    """An entry that names the decision and is no approval of that person does not make it known."""
    item = world.submit(drafts.email())
    made = vote(world, item)
    with world.session() as session, writing(session):
        facts = {
            "decision": made,
            "role": "cs_leader",
            "revision_digest": world.seen(item).revision,
            "state": "approved",
        }
        override_log.append(session, world.now, Event(DANA.actor, EventType.ITEM_APPROVE, item, facts=facts))
    forged(world, item, made)
    with world.session() as session:
        assert "has no decision" in approvals.why_not_approved(
            session, item_context.load(session, item, world.now), made
        )
