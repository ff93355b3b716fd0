"""The critical path of an onboarding: what its end was waiting for, walked back from it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

BETWEEN = ""  # nothing of ours was open: the customer, sales, or work outside the queue


def critical_path(
    begin: datetime, end: datetime, spans: Iterable[tuple[datetime, datetime, str]]
) -> list[tuple[str, timedelta]]:
    """How the time from `begin` to `end` passed: (name, length) from the first to the last; the lengths add up to all
    of it. `spans` are (start, end, name).

    Back from the end, the span that ended last is what was waited for; then, from where it began, the one that ended
    last before that. A span that had not ended by `end` held nothing up. Time that no span covers is BETWEEN. The
    critical path method: J. E. Kelley, M. R. Walker, "Critical-path planning and scheduling", Proc. Eastern Joint
    Computer Conference (1959) 160–173.
    """
    usable = sorted(one for one in spans if one[0] < one[1] and begin < one[1] <= end)
    steps: list[tuple[str, timedelta]] = []
    at = end
    while at > begin:
        waited = [one for one in usable if one[1] <= at]
        since, until, name = max(waited, key=lambda one: one[1], default=(begin, begin, BETWEEN))
        if until < at:
            steps.append((BETWEEN, at - until))
        if (since := max(since, begin)) < until:
            steps.append((name, until - since))
        at = since
    return steps[::-1]
