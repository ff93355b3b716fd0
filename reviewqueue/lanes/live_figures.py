"""Live figures of a lane, shown beside the scores that people gave on its scorecard. Reads only.

Each is bounded, so that a page need not wait: over the newest MAX_DECIDED items decided in the last DAYS days, or over
the newest MAX_NEWEST callbacks, draft jobs, exceptions and milestones of the whole organisation, counting those of the
lane.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from reviewqueue.core import vocabulary
from reviewqueue.core.vocabulary import PACKET, POLICY_CHANGE, TO_CUSTOMERS
from reviewqueue.db.tables.callbacks import Callback
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Check, Decision, Item, Revision
from reviewqueue.db.tables.milestones import DraftJob, Milestone
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.exceptions import case_queries
from reviewqueue.measurement.sampling import agreement
from reviewqueue.policy.model.policy import Lane

DAYS, MAX_DECIDED, MAX_NEWEST = 90, 500, 2000
_PERIOD_TEXT = f"decided in the last {DAYS} days, the newest {MAX_DECIDED}"


@dataclass(frozen=True)
class LiveFigure:
    """One figure: `count` of `total`, as evidence for an area of the scorecard. `says` is its exact definition; `wants`
    is "more" or "less", whichever is better."""

    key: str
    area: str
    label: str
    count: int
    total: int
    says: str
    wants: str

    @property
    def percent(self) -> float | None:
        """The share in percent; None where there is nothing to count."""
        return self.count / self.total * 100 if self.total else None


def read(session: Session, lane: Lane, now: datetime) -> list[LiveFigure]:
    """Every live figure of a lane at this moment."""
    items = _decided_item_ids(
        session, lane, sorted({gate for kind, gate in lane.kinds.items() if kind != POLICY_CHANGE}), now
    )
    packets = _decided_item_ids(session, lane, [lane.kinds[PACKET]], now, PACKET) if PACKET in lane.kinds else []
    return [
        *_packet_figures(session, packets),
        *_milestone_figures(session, lane),
        *_retry_figures(session, lane),
        _override_figure(session, items),
        _message_figure(session, items),
        *_exception_figures(session, lane, now),
        *_review_figures(session, lane, now),
    ]


def _decided_item_ids(session: Session, lane: Lane, gates: Sequence[str], now: datetime, kind: str = "") -> list[int]:
    """Ids of the items decided at these gates in the last DAYS days, newest first; one index range for each."""
    decided: list[tuple[datetime, int]] = []
    for gate in gates:
        for state in vocabulary.DECIDED:
            query = select(Item.settled_at, Item.id).where(
                Item.state == state, Item.lane == lane.key, Item.gate == gate
            )
            query = query.where(Item.settled_at >= now - timedelta(days=DAYS))
            query = query.where(Item.kind == kind) if kind else query.where(Item.kind != POLICY_CHANGE)
            decided += [
                (at, row)
                for at, row in session.execute(query.order_by(Item.settled_at.desc()).limit(MAX_DECIDED))
                if at
            ]
    return [row for _, row in sorted(decided, reverse=True)[:MAX_DECIDED]]


def _packet_figures(session: Session, packets: Sequence[int]) -> list[LiveFigure]:
    """Figures from the checks on the first revision of each handoff packet."""
    first = select(Revision.id).where(Revision.item_id.in_(packets), Revision.number == 1)

    def by_packet(family: str, wrong: ColumnElement[bool]) -> list[tuple[int, int]]:
        sums = func.count(), func.sum(case((wrong, 1), else_=0))
        query = select(*sums).where(Check.revision_id.in_(first), Check.key.startswith(family, autoescape=True))
        return [(total, bad or 0) for total, bad in session.execute(query.group_by(Check.revision_id))]

    blocked = by_packet("field.", and_(Check.outcome == "fail", Check.blocking))
    empty = by_packet("field.", Check.outcome != "pass")
    trigger = by_packet("trigger.", Check.outcome == "fail")
    return [
        LiveFigure(
            "trigger-holds",
            "closed-won-trigger",
            "Packets whose trigger held",
            sum(not bad for _, bad in trigger),
            len(trigger),
            f"Of the handoff packets {_PERIOD_TEXT}: as first submitted, no check of the trigger failed.",
            "more",
        ),
        LiveFigure(
            "packet-completion",
            "sales-handoff-packet",
            "Packets complete",
            sum(not bad for _, bad in blocked),
            len(blocked),
            f"Of the handoff packets {_PERIOD_TEXT}: as first submitted, no blocking audit of a field failed.",
            "more",
        ),
        LiveFigure(
            "missing-fields",
            "sales-handoff-packet",
            "Audited fields missing",
            sum(bad for _, bad in empty),
            sum(total for total, _ in empty),
            f"Of all audited fields of the handoff packets {_PERIOD_TEXT}: as first submitted, it said nothing.",
            "less",
        ),
    ]


def _count_where(session: Session, query: Select[Any], *counted: Any) -> list[int]:
    """[how many rows a query has, then for how many of them each condition in `counted` holds]."""
    flags = query.add_columns(*(case((one, 1), else_=0).label(f"c{number}") for number, one in enumerate(counted)))
    rows = flags.subquery()
    sums = [func.sum(rows.c[f"c{number}"]) for number in range(len(counted))]
    return [value or 0 for value in session.execute(select(func.count(), *sums).select_from(rows)).one()]


def _newest_ids(entity: Any) -> Any:
    """The ids of the MAX_NEWEST newest rows of a table, as a subquery: the bound on what is read."""
    return select(entity.id).order_by(entity.id.desc()).limit(MAX_NEWEST).subquery()


def _of_lane(entity: Any, lane: Lane) -> Select[Any]:
    """The newest rows of a table that belong to onboardings of a lane."""
    newest = _newest_ids(entity)
    joined = select(entity.id).join(newest, newest.c.id == entity.id)
    return joined.join(Onboarding, Onboarding.id == entity.onboarding_id).where(Onboarding.lane == lane.key)


def _milestone_figures(session: Session, lane: Lane) -> list[LiveFigure]:
    complete = and_(
        Milestone.owner != "", Milestone.due_on.is_not(None), Milestone.evidence != "", Milestone.exit != "",
        Milestone.layer != "",
    )  # fmt: skip
    query = _of_lane(Milestone, lane).where(Milestone.replaced_at.is_(None))
    total, count = _count_where(session, query, complete)
    says = (
        f"Of the milestones of current approved plans (the newest {MAX_NEWEST} in all lanes): layer, owner, due date, "
    )
    label = "Milestones that say everything"
    return [
        LiveFigure(
            "milestones-whole",
            "customer-milestone-plan",
            label,
            count,
            total,
            f"{says}evidence and exit are said.",
            "more",
        )
    ]


def _retry_figures(session: Session, lane: Lane) -> list[LiveFigure]:
    newest = _newest_ids(Callback)
    messages = select(Callback.id).join(newest, newest.c.id == Callback.id).join(Item, Item.id == Callback.item_id)
    callbacks, retried, lost = _count_where(
        session,
        messages.where(Item.lane == lane.key),
        Callback.attempts > 1,
        Callback.state.in_(("failed", "given_up")),
    )
    drafts, redrafted = _count_where(session, _of_lane(DraftJob, lane), DraftJob.attempts > 1)
    area, of = "integration-access", f"(the newest {MAX_NEWEST} in all lanes)"
    return [
        LiveFigure("message-retries", area, "Messages tried again", retried, callbacks,
              f"Of the messages to automations {of}: more than one try was needed.", "less"),
        LiveFigure("messages-lost", area, "Messages failed or given up", lost, callbacks,
              f"Of the messages to automations {of}: it failed for good, or a person gave it up.", "less"),
        LiveFigure("draft-retries", area, "Drafts tried again", redrafted, drafts,
              f"Of the drafts that were due {of}: more than one try was needed.", "less"),
    ]  # fmt: skip


def _override_figure(session: Session, items: Sequence[int]) -> LiveFigure:
    query = select(func.count(Decision.item_id.distinct())).where(Decision.item_id.in_(items))
    count = session.scalar(query.where(Decision.action == "override")) or 0
    says = f"Of the items {_PERIOD_TEXT}: somebody overrode a failed check on the way."
    return LiveFigure("overrides", "human-review-gates", "Items with an override", count, len(items), says, "less")


def _message_figure(session: Session, items: Sequence[int]) -> LiveFigure:
    first = select(Revision.id).join(Item, Item.id == Revision.item_id).where(Item.id.in_(items), Revision.number == 1)
    failed = Check.key.startswith("message.", autoescape=True) & (Check.outcome == "fail")
    wrong = select(Check.revision_id).where(Check.revision_id == Revision.id, failed).exists()
    total, count = _count_where(session, first.where(Item.kind.in_(TO_CUSTOMERS)), ~wrong)
    says = f"Of the messages to customers {_PERIOD_TEXT}: as first submitted, no rule for messages failed."
    return LiveFigure(
        "messages-right", "customer-communications", "Messages that kept the rules", count, total, says, "more"
    )


def _exception_figures(session: Session, lane: Lane, now: datetime) -> list[LiveFigure]:
    here = select(ExceptionCase.id).where(ExceptionCase.lane == lane.key)
    unresolved, late = _count_where(
        session, here.where(ExceptionCase.state.in_(("open", "responded"))), case_queries.overdue_condition(now)
    )
    newest = _newest_ids(ExceptionCase)
    answered = here.join(newest, newest.c.id == ExceptionCase.id).where(ExceptionCase.responded_at.is_not(None))
    total, in_time = _count_where(session, answered, ExceptionCase.responded_at <= ExceptionCase.respond_by)
    area = "exception-handling"
    return [
        LiveFigure("exceptions-overdue", area, "Open exceptions overdue", late, unresolved,
              "Of the exceptions that are not resolved: its first response or its resolution is overdue.",
              "less"),
        LiveFigure("exceptions-in-time", area, "First responses in time", in_time, total,
              f"Of the exceptions that got a first response (the newest {MAX_NEWEST} in all lanes): it came in time.",
              "more"),
    ]  # fmt: skip


def _review_figures(session: Session, lane: Lane, now: datetime) -> list[LiveFigure]:
    """Figures from the weekly QA samples."""
    samples, area = agreement.status(session, lane.key, now), "human-review-gates"
    of = f"of the QA samples of the last {agreement.WEEKS} weeks"
    return [
        LiveFigure(
            "second-looks",
            area,
            "Sampled drafts reviewed again",
            samples.reviewed,
            samples.drawn,
            f"Of the drafts {of}: somebody who did not see the decision said what they would have decided.",
            "more",
        ),
        LiveFigure(
            "second-looks-agree",
            area,
            "Second reviews that agree",
            samples.reviewed - samples.differs,
            samples.reviewed,
            f"Of the second reviews {of}: both passed the draft as it was, or neither.",
            "more",
        ),
        LiveFigure(
            "second-looks-found",
            area,
            "Second reviews that found something",
            samples.found,
            samples.reviewed,
            f"Of the second reviews {of}: something wrong was named in the draft.",
            "less",
        ),
    ]
