"""The open exceptions of each person, for the workload page. Reads only; leaves out what a person may not see."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.exceptions import case_queries
from reviewqueue.policy import evaluation
from reviewqueue.policy.model.policy import Policy

# No page reads more of them.
MAX_READ = 500


def by_owner(session: Session, policy: Policy, viewer: evaluation.Actor) -> dict[int, list[ExceptionCase]]:
    """The exceptions that are open and owned by somebody, soonest due first, by their owner: those that the viewer may
    see, of the MAX_READ due soonest."""
    owned = ExceptionCase.resolved_at.is_(None), ExceptionCase.owner_id.is_not(None)
    query = select(ExceptionCase).where(*owned).order_by(ExceptionCase.due_at, ExceptionCase.id).limit(MAX_READ)
    found: dict[int, list[ExceptionCase]] = defaultdict(list)
    for case in session.scalars(query):
        if case_queries.sees(policy, case, viewer):
            found[case.owner_id or 0].append(case)
    return found
