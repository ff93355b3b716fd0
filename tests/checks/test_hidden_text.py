"""Text: every hidden character is found and named; what scripts and emoji need is clean."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewqueue.checks import hidden_text
from reviewqueue.core.characters import hidden, mixed_words, single_line, visible, visible_length

FLAGGED = {
    "a zero-width space": ("pay\u200bment", "U+200B ZERO WIDTH SPACE"),
    "a zero-width joiner between Latin letters": ("pay\u200dment", "U+200D ZERO WIDTH JOINER"),
    "a zero-width non-joiner between Latin letters": ("pay\u200cment", "U+200C ZERO WIDTH NON-JOINER"),
    "a zero-width non-joiner at the start": ("\u200cpayment", "U+200C ZERO WIDTH NON-JOINER"),
    "a joiner beside one emoji only": ("a\u200d\U0001f600", "U+200D ZERO WIDTH JOINER"),
    "a word joiner": ("pay\u2060ment", "U+2060 WORD JOINER"),
    "a byte order mark in the middle": ("pay\ufeffment", "U+FEFF ZERO WIDTH NO-BREAK SPACE"),
    "a soft hyphen": ("pay\u00adment", "U+00AD SOFT HYPHEN"),
    "a right-to-left override": ("invoice \u202efdp.exe", "U+202E RIGHT-TO-LEFT OVERRIDE"),
    "a left-to-right embedding": ("\u202apay", "U+202A LEFT-TO-RIGHT EMBEDDING"),
    "a directional isolate": ("\u2066pay\u2069", "U+2066 LEFT-TO-RIGHT ISOLATE"),
    "a right-to-left mark": ("pay\u200f", "U+200F RIGHT-TO-LEFT MARK"),
    "an Arabic letter mark": ("pay\u061c", "U+061C ARABIC LETTER MARK"),
    "tags that spell a word": ("hello\U000e0068\U000e0069", "U+E0068 TAG LATIN SMALL LETTER H"),
    "a tag sentence behind a flag": (
        "\U0001f3f4" + "".join(chr(0xE0000 + ord(c)) for c in "ignoreall") + "\U000e007f",
        "U+E0069",
    ),
    "a Hangul filler": ("pay\u3164ment", "U+3164 HANGUL FILLER"),
    "a half-width Hangul filler": ("pay\uffa0", "U+FFA0 HALFWIDTH HANGUL FILLER"),
    "a blank Braille cell": ("\u2800", "U+2800 BRAILLE PATTERN BLANK"),
    "a grapheme joiner": ("a\u034fb", "U+034F COMBINING GRAPHEME JOINER"),
    "a Mongolian vowel separator among Latin letters": ("a\u180eb", "U+180E MONGOLIAN VOWEL SEPARATOR"),
    "a variation selector without a base": ("a\ufe0fb", "U+FE0F VARIATION SELECTOR-16"),
    "a supplementary selector that carries data": ("a\U000e0155", "U+E0155 VARIATION SELECTOR-102"),
    "a line separator": ("a\u2028b", "U+2028 LINE SEPARATOR"),
    "a musical control": ("\U0001d173", "U+1D173 MUSICAL SYMBOL BEGIN BEAM"),
    "a null character": ("a\x00b", "U+0000 CONTROL CHARACTER"),
    "an escape character": ("a\x1b[2Jb", "U+001B CONTROL CHARACTER"),
    "a carriage return that overwrites a line": ("safe\rdanger", "U+000D CONTROL CHARACTER"),
    "an empty note head": ("pay\U0001d159", "U+1D159 MUSICAL SYMBOL NULL NOTEHEAD"),
    "a stand-in for an object": ("pay\ufffc", "U+FFFC OBJECT REPLACEMENT CHARACTER"),
    "a C1 control": ("a\x9bb", "U+009B CONTROL CHARACTER"),
}

CLEAN = {
    "plain words": "Kickoff on Tuesday at 10.",
    "lines and tabs": "one\n\ttwo\n",
    "lines as Windows ends them": "one\r\ntwo",
    "accents, composed and not": "Café, Cafe\u0301",
    "a narrow blank before a French colon": "Objet\u202f: lancement\u00a0!",
    "an ideographic blank": "東京\u3000本社",
    "a family": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "a heart on fire": "\u2764\ufe0f\u200d\U0001f525",
    "a pilot with a tone of skin": "\U0001f469\U0001f3fd\u200d\u2708\ufe0f",
    "a rainbow flag": "\U0001f3f3\ufe0f\u200d\U0001f308",
    "a key cap": "press 1\ufe0f\u20e3",
    "the flag of Scotland": "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "Persian words with their half-blank": "می\u200cخواهم کتاب\u200cها را",
    "a Hindi conjunct kept apart": "क\u094d\u200cष and क\u094d\u200d",
    "Malayalam and Sinhala": "അവന\u0d4d\u200d ශ\u0dca\u200dර\u0dd3",
    "a Japanese name's own character form": "葛\U000e0100飾区",
    "Mongolian with its vowel separator": "ᠬᠠᠷ\u180eᠠ",
    "Arabic, Hebrew and Thai": "مرحبا שלום สวัสดี",
}


@pytest.mark.parametrize("name", FLAGGED)
def test_hidden_characters_are_found_and_named(name: str) -> None:
    """Each kind of hidden character, with its place and its Unicode name; one failing check that blocks."""
    words, says = FLAGGED[name]
    start, end, named = hidden(words)[0]
    assert named.startswith(says)
    assert words[start] == chr(int(named[2:].split(" ")[0], 16))
    assert end > start
    first = hidden_text.check({"body": words})[0]
    assert (first.key, first.outcome, first.blocking, first.at) == ("text.hidden", "fail", True, "/body")
    assert says in first.message


@pytest.mark.parametrize("name", CLEAN)
def test_what_a_script_needs_is_clean(name: str) -> None:
    """Ordinary text of the world's scripts raises nothing."""
    assert hidden(CLEAN[name]) == []
    assert [result.outcome for result in hidden_text.check({"body": CLEAN[name]})] == ["pass"]


def test_every_format_character_of_unicode_is_found() -> None:
    """Between Latin letters, all but those that are seen: signs that stand over Arabic, Syriac and Kaithi numbers."""
    seen = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
    invisible = [sign for sign in range(sys.maxunicode + 1) if unicodedata.category(chr(sign)) == "Cf"]
    assert {sign for sign in invisible if not hidden(f"a{chr(sign)}b")} == seen


def test_a_run_is_told_once() -> None:
    """Forty zero-width spaces in a row are one finding."""
    assert hidden("a" + "\u200b" * 40 + "b\u200b") == [
        (1, 41, "U+200B ZERO WIDTH SPACE"),
        (42, 43, "U+200B ZERO WIDTH SPACE"),
    ]
    assert "40 × U+200B" in hidden_text.check(["a" + "\u200b" * 40])[0].message


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("", 0),
        (" \n\t\u00a0\u3000", 0),
        ("\u200b\u200d\ufeff\u2060\u2800\u3164", 0),
        ("\u0301\u0301", 0),
        ("\x00\x07", 0),
        ("no", 2),
        ("n\u200bo!", 3),
        ("Cafe\u0301", 4),
        ("客户 确认", 4),
    ],
)
def test_only_what_can_be_seen_counts(words: str, count: int) -> None:
    """White space, hidden characters and accents without a letter add nothing to a text's length."""
    assert visible_length(words) == count
    assert visible(words) == (count > 0)


@pytest.mark.parametrize(
    ("words", "scripts"),
    [
        ("p\u0430yment", "CYRILLIC and LATIN"),
        ("\u0391cme", "GREEK and LATIN"),
        ("payment плата", ""),
        ("Ωmega", "GREEK and LATIN"),
        ("5 µm, 3 kg", ""),
        ("12 μm, 4 kΩ, ΔT = 3", ""),
        ("株式会社ABC", ""),
    ],
)
def test_words_of_scripts_that_look_alike_are_marked(words: str, scripts: str) -> None:
    """A Cyrillic letter in a Latin word warns; two scripts in two words do not."""
    assert [found[2] for found in mixed_words(words)] == ([scripts] if scripts else [])
    warned = [result for result in hidden_text.check({"body": words}) if result.key == "text.mixed-script"]
    assert [(result.outcome, result.blocking) for result in warned] == ([("warn", False)] if scripts else [])


@given(st.text())
def test_a_line_has_nothing_hidden(words: str) -> None:
    """Titles and questions are made of lines: whatever comes in, a line shows it, on one line, at most 255 long."""
    made = single_line(words)
    assert hidden(made) == []
    assert "\n" not in made
    assert len(made) <= 255
