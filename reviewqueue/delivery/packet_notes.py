"""An approved packet in words for the CRM: a note of what was approved, and a task with the fields of the deal that say
something else. No field of the deal is written."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from reviewqueue.core.text_limits import replace_invalid
from reviewqueue.delivery.outgoing import Outgoing, Write
from reviewqueue.delivery.packet_rows import PacketRow
from reviewqueue.delivery.vendor_api import mark_of

# Days until the task is due.
TASK_DAYS = 2
_NOTHING = "nothing"


def note(outgoing: Outgoing, at_most: int, size: Callable[[str], int] = len) -> str:
    """The text of the note: the packet's filled fields by section, who answered what, and the line of ours."""
    lines = [outgoing.title, f"Approved in Review Queue as item {outgoing.item_id}."]
    section = ""
    for row in outgoing.packet:
        if row.section != section:
            section = row.section
            lines += ["", section.upper()]
        lines.append(f"{row.label}: {row.text}{f' ({row.by})' if row.by else ''}")
    return _clipped("\n".join(lines), mark_of(outgoing.key, 1), at_most, size)


def outdated(outgoing: Outgoing) -> list[PacketRow]:
    """The rows of which the deal says something else, or nothing."""
    return [row for row in outgoing.packet if row.outdated]


def task_subject(outgoing: Outgoing) -> str:
    """What the task is called."""
    fields = len(outdated(outgoing))
    return f"Bring {fields} {'field' if fields == 1 else 'fields'} of this deal up to date"


def task(outgoing: Outgoing, at_most: int, size: Callable[[str], int] = len) -> str:
    """The text of the task; "" where the deal says what was approved."""
    listed = outdated(outgoing)
    if not listed:
        return ""
    lines = [
        f"The handoff packet of {outgoing.customer} was approved. Of these fields the deal says something else, or "
        "nothing. Please bring them up to date.",
        "",
    ]
    for row in listed:
        by = f" ({row.by})" if row.by else ""
        lines.append(f"- {row.label} ({row.place}): {row.text}{by}. The deal says: {row.before or _NOTHING}")
    return _clipped("\n".join(lines), mark_of(outgoing.key, 2), at_most, size)


def compared(outgoing: Outgoing) -> list[Write]:
    """What the deal says and what was approved, side by side, where they differ."""
    if not (listed := outdated(outgoing)):
        return []
    fields = tuple((f"{row.label} ({row.place})", row.before, row.text) for row in listed)
    return [Write("What the deal says, and what is approved: no field of the deal is written", fields)]


def nothing(outgoing: Outgoing) -> list[Write]:
    """What stands in place of the writes where nothing can be written."""
    return [Write(f"Nothing: {outgoing.cannot}")]


def _clipped(text: str, mark: str, at_most: int, size: Callable[[str], int]) -> str:
    """At most of that size, with the line of ours at the end; what was cut off is said."""
    text, end = replace_invalid(text), f"\n\n{mark}"
    if size(text + end) > at_most:
        end = f"\n… (shortened; the whole is in Review Queue){end}"
        room = at_most - size(end)
        text = text[: bisect_right(range(len(text)), room, key=lambda length: size(text[:length])) - 1]
    return f"{text}{end}"
