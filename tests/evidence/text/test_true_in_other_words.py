"""What a record says in other words, or what can be worked out from it, raises no alarm: a sentence a row, beside the
one record that it is true of; and its false sister, which does."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from reviewqueue.evidence.text.grounding import GroundedDraft
from reviewqueue.evidence.text.values.moments import Place
from reviewqueue.evidence.types import Source

DEAL = ("salesforce", "Opportunity")
TERM = {"Contract_Start_Date__c": "2026-03-01", "Term_Months__c": 24, "Notice_Period_Days__c": 60, "Licences__c": 95}
HUB = {
    "properties": {
        "date_debut_contrat": "2026-04-15",
        "duree_mois": "12",
        "preavis_mois": "2",
        "formation_jours_inclus": "3",
    }
}
YEARS = {
    "Vertragsbeginn__c": "2026-10-01",
    "Laufzeit_Monate__c": 36,
    "ACV__c": 31500,
    "CurrencyIsoCode": "EUR",
    "Lizenzen__c": 420,
}
PEOPLE = {"records": [
    {"Name": "Marian Oyer", "Title": "Finance Director", "Email": "m.oyer@vale.example", "Buying_Role__c": "Billing contact"},
    {"Name": "Tom Birt", "Title": "IT Manager", "Email": "tom@vale.example", "Buying_Role__c": "Technical evaluator"},
    {"Name": "Greta Vale", "Title": "Geschäftsführerin", "Email": "g.vale@vale.example"},
]}  # fmt: skip
ROWS: list[tuple[str, tuple[str, str], dict[str, Any], str, str]] = [
    ("the last day of a term of months", DEAL, TERM, "The current term lasts until 29 February 2028.", ""),
    ("another last day", DEAL, TERM, "The current term lasts until 31 March 2028.", "31 March 2028"),
    ("a term by its months, in French", ("hubspot", "deal"), HUB, "Le contrat court jusqu'au 14 avril 2027, sauf préavis de deux mois.", ""),
    ("days in the middle of a name", ("hubspot", "deal"), HUB, "Trois jours de formation sont compris.", ""),
    ("other days in French", ("hubspot", "deal"), HUB, "Quatre jours de formation sont compris.", "Quatre jours"),
    ("a term by its months, in German", DEAL, YEARS, "Der Vertrag läuft über drei Jahre, bis 30.09.2029.", ""),
    ("the price for one", DEAL, YEARS, "Das sind 75 Euro je Lizenz und Jahr.", ""),
    ("another price for one", DEAL, YEARS, "Das sind 85 Euro je Lizenz und Jahr.", "85 Euro"),
    ("the price of the term", DEAL, YEARS, "Über drei Jahre sind das 94.500 EUR.", ""),
    ("another price of the term", DEAL, YEARS, "Über drei Jahre sind das 98.500 EUR.", "98.500 EUR"),
    ("a round figure", DEAL, {"Employees": 310}, "A little over 300 people work there.", ""),
    ("a round figure from below", DEAL, {"Employees": 310}, "Nearly 320 people work there.", ""),
    ("a figure that is no longer round", DEAL, {"Employees": 310}, "A little over 200 fitters work there.", "200 fitters"),
    ("doors by a longer name", DEAL, {"Notes__c": "Wave 1: Harbour, 31 dock doors, 6 July."}, "Wave 1: Harbour, 6 July, 31 doors.", ""),
    ("what is a field of its own", DEAL, {"number_of_clinics": "41", "Name": "Marrow Creek: migrate 4,200 contracts"},
     "Marrow Creek runs 41 clinics.", ""),
    ("what another clause counts for a part", DEAL, {**TERM, "Notes__c": "We will start with Sheffield, fourteen engineers, for three weeks."},
     "What they bought is for 95 engineers.", ""),
    ("some of them", DEAL, {"Goal__c": "Checks for all 16 branches, without driving to each of them."}, "Five branches have a complete month today.", ""),
    ("a day in words", DEAL, {"Notes__c": "Easter is the fifth of April."}, "Easter Sunday is 5 April.", ""),
    ("two days in French", DEAL, {"Notes__c": "Un rappel de lots, ça nous prend deux jours."}, "Un rappel vous prend deux jours.", ""),
    ("somebody's", DEAL, {"Owner": {"Name": "Jolene Marchetti"}}, "Okta is in Jolene Marchetti's hands.", ""),
    ("a title before a name", DEAL, {"FirstName": "Volker", "LastName": "Steinseifer", "Title": "Produktionsleiter"}, "Zuständig ist Produktionsleiter Volker Steinseifer.", ""),
    ("a project ends when it is due", ("asana", "project"), {"name": "Depot onboarding", "start_on": "2026-05-18", "due_on": "2026-08-28"},
     "The end of the project stays 28 August.", ""),
    ("what is not there, in German", DEAL, {"SSO_enthalten__c": False}, "Auf SSO verzichten wir vorerst.", ""),
    ("what was denied in another clause", DEAL, {"Notes__c": "Slotwise was good, but no Ukrainian language. Drivers read Polish and Ukrainian."},
     "Slotwise had no Ukrainian.", ""),
    ("what a tail denies", DEAL, {"Notes__c": "Three plant managers, not met yet."}, "We have not met the three plant managers.", ""),
    ("with or without", DEAL, {"Notes__c": "We can inspect without SAP in December."}, "Inspections from December, SAP in January.", ""),
    ("weeks are no thing", DEAL, {"Notes__c": "I don't want any of this going live in Easter week."}, "We go live in the week of Whitsun.", ""),
    ("what has none", DEAL, {"Integrations__c": "Branch list by CSV, about 380 rows."}, "Rows 118 to 131 have no branch.", ""),
    ("addresses are no words", DEAL, {"Notes__c": "Bills to the accounts mailbox, not to me. It's accounts@vale.example."},
     "Bills go to accounts@vale.example and not to you in person.", ""),
    ("an appointment at an hour", DEAL, {}, "We show the clause library on Thursday, 16 July, at 1 pm.", ""),
    ("a dry run", DEAL, {}, "Dry run: Wednesday, 9 September.", ""),
    ("what is asked in a list", DEAL, {}, "What we ask of you before the day:\n- Fiona: five names, by Friday, 27 November.\n", ""),
    ("what is enough", DEAL, {}, "A reply by Monday, 16 November, is enough.", ""),
    ("a day set in another sentence", DEAL, {}, "Could we meet on Tuesday, 17 November? Tuesday, 17 November is when your first store opens Flow.", ""),
    ("a few days' notice", DEAL, {}, "Installing the app takes two days' notice.", ""),
    ("a day in brackets behind another thing", DEAL, {"Go_Live__c": "2026-04-20", "Notes__c": "Nothing goes live in Easter week. Easter is the fifth of April."},
     "You want nothing to go live in Easter week (Easter is 5 April).", ""),
    ("minutes without their word", DEAL, {"Notes__c": "We lose forty minutes per truck. If you bring it under fifteen, I am satisfied."},
     "Under fifteen minutes per truck and she is satisfied.", ""),
    ("what one told us", DEAL, {"Notes__c": "Slotwise was good, but no Ukrainian language."}, "You told us that Slotwise had no Ukrainian.", ""),
    ("a day counted from another", DEAL, {"Notes__c": "The pilot runs from 16 March, for three weeks."}, "The pilot runs for three weeks from 16 March, so until 6 April.", ""),
    ("a day counted from the go-live", DEAL, {"Go_Live__c": "2026-04-20"}, "We look after you until four weeks after go-live, 18 May.", ""),
    ("a day counted wrongly from the go-live", DEAL, {"Go_Live__c": "2026-04-20"}, "Hypercare ends four weeks after go-live, on 28 May.", "28 May"),
    ("the rest of them", DEAL, TERM, "The other 81 engineers join later.", ""),
    ("the rest of the licences, in German", DEAL, YEARS, "Die übrigen 352 Lizenzen folgen.", ""),
    ("some for each", DEAL, {"Clinics__c": 41}, "The 41 clinics have six seats each.", ""),
    ("a number apart from its noun", DEAL, {"Notes__c": "The label printers are Zebras, there are seventeen of them."}, "All 17 printers are Zebras.", ""),
    ("the end of a month", DEAL, {"Notes__c": "We keep read access until the end of September."}, "You keep read access until 30 September.", ""),
    ("months for days", DEAL, TERM, "The notice period is two months.", ""),
    ("other months for days", DEAL, TERM, "The notice period is four months.", "four months"),
    ("no cost is no denial", DEAL, {"SSO_Included__c": True}, "SSO is included at no extra cost.", ""),
    ("a denial", DEAL, {"SSO_Included__c": True}, "SSO is not included.", "SSO is not included"),
    ("a call's own day", ("gong", "call_transcript"), {"metaData": {"started": "2026-02-05T14:00:00+00:00"}}, "We spoke on 5 February.", ""),
    ("the weekday of this year's day", DEAL, {"End_Date__c": "2029-07-14"}, "How about Tuesday, July 14?", ""),
    ("a day that is proposed in German", DEAL, {}, "Ich schlage Donnerstag, den 8. Oktober vor.", ""),
    ("a sum with a fee, in French", ("hubspot", "deal"), {"properties": {"deal_currency_code": "EUR", "amount": "57600", "frais_mise_en_service": "6200"}},
     "La première année revient à 63 800 € avec la mise en service.", ""),
    ("a role that another holds", DEAL, PEOPLE, "Marian Oyer, your technical evaluator, sees to it.", "Marian Oyer"),
    ("a role of one's own", DEAL, PEOPLE, "Tom Birt, your IT Manager, sees to it, and Marian Oyer is the billing contact.", ""),
    ("a role in German that another holds", DEAL, PEOPLE, "Tom Birt ist dort Geschäftsführerin.", "Tom Birt"),
    ("another one's address, by one name field", DEAL, PEOPLE, "Marian Oyer: tom@vale.example.", "tom@vale.example"),
    ("one's own address, by one name field", DEAL, PEOPLE, "Tom Birt: tom@vale.example.", ""),
    ("an address for whoever is greeted", DEAL, PEOPLE, "Hi Marian,\nfor you I have noted tom@vale.example.", "tom@vale.example"),
    ("the address of a role", DEAL, PEOPLE, "Questions go to their IT manager at tom@vale.example.", ""),
    ("staff as seats, behind a label", DEAL, {"Employees": 1150, "Seats_Purchased__c": 240}, "Seats bought: 1,150.", "1,150"),
    ("seats behind a label", DEAL, {"Employees": 1150, "Seats_Purchased__c": 240}, "Seats bought: 240.", ""),
    ("who sold it, in German", DEAL, {"Owner": {"Name": "Birgit Tann"}, "Kundenbetreuer__r": {"Name": "Jannis Kow"}}, "Verkauft hat Jannis Kow.", "Jannis Kow"),
    ("work by a name in its title", ("asana", "task"), {"name": "Okta SSO setup", "due_on": "2026-03-11", "notes": "The pilot begins on 16 March."},
     "Okta is up next and should be finished by 16 March.", "16 March"),
    ("a day that nothing sets", DEAL, {}, "The licences were signed over on 17 November.", "17 November"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "kind", "payload", "body", "wrong"), ROWS, ids=[row[0] for row in ROWS])
def test_it_is_marked_where_it_is_wrong(
    row: str, kind: tuple[str, str], payload: dict[str, Any], body: str, wrong: str
) -> None:
    sources = {"a": Source(*kind, "1", {"Id": "1", **payload})}
    found = GroundedDraft({"body": body}, sources, (), (), Place("Europe/Berlin", date(2026, 4, 27))).statements
    assert [one.quote for one in found if one.status != "supported"] == ([wrong] if wrong else []), row
