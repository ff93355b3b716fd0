"""The tokenizer cuts as the reference does (`pieces.json` was made with the library `tokenizers` and the base's own
tokenizer.json), reads three languages by their glossaries, and loses nothing to hidden signs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reviewqueue.checks.topics.classifier import load
from reviewqueue.checks.topics.tokenizer import Tokenizer, language, words

ROWS = json.loads((Path(__file__).parent / "pieces.json").read_text(encoding="utf-8"))
# What is normalised before: typographic quotes, dashes and hidden signs are read as every check reads them.
NORMALISED = {"Électricité, naïve façade; Ångström über-Größe", "“Quoted” – with dashes — and … dots", "½ ² №", "İstanbul Straße ﬁne", "we’ll see", "data\u200bmigration",
              "#hashtag @mention & co. + more = less < >", "§ 5 Abs. 2 · • ™ © ° € £ ¥"}  # fmt: skip


def pieces(tokenizer: Tokenizer, text: str, lang: str = "en") -> list[str]:
    """The pieces of a text as they are written."""
    names = {at: piece for piece, at in tokenizer._ids.items()}
    return [names[at] for at in tokenizer.pieces(text, lang)]


@pytest.mark.parametrize(
    "row", [one for one in ROWS if one["text"] not in NORMALISED], ids=lambda row: row["text"][:20]
)
def test_pieces_are_those_of_the_reference(row: dict[str, list[str]]) -> None:
    assert pieces(load().tokenizer, str(row["text"])) == row["pieces"]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("we’ll see", "we'll see"),
        ("Größe", "Grösse"),
        ("data\u200bmigration", "datamigration"),
        ("10 – 12", "10 - 12"),
        ("<b>go</b> live", "go live"),
        ("go&nbsp;live", "go live"),
        ("ＧＯ live", "go live"),
    ],
)
def test_a_text_is_read_as_every_check_reads_it(text: str, same: str) -> None:
    assert pieces(load().tokenizer, text) == pieces(load().tokenizer, same)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "We will send you the list on Friday."),
        ("de", "Wir schicken Ihnen die Liste am Freitag."),
        ("fr", "Nous vous envoyons la liste vendredi."),
        ("es", "Les enviamos la lista el viernes para que la vean."),
        ("", "OK!"),
    ],
)
def test_the_language_is_that_of_the_function_words(lang: str, text: str) -> None:
    assert language(words(text)) == lang


@pytest.mark.parametrize(
    ("lang", "text", "english"),
    [
        ("de", "verschieben", "postpone"),
        ("de", "Rechnungsbetrag", "invoice amount"),
        ("de", "Projektplanung", "project planning"),
        ("fr", "résiliation", "termination"),
        ("fr", "repoussée", "postpone"),
        ("es", "reembolso", "refund"),
        ("es", "aplazamos", "postpone"),
        ("en", "verschieben", "verschieben"),
    ],
)
def test_words_of_a_glossary_are_read_as_english(lang: str, text: str, english: str) -> None:
    assert pieces(load().tokenizer, text, lang) == pieces(load().tokenizer, english)
