"""The question to RevOps: what is unclear, the candidates, and the evidence for each."""

from __future__ import annotations

from reviewqueue import checks
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.onboarding.drafting.question import MAX_CANDIDATES, question
from tests.support.crm_deals import POLICY, account, deal, lane

BALTIC = account("001NB0000000002AAA", "Quill Baltic", BillingCity="Riga", Industry="Media")
IBERIA = account("001NB0000000003AAA", "Quill Iberia", BillingCity="Porto")
QUILL = deal(Name="Quill platform")


def test_the_candidates_and_their_evidence() -> None:
    """Each account with what its record says, cited; and the way to start without one."""
    made = question(lane(), "salesforce", QUILL, "it could be for 2 accounts", [BALTIC, IBERIA], [])
    assert made.kind == "trigger_question"
    assert made.title == "Which customer is “Quill platform”?"
    assert "it could be for 2 accounts" in made.draft["question"]
    assert made.draft["deal"]["amount"] == "48000.00"
    assert [(one["key"], one["label"], one["evidence"]) for one in made.draft["choices"]] == [
        ("account:001NB0000000002AAA", "Quill Baltic", ["Industry: Media", "City: Riga"]),
        ("account:001NB0000000003AAA", "Quill Iberia", ["City: Porto"]),
        ("no-account", "Start without an account record", []),
    ]
    for claim in made.citations:
        assert claim.quote in resolve_pointer(made.draft, claim.at)


def test_other_deals_of_the_name_are_told_and_cited() -> None:
    """Id, amount and date of each."""
    twin = deal("006NB0000000002AAA", Name="Quill platform", CloseDate="2026-01-15")
    made = question(lane(), "salesforce", QUILL, "twice", [BALTIC], [twin])
    assert "Same name: deal 006NB0000000002AAA, Quill platform, 48000.00, 2026-01-15." in made.draft["question"]
    assert {claim.ref for claim in made.citations if claim.at == "/question"} == {"twin-1"}


def test_an_account_that_was_not_imported_can_still_be_chosen() -> None:
    """By the id that the deal names."""
    made = question(lane(), "salesforce", QUILL, "no stage", ["001NB0000000009AAA"], [])
    assert made.draft["choices"][0]["key"] == "account:001NB0000000009AAA"
    assert "not imported" in made.draft["choices"][0]["label"]


def test_a_question_can_always_be_answered() -> None:
    """Nothing hidden in a record may block it: nobody can edit a question."""
    odd = deal(Name="Qu\u200bill\u202e platform", StageName="Sig\u00adned")
    made = question(
        lane(), "salesforce", odd, "its stage “Sig\u00adned” maps to nothing", [account(name="Qu\u2066ill")], [odd]
    )
    results = checks.run(POLICY, lane(), made.kind, made.draft, made.sources, made.citations)
    assert not [result for result in results if result.outcome == "fail"]
    assert "[U+200B]" in made.draft["deal"]["name"]


def test_a_long_list_is_cut_and_says_so() -> None:
    """Twelve candidates, and how many there are."""
    many = [account(f"001{number}", f"Quill {number}") for number in range(40)]
    made = question(lane(), "salesforce", QUILL, "many", many, [])
    assert len(made.draft["choices"]) == MAX_CANDIDATES + 1
    assert "The first 12 of 40 candidates are shown." in made.draft["question"]
