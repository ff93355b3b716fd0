"""Names: the accounts that a deal's name begins like, and no others."""

from __future__ import annotations

import pytest

from reviewqueue.connectors.account_names import MAX_MATCHES, AccountIndex, folded, shared_words, words

ACCOUNTS = (
    "Harbor Textiles Corp of America",
    "Tessel",
    "Grand Quays & Resorts Ltd",
    "Dickson plc",
    "Northern Oil & Gas Corp.",
    "Northern Oil & Gas, UK",
    "Northern Oil & Gas, Chile",
    "University of Arizona",
    "University of Alabama",
    "University of Alaska",
    "Global Freight GmbH",
    "Société Générale S.A.",
    "O'Brien Foods",
    "株式会社日立",
    "Lumen Labs",
    "Lumen Labs Europe",
    "Edge Communications",
)

MATCHES: dict[str, list[str]] = {
    "Tessel Standby Service": ["Tessel"],
    "tessel sla": ["Tessel"],
    "ＴＥＳＳＥＬ SLA": ["Tessel"],
    "Tesselate Rollout": [],
    "Grand Quays Kitchen": ["Grand Quays & Resorts Ltd"],
    "Grand Quays and Resorts Phase 2": ["Grand Quays & Resorts Ltd"],
    "Grand Rapids Clinic": [],
    "Harbor Textiles Weaving Plant": ["Harbor Textiles Corp of America"],
    "Dickson Mobile": ["Dickson plc"],
    "Northern Oil SLA": ["Northern Oil & Gas Corp.", "Northern Oil & Gas, Chile", "Northern Oil & Gas, UK"],
    "Northern Oil & Gas UK Platform": ["Northern Oil & Gas, UK"],
    "Northern Lights Rollout": [],
    "University of AZ Portables": ["University of Arizona"],
    "University of AL Portables": ["University of Alabama", "University of Alaska"],
    "University of Texas Portables": [],
    "University Platform": [],
    "Global Platform": [],
    "Global Freight Platform": ["Global Freight GmbH"],
    "Société Générale Rollout": ["Société Générale S.A."],
    "OBrien Foods Pilot": ["O'Brien Foods"],
    "O’Brien Foods Pilot": ["O'Brien Foods"],
    "株式会社日立 導入": ["株式会社日立"],
    "Lumen Labs Pilot": ["Lumen Labs", "Lumen Labs Europe"],
    "Lumen Labs Europe Pilot": ["Lumen Labs Europe"],
    "Edge Installation": ["Edge Communications"],
    "Rollout for Tessel": [],
    "16455361891": [],
    "": [],
}


@pytest.mark.parametrize("name", MATCHES)
def test_who_a_deal_could_be_for(name: str) -> None:
    """The accounts that share the longest telling beginning with the deal's name."""
    assert AccountIndex((told, told) for told in ACCOUNTS).like(name) == sorted(MATCHES[name], key=words)


@pytest.mark.parametrize(
    ("deal", "account", "count"),
    [
        ("Tessel SLA", "Tessel", 1),
        ("Grand Quays SLA", "Grand Quays & Resorts Ltd", 2),
        ("University of AZ SLA", "University of Arizona", 2),
        ("AZ SLA", "Arizona", 0),
        ("Quill SLA", "Tessel", 0),
    ],
)
def test_how_many_words_two_names_share(deal: str, account: str, count: int) -> None:
    """Counted from the beginning; a shortened word counts from the second on."""
    assert shared_words(deal, account) == count


def test_a_name_is_folded() -> None:
    """Case, width and blanks do not make another name."""
    assert folded("  Ｍarlow\u00a0 FREIGHT ") == folded("marlow freight")


def test_many_accounts_of_one_beginning_are_cut_off_and_told_apart() -> None:
    """Ten thousand accounts named alike: each deal still finds its own."""
    book = AccountIndex((str(number), f"Marlow {number} Ltd") for number in range(10_000))
    assert len(book.like("Marlow Platform")) == MAX_MATCHES
    assert all(book.like(f"Marlow {number} Platform") == [str(number)] for number in range(10_000))
