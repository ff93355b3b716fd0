"""How a figure is taken and told: three runs, their least, middle and greatest, and the ratio to the floor."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

RUNS = 3


def three(measure: Callable[[], float]) -> list[float]:
    """Three measurements, in order of size."""
    return sorted(measure() for _ in range(RUNS))


def plain_loop() -> float:
    """Milliseconds that a million additions take: what the machine itself is worth at this moment."""
    begun, total = time.perf_counter(), 0
    for number in range(1_000_000):
        total += number
    return (time.perf_counter() - begun) * 1000


def tell(name: str, runs: list[float], unit: str, floor: list[float] | None = None, floor_name: str = "") -> None:
    """One line: least / middle / greatest, and beside it the floor with the ratio of the middles."""
    line = f"{name:<44} {' / '.join(f'{run:,.2f}' for run in sorted(runs)):>32} {unit}"
    if floor:
        ratio = statistics.median(runs) / statistics.median(floor)
        line += f"   floor {floor_name}: {' / '.join(f'{run:,.2f}' for run in sorted(floor))} {unit}, ratio {ratio:.2f}"
    print(line, flush=True)


def p95(times: list[float]) -> float:
    """The ninety-fifth percentile."""
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]
