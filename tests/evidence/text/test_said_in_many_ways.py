"""A record's value in the ways that people and systems write it, each beside one that is false: a sentence a row, with the
one record, or the few, that it is held against."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from reviewqueue.evidence.text.grounding import GroundedDraft
from reviewqueue.evidence.text.values.moments import Place
from reviewqueue.evidence.types import Source

EUR, GBP = {"CurrencyIsoCode": "EUR"}, {"CurrencyIsoCode": "GBP"}
BOARD = {
    "notes": "Ute Sandner, CFO (customer): The board let us have eighty-five thousand for this, and that is the end of it."
}
TASK = {"name": "Kickoff with Ferrand", "due_on": "2026-05-12"}
Records = dict[str, dict[str, Any]]
# (what the row shows, records by "system object", the sentence, what is marked in it)
ROWS: list[tuple[str, Records, str, str]] = [
    ("a sum that somebody says without its currency", {"gong call": BOARD, "salesforce Opportunity": EUR}, "They may spend €85,000.", ""),
    ("the same in another currency", {"gong call": BOARD, "salesforce Opportunity": EUR}, "They may spend £85,000.", "£85,000"),
    ("the same where the records name two", {"gong call": BOARD, "salesforce Opportunity": EUR, "stripe customer": {"currency": "usd"}},
     "They may spend €85,000.", "€85,000"),
    ("the same where they name none", {"gong call": BOARD}, "They may spend €85,000.", "€85,000"),
    ("a sum in German", {"gong call": {"text": "Mehr als zwölftausend sind nicht drin."}, "salesforce Opportunity": EUR}, "Mehr als 12 T€ sind nicht drin.", ""),
    ("two sums as a range", {"gong call": {"text": "We lose thirteen, fourteen thousand a month on overtime."}, "salesforce Opportunity": GBP},
     "Overtime costs £13,000 to £14,000 a month.", ""),
    ("what counts things is no sum", {"gong call": {"text": "We have twelve hundred pallets."}, "salesforce Opportunity": GBP}, "It costs £1,200.", "£1,200"),
    ("cents in words", {"order form": {"Price_Per_Parcel": "4.50", **EUR}}, "A parcel costs four euros and fifty cents.", ""),
    ("other cents in words", {"order form": {"Price_Per_Parcel": "4.50", **EUR}}, "A parcel costs four euros and sixty cents.", "four euros and sixty cents"),
    ("an amount with decimals is in no minor unit", {"chargebee invoice": {"total": "57700.00", **EUR}}, "The invoice is EUR 57,700.", ""),
    ("one without is", {"chargebee invoice": {"total": "57700", **EUR}}, "The invoice is EUR 57,700.", "EUR 57,700"),
    ("a figure in groups", {"order form": {"project_fee": "95,000", **EUR}}, "The project fee is €95,000.", ""),
    ("a day is no sum for being due", {"chargebee invoice": {"due_date": "1777507200"}}, "The invoice is due on 30 April 2026.", ""),
    ("a share is no sum", {"chargebee coupon": {"discount_percentage": "10.0"}}, "The discount is 10 %.", ""),
    ("a count is no sum", {"salesforce Account": {"Rooms_Total__c": "2450", **EUR}}, "All 2,450 rooms are priced.", ""),
    ("a share as a fraction", {"hubspot deal": {"charity_discount": "0.4"}}, "The charity discount is 40 %.", ""),
    ("a share in words", {"gong call": {"text": "One in five parcels comes back to us."}}, "20 percent of the parcels come back.", ""),
    ("weeks by a letter", {"jira epic": {"planned_duration": "10w"}}, "The project takes ten weeks.", ""),
    ("other weeks", {"jira epic": {"planned_duration": "10w"}}, "The project takes twelve weeks.", "twelve weeks"),
    ("a length in ISO 8601", {"docusign envelope": {"opt_out_window": "P90D"}}, "You can opt out with 90 days' warning.", ""),
    ("days to pay by net", {"netsuite customer": {"terms": "Net 45"}}, "They pay within 45 days.", ""),
    ("days to pay in words", {"e-mail E-mail": {"body": "We are a net forty-five shop, always have been."}}, "They pay net 45.", ""),
    ("a term without its unit", {"salesforce Contract": {"ContractTerm": "36"}}, "The term is three years.", ""),
    ("another term", {"salesforce Contract": {"ContractTerm": "36"}}, "The term is two years.", "two years"),
    ("days for months", {"order form": {"opzegtermijn": "3 maanden"}}, "Notice is ninety days.", ""),
    ("days for a month that is only a period", {"gong call": {"text": "It has been charging me forty bucks a month."}}, "Notice is 30 days.", "30 days"),
    ("a number written twice", {"docusign envelope": {"clause_9": "sixty (60) days' written notice"}}, "Notice is sixty days.", ""),
    ("a period is no length", {"salesforce Opportunity": {"Amount": 9600, **EUR}}, "Every three months we look at the figures together.", ""),
    ("the time up to a day", {"salesforce Opportunity": {"Go_Live__c": "2026-05-11"}}, "After eleven weeks of work we go live on 11 May.", ""),
    ("how long something has been so", {"salesforce Account": {"Name": "Ferrand"}}, "The dispatch has run on paper since eleven years.", ""),
    ("a quarter's part of a year", {"salesforce Opportunity": {"Annual_Value__c": 96000, **EUR}}, "They get quarterly invoices of EUR 24,000.", ""),
    ("another part of a year", {"salesforce Opportunity": {"Annual_Value__c": 96000, **EUR}}, "They get quarterly invoices of EUR 26,000.", "EUR 26,000"),
    ("a month's part of a year", {"salesforce Opportunity": {"Annual_Value__c": 96000, **EUR}}, "Every month eight thousand euros are debited.", ""),
    ("a length that no day explains", {"salesforce Opportunity": {"Go_Live__c": "2026-05-11"}}, "The go-live takes eleven weeks.", "eleven weeks"),
    ("a day in German words", {"gong call": {"text": "Den Auftakt machen wir am siebzehnten März."}}, "Der Auftakt ist am 17. März.", ""),
    ("another in German words", {"gong call": {"text": "Den Auftakt machen wir am siebzehnten März."}}, "Der Auftakt ist am 18. März.", "18. März"),
    ("a day in French words", {"gong call": {"text": "On commence le mardi sept avril."}}, "On commence le 7 avril.", ""),
    ("a day in Spanish words", {"gong call": {"text": "Empezamos el diecisiete de agosto."}}, "Empezamos el 17 de agosto.", ""),
    ("a day as Jira shows it", {"jira issue": {"Due date": "05/Feb/26"}}, "The export is due on 5 February 2026.", ""),
    ("the day where its writer was", {"asana task": {"due_at": "2026-06-15T17:00:00-07:00"}}, "The export is due by 15 June.", ""),
    ("the title of what is due", {"asana task": TASK}, "Our kickoff is on 12 May.", ""),
    ("an invoice that is due on the day of some work", {"asana task": {"name": "Price list", "due_on": "2026-05-12"}}, "The invoice is payable by 12 May.", "12 May"),
    ("the pilot's day for everybody", {"gong call": {"text": "Selby goes first with the pilot on the sixth of April."}}, "The rollout to all sites is on 6 April.", "6 April"),
    ("the pilot's day", {"gong call": {"text": "Selby goes first with the pilot on the sixth of April."}}, "The pilot in Selby begins on 6 April.", ""),
    ("a unit's price whose period nobody names", {"stripe subscription": {"plan.amount": "570000", **EUR}}, "You pay 5,700 euros a month.", ""),
    ("a yearly price as a month's", {"salesforce Opportunity": {"ARR__c": 68400, **EUR}}, "You pay 68,400 euros a month.", "68,400 euros"),
    ("a budget as a price", {"gong call": BOARD, "salesforce Opportunity": EUR}, "The price of the contract is €85,000.", "€85,000"),
    ("the term as time to keep data", {"salesforce Contract": {"ContractTerm": "36"}}, "Recipes are stored for 36 months.", "36 months"),
    ("a decimal before a million", {"salesforce Opportunity": {"Annual_Value__c": 1284000, **EUR}}, "They pay EUR 1.284 million a year.", ""),
    ("a role that a field gives to another", {"salesforce Deal": {"Executive_Sponsor__c": "Doris Amsel"}, "gong call": BOARD}, "Our sponsor is Ute Sandner.", "Ute Sandner"),
    ("a role by its field", {"salesforce Deal": {"Executive_Sponsor__c": "Doris Amsel"}, "gong call": BOARD}, "Our sponsor is Doris Amsel.", ""),
    ("a yes in other words", {"salesforce Opportunity": {"PO_Required__c": False}}, "A purchase order is mandatory.", "A purchase order is mandatory"),
    ("the same yes where it is so", {"salesforce Opportunity": {"PO_Required__c": True}}, "A purchase order is mandatory.", ""),
    ("what is still pending", {"salesforce Opportunity": {"Security_Review_Done__c": True}}, "The security review is still pending.", "The security review is still pending"),
    ("locations of stores", {"hubspot company": {"store_count": 38}}, "We equip 38 locations.", ""),
    ("a hundred of which there is a share", {"gong call": {"text": "Eight of a hundred payments fail."}}, "Eight in a hundred payments fail.", ""),
]  # fmt: skip


@pytest.mark.parametrize(("row", "records", "body", "wrong"), ROWS, ids=[row[0] for row in ROWS])
def test_it_is_marked_where_it_is_wrong(row: str, records: Records, body: str, wrong: str) -> None:
    sources = {ref: Source(*ref.split(" ", 1), "1", {"Id": "1", **payload}) for ref, payload in records.items()}
    found = GroundedDraft({"body": body}, sources, (), (), Place("UTC", date(2026, 3, 2))).statements
    assert [one.quote for one in found if one.status != "supported"] == ([wrong] if wrong else []), row
