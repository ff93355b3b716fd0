"""Stopping what goes out, the order in which it does, and a destination that hangs. On both engines."""

from __future__ import annotations

import socket
import threading
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from reviewqueue import worker
from reviewqueue.audit.events import Actor
from reviewqueue.core.errors import Conflict, Forbidden, Invalid
from reviewqueue.core.mime.compose import Letter
from reviewqueue.db import database
from reviewqueue.delivery import callbacks as outbox
from reviewqueue.delivery import manual_send, releases, send_stops, smtp
from reviewqueue.delivery.smtp import SendOutcome
from reviewqueue.policy import policy_versions
from tests import drafts, northbeam
from tests.cast import DANA, HELEN, PRIYA, Named
from tests.support.mail_server import PostOffice
from tests.support.releases import GATE, OUT, WHY, approved, by_mail, row, state, take, waits_first
from tests.world import World

OTHER = "other@example.com"


def stopped(world: World, person: Named = PRIYA, to: str = "") -> int:
    with world.session() as session:
        return send_stops.stop(session, person.actor, to, "The mail server sends to the wrong people.", world.now)


def ended(world: World, person: Named, stop: int) -> None:
    with world.session() as session:
        send_stops.end(session, person.id, stop, "The server is mended, and we tried it.", world.now)


# (what is stopped, whether the e-mail is held by it, whether what an automation sends is)
STOPS = [("", True, True), ("outgoing-mail", True, False), ("automation", False, True)]


@pytest.mark.parametrize(("to", "mail", "automation"), STOPS, ids=["all", "e-mail", "automations"])
def test_a_release_of_the_same_second_does_not_leave(world: World, to: str, mail: bool, automation: bool) -> None:
    """One person stops it; from that moment nothing is taken, no automation is told, nobody sends by hand; another
    person ends it, and what waited goes out."""
    sent_by_it = approved(world)
    by_mail(world)
    item = approved(world)
    stop = stopped(world, to=to)
    due = take(world)
    assert ((due is None), state(world, item) == "held") == (mail, mail)
    with world.session() as session:
        told = {one.webhook_id for one in outbox.take_due(session, world.now)}
    theirs = {one.webhook_id for one in world.outbox(sent_by_it)}
    assert (state(world, sent_by_it) == "held", not told & theirs) == (automation, automation)
    if automation:
        with pytest.raises(Conflict, match="was stopped on"), world.session() as session:
            digest = world.seen(sent_by_it).revision
            manual_send.mark_sent(session, DANA.id, sent_by_it, digest, WHY, world.now, mail=True)
    with pytest.raises(Forbidden, match="somebody else"):
        ended(world, PRIYA, stop)
    with pytest.raises(Forbidden, match="Only a CS leader or RevOps"):
        ended(world, DANA, stop)
    ended(world, HELEN, stop)
    with pytest.raises(Conflict, match="ended already"):
        ended(world, HELEN, stop)
    later = world.now + timedelta(minutes=1)
    assert (take(world, later) is not None) == mail
    entries = [(one.act, one.actor) for one in world.log() if one.act in ("release.stop", "release.go_on")]
    assert entries == [("release.stop", PRIYA.actor), ("release.go_on", HELEN.actor)]
    assert world.verify().holds


def test_it_was_leased_before_and_is_not_handed_over(world: World) -> None:
    """Between lease and mail server the worker asks once more."""

    class Meanwhile(threading.Event):
        """Asked whether the worker is to stop, somebody stops what goes out."""

        def is_set(self) -> bool:
            stopped(world)
            return False

    by_mail(world)
    item = approved(world)
    sessions, sent = database.sessions(world.engine), []

    def send(letter: Letter, _now: Any) -> SendOutcome:
        sent.append(letter)
        return OUT

    assert not worker.send_one_release(sessions, {"email": send}, Meanwhile(), lambda: world.now)
    assert (sent, state(world, item), row(world, item).attempts) == ([], "held", 0)


def test_what_cannot_be_stopped(world: World) -> None:
    """Without the role, twice, without a reason, and where there is no such destination."""
    with pytest.raises(Forbidden):
        stopped(world, DANA)
    with pytest.raises(Invalid) as wrong:
        stopped(world, to="the moon")
    assert [one.at for one in wrong.value.faults] == ["/to"]
    stopped(world)
    with pytest.raises(Conflict, match="stopped already"):
        stopped(world, HELEN)
    with world.session() as session, pytest.raises(Invalid):
        send_stops.stop(session, Actor.CLI, "automation", "oops", world.now)


def test_of_one_onboarding_the_earlier_goes_first(world: World) -> None:
    """The earlier one waits for its time, is tried again, or is in hand: the later one waits for it; another
    customer's does not."""
    waits_first(world, undo_minutes=10)
    about = drafts.deal()
    first = world.submit(drafts.email(about))
    world.decide(DANA, first, "approve")
    by_mail(world)
    second = world.submit(drafts.email(about, subject="What we need from you", to=["piet@marlowfreight.example"]))
    world.decide(DANA, second, "approve")
    other = approved(world)
    due = take(world)
    assert due is not None
    assert due.item_id == other
    later = world.now + timedelta(minutes=10)
    due = take(world, later)
    assert due is not None
    assert due.item_id == first
    assert take(world, later) is None, "the first is in hand"
    with world.session() as session:
        releases.report(session, due, SendOutcome("later", "451 try again", 451, 5), later)
    assert take(world, later + timedelta(seconds=1)) is None, "the first is tried again soon"
    due = take(world, later + timedelta(minutes=1))
    assert due is not None
    assert due.item_id == first
    with world.session() as session:
        releases.report(session, due, OUT, later)
    due = take(world, later + timedelta(minutes=2))
    assert due is not None
    assert due.item_id == second


def test_a_destination_that_hangs_holds_up_no_other(world: World, office: PostOffice, monkeypatch: Any) -> None:
    """A mail server that accepts and says nothing, beside one that works: while the first is waited for, all that goes
    to the second leaves."""
    monkeypatch.setattr(smtp, "TIMEOUT", 60)
    by_mail(world)
    slow = [approved(world), approved(world)]
    _to_another(world)
    quick = [approved(world), approved(world)]
    stop, in_hand = threading.Event(), worker.DestinationsInHand()
    sessions = database.sessions(world.engine)
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        urls = {"onboarding@example.com": f"smtp://127.0.0.1:{hanging.getsockname()[1]}", OTHER: office.url}

        def send(letter: Letter, now: Any) -> SendOutcome:
            return smtp.send(urls[letter.sender], letter, now)

        turn = partial(worker.send_one_release, sessions, {"email": send}, stop, lambda: world.now, in_hand)
        waiting = threading.Thread(target=turn, daemon=True)
        waiting.start()
        connection, _ = hanging.accept()  # it is connected, and hears nothing
        assert [turn(), turn(), turn()] == [True, True, False]
        assert waiting.is_alive()
        assert [row(world, one).state for one in quick] == ["released", "released"]
        assert [row(world, one).state for one in slow] == ["sending", "waiting"]
        connection.close()
        waiting.join(30)
    assert row(world, slow[0]).state == "waiting"
    assert len(office.came) == len(quick)


def _to_another(world: World) -> None:
    """From now on customer messages go to another destination, from another sender."""
    files = northbeam.files()
    files[GATE] = files[GATE].replace('release = "automation"', 'release = "other-mail"')
    files["destinations.toml"] += (
        f'\n[[destination]]\nkey = "other-mail"\nname = "Other"\nkind = "email"\ndoes = "Sends"\nsender = "{OTHER}"\n'
    )
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
