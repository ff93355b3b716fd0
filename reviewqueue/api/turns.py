"""Turns: which submissions are running in this process, and who waits for a decision while holding a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from sqlalchemy.orm import Session

from reviewqueue import follow, intake
from reviewqueue.access import Caller
from reviewqueue.refusals import Moved
from reviewqueue.web.errors import IN_PROGRESS

PAUSE = 0.25
_guard = threading.Lock()
_running: set[tuple[int, str]] = set()
_waiting = 0


@contextmanager
def alone(automation_id: int, key: str) -> Iterator[None]:
    """Run one request of an idempotency key at a time. Raises Moved (409) while another is running."""
    mark = (automation_id, key)
    with _guard:
        if mark in _running:
            says = "A request with this Idempotency-Key is running. Send the same again in a second to get its answer."
            raise Moved(says, code=IN_PROGRESS)
        _running.add(mark)
    try:
        yield
    finally:
        with _guard:
            _running.discard(mark)


def hold(session: Session, caller: Caller, item_id: int, seconds: float, *, seats: int) -> None:
    """Come back once the item is decided or the seconds are over; at once when all `seats` are taken.

    Each look is a read of its own, so nothing is held open in the database meanwhile. Raises NotThere.
    """
    global _waiting  # noqa: PLW0603  (one count for the process, under its guard)
    until = monotonic() + seconds
    with _guard:
        if _waiting >= seats:
            return
        _waiting += 1
    try:
        while intake.stands(session, caller, item_id) in follow.UNDECIDED and (left := until - monotonic()) > 0:
            session.commit()
            sleep(min(PAUSE, left))
        session.commit()
    finally:
        with _guard:
            _waiting -= 1
