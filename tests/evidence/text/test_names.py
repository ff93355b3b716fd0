"""Names: how one is encoded, accented and written does not make it another one. One row a case."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from reviewqueue.core import folding
from reviewqueue.evidence.text.grounding import GroundedDraft
from reviewqueue.evidence.text.values.entities import find
from reviewqueue.evidence.types import Source


@pytest.mark.parametrize(
    ("sentence", "one", "other", "same"),
    [
        ("composed and taken apart", "Genève Crémerie SA", unicodedata.normalize("NFD", "Genève Crémerie SA"), True),
        ("without accents", "Genève Crémerie", "geneve cremerie", True),
        ("case", "MÜLLER", "Müller", True),
        ("full width", "Ｍarlow", "Marlow", True),
        ("a ligature", "Ofﬁce One", "Office One", True),
        ("ß and ss", "Weiß GmbH", "WEISS GmbH", True),
        ("ø and o", "Sørensen", "Sorensen", True),
        ("ł and l", "Łukasz", "Lukasz", True),
        ("æ and ae", "Æther", "Aether", True),
        ("a no-break space", "Marlow\u00a0Freight", "Marlow Freight", True),
        ("a narrow one", "Marlow\u202fFreight", "Marlow  Freight", True),
        ("an apostrophe", "O’Neill", "O'Neill", True),
        ("a hyphen that does not break", "Jean‑Luc", "Jean-Luc", True),
        ("an invisible character", "Mar\u200blow", "Marlow", True),
        ("a soft hyphen", "Mar\u00adlow", "Marlow", True),
        ("Turkish I", "İstanbul", "istanbul", True),
        ("another name", "Marlow", "Marlowe", False),
        ("another letter of Cyrillic", "Йод", "Иод", False),
        ("another sound of Japanese", "バス", "ハス", False),
    ],
)
def test_a_name_is_folded(sentence: str, one: str, other: str, same: bool) -> None:
    assert (folding.folded(one) == folding.folded(other)) is same, sentence


def told(body: str, payload: dict[str, Any]) -> list[tuple[str, str]]:
    """(words, status) of each name of a message."""
    reading = GroundedDraft({"body": body}, {"c": Source("hubspot", "contact", "1", payload)}, ())
    return [(one.quote, one.status) for one in reading.statements if one.kind == "name"]


ROSE = {"properties": {"firstname": "Rose", "lastname": "Gonzalez"}}


@pytest.mark.parametrize(
    ("sentence", "written", "payload", "status"),
    [
        ("as it is", "Rose Gonzalez", ROSE, "supported"),
        ("taken apart", unicodedata.normalize("NFD", "Zoë Müller"), {"name": "Zoë Müller"}, "supported"),
        ("without accents", "Zoe Muller", {"name": "Zoë Müller"}, "supported"),
        ("an umlaut spelled out", "Klaus Mueller", {"name": "Klaus Müller"}, "supported"),
        ("an umlaut that the record spells out", "Klaus Müller", {"name": "Klaus Mueller"}, "supported"),
        ("ß", "Klaus Weiß", {"name": "Klaus Weiss"}, "supported"),
        ("ø", "Lars Sorensen", {"name": "Lars Sørensen"}, "supported"),
        ("a no-break space", "Rose\u00a0Gonzalez", ROSE, "supported"),
        ("an initial", "R. Gonzalez", ROSE, "supported"),
        ("the record's initial", "Rose Gonzalez", {"name": "R. Gonzalez"}, "supported"),
        ("a middle name more in the record", "Rose Gonzalez", {"name": "Rose M. Gonzalez"}, "supported"),
        ("last name first in the record", "Rose Gonzalez", {"name": "Gonzalez, Rose"}, "supported"),
        ("last name first in the draft", "Gonzalez, Rose", ROSE, "supported"),
        ("a suffix more", "Rose Gonzalez III", ROSE, "supported"),
        ("a suffix less", "Rose Gonzalez", {"name": "Rose Gonzalez, PhD"}, "supported"),
        ("a particle", "Piet van der Berg", {"name": "Piet van der Berg"}, "supported"),
        ("two particles", "Maria de la Cruz", {"name": "Maria de la Cruz"}, "supported"),
        ("of", "Karl von Hagen", {"name": "Karl von Hagen"}, "supported"),
        ("a legal form more", "Harbour Mills GmbH", {"name": "Harbour Mills"}, "supported"),
        ("a legal form less", "Harbour Mills", {"name": "Harbour Mills GmbH"}, "supported"),
        ("another legal form", "Harbour Mills GmbH", {"name": "Harbour Mills Inc."}, "unsupported"),
        ("another first name", "Anna Gonzalez", ROSE, "unsupported"),
        ("another last name", "Rose Gonzales-Ruiz", ROSE, "unsupported"),
        ("another particle's name", "Piet van der Berg", {"name": "Piet van der Burg"}, "unsupported"),
    ],
)
def test_a_name_is_found_however_it_is_written(
    sentence: str, written: str, payload: dict[str, Any], status: str
) -> None:
    (one,) = told(f"We spoke with {written} about it.", payload)
    assert one[1] == status, sentence


@pytest.mark.parametrize("written", ["A. Gonzalez", "Gonzalez, Anna"])
def test_another_initial_is_nobody_we_know(written: str) -> None:
    """Not sure enough to warn, and not supported."""
    assert told(f"We spoke with {written} about it.", ROSE) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Piet van der Berg runs it.", "piet van der berg"),
        ("Maria de la Cruz runs it.", "maria de la cruz"),
        (unicodedata.normalize("NFD", "Jürgen Müller") + " runs it.", "jurgen muller"),
        ("André Dubois runs it.", "andre dubois"),
    ],
)
def test_a_name_is_whole(text: str, name: str) -> None:
    (one,) = [one for one in find(text) if one.kind == "name"]
    assert one.values[0] == name
    assert one.firm
