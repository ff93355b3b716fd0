"""The kickoff brief: framing, agenda, stakeholder map, and the questions that the packet leaves open."""

from __future__ import annotations

from reviewqueue.drafting.cited import Fact
from reviewqueue.drafting.people import Contact, joined
from reviewqueue.drafting.sheet import Sheet
from reviewqueue.policy.templates import Brief
from reviewqueue.policy.vocabulary import Word

_CARES = Word("what they care about", "")
_ROLE = Word("role", "")
_EMAIL = Word("e-mail", "")


def brief(sheet: Sheet, template: Brief) -> dict[str, object]:
    """`{"framing", "agenda", "stakeholders", "open_questions", "next_step"}`."""
    people = sheet.known.people or (Contact(Fact("")),)
    return {
        "framing": sheet.fill("/framing", template.framing),
        "agenda": [
            {
                "topic": sheet.fill(f"/agenda/{number}/topic", point.topic),
                "who": sheet.fill(f"/agenda/{number}/who", point.who),
                "minutes": str(point.minutes),
            }
            for number, point in enumerate(template.agenda)
        ],
        "stakeholders": [_stakeholder(sheet, f"/stakeholders/{number}", one) for number, one in enumerate(people)],
        "open_questions": list(sheet.known.questions),
        "next_step": sheet.fill("/next_step", template.next_step),
    }


def _stakeholder(sheet: Sheet, at: str, one: Contact) -> dict[str, str]:
    return {
        "name": sheet.put(f"{at}/name", one.name, sheet.words.get("key_stakeholders", Word("stakeholder", ""))),
        "role": sheet.put(f"{at}/role", joined(one.role, Fact(", ".join(one.parts))), _ROLE),
        "email": sheet.put(f"{at}/email", one.email, _EMAIL),
        "cares_about": sheet.put(f"{at}/cares_about", one.cares, _CARES),
    }
