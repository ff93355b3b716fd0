"""A six-layer sentence encoder in integers: the same answer on every machine, whatever its processor or BLAS.

Sums are the only thing whose rounding depends on the order of work. All of them here are of whole numbers below 2**24
(float32) or 2**53 (float64), so they are exact in any order; everything else is rounded element by element, as IEEE 754
says. exp and GELU are read from tables in the weights file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
MAGIC = b"RQTOPICS1\n"
# The fixed point of the residual stream: 1/512, up to 468 either way.
STEP, WIDEST = 512.0, 240_000.0


class Linear:
    """A layer of whole-number weights. Inputs are whole numbers of at most `levels`, so that no sum reaches 2**24."""

    def __init__(self, arrays: dict[str, NDArray[Any]], name: str, scales: dict[str, float]) -> None:
        self.weights: Floats = arrays[f"{name}.weights"].astype(np.float32)
        self.factors: Floats = arrays[f"{name}.factors"]
        self.bias: Floats = arrays[f"{name}.bias"]
        self.per_unit: Floats = arrays[f"{name}.per_unit"]
        self.levels = np.float32(scales[f"{name}.levels"])
        self.block = int(scales[f"{name}.block"])

    def whole(self, x: Floats) -> Floats:
        """Inputs as the whole numbers that the weights are multiplied with."""
        whole: Floats = x * self.per_unit
        np.rint(whole, out=whole)
        return np.clip(whole, -self.levels, self.levels, out=whole)

    def __call__(self, whole: Floats) -> Floats:
        out: Floats = whole[:, : self.block] @ self.weights[: self.block]
        for start in range(self.block, whole.shape[1], self.block):
            out += whole[:, start : start + self.block] @ self.weights[start : start + self.block]
        out *= self.factors
        out += self.bias
        return out


class Encoder:
    """The trained encoder; made from the bytes of its file (`read`)."""

    def __init__(self, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self.header = header
        self._arrays = {name: one for name, one in arrays.items() if not name.endswith(".weights")}
        scales = header["scales"]
        kinds = ("query", "key", "value", "joined", "wide", "narrow")
        self._layers = [
            {kind: Linear(arrays, f"{at}.{kind}", scales) for kind in kinds} for at in range(header["layers"])
        ]
        self._head = Linear(arrays, "head", scales)
        self._scales = {name: np.float32(value) for name, value in scales.items()}

    def logits(self, ids: Sequence[int], spans: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
        """For each sentence and each topic, in thousandths. The sentences are encoded together: `ids` are the pieces of
        all, `spans` says where each begins and ends."""
        hidden = self._embed(ids)
        for at in range(len(self._layers)):
            hidden = self._layer(at, hidden)
        steps = np.clip(np.rint(hidden * np.float32(STEP)), -WIDEST, WIDEST).astype(np.float64)
        sums = np.stack([steps[start:stop].sum(axis=0) / (stop - start) for start, stop in spans])
        pooled = (sums / STEP).astype(np.float32)
        said = self._head(self._head.whole(pooled))
        thousandths: NDArray[np.int64] = np.rint(said * np.float32(1000)).astype(np.int64)
        return thousandths

    def _embed(self, ids: Sequence[int]) -> Floats:
        rows = np.asarray(ids, dtype=np.int64)
        words = self._arrays["words"][rows].astype(np.float32) * self._arrays["words.factors"][rows][:, None]
        return self._norm("embedded", words + self._arrays["places"][: len(rows)])

    def _layer(self, at: int, hidden: Floats) -> Floats:
        layer = self._layers[at]
        whole = layer["query"].whole(hidden)
        query, key, value = (self._heads(f"{at}.{kind}.out", layer[kind](whole)) for kind in ("query", "key", "value"))
        shares = self._shares(at, query @ key.transpose(0, 2, 1))
        joined = (shares @ value).transpose(1, 0, 2).reshape(len(hidden), -1) * self._scales[f"{at}.context"]
        hidden = self._norm(f"{at}.attended", hidden + layer["joined"](layer["joined"].whole(joined)))
        wide = layer["wide"](layer["wide"].whole(hidden))
        narrow = layer["narrow"](layer["narrow"].whole(self._gelu(wide)))
        return self._norm(f"{at}.out", hidden + narrow)

    def _gelu(self, x: Floats) -> Floats:
        """GELU by its table, which goes to 32 either way in steps of 1/128."""
        x *= np.float32(128)
        x += np.float32(4096)
        np.rint(x, out=x)
        np.clip(x, 0, 8191, out=x)
        told: Floats = self._arrays["gelu"].take(x.astype(np.int16))
        return told

    def _heads(self, name: str, out: Floats) -> Floats:
        levels = self._scales[f"{name}.levels"]
        whole = np.clip(np.rint(out * self._scales[f"{name}.per_unit"]), -levels, levels)
        heads = self.header["heads"]
        return np.ascontiguousarray(whole.reshape(len(out), heads, -1).transpose(1, 0, 2))

    def _shares(self, at: int, scores: Floats) -> Floats:
        """The softmax of the scores as whole numbers of about 4095 in all."""
        below = (scores.max(axis=-1, keepdims=True) - scores) * self._scales[f"{at}.score"]
        weights = self._arrays["exp"].take(np.minimum(np.rint(below), 1023).astype(np.int16))
        shares: Floats = np.rint(weights * (np.float32(4095) / weights.sum(axis=-1, keepdims=True)))
        return shares

    def _norm(self, name: str, x: Floats) -> Floats:
        steps: Floats = np.clip(np.rint(x * np.float32(STEP)), -WIDEST, WIDEST)
        width = steps.shape[-1]
        exact = steps.astype(np.float64)
        total = exact.sum(axis=-1, keepdims=True)
        spread = width * np.einsum("ij,ij->i", exact, exact)[:, None] - total**2
        scale = (1.0 / np.sqrt(spread + 1.0)).astype(np.float32)
        steps *= np.float32(width)
        steps -= total.astype(np.float32)
        steps *= scale
        steps *= self._arrays[f"{name}.gain"]
        steps += self._arrays[f"{name}.shift"]
        return steps


def read(content: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The header and the arrays of a weights file."""
    if not content.startswith(MAGIC):
        raise ValueError("not a file of topic weights")
    start = len(MAGIC) + 8
    size = int.from_bytes(content[len(MAGIC) : start], "little")
    header: dict[str, Any] = json.loads(content[start : start + size])
    at = start + size
    arrays: dict[str, NDArray[Any]] = {}
    for name, kind, shape in header["arrays"]:
        dtype = np.dtype(kind).newbyteorder("<")
        count = int(np.prod(shape))
        arrays[name] = np.frombuffer(content, dtype, count, at).reshape(shape).astype(np.dtype(kind), copy=False)
        at += count * dtype.itemsize
    return header, arrays
