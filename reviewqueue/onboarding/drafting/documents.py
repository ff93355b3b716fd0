"""The documents that a template's draft may be: kickoff brief, message, project plan and risk summary, each as its
JSON."""

from __future__ import annotations

from collections.abc import Container

from reviewqueue.connectors.citation_collector import Fact
from reviewqueue.connectors.contacts import Contact, join_facts
from reviewqueue.core.characters import single_line
from reviewqueue.onboarding.drafting.template_filler import DUE, TemplateFiller
from reviewqueue.policy.model.messages import ROLES
from reviewqueue.policy.model.templates import Brief, Message, Offer, Plan, Risk, Risks
from reviewqueue.policy.template_facts import TemplateFact, placeholder

_CARES = TemplateFact("what they care about", "")
_ROLE = TemplateFact("role", "")
_EMAIL = TemplateFact("e-mail", "")


def brief(filler: TemplateFiller, template: Brief) -> dict[str, object]:
    """`{"framing", "agenda", "stakeholders", "open_questions", "next_step"}`."""
    people = filler.known.people or (Contact(Fact("")),)
    return {
        "framing": filler.fill("/framing", template.framing),
        "agenda": [
            {
                "topic": filler.fill(f"/agenda/{number}/topic", point.topic),
                "who": filler.fill(f"/agenda/{number}/who", point.who),
                "minutes": str(point.minutes),
            }
            for number, point in enumerate(template.agenda)
        ],
        "stakeholders": [_stakeholder(filler, f"/stakeholders/{number}", one) for number, one in enumerate(people)],
        "open_questions": list(filler.known.questions),
        "next_step": filler.fill("/next_step", template.next_step),
    }


def _stakeholder(filler: TemplateFiller, at: str, person: Contact) -> dict[str, str]:
    return {
        "name": filler.put_fact(
            f"{at}/name", person.name, filler.words.get("key_stakeholders", TemplateFact("stakeholder", ""))
        ),
        "role": filler.put_fact(f"{at}/role", join_facts(person.role, Fact(", ".join(person.parts))), _ROLE),
        "email": filler.put_fact(f"{at}/email", person.email, _EMAIL),
        "cares_about": filler.put_fact(f"{at}/cares_about", person.cares, _CARES),
    }


def message(filler: TemplateFiller, template: Message) -> dict[str, object]:
    """`{"to", "subject", "body"}`, `cc` where the template names any, `reply_to` where the lane says to whom replies
    go and that address is known."""
    lists = {"to": template.to, "cc": template.cc}
    addressed: dict[str, object] = {name: _addresses(filler, name, facts) for name, facts in lists.items() if facts}
    if (rule := filler.rule) and rule.reply_to and (fact := ROLES[rule.reply_to][1]) in filler.facts:
        addressed["reply_to"] = [filler.fill("/reply_to/0", f"{{{{ {fact} }}}}", single_line)]
    invites = _invitation(filler, template.invitation) if template.invitation else {}
    return {
        **addressed,
        "subject": filler.fill("/subject", template.subject, single_line),
        "body": filler.fill("/body", template.body),
        **invites,
    }


def _invitation(filler: TemplateFiller, offer: Offer) -> dict[str, object]:
    """`{"invitation": …}`, for the offered time in the customer's zone; without a day where the start is not known."""
    day, zone = filler.reckoning.iso(offer.day), filler.zone
    starts = f"{day.says} {offer.time}" if day else placeholder(filler.words[offer.day])
    parts = {
        "meeting": offer.meeting,
        "title": filler.fill("/invitation/title", offer.title, single_line),
        "starts": starts,
        "timezone": zone,
        "minutes": str(offer.minutes),
        "place": filler.fill("/invitation/place", offer.place, single_line),
    }
    return {"invitation": parts}


def _addresses(filler: TemplateFiller, name: str, facts: tuple[str, ...]) -> list[str]:
    """The addresses of one line of the head; `recipient_email` is each of those written to."""
    found: list[str] = []
    for fact in facts:
        several = filler.known.addresses[1:] if fact == "recipient_email" else ()
        found.append(filler.fill(f"/{name}/{len(found)}", f"{{{{ {fact} }}}}", single_line))
        for one in several:
            found.append(filler.put_fact(f"/{name}/{len(found)}", one, _EMAIL))
    return found


def plan(filler: TemplateFiller, template: Plan) -> dict[str, object]:
    """`{"milestones": […]}`, and a `note` where the start is not the one the packet has."""
    filler.reckoning.count({one.key: one.due for one in template.milestones})
    names = {one.key: filler.fill_uncited(one.name) for one in template.milestones}
    rows = []
    for number, one in enumerate(template.milestones):
        at = f"/milestones/{number}"
        row = {name: filler.fill(f"{at}/{name}", getattr(one, name)) for name in ("name", "owner", "evidence", "exit")}
        row["layer"] = one.layer
        row["due"] = filler.put_fact(f"{at}/due", filler.reckoning.iso(one.key), DUE)
        row["depends"] = ", ".join(names[key] for key in one.depends)
        rows.append({name: row[name] for name in ("name", "layer", "owner", "due", "evidence", "exit", "depends")})
    note = {"note": filler.fill("/note", "{{ start_moved }}")} if "start_moved" in filler.facts else {}
    return {**note, "milestones": rows}


NO_RISK = "None: no risk of this template holds."


def applicable_risks(template: Risks, facts: Container[str]) -> list[Risk]:
    """The risks that apply, in the file's order: all their `if_known` facts are known, and none of `if_unknown`."""
    return [
        risk
        for risk in template.risk
        if all(name in facts for name in risk.if_known) and not any(name in facts for name in risk.if_unknown)
    ]


def risks(filler: TemplateFiller, template: Risks) -> dict[str, object]:
    """`{"summary", "risks": [{"risk", "sign", "effect"}…], "recommended_action"}`."""
    applicable = applicable_risks(template, filler.facts)
    return {
        "summary": filler.fill("/summary", template.summary),
        "risks": [
            {name: filler.fill(f"/risks/{number}/{name}", getattr(risk, name)) for name in ("risk", "sign", "effect")}
            for number, risk in enumerate(applicable)
        ],
        "recommended_action": filler.fill("/recommended_action", applicable[0].action) if applicable else NO_RISK,
    }
