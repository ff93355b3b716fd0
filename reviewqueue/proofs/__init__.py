"""Proofs: canonical JSON, digests and the Merkle tree. Usable without the rest of the house."""
