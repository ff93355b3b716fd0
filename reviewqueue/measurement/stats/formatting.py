"""Figures as text: each in its unit, with its interval and its sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

UNKNOWN = "unknown"


def amount(value: float, unit: str) -> str:
    """A value in its unit: "57 %", "3.2 days", "45 min"."""
    if unit == "share":
        return f"{value * 100:.0f} %"
    if unit == "kappa":
        return f"{value:.2f}"
    if unit == "minutes":
        return f"{value:.0f} min"
    shown = f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}"
    return f"{shown} {unit}"


def without_unit(value: float | None, unit: str, none: str = "?") -> str:
    """A value without its unit; `none` where there is none."""
    return none if value is None else amount(value, unit).split(" ")[0]


def interval(figure: Mapping[str, Any], unit: str) -> str:
    """The interval: "25 to 84 %", "at least 3.1 days", or "" where there is none."""
    low, high = figure["low"], figure["high"]
    if low is None and high is None:
        return ""
    if high is None:
        return f"at least {amount(low, unit)}"
    if low is None:
        return f"at most {amount(high, unit)}"
    return f"{without_unit(low, unit)} to {amount(high, unit)}"


def with_interval(figure: Mapping[str, Any], unit: str) -> str:
    """A figure in a line: "57 % (25 to 84 %, n=7)"; "unknown" where it has no sample."""
    running = f", {figure['running']} not ended" if figure["running"] else ""
    sample = f"n={figure['n']}{running}"
    if figure["value"] is None:
        return f"{no_value_text(figure)} ({sample})" if figure["n"] else UNKNOWN
    within = interval(figure, unit)
    return (
        f"{amount(figure['value'], unit)} ({within}, {sample})"
        if within
        else f"{amount(figure['value'], unit)} ({sample})"
    )


def no_value_text(figure: Mapping[str, Any]) -> str:
    """What to say where there is no value: no sample or no end yet, fewer than half of the durations ended, or a sample
    that the figure is not defined for."""
    if figure["running"] == figure["n"]:
        return UNKNOWN
    return "half not reached" if figure["running"] else "not defined"


def change(figure: Mapping[str, Any], unit: str) -> str:
    """A difference with its sign; of shares in points: "+8 points"."""
    value = figure["value"]
    if value is None:
        return ""
    return signed(value, unit)


def signed(value: float, unit: str) -> str:
    """An amount with its sign, shares in points."""
    shown = f"{abs(value) * 100:.0f} points" if unit == "share" else amount(abs(value), unit)
    sign = "−" if value < 0 else "+"
    return shown if shown.split(" ")[0].strip("0.") == "" else sign + shown


def with_sign_and_interval(figure: Mapping[str, Any], unit: str) -> str:
    """A difference with its interval: "+8 points (−3 to +19)"."""
    if figure["value"] is None:
        return ""
    low, high = figure["low"], figure["high"]
    if low is None and high is None:
        return change(figure, unit)
    ends = [UNKNOWN if end is None else signed(end, unit).split(" ")[0] for end in (low, high)]
    return f"{change(figure, unit)} ({ends[0]} to {ends[1]})"
