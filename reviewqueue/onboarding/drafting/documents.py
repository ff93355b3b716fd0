"""The documents that a template's draft may be: kickoff brief, message, project plan and risk summary, each as its
JSON."""

from __future__ import annotations

from collections.abc import Container

from reviewqueue.connectors.cited import Fact
from reviewqueue.connectors.contacts import Contact, joined
from reviewqueue.core.characters import single_line
from reviewqueue.onboarding.drafting.sheet import DUE, TemplateFiller
from reviewqueue.policy.model.messages import ROLES
from reviewqueue.policy.model.templates import Brief, Message, Plan, Risk, Risks
from reviewqueue.policy.template_facts import TemplateFact

_CARES = TemplateFact("what they care about", "")
_ROLE = TemplateFact("role", "")
_EMAIL = TemplateFact("e-mail", "")


def brief(sheet: TemplateFiller, template: Brief) -> dict[str, object]:
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


def _stakeholder(sheet: TemplateFiller, at: str, one: Contact) -> dict[str, str]:
    return {
        "name": sheet.put(f"{at}/name", one.name, sheet.words.get("key_stakeholders", TemplateFact("stakeholder", ""))),
        "role": sheet.put(f"{at}/role", joined(one.role, Fact(", ".join(one.parts))), _ROLE),
        "email": sheet.put(f"{at}/email", one.email, _EMAIL),
        "cares_about": sheet.put(f"{at}/cares_about", one.cares, _CARES),
    }


def message(sheet: TemplateFiller, template: Message) -> dict[str, object]:
    """`{"to", "subject", "body"}`, `cc` where the template names any, `reply_to` where the lane says to whom replies
    go and that address is known."""
    lists = {"to": template.to, "cc": template.cc}
    addressed: dict[str, object] = {
        name: [sheet.fill(f"/{name}/{number}", f"{{{{ {fact} }}}}", single_line) for number, fact in enumerate(facts)]
        for name, facts in lists.items()
        if facts
    }
    if (rule := sheet.rule) and rule.reply_to and (fact := ROLES[rule.reply_to][1]) in sheet.facts:
        addressed["reply_to"] = [sheet.fill("/reply_to/0", f"{{{{ {fact} }}}}", single_line)]
    return {
        **addressed,
        "subject": sheet.fill("/subject", template.subject, single_line),
        "body": sheet.fill("/body", template.body),
    }


def plan(sheet: TemplateFiller, template: Plan) -> dict[str, object]:
    """`{"milestones": […]}`, and a `note` where the start is not the one the packet has."""
    sheet.reckoning.count({one.key: one.due for one in template.milestones})
    names = {one.key: sheet.bare(one.name) for one in template.milestones}
    rows = []
    for number, one in enumerate(template.milestones):
        at = f"/milestones/{number}"
        row = {name: sheet.fill(f"{at}/{name}", getattr(one, name)) for name in ("name", "owner", "evidence", "exit")}
        row["layer"] = one.layer
        row["due"] = sheet.put(f"{at}/due", sheet.reckoning.iso(one.key), DUE)
        row["depends"] = ", ".join(names[key] for key in one.depends)
        rows.append({name: row[name] for name in ("name", "layer", "owner", "due", "evidence", "exit", "depends")})
    note = {"note": sheet.fill("/note", "{{ start_moved }}")} if "start_moved" in sheet.facts else {}
    return {**note, "milestones": rows}


NONE = "None: no risk of this template holds."


def applicable_risks(template: Risks, facts: Container[str]) -> list[Risk]:
    """The risks that apply, in the file's order: all their `if_known` facts are known, and none of `if_unknown`."""
    return [
        risk
        for risk in template.risk
        if all(name in facts for name in risk.if_known) and not any(name in facts for name in risk.if_unknown)
    ]


def risks(sheet: TemplateFiller, template: Risks) -> dict[str, object]:
    """`{"summary", "risks": [{"risk", "sign", "effect"}…], "recommended_action"}`."""
    found = applicable_risks(template, sheet.facts)
    return {
        "summary": sheet.fill("/summary", template.summary),
        "risks": [
            {name: sheet.fill(f"/risks/{number}/{name}", getattr(risk, name)) for name in ("risk", "sign", "effect")}
            for number, risk in enumerate(found)
        ],
        "recommended_action": sheet.fill("/recommended_action", found[0].action) if found else NONE,
    }
