"""Releases: what the tests of what goes out have in common: something approved, what holds it, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.releases import Release
from reviewqueue.delivery import manual_send, release_queries, releases, sent_reports
from reviewqueue.delivery.smtp import SendOutcome
from reviewqueue.exceptions import exception_cases
from reviewqueue.items import acknowledge_change, corrections, item_context
from reviewqueue.policy import policy_versions
from tests import drafts, northbeam
from tests.cast import DANA, LENA, MARCUS, PRIYA, Named
from tests.support.crm_changes import doubt, moves, says_now
from tests.world import World

GATE = "gates/customer-communication.toml"
LANE = "lanes/mid-market-saas.toml"
WHY = "Rosa wrote back that it never arrived."
OUT = SendOutcome("released", "250 taken", 250, 5)


def by_mail(world: World, *, smtputf8: bool = False, html: bool = False) -> None:
    """From now on customer messages go out from here, by e-mail, through a server that offers that much."""
    files = northbeam.files()
    files[GATE] = files[GATE].replace('release = "automation"', 'release = "outgoing-mail"')
    name, sender = "destinations.toml", 'sender = "onboarding@example.com"'
    files[name] = files[name].replace(
        sender, f"{sender}\nsmtputf8 = {str(smtputf8).lower()}\nhtml = {str(html).lower()}"
    )
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)


def waits_first(world: World, *, activate: bool = True, **keys: Any) -> dict[str, str]:
    """The policy by which customer messages go out by e-mail, with more keys at their gate: `undo_minutes` and
    `send_in_business_hours`. It is active from now on, unless told."""
    files = northbeam.files()
    said = "".join(f"\n{name} = {str(value).lower()}" for name, value in keys.items())
    files[GATE] = files[GATE].replace('release = "automation"', f'release = "outgoing-mail"{said}')
    if activate:
        with world.session() as session:
            policy_versions.activate(session, files, "system:cli", world.now)
    return files


def only_drafted(world: World) -> None:
    """From now on customer e-mails of the first lane are drafted here, and sent elsewhere."""
    files = northbeam.files()
    rule = '[messages.customer_email]\nsending = "approve"'
    assert rule in files[LANE]
    files[LANE] = files[LANE].replace(rule, rule.replace("approve", "draft_only"))
    files[GATE] = files[GATE].replace('release = "automation"', 'release = "outgoing-mail"')
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)


def approved(world: World, person: Named = DANA, **changes: Any) -> int:
    """A customer message that was approved."""
    item = world.submit(drafts.email(**changes))
    world.decide(person, item, "approve")
    return item


def row(world: World, item: int) -> Release:
    """The release of an item."""
    with world.session() as session:
        found = releases.of_item(session, item)
        assert found is not None, "nothing goes out"
        return found


def state(world: World, item: int, *, mail: bool = True) -> str:
    """Where a release stands, as a page shows it."""
    with world.session() as session:
        out = release_queries.of_item(session, item_context.load(session, item, world.now), world.now, mail=mail)
        return out.state if out else ""


def take(world: World, now: datetime | None = None) -> releases.Due | None:
    """What a worker is given to send."""
    with world.session() as session:
        return releases.take_due(session, now or world.now, mail=True)


def tell(
    world: World, item: int, digest: str = "", now: datetime | None = None, **said: Any
) -> sent_reports.ReportResult:
    """The automation reports what it sent: what was approved, unless told."""
    whole = {"digest": digest or world.seen(item).revision, "at": now or world.now, "by": "outreach 3.1", **said}
    with world.session() as session:
        return sent_reports.record_report(
            session, world.caller, item, sent_reports.SentReport(**whole), now or world.now
        )


def send_by_hand(world: World, person: Named, item: int, words: str = "From my own mailbox.", digest: str = "") -> None:
    """A person says that they sent it."""
    with world.session() as session:
        shown = digest or world.seen(item).revision
        manual_send.mark_sent(session, person.id, item, shown, words, world.now, mail=True)


def opened(world: World) -> list[str]:
    """The categories of the exceptions that are open, oldest first."""
    with world.session() as session:
        query = select(ExceptionCase.category).where(ExceptionCase.resolved_at.is_(None)).order_by(ExceptionCase.id)
        return list(session.scalars(query))


def acts(world: World, item: int) -> list[str]:
    """What the log says of an item's release."""
    return [entry.act for entry in world.log(item) if entry.act.startswith("release.")]


def callbacks(world: World, item: int) -> list[str]:
    """What its automation is told of its release."""
    return [message.type for message in world.outbox(item) if message.type.startswith("release.")]


# What the items of a test were submitted as.
DEALS: dict[int, drafts.Deal] = {}
SUBMITTED: dict[int, Any] = {}


def an_exception(world: World, item: int, _folder: Path) -> Callable[[], Any]:
    """Somebody opens a blocking exception of the customer; the way back resolves it."""
    with world.session() as session:
        run = world.item(item).onboarding_id
        said = exception_cases.ExceptionRequest(
            "billing-or-contract-mismatch", "Two amounts", "The order says 40 seats.", None, run
        )
        case = exception_cases.open_case(session, PRIYA.id, said, world.now)

    def back() -> None:
        with world.session() as session:
            session.execute(text("UPDATE exceptions SET state = 'resolved', resolved_at = opened_at"))
            session.commit()

    assert case
    return back


def a_source_moved(world: World, item: int, folder: Path) -> Callable[[], Any]:
    """The CRM says another start date; the way back is that somebody looks again."""
    says_now(world, folder, SUBMITTED[item], Start_Date__c="2026-04-07")

    def back() -> None:
        with world.session() as session:
            waiting = [one.id for one in moves(world, item)]
            request = acknowledge_change.LookRequest(waiting, "still-right")
            acknowledge_change.acknowledge(session, MARCUS.id, item, request, world.seen(item), world.now)

    return back


def a_correction(world: World, item: int, _folder: Path) -> Callable[[], Any]:
    """Somebody says that the start date of the deal is wrong, on another draft; the way back refuses it."""
    sibling = world.submit(drafts.packet(DEALS[item]))
    correction = doubt(world, PRIYA, sibling)

    def back() -> None:
        with world.session() as session:
            corrections.answer(session, LENA.id, correction, False, "The date is what the order says.", world.now)

    return back


def about_to_go(world: World) -> int:
    """A message that was approved and would go out by e-mail."""
    about = drafts.deal()
    submission = drafts.email(about)
    item = world.submit(submission)
    DEALS[item], SUBMITTED[item] = about, submission
    world.decide(DANA, item, "approve")
    return item
