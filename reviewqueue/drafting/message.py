"""A message: to the customer, to sales, or to our own people."""

from __future__ import annotations

from reviewqueue.drafting.cited import line
from reviewqueue.drafting.sheet import Sheet
from reviewqueue.policy.templates import Message


def message(sheet: Sheet, template: Message) -> dict[str, object]:
    """`{"to", "subject", "body"}`, and `cc` where the template names any."""
    lists = {"to": template.to, "cc": template.cc}
    addressed: dict[str, object] = {
        name: [sheet.fill(f"/{name}/{number}", f"{{{{ {fact} }}}}", line) for number, fact in enumerate(facts)]
        for name, facts in lists.items()
        if facts
    }
    return {
        **addressed,
        "subject": sheet.fill("/subject", template.subject, line),
        "body": sheet.fill("/body", template.body),
    }
