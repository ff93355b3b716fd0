"""A mail provider's events: which of them say that an address is to get no more mail, whatever else is in them."""

from __future__ import annotations

from typing import Any

from reviewqueue.connectors import mail_events

ROSA = "rosa@marlowfreight.example"
# (a sentence, the event, what it is read as: kind and the provider's words; None where it tells nothing)
EVENTS: list[tuple[str, dict[str, Any], tuple[str, str] | None]] = [
    ("a hard bounce", {"event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 no such user"}, ("bounce", "5.1.1 550 no such user")),
    ("a bounce that says no more", {"event": "bounce"}, ("bounce", "")),
    ("refused for now", {"event": "bounce", "type": "blocked", "reason": "421 try later"}, ("blocked", "421 try later")),
    ("kept back: it bounced before", {"event": "dropped", "reason": "Bounced Address"}, ("bounce", "Bounced Address")),
    ("kept back: reported as spam", {"event": "dropped", "reason": "Spam Reporting Address"}, ("complaint", "Spam Reporting Address")),
    ("kept back: unsubscribed", {"event": "dropped", "reason": "Unsubscribed Address"}, ("unsubscribe", "Unsubscribed Address")),
    ("kept back for another reason", {"event": "dropped", "reason": "Recipient List over Package Quota"}, ("blocked", "Recipient List over Package Quota")),
    ("a complaint", {"event": "spamreport"}, ("complaint", "")),
    ("no more mail", {"event": "group_unsubscribe"}, ("unsubscribe", "")),
    ("hidden characters are shown, and lines joined", {"event": "bounce", "reason": "550\r\nno\u202euser\x00"}, ("bounce", "550 no[U+202E]user\ufffd")),
    ("delivered", {"event": "delivered", "response": "250 OK"}, None),
    ("put off", {"event": "deferred"}, None),
    ("opened", {"event": "open"}, None),
    ("an event of its own making", {"event": "bounced twice"}, None),
    ("a kind that is no text", {"event": ["bounce"]}, None),
    ("no address", {"event": "bounce", "email": "nobody"}, None),
    ("two addresses", {"event": "bounce", "email": f"{ROSA}, piet@marlowfreight.example"}, None),
    ("no id, so that it could not be told from another", {"event": "bounce", "sg_event_id": ""}, None),
    ("an address that is no text", {"event": "bounce", "email": {"a": 1}}, None),
]  # fmt: skip


def test_each_event_is_read_as_what_it_means() -> None:
    for says, event, wanted in EVENTS:
        whole = {"email": ROSA, "sg_event_id": "one", "smtp-id": "<1@example.com>", **event}
        found = [(one.kind, one.says) for one in mail_events.read([whole])]
        assert found == ([wanted] if wanted else []), says


def test_the_shape_round_it_and_what_is_no_event() -> None:
    """A list as SendGrid posts it, one alone, and one that another product passes on; anything else is nothing."""
    event = {"event": "bounce", "email": "Rosa@MarlowFreight.example", "sg_event_id": "one"}
    for payload in ([event], event, {"type": "sendgrid.email.event", "data": event}, [None, 7, "x", event]):
        assert [one.address for one in mail_events.read(payload)] == [ROSA], payload
    for payload in ([], {}, None, "bounce", 7, [[event]], {"type": "other", "data": event}):
        assert list(mail_events.read(payload)) == [], payload
