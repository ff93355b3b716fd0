"""People: who a text names, with what they are, and which address is theirs; never a guess."""

from __future__ import annotations

import pytest

from reviewqueue.connectors.citation_collector import Fact
from reviewqueue.connectors.contacts import contacts_in_text, is_name, merge, on_record
from reviewqueue.evidence.types import Source
from reviewqueue.onboarding.drafting.recipients import people_named
from tests.onboarding.drafting.approved_onboarding import MORE, PIET, ROSA, composed, contact, knows, packet
from tests.support.proportion import in_proportion

AT = (("packet", "/x"),)


@pytest.mark.parametrize(
    ("words", "people"),
    [
        ("Piet de Vries, dispatch lead", [("Piet de Vries", "dispatch lead", "")]),
        ("Rosa Marlow, COO", [("Rosa Marlow", "COO", "")]),
        ("Rosa Marlow, Chief Operating Officer", [("Rosa Marlow", "Chief Operating Officer", "")]),
        ("Rosa Marlow, Head of Operations, EMEA", [("Rosa Marlow", "Head of Operations, EMEA", "")]),
        ("Rosa Marlow, Piet de Vries, Ana Brandt (IT)",
         [("Rosa Marlow", "", ""), ("Piet de Vries", "", ""), ("Ana Brandt", "IT", "")]),
        ("Rosa Marlow (sponsor), Piet de Vries (daily owner)",
         [("Rosa Marlow", "sponsor", ""), ("Piet de Vries", "daily owner", "")]),
        ("Rosa Marlow, COO, rosa@m.example\nPiet de Vries, Lead, piet@m.example, Evaluator",
         [("Rosa Marlow", "COO", "rosa@m.example"), ("Piet de Vries", "Lead, Evaluator", "piet@m.example")]),
        ("Rosa Marlow; Piet de Vries", [("Rosa Marlow", "", ""), ("Piet de Vries", "", "")]),
        ("Jean-Luc O'Neill, CTO", [("Jean-Luc O'Neill", "CTO", "")]),
        ("Dr. Zoë Ångström", [("Dr. Zoë Ångström", "", "")]),
        ("Astrid Kjær (SAP team, Esbjerg)", [("Astrid Kjær", "SAP team, Esbjerg", "")]),
        ("Mikkel Thorsen runs it. Astrid Kjær (SAP) owns it and is the bottleneck. Two crews wait.",
         [("Mikkel Thorsen", "", ""), ("Astrid Kjær", "SAP", "")]),
        ("Rosa Marlow decides. Dr. Katharina Lindner owns it.",
         [("Rosa Marlow", "", ""), ("Dr. Katharina Lindner", "", "")]),
        ("Dr. Katharina Lindner, Leiterin Qualitätsmanagement",
         [("Dr. Katharina Lindner", "Leiterin Qualitätsmanagement", "")]),
        ("Internal audit wants to read everything. The Board decides.", []),
        ("Operations Manager", []),
        ("IT, Finance, Legal", []),
        ("somebody from dispatch", []),
        ("none", []),
        ("", []),
        (",,;\n(,", []),
        ("rosa@m.example", []),
    ],
)  # fmt: skip
def test_who_is_named(words: str, people: list[tuple[str, str, str]]) -> None:
    found = contacts_in_text(words, AT)
    assert [(one.name.says, one.role.says, one.email.says) for one in found] == people
    for one in found:
        for fact in (one.name, one.role, one.email, one.cares):
            assert all(cited.quote in fact.says and cited.quote in words for cited in fact.cited)


def test_what_a_sentence_says_of_somebody_is_what_they_care_about() -> None:
    """In the brief's map; the control is a list, which says nothing of them."""
    said = packet(
        key_stakeholders="Grant Whitcombe (COO) wants openings he can predict. Three managers, online seldom."
    )
    rows = {one["name"]: one for one in composed("kickoff-brief", knows(said)).draft["stakeholders"]}
    assert rows["Grant Whitcombe"]["role"] == "COO"
    assert rows["Grant Whitcombe"]["cares_about"] == "wants openings he can predict"
    assert rows["Rosa Marlow"]["cares_about"] == "[what they care about: not known, ask sales]"


def test_contacts_beside_the_packet_are_people_too() -> None:
    """A packet that names its people in words brings no records; whoever gathers may hand them in."""
    mine = packet(people=False)
    assert "recipient_email" not in knows(mine).facts
    max_west = {"FirstName": "Max", "LastName": "West", "Email": "max@marlowfreight.example"}
    whole = knows(mine, {**MORE, "person-1": contact("B", PIET), "person-2": contact("C", max_west)})
    assert "Max West" not in [one.name.says for one in whole.people], "nobody named him"
    found = composed("welcome", whole)
    assert found.draft["to"] == [PIET["Email"]]
    assert found.sources["person-1"].external_id == "003B"


@pytest.mark.parametrize(
    "words", ["Rosa", "ROSA", "Vice President", "the Team", "Rosa 2 Marlow", "a b c", "Rosa  Marlow"]
)
def test_what_is_no_name(words: str) -> None:
    assert not is_name(words)


def test_a_record_fills_in_what_a_text_leaves_out() -> None:
    """By the whole name, whatever its case; the text's own words stay."""
    [one] = merge(contacts_in_text("PIET DE VRIES, night lead", AT), on_record({"contact-1": contact("A", PIET)}))
    assert (one.name.says, one.role.says, one.email.says) == ("PIET DE VRIES", "night lead", PIET["Email"])
    assert one.known_as.says == "Piet"
    both = merge(contacts_in_text("Piet, lead", AT), on_record({"contact-1": contact("A", PIET)}))
    assert [person.name.says for person in both] == ["Piet de Vries"]


def test_what_text_and_record_both_say_rests_on_both() -> None:
    """So that a newer record marks it, though it was taken from the packet; where they differ it rests on the text."""
    words = "Piet de Vries, Dispatch lead, piet@marlowfreight.example"
    [one] = merge(contacts_in_text(words, AT), on_record({"contact-1": contact("A", PIET)}))
    assert [(cited.ref, cited.path) for cited in one.email.cited] == [("packet", "/x"), ("contact-1", "/Email")]
    assert [cited.quote for cited in one.name.cited] == ["Piet de Vries", "Piet", "de Vries"]
    [other] = merge(
        contacts_in_text(words, AT), on_record({"contact-1": contact("A", {**PIET, "Email": "p@m.example"})})
    )
    assert [(cited.ref, cited.path) for cited in other.email.cited] == [("packet", "/x")]


def test_two_records_of_one_name_give_no_address() -> None:
    """It would be a guess; of one address in two records it is none."""
    other = contact("B", {**PIET, "Email": "p.devries@elsewhere.example"})
    records = {"contact-1": contact("A", PIET), "contact-2": other}
    [one] = merge(contacts_in_text("Piet de Vries", AT), on_record(records))
    assert one.email.says == ""
    records["contact-2"] = contact("B", {**PIET, "Email": PIET["Email"].upper()})
    [one] = merge(contacts_in_text("Piet de Vries", AT), on_record(records))
    assert one.email.says == PIET["Email"]


def test_records_of_either_system_are_read_and_others_left() -> None:
    hubspot = {"properties": {"firstname": "Rosa", "lastname": "Marlow", "jobtitle": "COO", "email": "r@m.example"}}
    sources = {
        "one": Source("hubspot", "CONTACT", "1", hubspot),
        "two": Source("salesforce", "Account", "2", ROSA),
        "three": Source("gong", "call", "3", ROSA),
        "four": Source("salesforce", "Contact", "4", {"LastName": None, "Email": 7}),
    }
    assert [(one.name.says, one.role.says, one.email.says) for one in on_record(sources)] == [
        ("Rosa Marlow", "COO", "r@m.example")
    ]


@pytest.mark.parametrize(
    ("owner", "name", "address"),
    [
        ("Piet de Vries, dispatch lead", "Piet de Vries", "piet@marlowfreight.example"),
        ("Ana Brandt, IT", "Ana Brandt", None),
        ("Ana Brandt, IT, ana@marlowfreight.example", "Ana Brandt", "ana@marlowfreight.example"),
        ("the dispatch lead", None, None),
        ("", None, None),
    ],
)
def test_the_recipient_is_the_owner_and_nobody_else(owner: str, name: str | None, address: str | None) -> None:
    """With one contact on record who is not the owner, the owner's address stays unknown."""
    facts = knows(packet(customer_owner=owner)).facts
    assert (facts["recipient"].says if "recipient" in facts else None) == name
    assert (facts["recipient_email"].says if "recipient_email" in facts else None) == address


@pytest.mark.parametrize(
    ("begins", "goes_on", "ends"),
    [
        ("Rosa Marlow, Piet de Vries", " ", "Ana"),
        ("Rosa Marlow", ",x", ""),
        ("", "Ann,", ""),
        ("Rosa Marlow, ", "a", ""),
        ("Rosa Marlow, ", "a@", ""),
        ("", "Ann Bee (", ""),
        ("", "Ann Bee and ", ""),
        ("Ann Bee ", "()", ""),
    ],
)
def test_a_long_text_is_read_in_proportion_to_its_length(begins: str, goes_on: str, ends: str) -> None:
    """Whatever it goes on with, it is read once; and no more people are read from it than a message can name."""
    assert in_proportion(lambda size: people_named(Fact(begins + goes_on * (size // len(goes_on)) + ends)), 50_000)
