"""Finding: what stands in a text, with its value; what only looks like it is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewqueue.evidence.text.values.entities import Entity, find
from tests.evidence.text.passages import LOOK_ALIKES, SAYS
from tests.support.proportion import in_proportion

SAID = Path(__file__).parents[3] / "docs" / "statements.md"


def claims(text: str) -> set[str]:
    """What a text claims, as the passages are labelled."""
    return {" ".join(filter(None, (one.kind, "|".join(one.values), one.unit))) for one in find(text) if one.firm}


def measured() -> tuple[float, float]:
    """(precision, recall) over all passages."""
    right = wrong = missed = 0
    for text, labels in [*SAYS, *((text, ()) for text in LOOK_ALIKES)]:
        found, wanted = claims(text), set(labels)
        right, wrong, missed = right + len(found & wanted), wrong + len(found - wanted), missed + len(wanted - found)
    return right / (right + wrong), right / (right + missed)


def test_precision_and_recall_hold() -> None:
    """docs/statements.md says how many passages there are, half of them harmless, and what they measure today."""
    precision, recall = measured()
    assert min(len(SAYS), len(LOOK_ALIKES)) > 100
    assert (
        f"Over {len(SAYS)} passages that say something and {len(LOOK_ALIKES)} look-alikes (`tests/evidence/text/passages.py`): "
        f"precision {precision:.3f}, recall {recall:.3f}."
    ) in SAID.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "words", "kind", "value"),
    [
        ("We meet on Tuesday, 8 December 2026.", "Tuesday, 8 December 2026", "date", "2026-12-08"),
        ("It costs USD 48,000 in all.", "USD 48,000", "money", "48000"),
        ("It costs 48.000,00 € im Jahr.", "48.000,00 €", "money", "48000"),
        ("It covers 50 user licences.", "50 user licences", "count", "50"),
        ("It takes six weeks.", "six weeks", "duration", "42"),
        ("Ask <Rosa@Marlow.example>.", "Rosa@Marlow.example", "email", "rosa@marlow.example"),
        ("Dr. Lindner agreed.", "Dr. Lindner", "name", "lindner"),
    ],
)
def test_a_passage_is_cut_where_a_person_would(text: str, words: str, kind: str, value: str) -> None:
    """The words that are marked are whole: with weekday, currency and title."""
    (one,) = find(text)
    assert (text[one.start : one.end], one.kind, one.values) == (words, kind, (value,))


@pytest.mark.parametrize(
    ("text", "firm"),
    [
        ("We start on 17 November.", True),
        ("Could we start on 17 November?", False),
        ("Please answer by 17 November.", False),
        ("The plan of 17 November holds. Could you sign it?", True),
        ("Due 17 November.", False),
        ("Which suits you?\n- 17 November", False),
        ("We start on 17 November.\n\nKind regards\nDana Whitfield", True),
        ("Dana Whitfield starts it.\n\nKind regards\nDana Whitfield", False),
        ("Graham Tolley starts it.\n\nKind regards\nDana Whitfield", True),
    ],
)
def test_what_asks_offers_or_signs_claims_nothing(text: str, firm: bool) -> None:
    """It is still found, so that it can be shown where a record says it."""
    assert find(text)[0].firm is firm


@given(st.text(max_size=400) | st.text("0123456789.,:/'-–@() €$%kmMayDr\n \u00a0", max_size=400))
def test_anything_is_read_in_order_and_without_overlaps(text: str) -> None:
    """Whatever a text holds: places inside it, in order, each with a value."""
    last = 0
    for one in find(text):
        assert last <= one.start < one.end <= len(text)
        assert all(one.values)
        last = one.end


@pytest.mark.parametrize(
    "piece",
    ["1", "1,", "1 ", "1.1", "9-", "(1", "@", "a@", "a.", "a@a.", "A ", "Aa ", "Aa de ", "+1 ", "$1", "1/1/", "Dear ", "May 1 ", "one ",
     "Hi A, hi ", "\n- ", "?\n- ", "\n\n", "last 1 day ", "1 and 2 and ", "www.", "\u202e1\u200b"],
)  # fmt: skip
@pytest.mark.timeout(15)
def test_no_text_is_read_for_ever(piece: str) -> None:
    """Thirty thousand characters of anything repeated: a pattern that goes back over them would not come to its end."""
    find(piece * (30_000 // len(piece)))


@pytest.mark.parametrize("piece", ["1 ", "a 1 ", "1\u00a0"])
def test_a_draft_of_figures_takes_as_long_as_it_is(piece: str) -> None:
    """Eight times the figures, eight times as long: nothing looks at all of a text again for each of them."""
    assert in_proportion(lambda characters: find(piece * (characters // len(piece))), 80_000)


def test_what_is_found_is_a_plain_value() -> None:
    """Equal texts give equal values: nothing depends on what was read before."""
    assert find("50 seats by 4 May 2026") == (
        Entity(0, 8, "count", ("50",), "seat"),
        Entity(12, 22, "date", ("2026-05-04",)),
    )
