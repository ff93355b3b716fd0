"""Wording: what changed word by word, and paragraphs that moved; dropping what was put in gives the old text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewqueue.web.diff.text import merged_markup, pieces
from tests.web.redlines import both

SAID = re.compile(r'<span class="visually-hidden">.*?</span>')
THANKS = "Thank you for choosing us, and welcome."
START = "Your project starts on 2026-03-23 in depot one."
NEXT = "Next step: Dana Whitfield sends you the agenda by 6 March."
ROOM = "Please tell Dana who should be in the room."


def shown(before: str, after: str) -> str:
    """The markup without the words for who cannot see it."""
    return SAID.sub("", str(merged_markup(before, after)))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("go live on 15 January", "go live on 12 February", "go live on <del>15 January</del><ins>12 February</ins>"),
        ("", "new", "<ins>new</ins>"),
        ("old", "", "<del>old</del>"),
        ("a <b>", "a <i>", "a &lt;<del>b</del><ins>i</ins>&gt;"),
        ("same", "same", "same"),
        ("pay 48,000.00 a year", "pay 43,000.00 a year", "pay <del>48,000.00</del><ins>43,000.00</ins> a year"),
        ("on 2026-03-23.", "on 2026-04-23.", "on <del>2026-03-23</del><ins>2026-04-23</ins>."),
        ("to rosa@a.example", "to rosa@b.example", "to <del>rosa@a.example</del><ins>rosa@b.example</ins>"),
        ("one", "one\n", 'one<ins class="is-blank">\n</ins>'),
        ("a", "a\nb", 'a<ins class="is-blank">\n</ins><ins>b</ins>'),
        ("Grüße", "Gru\u0308ße", "<del>Grüße</del><ins>Gru\u0308ße</ins>"),
    ],
)
def test_words_are_marked(before: str, after: str, expected: str) -> None:
    assert shown(before, after) == expected


def test_what_is_marked_is_said_in_words_too() -> None:
    said = re.sub(
        r"<[^>]*>", "", str(merged_markup("go live on 15 January, we hope", "go live on 12 February, we hope"))
    )
    assert " ".join(said.split()) == "go live on deleted: 15 January inserted: 12 February (end of change) , we hope"


def test_a_paragraph_that_stands_elsewhere_is_moved_and_what_changed_in_it_is_shown_there() -> None:
    before = f"Hello Rosa,\n\n{THANKS}\n\n{START}\n\n{NEXT}\n\n{ROOM}"
    after = f"Hello Rosa,\n\n{THANKS}\n\n{NEXT}\n\n{ROOM}\n\n{START.replace('03-23', '04-13')}"
    page = shown(before, after)
    away = re.search(r'<span class="moved-away" id="away-1" data-move="1">(.*?)</span>', page)
    assert away
    assert away[1] == f'moved to <a href="#here-1">paragraph 5</a>: “{START}”'
    here = page[page.index('<span class="moved-here" id="here-1"') :]
    assert 'moved from <a href="#away-1">paragraph 3</a>' in here
    assert "starts on <del>2026-03-23</del><ins>2026-04-13</ins> in depot one." in here
    assert page.count("<ins>") == page.count("<del>") == 1


@pytest.mark.parametrize(
    ("sentence", "before", "after", "moves"),
    [
        ("one that was escalated is one move, not three", [THANKS, START, NEXT, ROOM], [ROOM, THANKS, START, NEXT], 1),
        ("two that changed places are one move", [THANKS, START], [START, THANKS], 1),
        ("words that stand in many places do not move", ["Hello", THANKS, START], [THANKS, START, "Hello"], 0),
        ("another text is no move", [THANKS, START], [START, "We met at the fair in Bremen."], 0),
        ("what was only inserted before moves nothing", [THANKS, START], [NEXT, ROOM, THANKS, START], 0),
        ("the same paragraph twice", [THANKS, START, THANKS], [START, THANKS, THANKS], 1),
    ],
)
def test_what_counts_as_moved(sentence: str, before: list[str], after: list[str], moves: int) -> None:
    found = pieces("\n\n".join(before), "\n\n".join(after))
    assert [piece.how for piece in found].count("here") == moves, sentence
    assert [piece.how for piece in found].count("away") == moves, sentence


def test_texts_with_little_in_common_are_shown_whole() -> None:
    other = "We are sorry to hear that the import failed on the night of the 3rd, and look into it at once today."
    found = pieces(f"{THANKS} {START} {NEXT}", other)
    assert [piece.how for piece in found] == ["out", "put"]


def test_hidden_characters_show_in_a_difference_and_markup_stays_text() -> None:
    page = str(merged_markup("pay now", "pay \u202enow <script>fire()</script>"))
    assert "U+202E" in page
    assert "\u202e" not in page
    assert "&lt;script&gt;fire()&lt;/script&gt;" in re.sub(r"</?(?:ins|del)>", "", page)


PARAGRAPHS = st.lists(
    st.sampled_from([
        "", "Hello", THANKS, START, START.replace("23", "30"), NEXT, f"{NEXT} {ROOM}", ROOM, "- Rosa", "a\u200bb \u202e x",
        "</ins></span><script>fire()</script> & more of it", "moved to paragraph 2: “no”", "👩‍💻 und 日本語 ก็ e\u0301",
    ]),
    max_size=9,
)  # fmt: skip
TEXTS = st.builds(str.join, st.sampled_from(["\n", "\n\n", " \n", "\r\n"]), PARAGRAPHS) | st.text(max_size=60)


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_out_of_what_is_shown(before: str, after: str) -> None:
    assert both(str(merged_markup(before, after))) == (before, after)


def test_reading_back_sees_what_is_lost() -> None:
    """The control: with a word changed, left out, or an end of a move gone, the texts are no longer the same."""
    page = str(merged_markup(f"{THANKS}\n{START}", f"{START}\n{THANKS}"))
    before, after = both(page)
    assert (before, after) == (f"{THANKS}\n{START}", f"{START}\n{THANKS}")
    assert both(page.replace("choosing", "loosing")) != (before, after)
    with pytest.raises(AssertionError):
        both(re.sub(r'<span class="moved-away".*?</span>', "", page))


def long_draft(words: int) -> list[str]:
    """So many different words, forty a paragraph."""
    return [" ".join(f"word{number}" for number in range(at, at + 40)) for at in range(0, words, 40)]


@pytest.mark.parametrize("between", [" ", "\n\n"])
def test_a_long_draft_is_compared_at_once(between: str) -> None:
    paragraphs = long_draft(8_000)
    before = between.join(paragraphs)
    changed = [*paragraphs[10:60], *paragraphs[:10], *paragraphs[60:]]
    after = between.join(changed).replace("word3077 ", "other ").replace("word7000", "end")
    page = shown(before, after)
    assert "<del>word3077</del><ins>other</ins>" in page
    assert both(page) == (before, after)


@pytest.mark.parametrize("between", [" ", "\n"])
def test_the_largest_drafts_are_still_compared_or_shown_as_replaced(between: str) -> None:
    before = between.join(f"word{number}" for number in range(90_000))
    after = between.join(f"other{number}" for number in range(90_000))
    assert "<ins>" in str(merged_markup(before, after))


@pytest.mark.parametrize("unit", ["a.", "1.", "1,a", "a@", "a-b+", "\n", " \n", "👩\u200d"])
def test_any_text_comes_to_its_end(unit: str) -> None:
    merged_markup(unit * 100_000, "x" + unit * 99_000)
