"""Finds what deceives a reader of a text: invisible characters, bidirectional controls, words of look-alike scripts."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from reviewqueue.core.patterns import as_pattern

# Controls except tab and line ends; soft hyphen; joiners and marks; bidi controls; fillers and blanks; selectors; tags.
_HIDDEN = as_pattern(
    "\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U0001d159\U00013430-\U0001345f\U00016fe4\U0001107f\ufffc\U000e0000-\U000e0fff]"
)
# The flags of England, Scotland and Wales: a black flag, letters as tags, and the tag that ends it.
_FLAG = as_pattern(
    "\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|"
    "\U000e0077\U000e006c\U000e0073)\U000e007f"
)
# Scripts whose letters join or part by ZWJ and ZWNJ.
_JOINING_SCRIPTS = (
    "ARABIC",
    "SYRIAC",
    "NKO",
    "MONGOLIAN",
    "KHMER",
    "MYANMAR",
    "TIBETAN",
    "SINHALA",
    "DEVANAGARI",
    "BENGALI",
    "GURMUKHI",
    "GUJARATI",
    "ORIYA",
    "TAMIL",
    "TELUGU",
    "KANNADA",
    "MALAYALAM",
)
# Greek signs that stand beside Latin letters in units and formulas (µm, kΩ, ΔT), and look like none of them.
_SIGNS = frozenset("μΩΔΣσπλφθ")
_LOOKALIKE_SCRIPTS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})
_WORD = as_pattern(r"[^\W\d_]+")
_EMOJI = as_pattern(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff]"
)
_BEFORE, _AFTER = as_pattern(r"(?:[^\W\d_]|\xad){1,60}\Z"), as_pattern(r"(?:[^\W\d_]|\xad){1,60}")
_KEYCAP = as_pattern("[0-9#*]\ufe0f\u20e3")


def hidden(text: str) -> list[tuple[int, int, str]]:
    """Every run of one hidden character: start, end, and its name, such as `U+200B ZERO WIDTH SPACE`."""
    flags = [range(*flag.span()) for flag in _FLAG.finditer(text)]
    found: list[tuple[int, int, str]] = []
    for hit in _HIDDEN.finditer(text):
        at, name = hit.start(), _name(hit[0])
        if _is_needed(text, at) or any(at in flag for flag in flags):
            continue
        if found and found[-1][1:] == (at, name):
            found[-1] = (found[-1][0], at + 1, name)
        else:
            found.append((at, at + 1, name))
    return found


def escape_hidden(text: str) -> str:
    """The text with each hidden character replaced by its code point, such as `[U+200B]`."""
    for start, end, name in reversed(hidden(text)):
        text = f"{text[:start]}[{name.partition(' ')[0]}]{text[end:]}"
    return text


def single_line(words: str, longest: int = 255) -> str:
    """Words as one line that fits a title or a name: hidden characters shown as code points, the end cut off."""
    flat = " ".join(escape_hidden(words).split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def visible_length(text: str) -> int:
    """How many characters a person can see: no white space, nothing hidden, no accent without its letter."""
    return sum(map(_visible, text))


def visible(text: str) -> bool:
    """Whether a person can see anything of it."""
    return any(map(_visible, text))


def _visible(sign: str) -> bool:
    return not (sign.isspace() or _HIDDEN.match(sign) or unicodedata.category(sign)[0] in "MC")


def mixed_words(text: str) -> list[tuple[int, int, str]]:
    """Words of several scripts that look alike: start, end, and the scripts, such as `CYRILLIC and LATIN`."""
    if text.isascii():
        return []
    words = (word for word in _WORD.finditer(text) if not (word[0].isascii() or _formula(word[0])))
    scripts = ((word, _LOOKALIKE_SCRIPTS & {script_of(sign) for sign in word[0]}) for word in words)
    return [(*word.span(), " and ".join(sorted(found))) for word, found in scripts if len(found) > 1]


def _formula(word: str) -> bool:
    """Whether this is a unit or formula: short, with one Greek sign that looks like no Latin letter."""
    return len(word) <= 4 and sum(not sign.isascii() for sign in word) == 1 and not _SIGNS.isdisjoint(word)


def _is_needed(text: str, at: int) -> bool:
    """Whether the text around needs this character: a joiner in emoji or joined script, a selector after its base."""
    sign, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if sign in "\u200c\u200d":
        if sign == "\u200d" and _EMOJI.match(before) and _EMOJI.match(after):
            return True
        ends_in_virama = bool(before) and unicodedata.combining(before) == 9
        return script_of(before) in _JOINING_SCRIPTS and (script_of(after) in _JOINING_SCRIPTS or ends_in_virama)
    if sign in "\ufe0e\ufe0f":
        return bool(_EMOJI.match(before) or (before and _KEYCAP.match(text, at - 1)))
    if "\ufe00" <= sign <= "\ufe0d" or "\U000e0100" <= sign <= "\U000e01ef":
        return script_of(before) == "CJK"
    if sign == "\xad":
        return _parts_long_word(text, at)
    return "\u180b" <= sign <= "\u180f" and script_of(before) == "MONGOLIAN"


def _parts_long_word(text: str, at: int) -> bool:
    """Whether a soft hyphen stands at a joint of a word so long that it is parted at the end of a line: sixteen letters
    or more, each part of three or more, none in capitals. In a shorter word it hides the word from a search."""
    if not (text[max(0, at - 3) : at].isalpha() and text[at + 1 : at + 4].isalpha()):
        return False
    begins = _BEFORE.search(text, max(0, at - 60), at)
    ends = _AFTER.match(text, at)
    parts = ((begins[0] if begins else "") + (ends[0] if ends else "")).split("\xad")
    return sum(map(len, parts)) >= 16 and all(len(part) >= 3 and not part[1:].isupper() for part in parts)


@lru_cache(maxsize=4096)
def script_of(sign: str) -> str:
    """The script a character belongs to: the first word of its name, "" for none."""
    return unicodedata.name(sign, "").partition(" ")[0] if sign else ""


def _name(sign: str) -> str:
    plain = "TAG" if sign >= "\U000e0000" else "CONTROL CHARACTER"
    return f"U+{ord(sign):04X} {unicodedata.name(sign, plain)}"
