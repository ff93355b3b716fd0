"""Differences: what changed, place by place; entries of lists are found again by what they say; nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewqueue.core import canonical_json
from reviewqueue.web.diff.draft import DraftChange, changes
from reviewqueue.web.formatting import text_of
from tests.drafts import MILESTONES
from tests.web.redlines import both

CONNECTED, USED = MILESTONES
TRAINED = {
    "name": "Dispatchers trained",
    "owner": "Piet de Vries",
    "due": "2026-03-25",
    "exit": "Eight signed the list",
}
NAMELESS = [{"says": f"{word} is what the dispatchers asked us for"} for word in ("Speed", "Order", "Calm")]


def told(found: Sequence[DraftChange]) -> list[str]:
    """Each change in a few words: how, where, and what is inside."""
    made = []
    for change in found:
        within = f" ({', '.join(told(change.inside))})" if change.inside else ""
        made.append(f"{change.how} {change.at}{f' from {change.other}' if change.other else ''}{within}")
    return made


def plan(*milestones: Any) -> dict[str, Any]:
    """A plan with these milestones."""
    return {"milestones": list(milestones)}


@pytest.mark.parametrize(
    ("sentence", "before", "after", "expected"),
    [
        (
            "only places that differ are told, in reading order, and what is gone stands where it stood",
            {"gone": "x", "same": "s", "to": ["a", "b"], "n": 1},
            {"new": "y", "same": "s", "to": ["a"], "n": 2},
            ["inserted /new", "deleted /to/1", "changed /n", "deleted /gone"],
        ),
        ("nothing said is nothing changed", {"a": None, "c": []}, {"a": "", "b": {}}, []),
        (
            "an inserted milestone is one change, and those after it are none",
            plan(CONNECTED, USED),
            plan(TRAINED, CONNECTED, USED),
            ["inserted /milestones/0 (inserted /milestones/0/name, inserted /milestones/0/owner, "
             "inserted /milestones/0/due, inserted /milestones/0/exit)"],
        ),
        (
            "a milestone that moved is moved, with what changed in it",
            plan(CONNECTED, USED, TRAINED),
            plan(USED, TRAINED, {**CONNECTED, "due": "2026-04-02"}),
            ["moved /milestones/2 from /milestones/0 (changed /milestones/2/due)"],
        ),
        (
            "a milestone keeps its name and changes in place, whatever else is new",
            plan(TRAINED, CONNECTED),
            plan(CONNECTED, {"name": "Dispatchers trained", "owner": "Ines", "due": "?", "exit": "none"}),
            ["moved /milestones/1 from /milestones/0 (changed /milestones/1/owner, changed /milestones/1/due, "
             "changed /milestones/1/exit)"],
        ),
        (
            "entries without a name are found by what they say",
            {"list": NAMELESS},
            {"list": [NAMELESS[2], *NAMELESS[:2]]},
            ["moved /list/0 from /list/2"],
        ),
        ("an address that changed place", {"to": ["a@x", "b@x"]}, {"to": ["b@x", "a@x"]}, ["moved /to/1 from /to/0"]),
        (
            "a list of addresses that came as a whole",
            {},
            {"cc": ["ana@x.example", "rosa@x.example"]},
            ["inserted /cc/0", "inserted /cc/1"],
        ),
        (
            "a text that went to a place where nothing stood is moved",
            {"risks": "IT is short of people until April.", "scope": ""},
            {"scope": "IT is short of people until May."},
            ["moved /scope from /risks"],
        ),
        (
            "so is an object of another name, with what is in it",
            {"a": {"risks": "IT is short of people until April."}},
            {"b": {"note": "IT is short of people until May."}},
            ["moved /b from /a (moved /b/note from /a/risks)"],
        ),
        (
            "another shape takes the place of what was there",
            {"a": "text", "b": {"c": "x"}},
            {"a": {"d": "y"}, "b": "z"},
            ["deleted /a", "inserted /a (inserted /a/d)", "deleted /b (deleted /b/c)", "inserted /b"],
        ),
        (
            "a text and an object that says the same are not the same thing",
            {"a": ["IT is short of people"]},
            {"a": {"name": "IT is short of people"}},
            ["deleted /a/0", "inserted /a (inserted /a/name)"],
        ),
        ("a name with a slash keeps its pointer", {"a/b": "x"}, {"a/b": "y"}, ["changed /a~1b"]),
    ],
)  # fmt: skip
def test_places_that_differ(sentence: str, before: Any, after: Any, expected: list[str]) -> None:
    assert told(changes(before, after)) == expected, sentence


def test_entries_are_called_by_name_and_places_in_them_without_the_entry() -> None:
    (change,) = changes(plan(CONNECTED, USED), plan(CONNECTED, {**USED, "due": "2026-05-01"}))
    assert (change.called, change.inside[0].named) == ("First late-shipment report used", "/due")
    (moved,) = changes({"list": NAMELESS}, {"list": [NAMELESS[2], *NAMELESS[:2]]})
    assert moved.called == "Calm is what the dispatchers asked us for"


SAYS = st.sampled_from(["", "a", "Rosa", "2026-03-23", "IT is short of people", "IT is short of people now",
                        "First line of it all\nthen the second one here"])  # fmt: skip
VALUES = st.recursive(
    SAYS | st.none() | st.booleans() | st.integers(0, 2),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["name", "b", "c/d", "~"]), inner, max_size=3)
    ),
    max_leaves=12,
)


def texts(value: Any) -> Iterator[str]:
    """Every text of a draft that says something."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)
    elif text_of(value):
        yield text_of(value)


def places(found: Sequence[DraftChange]) -> Iterator[DraftChange]:
    """Every change that shows a text."""
    for change in found:
        yield from places(change.inside)
        if change.marked:
            yield change


@settings(deadline=None)
@given(VALUES, VALUES)
def test_nothing_is_lost_and_nothing_is_made_up(before: Any, after: Any) -> None:
    """What is not shown is the same in both; what is shown stands at its place in the one and the other."""
    old, new = Counter(texts(before)), Counter(texts(after))
    for change in places(changes(before, after)):
        was, now = both(str(change.marked))
        here = text_of(canonical_json.resolve_pointer(before if change.how == "deleted" else after, change.at))
        assert here == (was if change.how == "deleted" else now)
        if change.how == "moved":
            assert text_of(canonical_json.resolve_pointer(before, change.other)) == was
        assert not was or old[was] > 0
        assert not now or new[now] > 0
        old[was] -= 1
        new[now] -= 1
    del old[""], new[""]
    assert +old == +new
    assert changes(after, after) == []
