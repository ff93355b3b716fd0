"""Sealing: only the right key opens what was sealed, for what it was sealed, and nothing is told of either."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from reviewqueue.core import sealed
from reviewqueue.core.sealed import CannotUnseal

NEW, OLD = "11" * 32, "22" * 32
SECRET = SecretStr("1/planted-8d41")
KEPT = sealed.seal(sealed.read_keys(OLD), SECRET, "a")


def test_it_comes_back_with_its_key_alone() -> None:
    """Also with a newer key before it; two seals of one secret differ, and name their key by a digest."""
    assert sealed.unseal(sealed.read_keys(f"{NEW}, {OLD}"), KEPT, "a") == SECRET
    again = sealed.seal(sealed.read_keys(OLD), SECRET, "a")
    assert again != KEPT
    assert sealed.sealed_with(KEPT) == sealed.key_id(bytes.fromhex(OLD))
    assert "planted" not in KEPT
    assert OLD[:12] not in KEPT


def _changed(kept: str) -> str:
    return kept[:-6] + ("A" if kept[-6] != "A" else "B") + kept[-5:]


# (what is done with it, the keys there are, what it is asked for, what is said)
BROKEN: list[tuple[str, Callable[[str], str], str, str, str]] = [
    ("another key", str, NEW, "a", "REVIEWQUEUE_CREDENTIAL_KEY does not have"),
    ("no key", str, "", "a", "REVIEWQUEUE_CREDENTIAL_KEY does not have"),
    ("for another destination", str, OLD, "b", "sealed for something else"),
    ("a changed byte", _changed, OLD, "a", "It was changed"),
    ("cut short", lambda kept: kept[:40], OLD, "a", "It was changed"),
    ("no base64", lambda kept: f"{kept}!", OLD, "a", "It was changed"),
    ("another form", lambda kept: kept.replace("v1", "v2"), OLD, "a", "does not have"),
    ("nothing", lambda _: "", OLD, "a", "does not have"),
]  # fmt: skip


@pytest.mark.parametrize(("says", "change", "keys", "about", "words"), BROKEN, ids=[row[0] for row in BROKEN])
def test_everything_else_is_refused_in_words(
    says: str, change: Callable[[str], str], keys: str, about: str, words: str
) -> None:
    with pytest.raises(CannotUnseal, match=words) as refused:
        sealed.unseal(sealed.read_keys(keys), change(KEPT), about)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("text", ["11", "zz" * 32, f"{NEW},{'1' * 63}", f"{NEW} {OLD}"])
def test_a_setting_that_is_no_key_is_told_without_repeating_it(text: str) -> None:
    with pytest.raises(CannotUnseal, match="is not 64 hexadecimal digits") as refused:
        sealed.read_keys(text)
    assert text not in str(refused.value)
    assert sealed.read_keys(" ") == []
    with pytest.raises(CannotUnseal, match="is not set"):
        sealed.seal([], SECRET, "a")
