"""docs/integrating.md: every command and program it shows does what it says, in the order it is shown."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from textwrap import dedent
from time import monotonic, sleep
from typing import IO

import pytest
import time_machine

from reviewqueue.core.settings import Settings
from tests import drafts
from tests.cast import DANA
from tests.conftest import Site

DOC = Path(__file__).parents[2] / "docs" / "integrating.md"
# Where a machine has no curl: just what the page uses of it.
STAND_IN = """
    import sys, urllib.request
    address, headers, data, words = "", {}, None, iter(sys.argv[1:])
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            said = next(words)
            data = open(said[1:], "rb").read() if said.startswith("@") else said.encode()
        elif word not in ("-sS", "--fail-with-body"):
            address = word
    with urllib.request.urlopen(urllib.request.Request(address, data, headers)) as answer:
        sys.stdout.buffer.write(answer.read())
"""


def blocks(kind: str) -> list[str]:
    """The page's blocks of that kind, in order."""
    return re.findall(rf"^```{kind}\n(.*?)^```", DOC.read_text("utf-8"), re.S | re.M)


class Shell:
    """A shell that goes on from block to block, in a folder of its own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.environment = folder, environment

    def run(self, block: str) -> str:
        """Run one block; what it prints."""
        kept = self.folder / "environment"
        whole = f"set -eu\n{block}\nenv -0 > '{kept}'"
        ran = subprocess.run(
            ["bash", "-c", whole], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        self.environment = dict(line.split("=", 1) for line in kept.read_text().split("\0") if "=" in line)
        return ran.stdout


def script(path: Path, text: str) -> None:
    """An executable file."""
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def shell(site: Site, settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Shell:
    """A shell as an integrator has it: `reviewqueue`, `python3` and `curl` at hand."""
    commands = tmp_path / "bin"
    commands.mkdir()
    script(commands / "python3", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    script(commands / "reviewqueue", f'#!/bin/sh\nexec "{sys.executable}" -m reviewqueue "$@"\n')
    if getattr(request, "param", "") == "stand-in" or not shutil.which("curl"):
        script(commands / "curl", f"#!{sys.executable}\n{dedent(STAND_IN)}")
    assert settings.secret_key
    environment = {
        **os.environ,
        "PATH": f"{commands}:{os.environ['PATH']}",
        "PYTHONPATH": str(DOC.parents[1]),
        "QUEUE": site.url,
        "DATABASE_URL": site.world.url,
        "REVIEWQUEUE_DATA": str(tmp_path),
        "REVIEWQUEUE_SECRET_KEY": settings.secret_key.get_secret_value(),
    }
    return Shell(tmp_path, environment)


@pytest.mark.parametrize("shell", ["curl", "stand-in"], indirect=True)
def test_the_page_from_top_to_bottom(site: Site, shell: Shell) -> None:
    """A key, a submission, its outcome, an answer, a withdrawal, and the same from Python."""
    world = site.world
    key, submit, follow, revise, withdraw, _secret = blocks("sh")
    assert shell.run(key) == ""
    assert shell.environment["QUEUE_KEY"].startswith("rq_")
    shell.run(submit)
    made = json.loads((shell.folder / "item.json").read_text())
    assert made["state"] == "pending"
    assert [need["code"] for need in made["needs"]] == ["check-running", "approval"], made["needs"]
    item_id = made["id"]
    world.decide(DANA, item_id, "send_back", text="Say who attends, please.")
    shell.run(follow + "\nexport id")
    assert json.loads((shell.folder / "item.json").read_text())["outcome"]["action"] == "send_back"
    assert json.loads(shell.run(revise))["revision"]["number"] == 2
    assert "the list of guests" in world.draft(item_id)["body"]
    assert json.loads(shell.run(withdraw))["state"] == "withdrawn"
    (shell.folder / "program.py").write_text(blocks("python")[0])
    said = shell.run("python3 program.py")
    assert re.search(r"pending None \[.*'One approval from csm or manager'\]", said), said
    assert "422 [{'at': '/approved_by', 'message': 'only the server sets this'}]" in said
    assert world.item(item_id + 1).state == "withdrawn"


def listens(port: int) -> None:
    """Wait until somebody listens there."""
    until = monotonic() + 30
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert monotonic() < until, "nobody listens"
            sleep(0.1)


@pytest.fixture
def running(shell: Shell) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts programs beside the test, in the shell's folder, and ends them with it."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*command: str, out: IO[str], **environment: str) -> subprocess.Popen[bytes]:
        whole = {**shell.environment, **environment}
        started.append(
            subprocess.Popen([sys.executable, *command], cwd=shell.folder, env=whole, stdout=out, stderr=out)
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_the_receiver_believes_what_the_worker_sends(
    site: Site, shell: Shell, running: Callable[..., subprocess.Popen[bytes]]
) -> None:
    """From a decision to the line the page's program prints, through `reviewqueue worker`, by everybody's own clock."""
    shell.run(blocks("sh")[0])
    shell.run(blocks("sh")[-1])
    (shell.folder / "hook.py").write_text(blocks("python")[1])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    now = time_machine.escape_hatch.datetime.datetime.now(UTC)
    item_id = site.world.submit(replace(drafts.email(), callback_url=f"http://127.0.0.1:{port}/"), now)
    site.world.decide(DANA, item_id, "reject", text="The deal fell through.", now=now)
    with (shell.folder / "said").open("w+") as said, (shell.folder / "log").open("w+") as log:
        running("hook.py", out=said, HOOK_PORT=str(port))
        listens(port)
        running("-m", "reviewqueue", "worker", out=log, REVIEWQUEUE_PRIVATE_CALLBACKS="true")
        (message,) = site.world.outbox(item_id)
        line = f"{message.webhook_id} item.decided {item_id} rejected"
        until = monotonic() + 60
        while line not in (told := (shell.folder / "said").read_text()) and monotonic() < until:
            sleep(0.1)
    assert told.splitlines()[0] == line, (shell.folder / "log").read_text()
