"""Names of fields: what people read instead of a pointer into a record."""

from __future__ import annotations

import pytest

from reviewqueue.core import field_names

NAMES = [
    ("/Business_Outcome__c", "Business outcome"),
    ("/StageName", "Stage name"),
    ("/ARR__c", "ARR"),
    ("/csm", "CSM"),
    ("/Lead_Url__c", "Lead URL"),
    ("/properties/hs_next_step", "Next step"),
    ("/properties/dealstage", "Deal stage"),
    ("/Account/Name", "Account name"),
    ("/associations/companies/results/0/id", "Companies id"),
    ("/Primary~1Contact__r/Email", "Primary/contact email"),
    ("/0", "/0"),
    ("", ""),
]


@pytest.mark.parametrize(("pointer", "says"), NAMES, ids=[one[0] or "the whole" for one in NAMES])
def test_a_field_is_named(pointer: str, says: str) -> None:
    assert field_names.readable(pointer) == says


def test_the_pointer_stands_beside_it() -> None:
    assert field_names.with_pointer("/Start_Date__c") == "Start date (/Start_Date__c)"
    assert field_names.with_pointer("/0") == "/0"
