"""Turns the trained network into whole numbers, and writes the file that the product ships."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from reviewqueue.checks.topics.encoder import MAGIC
from training.topics.data import Packed
from training.topics.network import HEADS, LAYERS, WIDTH, Network

# No sum of products may reach this, so that float32 holds each exactly.
EXACT = 2**24 - 1
MOST_LEVELS = 4095
# What is seen in training may be exceeded by so much before a value is clipped.
MARGIN = 1.25
# So many inputs are summed at once.
BLOCK = 384
Arrays = dict[str, NDArray[Any]]
Floats = NDArray[np.float32]


def ranges(network: Network, windows: Sequence[Packed]) -> dict[str, torch.Tensor]:
    """The greatest size of each unit of a layer's input, and of queries, keys and values, over some windows."""
    seen: dict[str, torch.Tensor] = {}

    def note(name: str, value: torch.Tensor) -> None:
        size = value.abs().amax(dim=0)
        seen[name] = torch.maximum(seen[name], size) if name in seen else size

    with torch.no_grad():
        for one in windows:
            x = network.embedded(network.words(torch.tensor(one.ids)) + network.places.weight[: len(one.ids)])
            for at, layer in enumerate(network.layers):
                note(f"{at}.query", x)
                parts = {kind: getattr(layer, kind)(x) for kind in ("query", "key", "value")}
                for kind, value in parts.items():
                    note(f"{at}.{kind}.out", value)
                heads = [value.view(len(x), HEADS, -1).transpose(0, 1) for value in parts.values()]
                joined = functional.scaled_dot_product_attention(*heads).transpose(0, 1).reshape(x.shape)
                note(f"{at}.joined", joined)
                x = layer.attended(x + layer.joined(joined))
                note(f"{at}.wide", x)
                wide = functional.gelu(layer.wide(x))
                note(f"{at}.narrow", wide)
                x = layer.out(x + layer.narrow(wide))
            note("head", x)
    return seen


def quantised(network: Network, seen: Mapping[str, torch.Tensor]) -> tuple[Arrays, dict[str, float]]:
    """All arrays and scales of the weights file."""
    arrays: Arrays = {}
    scales: dict[str, float] = {}
    words, factors = _rows(_floats(network.words.weight))
    arrays |= {"words": words, "words.factors": factors, "places": _floats(network.places.weight)}
    arrays |= _normed("embedded", network.embedded)
    steps = torch.arange(-4096, 4096, dtype=torch.float64) / 128
    arrays["gelu"] = functional.gelu(steps).numpy().astype(np.float32)
    arrays["exp"] = np.rint(4095 * np.exp(-np.arange(1024) / 64)).astype(np.float32)
    for at, layer in enumerate(network.layers):
        _linears(arrays, scales, at, layer, seen)
        for kind in ("query", "key", "value"):
            levels = 1023 if kind == "value" else 700
            scales[f"{at}.{kind}.out.levels"] = levels
            scales[f"{at}.{kind}.out.per_unit"] = levels / (float(seen[f"{at}.{kind}.out"].max()) * MARGIN)
        scores = scales[f"{at}.query.out.per_unit"] * scales[f"{at}.key.out.per_unit"]
        scales[f"{at}.score"] = 64 / (scores * math.sqrt(WIDTH // HEADS))
        scales[f"{at}.context"] = 1 / (4095 * scales[f"{at}.value.out.per_unit"])
        arrays |= _normed(f"{at}.attended", layer.attended) | _normed(f"{at}.out", layer.out)
    _linear(arrays, scales, "head", network.head, seen["head"], np.ones(WIDTH, np.float32))
    return arrays, scales


def _linears(
    arrays: Arrays, scales: dict[str, float], at: int, layer: torch.nn.Module, seen: Mapping[str, torch.Tensor]
) -> None:
    inputs = _floats(torch.cat([getattr(layer, kind).weight for kind in ("query", "key", "value")]))
    shared = _smoothing(seen[f"{at}.query"], inputs)
    for kind in ("query", "key", "value"):
        _linear(arrays, scales, f"{at}.{kind}", getattr(layer, kind), seen[f"{at}.query"], shared)
    # The three read the same whole numbers.
    same = min(scales[f"{at}.{kind}.levels"] for kind in ("query", "key", "value"))
    for kind in ("query", "key", "value"):
        _linear(arrays, scales, f"{at}.{kind}", getattr(layer, kind), seen[f"{at}.query"], shared, same)
    for kind in ("joined", "wide", "narrow"):
        one = getattr(layer, kind)
        smoothing = _smoothing(seen[f"{at}.{kind}"], _floats(one.weight))
        _linear(arrays, scales, f"{at}.{kind}", one, seen[f"{at}.{kind}"], smoothing)


def _smoothing(seen: torch.Tensor, weight: Floats) -> Floats:
    """What each input is divided by and its weights multiplied with: the root of what is seen over the weights, so that
    a unit of great values does not take the levels of all others."""
    ratio = np.maximum(_floats(seen), 1e-3) / np.maximum(np.abs(weight).max(axis=0), 1e-3)
    return np.sqrt(ratio)


def _linear(
    arrays: Arrays,
    scales: dict[str, float],
    name: str,
    layer: torch.nn.Linear,
    seen: torch.Tensor,
    smoothing: Floats,
    most: float = MOST_LEVELS,
) -> None:
    whole, factors = _rows(_floats(layer.weight) * smoothing)
    sizes = np.abs(whole.astype(np.int64)).reshape(len(whole), -1, BLOCK).sum(axis=2)
    levels = min(int(most), EXACT // int(sizes.max()))
    per_unit = levels / (float((_floats(seen) / smoothing).max()) * MARGIN)
    scales[f"{name}.levels"], scales[f"{name}.block"] = levels, BLOCK
    arrays[f"{name}.weights"] = np.ascontiguousarray(whole.T)
    arrays[f"{name}.per_unit"] = (per_unit / smoothing).astype(np.float32)
    arrays[f"{name}.factors"] = (factors / per_unit).astype(np.float32)
    arrays[f"{name}.bias"] = _floats(layer.bias)


def _rows(weight: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Each row as whole numbers up to 127, and what one of them stands for."""
    factors = np.maximum(np.abs(weight).max(axis=1), 1e-6) / 127
    return np.rint(weight / factors[:, None]).astype(np.int8), factors.astype(np.float32)


def _normed(name: str, norm: torch.nn.LayerNorm) -> Arrays:
    # The encoder divides by the root of n² · variance, not of the variance; n/n · √(Σ…) leaves a factor of one.
    return {f"{name}.gain": _floats(norm.weight), f"{name}.shift": _floats(norm.bias)}


def _floats(value: torch.Tensor) -> NDArray[np.float32]:
    return value.detach().numpy().astype(np.float32)


def write(path: Path, arrays: Arrays, header: dict[str, Any]) -> None:
    """The file: magic, length of the header, header as JSON, and the arrays one behind the other."""
    order = sorted(arrays, key=lambda name: (-arrays[name].dtype.itemsize, name))
    header = header | {
        "layers": LAYERS, "heads": HEADS,
        "arrays": [[name, arrays[name].dtype.str.lstrip("<|"), list(arrays[name].shape)] for name in order],
    }  # fmt: skip
    told = json.dumps(header, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    told += b" " * (-(len(MAGIC) + 8 + len(told)) % 64)
    content = MAGIC + len(told).to_bytes(8, "little") + told
    path.write_bytes(content + b"".join(np.ascontiguousarray(arrays[name]).tobytes() for name in order))
