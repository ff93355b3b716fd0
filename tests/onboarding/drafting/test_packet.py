"""The handoff packet: eleven sections, every filled field cited, every gap empty."""

from __future__ import annotations

from typing import Any

from reviewqueue import checks
from reviewqueue.connectors.deals import DealIdentity
from reviewqueue.core.canonical_json import leaves, resolve_pointer
from reviewqueue.evidence.types import DraftWithEvidence, Source
from reviewqueue.onboarding.drafting.packet import MAX_CASES, MAX_CONTACTS, customer_name, packet
from tests.support.crm_deals import POLICY, account, case, contact, deal, hubspot, lane

ROSA = contact("003A", "Rosa", "Marlow", Title="COO", Email="rosa@marlow.example")
PIET = contact("003B", "Piet", "de Vries")


def drafted(
    one: Source, around: Source | None = None, people: Any = (), cases: Any = (), how: Any = "id"
) -> DraftWithEvidence:
    """The packet for a deal."""
    return packet(POLICY, lane(), one.system, one, around, people, cases, DealIdentity(how))


def said(made: DraftWithEvidence, field: str) -> Any:
    """What a packet says in one field."""
    section = next(one.section for one in POLICY.packet.fields if one.key == field)
    return resolve_pointer(made.draft, f"/sections/{section}/{field}")


def test_all_sections_and_fields_are_there_filled_or_not() -> None:
    """Eleven sections in the policy's order; what the CRM does not say is empty text."""
    made = drafted(deal())
    assert list(made.draft["sections"]) == [section.key for section in POLICY.packet.sections]
    assert len(made.draft["sections"]) == 11
    assert len(leaves(made.draft)) == len(POLICY.packet.fields)
    assert said(made, "customer_outcome") == ""


def test_every_filled_field_cites_the_record_it_comes_from() -> None:
    """Quote, source and pointer of each; the checks find nothing broken and nothing unsupported."""
    full = deal(Business_Outcome__c="Fewer late trucks", AccountId="001NB0000000001AAA", Risks__c="Short of people")
    made = drafted(full, account(), [ROSA, PIET], [case("17", "No sign-in", closed=True)])
    for claim in made.citations:
        assert claim.quote in resolve_pointer(made.draft, claim.at)
        assert str(resolve_pointer(made.sources[claim.ref].payload, claim.path)) == claim.quote
    results = checks.run(POLICY, lane(), made.kind, made.draft, made.sources, made.citations)
    assert not [result for result in results if result.key.startswith("evidence.") and result.outcome != "pass"]


def test_an_amount_keeps_its_digits() -> None:
    """48000.00 is not 48000."""
    assert said(drafted(deal()), "arr") == "48000.00"
    assert said(drafted(hubspot()), "arr") == "3600.0"


def test_the_account_s_people_are_the_stakeholders() -> None:
    """Name, title and e-mail, one a line; what is missing leaves no hole."""
    made = drafted(deal(), account(), [ROSA, PIET])
    assert said(made, "key_stakeholders") == "Rosa Marlow, COO, rosa@marlow.example\nPiet de Vries"


def test_people_with_a_role_on_the_deal_come_first() -> None:
    """The role is cited from the deal."""
    roles = {"records": [{"ContactId": "003B", "Role": "Decision Maker"}]}
    made = drafted(deal(OpportunityContactRoles=roles), account(), [ROSA, PIET])
    assert said(made, "key_stakeholders").startswith("Piet de Vries, Decision Maker\nRosa")
    assert ("deal", "/OpportunityContactRoles/records/0/Role") in {(claim.ref, claim.path) for claim in made.citations}


def test_what_sales_wrote_comes_before_the_contacts() -> None:
    """A stakeholder field that is filled is taken as it is."""
    assert (
        said(drafted(deal(Key_Stakeholders__c="Rosa decides"), account(), [PIET]), "key_stakeholders") == "Rosa decides"
    )


def test_early_support_cases_are_risks_open_ones_first() -> None:
    """Number, status, priority and subject, after what sales wrote."""
    cases = [case("17", "No sign-in", closed=True), case("18", "Import fails", closed=False)]
    assert said(drafted(deal(Risks__c="Short of people"), account(), (), cases), "risks") == (
        "Short of people\nSupport case 18, New, High: Import fails\nSupport case 17, Closed, High: No sign-in"
    )


def test_long_lists_are_cut_and_say_so() -> None:
    """Ten contacts, five cases, and how many more there are."""
    people = [contact(f"003{number}", "Ana", f"B{number}") for number in range(MAX_CONTACTS + 3)]
    cases = [case(str(number), "x", closed=False) for number in range(MAX_CASES + 2)]
    made = drafted(deal(), account(), people, cases)
    assert said(made, "key_stakeholders").endswith("(and 3 more contacts in the CRM)")
    assert said(made, "risks").endswith("(and 2 more support cases)")


def test_line_ends_become_one_kind() -> None:
    """CRM text comes with Windows line ends; the draft and its citation have plain ones."""
    made = drafted(deal(Risks__c="one\r\ntwo"))
    assert said(made, "risks") == "one\ntwo"


def test_the_title_names_customer_and_deal() -> None:
    """With the account, without it, and without any name; never too long, never with something hidden."""
    assert drafted(deal(), account()).title == "Handoff packet for Marlow Freight Inc.: Marlow Freight platform"
    assert drafted(deal(Name=None)).title == "Handoff packet for 006NB0000000001AAA: 006NB0000000001AAA"
    assert "[U+200B]" in drafted(deal(Name="Mar\u200blow")).title
    assert len(drafted(deal(Name="x" * 900)).title) == 255


def test_the_customer_is_called_as_the_account_is() -> None:
    """Else as the deal's related account, else as the deal."""
    assert customer_name("salesforce", deal(), account()) == "Marlow Freight Inc."
    assert customer_name("salesforce", deal(Account={"Name": "Marlow SE"}), None) == "Marlow SE"
    assert customer_name("salesforce", deal(), None) == "Marlow Freight platform"
    assert customer_name("salesforce", deal(Name=None), None) == "006NB0000000001AAA"
