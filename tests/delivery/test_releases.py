"""Release: what was approved goes out once, by its automation or by e-mail, and is never sent twice blindly (row 16)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue import worker
from reviewqueue.core.errors import Conflict, Forbidden, Invalid, NotFound
from reviewqueue.db import database
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.releases import ReleaseAttempt
from reviewqueue.delivery import manual_send, releases, sent_reports, smtp
from reviewqueue.delivery.smtp import SendOutcome
from tests import drafts
from tests.cast import DANA, INES, PRIYA
from tests.support import concurrency
from tests.support.mail_server import DROP, PostOffice, open_for_mail
from tests.support.releases import WHY, acts, approved, by_mail, callbacks, opened, row, send_by_hand, state, take, tell
from tests.world import World


def test_an_approval_opens_one_release_and_the_automation_reports_it(world: World) -> None:
    """One row with the decision that let it go; the same report twice is one release, one entry and one callback."""
    item = approved(world)
    found, (decision,) = row(world, item), world.decisions(item)
    assert (found.decision_id, found.digest, found.kind) == (decision.id, decision.revision_digest, "automation")
    assert state(world, item) == "waiting"
    said = json.loads(world.log(item)[-1].body)["facts"]["release"]
    assert said == {"id": found.id, "to": "automation", "kind": "automation"}
    for _ in range(2):
        came = tell(world, item)
        assert (came.agrees, came.state) == (True, "released")
    assert acts(world, item) == ["release.report", "release.release"]
    assert callbacks(world, item) == ["release.succeeded"]
    assert world.item(item).state == "released"
    assert not opened(world)
    plan = world.submit(drafts.plan())
    world.decide(INES, plan, "approve")
    with world.session() as session:
        assert releases.of_item(session, plan) is None, "its gate releases nowhere"
    assert world.verify().holds


# (a sentence, what is said to have gone out, the state of the release after it)
REPORTS: list[tuple[str, Callable[[World, int], sent_reports.ReportResult], str]] = [
    ("another text", lambda world, item: tell(world, item, "0" * 64), "failed"),
    ("before it was approved", lambda world, item: tell(world, item, at=world.now - timedelta(hours=1)), "released"),
]  # fmt: skip


@pytest.mark.parametrize(("says", "report", "becomes"), REPORTS, ids=[one[0] for one in REPORTS])
def test_what_went_out_otherwise_is_kept_and_opens_an_exception(
    world: World, says: str, report: Callable[[World, int], sent_reports.ReportResult], becomes: str
) -> None:
    """The exception goes to RevOps and holds the customer; saying the same again adds nothing."""
    item = approved(world)
    for _ in range(2):
        assert not report(world, item).agrees
    assert row(world, item).state == becomes
    assert opened(world) == ["sent-differs"]
    assert world.count(ReleaseAttempt) == 1
    assert callbacks(world, item) == ["release.failed" if becomes == "failed" else "release.succeeded"]
    assert world.verify().holds


def test_what_went_out_without_approval_is_an_exception(world: World) -> None:
    """Nobody approved it, or a person gave it up, or had sent it already: it happened, and is said."""
    pending = world.submit(drafts.email())
    came = tell(world, pending)
    assert (came.agrees, came.state) == (False, "pending")
    assert opened(world) == ["sent-differs"]
    assert callbacks(world, pending) == ["release.failed"]
    with world.session() as session:
        assert releases.of_item(session, pending) is None
        with pytest.raises(NotFound):
            sent_reports.record_report(
                session, world.stranger, pending, sent_reports.SentReport("0" * 64, world.now, "me"), world.now
            )
        with pytest.raises(Invalid, match="accepted"):
            future = sent_reports.SentReport("0" * 64, world.now + timedelta(hours=1), "\u200b")
            sent_reports.record_report(session, world.caller, pending, future, world.now)
    by_person = approved(world)
    send_by_hand(world, DANA, by_person)
    assert not tell(world, by_person).agrees
    dropped = approved(world)
    with world.session() as session:
        manual_send.give_up(session, PRIYA.id, dropped, WHY, world.now)
    assert not tell(world, dropped).agrees
    assert row(world, dropped).state == "given_up"
    assert opened(world) == ["sent-differs"] * 3


@pytest.mark.parametrize("state", ["pending", "rejected"])
def test_the_same_report_again_changes_nothing_where_nothing_was_to_go_out(world: World, state: str) -> None:
    """Without a release the log alone knows of it; what is told otherwise is another report."""
    item = world.submit(drafts.email())
    if state == "rejected":
        world.decide(DANA, item, "reject")
    first = tell(world, item)
    before = world.everything()
    assert [tell(world, item, now=world.now + timedelta(minutes=one)) for one in (0, 1)] == [first, first]
    assert world.everything() == before
    assert not tell(world, item, "0" * 64).agrees
    assert [entry.act for entry in world.log(item)].count("release.report") == 2


def test_silence_becomes_an_exception_once(world: World) -> None:
    """After eight business hours without a word: once, and it holds nothing."""
    item, ours = approved(world), approved(world)
    with world.session() as session:
        assert sent_reports.check_silence(session, world.now + timedelta(hours=7)) == 0
        late = row(world, item).next_at
        assert late == world.now + timedelta(hours=8)
        assert sent_reports.check_silence(session, late) == 2
        assert sent_reports.check_silence(session, late + timedelta(days=3)) == 0
    assert opened(world) == ["nothing-sent"] * 2
    assert state(world, item) == "waiting"
    assert tell(world, ours, now=late).agrees


def test_workers_at_once_send_each_release_once(world: World, office: PostOffice) -> None:
    """Row 16 in small: workers at once, some of which end with a message in hand. Each release goes out once or is
    unknown, none is lost, and what came has the receivers that were approved."""
    by_mail(world)
    items = [approved(world, subject=f"Kickoff number {number}") for number in range(8)]
    stop, ended = threading.Event(), []

    def run(number: int) -> int:
        done = 0
        with world.session() as session:
            while True:
                due = releases.take_due(session, world.now, mail=True)
                if due is None:
                    return done
                came = smtp.send(office.url, due.letter, world.now)
                if number == 0 and not ended:
                    ended.append(due.item_id)  # this one dies before it writes down what came back
                    return done
                releases.report(session, due, came, world.now)
                done += 1

    came = concurrency.at_once(4, run)
    assert not stop.is_set()
    assert sum(came) == len(items) - len(ended)
    assert len(office.came) == len({one.message["Message-ID"] for one in office.came}) == len(items)
    after = world.now + releases.LEASE
    assert take(world, after) is None, "what is unknown is not sent again"
    states = {item: row(world, item).state for item in items}
    assert states == {item: "unknown" if item in ended else "released" for item in items}
    assert {tuple(one.receivers) for one in office.came} == {("rosa@marlowfreight.example",)}
    assert world.verify().holds


def test_a_worker_brings_it_out(world: World, office: PostOffice) -> None:
    """The worker's own turn: taken, sent, written down; a lost line is unknown, and a person says which it is."""
    by_mail(world)
    first, second = approved(world), approved(world)
    office.answers = ["250 taken", DROP, "250 taken"]
    sessions, stop = sessions_of(world), threading.Event()
    send = lambda letter, now: smtp.send(office.url, letter, now)  # noqa: E731
    assert worker.send_one_release(sessions, {"email": send}, stop, lambda: world.now)
    assert worker.send_one_release(sessions, {"email": send}, stop, lambda: world.now)
    assert not worker.send_one_release(sessions, {"email": send}, stop, lambda: world.now + timedelta(days=2)), (
        "never a blind resend"
    )
    assert [row(world, one).state for one in (first, second)] == ["released", "unknown"]
    assert opened(world) == ["nothing-sent"]
    with world.session() as session:
        with pytest.raises(Invalid, match="reason"):
            manual_send.retry(session, DANA.id, second, "no", world.now)
        manual_send.retry(session, DANA.id, second, WHY, world.now)
    assert worker.send_one_release(sessions, {"email": send}, stop, lambda: world.now)
    assert row(world, second).state == "released"
    assert office.came[1].message["Message-ID"] == office.came[2].message["Message-ID"]
    assert acts(world, second) == ["release.lose", "release.retry", "release.release"]
    stop.set()
    third = approved(world)
    assert not worker.send_one_release(sessions, {"email": send}, stop, lambda: world.now)
    assert (row(world, third).state, row(world, third).attempts) == ("waiting", 0), "told to stop, it gives it back"
    assert not worker.send_one_release(sessions, {}, threading.Event(), lambda: world.now), (
        "without a mail server nothing goes"
    )
    assert world.verify().holds


def sessions_of(world: World) -> Any:
    """Sessions as a worker makes them."""
    return database.sessions(world.engine)


def test_what_does_not_work_is_tried_again_and_then_left_to_a_person(world: World) -> None:
    """Ten attempts with growing pauses, then it failed, visibly; a person tries it again or gives it up with a reason."""
    by_mail(world)
    item, now = approved(world), world.now
    waits = []
    for _ in range(10):
        due = take(world, now)
        assert due is not None
        with world.session() as session:
            releases.report(session, due, SendOutcome("later", "452 full", 452, 9), now)
        waits.append((row(world, item).next_at - now).total_seconds())
        now = max(now, row(world, item).next_at)
    assert row(world, item).state == "failed"
    assert waits[0] >= 5
    assert waits[8] >= 144_000
    assert take(world, now + timedelta(days=9)) is None
    with world.session() as session:
        manual_send.retry(session, PRIYA.id, item, "", now)
        assert row(world, item).state == "waiting"
        with pytest.raises(Invalid):
            manual_send.give_up(
                session, PRIYA.id, item, " \u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b ", now
            )
        manual_send.give_up(session, PRIYA.id, item, WHY, now)
        with pytest.raises(Conflict, match="given up"):
            manual_send.give_up(session, PRIYA.id, item, WHY, now)
    assert take(world, now) is None
    assert world.item(item).state == "approved"


def test_a_server_that_takes_less_than_the_policy_says_is_an_exception_in_words(world: World) -> None:
    """The policy says that it offers SMTPUTF8, and it does not: nothing goes out, and a person is told what to do."""
    by_mail(world, smtputf8=True)
    item = approved(world, to=["rösa@marlowfreight.example"])
    with open_for_mail(smtputf8=False) as plain:
        send = lambda letter, now: smtp.send(plain.url, letter, now)  # noqa: E731
        assert worker.send_one_release(sessions_of(world), {"email": send}, threading.Event(), lambda: world.now)
        assert plain.came == []
    assert row(world, item).state == "failed"
    assert opened(world) == ["nothing-sent"]
    with world.session() as session:
        (case,) = session.scalars(select(ExceptionCase)).all()
    assert "does not offer SMTPUTF8" in case.summary
    assert "Send it by hand, or give up" in case.summary


# (a sentence, what is changed in the draft, the check that stands in the way)
STOPPED = [
    ("nobody", {"to": []}, "message.sendable"),
    ("a subject that reads as another", {"subject": "=?utf-8?B?TWF5?="}, "text.encoded"),
    ("letters that the server is not known to take", {"to": ["rösa@marlowfreight.example"]}, "message.sendable"),
    ("an attachment", {"attachment": "plan.pdf"}, "message.sendable"),
    ("two addresses in one", {"to": ["rosa@marlowfreight.example, piet@marlowfreight.example"]}, "recipient.valid"),
]


@pytest.mark.parametrize(("says", "changes", "check"), STOPPED, ids=[row[0] for row in STOPPED])
def test_what_cannot_be_sent_is_approved_by_nobody(
    world: World, says: str, changes: dict[str, Any], check: str
) -> None:
    """It waits at its gate with what to do, and there is no release."""
    by_mail(world)
    item = world.submit(drafts.email(**changes))
    with pytest.raises(Forbidden, match=check.replace(".", r"\.")):
        world.decide(DANA, item, "approve")
    assert world.item(item).state == "pending"
    assert take(world) is None
