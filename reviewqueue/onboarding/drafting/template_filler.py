"""Filling in a template's texts: what is filled in cites its sources; what nobody knows stays a visible gap."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from reviewqueue.connectors.citation_collector import Fact
from reviewqueue.core.characters import single_line
from reviewqueue.core.time_zones import place_of
from reviewqueue.core.vocabulary import INTERNAL_MESSAGES
from reviewqueue.evidence.types import Citation, DraftWithEvidence, Source
from reviewqueue.onboarding.drafting.dates import REF, DraftDates
from reviewqueue.onboarding.drafting.facts import Known, customer_zone, days_by_today
from reviewqueue.policy.model.messages import ROLES, MessageRule
from reviewqueue.policy.model.policy import Lane, Policy
from reviewqueue.policy.model.templates import INVITED_FOR, Offer, Template
from reviewqueue.policy.template_facts import TemplateFact, facts, placeholder
from reviewqueue.policy.validate_templates import NEXT_STEP, OPTIONAL, PLACEHOLDER, facts_in

# The sources that every draft has, so that its reviewer and the gate's rules see the deal.
_ALWAYS_KEPT = ("deal", "account", "packet")
# What only we read may say that nothing was agreed; a plan is the customer's too.
_OUR_EYES = ("kickoff_brief", "risk_summary", *INTERNAL_MESSAGES)
_BEFORE_START = "ask sales for the start date"


class TemplateFiller:
    """One draft being written, from a template, on a day."""

    def __init__(self, policy: Policy, lane: Lane, template: Template, known: Known, reckoning: DraftDates) -> None:
        self.known, self.reckoning, self._title = known, reckoning, template.title
        self.rule = (lane.message_rule(template.kind, template.key) or ("", None))[1]
        self.words = {
            **facts(policy),
            **{name: _date_gap(name) for name in template.dates},
            **_recipient_gaps(self.rule),
        }
        self.facts = {**known.facts, **days_by_today(known, reckoning.today), **reckoning.facts()}
        self.zone = customer_zone(known) or reckoning.calendar.timezone
        if offer := template.message.invitation if template.message else None:
            self.words[INVITED_FOR] = _date_gap("time of the meeting")
            self.facts |= (
                {INVITED_FOR: said} if (said := _invited_for(self.facts.get(offer.day), offer, self.zone)) else {}
            )
        if template.kind not in _OUR_EYES:
            for name in known.not_agreed:
                del self.facts[name]
                self.words[name] = replace(self.words[name], ask="nothing was agreed")
        self._citations: dict[Citation, None] = {}

    def fill(self, at: str, words: str, write: Callable[[str], str] = str) -> str:
        """A template's text for the place `at` of the draft, filled in and cited; `write` makes the whole fit."""
        kept = self._kept_rows(words.split("\n"))
        plain = re.sub(r"\n{3,}", "\n\n", "\n".join(row.removeprefix(OPTIONAL) for row in kept)).strip()
        filled = write(self.fill_uncited(plain))
        for name in facts_in(plain):
            self._cite(at, filled, self.facts.get(name))
        return filled

    def put_fact(self, at: str, fact: Fact | None, otherwise: TemplateFact) -> str:
        """A fact for the place `at`, cited, or the gap that `otherwise` describes."""
        if fact is None or not fact.says:
            return placeholder(otherwise)
        self._cite(at, fact.says, fact)
        return fact.says

    def fill_uncited(self, words: str) -> str:
        """A text filled in for where nothing can be cited: a title, or a second mention."""
        return PLACEHOLDER.sub(lambda hit: self._text_of(hit[1]), words)

    def _text_of(self, name: str) -> str:
        return self.facts[name].says if name in self.facts else placeholder(self.words[name])

    def build(self, template: Template, draft: dict[str, object]) -> DraftWithEvidence:
        """The draft with the sources it rests on."""
        sources = {**self.known.sources, REF: self.reckoning.source()}
        used = [*_ALWAYS_KEPT, *(citation.ref for citation in self._citations)]
        title = single_line(self.fill_uncited(self._title))
        cited_sources: dict[str, Source] = {ref: sources[ref] for ref in used if ref in sources}
        return DraftWithEvidence(template.kind, title, draft, cited_sources, tuple(self._citations))

    def _kept_rows(self, rows: list[str]) -> list[str]:
        """Without the optional rows whose facts are not known. A message keeps its next step: where the facts of none
        are known, the first one stays, with its gap."""
        kept = [not row.startswith(OPTIONAL) or self._has_facts_for(row) for row in rows]
        steps = [number for number, row in enumerate(rows) if row.removeprefix(OPTIONAL).startswith(NEXT_STEP)]
        if steps and not any(kept[number] for number in steps):
            kept[steps[0]] = True
        return [row for row, stays in zip(rows, kept, strict=True) if stays]

    def _has_facts_for(self, row: str) -> bool:
        return all(name in self.facts for name in facts_in(row))

    def _cite(self, at: str, words: str, fact: Fact | None) -> None:
        found: Iterable[Citation] = (Citation(at, one.quote, one.ref, one.path) for one in (fact.cited if fact else ()))
        self._citations |= dict.fromkeys(one for one in found if one.quote in words)


def _invited_for(day: Fact | None, offer: Offer, zone: str) -> Fact | None:
    """When a message invites, in words: "10 March 2026, 10:00 Berlin time"; the day cites how it was counted."""
    return Fact(f"{day.says}, {offer.time} {place_of(zone)}", day.cited) if day else None


def _recipient_gaps(rule: MessageRule | None) -> dict[str, TemplateFact]:
    """The words for the gap where nobody knows whom the lane writes to."""
    if rule is None or rule.to_role != "economic_buyer":
        return {}
    called = ROLES[rule.to_role][0]
    name = TemplateFact(called, "")
    return {"recipient": name, "recipient_first_name": name, "recipient_email": TemplateFact(f"{called}'s e-mail", "")}


def _date_gap(name: str) -> TemplateFact:
    """A date of the template's own, which is unknown only where the start is."""
    return TemplateFact(name.replace("_", " "), "", _BEFORE_START)


DUE = TemplateFact("due date", "", _BEFORE_START)
