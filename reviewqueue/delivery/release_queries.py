"""Releases as pages and the API show them, with what holds them. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, exists, false, or_, select
from sqlalchemy.orm import Session

from reviewqueue.core.vocabulary import ANY_MESSAGE, APPROVED
from reviewqueue.db import paging
from reviewqueue.db.tables.evidence import Correction
from reviewqueue.db.tables.items import Decision, Item, Revision
from reviewqueue.db.tables.people import Automation
from reviewqueue.db.tables.releases import Release, ReleaseAttempt
from reviewqueue.delivery import credentials, holds, manual_send, send_stops, sending_order, undo
from reviewqueue.delivery.holds import Hold
from reviewqueue.evidence.text import corrected_values
from reviewqueue.exceptions import case_queries
from reviewqueue.items import deal_changes, item_context, send_time, suppressed
from reviewqueue.people import access, actors
from reviewqueue.policy import evaluation, lane_stages, policy_versions
from reviewqueue.policy.model.destinations import Destination

# The views of the Releases page: the word in the address, and the states it shows.
VIEWS: dict[str, tuple[str, ...]] = {
    "": ("waiting", "sending", "failed", "unknown"),
    "trouble": ("failed", "unknown"),
    "released": ("released",),
    "undone": ("given_up",),
    "given_up": ("given_up",),
}


# The releases of an item with every attempt and report, newest first.
_RELEASE_AND_ATTEMPTS = (
    sending_order.with_ahead(select(Release, ReleaseAttempt))
    .outerjoin(ReleaseAttempt, ReleaseAttempt.release_id == Release.id)
    .where(Release.item_id == bindparam("item"))
    .order_by(Release.opened_at.desc(), Release.id.desc(), ReleaseAttempt.id.desc())
)


@dataclass(frozen=True)
class ReleaseStatus:
    """One item's release: its row, what holds it now, where it goes, who sends it (`manual_send.sender`), and what was
    tried, newest first."""

    row: Release
    holds: tuple[Hold, ...]
    to: Destination | None
    sender: str
    attempts: Sequence[ReleaseAttempt] = ()

    @property
    def state(self) -> str:
        """The row's state, or `held`."""
        return "held" if self.holds else self.row.state

    @property
    def goes_out(self) -> str:
        """When it goes out at the earliest, in words; "" where that is at once."""
        return send_time.in_words(self.row.send_at, self.row.send_zone) if self.row.send_at else ""

    @property
    def scheduled(self) -> bool:
        """Whether it waits for nothing but its time."""
        return bool(self.holds) and all(one.code == holds.SCHEDULED for one in self.holds)


@dataclass(frozen=True)
class ListedRelease:
    """A release in the list: what `holds` it, a few words each, which automation drafted it, and who sends it."""

    row: Release
    item: Item
    holds: Sequence[str]
    automation: str
    sender: str


@dataclass(frozen=True)
class ReleasePanel:
    """A release on its item's page, and what this person may do about it: why they may not ("" where they may). `leads`
    are the pages of what holds it that they may open; `early` says that it waits for its time, and `undo_why` why they
    may not undo its approval until then."""

    out: ReleaseStatus
    send_why: str
    act_why: str
    needs_text: bool
    leads: frozenset[str]
    early: bool = False
    undo_why: str = ""


def of_item(
    session: Session,
    context: item_context.ItemContext,
    now: datetime,
    *,
    mail: bool,
    cases: holds.ItemCases | None = None,
    judged: bool = False,
) -> ReleaseStatus | None:
    """The release of an item with its attempts; None where there is none. `cases` as `holds.current_holds` takes them;
    `judged` asks too whether its approval holds, as the worker does when it sends."""
    if context.item.state not in APPROVED:
        return None
    rows = session.execute(_RELEASE_AND_ATTEMPTS, {"item": context.item.id}).all()
    if not rows:
        return None
    row = rows[0].Release
    held: list[Hold] = []
    if row.state == "waiting":
        ahead = sending_order.of_row(rows[0])
        held = holds.current_holds(session, context, row, now, mail=mail, cases=cases, ahead=ahead)
    if judged and row.state == "waiting" and (why := holds.why_unapproved(session, context, row)):
        held = [holds.Hold("unapproved", f"It is not sent, because its approval does not hold: {why}"), *held]
    attempts = [one.ReleaseAttempt for one in rows if one.ReleaseAttempt is not None and one.Release is row]
    to = context.policy.destination(row.destination)
    return ReleaseStatus(row, tuple(held), to, manual_send.sender(row, context.automation), attempts)


def panel(
    session: Session,
    context: item_context.ItemContext,
    actor: evaluation.Actor,
    now: datetime,
    *,
    mail: bool,
    cases: holds.ItemCases,
) -> ReleasePanel | None:
    """The release on its item's page; `cases` are the exceptions about the item."""
    out = of_item(session, context, now, mail=mail, cases=cases)
    if out is None:
        return None
    why = manual_send.send_refusal(context, actor), manual_send.act_refusal(context, actor)
    policy = policy_versions.version(session, context.in_force)
    leads = {f"/exceptions/{case.id}" for case, _ in cases if out.holds and case_queries.sees(policy, case, actor)}
    leads |= {"/corrections"} if access.has_ability(actors.effective_roles(actor), "read corrections") else set()
    leads |= {send_stops.PAGE}
    early = undo.waits_for_its_time(out.row, now)
    undo_why = undo.undo_refusal(context, out.row, actor) if early else ""
    text = manual_send.text_required(context, out.row)
    return ReleasePanel(out, *why, text, frozenset(leads), early, undo_why)


def page(
    session: Session, actor: evaluation.Actor, view: str, place: paging.PagePosition, now: datetime, *, mail: bool
) -> paging.Page[ListedRelease]:
    """One page of the releases at gates that this person sees, newest first, each with what holds it in short."""
    visible = access.visible_gates(policy_versions.current(session), actors.effective_roles(actor))
    mine = or_(false(), *(and_(Item.lane == lane, Item.gate == gate) for lane, gate in visible))
    query = select(Release, Item, Automation.name).join(Item, Item.id == Release.item_id)
    query = query.join(Automation, Automation.id == Item.automation_id)
    query = query.where(mine, Release.state.in_(VIEWS[view]))
    if view in ("undone", "given_up"):
        query = query.where(Release.undone_at.is_not(None) if view == "undone" else Release.undone_at.is_(None))
    found = paging.newest_first(session, query, Release.id, place)
    held = _short_holds(session, [(row, item) for row, item, _ in found.rows], now, mail)
    rows = [
        ListedRelease(row, item, held.get(row.id, []), name, manual_send.sender(row, name))
        for row, item, name in found.rows
    ]
    return paging.Page(rows, found.following, found.earlier, found.emptied)


def _short_holds(
    session: Session, rows: Sequence[tuple[Release, Item]], now: datetime, mail: bool
) -> dict[int, list[str]]:
    """What holds the waiting ones, a few words each, in a handful of statements for all of them; the item's page has it
    in full."""
    waiting = [(row, item) for row, item in rows if row.state == "waiting"]
    onboarding_ids = {item.onboarding_id for _, item in waiting if item.onboarding_id is not None}
    cases, questioned = case_queries.blocking(session, onboarding_ids), _with_correction(session, onboarding_ids)
    moved_deals = deal_changes.changed(session, onboarding_ids)
    query = select(Decision.revision_id).where(
        Decision.revision_id.in_([row.revision_id for row, _ in waiting]), Decision.expires_at <= now
    )
    expired_overrides, policy = set(session.scalars(query)), policy_versions.current(session)
    stops, first = send_stops.in_force(session), sending_order.first_items(session, [row.id for row, _ in waiting])
    unwanted = _with_suppressed(session, [row.revision_id for row, item in waiting if item.kind in ANY_MESSAGE])
    no_credential = credentials.missing(session, {row.destination for row, _ in waiting if row.can.credential})
    found: dict[int, list[str]] = {}
    for row, item in waiting:
        open_cases = cases.get(item.onboarding_id or 0, [])
        says = ["it is stopped"] if send_stops.covering(stops, row.destination) else []
        says += (
            [f"the lane is in stage {lane.stage}"]
            if (lane := policy.lane(item.lane)) and not lane_stages.releases(lane)
            else []
        )
        says += [f"item {item.superseded_by_id} says it anew"] if item.superseded_by_id else []
        says += ["the deal changed"] if item.onboarding_id in moved_deals else []
        says += [f"exception #{case.id} is open" for case in open_cases]
        says += ["a source changed and nobody has reviewed it"] if item.moved_at else []
        says += _correction_text(session, item, now) if item.onboarding_id in questioned else []
        says += ["its override ran out"] if row.revision_id in expired_overrides else []
        says += [f"item {first[row.id]} goes out first"] if row.id in first else []
        says += ["a receiver gets no mail"] if row.revision_id in unwanted else []
        says += ["there is no mail server"] if row.can.mail_server and not mail else []
        says += ["nobody has entered its credential"] if row.destination in no_credential else []
        found[row.id] = says
    return found


def _with_suppressed(session: Session, revision_ids: Sequence[int]) -> set[int]:
    """Those of these messages of which a receiver is on the suppression list."""
    drafted = session.execute(select(Revision.id, Revision.draft).where(Revision.id.in_(revision_ids)))
    to = {row.id: suppressed.receivers(row.draft) for row in drafted}
    listed = suppressed.among(session, {one for them in to.values() for one in them})
    return {revision for revision, receivers in to.items() if receivers & listed.keys()}


def _correction_text(session: Session, item: Item, now: datetime) -> list[str]:
    """What corrections hold of an approved item, a few words each."""
    context = item_context.load(session, item.id, now)
    asked = ["a field it rests on is in question"] if context.unsettled.corrections else []
    wrong = corrected_values.CHECK in evaluation.failing_checks(context.situation)
    return asked + (["it says what a correction changed"] if wrong else [])


def _with_correction(session: Session, onboarding_ids: set[int]) -> set[int | None]:
    """Those of these onboardings that have a correction which is open, or accepted."""
    asked = exists().where(Correction.item_id == Item.id, Correction.state != "refused")
    return set(session.scalars(select(Item.onboarding_id).where(Item.onboarding_id.in_(onboarding_ids), asked)))
