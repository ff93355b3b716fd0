"""Credentials: sealed where they are kept, by admins alone, sealed anew by a command; and never anywhere to be read."""

from __future__ import annotations

import logging
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import update

from reviewqueue import worker
from reviewqueue.core import sealed
from reviewqueue.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from reviewqueue.core.outbound import EVERY_NETWORK
from reviewqueue.core.settings import Settings
from reviewqueue.db import database
from reviewqueue.db.tables.credentials import Credential
from reviewqueue.delivery import asana, credentials, destinations, vendor_api
from reviewqueue.delivery.outgoing import Outgoing
from tests import drafts
from tests.cast import AIKO, DANA, INES, PRIYA, SAM
from tests.cli.conftest import Terminal, folder, terminal
from tests.delivery.test_asana import KEYS
from tests.support.destinations import PLANS, activate
from tests.support.releases import row
from tests.support.vendor_server import TOKEN, Asana, Fault, answering
from tests.world import World

__all__ = ["folder", "terminal"]
KEY, OTHER = "ab" * 32, "cd" * 32
PAGE = credentials.PAGE


def settings(keys: str = KEY) -> Settings:
    """An installation with these keys."""
    return Settings(secret_key=SecretStr("s" * 40), credential_key=SecretStr(keys))


def opened(world: World, keys: str = KEY, to: str = "elsewhere") -> str:
    """What a worker with these keys reads."""
    with world.session() as session:
        return credentials.opened(settings(keys), to, credentials.sealed_for(session, to)).get_secret_value()


def test_who_enters_what_and_what_is_refused(world: World) -> None:
    """An admin, and the command line; no blank, no line end; no destination that takes none; not without a key."""
    activate(world, PLANS, **KEYS)
    for who, to, secret, keys, error, says in (
        (PRIYA.actor, "elsewhere", TOKEN, KEY, Forbidden, "Only an admin"),
        (SAM.actor, "outgoing-mail", TOKEN, KEY, NotFound, "no destination 'outgoing-mail' that takes"),
        (SAM.actor, "elsewhere", "", KEY, Invalid, "enter the token"),
        (SAM.actor, "elsewhere", f"{TOKEN} x", KEY, Invalid, "it has blanks"),
        (SAM.actor, "elsewhere", f"{TOKEN}\u200b", KEY, Invalid, "it has blanks"),
        (SAM.actor, "elsewhere", "x" * 4097, KEY, Invalid, "that is no token"),
        (SAM.actor, "elsewhere", TOKEN, "", DomainError, "REVIEWQUEUE_CREDENTIAL_KEY is not set"),
    ):
        before = world.everything()
        with world.session() as session, pytest.raises(error) as refused:
            credentials.enter(session, settings(keys), who, to, SecretStr(secret), world.now)
        assert says in " ".join([refused.value.says, *(one.message for one in refused.value.faults)])
        assert world.everything() == before
    with world.session() as session:
        for secret in ("first", TOKEN):
            credentials.enter(session, settings(), SAM.actor, "elsewhere", SecretStr(secret), world.now)
    assert opened(world) == TOKEN
    assert world.count(Credential) == 1
    with world.session() as session, pytest.raises(Forbidden):
        credentials.remove(session, PRIYA.actor, "elsewhere", world.now)
    with world.session() as session:
        credentials.remove(session, SAM.actor, "elsewhere", world.now)
        with pytest.raises(NotFound):
            credentials.remove(session, SAM.actor, "elsewhere", world.now)
    assert [one.act for one in world.log() if one.act.startswith("credential.")] == [
        "credential.enter", "credential.enter", "credential.remove",
    ]  # fmt: skip
    assert world.verify().holds


def test_another_key_takes_the_place_of_the_first(world: World) -> None:
    """All or none: a key that is missing leaves everything as it was; a row of another destination opens nothing."""
    activate(world, PLANS, **KEYS)
    with world.session() as session:
        credentials.enter(session, settings(), SAM.actor, "elsewhere", SecretStr(TOKEN), world.now)
        before = world.everything()
        for keys, says in (("", "is not set"), (OTHER, "does not have"), ("x", "64 hexadecimal")):
            with pytest.raises(Conflict, match=says):
                credentials.rotate(session, settings(keys), world.now)
        assert world.everything() == before
        assert credentials.rotate(session, settings(f"{OTHER},{KEY}"), world.now) == 1
    assert opened(world, OTHER) == TOKEN
    with pytest.raises(sealed.CannotUnseal):
        opened(world, KEY)
    with world.session() as session:
        session.execute(update(Credential).values(destination="plans"))
        session.commit()
    with pytest.raises(sealed.CannotUnseal, match="something else"):
        opened(world, OTHER, "plans")


def test_a_planted_secret_is_nowhere_to_be_read(
    world: World, client_for: Any, terminal: Terminal, folder: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """Entered on the page and by the command, refused, used, rejected by the vendor, raised over: then every table, file,
    page, export, log and traceback is read for it, and for the key."""
    activate(world, PLANS, **KEYS)
    terminal.env["REVIEWQUEUE_CREDENTIAL_KEY"] = KEY
    seen = _entered(world, client_for, terminal)
    kept = Asana()
    with answering(kept.vendor()) as vendor, caplog.at_level(logging.DEBUG):
        vendor.new(Fault(1, (400, {}, {"errors": [{"message": f"{TOKEN} is bad"}]})))
        write = partial(asana.send, url=vendor.url, allowed=EVERY_NETWORK)
        monkeypatch.setitem(destinations._VENDORS, "asana", write)
        item = world.submit(drafts.plan())
        world.decide(INES, item, "approve")
        turn = partial(worker.send_one_release, database.sessions(world.engine), stop=threading.Event())
        assert turn(senders=destinations.senders(settings()), now=lambda: world.now)
        assert row(world, item).state == "failed"
        _raise_over(world, write, monkeypatch)
    seen += [client_for(SAM).get(path).get_data(as_text=True) for path in (PAGE, "/releases", f"/items/{item}", "/log")]
    for words in (
        ("log", "export"),
        ("config", "--json"),
        ("credentials", "list", "--json"),
        ("doctor", "--json"),
        ("releases", "dry-run", str(item)),
    ):
        answer = terminal(*words)
        seen += [answer.out, answer.err]
    seen += [repr(world.everything()), *capfd.readouterr(), caplog.text]
    files = [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    whole = "\n".join([*seen, *files])
    assert "Asana answered 400: ******** is bad" in whole, "the control: what is around it is found"
    for secret in (TOKEN, TOKEN.rpartition("-")[2], KEY):
        assert secret not in whole


def _entered(world: World, client_for: Any, terminal: Terminal) -> list[str]:
    """What pages and commands say while it is entered, refused and replaced."""
    sam = client_for(SAM)
    sam.application.extensions["reviewqueue"] = sam.application.extensions["reviewqueue"].model_copy(
        update={"credential_key": SecretStr(KEY)}
    )
    assert {client_for(one).get(PAGE).status_code for one in (PRIYA, AIKO, SAM)} == {200}
    assert client_for(DANA).get(PAGE).status_code == 403
    assert 'type="password"' not in client_for(PRIYA).get(PAGE).get_data(as_text=True)
    answers = [
        sam.post(f"{PAGE}/elsewhere", data={"secret": f"{TOKEN} with blanks"}),
        sam.post(f"{PAGE}/nowhere", data={"secret": TOKEN}),
        client_for(PRIYA).post(f"{PAGE}/elsewhere", data={"secret": TOKEN}),
        sam.post(f"{PAGE}/elsewhere", data={"secret": f" {TOKEN}\n"}),
    ]
    assert [one.status_code for one in answers] == [422, 404, 403, 303]
    assert opened(world) == TOKEN
    said = [one.get_data(as_text=True) for one in answers]
    assert "Remove the credential of Elsewhere?" in sam.get(f"{PAGE}/elsewhere/remove").get_data(as_text=True)
    assert sam.post(f"{PAGE}/elsewhere/remove").status_code == 303
    refused = terminal("credentials", "enter", "elsewhere", stdin=f"{TOKEN} and more\n")
    done = terminal("credentials", "enter", "elsewhere", stdin=f"{TOKEN}\n")
    again = terminal("credentials", "enter", "elsewhere", "--from-env", "ASANA_TOKEN", ASANA_TOKEN=TOKEN)
    assert (refused.status, done.status, again.status) == (1, 0, 0)
    rotated = terminal("credentials", "rotate", REVIEWQUEUE_CREDENTIAL_KEY=f"{OTHER},{KEY}")
    back = terminal("credentials", "rotate", REVIEWQUEUE_CREDENTIAL_KEY=f"{KEY},{OTHER}")
    assert (rotated.status, back.status) == (0, 0)
    return [*said, *(text for one in (refused, done, again, rotated, back) for text in (one.out, one.err))]


def _raise_over(world: World, write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error in the middle of a request, as the worker logs it: its traceback has the secret in its frames."""
    item = world.submit(drafts.plan(drafts.deal("Harbour Mills")))
    world.decide(INES, item, "approve")

    def broken(api: vendor_api.VendorApi, *_: Any) -> Any:
        raise RuntimeError(f"in the middle of {api!r}")

    monkeypatch.setattr(vendor_api.VendorApi, "_call", broken)
    senders, running = destinations.senders(settings()), worker.ThreadState(threading.Event())

    def turn() -> bool:
        try:
            return worker.send_one_release(
                database.sessions(world.engine), senders, threading.Event(), lambda: world.now
            )
        finally:
            running.stop.set()

    worker._repeat(turn, 0, running)


def test_the_key_is_asked_for_where_it_is_not_set(world: World, terminal: Terminal, folder: Path) -> None:
    """A worker without it waits and says so; the list says why one cannot be used."""
    activate(world, PLANS, **KEYS)
    out = Outgoing("release-1-a", _to(world), 1, "project_plan", "M", "P", "d" * 64, {}, sealed="v1.abc.AAAA")
    came = destinations.senders(Settings(secret_key=SecretStr("s" * 40)))["asana"](out, world.now)
    assert (came.outcome, "REVIEWQUEUE_CREDENTIAL_KEY does not have" in came.says) == ("later", True)
    assert terminal("credentials", "list", "--json").json[0]["why_not"] == "none was entered yet"
    without = terminal("credentials", "enter", "elsewhere", stdin=f"{TOKEN}\n")
    assert (without.status, "REVIEWQUEUE_CREDENTIAL_KEY is not set" in without.err) == (1, True)


def _to(world: World) -> Any:
    from reviewqueue.policy import policy_versions

    with world.session() as session:
        return policy_versions.current(session).destination("elsewhere")
