"""`python -m tests.benchmarks.each_check`: what each check costs, on a draft of eighty words and on one of 8,000: its time
of a processor, and the memory it holds at most while it runs; and what the model adds to the one process that has it."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import thread_time
from types import ModuleType
from typing import Any

from reviewqueue import checks
from reviewqueue.checks.topics import classifier
from tests import drafts, northbeam

RUNS = 5
# Each function that `checks.run` asks, by the name its results have.
ASKED = (
    ("evidence.citation", checks.checks_citations, "check"),
    ("customer's domains", checks.domains, "customer_of"),
    ("text.*, text.link", checks.hidden_text, "check"),
    ("topic.* by patterns, message.next-step", checks.messages, "check"),
    ("recipient.*", checks.recipients, "check"),
    ("message.sendable, text.encoded", checks.message_format, "check"),
    ("secret.*", checks.secrets, "find_secrets"),
    ("evidence.conflict", checks.conflicts, "check"),
    ("evidence.claimed-differs, .outdated", checks.newer_records, "find"),
    ("evidence.contradicted, .uncompared", checks.grounding, "check"),
    ("evidence.elsewhere", checks.grounding, "elsewhere"),
    ("evidence.unsupported", checks.grounding, "unsupported"),
    ("trigger.currency", checks.amounts, "check"),
    ("message.placeholder", checks.placeholders, "check"),
    ("commitment.*", checks.commitments, "changes"),
    ("message.promise, .suppressed, …", checks.message_rules, "check"),
)
Cost = Callable[[Callable[[], Any]], tuple[Any, float]]


def in_processor_time(work: Callable[[], Any]) -> tuple[Any, float]:
    """What it returns, and the milliseconds of this thread it took."""
    begun = thread_time()
    made = work()
    return made, (thread_time() - begun) * 1000


def in_memory(work: Callable[[], Any]) -> tuple[Any, float]:
    """What it returns, and the most kilobytes that it held beside what was held before."""
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    made = work()
    return made, (tracemalloc.get_traced_memory()[1] - before) / 1024


@contextmanager
def measured(cost: Cost, costs: dict[str, float]) -> Iterator[None]:
    """Has each check's cost added to `costs` while `checks.run` runs."""
    kept = [(module, name, getattr(module, name)) for _, module, name in ASKED]

    def wrap(says: str, module: ModuleType, name: str) -> None:
        own = getattr(module, name)

        def asked(*given: Any, **named: Any) -> Any:
            def work() -> Any:
                made = own(*given, **named)
                return list(made) if isinstance(made, Iterator) else made

            made, took = cost(work)
            costs[says] = costs.get(says, 0) + took
            return made

        setattr(module, name, asked)

    try:
        for row in ASKED:
            wrap(*row)
        yield
    finally:
        for module, name, own in kept:
            setattr(module, name, own)


def costs_of(words: int, cost: Cost) -> dict[str, float]:
    """The middle of five runs of every check over a message of so many words that nobody has read before; "every check"
    is all of them together. What several read of a draft is counted at the first that asks for it."""
    policy, drafted = northbeam.policy(), drafts.email().drafted
    lane, found = policy.lane(drafts.LANE), dict[str, list[float]]()
    assert lane is not None

    def run_all(run: str) -> None:
        body = "\n".join(f"{drafts.BODY} Team {run}-{at}." for at in range(words // 40))
        checks.run(policy, lane, drafted.kind, {**drafted.draft, "body": body}, drafted.sources, ())

    for run in range(RUNS + 1):
        costs: dict[str, float] = {}
        with measured(cost, costs):
            run_all(f"{run}")
        costs["every check"] = cost(lambda run=run: run_all(f"again {run}"))[1]  # type: ignore[misc]
        for says, took in costs.items() if run else ():  # the first compiles the patterns
            found.setdefault(says, []).append(took)
    return {says: statistics.median(took) for says, took in found.items()}


def resident() -> float:
    """The megabytes that this process holds now."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def model_costs() -> None:
    """Prints what the model adds to a process that has every other check, and its time for ten sentences."""
    costs_of(80, in_processor_time)
    before = resident()
    text = " ".join(f"We meet on day {number} and go through the plan of team {number}." for number in range(10))
    _, first = in_processor_time(lambda: classifier.classify(text))
    took = statistics.median(in_processor_time(lambda: classifier.classify(text))[1] for _ in range(RUNS))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    disk = (classifier.FOLDER / "topics.bin").stat().st_size / 1e6
    print(f"every other check: {before:.0f} MB; with the model {resident():.0f} MB, {most:.0f} MB at most")
    print(f"the model: {first:.0f} ms for its first ten sentences, {took:.0f} ms for ten more; {disk:.1f} MB on disk")


def table() -> Iterator[str]:
    """A line of Markdown for each check."""
    short, long = (costs_of(words, in_processor_time) for words in (80, 8_000))
    tracemalloc.start()
    held = costs_of(8_000, in_memory)
    tracemalloc.stop()
    yield "| check | 80 words, ms | 8,000 words, ms | most held there, MB |"
    yield "|---|---|---|---|"
    for says in short:
        yield f"| {says} | {short[says]:.2f} | {long[says]:.1f} | {held[says] / 1024:.1f} |"


if __name__ == "__main__":
    if sys.argv[1:] == ["model"]:
        model_costs()
    else:
        for line in table():
            print(line)
        subprocess.run([sys.executable, "-m", "tests.benchmarks.each_check", "model"], check=True)
