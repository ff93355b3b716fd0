"""`demo`: everything in one process: database, seed world, pages, API and worker."""

from __future__ import annotations

import fcntl
import gc
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reviewqueue.cli import out, place
from reviewqueue.cli.serve import give_back, listening, serving, tidy_seldom

if TYPE_CHECKING:
    from reviewqueue.settings import Settings

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@click.command()
@click.option("--host", help="The address to listen on. Default: REVIEWQUEUE_HOST, or 127.0.0.1: this machine alone.")
@click.option("--port", type=click.IntRange(0, 65535), help="Default: REVIEWQUEUE_PORT, or 8000; 0 takes any free one.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder everything is kept in. Default: the one that `reviewqueue config` shows.",
)
@click.option("--no-seed", is_flag=True, help="Start empty: nobody and nothing there but the policy.")
@out.as_json
def demo(host: str | None, port: int | None, data: Path | None, no_seed: bool, as_json: bool) -> None:
    """Run everything in one process, with a small world to try it on.

    In a container or on a cloud machine, --host 0.0.0.0 lets others in: read the warning it prints.

    The first start makes the database and brings in people, onboardings and drafts; later starts find them as you left
    them. Ctrl-C stops it. Other commands find the same place through REVIEWQUEUE_DATA.
    """
    gc.disable()  # what is loaded stays: nothing to look for until it serves
    from reviewqueue.drafting.chosen import chosen

    found = _settings(host, port, data)
    chosen(found.drafter)  # refused here, before anything is started, and not in the worker's thread
    with listening(found.host, found.port) as door:
        found = found.model_copy(update={"port": door.getsockname()[1]})
        tables = found.data / f"first-start-{os.getpid()}.sqlite3"
        laid, laying = apart(lambda laid: lay(found, tables, laid))
        from reviewqueue import worker  # loaded once, before the work is split in two

        def work(ready: Callable[[], object]) -> None:
            prepare(found, seed=not no_seed, ready=ready, tables=tables if laid() else None)

        ready, over = apart(work)
        from reviewqueue import web

        keep(found)
        app, stop = web.create_app(found, plain=host is not None), threading.Event()
        tidy_seldom()
        give_back()  # before the worker's threads have heaps of their own
        if not ready():
            raise click.exceptions.Exit(1)

        def tick() -> None:
            laying()
            over()
            worker.run(found, stop)

        clock = threading.Thread(target=tick, name="worker", daemon=True)
        clock.start()
        try:
            serving(app, door, found.threads, lambda _: _started(found, as_json))
        finally:
            stop.set()
            clock.join(timeout=10)
    out.say("Stopped.")


def _settings(host: str | None, port: int | None, data: Path | None) -> Settings:
    """The demo's settings. Callbacks may go to private addresses only where nobody else can reach it."""
    from reviewqueue.settings import open_to_others

    found = place.settings(host=host, port=port, data=data)
    return found if open_to_others(found.host) else found.model_copy(update={"private_callbacks": True})


def apart(work: Callable[[Callable[[], object]], None]) -> tuple[Callable[[], bool], Callable[[], object]]:
    """Do this work in a process of its own, which says what stops it. Returns two questions to it: whether it came so
    far that it called what it was handed, and that it is over; either waits for the answer.

    The first start's memory goes with that process, and this one loads the pages meanwhile.
    """
    hears, says = os.pipe()
    child = os.fork()
    if child:
        os.close(says)
        return lambda: os.read(hears, 1) != b"", lambda: os.waitpid(child, 0)
    status = 1
    try:
        work(lambda: os.write(says, b"."))
        status = 0
    except Exception as error:
        out.say(f"Error: {place.explained(error) or repr(error)}")
    finally:
        os._exit(status)


def lay(found: Settings, tables: Path, laid: Callable[[], object]) -> None:
    """Make the tables of a new embedded database in a file of this start's own, while the rest is loaded; call `laid`
    when they are there. What goes wrong here goes wrong again, and is told, when the database is made."""
    file = place.file_of(found.database())
    if file is None or file.exists():
        return
    with suppress(Exception):
        keep(found)
        from reviewqueue import migrations

        migrations.upgrade(f"sqlite:///{tables.absolute()}")
        laid()


def prepare(
    found: Settings, *, seed: bool, ready: Callable[[], object] = lambda: None, tables: Path | None = None
) -> None:
    """Make the folder, the secret and the database, with the seed world in it if it is new and `seed` says so. Calls
    `ready` once they can be used, and drafts then what is due in a new world. `tables` is a file that has the tables.

    A new embedded database is made aside and put in its place when it is whole, so a first start that is killed leaves
    nothing half-done.
    """
    keep(found)
    with _alone(found.data):
        new = _made(found, seed, tables)
    ready()
    if new and seed and not found.drafter:  # an organisation's own may take its time
        _draft(found)


def keep(found: Settings) -> None:
    """Make the folder and the secret in it, where they are not yet; two may at once."""
    found.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    found.secret(make=True)


def _made(found: Settings, seed: bool, tables: Path | None) -> bool:
    """Whether there was no world in the database yet."""
    file = place.file_of(found.database())
    if file is None or file.exists():
        return _fill(found, found.database(), seed)
    aside = file.with_name("first-start.sqlite3")
    _clear(aside)
    if tables is not None:
        tables.replace(aside)
    try:
        _fill(found, f"sqlite:///{aside.absolute()}", seed, hasty=True)
    except BaseException:
        _clear(aside)
        (found.data / "demo.password").unlink(missing_ok=True)
        raise
    _on_disk(aside)
    aside.replace(file)
    _on_disk(file.parent)
    for left in file.parent.glob("first-start*"):  # what starts that were killed left lying
        left.unlink(missing_ok=True)
    return True


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One start at a time in a folder."""
    with (folder / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _on_disk(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    os.fsync(opened)
    os.close(opened)


def _clear(file: Path) -> None:
    for ending in ("", "-wal", "-shm", ".lock"):
        file.with_name(file.name + ending).unlink(missing_ok=True)


def _fill(found: Settings, url: str, seed: bool, *, hasty: bool = False) -> bool:
    """Whether there was nothing in it yet."""
    from reviewqueue import database, migrations, policies, seeding
    from reviewqueue.policy import loading

    engine = database.connect(url, hasty=hasty)
    try:
        if migrations.revision_of(engine) != migrations.newest():
            migrations.upgrade(url)
        with database.sessions(engine)() as session:
            if seeding.begun(session):
                return False
            folder = place.policy_folder(found)
            if seed:
                files = seeding.policy() if folder == loading.SHIPPED else loading.files_in(folder)
                seeding.load(session, files, _password(found, make=True), place.now())
            else:
                policies.activate(session, loading.files_in(folder), place.CLI, place.now())
            return True
    finally:
        engine.dispose()


def _draft(found: Settings) -> None:
    """Draft what is due, in silence: the newcomer reads the address."""
    from reviewqueue import database, worker
    from reviewqueue.drafting.chosen import chosen

    engine, drafter = database.connect(found.database()), chosen(found.drafter)
    try:
        while worker.draft(database.sessions(engine), drafter, place.now, lambda *_, **__: None):
            pass
    finally:
        engine.dispose()


def _password(found: Settings, *, make: bool = False) -> str:
    """The one password of the seed world's people; "" where there is none."""
    kept = found.data / "demo.password"
    if make:
        made = "-".join("".join(secrets.choice(LETTERS) for _ in range(5)) for _ in range(3))
        with os.fdopen(os.open(kept, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
            file.write(made)
    return kept.read_text().strip() if kept.exists() else ""


def _warning(found: Settings, people: int) -> list[str]:
    """What it means that others can reach the demo, and what to do instead."""
    who = f"all {people} people, the admin among them" if people else "whoever is added here"
    return [
        "",
        f"WARNING: this demo listens on {found.host}. Whoever can reach this machine over the network can open it.",
        f"  - The password printed below, and in every log that keeps this output, signs in as {who}.",
        "  - Nothing is encrypted: on the way, anybody can read passwords, sign-ins and what is on the pages.",
        "  - Put nothing real into it, and stop it when you are done (Ctrl-C).",
        "Only you need it? Listen on 127.0.0.1 there and bring the port here:",
        f"  ssh -L {found.port}:127.0.0.1:{found.port} MACHINE",
        "In a container, publish the port to your own machine alone:",
        f"  docker run -p 127.0.0.1:{found.port}:{found.port} IMAGE",
        "For real use: `reviewqueue init`, then `serve` and `worker` behind a proxy that ends TLS (docs/operating.md).",
        "",
    ]


def _peopled(found: Settings) -> bool:
    from reviewqueue import installation

    with place.opened(found) as session:
        return installation.peopled(session)


def _started(found: Settings, as_json: bool) -> None:
    from reviewqueue import seeding
    from reviewqueue.settings import open_to_others

    password, open_ = _password(found), open_to_others(found.host)
    people: list[dict[str, Any]] = seeding.plan()["people"] if password else []
    if as_json:
        told = [{"email": one["email"], "name": one["name"], "roles": one["roles"]} for one in people]
        told_of = {"address": found.address(), "data": str(found.data), "password": password, "people": told}
        out.tell({**told_of, "open_to_others": open_})
    if open_:
        out.say(*_warning(found, len(people)))
    out.say(f"Review Queue answers at {found.address()}", "")
    if people:
        out.table(
            ("sign in as", "who", "role"), [(one["email"], one["name"], " ".join(one["roles"])) for one in people]
        )
        out.say("", f"Password for all of them: {password}")
    elif _peopled(found):
        out.say(f"{found.data} holds an installation, not the demo's company: its people sign in as they always do.")
        out.say("For real use stop this, and run `reviewqueue serve` and `reviewqueue worker`.")
    else:
        out.say(f"Add the first person: REVIEWQUEUE_DATA={found.data} reviewqueue user add EMAIL --role admin")
        out.say("It shows an empty installation. For real use begin with `reviewqueue init`.")
    out.say(f"Ctrl-C stops it; what you do is kept in {found.data.absolute()}.")
