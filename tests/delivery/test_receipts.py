"""The signed receipt of a release: what it says, that it verifies offline, what is refused, and its keys. On both
engines."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from reviewqueue.api import schemas
from reviewqueue.audit import override_log
from reviewqueue.cli import sending_findings
from reviewqueue.core import receipts
from reviewqueue.core.settings import ROOT, Settings
from reviewqueue.db.database import WRITING
from reviewqueue.delivery import receipt_keys, releases
from tests.cast import AIKO, DANA, HELEN, LENA
from tests.cli.conftest import Terminal
from tests.conftest import Api
from tests.support.releases import OUT, approved, by_mail, row, take
from tests.web.conftest import text_of
from tests.world import World

OWN_LINES = re.search(r"```python\n(import json.*?)```", (ROOT / "docs/auditing.md").read_text("utf-8"), re.S)


def ensured(world: World, settings: Settings) -> str:
    """The key that signs, made as at the first start."""
    with world.session() as session:
        receipt_keys.ensure(session, settings, world.now)
        return receipt_keys.published(session)[0].key


def broken(session: Session, commit: Callable[[], None]) -> None:
    """A commit that fails where something was written."""
    if session.info.get(WRITING):
        raise OSError("the disk is full")
    commit()


def gone_out(world: World) -> int:
    """A message that was approved, and went out by e-mail."""
    item = approved(world)
    due = take(world)
    assert due is not None
    assert due.item_id == item
    with world.session() as session:
        releases.report(session, due, OUT, world.now)
    return item


def asked(api: Api, world: World, item: int) -> Any:
    answer = api.get(f"/api/v1/releases/{row(world, item).id}/receipt")
    if answer.status_code == 200:
        schemas.Receipt.model_validate(answer.json)
    return answer


def test_it_says_who_approved_what_and_verifies_offline(
    api: Api, world: World, settings: Settings, client_for: Any
) -> None:
    """By the API and on the page, for whoever sees the item; and it is tied to the log's export."""
    key = ensured(world, settings)
    by_mail(world)
    item, waiting = gone_out(world), approved(world)
    whole = asked(api, world, item).json
    found = row(world, item)
    said = receipts.verify(whole, [key], release=found.id, destination="outgoing-mail", content=found.digest)
    assert [(one["name"], one["act"], one["role"]) for one in said["approved"]] == [(DANA.name, "approve", "csm")]
    assert (said["policy"], said["sent_by"]) == (world.item(item).policy_digest, "system:release")
    with world.session() as session:
        exported = [json.loads(line) for line in override_log.export(session)]
    line = exported[said["log"]["position"] - 1]
    assert (line["leaf"], json.loads(line["body"])["act"]) == (said["log"]["entry"], "release.release")
    assert [json.loads(one["body"])["facts"]["key"] for one in exported if '"release.key"' in one["body"]] == [key]
    assert settings.receipt_seed() not in json.dumps(exported)
    assert api.get("/api/v1/receipt-keys").json["keys"][0]["key"] == key

    page = client_for(AIKO).get(f"/items/{item}")
    assert "Signed receipt" in text_of(page)
    assert client_for(AIKO).get(f"/items/{item}/release/receipt").json == whole
    assert key in client_for(LENA).get("/releases/keys").text
    assert client_for(LENA).get(f"/items/{item}/release/receipt").status_code == 404, "whom the item is hidden from"
    assert asked(api, world, waiting).status_code == 409, "not out yet"
    api.key = world.other_key
    assert asked(api, world, item).status_code == 404, "another automation's"


# (what is done to it, why it is refused by the command, and by the lines in the docs)
REFUSED = [
    ("nothing", "", ""),
    ("changed", "something in it was changed", "something in it was changed"),
    ("another's", "none of the published ones", "not published"),
    ("replayed", "the receipt of another release", "it is the receipt of release"),
    ("misdirected", "the receipt of another destination", "it went to outgoing-mail"),
]


def test_what_is_refused_and_why(api: Api, world: World, settings: Settings, tmp_path: Path) -> None:
    """A changed byte, a key that nobody published, another release, another destination: by our command and by the
    twenty lines of the documentation, with neither database nor network."""
    key = ensured(world, settings)
    by_mail(world)
    item = gone_out(world)
    number, file = row(world, item).id, tmp_path / "receipt.json"
    terminal = Terminal({"REVIEWQUEUE_DATA": str(tmp_path / "nowhere")})
    signed = asked(api, world, item).json
    for done, why, says in REFUSED:
        whole = dict(signed)
        if done == "changed":
            whole["receipt"] = whole["receipt"].replace(DANA.name, HELEN.name)
        if done == "another's":
            whole = receipts.sign(whole["receipt"], "1" * 64)
        release = str(number + (done == "replayed"))
        to = "elsewhere" if done == "misdirected" else "outgoing-mail"
        file.write_text(json.dumps(whole), encoding="utf-8")
        answer = terminal("receipts", "verify", str(file), "--key", key, "--release", release, "--to", to)
        assert (answer.status, why in answer.err) == (1 if why else 0, True), (done, answer.err)
        assert OWN_LINES is not None
        lines = [sys.executable, "-I", "-c", OWN_LINES[1], str(file), release, to, key]
        told = subprocess.run(lines, capture_output=True, text=True, check=False)
        assert (told.returncode == 0, says in told.stderr + told.stdout) == (not why, True), (done, told.stderr)
        assert DANA.name in told.stdout or why
    file.write_text("[" * 200_000, encoding="utf-8")
    assert "it is no JSON" in terminal("receipts", "verify", str(file), "--key", key).err


def test_what_the_log_does_not_say_has_no_receipt(api: Api, world: World, settings: Settings) -> None:
    """Somebody makes a row say that it went out."""
    ensured(world, settings)
    by_mail(world)
    item = approved(world)
    with world.owner() as engine, engine.begin() as connection:
        connection.execute(text("UPDATE releases SET state = 'released', done_at = opened_at"))
    answer = asked(api, world, item)
    assert (answer.status_code, "The override log does not say" in answer.json["detail"]) == (503, True)


def test_keys_are_rotated_and_a_lost_or_restored_one_is_named(api: Api, world: World, settings: Settings) -> None:
    """The first start makes one, once; rotating publishes another, and earlier receipts verify by the earlier one; a
    file that is gone, or an older one, signs nothing, and doctor says so."""

    def finding() -> tuple[bool, str]:
        with world.session() as session:
            found = sending_findings.receipts_finding(session, settings)
        return found.well, found.says

    assert finding() == (True, "No key that signs receipts was made yet: `reviewqueue serve` makes one when it starts")
    by_mail(world)
    item = gone_out(world)
    assert asked(api, world, item).status_code == 503
    first = ensured(world, settings)
    file = settings.data / "receipt.key"
    old = file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert ensured(world, settings) == first
    before = asked(api, world, item).json
    with world.session() as session:
        second = receipt_keys.rotate(session, settings, world.now)
        assert [one.key for one in receipt_keys.published(session)] == [second, first]
    assert finding()[0]
    assert asked(api, world, item).json["key"] == second
    assert receipts.verify(before, [first, second])["item"] == item
    file.write_text(old)
    assert finding() == (False, "The key that signs receipts is an earlier one")
    file.unlink()
    assert finding() == (False, "The key that signs receipts is gone")
    assert ensured(world, settings) == second, "nothing is made in its place"
    assert not file.exists()
    assert asked(api, world, item).status_code == 503
    assert world.verify().holds


def test_a_key_is_replaced_only_once_the_log_has_the_new_one(
    api: Api, world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit fails: the key before signs on, and no other one lies beside it."""
    by_mail(world)
    item, key = gone_out(world), ensured(world, settings)
    kept = (settings.data / "receipt.key").read_text()
    with world.session() as session:
        monkeypatch.setattr(session, "commit", partial(broken, session, session.commit))
        with pytest.raises(OSError, match="the disk is full"):
            receipt_keys.rotate(session, settings, world.now)
    assert [one.name for one in settings.data.glob("receipt.key*")] == ["receipt.key"]
    assert (settings.data / "receipt.key").read_text() == kept
    assert asked(api, world, item).json["key"] == key


def test_a_key_that_is_replaced_while_a_receipt_is_signed(
    api: Api, world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is signed with the key that was looked up, whatever lies in the file by then."""
    by_mail(world)
    item, key = gone_out(world), ensured(world, settings)
    usable = receipt_keys.why_unusable

    def then_gone(*asked_of: Any) -> str:
        why = usable(*asked_of)
        (settings.data / "receipt.key").unlink()
        return why

    monkeypatch.setattr(receipt_keys, "why_unusable", then_gone)
    assert asked(api, world, item).json["key"] == key
