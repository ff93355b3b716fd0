"""Sentences without a figure: what contradicts the records' words, what no record bears out, and what raises no alarm."""

from __future__ import annotations

import pytest

from reviewqueue.evidence.text.grounding import GroundedDraft
from tests.evidence.text.meant import kranich, marlow

MARLOW, KRANICH = marlow(), kranich()
OTHERWISE = [
    ("affirmed, denied in a note", "We also do the migration of your old shipments."),
    ("affirmed in other words", "Your old shipments will be migrated."),
    ("denied, affirmed in a note", "Single sign-on is not included."),
    ("affirmed, denied by 'not part of'", "The customs module is part of the order."),
    ("must not, and can", "Your drivers can see all prices."),
    ("a promise that nobody made", "Your works council agrees before 9 April."),
    ("a yes in a field", "The contract does not renew automatically."),
    ("a yes in a field, in other words", "There is no automatic renewal."),
    ("a no in a field", "Data migration is included."),
    ("a quotation without its 'can't promise that'", "As you said, “our works council agrees before 9 April”."),
    ("a quotation without what doubts it", "Your words were “that our works council agrees before 9 April”."),
]
UNSAID = [
    ("thought possible, said as certain", "The mobile app comes in the second phase."),
    ("thought possible, said to be confirmed", "Product confirmed the mobile app for the second phase."),
    ("agreed to what was refused", "You agreed to a call every single day of the rollout."),
    ("agreed to what nobody spoke of", "You agreed to host the training in your canteen."),
    ("a quotation that nobody said", "You wrote: “we are happy to be your reference customer”."),
    ("a title that the record has otherwise", "Rosa Marlow, your Chief Financial Officer, gets the invoices."),
    ("a title before the name", "Your Head of Logistics, Piet de Vries, is invited."),
    ("a title as predicate", "Rosa Marlow is your CFO."),
    ("a connector of another system", "The Workday connector is set up by us."),
    ("a connection to another system", "The board is integrated with Workday."),
    ("another language", "The board is also available in Portuguese."),
    ("another place", "Your office in Antwerp goes first."),
    ("another plan", "You have the Enterprise plan."),
]
OTHERWISE_DE = [
    ("bejaht, in der Notiz verneint", "Die Altdaten werden von uns übernommen."),
]
UNSAID_DE = [
    ("ein Ort, der nirgends steht", "Ihre Filiale in Kiel beginnt."),
    ("ein Titel, der anders lautet", "Jana Kranich, Ihre Leiterin IT, ist dabei."),
    ("eine Schnittstelle, die nirgends steht", "Die Datev Schnittstelle ist dabei."),
]
QUIET = [
    ("the same denial", "There is no migration of old shipments."),
    ("the same affirmation", "Single sign-on is included."),
    ("the same exclusion", "The customs module is not part of your order."),
    ("the same, in a field", "The contract renews automatically."),
    ("the same no, in a field", "Data migration is not included."),
    ("hedged as in the record", "The mobile app might come in the second phase."),
    ("hedged, and the record adds that nothing is decided", "Maybe the mobile app comes in the second phase."),
    ("a promise that nobody makes", "Your works council may not agree before 9 April."),
    ("what was said", "As you said, “the scanner firmware is frozen until 11 May”."),
    ("a title as in the record", "Rosa Marlow, your Head of Logistics, leads the rollout."),
    ("a title in short", "Piet de Vries, your Chief Financial Officer, signs off the budget."),
    ("a place on record", "Your office in Rotterdam goes first."),
    ("a plan on record", "You have the Business plan."),
    ("agreed as on record", "You agreed to a call every two weeks."),
    ("courtesy", "Thank you for the good talk, we look forward to working with you."),
    ("a plan of our own", "I will send you the agenda and the list of questions before the call."),
    ("a question", "Should we also migrate your old shipments?"),
    ("a request", "Please send us the tariff tables again if anything is missing."),
    ("a name in quotation marks", "The project “Dispatch Board” is set up."),
    ("what the software does", "You can filter the board by depot and by driver."),
    ("no need", "You do not have to prepare anything for the kickoff."),
    ("where to find help", "Our help centre has a guide for every role."),
    ("a day the message sets", "I will send you the agenda by Thursday, 2 April 2026."),
    ("a workshop's day, time and place", "The workshop is on 14 April 2026 at 10:00 in our office in Ghent."),
    ("a next step with its day", "Next step: Rosa Marlow sends us the list of depots by 3 April 2026."),
    ("an invitation", "We meet on 22 April for 90 minutes in room Lima."),
    ("next steps", "Next step: Rosa Marlow sends us the list of depots, then we set up the access."),
]
QUIET_DE = [
    ("gleich verneint", "Altdaten werden nicht übernommen."),
    ("Gruß", "Vielen Dank für das gute Gespräch, wir freuen uns auf die Zusammenarbeit."),
    ("Bitte", "Bitte schicken Sie uns die Liste der Filialen."),
    ("ein Tag, den die Mail setzt", "Wir melden uns bis 20. April 2026 mit der Agenda."),
    ("eine Schulung", "Die Schulung ist am 12. Juni 2026 um 9 Uhr."),
    ("was kommt", "Danach richten wir die Zugänge ein und prüfen mit Ihnen die ersten Aufträge."),
    ("ein Titel wie im Datensatz", "Ulf Brandt, Ihr Leiter IT, bekommt die Zugänge."),
]  # fmt: skip


def marks(body: str, german: bool) -> list[tuple[str, str]]:
    told = GroundedDraft({"body": body}, KRANICH if german else MARLOW, ()).statements
    return [(one.quote, one.status) for one in told if one.status != "supported"]


@pytest.mark.parametrize(
    ("sentence", "body"), OTHERWISE + OTHERWISE_DE, ids=[row[0] for row in OTHERWISE + OTHERWISE_DE]
)
def test_it_contradicts_a_record(sentence: str, body: str) -> None:
    """It is marked as conflicting, with the record's words against it."""
    found = marks(body, (sentence, body) in OTHERWISE_DE)
    assert "conflicting" in {status for _, status in found}, (sentence, found)


@pytest.mark.parametrize(("sentence", "body"), UNSAID + UNSAID_DE, ids=[row[0] for row in UNSAID + UNSAID_DE])
def test_no_record_bears_it_out(sentence: str, body: str) -> None:
    """It is marked as unsupported: it warns, and blocks nothing."""
    found = marks(body, (sentence, body) in UNSAID_DE)
    assert {status for _, status in found} == {"unsupported"}, (sentence, found)


@pytest.mark.parametrize(("sentence", "body"), QUIET + QUIET_DE, ids=[row[0] for row in QUIET + QUIET_DE])
def test_it_raises_no_alarm(sentence: str, body: str) -> None:
    """True, or nothing that a record could say."""
    assert marks(body, (sentence, body) in QUIET_DE) == [], sentence
