"""What a record is in the words of systems.toml: the kind of system it belongs to, and what is read by reading it."""

from __future__ import annotations

from reviewqueue.core.patterns import as_pattern

_WORDS = {
    "salesforce": {
        "Opportunity": ("crm", "deals"),
        "Account": ("crm", "accounts"),
        "Contact": ("crm", "contacts"),
        "User": ("crm", "owners"),
        "Case": ("support", "tickets"),
    },
    "hubspot": {
        "DEAL": ("crm", "deals"),
        "COMPANY": ("crm", "accounts"),
        "CONTACT": ("crm", "contacts"),
        "OWNER": ("crm", "owners"),
        "TICKET": ("support", "tickets"),
    },
}
OTHER = ("crm", "other-records")
# A change event of an Opportunity, a property change of a deal and its association with a contact are about the deal.
_ABOUT = as_pattern(r"([A-Za-z]+?)(?:ChangeEvent|\.[A-Za-z.]+|_TO_[A-Z]+)?")


def words_of(system: str, name: str) -> tuple[str, str]:
    """(kind of system, word) of an object of a connector: ("support", "tickets") for HubSpot's TICKET."""
    words = _WORDS[system]
    about = _ABOUT.fullmatch(name)
    called = about[1] if about else name
    return words.get(called) or words.get(called.upper()) or OTHER
