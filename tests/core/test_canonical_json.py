"""Canonical JSON: RFC 8785 exactly for our own values, every digit kept for numbers from outside."""

import json
import math
import struct
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewqueue.core import canonical_json
from reviewqueue.core.canonical_json import MISSING, NotCanonical

VECTORS = Path(__file__).parents[2] / ".." / "shared" / "inputs" / "vectors" / "jcs-rfc8785"
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
OURS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)

# RFC 8785, appendix B: the bits of a double, and what ECMAScript writes for it.
NUMBERS = [
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"),
    ("41b3de4355555556", "333333333.3333334"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
]


@pytest.mark.parametrize(("bits", "written"), NUMBERS)
def test_numbers_are_written_as_rfc_8785_has_them(bits: str, written: str) -> None:
    """Appendix B of RFC 8785, line by line."""
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical_json.write(number) == written


def test_the_published_vectors() -> None:
    """Input and output of the reference implementation, where that folder is there."""
    for path in sorted((VECTORS / "input").glob("*.json")):
        value = json.loads(path.read_text("utf-8"))
        assert canonical_json.write(value).encode() == (VECTORS / "output" / path.name).read_bytes().strip(), path.name


@given(OURS)
def test_one_value_has_one_text(value: object) -> None:
    """Written and read back it is the same value, and written again it is the same text."""
    text = canonical_json.write(value)
    back = json.loads(text, parse_int=float)  # as ECMAScript would: the largest doubles are written like integers
    assert canonical_json.write(back) == text
    assert canonical_json.digest(back) == canonical_json.digest(value)


@given(st.dictionaries(TEXT, st.integers(0, 9), min_size=2, max_size=6))
def test_the_order_of_names_does_not_matter(value: dict[str, int]) -> None:
    """Names stand in the order of their UTF-16 code units, whatever order they came in."""
    backwards = dict(reversed(value.items()))
    assert canonical_json.write(backwards) == canonical_json.write(value)
    names = list(json.loads(canonical_json.write(value)))
    assert names == sorted(names, key=lambda name: name.encode("utf-16-be"))


@given(st.decimals(allow_nan=False, allow_infinity=False) | st.integers())
def test_a_number_from_outside_keeps_its_digits(number: Decimal | int) -> None:
    """Two amounts that differ in any digit never share a digest, as two doubles would."""
    text = f'{{"amount":{number}}}'
    kept = canonical_json.read(text)
    assert canonical_json.read(canonical_json.write(kept, digits=True)) == kept
    other = canonical_json.read(f'{{"amount":{Decimal(number) + 1}}}')
    if other != kept:
        assert canonical_json.digest(other, digits=True) != canonical_json.digest(kept, digits=True)


def test_a_double_would_lose_what_we_keep() -> None:
    """The control: 2^53 and 2^53 + 1 are one double, and two texts here."""
    one, other = "9007199254740992", "9007199254740993"
    assert float(one) == float(other)
    assert canonical_json.write(canonical_json.read(one), digits=True) == one
    assert canonical_json.write(canonical_json.read(other), digits=True) == other
    assert canonical_json.write(canonical_json.read("1.10"), digits=True) == "1.10"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"a":1,"a":2}', "appears twice"),
        ('{"a":NaN}', "not JSON"),
        ('{"a":-Infinity}', "not JSON"),
        ('{"a":1', "not JSON"),
        ('{"a":01}', "not JSON"),
        ('{"a":"\\ud800"}', "surrogate"),
        ('{"\\udfff":1}', "surrogate"),
        ("[" * 100_000, "nested"),
        ("[" * 70 + "]" * 70, "nested"),
        (b'{"a":"\xff"}', "UTF-8"),
        ("", "not JSON"),
    ],
)
def test_what_has_no_single_meaning_is_refused(text: str | bytes, says: str) -> None:
    """JSON that two readers could read differently is not read at all."""
    with pytest.raises(NotCanonical, match=says):
        canonical_json.read(text)


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ({"a": {"b/c": [1, math.nan]}}, "/a/b~1c/1"),
        ({"a": [2**53]}, "/a/0"),
        ({"a": Decimal("1.5")}, "/a"),
        ({"a": {"b": "\ud800"}}, "/a/b"),
        ({"a": {1, 2}}, "/a"),
        ({1: "one"}, ""),
    ],
)
def test_what_has_no_canonical_text_is_refused_with_its_place(value: object, at: str) -> None:
    """The refusal carries the JSON Pointer of what is at fault."""
    with pytest.raises(NotCanonical) as refused:
        canonical_json.write(value)
    assert refused.value.at == at


SAMPLE = {"a": "", "b": None, "c": [{"d/e": 1, "m~n": 2}], "": "nameless"}


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("", SAMPLE),
        ("/a", ""),
        ("/b", None),
        ("/z", MISSING),
        ("/c/0/d~1e", 1),
        ("/c/0/m~0n", 2),
        ("/c/1", MISSING),
        ("/c/-1", MISSING),
        ("/c/00", MISSING),
        ("/c/" + "9" * 5_000, MISSING),
        ("/c/²", MISSING),
        ("/", "nameless"),
        ("a", MISSING),
        ("/a/b", MISSING),
    ],
)
def test_a_pointer_tells_blank_null_and_absent_apart(pointer: str, found: object) -> None:
    """RFC 6901, and three different things stay three."""
    assert (
        canonical_json.resolve_pointer(SAMPLE, pointer) is found
        or canonical_json.resolve_pointer(SAMPLE, pointer) == found
    )
    assert (canonical_json.resolve_pointer(SAMPLE, pointer) is MISSING) == (found is MISSING)


@given(OURS)
def test_every_leaf_is_where_its_pointer_says(value: object) -> None:
    """The pointers of `leaves` lead back to the texts they came with, whatever the names are."""
    for pointer, text in canonical_json.leaves(value):
        assert canonical_json.resolve_pointer(value, pointer) == text
