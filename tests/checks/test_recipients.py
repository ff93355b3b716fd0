"""Recipients: 200 swapped mails are all stopped or marked (trust.md row 24), and an honest one goes through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import idna
import pytest

from reviewqueue import checks
from reviewqueue.evidence.types import CheckResult, Source
from tests.checks.policies import MID, POLICY

ACCOUNT = Source(
    "salesforce", "Account", "1", {"Name": "Marlow Freight", "Website": "https://www.marlowfreight.example/home"}
)
ROSA = Source("salesforce", "Contact", "2", {"LastName": "Marlow", "Email": "Rosa@marlowfreight.example"})
PIET = Source("hubspot", "CONTACT", "3", {"properties": {"email": "piet.marlow@gmail.com"}})
SOURCES = {"account": ACCOUNT, "rosa": ROSA, "piet": PIET}
BODY = (
    "Hello Rosa,\n\nplease open [portal.northbeam.example](https://portal.northbeam.example/t/1) or "
    "https://www.marlowfreight.example/board by Friday.\n\nDana"
)
MAIL = {"to": ["rosa@marlowfreight.example"], "subject": "Kickoff", "body": BODY}


def said(draft: Any, kind: str = "customer_email", sources: dict[str, Source] | None = None) -> list[CheckResult]:
    """What the checks of recipients and links say, but for what passes."""
    results = checks.run(POLICY, MID, kind, draft, SOURCES if sources is None else sources, ())
    return [one for one in results if one.outcome != "pass" and one.key.startswith(("recipient.", "text."))]


def told(**changes: Any) -> list[tuple[str, str]]:
    """(key, outcome) of what is said to the mail with these changes."""
    return [(one.key, one.outcome) for one in said({**MAIL, **changes})]


def test_an_honest_mail_goes_through() -> None:
    """The control: the mail that is swapped below has nothing to mark; our own people and written names neither."""
    assert told() == []
    assert told(cc=["Dana Whitfield <dana@northbeam.example>"], reply_to=["care@eu.northbeam.example"]) == []
    assert told(to=["“Rosa” <rosa@marlowfreight.example>", "piet.marlow@gmail.com"]) == []
    assert told(to=[{"name": "Rosa", "address": "rosa@marlowfreight.example"}], bcc=[]) == []
    passed = [
        one for one in checks.run(POLICY, MID, "customer_email", MAIL, SOURCES, ()) if one.key == "recipient.belongs"
    ]
    assert [one.outcome for one in passed] == ["pass"]


TABLE: list[tuple[str, dict[str, Any], tuple[str, str]]] = [
    ("a colleague nobody wrote down", {"to": ["ana@marlowfreight.example"]}, ("recipient.known", "warn")),
    (
        "a mailbox at a shared host that stands in no record",
        {"to": ["rosa.m@gmail.com"]},
        ("recipient.belongs", "fail"),
    ),
    ("another company", {"to": ["x@elsewhere.example"]}, ("recipient.belongs", "fail")),
    ("a blind copy to our own", {"bcc": ["dana@northbeam.example"]}, ("recipient.bcc", "fail")),
    ("a blind copy among headers", {"headers": {"Bcc": "x@marlowfreight.example"}}, ("recipient.bcc", "fail")),
    ("no address", {"to": ["Rosa"]}, ("recipient.valid", "fail")),
    ("two addresses in one", {"to": ["rosa@marlowfreight.example,x@elsewhere.example"]}, ("recipient.valid", "fail")),
    ("an empty place", {"to": [""]}, ("recipient.valid", "fail")),
    (
        "a name that shows another address",
        {"to": ["rosa@marlowfreight.example <x@marlowfreight.example>"]},
        ("recipient.valid", "fail"),
    ),
    ("a hidden character", {"to": ["rosa\u200b@marlowfreight.example"]}, ("recipient.valid", "fail")),
    ("dots in a row", {"to": ["rosa..m@marlowfreight.example"]}, ("recipient.valid", "fail")),
    ("replies that go elsewhere", {"reply_to": ["x@elsewhere.example"]}, ("recipient.belongs", "fail")),
    ("replies under another spelling", {"Reply-To": "x@elsewhere.example"}, ("recipient.belongs", "fail")),
]


@pytest.mark.parametrize(("sentence", "changes", "expected"), TABLE, ids=[row[0] for row in TABLE])
def test_each_swap_is_told(sentence: str, changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert expected in told(**changes), sentence
    assert all(
        one.at and len(one.message) > 30 for one in said({**MAIL, **changes}) if one.key.startswith("recipient.")
    )


def test_the_real_domain_is_named() -> None:
    (found,) = [one for one in said({**MAIL, "to": ["rosa@mar1owfreight.example"]}) if one.key == "recipient.belongs"]
    assert (found.at, found.blocking) == ("/to/0", True)
    assert "“mar1owfreight.example” looks like marlowfreight.example and is not" in found.message


def test_without_any_record_of_a_domain_it_only_warns() -> None:
    found = said(MAIL, sources={})
    assert [(one.key, one.outcome, one.blocking) for one in found] == [
        ("recipient.belongs", "warn", False),
        ("recipient.known", "warn", False),
    ]


def test_an_owner_of_ours_on_the_deal_is_no_customer() -> None:
    """Only the account and its contacts say what the customer's domains are."""
    deal = Source("salesforce", "Opportunity", "9", {"Owner": {"Email": "lena@elsewhere.example"}})
    found = said({**MAIL, "to": ["lena@elsewhere.example"]}, sources={**SOURCES, "deal": deal})
    assert [(one.key, one.outcome) for one in found] == [("recipient.belongs", "fail")]


def test_what_is_for_our_own_people_stays_with_them() -> None:
    inside = {"to": ["lena.vogt@northbeam.example"], "subject": "s", "body": "b"}
    assert said(inside, "internal_alert", {}) == []
    found = said({**inside, "to": ["rosa@marlowfreight.example"]}, "internal_alert", SOURCES)
    assert [(one.key, one.outcome) for one in found] == [("recipient.belongs", "fail")]


WIDE = str.maketrans({sign: chr(ord(sign) + 0xFEE0) for sign in "abcdefghijklmnopqrstuvwxyz"})
SWAPS = {
    "o": "0",
    "l": "1",
    "e": "3",
    "a": "а",
    "i": "і",
    "r": "rr",
    "m": "rn",
    "w": "vv",
    "g": "q",
    "t": "f",
    "f": "ph",
    "h": "n",
}
FIELDS = ("to", "cc", "reply_to")


def swapped() -> Iterator[tuple[str, dict[str, Any]]]:
    """200 mails, each with one thing swapped."""
    name, end = "marlowfreight", "example"
    for place, sign in enumerate(name):
        if sign in SWAPS:
            other = name[:place] + SWAPS[sign] + name[place + 1 :]
            for field in FIELDS:
                yield "look-alike", {field: [f"rosa@{other}.{end}"]}
            yield "look-alike link", {"body": f"Please open https://{other}.{end}/login by Friday."}
    for place in range(len(name)):
        yield "a letter left out", {"to": [f"rosa@{name[:place]}{name[place + 1 :]}.{end}"]}
        yield "a letter twice", {"to": [f"rosa@{name[: place + 1]}{name[place:]}.{end}"]}
        wide = name[:place] + name[place].translate(WIDE) + name[place + 1 :]
        for field in FIELDS:
            yield "full width", {field: [f"rosa@{wide}.{end}"]}
        accent = name[:place] + "éíłøñśżťàöœæß"[place] + name[place + 1 :]
        yield "punycode", {"to": [f"rosa@{idna.encode(accent).decode()}.{end}"]}
        yield "an accent", {"to": [f"rosa@{accent}.{end}"]}
        yield "punycode link", {"body": f"Open https://{idna.encode(accent).decode()}.{end}/ by Friday."}
    for other in (
        "marlowfreight.co",
        "marlow-freight.example",
        "marlowfreight.example.evil.example",
        "marlowfreight-login.example",
        "login-marlowfreight.example",
        "xmarlowfreight.example",
    ):
        yield "another ending", {"to": [f"rosa@{other}"]}
        yield "text and target differ", {"body": f"See [www.marlowfreight.example](https://{other}/x) by Friday."}
        yield "a foreign blind copy", {"bcc": [f"a@{other}"]}
        yield "an anchor", {"body": f'<a href="https://{other}/">https://www.marlowfreight.example</a> by Friday.'}
        yield "before the @", {"body": f"Open https://www.marlowfreight.example@{other}/ by Friday."}
    for number in range(6):
        yield "a blind copy", {"bcc": [f"person{number}@marlowfreight.example"]}
        line = ("\r\n", "\n", "\r", "%0d%0a", "\u2028", "\x0b")[number]
        yield "a header in the subject", {"subject": f"Kickoff{line}Bcc: x@elsewhere.example"}
        yield "a header in an address", {"to": [f"rosa@marlowfreight.example{line}Bcc: x@elsewhere.example"]}


MAILS = list(swapped())


def test_two_hundred_swapped_mails_are_stopped_or_marked() -> None:
    """And without these checks none of them is: nothing else looks at recipients or links."""
    assert len(MAILS) >= 200
    quiet = [(what, changes) for what, changes in MAILS if not said({**MAIL, **changes})]
    assert quiet == []
    stopped = [what for what, changes in MAILS if any(one.outcome == "fail" for one in said({**MAIL, **changes}))]
    assert len(stopped) >= 200


def test_without_the_guard_none_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the two families taken out the same mails go through unmarked."""
    monkeypatch.setattr(checks.recipients, "check", lambda *_: [])
    monkeypatch.setattr(checks.hidden_text.links, "misleading_links", lambda *_: [])
    letters = {"text.hidden", "text.mixed-script", "text.markup"}
    marked = [one for _, changes in MAILS for one in said({**MAIL, **changes}) if one.key not in letters]
    assert marked == []
