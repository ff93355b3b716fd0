"""A figure: a value with its interval, its sample and its method, or unknown; and the quantiles that intervals need."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

Z = 1.959963984540054  # the standard normal's 97.5th percentile: every interval here is a 95 % interval


@dataclass(frozen=True)
class Figure:
    """`value` with its 95 % interval from `low` to `high`; None where it is unknown, never a zero instead.

    `n` is the number of onboardings (or items), `of` the number of things counted in them, `running` how many durations
    had not come to their end. `method` names the interval's method, "" for none.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    of: int = 0
    running: int = 0
    method: str = ""

    def plain(self) -> dict[str, Any]:
        """The figure as JSON."""
        return asdict(self)


UNKNOWN = Figure(None)


def student(freedom: int) -> float:
    """The 97.5th percentile of Student's t, from five degrees of freedom on within 0.002.

    Cornish–Fisher expansion in 1/ν: Abramowitz & Stegun, Handbook of Mathematical Functions (1964), 26.7.5.
    """
    terms = (
        (Z**3 + Z) / 4,
        (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96,
        (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384,
        (79 * Z**9 + 776 * Z**7 + 1482 * Z**5 - 1920 * Z**3 - 945 * Z) / 92160,
    )
    return Z + sum(term / float(freedom) ** power for power, term in enumerate(terms, 1))
