"""A packet's raw values are shown as people read them, beside what the record says, which stays as it is."""

from __future__ import annotations

import pytest

from reviewqueue.evidence.statements import Statement
from reviewqueue.evidence.types import Source
from reviewqueue.web import read_values
from tests.checks.policies import POLICY

DEAL = {"properties": {"amount": "46800", "deal_currency_code": "EUR", "closedate": "x"}}
# (the packet's field, what it says, how people read it; the lane's calendar is New York's)
VALUES = [
    ("arr", "46800", "46,800 EUR"),
    ("arr", "46800.50", "46,800.50 EUR"),
    ("arr", "46,800 EUR", ""),
    ("arr", "about 46800", ""),
    ("closed_on", "2026-11-20T17:22:05.000Z", "Friday, 20 November 2026, 12:22 EST"),
    ("closed_on", "2026-11-20T00:00:00.000Z", "Friday, 20 November 2026"),
    ("closed_on", "1795109525000", "Thursday, 19 November 2026, 12:32 EST"),
    ("closed_on", "20 November 2026", ""),
    ("plan", "46800", ""),
]


@pytest.mark.parametrize(("key", "says", "reads"), VALUES)
def test_what_is_read_beside_a_raw_value(key: str, says: str, reads: str) -> None:
    field = next(one for one in POLICY.packet.fields if one.key == key)
    cited = Statement(1, field.at, says, "deal", "/properties/amount", says, stands=True)
    draft = {"sections": {field.section: {key: says}}}
    deal = Source("hubspot", "DEAL", "1", DEAL)
    found = read_values.of_packet(POLICY, "mid-market-saas", draft, [cited], {"deal": deal})
    assert found == ({field.at: reads} if reads else {})
