"""What the name of a record's field tells: an id, what a system keeps about its own record, a sum of money."""

from __future__ import annotations

from reviewqueue.core.patterns import as_pattern

# Metadata that a system keeps about its own record is no fact about the customer.
ABOUT_RECORD = as_pattern(
    r"(?i)(?:(?:hs_)?(?:created?|last_?modified|updated?|modified|synced|last_?(?:viewed|referenced|activity))_?(?:at|date|on|by(?:id)?)?"
    r"|systemmodstamp|createdat|updatedat|resource_version|apiversion|api_version|.*url|attributes|livemode|object|etag|digest)\Z"
)
ID = as_pattern(r"(?:.*(?:Id|ID|_id|_ids|_key)|id|hubspot_owner_id|.*Id__c)\Z")
MONEY_KEY = as_pattern(
    r"(?i).*(?:amount|total|price|arr|mrr|acv|tcv|value|revenue|fee|due|paid|remaining|dues|balance|discount|cost|budget"
    r"|frais|montant|prix|preis|pauschale|betrag|jahreswert|auftragswert|importe|precio)"
)
# A yes or no about the record itself: an open ticket does not say that nothing else is closed.
STATE_OF_RECORD = as_pattern(r"(?i)(?:hs_)?(?:is_?)?(?:closed|won|deleted|archived|escalated|done|completed?)")


def tells_about_record(path: str) -> bool:
    """Whether a field is what a system keeps about its own record: ids, when it was changed."""
    name = path.rpartition("/")[2]
    return bool(ABOUT_RECORD.match(name) or ID.match(name))
