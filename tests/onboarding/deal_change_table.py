"""The table of docs/deals.md: each change of a deal in the CRM, and what it does wherever the onboarding stands. The test
of deal changes runs each of its cells; `python -m tests.onboarding.deal_change_table` writes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.crm_life import first_value, message_sent, message_waits, packet_waits

WRITTEN = Path(__file__).parents[2] / "docs" / "deals.md"
BEGINS, ENDS = "<!-- changes -->\n", "<!-- /changes -->\n"
# The category of the exception that opens, and who owns it: nobody is the account's owner in the tests.
OPENS, OWNER = "deal-changed", "revops"


@dataclass(frozen=True)
class Standing:
    """Where an onboarding stands, and how it comes there; `waits` where a message of it is approved and not out, which
    is then held beside the next."""

    says: str
    comes: Callable[..., int]
    waits: bool = False

    @property
    def held(self) -> str:
        """What a change of its deal holds."""
        return "holds that message and the next" if self.waits else "holds the next message"


@dataclass(frozen=True)
class Change:
    """What the CRM says now, what changed in the deal by the names of `tests.support.crm_life`, and what is told of it,
    by system; nothing where nothing is told. `{was}` is the account's id before."""

    says: str
    changed: dict[str, Any]
    told: dict[str, str] = field(default_factory=dict)


STANDINGS = (
    Standing("its packet waits", packet_waits),
    Standing("a message was sent", message_sent),
    Standing("first value is reached", first_value),
    Standing("a message is approved and waits", message_waits, waits=True),
)


def _both(says: str) -> dict[str, str]:
    return {"salesforce": says, "hubspot": says}


def _stage(became: str, salesforce: str, hubspot: str, more: str = "") -> dict[str, str]:
    return {
        "salesforce": f"{became}: its stage is “{salesforce}”, and was “Closed Won”{more}",
        "hubspot": f"{became}: its stage is “{hubspot}”, and was “Closed won (closedwon)”{more}",
    }


OPEN, LESS = ("Negotiation/Review", "Contract sent (contractsent)"), "its amount is 41000, and was 48000"
CHANGES = (
    Change("re-opened", {"stage": "open"}, _stage("the deal is open again", *OPEN)),
    Change("lost", {"stage": "lost"}, _stage("the deal is lost", "Closed Lost", "Closed lost (closedlost)")),
    Change(
        "in a stage that no lane knows", {"stage": "odd"},
        _stage("the deal is in a stage that its lane does not know", "Parked", "parked"),
    ),
    Change(
        "deleted, or archived", {"deleted": True},
        {"salesforce": "the deal is deleted", "hubspot": "the deal is archived"},
    ),
    Change("won for more", {"amount": 52000}, _both("its amount is 52000, and was 48000")),
    Change("won for less", {"amount": 41000}, _both(LESS)),
    Change("its amount taken out", {"amount": ""}, _both("its amount is nothing, and was 48000")),
    Change(
        "re-opened for less", {"stage": "open", "amount": 41000},
        _stage("the deal is open again", *OPEN, more=f"; {LESS}"),
    ),
    Change(
        "another account's", {"of_account": 4},
        {
            "salesforce": "its account is 001LF0000000004YAA, and was {was}",
            "hubspot": "its account is 10004, and was {was}",
        },
    ),
    Change("the same amount, with zeros", {"amount": "48000.00"}),
    Change("its currency, named for the first time", {"currency": "EUR"}),
    Change("a field on which nothing rests", {"note": "Call them."}),
    Change("as it was", {}),
)  # fmt: skip


def table() -> str:
    """The table, as Markdown."""
    heads = ["the CRM has the deal", "told of Salesforce's", "told of HubSpot's", *(one.says for one in STANDINGS)]
    rows = [heads, ["---"] * len(heads)]
    for change in CHANGES:
        told = [change.told.get(system, "").format(was="…") or "nothing" for system in ("salesforce", "hubspot")]
        does = [f"opens `{OPENS}`, {one.held}" if change.told else "goes on" for one in STANDINGS]
        rows.append([change.says, *told, *does])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def renewed(text: str) -> str:
    """The page with the table as it is run."""
    before, rest = text.split(BEGINS)
    return f"{before}{BEGINS}{table()}{ENDS}{rest.split(ENDS)[1]}"


if __name__ == "__main__":
    WRITTEN.write_text(renewed(WRITTEN.read_text(encoding="utf-8")), encoding="utf-8")
