"""Statements found in prose, on the item page: in place and in the evidence, marked by line and by word, never as markup."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from reviewqueue.core.errors import Forbidden
from reviewqueue.evidence.types import Citation, DraftWithEvidence, Source
from tests import drafts
from tests.api.test_contract import item as api_item
from tests.cast import DANA, PRIYA
from tests.evidence.text.meant import marlow
from tests.evidence.text.records import contact, named, opportunity, subscription
from tests.web.conftest import text_of
from tests.world import World

BODY = (
    "Dear Rosa,\n\nyour contract covers 50 seats for $48,000 a year. Your project starts on 30 March 2026, "
    "and setting it up takes six weeks. Could we meet on 12 May?"
)


def item(world: World, body: str = BODY, sources: dict[str, Source] | None = None, *cited: Citation) -> int:
    """A message that rests on these records."""
    draft = {"to": ["rosa@marlow.example"], "subject": "Welcome", "body": body}
    rests = named(opportunity(), subscription(40, 10000), contact()) if sources is None else sources
    return world.submit(
        replace(drafts.email(), drafted=DraftWithEvidence("customer_email", "Welcome", draft, rests, cited))
    )


def marked(page: str) -> dict[str, str]:
    """How each passage of the draft is marked: its words → its look."""
    found = re.findall(r'<a class="claim is-(\w+)"[^>]*>(.*?)<span class="claim-no">', page)
    return {re.sub(r"<[^>]*>|\(no record says this\)", "", words).strip(): look for look, words in found}


def test_each_status_is_seen_in_place_and_in_the_evidence(client_for: Any, world: World) -> None:
    """Nobody cited anything: supported, unsupported, conflicting and contradicted are found all the same."""
    answer = client_for(DANA).get(f"/items/{item(world)}")
    page = answer.get_data(as_text=True)
    assert marked(page) == {
        "rosa@marlow.example": "supported",
        "Rosa": "supported",
        "50 seats": "conflicting",
        "$48,000": "supported",
        "30 March 2026": "conflicting",
        "six weeks": "unsupported",
    }
    said = text_of(answer)
    for words in (
        "50 seats 3 records differ",
        "30 March 2026 5 its record says otherwise",
        "six weeks (no record says this)",
        "ARR (/ARR__c) found, not cited",
        "Another record differs: 40 Quantity (/items/data/0/quantity) in Stripe subscription sub_1, as of",
        "Against the record 1 statement",
        "The record says otherwise: 2026-03-23 Start date (/Start_Date__c) in Salesforce Opportunity 006NB1, as of",
        "In no record 1 statement",
        "2 conflicting, 1 without a record",
    ):
        assert words.replace(" ", "") in said.replace(" ", ""), words


def test_sentences_that_were_not_compared_are_counted(client_for: Any, world: World) -> None:
    """Two say something that no record could be asked; a greeting, a question and what was compared do not count."""
    body = (
        "Dear Rosa,\n\nthank you for the talk. Every dispatcher gets a short introduction. The board shows all depots at a "
        "glance. Your licence has 60 seats. Single sign-on is included. Shall we begin with Rotterdam?"
    )
    said = text_of(client_for(DANA).get(f"/items/{item(world, body, marlow())}"))
    assert "2 sentences were not compared with any record: nothing in them could be looked up." in said
    said = text_of(client_for(DANA).get(f"/items/{item(world, 'Your licence has 60 seats.', marlow())}"))
    assert "not compared with any record" not in said


def test_what_is_claimed_without_a_figure_is_marked(client_for: Any, api: Any, world: World) -> None:
    """A denial too few blocks, a plan that no record knows warns; both have the record's words beside them."""
    made = item(world, "We also do the migration of your old shipments. You have the Enterprise plan.", marlow())
    answer = client_for(DANA).get(f"/items/{made}")
    look = marked(answer.get_data(as_text=True))
    assert look["We also do the migration of your old shipments"] == "conflicting"
    assert look["Enterprise"] == "unsupported"
    assert "No migration of old shipments" in text_of(answer)
    found = {one["key"]: one for one in api_item(api, made)["checks"]}
    assert "“No migration of old shipments.”" in found["evidence.contradicted"]["message"]
    assert found["evidence.unsupported"]["message"].startswith("“Enterprise”: no record says this statement.")
    with pytest.raises(Forbidden, match=r"evidence\.contradicted"):
        world.decide(DANA, made, "approve")


def test_what_stands_for_something_else_has_its_own_mark(client_for: Any, api: Any, world: World) -> None:
    """The day the deal was closed as the go-live's: above and below, in words, in the evidence, in the API; it blocks."""
    rests = marlow()
    made = item(world, "Dear Rosa,\n\nyour go-live is on 20 March 2026. You pay EUR 90,000 per month.", rests)
    answer = client_for(DANA).get(f"/items/{made}")
    look = marked(answer.get_data(as_text=True))
    assert look["20 March 2026"] == look["EUR 90,000"] == "elsewhere"
    said = text_of(answer).replace(" ", "")
    for words in (
        "in the records, for something else",
        "above and below : in the records, for something else",
        "Not for what the draft says: 20 March 2026",
        "The record says of this: 2026-05-18 Go live date (/Go_Live_Date__c) in Salesforce Opportunity 006M1, as of",
        "2 for something else",
    ):
        assert words.replace(" ", "") in said, words
    found = {one["message"]: one for one in api_item(api, made)["checks"] if one["key"] == "evidence.elsewhere"}
    (date,) = (one for says, one in found.items() if "20 March" in says)
    (sum_,) = (one for says, one in found.items() if "90,000" in says)
    assert (date["outcome"], date["blocking"], date["at"]) == ("fail", True, "/body")
    assert "Opportunity 006M1 has it as “2026-03-20” (/CloseDate)" in date["message"]
    assert "Of this Opportunity 006M1 says “2026-05-18” (/Go_Live_Date__c)" in date["message"]
    assert (sum_["outcome"], sum_["blocking"]) == ("fail", True)
    with pytest.raises(Forbidden, match=r"evidence\.elsewhere"):
        world.decide(DANA, made, "approve")


def test_every_mark_leads_to_its_evidence_and_back(client_for: Any, world: World) -> None:
    """Numbers follow the reading, cited or found; each link has its target, whatever its status."""
    made = item(world, BODY, None, Citation("/body", "50 seats", "opportunity", "/Seats__c"))
    page = client_for(DANA).get(f"/items/{made}").get_data(as_text=True)
    numbers = set(re.findall(r'data-claim="(\d+)"', page))
    assert numbers == {str(number) for number in range(1, 7)}
    for number in numbers:
        assert page.count(f'id="claim-{number}"') == 1
        assert page.count(f'id="source-claim-{number}"') == 1
        assert f'href="#source-claim-{number}"' in page
        assert f'href="#claim-{number}"' in page
    assert 'class="claim is-conflicting" id="claim-3"' in page  # the cited one, since billing says 40


def test_a_cited_statement_that_its_record_contradicts_says_so(client_for: Any, world: World) -> None:
    """The quote says 60, the field it cites 50: once, as a claim, not a second time as something found."""
    cited = Citation("/body", "60 seats", "opportunity", "/Seats__c")
    made = item(world, "You have 60 seats.", named(opportunity()), cited)
    answer = client_for(DANA).get(f"/items/{made}")
    assert marked(answer.get_data(as_text=True))["60 seats"] == "conflicting"
    said = text_of(answer)
    assert "cites this, says otherwise" in said
    assert "The draft says otherwise: 60 seats" in said
    assert said.count("found, not cited") == 0


def test_a_packet_shows_what_stands_in_a_field_that_cites_nothing(client_for: Any, world: World) -> None:
    """The field says that it cites no source, and the passages in it what each rests on; cited fields stay as they were."""
    made = world.submit(drafts.packet(risks="Rosa Marlow is away for six weeks."))
    answer = client_for(PRIYA).get(f"/items/{made}")
    found = marked(answer.get_data(as_text=True))
    assert found["Rosa Marlow"] == "supported"
    assert found["six weeks"] == "unsupported"
    assert "cites no source" in text_of(answer)
    assert found["48000.00"] == "supported"


def test_hostile_text_around_and_inside_a_statement_stays_text(client_for: Any, world: World) -> None:
    """Markup, attributes and hidden characters in a draft and in the records that bear it out."""
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e'
    rests = named(opportunity(Note__c=f"50 seats {evil}", Owner_Name__c=evil), subscription(40, 10000, id=evil[:60]))
    made = item(world, f"You have 50 seats{evil} for six weeks{evil}, Dr. Onerror{evil}.", rests)
    page = client_for(DANA).get(f"/items/{made}").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "\u202e" not in page
    assert page.count("&lt;script&gt;alert(1)") > 5
    assert marked(page)["six weeks"] == "unsupported"
