"""A message: to the customer, to sales, or to our own people."""

from __future__ import annotations

from reviewqueue.characters import line
from reviewqueue.drafting.sheet import Sheet
from reviewqueue.policy.message_rules import ROLES
from reviewqueue.policy.templates import Message


def message(sheet: Sheet, template: Message) -> dict[str, object]:
    """`{"to", "subject", "body"}`, `cc` where the template names any, `reply_to` where the lane says to whom replies
    go and that address is known."""
    lists = {"to": template.to, "cc": template.cc}
    addressed: dict[str, object] = {
        name: [sheet.fill(f"/{name}/{number}", f"{{{{ {fact} }}}}", line) for number, fact in enumerate(facts)]
        for name, facts in lists.items()
        if facts
    }
    if (rule := sheet.rule) and rule.reply_to and (fact := ROLES[rule.reply_to][1]) in sheet.facts:
        addressed["reply_to"] = [sheet.fill("/reply_to/0", f"{{{{ {fact} }}}}", line)]
    return {
        **addressed,
        "subject": sheet.fill("/subject", template.subject, line),
        "body": sheet.fill("/body", template.body),
    }
