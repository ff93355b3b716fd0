"""Locks for idempotency keys across all processes of this server, and a limit on the calls that wait for a decision
while holding a thread."""

from __future__ import annotations

import fcntl
import os
import secrets
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from time import monotonic

from sqlalchemy.orm import Session

from reviewqueue.core import vocabulary
from reviewqueue.core.errors import Conflict
from reviewqueue.items import intake
from reviewqueue.people.access import Caller
from reviewqueue.web.errors import IN_PROGRESS

POLL_INTERVAL = 0.25
MIN_RETRY_AFTER, MAX_RETRY_AFTER = 2, 30  # seconds; the least and most Retry-After for a call that could not be held
RECENT_SECONDS = 10.0  # seconds
TURNED_AWAY_PER_SECOND = 10  # so many calls turned away lately make Retry-After a second longer
# An empty, unlinked file, made before the server forks: a lock on one byte of it is a key whose request
# is running in one of the processes. A process's locks are released when it ends, however it ends.
_lock_file, _name = tempfile.mkstemp(prefix="reviewqueue-turns-")
os.unlink(_name)
_state_lock = threading.Lock()
_running: set[int] = set()
_waiting = 0
_turned_away: deque[float] = deque()


@contextmanager
def run_alone(automation_id: int, key: str) -> Iterator[None]:
    """Run one request of an idempotency key at a time, in all processes of this server. Raises Conflict (409) while
    another is running."""
    byte = _key_byte(automation_id, key)
    with _state_lock:
        if byte in _running or not _lock(byte):
            says = "A request with this Idempotency-Key is running. Send the same again in a second to get its answer."
            raise Conflict(says, code=IN_PROGRESS)
        _running.add(byte)
    try:
        yield
    finally:
        with _state_lock:
            fcntl.lockf(_lock_file, fcntl.LOCK_UN, 1, byte)
            _running.discard(byte)


def _key_byte(automation_id: int, key: str) -> int:
    """The key's byte in the lock file."""
    return int.from_bytes(sha256(f"{automation_id} {key}".encode()).digest()[:7])


def _lock(byte: int) -> bool:
    """Lock that byte; False when another process holds it."""
    try:
        fcntl.lockf(_lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
    except (BlockingIOError, PermissionError):
        return False
    return True


def hold_until_decided(
    session: Session, caller: Caller, item_id: int, seconds: float, *, seats: int, over: threading.Event
) -> int:
    """Return once the item is decided, the seconds are over or `over` is set (the server stops); at once when all
    `seats` of this process are taken. Returns the seconds after which to ask again, 0 where the call was held.

    Each poll is a read of its own, so no transaction stays open meanwhile. Raises NotFound.
    """
    global _waiting  # noqa: PLW0603  (one count for the process, under its guard)
    until = monotonic() + seconds
    with _state_lock:
        if _waiting >= seats:
            return _retry_after(monotonic())
        _waiting += 1
    try:
        while intake.state_of(session, caller, item_id) in vocabulary.UNDECIDED and (left := until - monotonic()) > 0:
            session.commit()
            if over.wait(min(POLL_INTERVAL, left)):
                return MIN_RETRY_AFTER
        session.commit()
    finally:
        with _state_lock:
            _waiting -= 1
    return 0


def _retry_after(now: float) -> int:
    """Seconds for Retry-After: longer the more calls were turned away lately, so that polling costs little however many
    there are, and randomized, so that they do not all come back at once."""
    _turned_away.append(now)
    while _turned_away and _turned_away[0] < now - RECENT_SECONDS:
        _turned_away.popleft()
    rest = min(MIN_RETRY_AFTER + len(_turned_away) // TURNED_AWAY_PER_SECOND, MAX_RETRY_AFTER)
    return rest - secrets.randbelow(rest // 2 + 1)
