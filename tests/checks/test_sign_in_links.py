"""Links that ask for a sign-in and lead to a form that anybody may have made."""

from __future__ import annotations

from reviewqueue.checks.links import misleading_links

GOOGLE, OFFICE = "https://docs.google.com/forms/d/e/1FAIp/viewform", "https://forms.office.com/r/abc"

CASES = [
    ("a link of a text", f"[Sign in at Northbeam]({GOOGLE})", True),
    ("which names a host", f"[Sign in at portal.northbeam.example]({OFFICE})", True),
    ("in brackets before the address", f"[Sign in at Northbeam] {GOOGLE}", True),
    ("in brackets, with a colon", "[Log in to your workspace]: https://forms.gle/Ab1", True),
    ("as a web page writes it", '<a href="https://acme.typeform.com/to/Xy">Verify your account</a>', True),
    ("nothing but the two words", "[Sign in](https://tally.so/r/w1)", True),
    ("a form that asks for something else", f"[Tell us who takes part]({GOOGLE})", False),
    ("a list to sign, not a sign-in", "[The sign-in sheet of the workshop](https://forms.gle/Ab1)", False),
    ("a sign-in at a tool of its own", "[Sign in to Airtable](https://airtable.com/login)", False),
    ("a document there", "[Sign in at the front desk](https://docs.google.com/document/d/1)", False),
]


def test_nobody_signs_in_on_a_form() -> None:
    for sentence, text, fails in CASES:
        says = [
            words for outcome, words in misleading_links(f"Hello Rosa,\n\n{text}\n\nKind regards") if outcome == "fail"
        ]
        assert any("asks for a sign-in" in words for words in says) == fails, (sentence, says)
