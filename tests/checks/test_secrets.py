"""Secrets: found where their check digits or their form prove them, never repeated; other customers' names."""

from __future__ import annotations

import pytest

from reviewqueue import checks
from reviewqueue.checks import checksums, secrets
from reviewqueue.evidence.types import CheckResult
from tests.checks.labels import PARTS, passages
from tests.checks.policies import MID, POLICY, packet, sources

OTHERS = ("Ostrander Property", "Marlow", "Brightwell", "Harlow & Finch Outfitters Inc.")


def named(kind: str, text: str) -> list[CheckResult]:
    found = secrets.check(kind, {"body": text}, "Marlow Freight", OTHERS)
    return [one for one in found if one.key == "secret.other-customer"]


def test_no_message_repeats_what_it_found() -> None:
    """Of every labelled secret at most four characters in a row stand in what is said of it."""
    told = 0
    for passage in (one for part in PARTS for one in passages(part) if one.place.endswith("secrets.toml")):
        for one in secrets.check("customer_email", {"body": passage.text}):
            digits = [word for word in passage.text.replace("\n", " ").split(" ") if any(map(str.isdigit, word))]
            assert not any(word in one.message for word in digits if len(word.strip(".,-")) > 4), one.message
            told += 1
    assert told > 30


def test_keys_and_cards_block_and_accounts_and_ids_do_not() -> None:
    body = "Password: Tulpe#4711, card 4111 1111 1111 1111, IBAN DE89370400440532013000, CPF 529.982.247-25"
    found = {(one.key, one.outcome, one.blocking) for one in secrets.check("kickoff_brief", {"framing": body})}
    assert found == {
        ("secret.key", "fail", True),
        ("secret.card", "fail", True),
        ("secret.card", "warn", False),
        ("secret.personal", "warn", False),
    }


@pytest.mark.parametrize(
    ("proves", "good"),
    [
        (checksums.luhn, "8112189876"), (checksums.iban, "GB82WEST12345698765432"), (checksums.spanish, "12345678Z"),
        (checksums.french, "255081416802538"), (checksums.italian, "RSSMRA85T10A562S"), (checksums.swiss, "7569217076985"),
        (checksums.brazilian, "52998224725"), (checksums.dutch, "111222333"), (checksums.german, "86095742719"),
        (checksums.british, "9434765919"), (checksums.polish, "44051401359"),
    ],
)  # fmt: skip
def test_every_check_digit_counts(proves: object, good: str) -> None:
    """The number passes, and no change of a single digit of it does."""
    assert callable(proves)
    assert proves(good)
    for place, sign in enumerate(good):
        for other in "0123456789" if sign.isdigit() else "":
            if other != sign and not (proves is checksums.german and place == 0):
                assert not proves(good[:place] + other + good[place + 1 :]), (place, other)


@pytest.mark.parametrize(
    ("kind", "text", "outcomes"),
    [
        ("customer_email", "As we did for Ostrander Property last month", ["fail"]),
        ("customer_email", "Ostrander Property’s go-live was smooth", ["fail"]),
        ("customer_email", "HARLOW AND FINCH OUTFITTERS use it too", ["fail"]),
        ("customer_email", "Ask Brightwell how it went", ["warn"]),
        ("customer_email", "The room is brightwell-lit, says Ostrander", []),
        ("customer_email", "Marlow Freight goes live", []),
        ("risk_summary", "Same risk as at Ostrander Property", ["warn"]),
    ],
)
def test_other_customers_are_none_of_this_ones_business(kind: str, text: str, outcomes: list[str]) -> None:
    """A whole name stops a message to a customer; one word alone, or an internal paper, is only marked."""
    assert [one.outcome for one in named(kind, text)] == outcomes


def test_the_run_takes_the_names_from_around_the_draft() -> None:
    around = checks.CheckContext("Marlow Freight", OTHERS)
    draft = packet(risks="Same as Ostrander Property.")
    results = checks.run(POLICY, MID, "handoff_packet", draft, sources(), (), check_context=around)
    assert [one.at for one in results if one.key == "secret.other-customer"] == ["/sections/risks/risks"]
    results = checks.run(POLICY, MID, "handoff_packet", draft, sources(), ())
    assert [one for one in results if one.key == "secret.other-customer"] == []


KEY = "sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dcBq2"
BLOCK = (
    "-----BEGIN "
    + "PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nKjEPMA0GA1UEAwwGc2VjcmV0xyz12\n-----END PRIVATE KEY-----"
)


@pytest.mark.parametrize(
    ("body", "secret"),
    [
        (f"We confirm the key {KEY} to you", KEY),
        (f"We will send you {'a long list of things, ' * 5} and the key {KEY} soon", KEY),  # cut off where it is quoted
        ("We send you the card 4111 1111 1111 1111 soon", "4111 1111"),
        ("We send you the password: hunter2!x soon", "hunter2!x"),
        (f"We send you this: {BLOCK}", "MIIEvQIBAD"),
        (f"We send you this: {BLOCK}", "KjEPMA0GA1"),
        (f"TBD {{{{ {KEY} }}}}", KEY),
    ],
)
def test_no_other_check_repeats_a_secret(body: str, secret: str) -> None:
    """What a check quotes of the passage it is about has the secret blotted out; the rest of the passage is there."""
    results = checks.run(POLICY, MID, "customer_email", {"body": body}, {}, ())
    assert any(one.key in ("secret.key", "secret.card") and one.outcome == "fail" for one in results)
    shortest = secret[:8]
    assert not [one.message for one in results if shortest in one.message]


def test_a_passage_without_a_secret_is_quoted_as_it_stands() -> None:
    """The control: the next step is quoted, also beside a secret elsewhere."""
    draft = {"subject": f"Key {KEY}", "body": "Next step: Dana sends you the agenda by 6 March 2026."}
    [step] = [one for one in checks.run(POLICY, MID, "customer_email", draft, {}, ()) if one.key == "message.next-step"]
    assert step.message.endswith("“Next step: Dana sends you the agenda by 6 March 2026.”.")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("His SSN is 536-90-4399.", True),
        ("Social security number: 536904399", True),
        ("SSN 000-90-4399", False),
        ("SSN 936-90-4399", False),
        ("SSN 536-00-4399", False),
        ("Part 536-90-4399 is on its way.", False),
    ],
)
def test_a_us_number_is_known_by_its_name(body: str, found: bool) -> None:
    """It has no check digits: what calls it so, and no number that is never given out."""
    said = secrets.check("kickoff_brief", {"framing": body})
    assert [one.key for one in said] == (["secret.personal"] if found else [])
