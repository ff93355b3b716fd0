"""The findings of `doctor` about what goes out: callbacks, releases and their receipts, stops, e-mails to people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reviewqueue.audit import log_queries
from reviewqueue.cli.finding import OVERDUE_AFTER, Finding
from reviewqueue.core.destinations import SENT_HERE
from reviewqueue.core.settings import Settings
from reviewqueue.db import leased_jobs
from reviewqueue.db.tables.callbacks import Callback
from reviewqueue.db.tables.notifications import NotificationMail
from reviewqueue.db.tables.password_links import AccountMail
from reviewqueue.db.tables.releases import Release
from reviewqueue.delivery import credentials, holds, receipt_keys, send_stops
from reviewqueue.delivery.notification_mails import STALE
from reviewqueue.exceptions import case_queries
from reviewqueue.items import item_context
from reviewqueue.people import notification_queries

WAITING_TOO_LONG = timedelta(days=2)
MOST_JUDGED = 100  # of the releases that wait for long, the oldest


def outbox(session: Session, now: datetime) -> Finding:
    count = select(func.count()).select_from(Callback)
    failed = session.scalar(count.where(Callback.state == "failed")) or 0
    stuck = leased_jobs.due(Callback, now - OVERDUE_AFTER) | leased_jobs.lost(Callback, now - OVERDUE_AFTER)
    late = session.scalar(count.where(stuck)) or 0
    if late:
        return Finding(
            "outbox", False, f"{late} callbacks are overdue: no worker takes them", "start `reviewqueue worker`"
        )
    if failed:
        return Finding(
            "outbox", False, f"{failed} callbacks failed for good", "retry them or give them up on the deliveries page"
        )
    return Finding("outbox", True, "no callback is overdue or failed")


def stops(session: Session) -> Finding:
    """Whether somebody stopped what goes out, and nobody has let it go on."""
    stops = send_stops.in_force(session)
    if not stops:
        return Finding("stops", True, "nothing that goes out is stopped")
    names = log_queries.actors(session, {one.by for one in stops})
    says = "; ".join(f"{send_stops.says(one)} ({names.get(one.by, one.by)})" for one in stops)
    fix = f"a CS leader or RevOps, but who stopped it, lets it go out again at {send_stops.PAGE}"
    return Finding("stops", False, says, fix)


def releases(session: Session, now: datetime) -> Finding:
    items = select(Release.item_id).order_by(Release.id)
    stopped = session.scalars(items.where(Release.state.in_(("failed", "unknown")))).all()
    waiting = Release.kind.in_(SENT_HERE) & leased_jobs.due(Release, now - OVERDUE_AFTER)
    if late := len(session.scalars(items.where(waiting | leased_jobs.lost(Release, now - OVERDUE_AFTER))).all()):
        says = f"{late} releases are overdue: no worker takes them"
        return Finding("releases", False, says, "start `reviewqueue worker`")
    if stopped:
        says = f"{len(stopped)} releases failed, or nobody knows whether they went out, the first of item #{stopped[0]}"
        return Finding("releases", False, says, "say on its page what becomes of it; /releases?view=trouble lists all")
    waits = select(Release).where(Release.state == "waiting", Release.opened_at < now - WAITING_TOO_LONG)
    old = session.scalars(waits.order_by(Release.id)).all()
    if forgotten := [one.item_id for one in old[:MOST_JUDGED] if not _is_in_hand(session, one, now)]:
        says = f"{len(forgotten)} releases wait for more than two days, the first of item #{forgotten[0]}"
        return Finding("releases", False, says, "its page says what holds it, or whose it is to send: /releases")
    says = "none is overdue, failed or unknown"
    if old:
        says += f"; {len(old)} wait for more than two days, and their pages say what holds them or who has them in hand"
    return Finding("releases", True, says)


def _is_in_hand(session: Session, release: Release, now: datetime) -> bool:
    """Whether something holds a release that waits for long, such as its lane's stage, or an open exception is about
    it: then it is a person's matter, and nothing is wrong with the installation."""
    context = item_context.load(session, release.item_id, now)
    cases = case_queries.for_item(session, context.item)
    about = any(linked and case.resolved_at is None for case, linked in cases)
    return about or bool(holds.current_holds(session, context, release, now, mail=True, cases=cases))


def notifications(session: Session, now: datetime) -> Finding:
    """The e-mails to our own people: overdue ones, and people whose last one did not arrive."""
    late_by = now - OVERDUE_AFTER
    late = 0
    for mails in (NotificationMail, AccountMail):
        stuck = leased_jobs.due(mails, late_by) | leased_jobs.lost(mails, late_by)
        stuck &= mails.next_at > now - STALE  # what is older is not sent any more
        late += session.scalar(select(func.count()).select_from(mails).where(stuck)) or 0
    if late:
        says = f"{late} e-mails to our own people are overdue: no worker sends them"
        return Finding("notifications", False, says, "start `reviewqueue worker`")
    if failed := list(notification_queries.troubles(session).values()):
        named = ", ".join(one.address for one in failed[:5]) + (" and more" if len(failed) > 5 else "")
        says = f"the last message to {len(failed)} people did not arrive, or nobody knows: {named}. {failed[0].says}"
        fix = "correct the address or the mail server; the people page names each. Each new one is tried afresh"
        return Finding("notifications", False, says, fix)
    return Finding("notifications", True, "no e-mail to a person is overdue or failed")


def mail_findings(settings: Settings) -> Iterator[Finding]:
    """Whether what is mailed to people can link to what it is about; nothing where nothing is mailed."""
    if settings.mail_host() and not settings.mailed_address():
        says = "REVIEWQUEUE_PUBLIC_URL is not set, so the e-mails that tell people of something have no link in them"
        yield Finding("notifications", False, says, "set REVIEWQUEUE_PUBLIC_URL to the address that people use")


def credentials_findings(session: Session, settings: Settings) -> Iterator[Finding]:
    """What keeps a destination from being written to: no credential, or one that cannot be opened; nothing where no
    destination takes one."""
    for one in credentials.states(session, settings):
        if one.why_not:
            says = f"nothing is written to {one.key}: {one.why_not}"
            yield Finding(
                "credentials", False, says, f"an admin enters it at {credentials.PAGE}, or the key is put back"
            )
        else:
            yield Finding("credentials", True, f"that of {one.key} can be opened")


def receipts_finding(session: Session, settings: Settings) -> Finding:
    """Whether receipts can be signed; that no key was made yet is not wrong: `serve` makes it."""
    known = receipt_keys.published(session)
    why = receipt_keys.why_unusable(session, settings.receipt_seed())
    if known and why:
        says, _, fix = why.partition(". ")
        return Finding("receipts", False, says, fix)
    return Finding("receipts", True, why or f"signed by {known[0].key[:16]}…, {len(known)} published")
