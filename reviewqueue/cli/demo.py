"""`demo`: everything in one command: database, demo data, pages, API and worker."""

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

from reviewqueue.audit.events import Actor
from reviewqueue.cli import installation, output
from reviewqueue.cli.serve import listening, reduce_gc, return_freed_memory, serve_app

if TYPE_CHECKING:
    from reviewqueue.core.settings import Settings

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
@output.as_json
def demo(host: str | None, port: int | None, data: Path | None, no_seed: bool, as_json: bool) -> None:
    """Run everything in one process, with demo data to try it on.

    In a container or on a cloud machine, --host 0.0.0.0 lets others in: read the warning it prints.

    The first start makes the database and brings in people, onboardings and drafts; later starts find them as you left
    them. Ctrl-C stops it. Other commands find the same place through REVIEWQUEUE_DATA.
    """
    gc.disable()  # imported modules stay: there is no garbage to collect until it serves
    from reviewqueue.onboarding.drafting.drafter import load_drafter

    settings = _settings(host, port, data)
    load_drafter(settings.drafter)  # refuses an unusable drafter before anything is started, not in the worker's thread
    with listening(settings.host, settings.port) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        ensure_data_folder(settings)
        settings.check(plain=host is not None)  # before a database is made for what is not going to be served
        tables = settings.data / f"first-start-{os.getpid()}.sqlite3"
        laid, wait_for_tables = run_in_child(lambda laid: create_tables(settings, tables, laid))
        from reviewqueue import worker  # imported once, before the process forks
        from reviewqueue.delivery import receipt_keys

        def work(ready: Callable[[], object]) -> None:
            prepare(settings, seed=not no_seed, ready=ready, tables=tables if laid() else None)

        ready, wait_for_database = run_in_child(work)
        from reviewqueue import create_app

        app, stop = create_app(settings, plain=host is not None), threading.Event()
        reduce_gc()
        return_freed_memory()  # before the worker's threads have heaps of their own
        if not ready():
            raise click.exceptions.Exit(1)

        def tick() -> None:
            wait_for_tables()
            wait_for_database()
            with installation.open_session(settings) as session:
                receipt_keys.ensure(session, settings, installation.now())
            worker.run(settings, stop)

        clock = threading.Thread(target=tick, name="worker", daemon=True)
        clock.start()
        try:
            serve_app(app, listener, settings.threads, lambda _: _print_started(settings, as_json))
        finally:
            stop.set()
            clock.join(timeout=10)
    output.say("Stopped.")


def _settings(host: str | None, port: int | None, data: Path | None) -> Settings:
    """The demo's settings. Callbacks may go to private addresses only where nobody else can reach it."""
    from reviewqueue.core.settings import open_to_others

    settings = installation.settings(host=host, port=port, data=data)
    return settings if open_to_others(settings.host) else settings.model_copy(update={"private_callbacks": True})


def run_in_child(work: Callable[[Callable[[], object]], None]) -> tuple[Callable[[], bool], Callable[[], object]]:
    """Run `work` in a process of its own, which prints what stops it. `work` is given a function to call once it is
    ready. Returns two functions: whether it called that, and one that waits for its end; both block.

    The memory that the first start needs is freed with that process, while this one loads the pages.
    """
    read_end, write_end = os.pipe()
    child = os.fork()
    if child:
        os.close(write_end)
        return lambda: os.read(read_end, 1) != b"", lambda: os.waitpid(child, 0)
    status = 1
    try:
        work(lambda: os.write(write_end, b"."))
        status = 0
    except Exception as error:
        output.say(f"Error: {installation.explain_error(error) or repr(error)}")
    finally:
        os._exit(status)


def create_tables(settings: Settings, tables: Path, report_ready: Callable[[], object]) -> None:
    """Create the tables of a new embedded database in a file of this start's own, while everything else is loaded; call
    `report_ready` when they are there. An error is ignored here: it occurs again, and is reported, when the database is
    made."""
    file = installation.file_of(settings.database())
    if file is None or file.exists():
        return
    with suppress(Exception):
        ensure_data_folder(settings)
        from reviewqueue.db import migrate

        migrate.upgrade(f"sqlite:///{tables.absolute()}")
        report_ready()


def prepare(
    settings: Settings, *, seed: bool, ready: Callable[[], object] = lambda: None, tables: Path | None = None
) -> None:
    """Make the folder, the secret and the database, with the demo data in it if it is new and `seed` says so. Calls
    `ready` once they can be used, then drafts what is due in a new database. `tables` is a file with the tables already
    in it.

    A new embedded database is built aside and moved into place when it is complete, so a first start that is killed
    leaves nothing half-done.
    """
    ensure_data_folder(settings)
    with _start_lock(settings.data):
        new = _make_database(settings, seed, tables)
    ready()
    if new and seed and not settings.drafter:  # an organisation's own drafter may be slow
        _compose_due(settings)


def ensure_data_folder(settings: Settings) -> None:
    """Make the folder and the secret in it, where they do not exist; two processes may do so at once."""
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.secret(make=True)


def _make_database(settings: Settings, seed: bool, tables: Path | None) -> bool:
    """Make the database; whether it had no data yet."""
    file = installation.file_of(settings.database())
    if file is None or file.exists():
        return _migrate_and_seed(settings, settings.database(), seed)
    temporary = file.with_name("first-start.sqlite3")
    _remove_database(temporary)
    if tables is not None:
        tables.replace(temporary)
    try:
        _migrate_and_seed(settings, f"sqlite:///{temporary.absolute()}", seed, no_sync=True)
    except BaseException:
        _remove_database(temporary)
        (settings.data / "demo.password").unlink(missing_ok=True)
        raise
    _fsync(temporary)
    temporary.replace(file)
    _fsync(file.parent)
    for left in file.parent.glob("first-start*"):  # left behind by starts that were killed
        left.unlink(missing_ok=True)
    return True


@contextmanager
def _start_lock(folder: Path) -> Iterator[None]:
    """Holds a lock: one start at a time in a folder."""
    with (folder / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fsync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    os.fsync(opened)
    os.close(opened)


def _remove_database(file: Path) -> None:
    for ending in ("", "-wal", "-shm", ".lock"):
        file.with_name(file.name + ending).unlink(missing_ok=True)


def _migrate_and_seed(settings: Settings, url: str, seed: bool, *, no_sync: bool = False) -> bool:
    """Migrate and seed the database; whether it was empty."""
    from reviewqueue.cli import demo_data
    from reviewqueue.cli.read_ahead import reading_ahead
    from reviewqueue.db import database, migrate
    from reviewqueue.policy import loading, policy_versions

    engine = database.connect(url, no_sync=no_sync)
    try:
        if migrate.revision_of(engine) != migrate.newest():
            migrate.upgrade(url)
        with database.sessions(engine)() as session:
            if demo_data.has_data(session):
                return False
            folder = installation.policy_folder(settings)
            if seed:
                files = demo_data.policy() if folder == loading.SHIPPED else loading.files_in(folder)
                password, now = _password(settings, make=True), installation.now()
                with reading_ahead(demo_data.messages(now)) as model:
                    demo_data.load(session, files, password, now, model=model)
            else:
                policy_versions.activate(session, loading.files_in(folder), Actor.CLI, installation.now())
            return True
    finally:
        engine.dispose()


def _compose_due(settings: Settings) -> None:
    """Draft what is due, and check it, without messages: the newcomer reads the address."""
    from reviewqueue import worker
    from reviewqueue.db import database
    from reviewqueue.lanes import model_checks
    from reviewqueue.onboarding.drafting.drafter import load_drafter

    engine, drafter = database.connect(settings.database()), load_drafter(settings.drafter)
    try:
        while worker.compose_one_draft(database.sessions(engine), drafter, installation.now, lambda *_, **__: None):
            pass
        model_checks.run_due(database.sessions(engine), installation.now)
    finally:
        engine.dispose()


def _password(settings: Settings, *, make: bool = False) -> str:
    """The one password of the demo data's people; "" where there is none."""
    password_file = settings.data / "demo.password"
    if make:
        new_password = "-".join("".join(secrets.choice(LETTERS) for _ in range(5)) for _ in range(3))
        with os.fdopen(os.open(password_file, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
            file.write(new_password)
    return password_file.read_text().strip() if password_file.exists() else ""


def _warning(settings: Settings, people: int) -> list[str]:
    """What it means that others can reach the demo, and what to do instead."""
    accounts = f"all {people} people, the admin among them" if people else "whoever is added here"
    return [
        "",
        f"WARNING: this demo listens on {settings.host}. Whoever can reach this machine over the network can open it.",
        f"  - The password printed below, and in every log that keeps this output, signs in as {accounts}.",
        "  - Nothing is encrypted: on the way, anybody can read passwords, sign-ins and what is on the pages.",
        "  - Put nothing real into it, and stop it when you are done (Ctrl-C).",
        "Only you need it? Listen on 127.0.0.1 there and bring the port here:",
        f"  ssh -L {settings.port}:127.0.0.1:{settings.port} MACHINE",
        "In a container, publish the port to your own machine alone:",
        f"  docker run -p 127.0.0.1:{settings.port}:{settings.port} IMAGE",
        "For real use: `reviewqueue init`, then `serve` and `worker` behind a proxy that ends TLS (docs/operating.md).",
        "",
    ]


def _has_people(settings: Settings) -> bool:
    from reviewqueue.policy import setup_steps

    with installation.open_session(settings) as session:
        return setup_steps.has_people(session)


def _print_started(settings: Settings, as_json: bool) -> None:
    from reviewqueue.cli import demo_data
    from reviewqueue.core.settings import open_to_others

    password, open_ = _password(settings), open_to_others(settings.host)
    people: list[dict[str, Any]] = demo_data.plan()["people"] if password else []
    if as_json:
        people_json = [{"email": one["email"], "name": one["name"], "roles": one["roles"]} for one in people]
        start_json = {
            "address": settings.address(),
            "data": str(settings.data),
            "password": password,
            "people": people_json,
        }
        output.print_json({**start_json, "open_to_others": open_})
    if open_:
        output.say(*_warning(settings, len(people)))
    output.say(f"Review Queue answers at {settings.address()}", "")
    if people:
        output.table(
            ("sign in as", "who", "role"), [(one["email"], one["name"], " ".join(one["roles"])) for one in people]
        )
        output.say("", f"Password for all of them: {password}")
    elif _has_people(settings):
        output.say(
            f"{settings.data} holds an installation, not the demo's company: its people sign in as they always do."
        )
        output.say("For real use stop this, and run `reviewqueue serve` and `reviewqueue worker`.")
    else:
        output.say(f"Add the first person: REVIEWQUEUE_DATA={settings.data} reviewqueue user add EMAIL --role admin")
        output.say("It shows an empty installation. For real use begin with `reviewqueue init`.")
    output.say(f"Ctrl-C stops it; what you do is kept in {settings.data.absolute()}.")
