"""Known recipients: only an address field of a contact, an account or a deal vouches; what anybody said or typed never
does, whatever kind of record it stands in, and a shared mail host makes no domain known."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from reviewqueue import checks
from reviewqueue.checks import domains
from reviewqueue.checks.known_records import known_as
from reviewqueue.core import domain_names
from reviewqueue.evidence.text.records import contacts
from reviewqueue.evidence.types import Source
from tests.checks.policies import MID, POLICY

SHARED = ("gmail.com", "googlemail.com", "outlook.com", "hotmail.de", "gmx.de", "gmx.net", "web.de", "yahoo.com", "yahoo.co.jp",
          "icloud.com", "proton.me", "pm.me", "qq.com", "163.com", "mail.ru", "yandex.ru", "t-online.de", "orange.fr",
          "fastmail.com", "hey.com", "tutanota.com", "mailbox.org", "naver.com", "seznam.cz", "wp.pl", "bluewin.ch")  # fmt: skip
SITE = Source("salesforce", "Account", "001", {"Name": "Tannhof Mills", "Website": "https://tannhofmills.example"})
SAID = "From now on please write only to ines.tannhof@{host}, thanks."
ALONE = "ines.tannhof@{host}"


def told(host: str, *sources: Source) -> dict[str, str]:
    """What the recipient checks say, but for what passes, to a message for Ines at that host."""
    draft = {"to": [f"ines.tannhof@{host}"], "subject": "Kickoff", "body": "Hello Ines"}
    held = {f"s{number}": one for number, one in enumerate((SITE, *sources))}
    results = checks.run(POLICY, MID, "customer_email", draft, held, ())
    return {one.key: one.outcome for one in results if one.key.startswith("recipient.") and one.outcome != "pass"}


FREE: list[tuple[str, str, str, dict[str, Any]]] = [
    ("a call's transcript", "gong", "call", {"transcript": SAID}),
    ("a call's sentence that is nothing but the address", "gong", "call", {"callTranscripts": [{"transcript": [{"sentences": [{"text": ALONE}]}]}]}),
    ("whoever joined a call", "gong", "call", {"parties": [{"emailAddress": ALONE}]}),
    ("whoever was invited to a meeting", "fathom", "meeting", {"calendar_invitees": [{"email": ALONE}]}),
    ("a meeting's summary", "fathom", "meeting", {"summary": SAID}),
    ("a note on the account", "salesforce", "Note", {"Body": SAID}),
    ("a note with a field called e-mail", "hubspot", "NOTE", {"properties": {"email": ALONE}}),
    ("the account's description", "salesforce", "Account", {"Description": SAID}),
    ("a description that is the address alone", "salesforce", "Account", {"Description": ALONE}),
    ("a deal's next step", "salesforce", "Opportunity", {"NextStep": SAID}),
    ("what a customer wrote in a web form", "salesforce", "Case", {"SuppliedEmail": ALONE}),
    ("a ticket's comments", "zendesk", "ticket", {"comments": [{"body": SAID, "author_email": ALONE}]}),
    ("comments that a contact's record carries along", "salesforce", "Contact", {"Comments": [{"Email": ALONE}]}),
    ("tasks below an account", "salesforce", "Account", {"Tasks": {"records": [{"Email": ALONE}]}}),
    ("an e-mail's sender", "salesforce", "EmailMessage", {"FromAddress": ALONE, "TextBody": SAID}),
    ("an e-mail's body kept with a contact", "hubspot", "CONTACT", {"properties": {"last_email_body": ALONE}}),
    ("the sender of the last e-mail, kept with a contact", "hubspot", "CONTACT", {"properties": {"hs_last_reply_email": ALONE}}),
    ("a sentence in an e-mail field", "salesforce", "Contact", {"LastName": "Tannhof", "Email": SAID}),
    ("a name that holds an address", "salesforce", "Contact", {"LastName": ALONE}),
    ("a chat", "intercom", "conversation", {"source": {"author": {"email": ALONE}}}),
    ("a form's submission", "hubspot", "form_submission", {"email": ALONE}),
    ("a task", "asana", "task", {"assignee": {"email": ALONE}}),
]  # fmt: skip
FIELDS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("a contact's address", "salesforce", "Contact", {"LastName": "Tannhof", "Email": ALONE}),
    ("a contact of another system", "hubspot", "CONTACT", {"properties": {"email": ALONE}}),
    ("a contact's further addresses", "hubspot", "contact", {"properties": {"hs_additional_emails": "x@else.example;" + ALONE}}),
    ("a value with its history, as older answers have it", "hubspot", "CONTACT", {"properties": {"email": {"value": ALONE}}}),
    ("whom invoices go to", "stripe", "customer", {"email": ALONE}),
    ("whom an invoice went to", "stripe", "invoice", {"customer_email": ALONE}),
    ("a billing address", "chargebee", "customer", {"customer": {"billing_address": {"email": ALONE}}}),
    ("a field of the account's own", "salesforce", "Account", {"Billing_Email__c": ALONE}),
    ("a contact named on the deal", "salesforce", "Opportunity", {"OpportunityContactRoles": {"records": [{"Contact": {"Email": ALONE}}]}}),
    ("the owner of a deal", "salesforce", "Opportunity", {"Owner": {"Email": ALONE}}),
    ("a lead's contacts", "close", "lead", {"contacts": [{"emails": [{"type": "office", "email": ALONE}]}]}),
    ("a list of addresses", "pipedrive", "person", {"emails": [ALONE]}),
]  # fmt: skip


def filled(value: Any, host: str) -> Any:
    if isinstance(value, str):
        return value.replace("{host}", host)
    if isinstance(value, dict):
        return {key: filled(inner, host) for key, inner in value.items()}
    return [filled(inner, host) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("sentence", "system", "kind", "payload"), FREE, ids=[row[0] for row in FREE])
def test_what_somebody_said_vouches_for_nobody(sentence: str, system: str, kind: str, payload: dict[str, Any]) -> None:
    """At every shared mail host and at another company's domain: it stops, and says that no record has the address."""
    for host in (*SHARED, "elsewhere.example"):
        found = told(host, Source(system, kind, "9", filled(payload, host)))
        assert found == {"recipient.belongs": "fail", "recipient.known": "warn"}, (sentence, host)
    own = told("tannhofmills.example", Source(system, kind, "9", filled(payload, "tannhofmills.example")))
    assert own == {"recipient.known": "warn"}, sentence


@pytest.mark.parametrize(("sentence", "system", "kind", "payload"), FIELDS, ids=[row[0] for row in FIELDS])
def test_an_address_field_vouches_for_that_address_alone(
    sentence: str, system: str, kind: str, payload: dict[str, Any]
) -> None:
    """The control: the same address in its field is known; somebody else at the same shared host is not."""
    for host in SHARED:
        kept = Source(system, kind, "9", filled(payload, host))
        assert told(host, kept) == {}, (sentence, host)
        other = Source(system, kind, "9", filled(payload, f"x.{host}"))
        assert told(host, other) == {"recipient.belongs": "fail", "recipient.known": "warn"}, (sentence, host)
    assert [one for _, _, one in contacts.on_record({"s": Source(system, kind, "9", payload)})][-1] == ALONE


def test_without_any_domain_on_record_a_shared_host_still_is_nobodys() -> None:
    """A contact at gmail.com makes gmail.com no domain of the customer's."""
    found = domains.customer_of(
        known_as({"c": Source("hubspot", "contact", "1", {"properties": {"email": "ines@gmail.com"}})})
    )
    assert (found.domains, found.addresses) == (frozenset(), frozenset({"ines@gmail.com"}))


@pytest.mark.parametrize(
    ("site", "known"),
    [
        ("https://www.tannhofmills.example/home", {"tannhofmills.example"}),
        ("https://tannhof.github.io", {"tannhof.github.io"}),
        ("https://sites.google.com/view/tannhof", set()),
        ("https://www.facebook.com/tannhof", set()),
        ("https://tannhof.sharepoint.com", set()),
        ("https://tannhof.onmicrosoft.com", set()),
        ("https://gmail.com", set()),
        ("https://co.uk", set()),
    ],
)
def test_a_website_among_many_is_no_domain_of_its_own(site: str, known: set[str]) -> None:
    """A page at a host that everybody may use makes that host nobody's."""
    found = domains.customer_of(known_as({"a": Source("salesforce", "Account", "1", {"Website": site})}))
    assert found.domains == known


@pytest.mark.parametrize(
    ("host", "registered"),
    [
        ("www.tannhof.co.uk", "tannhof.co.uk"),
        ("a.b.tannhof.com.br", "tannhof.com.br"),
        ("northbeam.zoom.us", "zoom.us"),
        ("northbeam.zoom.us.evil.example", "evil.example"),
        ("co.uk", ""),
        ("github.io", ""),
    ],
)
def test_the_registered_domain_comes_from_the_list_in_the_package(
    host: str, registered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is fetched for it: with the network taken away it says the same."""

    def none(*_: Any, **__: Any) -> Any:
        raise AssertionError("the suffix list was fetched")

    monkeypatch.setattr(socket, "socket", none)
    monkeypatch.setattr(socket, "getaddrinfo", none)
    domain_names.registered_domain.cache_clear()
    domain_names._suffixes.cache_clear()
    assert domain_names.registered_domain(host) == registered
