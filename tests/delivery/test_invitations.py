"""Invitations: what a person approves of a meeting is what the customer's calendar reads, from the page to the bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Calendar

from reviewqueue.audit.events import Actor
from reviewqueue.core.notification_kinds import KINDS
from reviewqueue.delivery import holds
from reviewqueue.items import item_context
from reviewqueue.people import notification_settings
from tests import drafts
from tests.cast import DANA, TOM
from tests.delivery.test_mail_threads import send
from tests.onboarding.drafting.approved_onboarding import PIET, composed, contact, knows, packet
from tests.support.mail_server import Came, PostOffice
from tests.support.releases import by_mail, row, state, take
from tests.world import World

SAID = {
    "starts": "2026-03-10 10:00",
    "timezone": "Europe/Berlin",
    "minutes": "60",
    "place": "https://northbeam.zoom.us/j/123",
}
TEXT = drafts.BODY + "\n\nOur kickoff is on {}, {}."


def approve(world: World, about: drafts.Deal, day: str, time: str, **said: Any) -> int:
    """A message with an invitation that was approved."""
    invitation, body = {**SAID, **said}, TEXT.format(day, time)
    item = world.submit(drafts.email(about, subject=f"Kickoff on {day}", body=body, invitation=invitation))
    if world.item(item).fails:  # another day than the one that people promised is passed by two
        world.decide(TOM, item, "override", passes=("commitment.contradicted",))
    world.decide(DANA, item, "approve")
    return item


def event_in(came: Came) -> Any:
    """The calendar entry that arrived, and whom its program asks."""
    (part,) = [one for one in came.message.walk() if one.get_content_type() == "text/calendar"]
    (event,) = Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
    return event


def test_an_invitation_and_its_change(world: World, office: PostOffice, client_for: Callable[..., Any]) -> None:
    """The page has both time zones, place and who is asked; the calendar gets it; a later one to the same meeting keeps
    its UID, and one more is its number. Another meeting, and another onboarding's, is another entry."""
    by_mail(world)
    chosen = {
        "timezone": "Europe/London",
        "weekdays": {0, 1},
        "quiet_from": "",
        "quiet_until": "",
        "ways": dict.fromkeys(KINDS, "page"),
    }
    with world.session() as session:
        notification_settings.save(session, DANA.id, Actor.person(DANA.id), chosen, world.now)
    about = drafts.deal()
    first = approve(world, about, "10 March 2026", "10:00")
    page = client_for(DANA).get(f"/items/{first}").text
    for words in ("Tue 10 March 2026, 10:00 to 11:00 Berlin time", "Tue 10 March 2026, 09:00 to 10:00 London time, where you are",
                  "https://northbeam.zoom.us/j/123", "as the text says"):  # fmt: skip
        assert words in page, words
    assert "It changes the invitation" not in page
    assert send(world, office)
    event = event_in(office.came[-1])
    assert event.decoded("DTSTART") == datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
    assert event.decoded("DTEND") - event.decoded("DTSTART") == timedelta(hours=1)
    assert (str(event["ATTENDEE"]), str(event["ORGANIZER"])) == (
        "mailto:rosa@marlowfreight.example",
        "mailto:onboarding@example.com",
    )
    assert str(event["SUMMARY"]) == "Kickoff on 10 March 2026"

    world.now += timedelta(minutes=1)
    moved = approve(world, about, "11 March 2026", "16:30", starts="2026-03-11 16:30")
    assert f'<a href="/items/{first}">item {first}</a> sent on' in client_for(DANA).get(f"/items/{moved}").text
    assert send(world, office)
    changed = event_in(office.came[-1])
    assert (changed["UID"], event["SEQUENCE"], changed["SEQUENCE"]) == (event["UID"], 0, 1)
    assert changed.decoded("DTSTART") == datetime(2026, 3, 11, 15, 30, tzinfo=UTC)
    for deal, said in ((about, {"meeting": "training"}), (drafts.deal("Ostrava Cargo"), {})):
        world.now += timedelta(minutes=1)
        approve(world, deal, "10 March 2026", "10:00", **said)
        assert send(world, office)
        other = event_in(office.came[-1])
        assert (other["UID"] != event["UID"], other["SEQUENCE"]) == (True, 0)
    assert (row(world, first).meeting, row(world, moved).meeting_number) == ("kickoff", 1)
    assert world.verify().holds


def test_where_the_policy_says_so_the_text_is_there_as_html_too(world: World, office: PostOffice) -> None:
    """The plain text first, the HTML after it, and the invitation last; as shipped there is no HTML."""
    by_mail(world, html=True)
    approve(world, drafts.deal(), "10 March 2026", "10:00")
    assert send(world, office)
    mail = office.came[-1].message
    assert [one.get_content_type() for one in mail.iter_parts()] == ["text/plain", "text/html", "text/calendar"]
    body = mail.get_body(("html",))
    assert body is not None
    assert "<br>\nOur kickoff is on 10 March 2026, 10:00." in body.get_content().replace("\r\n", "\n")


def test_what_invites_to_the_past_does_not_leave(world: World, office: PostOffice) -> None:
    """Approved in time, and not sent in time: it is held, and says what to do."""
    by_mail(world)
    item = approve(world, drafts.deal(), "2 March 2026", "18:00", starts="2026-03-02 18:00")
    world.now += timedelta(hours=3)
    assert take(world) is None
    assert state(world, item) == "held"
    with world.session() as session:
        context = item_context.load(session, item, world.now)
        (hold,) = holds.current_holds(session, context, row(world, item), world.now, mail=True)
    assert (hold.code, "Give the release up" in hold.says) == ("invitation", True)
    assert office.came == []


def test_the_template_offers_ten_o_clock_where_the_customer_is() -> None:
    """The contact's record says where that is, else the lane's office; the text says the same as the calendar."""
    for zone, words in (("Asia/Kolkata", "10:00 Kolkata time"), ("", "10:00 New York time")):
        mine = packet()
        known = replace(
            mine, sources={**mine.sources, "contact-2": contact("B", {**PIET, "TimeZone__c": "", "timezone": zone})}
        )
        drafted = composed("kickoff-invitation", knows(known)).draft
        said = drafted["invitation"]
        assert (said["starts"], said["timezone"]) == ("2026-03-09 10:00", zone or "America/New_York")
        assert f"Monday, 9 March 2026, {words}" in drafted["body"]
