"""Holds: what keeps something approved from going out, in words and with its place; asked at the moment of release.

Reads only. An approved draft stays approved meanwhile, and goes out by itself once nothing holds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from reviewqueue import approvals, cases, desk, kept_in, policies, renewal, resting, revisions, surroundings
from reviewqueue.policy import stages
from reviewqueue.records.exceptions import ExceptionCase
from reviewqueue.records.releases import Release

Cased = Sequence[tuple[ExceptionCase, bool]]
NO_MAIL_SERVER = (
    "This installation has no mail server, so nothing goes out by e-mail. Whoever runs it sets REVIEWQUEUE_SMTP_URL, "
    "such as smtp://mail.example.com:587, and starts the worker again; the message then goes out by itself"
)


@dataclass(frozen=True)
class Hold:
    """One thing that holds a release: a code for machines, words for people, and the page where it ends ("" where no
    page of ours does)."""

    code: str
    says: str
    at: str = ""


def of(
    session: Session, found: desk.Desk, release: Release, now: datetime, *, mail: bool, cased: Cased | None = None
) -> list[Hold]:
    """Everything that holds this release now, by the item's own policy. `mail` says whether there is a mail server;
    `cased` are the exceptions about the item, where they are known already."""
    if cased is None:
        cased = cases.about(session, found.item)
    held = [
        *_staged(session, found),
        *_drafts_only(session, found),
        *_exceptions(session, found, cased),
        *_unsettled(found),
        *_overrides(found, release, now),
    ]
    if release.kind == "email" and not mail:
        held.append(Hold("setting", NO_MAIL_SERVER))
    return held


def _staged(session: Session, found: desk.Desk) -> Iterator[Hold]:
    """The lane's stage by the policy in force, not by the item's own: what waits in a lane that is stopped waits."""
    if says := stages.held(policies.version(session, found.in_force), found.item.lane):
        yield Hold("stage", says, f"/lanes/{found.item.lane}/readiness")


def _drafts_only(session: Session, found: desk.Desk) -> Iterator[Hold]:
    """The lane's rule for this message, where it says that none goes out from here."""
    lane = found.policy.lane(found.item.lane)
    if lane is None or not any(rule.sending == "draft_only" for rule in lane.messages.values()):
        return
    name, rule = lane.message_rule(found.item.kind, surroundings.template_of(session, found.item)) or ("", None)
    if rule is not None and rule.sending == "draft_only":
        place = found.policy.place(f"lane:{lane.key}", "messages", name, "sending")
        says = f"Lane {lane.name} has these only drafted ({place}). A person sends it elsewhere, and says so here"
        yield Hold("draft-only", says)


def _exceptions(session: Session, found: desk.Desk, cased: Cased) -> Iterator[Hold]:
    for case, _ in cased:
        if case.blocking and case.resolved_at is None:
            category = cases.category_of(session, case)
            label = category.label if category else case.category
            says = f"Exception #{case.id}, “{label}”, is open and holds all for {found.item.customer}: {case.summary}"
            yield Hold("exception", says, f"/exceptions/{case.id}")


def _unsettled(found: desk.Desk) -> Iterator[Hold]:
    item = f"/items/{found.item.id}"
    for one in found.unsettled.shifts:
        says = (
            f"A source moved since it was drafted, and nobody looked again: {one.object} {one.external_id}, {one.says}"
        )
        yield Hold("source", says, item)
    for asked in found.unsettled.questions:
        says = (
            f"Correction {asked.correction_id} is open: this rests on {asked.path} of {asked.object} "
            f"{asked.external_id}, which waits for the {asked.owner_role.replace('_', ' ')}"
        )
        yield Hold("correction", says, "/corrections")


def _overrides(found: desk.Desk, release: Release, now: datetime) -> Iterator[Hold]:
    for made in found.decisions:
        if made.revision_id == release.revision_id and made.expires_at is not None and made.expires_at <= now:
            says = (
                f"The override of {', '.join(made.passes)} held until {made.expires_at:%d %b %Y}, and it did not go "
                "out before. Give the release up and hand in the draft again, so that somebody decides anew"
            )
            yield Hold("override", says, f"/items/{found.item.id}")


def unlike(session: Session, found: desk.Desk, release: Release) -> str:
    """Why what is stored is not what was approved, in words; "" when it is. The gate is judged again (`approvals`), and
    the digest is made anew from the revision and its sources as they are stored."""
    item, revision = found.item, found.revision
    if says := kept_in.why(session, item.id):
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
    drafted = renewal.drafted(session, revision, item.kind)
    if revisions.content_digest(item.policy_digest, item.lane, item.gate, item.customer, drafted) != release.digest:
        return "its text, its receivers, its sources or its policy are not those that were approved"
    return ""


def _goes(found: desk.Desk, release: Release) -> bool:
    to = found.policy.destination(release.destination)
    return to is not None and to.kind == release.kind


def unapproved(session: Session, found: desk.Desk, release: Release) -> str:
    """Why a release rests on no approval, in words; "" when a decision on its item let it go, or a standing one."""
    if any(one.id == release.decision_id for one in found.decisions):
        return approvals.why_not(session, found, release.decision_id)
    return resting.unearned(session, found, release)
