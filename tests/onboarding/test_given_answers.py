"""What sales says of a field that the customer has to be asked: who asks, and by when."""

from __future__ import annotations

from datetime import date

from reviewqueue.evidence.types import Source
from reviewqueue.onboarding.given_answers import GivenAnswer, asking_facts, faults, sales_asks, says_who_asks
from reviewqueue.policy.model.policy import PacketField

TODAY = date(2026, 3, 2)
FIELD = PacketField(key="outcome", label="Outcome", section="outcome")
ASK = "ask-customer"

GIVEN = [
    ("nothing but that they have to be asked", GivenAnswer(ASK, ""), "say who asks the customer, and by when"),
    ("in words alone, as before", GivenAnswer(ASK, "Piet, by Friday."), ""),
    ("the onboarding team, by a day", GivenAnswer(ASK, "", "onboarding", "2026-03-06"), ""),
    ("sales, by a day", GivenAnswer(ASK, "Piet knows.", "sales", "2026-03-06"), ""),
    ("today is a day, too", GivenAnswer(ASK, "", "sales", "2026-03-02"), ""),
    ("sales, with no day", GivenAnswer(ASK, "", "sales"), "by which day you ask"),
    ("a day that has passed", GivenAnswer(ASK, "", "", "2026-03-01"), "has passed"),
    ("a day in other words", GivenAnswer(ASK, "", "", "Friday"), "such as 2026-03-06"),
    ("somebody who is not offered", GivenAnswer(ASK, "", "the moon"), "choose who asks"),
    ("an answer needs words", GivenAnswer("value", " "), "write the answer"),
    ("a day beside an answer says nothing", GivenAnswer("value", "Yes.", "", "Friday"), ""),
]
SAID = [
    ("the onboarding team", GivenAnswer(ASK, ""), "", "the onboarding team asks them"),
    ("with a day", GivenAnswer(ASK, "", "", "2026-03-06"), "", "the onboarding team asks them by Fri 6 Mar 2026"),
    ("sales", GivenAnswer(ASK, "", "sales", "2026-03-06"), "Lena Vogt", "Lena Vogt asks them by Fri 6 Mar 2026"),
]


def test_what_is_refused_and_why() -> None:
    for sentence, one, says in GIVEN:
        found = faults({"outcome": one}, {"outcome": FIELD}, TODAY)
        assert [fault.at for fault in found] == (["/answers/outcome"] if says else []), sentence
        assert all(says in fault.message for fault in found), sentence
    assert [one.at for one in faults({}, {}, TODAY)] == ["/answers"]


def test_who_asks_the_customer_and_by_when() -> None:
    """Of an answer from before sales could say so, it is the onboarding team, by no day."""
    for sentence, given, name, says in SAID:
        answer = Source("sales", "answer", "1/outcome", asking_facts(given, "Lena Vogt"))
        assert sales_asks(answer) == name, sentence
        assert says_who_asks(answer) == f"the customer has to be asked: {says}", sentence
    assert sales_asks(Source("sales", "answer", "1/outcome", {"outcome": ASK})) == ""
