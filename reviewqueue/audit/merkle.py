"""The Merkle tree of RFC 6962 (and 9162), grown one leaf at a time.

`Frontier` keeps only the roots of the perfect subtrees, largest first (at most log2(n) hashes), so appending an entry
to a log of a million costs a handful of hashes. Hashes are 32 bytes; on disk and on screen, hexadecimal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one leaf: SHA-256(0x00 ‖ entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True)
class Frontier:
    """A tree of `size` leaves, as the roots of its perfect subtrees."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def add(self, leaf: bytes) -> Frontier:
        """The tree with one more leaf hash."""
        peaks = [*self.peaks, leaf]
        full = self.size
        while full & 1:
            right, left = peaks.pop(), peaks.pop()
            peaks.append(node_hash(left, right))
            full >>= 1
        return Frontier(self.size + 1, tuple(peaks))

    def root(self) -> bytes:
        """The tree's root hash."""
        if not self.peaks:
            return EMPTY_ROOT
        found = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            found = node_hash(peak, found)
        return found

    def text(self) -> str:
        """The roots of the subtrees as hexadecimal, space-separated."""
        return " ".join(peak.hex() for peak in self.peaks)

    @classmethod
    def parse(cls, size: int, text: str) -> Frontier:
        """Parse what `text` wrote; raises ValueError when the roots cannot belong to that size."""
        peaks = tuple(bytes.fromhex(part) for part in text.split())
        if len(peaks) != size.bit_count() or any(len(peak) != 32 for peak in peaks):
            raise ValueError(f"{len(peaks)} subtree roots cannot be a tree of {size} leaves")
        return cls(size, peaks)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Root over leaf hashes in order."""
    tree = Frontier()
    for leaf in leaves:
        tree = tree.add(leaf)
    return tree.root()
