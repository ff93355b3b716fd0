"""Fine-tunes the encoder on the labelled messages, in two processes that share every step."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, distributed, multiprocessing
from torch.nn import functional

from training.topics.data import Packed
from training.topics.network import Network

PROCESSES = 2
TOKENS_A_BATCH = 500  # in each process
RATE, HEAD_RATE = 1e-4, 2e-3
POSITIVE_WEIGHT = 1.5
# Embeddings and the lowest layers stay as they are, so what comes out of them is computed once.
FROZEN = 2


def fit(network: Network, windows: Sequence[Packed], epochs: float, into: Path, seed: int = 15) -> None:
    """Trains the network and keeps its state in a file; the rate rises over the first tenth and falls to nothing."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ordered = sorted(windows, key=lambda one: len(one.ids))
    multiprocessing.spawn(_work, (port, network, ordered, epochs, into, seed), nprocs=PROCESSES)
    restore(network, into)


def restore(network: Network, state: Path) -> None:
    """Takes the weights of a file that `fit` kept."""
    network.load_state_dict(torch.load(state))
    network.eval()


def _work(
    rank: int, port: int, network: Network, windows: Sequence[Packed], epochs: float, into: Path, seed: int
) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(seed + rank)
    distributed.init_process_group("gloo", f"tcp://127.0.0.1:{port}", rank=rank, world_size=PROCESSES)
    trained = _freeze(network)
    head = list(network.head.parameters())
    steps = torch.optim.AdamW(
        [{"params": [one for one in trained if all(one is not h for h in head)], "lr": RATE},
         {"params": head, "lr": HEAD_RATE}],
        weight_decay=0.01,
        fused=True,
    )  # fmt: skip
    mine = [Cached(one, network.lower(one, FROZEN)) for one in windows[rank::PROCESSES]]
    least = min(len(_batches([len(one.ids) for one in windows[part::PROCESSES]])) for part in range(PROCESSES))
    total = int(epochs * least)
    rates = torch.optim.lr_scheduler.LambdaLR(
        steps, lambda at: min(1.0, (at + 1) / (0.1 * total)) * min(1.0, (1 - at / total) / 0.9)
    )
    network.train()
    begun, mean, done = time.monotonic(), 0.0, 0
    while done < total:
        plan = _batches([len(one.window.ids) for one in mine])[:least]
        random.Random(seed + done).shuffle(plan)  # noqa: S311
        for places in plan[: total - done]:
            loss = _step(network, trained, steps, [mine[at] for at in places])
            rates.step()
            done += 1
            mean = 0.97 * mean + 0.03 * loss if done > 1 else loss
            if rank == 0 and done % 10 == 0:
                print(f"{done}/{total} loss {mean:.4f} {time.monotonic() - begun:.0f} s", flush=True)
                torch.save(network.state_dict(), into)
    if rank == 0:
        torch.save(network.state_dict(), into)
    distributed.destroy_process_group()


class Cached:
    """A window with what the frozen layers make of it."""

    def __init__(self, window: Packed, lower: Tensor) -> None:
        self.window, self.lower = window, lower


def _freeze(network: Network) -> list[Tensor]:
    for part in (network.words, network.places, network.embedded, *network.layers[:FROZEN]):
        part.requires_grad_(False)
    return [one for one in network.parameters() if one.requires_grad]


def _step(network: Network, trained: list[Tensor], steps: torch.optim.Optimizer, batch: list[Cached]) -> float:
    steps.zero_grad()
    windows = [one.window for one in batch]
    loss = batch_loss(network.upper([one.lower for one in batch], windows, FROZEN), windows)
    loss.backward()
    whole = torch.cat([one.grad.flatten() for one in trained if one.grad is not None])
    distributed.all_reduce(whole)
    start = 0
    for one in trained:
        one.grad = whole[start : start + one.numel()].view_as(one) / PROCESSES
        start += one.numel()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    steps.step()
    return loss.item()


def batch_loss(logits: Sequence[Sequence[Tensor]], batch: Sequence[Packed]) -> Tensor:
    """Cross entropy of the greatest logit of each group, topics that may be marked left out."""
    said = torch.stack([one.logsumexp(dim=0) for window in logits for one in window])
    wanted = torch.tensor([group.labels for window in batch for group, _ in window.groups])
    counts = torch.tensor([group.counts for window in batch for group, _ in window.groups])
    each = functional.binary_cross_entropy_with_logits(
        said, wanted * 0.97 + 0.01, reduction="none", pos_weight=torch.tensor(POSITIVE_WEIGHT)
    )
    return (each * counts).sum() / counts.sum() * 6


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Places of windows of about one length, together no more than `TOKENS_A_BATCH` with what fills them up."""
    found: list[list[int]] = []
    for at, length in enumerate(lengths):
        if not found or (len(found[-1]) + 1) * length > TOKENS_A_BATCH:
            found.append([])
        found[-1].append(at)
    return found
