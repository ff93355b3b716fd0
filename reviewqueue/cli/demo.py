"""`demo`: everything in one process: database, seed world, pages, API and worker."""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reviewqueue.cli import out, place
from reviewqueue.cli.serve import give_back, listening, serving

if TYPE_CHECKING:
    from reviewqueue.settings import Settings

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Default: REVIEWQUEUE_PORT, or 8000; 0 takes any free one.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder everything is kept in. Default: instance/.",
)
@click.option("--no-seed", is_flag=True, help="Start with an empty house: nobody and nothing in it but the policy.")
@out.as_json
def demo(port: int | None, data: Path | None, no_seed: bool, as_json: bool) -> None:
    """Run everything in one process, with a small world to try it on.

    The first start makes the database and brings in people, onboardings and drafts; later starts find them as you left
    them. Ctrl-C stops it. Other commands find the same place through REVIEWQUEUE_DATA.
    """
    from reviewqueue import worker  # loaded once, before the work is split in two
    from reviewqueue.drafting.chosen import chosen

    found = place.settings(port=port, data=data, private_callbacks=True)
    chosen(found.drafter)  # refused here, before anything is started, and not in the worker's thread
    with listening(found.host, found.port) as door:
        found = found.model_copy(update={"port": door.getsockname()[1]})
        ready = apart(lambda: prepare(found, seed=not no_seed))
        from reviewqueue import web

        if ready() != 0:
            raise click.exceptions.Exit(1)
        give_back()  # before the worker's threads have heaps of their own
        app, stop = web.create_app(found), threading.Event()
        clock = threading.Thread(target=worker.run, args=(found, stop), name="worker", daemon=True)
        clock.start()
        try:
            serving(app, door, found.threads, lambda: _started(found, as_json))
        finally:
            stop.set()
            clock.join(timeout=10)
    out.say("Stopped.")


def apart(work: Callable[[], None]) -> Callable[[], int]:
    """Do this work in a process of its own, which says what stops it; the answer waits for it and gives its status.

    The first start's memory goes with that process, and this one loads the pages meanwhile.
    """
    child = os.fork()
    if child:
        return lambda: os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        work()
        status = 0
    except Exception as error:
        out.say(f"Error: {place.explained(error) or repr(error)}")
    finally:
        os._exit(status)


def prepare(found: Settings, *, seed: bool) -> None:
    """Make the folder, the secret and the database, with the seed world in it if it is new and `seed` says so.

    A new embedded database is made aside and put in its place when it is whole, so a first start that is killed leaves
    nothing half-done.
    """
    found.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(found.data):
        found.secret(make=True)
        file = place.file_of(found.database())
        if file is None or file.exists():
            _fill(found, found.database(), seed)
            return
        aside = file.with_name("first-start.sqlite3")
        _clear(aside)
        _fill(found, f"sqlite:///{aside.absolute()}", seed, hasty=True)
        _on_disk(aside)
        aside.replace(file)
        _on_disk(file.parent)
        _clear(aside)


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


def _fill(found: Settings, url: str, seed: bool, *, hasty: bool = False) -> None:
    from reviewqueue import database, migrations, policies, seeding, worker
    from reviewqueue.drafting.chosen import chosen
    from reviewqueue.policy import loading

    migrations.upgrade(url)
    engine = database.connect(url, hasty=hasty)
    try:
        sessions = database.sessions(engine)
        with sessions() as session:
            if seeding.begun(session):
                return
            files = loading.files_in(found.policy or loading.SHIPPED)
            if not seed:
                policies.activate(session, files, place.CLI, place.now())
                return
            seeding.load(session, files, _password(found, make=True), place.now())
        drafter = chosen(found.drafter)
        while worker.draft(sessions, drafter, place.now, lambda *_, **__: None):  # the first page shows the world whole
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


def _started(found: Settings, as_json: bool) -> None:
    from reviewqueue import seeding

    password = _password(found)
    people: list[dict[str, Any]] = seeding.plan()["people"] if password else []
    if as_json:
        told = [{"email": one["email"], "name": one["name"], "roles": one["roles"]} for one in people]
        out.tell({"address": found.address(), "data": str(found.data), "password": password, "people": told})
    out.say(f"Review Queue answers at {found.address()}", "")
    if people:
        out.table(
            ("sign in as", "who", "role"), [(one["email"], one["name"], " ".join(one["roles"])) for one in people]
        )
        out.say("", f"Password for all of them: {password}")
    else:
        out.say(f"Add the first person: REVIEWQUEUE_DATA={found.data} reviewqueue user add EMAIL --role admin")
    out.say("Ctrl-C stops it; what you do is kept.")
