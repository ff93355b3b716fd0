"""What spreadsheets take for something else than text."""

from __future__ import annotations

from typing import Any


def safe_cell(value: Any) -> Any:
    """The value made safe for a spreadsheet, which takes text from outside that begins like a formula for one."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
