"""What every test can ask for. The tests run on real engines: SQLite and PostgreSQL, Chromium, a live server.

`world`       a database of its own with the cast and the active policy, on both engines (see tests/world.py). A folder
              that needs one engine only says so once, in its conftest.py:

                  @pytest.fixture
                  def engine_name() -> str:
                      return "sqlite"

`app`         the application over that world, with the clock set to `world.now` (it ticks on from there).
`client_for`  `client_for(DANA)`: a test client of one's own, signed in; `client_for()` is nobody's. A POST carries the
              CSRF token unless the client is told `csrf=False`. Clients never share a signed-in person.
`api`         a client that speaks as the automation (`Authorization: Bearer`), with `.key` to change.
`site`        the application on a real port for a real browser: `site.url`, `site.world`, `site.enter(page, DANA)`.
`blank`       `blank()`: a database with nothing in it, on the test's engine.
"""

from __future__ import annotations

from tests.support import run_folder  # first: what is imported after it is compiled once a run

# isort: split
import gc
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from playwright.sync_api import Page, expect
from pydantic import SecretStr

from reviewqueue import create_app
from reviewqueue.checks.topics import classifier
from reviewqueue.cli import connections
from reviewqueue.core.settings import Settings
from reviewqueue.db import database
from reviewqueue.people import users
from tests import drafts
from tests.cast import PASSWORD, Named
from tests.support import chromium, databases, missing_attributes, process_caches
from tests.support.furnished import Furnished
from tests.world import KEY, World, populate

RUN = pytest.StashKey[databases.Run]()


def pytest_configure(config: pytest.Config) -> None:
    """The first process makes the run's folder, in which the tests' own folders are; workers are told of it. NumPy reads
    when a test module imports it how many threads it may use: one, as in the product."""
    os.environ.setdefault(classifier.THREADS, "1")
    told = getattr(config, "workerinput", {}).get("run")
    config.stash[RUN] = databases.Run(Path(told) if told else run_folder.FOLDER or run_folder.new_folder(), populate)
    config.addinivalue_line("markers", "furnished(what): the world begins with what this `Furnished` fills it with")
    config.option.basetemp = config.option.basetemp or config.stash[RUN].folder / "tests"
    expect.set_options(timeout=30_000)  # what comes on a quiet machine at once may take its time on a busy one
    process_caches.share()
    missing_attributes.refuse()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker where the run's folder is."""
    node.workerinput["run"] = str(node.config.stash[RUN].folder)


def pytest_collection(session: pytest.Session) -> None:
    """Every second worker begins at the other end. What is made until all tests are collected stays: no garbage is
    looked for."""
    if not session.config.pluginmanager.hasplugin("dsession"):  # the process that collects nothing itself
        gc.disable()
    if int(getattr(session.config, "workerinput", {}).get("workerid", "gw0")[2:]) % 2:
        run_folder.import_backwards(session.config.args)


def pytest_collection_finish() -> None:
    """What is there now stays to the end: the collector of garbage need not go through it again and again. Nor need it
    look at what comes every 700 objects."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """A test's deals are the same in whatever order the tests run."""
    drafts.begin_test()


def pytest_unconfigure(config: pytest.Config) -> None:
    """The first process ends what the run has started, when every worker is done."""
    if not hasattr(config, "workerinput") and RUN in config.stash:
        config.stash[RUN].close()


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Iterator[databases.Run]:
    """What the workers of this run share."""
    shared = pytestconfig.stash[RUN]

    def kept(dialect: Any, _: Any, __: Any, arguments: dict[str, Any]) -> Any:
        known = dialect.name == "postgresql" and arguments.get("dbname")
        return shared.connection(known, arguments["user"], arguments) if known else None

    sa.event.listen(sa.Engine, "do_connect", kept)
    yield shared
    sa.event.remove(sa.Engine, "do_connect", kept)
    shared.leave()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine under test: each test that touches the database runs on both."""
    name: str = request.param
    return name


@pytest.fixture
def blank(run: databases.Run, engine_name: str, tmp_path: Path) -> Iterator[Callable[[], databases.Place]]:
    """Makes databases with nothing in them."""
    made: list[databases.Place] = []

    def make() -> databases.Place:
        made.append(run.empty(engine_name, tmp_path))
        return made[-1]

    yield make
    for place in made:
        run.drop(place)


@pytest.fixture
def furnished(request: pytest.FixtureRequest) -> Furnished | None:
    """What a world has beside the cast: what `@pytest.mark.furnished(...)` says, or a file's own fixture of this name."""
    mark = request.node.get_closest_marker("furnished")
    found: Furnished | None = mark.args[0] if mark else None
    return found


@pytest.fixture
def world(run: databases.Run, engine_name: str, tmp_path: Path, furnished: Furnished | None) -> Iterator[World]:
    """A database of the test's own: migrated, the active policy, the cast, an automation with a key."""
    place = run.copy(engine_name, tmp_path, furnished and furnished.template(run, engine_name, tmp_path))
    engine = database.connect(place.url)
    yield World(place, engine)
    engine.dispose()
    run.drop(place)


@pytest.fixture
def settings(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings as an installation has them, with a secret of their own."""
    for name in ("DATABASE_URL", "REVIEWQUEUE_DATA", "REVIEWQUEUE_PUBLIC_URL", "REVIEWQUEUE_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    return Settings(data=tmp_path, database_url=SecretStr(world.url), secret_key=SecretStr(secrets.token_urlsafe(48)))


@pytest.fixture
def application(settings: Settings) -> Iterator[Callable[..., Flask]]:
    """Makes applications, each with what its settings have otherwise, and closes their databases with the test."""
    made: list[Flask] = []

    def make(**otherwise: Any) -> Flask:
        made.append(build(settings.model_copy(update=otherwise) if otherwise else settings))
        return made[-1]

    yield make
    for one in made:
        _close(one)


@pytest.fixture
def app(world: World, application: Callable[..., Flask]) -> Iterator[Flask]:
    """The application over the test's world, at the world's time."""
    with time_machine.travel(world.now, tick=True):
        yield application()


def build(settings: Settings) -> Flask:
    """The application, with its templates compiled before where they can be."""
    made = create_app(settings)
    made.jinja_env.bytecode_cache = process_caches.Templates()
    return made


def _close(app: Flask) -> None:
    from reviewqueue.web.extensions import db

    with app.app_context():
        db.session.remove()
        db.engine.dispose()


class AtRest(FlaskClient):
    """A client after each of whose POSTs the model's checks come to their results, as they do a moment later; without
    a `world`, somebody else sees to that."""

    world: World | None = None

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request."""
        answer = super().open(*args, **kwargs)
        if self.world and kwargs.get("method") == "POST":
            self.world.run_checks(datetime.now(UTC))
        return answer


class Client(AtRest):
    """A browser without a screen: it sends the CSRF token with every POST, unless `csrf` is off or a request says
    `csrf=False`."""

    csrf = True
    token = ""

    def open(self, *args: Any, csrf: bool | None = None, **kwargs: Any) -> Any:
        """Send a request."""
        if kwargs.get("method", "GET") not in ("GET", "HEAD", "OPTIONS") and (self.csrf if csrf is None else csrf):
            kwargs["headers"] = {"X-CSRFToken": self.token, **dict(kwargs.get("headers") or {})}
        return super().open(*args, **kwargs)


@pytest.fixture
def client_for(app: Flask, world: World) -> Callable[..., Client]:
    """Makes clients: `client_for(DANA)` is signed in as Dana, `client_for()` as nobody."""
    app.test_client_class = Client

    def make(person: Named | None = None, *, csrf: bool = True) -> Client:
        client = app.test_client()
        assert isinstance(client, Client)
        client.world, client.csrf = world, csrf
        raw = secrets.token_hex(20)
        client.token = str(URLSafeTimedSerializer(str(app.secret_key), salt="wtf-csrf-token").dumps(raw))
        with client.session_transaction() as cookie:
            cookie["csrf_token"] = raw
            if person is not None:
                cookie["_user_id"], cookie["_fresh"] = sign_in(world, person), True
        return client

    return make


def sign_in(world: World, person: Named) -> str:
    """A fresh sign-in token of that person."""
    with world.session() as session:
        return users.sign_in(session, person.email, PASSWORD, world.now)


class Api(AtRest):
    """The automation's way in: each request carries its key."""

    key = KEY

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request."""
        kwargs["headers"] = {"Authorization": f"Bearer {self.key}", **dict(kwargs.get("headers") or {})}
        return super().open(*args, **kwargs)


@pytest.fixture
def api(app: Flask, world: World) -> Api:
    """A client that speaks as the automation."""
    client = Api(app, app.response_class, use_cookies=False)
    client.world = world
    return client


@dataclass
class Site:
    """The application on a real port."""

    url: str
    app: Flask
    world: World

    def enter(self, page: Page, person: Named) -> Page:
        """Sign a browser in as this person, and return its page."""
        token = sign_in(self.world, person)
        signer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        cookie = signer.dumps({"_user_id": token, "_fresh": True})
        name = str(self.app.config["SESSION_COOKIE_NAME"])
        page.context.add_cookies([{"name": name, "value": cookie, "url": self.url}])
        return page


@contextmanager
def live(world: World, settings: Settings) -> Iterator[Site]:
    """A live server over the test's world, with these settings."""
    with socket.socket() as listening, time_machine.travel(world.now, tick=True):
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        settings.port = listening.getsockname()[1]
        app = build(settings)
        app.wsgi_app = _AtRest(app.wsgi_app, world)  # type: ignore[method-assign]
        server = connections.server(app, listening, 8)
        stop = threading.Event()
        thread = threading.Thread(target=connections.run, args=(server, stop), name="site")
        thread.start()
        yield Site(f"http://127.0.0.1:{settings.port}", app, world)
        stop.set()
        server.pull_trigger()
        thread.join(20)  # requests that run come to their end; nothing is closed while another thread may still use it
        server.asyncore.close_all(server._map, ignore_all=True)
        _close(app)


@dataclass
class _AtRest:
    """The application, each of whose POSTs is answered once the model's checks have come to their results."""

    application: Any
    world: World

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        answer = self.application(environ, start_response)
        if environ["REQUEST_METHOD"] == "POST":
            self.world.run_checks(datetime.now(UTC))
        return answer


@pytest.fixture
def site(world: World, settings: Settings) -> Iterator[Site]:
    """A live server over the test's world."""
    with live(world, settings) as found:
        yield found


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], run: databases.Run) -> dict[str, Any]:
    """How pytest-playwright starts Chromium: the one we found, without its sandbox where that cannot work."""
    import os

    with run.alone("chromium") as found:
        if not found.exists():
            found.write_text(chromium.chromium())
        path = found.read_text()
    arguments = [
        "--disable-gpu",
        "--renderer-process-limit=1",
        "--disable-site-isolation-trials",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ]
    return {**browser_type_launch_args, "executable_path": path, "args": arguments}
