"""Release holds: what keeps an approved item from going out, in words and with its page; asked at the moment of
release.

Reads only. An approved item stays approved meanwhile, and is sent automatically once nothing holds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.releases import Release
from reviewqueue.exceptions import case_queries
from reviewqueue.items import approvals, check_context, item_context, revise, revisions
from reviewqueue.lanes.autosend import standing_approval
from reviewqueue.measurement.seeded import release_guard
from reviewqueue.policy import lane_stages, policy_versions

Cased = Sequence[tuple[ExceptionCase, bool]]
NO_MAIL_SERVER = (
    "This installation has no mail server, so nothing goes out by e-mail. Whoever runs it sets REVIEWQUEUE_SMTP_URL, "
    "such as smtp://mail.example.com:587, and starts the worker again; the message then is sent automatically"
)


@dataclass(frozen=True)
class Hold:
    """One thing that holds a release: a code for machines, words for people, and the page where it is resolved (""
    where none of ours is)."""

    code: str
    says: str
    at: str = ""


def current_holds(
    session: Session,
    found: item_context.ItemContext,
    release: Release,
    now: datetime,
    *,
    mail: bool,
    cased: Cased | None = None,
) -> list[Hold]:
    """Everything that holds this release now, by the item's own policy. `mail` says whether there is a mail server;
    `cased` are the exceptions about the item, where they are known already."""
    if cased is None:
        cased = case_queries.for_item(session, found.item)
    held = [
        *_staged(session, found),
        *_drafts_only(session, found),
        *_exceptions(session, found, cased),
        *_unsettled(found),
        *_overrides(found, release, now),
    ]
    if release.can.mail_server and not mail:
        held.append(Hold("setting", NO_MAIL_SERVER))
    return held


def _staged(session: Session, found: item_context.ItemContext) -> Iterator[Hold]:
    """The lane's stage by the active policy, not by the item's own: an item waits in a lane that is stopped."""
    if says := lane_stages.why_not_released(policy_versions.version(session, found.in_force), found.item.lane):
        yield Hold("stage", says, f"/lanes/{found.item.lane}/readiness")


def _drafts_only(session: Session, found: item_context.ItemContext) -> Iterator[Hold]:
    """The lane's rule for this message, where it says that none goes out from here."""
    lane = found.policy.lane(found.item.lane)
    if lane is None or not any(rule.sending == "draft_only" for rule in lane.messages.values()):
        return
    name, rule = lane.message_rule(found.item.kind, check_context.template_of(session, found.item)) or ("", None)
    if rule is not None and rule.sending == "draft_only":
        place = found.policy.place(f"lane:{lane.key}", "messages", name, "sending")
        says = f"Lane {lane.name} has these only drafted ({place}). A person sends it elsewhere, and says so here"
        yield Hold("draft-only", says)


def _exceptions(session: Session, found: item_context.ItemContext, cased: Cased) -> Iterator[Hold]:
    for case, _ in cased:
        if case.blocking and case.resolved_at is None:
            category = case_queries.category_of(session, case)
            label = category.label if category else case.category
            says = f"Exception #{case.id}, “{label}”, is open and holds all for {found.item.customer}: {case.summary}"
            yield Hold("exception", says, f"/exceptions/{case.id}")


def _unsettled(found: item_context.ItemContext) -> Iterator[Hold]:
    item = f"/items/{found.item.id}"
    for one in found.unsettled.shifts:
        says = (
            "A source changed since it was drafted, and nobody has reviewed the change: "
            f"{one.object} {one.external_id}, {one.says}"
        )
        yield Hold("source", says, item)
    for asked in found.unsettled.questions:
        says = (
            f"Correction {asked.correction_id} is open: this rests on {asked.path} of {asked.object} "
            f"{asked.external_id}, which waits for the {asked.owner_role.replace('_', ' ')}"
        )
        yield Hold("correction", says, "/corrections")


def _overrides(found: item_context.ItemContext, release: Release, now: datetime) -> Iterator[Hold]:
    for made in found.decisions:
        if made.revision_id == release.revision_id and made.expires_at is not None and made.expires_at <= now:
            says = (
                f"The override of {', '.join(made.passes)} held until {made.expires_at:%d %b %Y}, and it did not go "
                "out before. Give the release up and submit the draft again, so that somebody decides again"
            )
            yield Hold("override", says, f"/items/{found.item.id}")


def content_mismatch(session: Session, found: item_context.ItemContext, release: Release) -> str:
    """Why what is stored is not what was approved, in words; "" when it is. The gate is evaluated again
    (`items/approvals.py`), and the digest is computed again from the revision and its sources as they are stored."""
    item, revision = found.item, found.revision
    if says := release_guard.release_block(session, item.id):
        return says
    if item.state != "approved":
        return f"the item is {item.state.replace('_', ' ')}, not approved"
    if revision.id != release.revision_id:
        return f"revision {revision.number} is there now, and another one was approved"
    if why := unapproved(session, found, release):
        return why
    if release.digest != revision.digest:
        return "no decision on this item approved it"
    if found.gate is None or found.gate.release != release.destination or not _goes(found, release):
        return f"its gate does not send it to {release.destination}"
    drafted = revise.load_draft(session, revision, item.kind)
    if revisions.content_digest(item.policy_digest, item.lane, item.gate, item.customer, drafted) != release.digest:
        return "its text, its receivers, its sources or its policy are not those that were approved"
    return ""


def _goes(found: item_context.ItemContext, release: Release) -> bool:
    to = found.policy.destination(release.destination)
    return to is not None and to.kind == release.kind


def unapproved(session: Session, found: item_context.ItemContext, release: Release) -> str:
    """Why a release rests on no approval, in words; "" where it rests on a decision on its item, or on a standing
    approval."""
    if any(one.id == release.decision_id for one in found.decisions):
        return approvals.why_not(session, found, release.decision_id)
    return standing_approval.why_unapproved(session, found, release)
