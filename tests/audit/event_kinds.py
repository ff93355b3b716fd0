"""The list of kinds in docs/auditing.md. `python -m tests.audit.event_kinds` writes it from `reviewqueue/audit/events.py`."""

from __future__ import annotations

from pathlib import Path

from reviewqueue.audit import events

WRITTEN = Path(__file__).parents[2] / "docs" / "auditing.md"
BEGINS, ENDS = "<!-- kinds -->\n", "<!-- /kinds -->\n"


def renewed(text: str) -> str:
    """The file's text with the list as the code has it."""
    before, rest = text.split(BEGINS)
    return f"{before}{BEGINS}{events.listed()}{ENDS}{rest.split(ENDS)[1]}"


if __name__ == "__main__":
    WRITTEN.write_text(renewed(WRITTEN.read_text(encoding="utf-8")), encoding="utf-8")
