"""`python -m tests.benchmarks.libraries FOLDER [statements stream numbers dates]`: what we write ourselves beside the
libraries that do the same, in turn in one run. They are no dependencies: FOLDER is where pip put them, with
`pip install --target FOLDER text2num number-parser num2words dateparser json-stream`. The figures are in
docs/decisions."""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, lambda_stmt, select

from reviewqueue.connectors import json_stream
from reviewqueue.db import database
from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables.items import Item
from reviewqueue.evidence.text.values import entities
from reviewqueue.evidence.text.words import number_words
from tests.benchmarks.__main__ import JOBS, TURN, _deal, _decidable, _decided
from tests.benchmarks.figures import RUNS, plain_loop, tell
from tests.benchmarks.place import place
from tests.connectors.test_stream import BAD
from tests.prose.passages import SAYS

DEALS = 5_000
# English and German number words with their figures, and words that are none.
WORDS = [
    ("forty-eight thousand dollars", "48000 dollars"), ("a dozen licences", "12 licences"),
    ("half a dozen sites", "6 sites"), ("two dozen seats", "24 seats"),
    ("two hundred and fifty users", "250 users"), ("a million records", "1000000 records"),
    ("the eighth of January", "the 8 of January"), ("December twelfth", "December 12"),
    ("one of the sites", "one of the sites"), ("two three", "two three"), ("often ten minutes", "often 10 minutes"),
    ("the second phase", "the second phase"), ("Achtzehn Monate", "18 Monate"),
    ("zweihundertfünfzig Lizenzen", "250 Lizenzen"), ("einundzwanzig Standorte", "21 Standorte"),
    ("zwölftausend Euro", "12000 Euro"), ("Vierteljahr", "Vierteljahr"), ("ein Vertrag", "ein Vertrag"),
    ("Dreieich", "Dreieich"), ("zwei Sprachen", "2 Sprachen"),
]  # fmt: skip


def statements() -> None:
    """One row read by its id, and whole decisions: prepared, and by SQLAlchemy's own path with its compiled cache."""
    with place() as where, database.sessions(where.engine)() as session:
        where.fill(1000)
        core = select(Item.__table__).where(Item.id == 500)
        cursor = database.connection_of(session).connection.cursor()
        by_id = Prepared(select(Item.__table__).where(Item.id == bindparam("item")))
        ways: dict[str, Callable[[], object]] = {
            "driver": lambda: cursor.execute("SELECT * FROM items WHERE id = ?", (500,)).fetchone(),
            "prepared": lambda: by_id.row(session, {"item": 500}),
            "connection.execute, built once": lambda: session.connection().execute(core).first(),
            "session.execute, built each time": lambda: session.execute(
                select(Item.__table__).where(Item.id == 500)
            ).first(),
            "lambda_stmt": lambda: session.execute(lambda_stmt(lambda: select(Item.__table__).where(Item.id == 500))),
            "ORM entity": lambda: (session.expunge_all(), session.get(Item, 500)),
        }
        for name, times in _in_turn(ways, 40, 50).items():
            tell(f"one row: {name}", times, "µs")
    times: dict[str, list[float]] = {"prepared": [], "library": []}
    for _ in range(RUNS):
        with place() as one, place() as other:
            now, lots, spent = datetime.now(UTC), [], [0.0, 0.0]
            for where in (one, other):
                where.fill(JOBS * 8)
                lots.append(_decidable(where, JOBS + TURN))
            for start in range(0, JOBS + TURN, TURN):
                for number, where in enumerate((one, other)):
                    begun = time.perf_counter()
                    with by_library() if number else nullcontext():
                        _decided(where, lots[number][start : start + TURN], now)
                    spent[number] += time.perf_counter() - begun if start else 0.0
            for way, took in zip(times.values(), spent, strict=True):
                way.append(took / JOBS * 1000)
    tell("decide: library", times["library"], "ms", times["prepared"], "prepared")


@contextmanager
def by_library() -> Iterator[None]:
    """Every prepared statement is executed by SQLAlchemy, with its compiled cache, as if `db/statements` were not."""
    ours = (Prepared.run, Prepared.rows)

    def said(self: Any, session: Any, values: Any) -> Any:
        given = [dict(one) for one in values] if isinstance(values, list) else dict(values)
        return session.connection().execute(self._statement, given)

    Prepared.run = lambda self, session, values: said(self, session, values) and None  # type: ignore[method-assign]
    Prepared.rows = lambda self, session, values: said(self, session, values).all()  # type: ignore[method-assign]
    try:
        yield
    finally:
        Prepared.run, Prepared.rows = ours  # type: ignore[method-assign]


def stream() -> None:
    """5,000 deals read from a file: seconds, peak memory, and which of the tests' bad files are noticed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "deals.json")
        path.write_text(json.dumps({"records": [_deal(number) for number in range(DEALS)]}), encoding="utf-8")
        print(f"a file of {path.stat().st_size:,} bytes")
        bad = {name: Path(folder, f"{number}.json") for number, name in enumerate(BAD)}
        for name, file in bad.items():
            file.write_bytes(BAD[name][0])
        for name, read in _readers().items():
            took = []
            for _ in range(RUNS):
                begun = time.perf_counter()
                found = sum(1 for _ in read(path))
                took.append(time.perf_counter() - begun)
            tracemalloc.start()
            sum(1 for _ in read(path))
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            ends = {one: _ends(read, file) for one, file in bad.items()}
            tell(f"stream: {name}", took, "s")
            print(f"  {found:,} records, peak {peak / 2**20:,.2f} MiB")
            print(f"  bad files read: {[one for one, end in ends.items() if end == 0]}")
            print(f"  bad files that end the process: {[one for one, end in ends.items() if end not in (0, 1)]}")


def _readers() -> dict[str, Callable[[Path], Iterator[Any]]]:
    ijson, listed = import_module("ijson"), import_module("json_stream")

    def items(backend: str, **options: Any) -> Callable[[Path], Iterator[Any]]:
        def read(path: Path) -> Iterator[Any]:
            with path.open("rb") as file:
                yield from ijson.get_backend(backend).items(file, "records.item", **options)

        return read

    def by_json_stream(path: Path) -> Iterator[Any]:
        with path.open("rb") as file:
            for record in listed.load(file)["records"]:
                yield listed.to_standard_types(record)

    def whole(path: Path) -> Iterator[Any]:
        yield from json.loads(path.read_bytes())["records"]

    return {
        "ours": lambda path: (record for _, record in json_stream.records(path, "records")),
        "ijson.items, python": items("python"),
        "ijson.items, yajl2_c": items("yajl2_c"),
        "json-stream": by_json_stream,
        "json.loads": whole,
    }


def _ends(read: Callable[[Path], Iterator[Any]], path: Path) -> int:
    """0 where the file was read, 1 where it was refused, else the signal that ended the process (a parser in C)."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        for _ in read(path):
            pass
    except Exception:
        os._exit(1)
    os._exit(0)


def numbers() -> None:
    """Number words turned into figures: how many of the table as wanted, and microseconds a text."""
    english, german = import_module("text_to_num"), import_module("number_parser")
    ways = {
        "ours": number_words.with_figures,
        "text2num, en then de": lambda text: english.alpha2digit(english.alpha2digit(text, "en"), "de"),
        "number-parser, en": lambda text: german.parse(text, language="en"),
    }
    for name, read in ways.items():
        wrong = [(text, read(text)) for text, wanted in WORDS if read(text) != wanted]
        print(f"{name}: {len(WORDS) - len(wrong)} of {len(WORDS)}; {wrong}")
    texts = [text for text, _ in SAYS]
    ways["ours"] = number_words.with_figures.__wrapped__  # type: ignore[attr-defined]  # without its cache
    for name, times in _in_turn({name: _over(read, texts) for name, read in ways.items()}, 3, 1).items():
        tell(f"numbers: {name}", [one / len(texts) for one in times], "µs a text")


def dates() -> None:
    """The dates of the labelled passages: how many days found, how many of those not there, and time."""
    search = import_module("dateparser.search").search_dates

    def library(text: str) -> set[str]:
        found = search(text, languages=["en", "de"]) or []
        return {moment.date().isoformat() for _, moment in found}

    def ours(text: str) -> set[str]:
        return {value for one in entities.find(text) if one.kind == "date" for value in one.values}

    whole = [
        (text, {value for one in says if one.startswith("date ") for value in one[5:].split("|")})
        for text, says in SAYS
    ]
    for name, read in (("ours", ours), ("dateparser", library)):
        begun = time.perf_counter()
        found = [(wanted, read(text)) for text, wanted in whole]
        took = (time.perf_counter() - begun) / len(whole) * 1e6
        day = [(wanted, got) for wanted, got in found if all(len(one) == 10 and one[0] != "-" for one in wanted)]
        right = sum(bool(wanted) and bool(got) and got <= wanted for wanted, got in day)
        extra = sum(bool(got) and not wanted for wanted, got in day)
        print(
            f"dates: {name}: {right} of {sum(bool(wanted) for wanted, _ in day)} passages with whole days as labelled; a "
            f"date in {extra} of {sum(not wanted for wanted, _ in day)} without one; {took:,.0f} µs a text"
        )


def _over(read: Callable[[str], object], texts: list[str]) -> Callable[[], object]:
    def all_of_them() -> None:
        for text in texts:
            read(text)

    return all_of_them


def _in_turn(ways: dict[str, Callable[[], object]], rounds: int, times: int) -> dict[str, list[float]]:
    """Microseconds a call of each way: least, middle and greatest of rounds in which every way has its turn."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            begun = time.perf_counter()
            for _ in range(times):
                way()
            took[name].append((time.perf_counter() - begun) / times * 1e6)
    return {name: [min(all_), statistics.median(all_), max(all_)] for name, all_ in took.items()}


if __name__ == "__main__":
    sys.path.append(sys.argv[1])
    for name in sys.argv[2:] or ("statements", "stream", "numbers", "dates"):
        print(f"# {name}; a million additions take {plain_loop():.0f} ms", flush=True)
        globals()[name]()
