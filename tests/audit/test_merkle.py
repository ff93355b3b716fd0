"""The Merkle tree of RFC 6962: its published roots, its published proofs, and a second implementation that is plain."""

import base64
import json
import random
from pathlib import Path

import pytest

from reviewqueue.audit import merkle

VECTORS = Path(__file__).parents[2] / ".." / "shared" / "inputs" / "vectors" / "merkle-rfc6962"
# The eight entries, and the root over the first one, two, … eight of them, as RFC 6962's reference tests have them.
ENTRIES = [
    bytes.fromhex(entry)
    for entry in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def plain_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word: split at the largest power of two below the size."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return merkle.node_hash(plain_root(leaves[:split]), plain_root(leaves[split:]))


@pytest.mark.parametrize("size", range(1, 9))
def test_the_published_roots(size: int) -> None:
    """The tree over the first `size` reference entries has the published root."""
    leaves = [merkle.leaf_hash(entry) for entry in ENTRIES[:size]]
    assert merkle.root_of(leaves).hex() == ROOTS[size - 1]


def test_an_empty_tree_has_the_root_of_nothing() -> None:
    """RFC 6962: the hash of an empty list is the hash of an empty string."""
    assert merkle.Frontier().root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_thousand_random_trees_agree_with_the_plain_implementation() -> None:
    """Growing leaf by leaf gives the root that splitting gives, also when the frontier is written and read back."""
    dice = random.Random(6962)
    for _ in range(1000):
        leaves = [dice.randbytes(32) for _ in range(dice.randint(1, 200))]
        tree = merkle.Frontier()
        for leaf in leaves:
            tree = tree.add(leaf)
            if dice.random() < 0.1:
                tree = merkle.Frontier.parse(tree.size, tree.text())
        assert tree.root() == plain_root(leaves)
        assert merkle.root_of(leaves) == tree.root()


def test_a_leaf_is_no_node() -> None:
    """An entry that looks like two hashes does not get the hash of their node: the prefixes keep them apart."""
    left, right = (merkle.leaf_hash(entry) for entry in (b"left", b"right"))
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)


@pytest.mark.parametrize(
    ("size", "text", "why"),
    [
        (2, "", "a tree of two has one peak"),
        (3, "ab" * 32, "a tree of three has two peaks"),
        (1, "ab" * 31, "a hash has 32 bytes"),
        (1, "zz" * 32, "a hash is hexadecimal"),
    ],
)
def test_peaks_that_cannot_be_are_refused(size: int, text: str, why: str) -> None:
    """A head whose peaks do not fit its size is not read as some other tree."""
    with pytest.raises(ValueError, match=r"tree|hexadecimal"):
        merkle.Frontier.parse(size, text)
    assert why


def vectors(kind: str) -> list[dict[str, object]]:
    """The published proofs, where that folder is there."""
    return [json.loads(path.read_text()) for path in sorted((VECTORS / kind).rglob("*.json"))]


def test_published_inclusion_proofs_lead_to_our_roots() -> None:
    """Each published inclusion proof, folded with our hashes, gives the published root (RFC 9162, 2.1.3.2)."""
    for vector in vectors("inclusion"):
        index, last = int(str(vector["leafIdx"])), int(str(vector["treeSize"])) - 1
        found = base64.b64decode(str(vector["leafHash"]))
        for step in map(base64.b64decode, vector["proof"] or []):  # type: ignore[call-overload]
            if index & 1 or index == last:
                found = merkle.node_hash(step, found)
                while not index & 1 and index:
                    index, last = index >> 1, last >> 1
            else:
                found = merkle.node_hash(found, step)
            index, last = index >> 1, last >> 1
        assert found == base64.b64decode(str(vector["root"]))


def test_published_tree_heads_are_ours() -> None:
    """Each published root over the reference entries is the root of our tree of that size."""
    for vector in vectors("consistency"):
        for number in "12":
            size = int(str(vector[f"size{number}"]))
            if 1 <= size <= len(ROOTS):
                assert base64.b64decode(str(vector[f"root{number}"])).hex() == ROOTS[size - 1]
