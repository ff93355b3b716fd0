"""B07: a deal in another currency than the policy's amounts is not compared with them, and a person is told so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reviewqueue import checks
from reviewqueue.checks.amounts import check, deal_amount
from reviewqueue.evidence.types import Citation, Source
from reviewqueue.items import routing
from reviewqueue.policy import loading
from reviewqueue.policy.model.policy import Lane, Policy
from tests import drafts, northbeam

GATE = "gates/handoff-quality.toml"


def policy(currency: str = "USD", when: str = "amount >= 100000.0") -> tuple[Policy, Lane]:
    """The test's policy in that currency, with one rule at the gate of packets."""
    files = northbeam.files()
    files["organisation.toml"] = files["organisation.toml"].replace('currency = "USD"', f'currency = "{currency}"')
    files[GATE] = files[GATE].partition("[[must_escalate]]")[0]
    files[GATE] += f'[[must_escalate]]\nname = "large"\nwhen = "{when}"\nsays = "A large deal goes up"\n'
    made = loading.load(files)
    lane = made.lane(drafts.LANE)
    assert lane is not None
    return made, lane


def deal(amount: Any, code: str = "") -> dict[str, Source]:
    payload = {"Id": "006", "ARR__c": amount, **({"CurrencyIsoCode": code} if code else {})}
    return {"deal": Source("salesforce", "Opportunity", "006", payload)}


def routed(currency: str, when: str, amount: Any, code: str) -> tuple[str, str]:
    made, lane = policy(currency, when)
    gate = made.gate(lane.key, "handoff-quality")
    assert gate is not None
    known = {"segment": "", "confidence": "", "number": 1, "overrides": 0}
    facts = routing.facts(made, lane, "handoff_packet", deal(amount, code), [], **known, age=timedelta())
    return routing.route(made, lane, gate, facts)


LARGE = "amount >= 100000.0"


@pytest.mark.parametrize(
    ("sentence", "currency", "when", "amount", "code", "state", "says"),
    [
        ("a large deal in the policy's currency goes up", "USD", LARGE, 300000, "USD", "escalated", "goes up"),
        ("a small one stays", "USD", LARGE, 90000, "USD", "pending", "waits"),
        ("a deal that names no currency is in the policy's", "USD", LARGE, 300000, "", "escalated", "goes up"),
        ("300,000 yen are not compared with dollars", "USD", LARGE, 300000, "JPY", "pending", "not compared: JPY (rule large, gates/"),
        ("90,000 Kuwaiti dinars do not pass in silence", "USD", LARGE, 90000, "KWD", "pending", "not compared: KWD (rule large, gates/"),
        ("euros in a policy of euros are compared", "EUR", LARGE, 300000, "EUR", "escalated", "goes up"),
        ("a policy without a currency compares with none", "", LARGE, 300000, "EUR", "pending", "not compared: EUR"),
        ("a rule of its own for yen", "USD", "currency == 'JPY' && own_amount >= 100000.0", 300000, "JPY", "escalated", "goes up"),
        ("a rule about something else says nothing of currencies", "USD", "revision > 7", 300000, "JPY", "pending", "waits at"),
    ],
)  # fmt: skip
def test_a_rule_looks_only_at_its_own_currency(
    sentence: str, currency: str, when: str, amount: Any, code: str, state: str, says: str
) -> None:
    found = routed(currency, when, amount, code)
    assert found[0] == state, sentence
    assert says in found[1], sentence
    assert ("not compared" in found[1]) is ("not compared" in says), sentence


@pytest.mark.parametrize(
    ("sentence", "currency", "when", "sources", "warns"),
    [
        ("yen under a rule of dollars", "USD", LARGE, deal(300000, "JPY"), "Not compared: JPY"),
        ("dinars under a rule of dollars", "USD", LARGE, deal(90000, "KWD"), "Not compared: KWD"),
        ("a policy that names none", "", LARGE, deal(90000, "EUR"), "name no currency"),
        ("its own currency", "USD", LARGE, deal(90000, "USD"), ""),
        ("no currency in the record", "USD", LARGE, deal(90000), ""),
        ("no amount", "USD", LARGE, deal("", "JPY"), ""),
        ("no rule about amounts", "USD", "revision > 7", deal(90000, "JPY"), ""),
        ("no deal", "USD", LARGE, {}, ""),
    ],
)  # fmt: skip
def test_the_draft_says_what_was_not_compared(
    sentence: str, currency: str, when: str, sources: dict[str, Source], warns: str
) -> None:
    made, lane = policy(currency, when)
    found = list(check(made, lane, "handoff_packet", sources))
    assert bool(found) is bool(warns), sentence
    for one in found:
        assert (one.key, one.outcome, one.blocking) == ("trigger.currency", "warn", False)
        assert warns in one.message


def test_the_nearest_object_names_the_currency() -> None:
    """HubSpot's stands in its properties."""
    properties = {"hs_arr": "48000", "deal_currency_code": "JPY"}
    held = {"deal": Source("hubspot", "DEAL", "7", {"id": "7", "currency": "EUR", "properties": properties})}
    _, lane = policy()
    amount, code = deal_amount(lane, held)
    assert (str(amount), code) == ("48000", "JPY")


@pytest.mark.parametrize(
    ("sentence", "price", "key", "outcome"),
    [
        ("the promised price", "EUR 48,000", "", ""),
        ("another figure", "EUR 52,000", "commitment.contradicted", "fail"),
        ("the figure in another currency", "USD 48,000", "commitment.contradicted", "fail"),
        ("another figure in another currency", "USD 52,000", "commitment.uncompared", "warn"),
    ],
)
def test_a_price_in_another_currency_than_promised(sentence: str, price: str, key: str, outcome: str) -> None:
    """What is not compared is said, and blocks nothing."""
    made, lane = policy()
    source = {"deal": Source("salesforce", "Opportunity", "006", {"Id": "006", "ARR__c": "EUR 48,000"})}
    draft = {"to": [], "subject": "Price", "body": f"The price is {price} per year."}
    found = checks.run(made, lane, "customer_email", draft, source, list[Citation]())
    told = [(one.key, one.outcome) for one in found if one.key.startswith("commitment.")]
    assert told == ([(key, outcome)] if key else []), sentence
