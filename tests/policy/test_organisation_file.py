"""The organisation file: what `init` writes is the shipped policy with four words of its own, and it can be used."""

from __future__ import annotations

import pytest

from reviewqueue.policy import loading, validate_gates
from reviewqueue.policy.organisation_file import FILE, OrganisationDetails, with_details, zones_like

SHIPPED = loading.files_in(loading.SHIPPED)
MINE = OrganisationDetails("Tallow & “Byrne”, Ltd.", ("tallow.example", "tallow-byrne.example"), "Europe/Lisbon", "PT")


@pytest.mark.parametrize(
    "whose",
    [
        MINE,
        OrganisationDetails("EY", ("ey.example",), "Asia/Kolkata"),
        OrganisationDetails('A "quoted" \\ name = "x"', ("a.example",), "UTC"),
    ],
    ids=lambda whose: whose.name,
)
def test_what_is_written_loads_says_what_was_said_and_leaves_the_rest(whose: OrganisationDetails) -> None:
    files = with_details(SHIPPED, whose)
    policy = loading.load(files)
    ours, office = policy.organisation, policy.organisation.calendars[0]
    assert (ours.name, ours.domains, office.timezone, office.holidays) == (
        whose.name, whose.domains, whose.timezone, whose.holidays,
    )  # fmt: skip
    assert not validate_gates.warnings(policy)
    changed = [
        (old, new) for old, new in zip(SHIPPED[FILE].splitlines(), files[FILE].splitlines(), strict=True) if old != new
    ]
    assert {new.partition(" ")[0] for _, new in changed} <= {"name", "domains", "timezone", "holidays"}
    assert {name: text for name, text in files.items() if name != FILE} == {
        name: text for name, text in SHIPPED.items() if name != FILE
    }


# (what, the answers with the wrong one, where, what is said)
WRONG = [
    ("no name", OrganisationDetails("", MINE.domains, "UTC"), "/name", "it is empty; write what customers call you"),
    ("nothing to see", OrganisationDetails("\u200b\u200b", MINE.domains, "UTC"), "/name", "nothing a person could see"),
    (
        "the shipped stand-in",
        OrganisationDetails("Your organisation", MINE.domains, "UTC"),
        "/name",
        "what customers call you",
    ),
    ("no domain", OrganisationDetails("A", (), "UTC"), "/domain", "is not a mail domain"),
    ("an address", OrganisationDetails("A", ("sam@a.example",), "UTC"), "/domain", "what comes after the @"),
    (
        "everybody's domain",
        OrganisationDetails("A", ("a.example", "gmail.com"), "UTC"),
        "/domain",
        "everybody may have an address",
    ),
    ("no zone", OrganisationDetails("A", MINE.domains, ""), "/timezone", "is not a time zone; write one such as"),
    ("a city", OrganisationDetails("A", MINE.domains, "new york"), "/timezone", "did you mean America/New_York?"),
    ("a path", OrganisationDetails("A", MINE.domains, "../../etc/passwd"), "/timezone", "is not a time zone"),
    ("no country", OrganisationDetails("A", MINE.domains, "UTC", "ZZ"), "/holidays", "no holidays are known for 'ZZ'"),
]


@pytest.mark.parametrize(("what", "whose", "at", "says"), WRONG, ids=[row[0] for row in WRONG])
def test_an_answer_that_cannot_be_used_is_named(what: str, whose: OrganisationDetails, at: str, says: str) -> None:
    (fault,) = whose.faults()
    assert fault.at == at, what
    assert says in fault.message, what


def test_good_answers_have_no_faults() -> None:
    """The control."""
    assert MINE.faults() == []


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("Berlin", ["Europe/Berlin"]),
        ("europe/berlin", ["Europe/Berlin"]),
        ("buenos aires", ["America/Argentina/Buenos_Aires", "America/Buenos_Aires"]),
        ("", []),
        ("nowhere at all", []),
    ],
)
def test_a_zone_is_found_by_its_city(given: str, meant: list[str]) -> None:
    assert zones_like(given) == meant
