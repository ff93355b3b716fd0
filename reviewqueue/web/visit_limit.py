"""How often one address may ask for a page, each minute and for each process: it keeps a flood off the database, and is
no lock on anything."""

from __future__ import annotations

import time
from collections import Counter
from threading import Lock


class VisitLimit:
    """At most `most` visits of one address a minute."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._minute = 0
        self._visits: Counter[str] = Counter()
        self._lock = Lock()

    def is_too_often(self, address: str) -> bool:
        """Count a visit, and say whether it is one too many."""
        minute = int(time.monotonic() // 60)
        with self._lock:
            if minute != self._minute:
                self._minute, self._visits = minute, Counter()
            self._visits[address] += 1
            return self._visits[address] > self.most
