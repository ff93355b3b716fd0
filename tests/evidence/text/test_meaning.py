"""A value that stands in the records for something else than the sentence speaks of is told from one that bears it out."""

from __future__ import annotations

import pytest

from reviewqueue.evidence.text.grounding import GroundedDraft
from tests.evidence.text.meant import kranich, marlow

MARLOW, KRANICH = marlow(), kranich()
SAME, OTHER = "supported", "conflicting"
# (what the value is said to be, the sentence, the value that stands for something else, whether a field says otherwise)
ELSEWHERE = [
    ("go-live on the day the deal closed", "Your go-live is planned for 20 March 2026.", "20 March 2026", True),
    ("go-live on the day of the kickoff", "We go live on 8 April.", "8 April", True),
    ("the kickoff on the day it starts", "The kickoff is on 1 April 2026.", "1 April 2026", True),
    ("signed on the day of the go-live", "You signed the contract on 18 May 2026.", "18 May 2026", True),
    ("starts on the day of signature", "Your contract starts on 20 March 2026.", "20 March 2026", False),
    ("launch on the start's day", "The launch is set for 1 April.", "1 April", True),
    ("a yearly price by the month", "You pay EUR 90,000 per month.", "EUR 90,000", True),
    ("the set-up fee by the year", "The annual price is EUR 7,500.", "EUR 7,500", True),
    ("a price for a month by the year", "The price is EUR 125 per seat per year.", "EUR 125", True),
    ("the price as set-up fee", "The one-off set-up costs EUR 90,000.", "EUR 90,000", False),
    ("the price as cap", "Travel is capped at EUR 90,000.", "EUR 90,000", False),
    ("the cap as price", "The yearly fee is EUR 3,000.", "EUR 3,000", True),
    ("notice as time to pay", "Invoices are payable within 90 days.", "90 days", False),
    ("time to pay as term", "The term is 45 days.", "45 days", True),
    ("the term as notice", "The notice period is 36 months.", "36 months", False),
    ("seats as warehouses", "You run 60 warehouses.", "60 warehouses", True),
    ("employees as seats", "You have bought 480 seats.", "480 seats", True),
    ("warehouses as trainings", "We planned 12 trainings.", "12 trainings", False),
    ("seats as employees", "Marlow has 60 employees.", "60 employees", True),
    ("seats as who uses it each day", "60 dispatchers will open the board every morning.", "60 dispatchers", False),
    ("seats as what a call counts otherwise", "You have 60 dispatchers.", "60 dispatchers", False),
    ("a discount as faster", "Dispatch becomes 15% faster.", "15%", False),
    ("a day of something else that is needed", "We need the tariff tables from the carrier team by 11 May.", "11 May", False),
    ("the buyer as project lead", "Piet de Vries is the project lead.", "Piet de Vries", True),
    ("the lead as economic buyer", "Rosa Marlow is the economic buyer.", "Rosa Marlow", True),
    ("the CSM as sales owner", "Your account executive is Omar Haddad.", "Omar Haddad", True),
    ("the sales owner as CSM", "Lena Vogt is your customer success manager.", "Lena Vogt", True),
    ("who leads what another leads", "Piet de Vries leads the rollout at all depots.", "Piet de Vries", False),
    ("another one's address", "Rosa Marlow (piet@marlow.example) is your contact.", "piet@marlow.example", True),
    ("another one's telephone", "You reach Piet de Vries at +31 10 555 0141.", "+31 10 555 0141", True),
]  # fmt: skip
ELSEWHERE_DE = [
    ("live am Tag des Abschlusses", "Der Produktivstart ist am 15. April 2026.", "15. April 2026", True),
    ("unterschrieben am Tag des Auftakts", "Sie haben am 4. Mai 2026 unterschrieben.", "4. Mai 2026", True),
    ("ein Jahrespreis je Monat", "Sie zahlen 42.000 EUR pro Monat.", "42.000 EUR", True),
    ("Zahlungsziel als Laufzeit", "Die Laufzeit beträgt 30 Tage.", "30 Tage", True),
    ("Laufzeit als Zahlungsziel", "Das Zahlungsziel beträgt 24 Monate.", "24 Monate", False),
    ("Mitarbeiter als Lizenzen", "Sie haben 210 Lizenzen gekauft.", "210 Lizenzen", True),
    ("Lizenzen als Filialen", "Ihre 35 Filialen arbeiten damit.", "35 Filialen", True),
    ("die Sponsorin als Projektleiterin", "Jana Kranich leitet das Projekt.", "Jana Kranich", False),
    ("was ein anderer Tag betrifft", "Der Export aus der Kasse kommt bis 22. Mai.", "22. Mai", False),
]
BORNE_OUT = [
    ("go-live", "Your go-live is planned for 18 May 2026."),
    ("go-live said otherwise", "From Monday, 18 May you are live in all depots."),
    ("kickoff", "We meet for the kickoff on Wednesday, 8 April 2026."),
    ("the project's start", "The contract runs from 1 April 2026."),
    ("signature", "You signed on 20 March 2026, and the term begins on 1 April 2026."),
    ("two days in one sentence", "After the kickoff on 8 April we go live on 18 May."),
    ("a yearly price", "You pay EUR 90,000 a year."),
    ("a price for a seat and month", "That is EUR 125 per seat and month."),
    ("the set-up fee", "Set-up costs EUR 7,500 once."),
    ("a price and the fee", "The contract is worth EUR 90,000 a year plus EUR 7,500 for the set-up."),
    ("a cap", "Travel costs are capped at EUR 3,000."),
    ("the term", "The contract runs for 36 months."),
    ("notice", "You can cancel with 90 days' notice."),
    ("time to pay", "Invoices are payable within 45 days."),
    ("seats", "60 licences are included."),
    ("employees", "For a company of 480 employees that is a good start."),
    ("sites by another noun", "All 12 warehouses are in scope."),
    ("a discount", "We agreed on a discount of 15 %."),
    ("who buys", "Piet de Vries signs off the budget."),
    ("who leads", "Rosa Marlow leads the rollout."),
    ("who leads, and who sold", "Rosa Marlow runs the project on your side, Lena Vogt was your account executive."),
    ("whom one writes to", "Please write to Rosa Marlow at rosa@marlow.example."),
    ("two people with their addresses", "Rosa Marlow (rosa@marlow.example) and Piet de Vries (piet@marlow.example) get access."),
    ("what is needed", "We need the tariff tables by 27 March."),
    ("a role that nobody has on record", "Rosa Marlow is your champion."),
    ("no concept at all", "18 May 2026 is in all our calendars."),
]  # fmt: skip
BORNE_OUT_DE = [
    ("live", "Sie gehen am 1. Juni 2026 live."),
    ("Auftakt", "Der Auftakt ist am Montag, 4. Mai 2026."),
    ("Preis", "Der Vertrag kostet 42.000 EUR im Jahr."),
    ("Zahlungsziel", "Rechnungen sind binnen 30 Tagen zahlbar."),
    ("Laufzeit", "Die Laufzeit beträgt 24 Monate."),
    ("Lizenzen", "35 Lizenzen sind enthalten."),
    ("Filialen", "Alle 14 Filialen sind dabei."),
    ("wer leitet", "Ulf Brandt leitet das Projekt."),
    ("was bis wann kommt", "Der Export aus der Kasse kommt bis 12. Mai."),
]


@pytest.mark.parametrize(
    ("sentence", "body", "value", "blocks"), ELSEWHERE + ELSEWHERE_DE, ids=[row[0] for row in ELSEWHERE + ELSEWHERE_DE]
)
def test_it_stands_there_for_something_else(sentence: str, body: str, value: str, blocks: bool) -> None:
    """It is marked, with where it stands; where a field says otherwise, with that."""
    rests = KRANICH if (sentence, body, value, blocks) in ELSEWHERE_DE else MARLOW
    told = {one.quote: one for one in GroundedDraft({"body": body}, rests, ()).statements}
    assert told[value].status == "elsewhere", sentence
    assert told[value].places
    assert told[value].wrong == blocks, told[value].against


@pytest.mark.parametrize(
    ("sentence", "body"), BORNE_OUT + BORNE_OUT_DE, ids=[row[0] for row in BORNE_OUT + BORNE_OUT_DE]
)
def test_it_stands_there_for_the_same(sentence: str, body: str) -> None:
    """Nothing in it is marked, and the value is supported."""
    rests = KRANICH if (sentence, body) in BORNE_OUT_DE else MARLOW
    told = GroundedDraft({"body": body}, rests, ()).statements
    assert told, sentence
    assert {one.status for one in told} == {"supported"}, [
        (one.quote, one.status, one.places, one.against) for one in told
    ]


WEEKDAYS = [
    ("a Monday called so", "We go live on Monday, 18 May 2026.", SAME),
    ("a Monday called so, without its year", "We go live on Monday, 18 May.", SAME),
    ("the weekday behind it", "We go live on 18 May 2026 (Monday).", SAME),
    ("in German", "Wir gehen am Montag, 18. Mai 2026 live.", SAME),
    ("a Monday called Tuesday", "We go live on Tuesday, 18 May 2026.", OTHER),
    ("a Monday called Tuesday, without its year", "We go live on Tuesday, 18 May.", OTHER),
    ("a Monday called Tue", "We go live on Tue, 18 May 2026.", OTHER),
    ("the wrong weekday behind it", "We go live on 18 May 2026 (Thursday).", OTHER),
    ("the wrong weekday in German", "Wir gehen am Dienstag, 18. Mai 2026 live.", OTHER),
]


@pytest.mark.parametrize(("sentence", "body", "status"), WEEKDAYS, ids=[row[0] for row in WEEKDAYS])
def test_a_weekday_is_that_day_s(sentence: str, body: str, status: str) -> None:
    """Against it stands the record's day with its own weekday."""
    (told,) = (one for one in GroundedDraft({"body": body}, MARLOW, ()).statements if one.kind == "date")
    assert (told.status, told.wrong) == (status, status == OTHER), sentence
    assert [place.value for place in told.against] == (["2026-05-18 (Monday)"] if told.wrong else [])
