"""Who is told of what, how many e-mails that is, and what becomes of each: by a real mail server, on both engines."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update

from reviewqueue import worker
from reviewqueue.core.errors import Forbidden, Invalid
from reviewqueue.core.mime.compose import Letter, message_id
from reviewqueue.core.notification_kinds import KINDS
from reviewqueue.db.database import writing
from reviewqueue.db.tables.notifications import Notification, NotificationMail
from reviewqueue.db.tables.people import Person
from reviewqueue.delivery import notification_mails, smtp
from reviewqueue.exceptions import case_actions
from reviewqueue.items import assignments
from reviewqueue.onboarding import owner, question_handover, sales_answers
from reviewqueue.onboarding.given_answers import GivenAnswer
from reviewqueue.people import notification_settings, notifications, users
from reviewqueue.people.notifications import About
from tests import drafts
from tests.cast import DANA, HELEN, INES, LENA, MARCUS, NOOR, PRIYA, SAM, TOM, Named
from tests.cli.conftest import Terminal, folder, terminal
from tests.support import sampled_week
from tests.support.mail_server import DROP, TAKEN, PostOffice, open_for_mail
from tests.world import World

__all__ = ["folder", "terminal"]
ADDRESS = "https://queue.northbeam.example"
WHY = "She knows this customer better."
MINUTE = timedelta(minutes=1)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_for_mail() as found:
        yield found


def post(world: World, office: PostOffice | None, at: datetime) -> None:
    """Let the worker send what is due by then; None is an installation without a mail server."""
    send = partial(smtp.send, office.url) if office else None
    while notification_mails.send_one(world.sessions, send, ADDRESS, threading.Event(), lambda: at):
        pass


def told(world: World) -> set[tuple[int, str]]:
    """(person, kind) of everything that anybody was told of."""
    with world.session() as session:
        return {(one.person_id, one.kind) for one in session.scalars(select(Notification))}


def mails(world: World) -> dict[int, str]:
    """What became of the last e-mail to each person."""
    with world.session() as session:
        return {
            one.person_id: one.state for one in session.scalars(select(NotificationMail).order_by(NotificationMail.id))
        }


def wants(world: World, person: Named, by: Any = None, **given: Any) -> None:
    """Let a person choose."""
    with world.session() as session:
        before = notification_settings.chosen(session, person.id)
        ways = before["ways"] | given.pop("ways", {})
        notification_settings.save(session, person.id, by or person.actor, {**before, **given, "ways": ways}, world.now)


def give(world: World, to: Named, by: Named = HELEN) -> int:
    """An item is assigned."""
    item = world.submit(drafts.email())
    with world.session() as session:
        assignments.reassign(session, by.id, item, to.id, WHY, world.now)
    return item


def sell(world: World) -> None:
    """An account gets its owner."""
    run = world.item(world.submit(drafts.packet())).onboarding_id or 0
    with world.session() as session:
        owner.set_owner(session, TOM.id, run, DANA.id, WHY, world.now)


def hand_on(world: World) -> None:
    """An exception is handed on by whom it was opened for."""
    world.decide(DANA, world.submit(drafts.email()), "escalate", reason_code="timeline-risk")
    with world.session() as session:
        case_actions.reassign(session, TOM.id, 1, HELEN.actor, WHY, world.now)


def ask(world: World) -> int:
    """A question to sales is approved."""
    item = world.submit(drafts.question(LENA.email))
    world.decide(PRIYA, item, "approve")
    return item


def answer(world: World) -> None:
    """And answered."""
    item = ask(world)
    with world.session() as session:
        [key, *_] = [one.field.key for one in sales_answers.load(session, LENA.id, item, world.now).fields]
        sales_answers.answer(session, LENA.id, item, {key: GivenAnswer("value", "Fewer late calls.")}, world.now)


def settle(world: World) -> None:
    """What was escalated is decided."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "escalate", reason_code="timeline-risk")
    world.decide(HELEN, item, "reject")


def tick(world: World, before_due: timedelta) -> None:
    """The clock runs so long before an assigned item is due, and once more."""
    due_at = world.item(give(world, MARCUS)).due_at
    for at in (due_at - before_due, due_at - before_due + MINUTE / 60):
        worker.run_clock(world.sessions, at)


UP = {(HELEN.id, "escalated"), (TOM.id, "exception")}
WHO: dict[str, tuple[Callable[[World], Any], set[tuple[int, str]]]] = {
    "given to a person": (lambda world: give(world, MARCUS), {(MARCUS.id, "given")}),
    "what one gives oneself is no news": (lambda world: give(world, TOM, TOM), set()),
    "an account is given": (sell, {(DANA.id, "given")}),
    "escalated: whoever decides it now, and the exception's owner": (
        lambda world: world.decide(DANA, world.submit(drafts.email()), "escalate", reason_code="timeline-risk"), UP,
    ),
    "an exception is handed on": (hand_on, UP | {(HELEN.id, "exception")}),
    "a question is asked, of whom its address is": (ask, {(LENA.id, "asked")}),
    "and answered, to whoever approved it": (answer, {(LENA.id, "asked"), (PRIYA.id, "answered")}),
    "decided by whom it was escalated to": (settle, UP | {(DANA.id, "decided")}),
    "sent back to its makers": (lambda world: world.decide(DANA, world.submit(drafts.email()), "send_back"), {(SAM.id, "sent_back")}),
    "due soon: within two hours": (
        lambda world: tick(world, timedelta(hours=1)), {(MARCUS.id, "given"), (MARCUS.id, "due_soon")},
    ),
    "not due soon yet": (lambda world: tick(world, timedelta(hours=2, minutes=1)), {(MARCUS.id, "given")}),
    "overdue: both it left and it came to": (
        lambda world: tick(world, timedelta(0)), {(MARCUS.id, "given"), (MARCUS.id, "overdue"), (HELEN.id, "escalated")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WHO)
def test_exactly_those_are_told_once_whom_it_concerns(world: World, case: str) -> None:
    act, expected = WHO[case]
    act(world)
    assert told(world) == expected
    with world.session() as session:
        shown = [
            (one.person_id, one.kind, one.item_id, one.exception_id) for one in session.scalars(select(Notification))
        ]
    assert len(shown) == len(set(shown)), "nobody is told twice"


def test_whoever_may_answer_again_is_told_of_the_weeks_draw(world: World) -> None:
    sampled_week.sample(world)
    drawn = {person for person, kind in told(world) if kind == "sample"}
    assert {DANA.id, MARCUS.id, TOM.id, INES.id} & drawn
    assert not {SAM.id, LENA.id} & drawn


def test_a_storm_is_one_message_and_the_next_minute_another(world: World, office: PostOffice) -> None:
    """Two hundred at once, in as many transactions; then one more."""
    item = world.submit(drafts.email())
    for number in range(200):
        with world.session() as session, writing(session):
            at = world.now + timedelta(milliseconds=200 * number)
            notifications.tell(session, "given", [DANA.id], About(item), HELEN.actor, at)  # type: ignore[arg-type]
    post(world, office, world.now + MINUTE)
    (came,) = office.came
    assert came.message["Subject"] == "200 things for you in Review Queue"
    body = came.message.get_content().replace("\r\n", "\n")
    assert body.count(f"{ADDRESS}/items/{item}") == notification_mails.MOST_LINES
    assert f"180 more, on the page:\n{ADDRESS}/notifications\n" in body
    with world.session() as session, writing(session):
        notifications.tell(session, "given", [DANA.id], About(item), None, world.now + MINUTE)
    post(world, office, world.now + 2 * MINUTE)
    assert [one.message["Subject"] for one in office.came[1:]] == [f"Given to you: item {item}"]


def test_each_is_told_as_they_chose(world: World, office: PostOffice) -> None:
    """At once, in the morning, on the page alone, not at all; quiet hours hold what is at once; the log has the choice."""
    nine = datetime(2026, 3, 3, 14, 0, tzinfo=UTC)  # nine in the morning in New York
    wants(world, MARCUS, ways={"given": "digest"})
    wants(world, TOM, ways={"given": "none"})
    wants(world, DANA, quiet_from="9:30", quiet_until="11:00")
    wants(world, PRIYA, ways={"given": "page"})
    for person in (MARCUS, MARCUS, TOM, DANA):
        give(world, person)
    post(world, office, world.now + MINUTE)
    assert office.came == []
    assert told(world) == {(MARCUS.id, "given"), (DANA.id, "given")}
    post(world, office, world.now + timedelta(hours=1))
    assert [one.receivers for one in office.came] == [[DANA.email]]
    post(world, office, nine)
    assert [(one.receivers, one.message["Subject"]) for one in office.came[1:]] == [
        ([MARCUS.email], "2 things for you in Review Queue")
    ]
    assert [one.actor for one in world.log() if one.act == "person.notifications"] == [MARCUS.actor, TOM.actor, DANA.actor, PRIYA.actor]  # fmt: skip


def test_a_choice_that_cannot_be_is_refused_at_its_place(world: World) -> None:
    wrong = {
        "ways": {"given": "pigeon"}, "timezone": "Mars/Olympus", "weekdays": set(), "quiet_from": "9", "quiet_until": "",
    }  # fmt: skip
    with pytest.raises(Invalid) as refused:
        wants(world, DANA, **wrong)
    assert [one.at for one in refused.value.faults] == [
        "/ways/given", "/timezone", "/weekdays", "/quiet_from", "/quiet_until",
    ]  # fmt: skip
    with pytest.raises(Forbidden):
        wants(world, DANA, MARCUS.actor, ways=dict.fromkeys(KINDS, "none"))
    with world.session() as session:
        assert notification_settings.chosen(session, DANA.id)["ways"]["given"] == "now"


def read_it(world: World) -> None:
    with world.session() as session:
        assert notifications.mark_read(session, DANA.id, world.now, up_to=10**6) == 1


def close(world: World) -> None:
    with world.session() as session, writing(session):
        session.execute(update(Person).where(Person.id == DANA.id).values(disabled_at=world.now))


def lose_role(world: World) -> None:
    with world.session() as session, writing(session):
        session.execute(update(Person).where(Person.id == DANA.id).values(held="finance"))


@pytest.mark.parametrize("meanwhile", [read_it, close, lose_role])
def test_what_there_is_nothing_to_say_of_any_more_is_not_mailed(
    world: World, office: PostOffice, meanwhile: Callable[[World], None]
) -> None:
    give(world, DANA)
    meanwhile(world)
    post(world, office, world.now + MINUTE)
    assert (office.came, mails(world)) == ([], {DANA.id: "skipped"})


def move(world: World) -> None:
    with world.session() as session, writing(session):
        session.execute(update(Person).where(Person.id == DANA.id).values(email="dana.new@northbeam.example"))


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [(read_it, notification_mails.READ), (close, notification_mails.READ), (lose_role, notification_mails.READ), (move, notification_mails.MOVED)],
)  # fmt: skip
def test_between_two_attempts_it_is_asked_again_what_is_left_to_tell_and_whom(
    world: World, office: PostOffice, meanwhile: Callable[[World], None], why: str
) -> None:
    """Refused for the moment; by the next attempt there is nothing to say any more, or another address."""
    office.answers = ["451 not now", TAKEN]
    give(world, DANA)
    post(world, office, world.now + MINUTE)
    meanwhile(world)
    post(world, office, world.now + 3 * MINUTE)
    with world.session() as session:
        (mail,) = session.scalars(select(NotificationMail)).all()
        assert (office.came, mail.state, mail.says) == ([], "skipped", why)


def another_address(world: World) -> None:
    with world.session() as session, writing(session):
        moved = {"email": "lena.other@northbeam.example", "held": "finance"}
        session.execute(update(Person).where(Person.id == LENA.id).values(**moved))


def hand_question_on(world: World) -> None:
    """Lena's role goes, and what was asked of her goes to Noor."""
    with world.session() as session:
        users.set_roles(session, NOOR.id, ["finance", "sales_owner"], SAM.id, world.now)
        users.set_roles(session, LENA.id, ["finance"], SAM.id, world.now)
    with world.session() as session:
        question = session.scalars(select(Notification.item_id).where(Notification.kind == "asked")).one()
        question_handover.hand_on(session, PRIYA.id, question or 0, NOOR.id, world.now)


ASKED_NOW: dict[str, tuple[Callable[[World], Any], set[int], bool]] = {
    "her address is hers": (lambda world: None, {LENA.id}, True),
    "her address is somebody else's, and she may not see the item": (another_address, set(), False),
    "it was handed on": (hand_question_on, {NOOR.id}, False),
}


@pytest.mark.parametrize("case", ASKED_NOW)
def test_a_question_is_told_to_whoever_is_asked_now(
    world: World, office: PostOffice, client_for: Callable[..., Any], case: str
) -> None:
    """By mail, and with the customer's name on the page, as long as the answer is theirs to give."""
    meanwhile, mailed, named = ASKED_NOW[case]
    lena = client_for(LENA)
    ask(world)
    meanwhile(world)
    post(world, office, world.now + MINUTE)
    assert {person for person, state in mails(world).items() if state == "sent"} == mailed
    page = lena.get("/notifications?view=all").get_data(as_text=True)
    assert ("Asked of you" in page, "Marlow" in page) == (True, named)


def test_a_repeat_tells_what_is_left_of_it(world: World, office: PostOffice) -> None:
    office.answers = ["451 not now", TAKEN]
    read, other = give(world, DANA), give(world, DANA)
    post(world, office, world.now + MINUTE)
    with world.session() as session:
        first = session.scalars(select(Notification.id).where(Notification.item_id == read)).one()
        notifications.mark_read(session, DANA.id, world.now, only=first)
    post(world, office, world.now + 3 * MINUTE)
    assert [one.message["Subject"] for one in office.came] == [f"Given to you: item {other}"]


def test_what_no_worker_sent_for_a_day_is_old_news(world: World, office: PostOffice) -> None:
    give(world, DANA)
    post(world, office, world.now + notification_mails.STALE + 2 * MINUTE)
    assert (office.came, mails(world)) == ([], {DANA.id: "skipped"})


def test_without_a_mail_server_nothing_is_kept_for_later(world: World, office: PostOffice) -> None:
    give(world, DANA)
    post(world, None, world.now + MINUTE)
    post(world, office, world.now + MINUTE)
    assert (office.came, mails(world), told(world)) == ([], {DANA.id: "skipped"}, {(DANA.id, "given")})


def test_a_repeat_is_the_same_message_and_a_lost_answer_is_not_repeated(world: World, office: PostOffice) -> None:
    """Refused for the moment: again later, under the same Message-ID. The line cut after the message: never again."""
    office.answers = ["451 not now", TAKEN]
    give(world, DANA)
    post(world, office, world.now + MINUTE)
    assert office.came == []
    give(world, DANA)
    with world.session() as session:
        key = session.scalars(select(NotificationMail.key).order_by(NotificationMail.id)).first()
    post(world, office, world.now + 3 * MINUTE)
    second, first = office.came
    assert first.message["Subject"] == "Given to you: item 1", "what came later is told by another one"
    assert first.message["Message-ID"] != second.message["Message-ID"]
    letter = Letter(f"notification:{key}", "onboarding@example.com", {})
    assert first.message["Message-ID"] == message_id(letter.key, letter.sender)
    office.answers = [DROP]
    give(world, DANA)
    post(world, office, world.now + 5 * MINUTE)
    post(world, office, world.now + timedelta(days=2))
    assert (len(office.came), mails(world)[DANA.id]) == (3, "unknown")


def test_a_refused_address_is_in_sight_of_the_admin(
    world: World, office: PostOffice, terminal: Terminal, client_for: Callable[..., Any]
) -> None:
    """On the people page, in `doctor` and at the terminal, until a later one arrives."""
    office.refuses = {DANA.email: "550 no such user here"}
    give(world, DANA)
    post(world, office, world.now + MINUTE)
    assert mails(world) == {DANA.id: "failed"}
    page = client_for(SAM).get("/people").get_data(as_text=True)
    assert "did not arrive" in page
    assert "550 no such user here" in page
    (found,) = [one for one in terminal("doctor", "--json").json["findings"] if one["name"] == "notifications"]
    assert not found["well"]
    assert DANA.email in found["says"]
    assert "550" in terminal("user", "notifications", DANA.email, "--json").json["not_delivered"]
    office.refuses = {}
    give(world, DANA)
    post(world, office, world.now + MINUTE)
    assert "did not arrive" not in client_for(SAM).get("/people").get_data(as_text=True)


def test_the_terminal_shows_and_changes_what_somebody_is_told_of(terminal: Terminal, world: World) -> None:
    before = terminal("user", "notifications", DANA.email, "--json").json
    assert (before["ways"]["given"], before["timezone"]) == ("now", "America/New_York")
    made = terminal(
        "user", "notifications", DANA.email, "--tell", "given=digest", "--quiet", "19:00-8:00", "--weekdays", "0123"
    )
    assert made.status == 0, made.err
    after = terminal("user", "notifications", DANA.email, "--json").json
    assert after["ways"] == before["ways"] | {"given": "digest"}
    assert (after["quiet_from"], after["quiet_until"], after["weekdays"]) == ("19:00", "08:00", [0, 1, 2, 3])
    assert world.log()[-1].actor == "system:cli"
    wrong = terminal("user", "notifications", DANA.email, "--tell", "given=pigeon")
    assert (wrong.status, "none, page, digest, now" in wrong.err) == (1, True)
