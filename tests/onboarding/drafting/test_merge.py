"""A draft that is written again keeps what people wrote in it, and nothing else of the one before."""

from __future__ import annotations

from typing import Any

import pytest

from reviewqueue.evidence.types import Citation, DraftWithEvidence, Source
from reviewqueue.onboarding.drafting.merge import Version, merge

OLD = Source("salesforce", "Opportunity", "1", {"Start__c": ""})
NEW = Source("salesforce", "Opportunity", "1", {"Start__c": "2027-01-04"})
NOTE = Source("reviewqueue", "answer", "7", {"choice": "x"})


def drafted(draft: Any, sources: dict[str, Source] | None = None, *cited: Citation) -> DraftWithEvidence:
    return DraftWithEvidence("handoff_packet", "Packet", draft, sources or {}, cited)


def by_machine(draft: Any) -> Version:
    return Version(draft, False)


def by_person(draft: Any) -> Version:
    return Version(draft, True)


FIRST = {"sections": {"a": {"start": "", "risks": "None known."}, "b": {"kickoff": "March"}}}


def changed(**texts: str) -> dict[str, Any]:
    """The first draft with those texts."""
    return {"sections": {name: {key: texts.get(key, text) for key, text in fields.items()} for name, fields in FIRST["sections"].items()}}  # fmt: skip


# (what happened, the revisions, what the drafter writes now, what stands there then, what is kept against it)
MERGED: list[tuple[str, list[Version], Any, Any, tuple[str, ...]]] = [
    (
        "nobody wrote in it: all of it is new",
        [by_machine(FIRST)], changed(start="4 January"), changed(start="4 January"), (),
    ),
    (
        "a person's text stays, and is named where the drafter would say something else",
        [by_machine(FIRST), by_person(changed(risks="IT is short of people."))], changed(risks="Two cases are open."),
        changed(risks="IT is short of people."), ("/sections/a/risks",),
    ),
    (
        "what a person only passed by is new",
        [by_machine(FIRST), by_person(changed(risks="IT is short of people."))], changed(kickoff="April"),
        changed(risks="IT is short of people.", kickoff="April"), ("/sections/a/risks",),
    ),
    (
        "a person's text stays a second time, though the drafter's revision has it too",
        [by_machine(FIRST), by_person(changed(risks="IT.")), by_machine(changed(risks="IT.", start="1 May"))],
        changed(start="2 May"), changed(risks="IT.", start="2 May"), ("/sections/a/risks",),
    ),
    (
        "what the drafter's later revision wrote over a person's is the drafter's",
        [by_machine(FIRST), by_person(changed(risks="IT.")), by_machine(changed(risks="None."))],
        changed(risks="Two."), changed(risks="Two."), (),
    ),
    (
        "a text that a person emptied stays empty",
        [by_machine(FIRST), by_person(changed(kickoff=""))], FIRST, changed(kickoff=""), ("/sections/b/kickoff",),
    ),
    (
        "a person's text that the drafter writes too is kept against nothing",
        [by_machine(FIRST), by_person(changed(start="4 January"))], changed(start="4 January"),
        changed(start="4 January"), (),
    ),
    (
        "a person's text where the drafter knows nothing is kept against nothing",
        [by_machine(FIRST), by_person(changed(start="4 January"))],
        FIRST,
        changed(start="4 January"),
        (),
    ),
    (
        "a list that a person changed stays whole",
        [by_machine({"rows": [{"due": "1 May"}]}), by_person({"rows": [{"due": "1 May"}, {"due": "2 May"}]})],
        {"rows": [{"due": "9 May"}]}, {"rows": [{"due": "1 May"}, {"due": "2 May"}]}, ("/rows",),
    ),
    (
        "what a person took out does not come back, be it a copy to somebody",
        [by_machine({"to": ["a"], "cc": ["b"]}), by_person({"to": ["a"]})],
        {"to": ["c"], "cc": ["b"]},
        {"to": ["c"]},
        ("/cc",),
    ),
    (
        "what they put in again later is theirs",
        [by_machine({"to": ["a"], "cc": ["b"]}), by_person({"to": ["a"]}), by_person({"to": ["a"], "cc": ["d"]})],
        {"to": ["c"], "cc": ["b"]},
        {"to": ["c"], "cc": ["d"]},
        ("/cc",),
    ),
    (
        "who puts back what the drafter had written has written nothing",
        [by_machine(FIRST), by_person(changed(risks="typo")), by_person(FIRST)],
        changed(risks="Two cases are open."),
        changed(risks="Two cases are open."),
        (),
    ),
    (
        "a note inside of something that only the person has is there again",
        [by_machine({"to": ["a"]}), by_person({"to": ["a"], "details": {"note": "call Piet"}})],
        {"to": ["c"]},
        {"to": ["c"], "details": {"note": "call Piet"}},
        (),
    ),
    (
        "a person's words stay in a section that the drafter no longer has",
        [by_machine(FIRST), by_person(changed(kickoff="By hand"))],
        {"sections": {"a": {"start": "", "risks": ""}}},
        {"sections": {"a": {"start": "", "risks": ""}, "b": {"kickoff": "By hand"}}},
        (),
    ),
    (
        "what only a person has is there again",
        [by_machine({"to": ["a"]}), by_person({"to": ["a"], "cc": ["b"]})], {"to": ["c"]}, {"cc": ["b"], "to": ["c"]},
        (),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("_", "versions", "again", "stands", "kept"), MERGED, ids=[row[0] for row in MERGED])
def test_whose_words_stand(_: str, versions: list[Version], again: Any, stands: Any, kept: tuple[str, ...]) -> None:
    made = merge(drafted(versions[-1].draft), drafted(again), versions)
    assert (made.drafted.draft, made.kept) == (stands, kept)


def test_a_person_s_words_keep_their_citations_and_rest_on_the_newest_record() -> None:
    """The citation of a text that stays leads to the same record as the drafter now has it, under its new name there; a
    record that the drafter does not know comes along; what the drafter cites for the text it does not write is left."""
    risks, start = "/sections/a/risks", "/sections/a/start"
    kept, answered = Citation(risks, "IT", "opportunity", "/Start__c"), Citation(risks, "x", "deal", "/choice")
    before = drafted(changed(risks="IT x"), {"opportunity": OLD, "deal": NOTE}, kept, answered)
    now = drafted(
        changed(risks="Two", start="2027-01-04"), {"deal": NEW},
        Citation(start, "2027-01-04", "deal", "/Start__c"), Citation(risks, "Two", "deal", "/Start__c"),
    )  # fmt: skip
    made = merge(before, now, [by_machine(FIRST), by_person(changed(risks="IT x"))]).drafted
    assert made.sources == {"deal": NEW, "deal-2": NOTE}
    assert made.citations == (
        Citation(start, "2027-01-04", "deal", "/Start__c"),
        Citation(risks, "IT", "deal", "/Start__c"),
        Citation(risks, "x", "deal-2", "/choice"),
    )
