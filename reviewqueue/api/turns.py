"""Turns: which submissions are running in this server, and who waits for a decision while holding a thread."""

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

from reviewqueue import follow, intake
from reviewqueue.access import Caller
from reviewqueue.refusals import Moved
from reviewqueue.web.errors import IN_PROGRESS

PAUSE = 0.25
SOON, LONGEST = 2, 30  # seconds; the rest asked of a call that could not be held
LATELY = 10.0  # seconds
A_SECOND = 10  # so many turned away lately make the rest a second longer
# An empty file without a name, made before the server splits into processes: a lock on one byte of it is a key that
# is running in one of them. Each process lets go of its own when it ends, however it ends.
_board, _name = tempfile.mkstemp(prefix="reviewqueue-turns-")
os.unlink(_name)
_guard = threading.Lock()
_running: set[int] = set()
_waiting = 0
_turned_away: deque[float] = deque()


@contextmanager
def alone(automation_id: int, key: str) -> Iterator[None]:
    """Run one request of an idempotency key at a time, in all processes of this server. Raises Moved (409) while
    another is running."""
    byte = _byte(automation_id, key)
    with _guard:
        if byte in _running or not _lock(byte):
            says = "A request with this Idempotency-Key is running. Send the same again in a second to get its answer."
            raise Moved(says, code=IN_PROGRESS)
        _running.add(byte)
    try:
        yield
    finally:
        with _guard:
            fcntl.lockf(_board, fcntl.LOCK_UN, 1, byte)
            _running.discard(byte)


def _byte(automation_id: int, key: str) -> int:
    """The key's place on the board."""
    return int.from_bytes(sha256(f"{automation_id} {key}".encode()).digest()[:7])


def _lock(byte: int) -> bool:
    """Take a byte of the board; False when another process has it."""
    try:
        fcntl.lockf(_board, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
    except (BlockingIOError, PermissionError):
        return False
    return True


def hold(session: Session, caller: Caller, item_id: int, seconds: float, *, seats: int, over: threading.Event) -> int:
    """Come back once the item is decided, the seconds are over or `over` is set (the server stops); at once when all
    `seats` of this process are taken. Returns the seconds after which to ask again: 0 where it was held.

    Each look is a read of its own, so nothing is held open in the database meanwhile. Raises NotThere.
    """
    global _waiting  # noqa: PLW0603  (one count for the process, under its guard)
    until = monotonic() + seconds
    with _guard:
        if _waiting >= seats:
            return _rest(monotonic())
        _waiting += 1
    try:
        while intake.stands(session, caller, item_id) in follow.UNDECIDED and (left := until - monotonic()) > 0:
            session.commit()
            if over.wait(min(PAUSE, left)):
                return SOON
        session.commit()
    finally:
        with _guard:
            _waiting -= 1
    return 0


def _rest(now: float) -> int:
    """The longer, the more were turned away lately, so that asking again takes little of the server however many do;
    spread out, so that they do not all ask at once."""
    _turned_away.append(now)
    while _turned_away and _turned_away[0] < now - LATELY:
        _turned_away.popleft()
    rest = min(SOON + len(_turned_away) // A_SECOND, LONGEST)
    return rest - secrets.randbelow(rest // 2 + 1)
