"""The name of a record's field as people read it, from where it stands in the record's payload."""

from __future__ import annotations

from reviewqueue.core.patterns import as_pattern

# What only holds fields, and says nothing of them.
_HOLDERS = frozenset({"properties", "associations", "results", "fields", "records", "items"})
# Names that say something only beside what they belong to.
_BARE = frozenset({"id", "name", "value", "email"})
# Names that run their words together.
_JOINED = {
    "dealname": "deal name", "dealstage": "deal stage", "dealtype": "deal type", "closedate": "close date",
    "createdate": "create date", "firstname": "first name", "lastname": "last name", "jobtitle": "job title",
}  # fmt: skip
# What is said letter by letter.
_LETTERS = frozenset({"arr", "crm", "csm", "mrr", "po", "sla", "url", "vat"})
_CUSTOM = as_pattern(r"__(?:c|r|pc)$")
_VENDOR = as_pattern(r"^hs_")
_HUMP = as_pattern(r"(?<=[a-z0-9])(?=[A-Z])")


def readable(pointer: str) -> str:
    """A JSON Pointer into a payload as the name of its field: "/Business_Outcome__c" is "Business outcome", and
    "/properties/hs_next_step" is "Next step". The pointer itself where nothing readable is in it."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    named = [step for step in steps if step and not step.isdecimal() and step.casefold() not in _HOLDERS]
    if not named:
        return pointer
    last = named[-2:] if named[-1].casefold() in _BARE else named[-1:]
    words = " ".join(_words(step) for step in last).strip()
    return words[:1].upper() + words[1:] if words else pointer


def _words(step: str) -> str:
    plain = _VENDOR.sub("", _CUSTOM.sub("", step))
    known = _JOINED.get(plain.casefold())
    split = _HUMP.sub(" ", plain).replace("_", " ").split() if known is None else known.split()
    return " ".join(
        word.upper() if word.casefold() in _LETTERS or word.isupper() else word.casefold() for word in split
    )


def with_pointer(pointer: str) -> str:
    """The same with the pointer in brackets, for whoever looks it up in the record."""
    says = readable(pointer)
    return says if says == pointer else f"{says} ({pointer})"
