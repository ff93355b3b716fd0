"""What a notification is about and leads to, and which e-mails did not arrive. Their page is
`exceptions/notification_lines.py`. Reads only."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reviewqueue.db.tables.notifications import Notification, NotificationMail
from reviewqueue.db.tables.password_links import AccountMail
from reviewqueue.people import account_mails

NOT_DELIVERED = ("failed", "unknown")


def name(one: Notification) -> str:
    """What a notification is about, without any customer's words: "item 17"."""
    if one.stop:
        what, _, key = one.stop.partition(":")
        return f"lane {key}" if what == "lane" else f"what goes to {key}" if key else "all that goes out"
    if one.item_id is not None:
        return f"item {one.item_id}"
    if one.exception_id is not None:
        return f"exception {one.exception_id}"
    return f"onboarding {one.onboarding_id}" if one.onboarding_id is not None else f"sample {one.sample_id}"


def path(one: Notification) -> str:
    """The path of the page that a notification leads to."""
    if one.stop:
        what, _, key = one.stop.partition(":")
        return f"/lanes/{key}/stop" if what == "lane" else "/releases/stops"
    if one.item_id is not None:
        return f"/questions/{one.item_id}" if one.kind == "asked" else f"/items/{one.item_id}"
    if one.exception_id is not None:
        return f"/exceptions/{one.exception_id}"
    return f"/onboardings/{one.onboarding_id}" if one.onboarding_id is not None else "/qa"


def of_person(session: Session, person_id: int, notification_id: int) -> Notification | None:
    """One notification of a person's own."""
    one = session.get(Notification, notification_id)
    return one if one is not None and one.person_id == person_id else None


def undelivered(session: Session) -> Sequence[NotificationMail]:
    """The last e-mail to each person, and the last message to their chat, where it did not arrive, or nobody knows
    whether it did; newest first."""
    last = (
        select(func.max(NotificationMail.id))
        .where(NotificationMail.state.in_(("sent", *NOT_DELIVERED)))
        .group_by(NotificationMail.person_id, NotificationMail.way == "chat")
    )
    mails = select(NotificationMail).where(NotificationMail.id.in_(last), NotificationMail.state.in_(NOT_DELIVERED))
    return session.scalars(mails.order_by(NotificationMail.id.desc())).all()


def troubles(session: Session) -> dict[int, NotificationMail | AccountMail]:
    """The same by person, with the last e-mail about an account before what they are told of."""
    found = undelivered(session)
    told = {one.person_id: one for one in sorted(found, key=lambda one: one.way != "chat")}
    return told | {one.person_id or 0: one for one in account_mails.undelivered(session)}
