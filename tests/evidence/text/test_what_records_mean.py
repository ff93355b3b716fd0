"""What the words around a value, a person or a thing say of it, held against all records of one customer: a sentence a row."""

from __future__ import annotations

from datetime import date

import pytest

from reviewqueue.evidence.text.grounding import GroundedDraft
from reviewqueue.evidence.text.values.moments import Place
from tests.evidence.text.ferries import pallas

RECORDS = pallas()
TRUE = [
    ("what a field counts that billing counts too", "All six ports are covered."),
    ("users, of which billing counts none", "90 users."),
    ("weeks left until a day beside it", "There are nineteen weeks left until go-live on 7 September."),
    ("weeks to a day, in words", "In just over nineteen weeks, on 7 September, you go live."),
    ("minutes of an agenda", "Ten minutes per topic, no more."),
    ("a thousand and a half", "Of the invoice, four and a half thousand euros were for the data import."),
    ("who does a piece of work", "Wojtek Brzeziński will do the tariff import."),
    ("by when it is due", "The import of the tariff tables is due on 24 July."),
    ("an address that somebody writes to", "Sunniva will copy tobin@pallas.example on all results."),
    ("what lacks", "At the moment nine map tiles still lack labels."),
    ("left out, as the field says", "Ticket printers are not part of your package."),
    ("left out, and offered apart", "Ticket printers can be ordered separately later."),
    ("left out, in a note", "There is no kiosk hardware in this project."),
    ("included, as a note says", "Your data is imported from Harbourmaster."),
    ("included, and something else is not", "There is no data import from spreadsheets."),
    ("where it is hosted", "Your data is stored in Marseille."),
    ("no renewal", "The contract does not renew by itself."),
    ("a must", "Single sign-on is a must for all of your users."),
    ("an invoice that is paid", "Thank you, your invoice has been paid."),
    ("a ticket that is open", "The ticket on the map tiles is still open."),
    ("paid by transfer", "You pay each invoice by bank transfer."),
    ("promised by whom it was", "Sunniva promised the audit report by 12 June."),
    ("asked for by whom it was", "Dear Ilse, you asked for the audit report before the network is opened."),
    ("said to nobody in particular", "You said that Oslo and Kiel come first."),
    ("an action that somebody took on", "Tobin agreed to let us have the berth list by the end of May."),
    ("what is only thought of", "A Catalan interface would be nice to have."),
    ("the whole term's sum", "The contract is worth EUR 180,000 in total."),
    ("a year's sum", "That is EUR 60,000 a year for all six ports."),
    ("one port's price", "Each port costs EUR 10,000 a year."),
    ("a line of an invoice", "The signage kit was charged at EUR 1,200."),
    ("an invoice in all", "The invoice came to EUR 5,700 altogether."),
    ("two sums together", "Counting the data import, the first year comes to EUR 64,500."),
    ("a month in passing", "We will be back in touch in October."),
    ("the month of the go-live", "You go live in September."),
    ("a part of a whole", "9 of the 40 map tiles have no labels."),
    ("days to pay, in short", "Payment terms: net 30."),
    ("a day with a slash", "The import of the tariff tables is due on 24/07."),
    ("a contract that ends by itself", "The contract ends automatically after three years."),
    ("a time of day in French", "La réunion a lieu mardi à 14 h 30 dans la salle du port."),
    ("from nine to eleven, in French", "Nous vous appelons entre 9 h et 11 h jeudi."),
    ("time to pay, in French", "Les factures sont payables à 30 jours."),
    ("a term, in French", "Le contrat court sur trois ans."),
    ("a term, in Spanish", "El contrato dura tres años."),
    ("steps, in French", "Voici les 3 prochaines étapes du projet."),
    ("users, in German", "90 Nutzer insgesamt."),
    ("what we do in some weeks", "In two weeks, we will have a first look."),
    ("no renewal, in French", "Le contrat n'est pas renouvelé automatiquement."),
    ("the product", "You have ordered Quayside Plus."),
    ("the customer's system", "ERP in use: Infor LN."),
    ("where data comes from", "The data comes from Harbourmaster."),
    ("the customer", "Our customer, Pallas Ferries, runs six ports."),
    ("a title before the name", "Managing Director: Dr Nerea Ibarra."),
    ("a title after the name", "Ilse Kováč, your IT Security Lead, gets the report."),
    ("who sold it", "Sold by Sunniva Dahl."),
    ("where bills go", "Accounts payable: payables@pallas.example."),
    ("the lead's address", "You can write to the project lead at tobin@pallas.example."),
    ("days at the end of a sentence", "We keep June 8 to 19. Training is on board for each crew."),
]
WRONG = [
    ("the start, in French, on the day of signature", "Le contrat démarre le 17 avril.", "17 avril"),
    ("the go-live, in French, on another day of the records", "Vous passez en production le 24 juillet.", "24 juillet"),
    ("the whole term's sum each month, in French", "Chaque mois, nous facturons 180 000 €.", "180 000 €"),
    ("committed to what was only thought of, in French", "Tobin s'est engagé sur une interface Catalan.", "Tobin"),
    ("the whole term's sum by the year", "Every year in May we will invoice EUR 180,000.", "EUR 180,000"),
    ("one port's price for all", "Altogether your yearly bill is EUR 10,000 for all ports.", "EUR 10,000"),
    ("another line of the invoice", "For the data import we charged EUR 1,200.", "EUR 1,200"),
    ("the whole invoice for a line", "The signage kit was charged at EUR 5,700.", "EUR 5,700"),
    ("two sums that come to less", "Counting the data import, the first year comes to EUR 63,500.", "EUR 63,500"),
    ("another month for the go-live", "You go live in April.", "April"),
    ("the whole for its part", "40 map tiles have no labels.", "40 map"),
    ("days to pay, in short and wrong", "Payment terms: net 45.", "net 45"),
    ("another day with a slash", "The import of the tariff tables is due on 07/09.", "07/09"),
    ("another count in words below ten", "Text messages cost six credits each beyond that.", "six credits"),
    ("what one is asked for by another day", "Please send us the berth list by 24 July.", "24 July"),
    ("another's title", "Tobin Achterberg is IT Security Lead and our main contact.", "IT Security Lead"),
    ("another's title before the name", "Managing Director: Tobin Achterberg.", "Managing Director"),
    ("a title that nobody has", "Ilse Kováč (Head of Purchasing) comes along.", "Head of Purchasing"),
    ("sold by another", "Sold by Wojtek Brzeziński.", "Wojtek Brzeziński"),
    ("the customer's system as our product", "Product sold: Infor LN.", "Infor LN"),
    ("another's product as ours", "They bought Harbourmaster from us.", "Harbourmaster"),
    ("another product", "Product on the order: Quayside Harbour.", "Quayside Harbour"),
    ("another system", "ERP in use: Oracle NetSuite.", "Oracle NetSuite"),
    ("whom they looked at besides", "They had also looked at PortPilot before choosing us.", "PortPilot"),
    ("another customer", "Our customer, Adriatic Lines, runs six ports.", "Adriatic Lines"),
    (
        "the address for bills, for something else",
        "Security incidents of your network go to payables@pallas.example.",
        "payables@pallas.example",
    ),
    (
        "the address for bills, as the lead's",
        "You can write to the project lead at payables@pallas.example.",
        "payables@pallas.example",
    ),
    (
        "another's address as one's own",
        "Dear Tobin, I sent it to your own address, nerea@pallas.example.",
        "nerea@pallas.example",
    ),
    ("a renewal, in French", "Le contrat se renouvelle par tacite reconduction.", "se renouvelle"),
    (
        "included, though the field leaves it out",
        "Ticket printers are part of your package all the same.",
        "Ticket printers",
    ),
    ("committed to, though left out", "The customer has committed to loyalty cards for 2027.", "loyalty cards"),
    ("included, though a note leaves it out", "We deliver the kiosk hardware to each port.", "kiosk hardware"),
    ("denied, though a note includes it", "There is no data import in this project.", "no data import"),
    ("denied, though a field has it", "There will be no Marseille data centre.", "no Marseille"),
    ("not asked for, though it was", "They did not ask for single sign-on.", "did not ask"),
    ("hosted elsewhere", "Your data will be stored in Rotterdam.", "Rotterdam"),
    ("a renewal by itself", "The agreement renews itself every year.", "renews itself"),
    ("optional, though it is mandatory", "Single sign-on stays optional for the ports.", "optional"),
    ("an invoice that is not paid", "According to our books, you have not paid the invoice.", "not paid"),
    ("a ticket that is solved", "The ticket on the map tiles has been solved.", "solved"),
    ("debited, though invoiced", "The fees are collected by direct debit.", "direct debit"),
    ("promised by somebody else", "As you promised, we get the audit report from you by 12 June.", "you promised"),
    (
        "said by another than whom it greets",
        "Dear Ilse, you agreed not to sign anything extra before your year end.",
        "you agreed",
    ),
    ("taken on by another", "Ilse took on sending the berth list.", "Ilse took on"),
    ("committed to what was only thought of", "We have committed to a Catalan interface.", "Catalan interface"),
    ("agreed on what has no date", "We agreed that the berth sensors will be connected in November.", "berth sensors"),
    ("another doer of the work", "The tariff import is done by Sunniva Dahl.", "Sunniva Dahl"),
    ("another day for the work", "The import of the tariff tables is due on 7 September.", "7 September"),
    ("a count of another thing", "90 ports will use it.", "90 ports"),
    ("another thing's number in a field", "It is rolled out to 4,200 users.", "4,200 users"),
]


def marks(body: str) -> dict[str, str]:
    """What is drawn otherwise than as supported → how."""
    found = GroundedDraft({"body": body}, RECORDS, (), (), Place("Europe/Berlin", date(2026, 4, 27))).statements
    return {one.quote: one.status for one in found if one.status != "supported"}


@pytest.mark.parametrize(("sentence", "body"), TRUE, ids=[row[0] for row in TRUE])
def test_what_is_true_is_not_marked(sentence: str, body: str) -> None:
    assert marks(body) == {}, sentence


@pytest.mark.parametrize(("sentence", "body", "part"), WRONG, ids=[row[0] for row in WRONG])
def test_what_is_wrong_is_marked(sentence: str, body: str, part: str) -> None:
    """Some mark is at its wrong part."""
    assert any(part in quote or quote in part for quote in marks(body)), sentence
