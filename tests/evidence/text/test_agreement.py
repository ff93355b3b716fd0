"""Citations: a draft's words against the field they cite: the same, otherwise, or not to be compared. One row a case."""

from __future__ import annotations

import ast
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewqueue.evidence.text.grounding import GroundedDraft
from reviewqueue.evidence.text.words.stems import stems
from reviewqueue.evidence.types import Citation, Source

NOTE = (
    "Call with Rosa Marlow and Piet de Vries. Piet runs the project day to day; Rosa approves the budget. They have no "
    "history to migrate, but the branch list comes by CSV every night. Three admin trainings and two checklist templates "
    "are promised. Legal cannot sign before 20 March 2026. Single sign-on is in scope, SMS alerts are not. About a dozen "
    "dispatchers use it daily. Payment within 60 days, no automatic renewal. The portal goes live in Leeds first, Ghent "
    "follows in autumn. Extra services are capped at 5,000 EUR."
)
SENTENCE = "Rosa Marlow approves the budget, Piet de Vries runs the project and the portal goes live in Leeds first and Ghent in autumn."
Row = tuple[str, str, str, str, Any]
# (what the row shows, the draft's text, the words in it that cite the field, the field, its value)
SAME: list[Row] = [
    ("the value among other words", "You have the Enterprise plan.", "the Enterprise plan", "Plan__c", "Enterprise"),
    ("the value, and the quote goes on", "you have the Team plan with reports", "the Team plan with reports", "Plan__c", "Team"),
    ("case", "your plan: ENTERPRISE", "ENTERPRISE", "Plan__c", "Enterprise"),
    ("accents", "with Zoe Muller", "Zoe Muller", "Name", "Zoë Müller"),
    ("blanks and line ends", "two  dashboards\nand training", "two  dashboards\nand training", "Scope__c", "Two dashboards and training"),
    ("a company without its legal form", "for Marlow Freight", "Marlow Freight", "Name", "Marlow Freight Inc."),
    ("a part of a name", "Edge Communications starts", "Edge Communications", "Name", "Edge Communications - Order Suite"),
    ("a first name within the whole", "Rosa Marlow decides", "Rosa Marlow", "FirstName", "Rosa"),
    ("an initial", "R. Marlow decides", "R. Marlow", "Name", "Rosa Marlow"),
    ("a picklist's spelling", "the deal is closed won", "closed won", "dealstage", "closedwon"),
    ("a hyphen", "for mid market teams", "mid market", "Segment__c", "mid-market"),
    ("a list of which one is named", "with reporting included", "reporting included", "Modules__c", "SSO;Reporting;Audit"),
    ("another form of the words", "the dispatchers ordering in one place", "dispatchers ordering in one place", "Outcome__c", "Dispatchers order in one place"),
    ("a place", "at your Austin office", "your Austin office", "BillingCity", "Austin"),
    ("a country by its code", "hosted for you in Germany", "in Germany", "BillingCountry", "DE"),
    ("a country's code by its name", "your UK entity", "your UK entity", "BillingCountry", "United Kingdom"),
    ("a number", "for 50 users", "50 users", "Seats__c", 50),
    ("a number as text", "50 seats", "50 seats", "seats", "50"),
    ("a number with its zeros", "for 48,000 a year", "48,000", "Amount", Decimal("48000.00")),
    ("a number alone", "Level: 3", "Level: 3", "Support_Level__c", 3),
    ("a number in words", "you have forty seats", "forty seats", "Seats__c", 40),
    ("a dozen", "a dozen licences", "a dozen licences", "Licenses__c", 12),
    ("one", "one training is included", "one training", "Trainings__c", 1),
    ("a German number in words", "Sie haben achtundvierzig Lizenzen", "achtundvierzig Lizenzen", "Seats__c", 48),
    ("money with its sign", "€48k a year", "€48k a year", "ARR__c", 48000),
    ("money in words", "forty-eight thousand euros", "forty-eight thousand euros", "Amount", 48000),
    ("real", "o preço é R$ 48.000", "R$ 48.000", "Price_BRL__c", 48000),
    ("a share", "a discount of 12%", "12%", "Discount__c", 12),
    ("a share in words", "fifteen percent off", "fifteen percent", "Discount__c", 15),
    ("a share of a price field", "a discount of 12%", "12%", "Discount_Amount__c", Decimal("12.0")),
    ("a date in words", "We start on 23 March 2026.", "23 March 2026", "Start_Date__c", "2026-03-23"),
    ("a date without its year", "We start on 23 March.", "23 March", "Start_Date__c", "2026-03-23"),
    ("a German date", "Start am 23.03.2026", "23.03.2026", "Start_Date__c", "2026-03-23"),
    ("an American date", "Start: 3/23/2026", "3/23/2026", "Start_Date__c", "2026-03-23"),
    ("a date with an ordinal", "on the first of March", "the first of March", "Start_Date__c", "2026-03-01"),
    ("a date with its weekday", "on Monday, 23 March 2026", "Monday, 23 March 2026", "Start_Date__c", "2026-03-23"),
    ("a month", "by the end of March 2026", "the end of March 2026", "Go_Live__c", "2026-03-31"),
    ("a quarter", "in Q1 2026", "Q1 2026", "Go_Live__c", "2026-03-31"),
    ("a weekday alone", "on Monday", "on Monday", "Start_Date__c", "2026-03-23"),
    ("a moment in seconds", "billing began on 23 March 2026", "23 March 2026", "start_date", 1774224000),
    ("a length of time", "for two years", "two years", "Contract_Term__c", "24 months"),
    ("a length of time by the field's name", "24 months", "24 months", "Term_Months__c", 24),
    ("an address", "write to Rosa@Marlow.example", "Rosa@Marlow.example", "Email", "rosa@marlow.example"),
    ("a telephone number", "call (802) 555-0141", "(802) 555-0141", "Phone", "+1 802 555 0141"),
    ("a website", "www.marlow.example", "www.marlow.example", "Website", "https://www.marlow.example"),
    ("yes", "single sign-on is included", "single sign-on is included", "Single_Sign_On__c", True),
    ("yes as text", "the pilot is approved", "the pilot is approved", "Pilot_Approved__c", "true"),
    ("no", "single sign-on is not included", "single sign-on is not included", "Single_Sign_On__c", False),
    ("no, said before the quote", "There is no data migration.", "data migration", "Data_Migration__c", False),
    ("no, as text", "no data migration is planned", "no data migration", "Data_Migration__c", "No"),
    ("none", "There are no special terms.", "no special terms", "Special_Terms__c", "none"),
    ("not later than", "not later than 23 March 2026", "not later than 23 March 2026", "Go_Live__c", "2026-03-23"),
    ("a denial of something else", "Enterprise plan, no extras", "Enterprise plan, no extras", "Plan__c", "Enterprise"),
    ("a number, and a denial of something else", "50 seats, no extras", "50 seats, no extras", "Seats__c", 50),
    ("a number from a day on", "50 seats from 23 March 2026", "50 seats from 23 March 2026", "Seats__c", 50),
    ("a number for a length of time", "50 seats for 24 months", "50 seats for 24 months", "Seats__c", 50),
    ("a number that is not more", "not more than 50 seats", "not more than 50 seats", "Seats__c", 50),
    ("a day on which something starts", "from 23 March 2026 on", "from 23 March 2026 on", "Start_Date__c", "2026-03-23"),
    ("a day until which", "by 23 March 2026", "by 23 March 2026", "Start_Date__c", "2026-03-23"),
    ("the currency of the field", "EUR 48,000", "EUR 48,000", "Price_EUR__c", 48000),
    ("a month's price of a month", "€4,000 per month", "€4,000 per month", "MRR__c", 4000),
    ("a price for each user, as such", "€48 per user", "€48 per user", "Unit_Price__c", 48),
    ("words that take back, as the field has them", "outside the portal", "outside the portal", "Scope__c", "Outside the portal"),
    ("a page of a site", "https://www.marlow.example/start", "https://www.marlow.example/start", "Website", "https://www.marlow.example"),
    ("a site at the end of a sentence", "see www.marlow.example.", "www.marlow.example.", "Website", "https://www.marlow.example"),
    ("no, in German", "SSO ist nicht enthalten", "SSO ist nicht enthalten", "SSO__c", False),
    ("of a note, a part word for word", "Piet runs the project day to day", "Piet runs the project day to day", "Note__c", NOTE),
    ("of a note, a number in words", "three admin trainings", "three admin trainings", "Note__c", NOTE),
    ("of a note, the number as a figure", "your 3 admin trainings", "3 admin trainings", "Note__c", NOTE),
    ("of a note, in another order", "the budget is approved by Rosa", "the budget is approved by Rosa", "Note__c", NOTE),
    ("of a note, from two sentences", "The portal goes live in Leeds first, and single sign-on is in scope", "The portal goes live in Leeds first, and single sign-on is in scope", "Note__c", NOTE),
    ("of a note, a denial kept", "there is no automatic renewal", "no automatic renewal", "Note__c", NOTE),
    ("of a note, a denial that stands before the quote", "you have no history to migrate", "history to migrate", "Note__c", NOTE),
    ("of a note, what follows a denial", "the branch list comes by CSV", "the branch list comes by CSV", "Note__c", NOTE),
    ("of a note, money", "capped at EUR 5,000", "capped at EUR 5,000", "Note__c", NOTE),
    ("of a note, a dozen as a figure", "12 dispatchers", "12 dispatchers", "Note__c", NOTE),
    ("of a list, one value", "with audit trail", "audit trail", "modules", ["SSO", "Audit trail"]),
    ("of a list, how many", "two modules", "two modules", "modules", ["SSO", "Audit trail"]),
    ("a long value cut short", "Show the examiner complete branch security…", "Show the examiner complete branch security…", "Outcome__c", "Show the examiner complete branch security checks"),
    ("a date of two readings, as the field has it", "Start: 3/4/2026", "3/4/2026", "Start_Date__c", "3/4/2026"),
    ("a date of which one reading is a day", "on 13 April 2026", "13 April 2026", "Start_Date__c", "13/4/2026"),
    ("a month of both readings", "in Q1 2026", "Q1 2026", "Start_Date__c", "2/3/2026"),
    ("a count in a text", "for 500 users", "500 users", "Scope__c", "for 500 users"),
    ("two counts in another order", "500 branches for 50 users", "500 branches for 50 users", "Scope__c", "50 users in 500 branches"),
    ("a bound, as the text has it", "for up to 500 users", "up to 500 users", "Scope__c", "Up to 500 users in all"),
    ("a bound before the quote, as the text has it", "for up to 500 users", "500 users", "Scope__c", "Up to 500 users in all"),
    ("names side by side, in another order", "Rosa and Piet run it", "Rosa and Piet run it", "Scope__c", "Piet and Rosa run it"),
    ("who does what, said in the passive", "Rosa is managed by Piet", "Rosa is managed by Piet", "Scope__c", "Piet manages Rosa"),
    ("of one sentence, one of two names", "Rosa approves the budget", "Rosa approves the budget", "Note__c", SENTENCE),
    ("of one sentence, both names", "Piet runs the project and Rosa approves the budget", "Piet runs the project and Rosa approves the budget", "Note__c", SENTENCE),
]  # fmt: skip
OTHERWISE: list[Row] = [
    ("two counts that changed places", "500 users in 50 branches", "500 users in 50 branches", "Scope__c", "50 users in 500 branches"),
    ("months for users", "for 500 months", "500 months", "Seats__c", 500),
    ("users for months", "for 24 users", "24 users", "Term_Months__c", 24),
    ("another plan", "you have the Enterprise plan", "the Enterprise plan", "Plan__c", "Team"),
    ("another number", "with 60 seats", "60 seats", "Seats__c", 50),
    ("another place", "at your Dallas office", "your Dallas office", "BillingCity", "Austin"),
    ("another country", "hosted in France", "in France", "BillingCountry", "DE"),
    ("a bigger plan that begins the same", "the Team Plus plan", "the Team Plus plan", "Plan__c", "Team"),
    ("the plan is denied", "you are not on the Team plan", "not on the Team plan", "Plan__c", "Team"),
    ("the plan is denied before the quote", "you do not have the Team plan", "the Team plan", "Plan__c", "Team"),
    ("the plan is denied behind", "SSO is not included", "SSO is not included", "Feature__c", "SSO"),
    ("a smaller plan that begins the same", "the Business plan", "the Business plan", "Plan__c", "Business Plus"),
    ("a plan in small letters", "the enterprise plan", "the enterprise plan", "Plan__c", "Team"),
    ("another month alone", "in May", "in May", "Go_Live__c", "2026-04-13"),
    ("a denial that a longer sentence drops", "Your old data is migrated", "Your old data is migrated", "Integrations__c", "NetSuite and Shopify. No data migration."),
    ("another person", "Robert Gonzalez runs it", "Robert Gonzalez", "Name", "Rose Gonzalez"),
    ("another spelling of a name", "Zoë Möller-Lüdtke", "Zoë Möller-Lüdtke", "Name", "Zoë Müller-Lüdtke"),
    ("another company", "Edge Telecommunications", "Edge Telecommunications", "Name", "Edge Communications"),
    ("another role", "your Chief Security Officer", "Chief Security Officer", "Title", "Head of IT"),
    ("a number in words", "fifty licences", "fifty licences", "Seats__c", 40),
    ("two dozen", "two dozen seats", "two dozen seats", "Seats__c", 12),
    ("a bare number", "Level: 4", "Level: 4", "Support_Level__c", 3),
    ("a number within another", "for 5 users", "5 users", "Seats__c", 50),
    ("ten times the number", "for 500 users", "500 users", "Seats__c", 50),
    ("none of them", "there are no seats", "no seats", "Seats__c", 50),
    ("not that number", "not 50 seats but 60", "not 50 seats but 60", "Seats__c", 50),
    ("a share for a number of seats", "50% of it", "50% of it", "Seats__c", 50),
    ("another share", "a discount of 15%", "15%", "Discount__c", 12),
    ("another amount", "EUR 58,000", "EUR 58,000", "Amount", 48000),
    ("a thousand times the amount", "EUR 48 million", "EUR 48 million", "Amount", 48000),
    ("a year's price for a month", "€48,000 per month", "€48,000 per month", "ARR__c", 48000),
    ("a year's price, for a month behind the quote", "€48,000 per month", "€48,000", "ARR__c", 48000),
    ("another day", "on 30 March 2026", "30 March 2026", "Start_Date__c", "2026-03-23"),
    ("another year", "on 23 March 2027", "23 March 2027", "Start_Date__c", "2026-03-23"),
    ("another weekday", "on Tuesday, 23 March 2026", "Tuesday, 23 March 2026", "Start_Date__c", "2026-03-23"),
    ("another month", "by the end of June 2026", "June 2026", "Go_Live__c", "2026-03-31"),
    ("another quarter", "in Q3 2026", "Q3 2026", "Go_Live__c", "2026-03-31"),
    ("another weekday alone", "on Tuesday", "on Tuesday", "Start_Date__c", "2026-03-23"),
    ("another length of time", "for three years", "three years", "Contract_Term__c", "24 months"),
    ("days for months", "24 days", "24 days", "Term_Months__c", 24),
    ("another address", "write to rosa@marlowe.example", "rosa@marlowe.example", "Email", "rosa@marlow.example"),
    ("another telephone number", "call (802) 555-0142", "(802) 555-0142", "Phone", "+1 802 555 0141"),
    ("no for yes", "single sign-on is not included", "single sign-on is not included", "Single_Sign_On__c", True),
    ("yes for no", "single sign-on is included", "single sign-on is included", "Single_Sign_On__c", False),
    ("yes for no, as text", "the pilot is approved", "the pilot is approved", "Pilot_Approved__c", "false"),
    ("terms where there are none", "with special terms", "special terms", "Special_Terms__c", "none"),
    ("a number that never was", "never 50 seats", "never 50 seats", "Seats__c", 50),
    ("a number that is denied behind", "50 seats are not included", "50 seats are not included", "Seats__c", 50),
    ("a number that is denied before the quote", "you do not get 50 seats", "50 seats", "Seats__c", 50),
    ("more than none", "60 seats, none unused", "60 seats, none unused", "Seats__c", 0),
    ("one of many", "one of 60 seats", "one of 60 seats", "Seats__c", 1),
    ("another currency than the field's", "USD 48,000", "USD 48,000", "Price_EUR__c", 48000),
    ("a year's price for a quarter", "€48,000 a quarter", "€48,000 a quarter", "ARR__c", 48000),
    ("a month's price, billed yearly", "€48,000 per month, billed per year", "€48,000 per month, billed per year", "ARR__c", 48000),
    ("not on that day", "never on 23 March 2026", "never on 23 March 2026", "Start_Date__c", "2026-03-23"),
    ("the day is denied before the quote", "We do not start on 23 March 2026", "23 March 2026", "Start_Date__c", "2026-03-23"),
    ("an unlimited plan", "Enterprise Unlimited", "Enterprise Unlimited", "Plan__c", "Enterprise"),
    ("another site that begins the same", "https://www.marlow.example@evil.example", "https://www.marlow.example@evil.example", "Website", "https://www.marlow.example"),
    ("of a note, another number", "four admin trainings", "four admin trainings", "Note__c", NOTE),
    ("of a note, the number of another thing", "two admin trainings", "two admin trainings", "Note__c", NOTE),
    ("of a note, another date", "sign on 21 March 2026", "sign on 21 March 2026", "Note__c", NOTE),
    ("of a note, a denial left out", "your history to migrate", "history to migrate", "Note__c", NOTE),
    ("of a note, a promise nobody gave", "Legal will sign before 20 March 2026", "Legal will sign before 20 March 2026", "Note__c", NOTE),
    ("of a note, a denial added", "single sign-on is not in scope", "single sign-on is not in scope", "Note__c", NOTE),
    ("of a note, renewal where there is none", "automatic renewal applies", "automatic renewal", "Note__c", NOTE),
    ("of a note, another town", "The portal goes live in Bristol first", "The portal goes live in Bristol first", "Note__c", NOTE),
    ("of a note, somebody else", "Helen approves the budget", "Helen approves the budget", "Note__c", NOTE),
    ("of a note, other money", "capped at 8,000 EUR", "capped at 8,000 EUR", "Note__c", NOTE),
    ("of a note, something else altogether", "a Salesforce connector is delivered", "a Salesforce connector is delivered", "Note__c", NOTE),
]  # fmt: skip
UNCLEAR: list[Row] = [
    ("one end of a range", "50 to 60 users", "50 to 60 users", "Seats__c", 50),
    ("only a bound", "more than 50 users", "more than 50 users", "Seats__c", 50),
    ("a bound before the quote", "at least 50 users", "50 users", "Seats__c", 50),
    ("below nothing", "-50 seats", "-50 seats", "Seats__c", 50),
    ("on top of others", "another 50 seats", "another 50 seats", "Seats__c", 50),
    ("so many more", "50 more seats", "50 more seats", "Seats__c", 50),
    ("for each user", "48,000 per user", "48,000 per user", "Amount", 48000),
    ("only before a day", "before 23 March 2026", "before 23 March 2026", "Start_Date__c", "2026-03-23"),
    ("after a day", "two weeks after 23 March 2026", "two weeks after 23 March 2026", "Start_Date__c", "2026-03-23"),
    ("a longer time", "24 months longer", "24 months longer", "Contract_Term__c", "24 months"),
    ("instead of it", "instead of the Enterprise plan", "instead of the Enterprise plan", "Plan__c", "Enterprise"),
    ("what was cancelled", "Enterprise was cancelled", "Enterprise was cancelled", "Plan__c", "Enterprise"),
    ("all but it", "everything but Enterprise", "everything but Enterprise", "Plan__c", "Enterprise"),
    ("what no longer applies", "Enterprise no longer applies", "Enterprise no longer applies", "Plan__c", "Enterprise"),
    ("a plan with a plus", "the Enterprise+ plan", "the Enterprise+ plan", "Plan__c", "Enterprise"),
    ("a plan with a number", "Enterprise 360", "Enterprise 360", "Plan__c", "Enterprise"),
    ("outside a place", "outside Austin", "outside Austin", "BillingCity", "Austin"),
    ("not in a country", "not in Germany", "not in Germany", "BillingCountry", "DE"),
    ("yes, for money", "single sign-on costs 500 EUR", "single sign-on costs 500 EUR", "Single_Sign_On__c", True),
    ("yes, as a question", "Is single sign-on included?", "Is single sign-on included?", "Single_Sign_On__c", True),
    ("yes, but missing", "single sign-on is missing", "single sign-on is missing", "Single_Sign_On__c", True),
    ("yes, with a denial of something else", "single sign-on is included at no cost", "single sign-on is included at no cost", "Single_Sign_On__c", False),
    ("of a note, what it denies behind", "SMS alerts are included", "SMS alerts", "Note__c", NOTE),
    ("of a list, without one", "two modules, not SSO", "two modules, not SSO", "modules", ["SSO", "Audit trail"]),
    ("of a list, so many of something else", "two teams", "two teams", "modules", ["SSO", "Audit trail"]),
    ("a paraphrase of a field", "one place where your dispatchers work", "one place where your dispatchers work", "Outcome__c", "Dispatchers order in one place"),
    ("words that say nothing of the number", "as many as you bought", "as many as you bought", "Seats__c", 50),
    ("a day that is only pointed at", "as agreed last time", "as agreed last time", "Start_Date__c", "2026-03-23"),
    ("words of a note from two sentences made one", "Rosa runs the project", "Rosa runs the project", "Note__c", NOTE),
    ("a name that is a common word", "our team gave you the Enterprise plan", "our team gave you the Enterprise plan", "Plan__c", "Team"),
    ("what was only thought of", "SSO will be done in the first phase", "SSO will be done in the first phase", "Call__c", "I think SSO could be done in the first phase, but let me check with our engineering team first. They are away until Friday, and nobody else knows how the old directory was set up when the company moved its offices last year"),
    ("other words for a value", "you signed with us", "you signed with us", "StageName", "Closed Won"),
    ("another language", "Die Zahlung ist innerhalb der Frist und mit Skonto fällig", "Die Zahlung ist innerhalb der Frist und mit Skonto fällig", "Note__c", NOTE),
    ("a moment that is another day elsewhere", "on 4 March 2026 in Berlin", "4 March 2026", "scheduled_start_time", "2026-03-03T23:30:00Z"),
    ("a date of two readings in the field", "on 3 April 2026", "3 April 2026", "Start_Date__c", "3/4/2026"),
    ("a date of two readings in the field, and its weekday", "on Friday, 3 April 2026", "Friday, 3 April 2026", "Start_Date__c", "3/4/2026"),
    ("a date of two readings in the draft", "on 3/4/2026", "3/4/2026", "Start_Date__c", "2026-04-03"),
    ("day and month that changed places", "on 4/3/2026", "4/3/2026", "Start_Date__c", "3/4/2026"),
    ("a text's count as a bound", "for more than 500 users", "more than 500 users", "Scope__c", "for 500 users"),
    ("a text's bound as a count", "for 500 users", "500 users", "Scope__c", "up to 500 users"),
    ("names that changed places", "Piet reports to Rosa", "Piet reports to Rosa", "Scope__c", "Rosa reports to Piet"),
    ("of one sentence, the other name", "Piet approves the budget", "Piet approves the budget", "Note__c", SENTENCE),
    ("of one sentence, both names changed over", "Rosa runs the project and Piet approves the budget", "Rosa runs the project and Piet approves the budget", "Note__c", SENTENCE),
    ("of one sentence, the other town", "the portal goes live in Ghent first", "the portal goes live in Ghent first", "Note__c", SENTENCE),
]  # fmt: skip
EVERY = [*((*row, "same") for row in SAME), *((*row, "otherwise") for row in OTHERWISE), *((*row, "unclear") for row in UNCLEAR)]  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "text", "quote", "key", "value", "expected"), EVERY, ids=[f"{row[5]}: {row[0]}" for row in EVERY]
)
def test_a_citation_is_compared(sentence: str, text: str, quote: str, key: str, value: Any, expected: str) -> None:
    payload = {"Id": "006", "properties": {key: value}}
    source = Source("salesforce", "Opportunity", "006", payload)
    cited = (Citation("/body", quote, "deal", f"/properties/{key}"),)
    (one,) = GroundedDraft({"body": text}, {"deal": source}, cited).cited
    assert one is not None
    assert one.verdict == expected, sentence


@pytest.mark.parametrize("language", ["english", "german"])
def test_a_language_by_itself_is_the_librarys_own(language: str) -> None:
    """The one module that is loaded says what the whole package says."""
    words = [
        "migrations",
        "migrated",
        "ordering",
        "dispatchers",
        "branches",
        "Lizenzen",
        "Standorte",
        "Schulungen",
        "Häuser",
        "gekündigt",
    ]
    script = f"import snowballstemmer, sys; print(snowballstemmer.stemmer({language!r}).stemWords({words!r}))"
    whole = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert all(stem in stems(word) for word, stem in zip(words, ast.literal_eval(whole), strict=True))


TEXT = st.text(st.sampled_from("aÄβж5 0.,-€%'’\n;:TeamNotno12noon\u200b…"), max_size=40)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=3) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(
    quote=TEXT, value=VALUES, key=st.sampled_from(["Plan__c", "ARR__c", "Seats__c", "Start_Date__c", "Note", "1", ""])
)
def test_nothing_raises_whatever_is_cited(quote: str, value: Any, key: str) -> None:
    """Any words against any value of any field: one of the three outcomes, or nothing to hold them against."""
    source = Source("salesforce", "Opportunity", "006", {key: value})
    (one,) = GroundedDraft(
        {"body": f"x {quote} y"}, {"deal": source}, (Citation("/body", quote, "deal", f"/{key}"),)
    ).cited
    assert one is None or one.verdict in ("same", "otherwise", "unclear")


@given(
    words=st.lists(
        st.sampled_from(["Leeds", "Ghent", "portal", "branch", "list", "training", "weekly", "call", "Rosa", "budget"]),
        min_size=1,
    )
)
def test_a_field_says_its_own_words(words: list[str]) -> None:
    """Whatever a field says is supported by it when it is quoted whole, in any case."""
    value = " ".join(words)
    for quote in (value, value.upper(), f"“{value}”"):
        source = Source("salesforce", "Opportunity", "006", {"Note__c": value})
        (one,) = GroundedDraft({"body": quote}, {"deal": source}, (Citation("/body", quote, "deal", "/Note__c"),)).cited
        assert one is not None
        assert one.verdict == "same"


def test_half_of_the_rows_are_honest() -> None:
    """A check that always says "otherwise" would fail more than half of them."""
    assert len(SAME) > len(OTHERWISE) > 40
    said = (Path(__file__).parents[3] / "docs" / "statements.md").read_text(encoding="utf-8")
    rows = f"{len(SAME)} that say the same, {len(OTHERWISE)} that say otherwise, {len(UNCLEAR)} that cannot be compared"
    assert rows in said, "docs/statements.md says how many"
