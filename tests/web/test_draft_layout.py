"""Drafts: each text has its own field, and what nobody touched stays as it was."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder

from reviewqueue.web import draft_layout, edited_draft
from tests import northbeam

POLICY = northbeam.policy()


def edited(kind: str, draft: Any, **typed: str) -> Any:
    """The draft after typing into the fields at these pointers (`/` spelled as in the pointer)."""
    return draft_layout.edited(draft, draft_layout.editable_texts(POLICY, kind, draft), typed)


def test_a_message_has_to_cc_subject_and_body_first() -> None:
    draft = {"body": "b", "to": ["x@y.example"], "subject": "s", "footer": {"line": "f", "n": 3}}
    fields = [(text.at, text.label) for text in draft_layout.editable_texts(POLICY, "customer_email", draft)]
    assert fields == [
        ("/to", "To"),
        ("/cc", "Cc"),
        ("/subject", "Subject"),
        ("/body", "Body"),
        ("/footer/line", "Footer, Line"),
    ]


def test_a_packet_offers_its_empty_fields_too_and_leaves_them_out_when_they_stay_empty() -> None:
    draft = {"sections": {"risks": {"risks": "IT is busy"}, "odd": {"note": "kept"}}}
    fields = {text.at: text.label for text in draft_layout.editable_texts(POLICY, "handoff_packet", draft)}
    assert fields["/sections/commitments/non_standard_terms"] == "Non-standard terms"
    assert "/sections/odd/note" in fields
    assert edited("handoff_packet", draft) == draft
    filled = edited("handoff_packet", draft, **{"/sections/commitments/non_standard_terms": "none"})
    assert filled["sections"]["commitments"] == {"non_standard_terms": "none"}
    assert filled["sections"]["risks"] == {"risks": "IT is busy"}


@pytest.mark.parametrize(
    ("sentence", "typed", "becomes"),
    [
        ("one address a line", "a@x.example\r\nb@x.example\r\n", ["a@x.example", "b@x.example"]),
        ("blank lines and blanks around go", "  a@x.example \n\n", ["a@x.example"]),
        ("nothing left is an empty list", "", []),
    ],
)
def test_addresses_are_lines(sentence: str, typed: str, becomes: list[str]) -> None:
    assert edited("customer_email", {"to": ["old@x.example"], "body": "b"}, **{"/to": typed})["to"] == becomes, sentence


@pytest.mark.parametrize(
    ("text", "comes_back"),
    [
        ("a\r\nb", "a\r\nb"),
        ("a\rb", "a\r\nb"),
        ("a\nb", "a\r\nb"),
        ("nul \x00 here", "nul \ufffd here"),
        ("trailing \n", "trailing \r\n"),
        ("\n leading", "\r\n leading"),
        ("a\u2028b", "a\u2028b"),
    ],
)
def test_what_a_browser_does_to_a_text_is_no_edit(text: str, comes_back: str) -> None:
    draft = {"note": text, "n": Decimal("1.50"), "list": [1, None, {"x": text}]}
    shown = draft_layout.editable_texts(POLICY, "risk_summary", draft)
    assert draft_layout.edited(draft, shown, {one.at: comes_back for one in shown}) == draft


def test_numbers_keep_their_digits_through_an_edit() -> None:
    made = edited(
        "risk_summary", {"note": "a", "amount": Decimal("48000.00"), "id": 9007199254740993}, **{"/note": "b"}
    )
    assert made == {"note": "b", "amount": Decimal("48000.00"), "id": 9007199254740993}
    assert str(made["amount"]) == "48000.00"


def test_an_address_list_that_is_no_plain_list_is_edited_leaf_by_leaf() -> None:
    draft = {"to": [{"name": "Rosa", "address": "r@x.example"}], "body": "b"}
    assert [text.at for text in draft_layout.editable_texts(POLICY, "customer_email", draft)][:1] == ["/cc"]
    assert edited("customer_email", draft, **{"/to/0/address": "p@x.example"})["to"][0]["address"] == "p@x.example"


@pytest.mark.parametrize("name", ["a/b", "a~b", "ä b", "a\nb", "a&b=c", "%2F", "", "draft:x", "\u202e"])
def test_any_name_in_a_draft_finds_its_way_through_a_form(name: str) -> None:
    draft = {"outer": {name: "old"}}
    (text,) = draft_layout.editable_texts(POLICY, "risk_summary", draft)
    request = EnvironBuilder(method="POST", data={edited_draft.field_name(text.at): "new"}).get_request()
    (sent,) = request.form.items()
    typed = {edited_draft.pointer_of(sent[0]): sent[1]}
    assert draft_layout.edited(draft, [text], typed) == {"outer": {name: "new"}}


def test_labels_are_the_policys_words() -> None:
    assert draft_layout.labels(POLICY, "handoff_packet", "/sections/risks/risks") == "Risks and objections"
    assert draft_layout.labels(POLICY, "customer_email", "/to/0") == "To, 1"
    assert draft_layout.labels(POLICY, "project_plan", "/milestones/1/exit_criteria") == "Milestones, 2, Exit criteria"


def test_a_draft_is_read_in_its_own_order_and_not_by_the_alphabet() -> None:
    """However it was kept; what nobody foresaw comes last, and nothing is lost."""
    row = {
        "depends": "",
        "due": "2026-03-30",
        "exit": "x",
        "layer": "internal setup",
        "name": "Ready",
        "owner": "Ines",
        "zeal": 1,
    }
    (place,) = draft_layout.document({"milestones": [row]})
    assert list(place.value[0]) == ["name", "layer", "owner", "due", "exit", "depends", "zeal"]
    assert place.value[0] == row
    texts = [
        text.label for text in draft_layout.editable_texts(POLICY, "project_plan", {"note": "n", "milestones": [row]})
    ]
    assert texts[0] == "Milestones, 1, Name"
    assert texts[-1] == "Note"
