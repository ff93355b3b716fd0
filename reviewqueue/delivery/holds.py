"""Release holds: what keeps an approved item from going out, in words and with its page; asked at the moment of
release.

Reads only. An approved item stays approved meanwhile, and is sent automatically once nothing holds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from reviewqueue.core import characters, field_names, vocabulary
from reviewqueue.core.mime import message
from reviewqueue.core.vocabulary import ANY_MESSAGE
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.releases import Release
from reviewqueue.delivery import credentials, replaced_releases, send_stops, sending_order
from reviewqueue.delivery.sending_order import Ahead
from reviewqueue.evidence import source_changes
from reviewqueue.evidence.text import corrected_values
from reviewqueue.exceptions import case_queries
from reviewqueue.items import (
    acknowledge_change,
    approvals,
    item_context,
    revise,
    revisions,
    send_time,
    suppressed,
)
from reviewqueue.lanes.autosend import standing_approval
from reviewqueue.measurement.seeded import release_guard
from reviewqueue.policy import business_hours, evaluation, lane_stages, policy_versions

# The code of what waits for nothing but its time.
SCHEDULED = "scheduled"
ItemCases = Sequence[tuple[ExceptionCase, bool]]
NO_MAIL_SERVER = (
    "This installation has no mail server, so nothing goes out by e-mail. Whoever runs it sets REVIEWQUEUE_SMTP_URL, "
    "such as smtp://mail.example.com:587, and starts the worker again; the message then is sent automatically"
)


@dataclass(frozen=True)
class Hold:
    """One thing that holds a release: a code for machines, words for people, and the page where it is resolved (""
    where none of ours is); `ended` of a newer draft that ended without approval, so that a person has to say what
    holds."""

    code: str
    says: str
    at: str = ""
    ended: bool = False


def current_holds(
    session: Session,
    context: item_context.ItemContext,
    release: Release,
    now: datetime,
    *,
    mail: bool,
    cases: ItemCases | None = None,
    ahead: Ahead | None = None,
) -> list[Hold]:
    """Everything that holds this release now, by the item's own policy. `mail` says whether there is a mail server;
    `cases` are the exceptions about the item, and `ahead` what stands before it, where they are known already."""
    if cases is None:
        cases = case_queries.for_item(session, context.item)
    if ahead is None:
        ahead = sending_order.ahead_of(session, release)
    active_holds = [
        *_stop_hold(ahead),
        *_time_hold(release, now),
        *_invitation_hold(context, now),
        *_suppressed_hold(session, context),
        *_check_holds(context),
        *_stage_hold(session, context),
        *_draft_only_hold(session, context),
        *_deal_holds(context),
        *_newer_draft_hold(session, context),
        *_exception_holds(session, context, cases),
        *_source_holds(context),
        *_override_holds(context, release, now),
        *_order_hold(session, context, release, ahead),
    ]
    if release.can.mail_server and not mail:
        active_holds.append(Hold("setting", NO_MAIL_SERVER))
    if release.can.credential and credentials.missing(session, [release.destination]):
        says = f"Nobody has entered the credential of {release.destination}, so nothing is written there. An admin does"
        active_holds.append(Hold("credential", says, credentials.PAGE))
    return active_holds


def _stop_hold(ahead: Ahead) -> Iterator[Hold]:
    if ahead.stop is not None:
        yield Hold("stop", send_stops.says(ahead.stop), send_stops.PAGE)


def _time_hold(release: Release, now: datetime) -> Iterator[Hold]:
    """Its gate lets it wait: so that the approval can be undone, or for the customer's business hours."""
    if release.send_at is not None and now < release.send_at:
        yield Hold(SCHEDULED, f"It goes out {send_time.in_words(release.send_at, release.send_zone)} at the earliest")


def _invitation_hold(context: item_context.ItemContext, now: datetime) -> Iterator[Hold]:
    """An invitation whose meeting has begun by now invites to nothing."""
    invitation = message.read(context.revision.draft)[0].invitation if context.item.kind in ANY_MESSAGE else None
    if invitation is not None and invitation.starts <= now:
        says = f"The meeting to which it invites was on {invitation.when}"
        yield Hold("invitation", f"{says}. Give the release up, and have it drafted for another day")


def _suppressed_hold(session: Session, context: item_context.ItemContext) -> Iterator[Hold]:
    """Receivers who get no mail from here any more."""
    is_message = context.item.kind in ANY_MESSAGE
    for address, why in suppressed.of_message(session, context.revision.draft if is_message else {}).items():
        says = f"{address} gets no mail from here: {why}. Give the release up and write to another address, or have it"
        yield Hold("suppressed", f"{says} taken off the suppression list", suppressed.PAGE)


def _order_hold(session: Session, context: item_context.ItemContext, release: Release, ahead: Ahead) -> Iterator[Hold]:
    if (first := sending_order.goes_first(session, context.policy, release, ahead)) is not None:
        says = f"Item {first} was approved earlier for this customer, and goes out first"
        yield Hold("order", says, f"/items/{first}")


def _check_holds(context: item_context.ItemContext) -> Iterator[Hold]:
    """A check that is still running, or whose result is gone: nothing leaves that was not looked at."""
    if context.situation.running:
        yield Hold("check-running", context.situation.running, f"/items/{context.item.id}")


def _stage_hold(session: Session, context: item_context.ItemContext) -> Iterator[Hold]:
    """The lane's stage by the active policy, not by the item's own: an item waits in a lane that is stopped."""
    if says := lane_stages.why_not_released(policy_versions.version(session, context.in_force), context.item.lane):
        yield Hold("stage", says, f"/lanes/{context.item.lane}/readiness")


def _draft_only_hold(session: Session, context: item_context.ItemContext) -> Iterator[Hold]:
    """The lane's rule for this message, where it says that none goes out from here."""
    lane = context.policy.lane(context.item.lane)
    if lane is not None and (name := sending_order.draft_only_rule(session, context.policy, context.item)):
        place = context.policy.place(f"lane:{lane.key}", "messages", name, "sending")
        says = f"Lane {lane.name} has these only drafted ({place}). A person sends it elsewhere, and says so here"
        yield Hold("draft-only", says)


def _deal_holds(context: item_context.ItemContext) -> Iterator[Hold]:
    """What became of the deal after the onboarding started, until a person says what holds; and for good once it
    ended."""
    deal = context.deal
    if deal.ended:
        says = "Its onboarding ended, so nothing goes out any more. Give the release up"
        yield Hold("ended", says, f"/onboardings/{context.item.onboarding_id}")
    if deal.says:
        says = f"The deal changed after its onboarding started ({deal.says}): somebody has to say what holds"
        yield Hold("deal", f"{says} in exception #{deal.exception_id}", f"/exceptions/{deal.exception_id}")


def _newer_draft_hold(session: Session, context: item_context.ItemContext) -> Iterator[Hold]:
    """A newer draft of the same message, until it is decided, and until a person says what holds where it was not
    approved."""
    if newer := replaced_releases.newer_draft(session, context.item):
        ended = newer.state not in vocabulary.OPEN
        yield Hold("newer-draft", replaced_releases.why_held(newer), f"/items/{newer.id}", ended)


def _exception_holds(session: Session, context: item_context.ItemContext, cases: ItemCases) -> Iterator[Hold]:
    for case, _ in cases:
        if case.blocking and case.resolved_at is None:
            category = case_queries.category_of(session, case)
            label = category.label if category else case.category
            says = f"Exception #{case.id}, “{label}”, is open and holds all for {context.item.customer}"
            yield Hold("exception", says, f"/exceptions/{case.id}")


def _source_holds(context: item_context.ItemContext) -> Iterator[Hold]:
    item = f"/items/{context.item.id}"
    for change in context.unsettled.changes:
        says = (
            f"A source changed since it was drafted, and {_left(context, change)}: "
            f"{change.object} {change.external_id}, {change.says}"
        )
        yield Hold("source", says, item)
    for correction in context.unsettled.corrections:
        says = (
            f"Correction {correction.correction_id} is open: this rests on {field_names.with_pointer(correction.path)} "
            f"of {correction.object} {correction.external_id}, which waits for the "
            f"{correction.owner_role.replace('_', ' ')}"
        )
        yield Hold("correction", says, "/corrections")
    if corrected_values.CHECK in evaluation.failing_checks(context.situation):
        for one in {said.correction.correction_id: said for said in context.corrected}.values():
            says = (
                f"This says “{characters.single_line(one.quote, corrected_values.MAX_QUOTED)}”, but "
                f"{one.correction.says}. Give the release up and have it drafted again; or import the record anew"
            )
            yield Hold("correction", says, "/corrections")


def _left(context: item_context.ItemContext, change: source_changes.SourceChange) -> str:
    looked = {look.person_id for one in context.reviewed if one.move_id == change.move_id for look in one.looks}
    return acknowledge_change.missing_looks(context, change, looked)


def _override_holds(context: item_context.ItemContext, release: Release, now: datetime) -> Iterator[Hold]:
    for decision in context.decisions:
        if (
            decision.revision_id == release.revision_id
            and decision.expires_at is not None
            and decision.expires_at <= now
        ):
            until = business_hours.local_day(decision.expires_at, context.policy.calendar(context.item.lane))
            says = (
                f"The override of {', '.join(decision.passes)} held until {until:%d %b %Y}, and it "
                "did not go out before. Give the release up and submit the draft again, so that somebody decides again"
            )
            yield Hold("override", says, f"/items/{context.item.id}")


def content_mismatch(session: Session, context: item_context.ItemContext, release: Release) -> str:
    """Why what is stored is not what was approved, in words; "" when it is. The gate is evaluated again
    (`items/approvals.py`), and the digest is computed again from the revision and its sources as they are stored."""
    item, revision = context.item, context.revision
    if says := release_guard.release_block(session, item.id):
        return says
    if item.state != "approved":
        return f"the item is {item.state.replace('_', ' ')}, not approved"
    if revision.id != release.revision_id:
        return f"revision {revision.number} is there now, and another one was approved"
    if why := why_unapproved(session, context, release):
        return why
    if release.digest != revision.digest:
        return "no decision on this item approved it"
    if (
        context.gate is None
        or context.gate.release != release.destination
        or not _matches_destination(context, release)
    ):
        return f"its gate does not send it to {release.destination}"
    drafted = revise.load_draft(session, revision, item.kind)
    if revisions.content_digest(item.policy_digest, item.lane, item.gate, item.customer, drafted) != release.digest:
        return "its text, its receivers, its sources or its policy are not those that were approved"
    return ""


def _matches_destination(context: item_context.ItemContext, release: Release) -> bool:
    destination = context.policy.destination(release.destination)
    return destination is not None and destination.kind == release.kind


def why_unapproved(session: Session, context: item_context.ItemContext, release: Release) -> str:
    """Why a release rests on no approval, in words; "" where it rests on a decision on its item, or on a standing
    approval."""
    if any(one.id == release.decision_id for one in context.decisions):
        return approvals.why_not_approved(session, context, release.decision_id)
    return standing_approval.why_unapproved(session, context, release)
