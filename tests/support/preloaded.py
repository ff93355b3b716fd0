"""The command line, loaded once: `reviewqueue` in a folder to put on PATH, each call a fresh process all the same.

To start Python and load the product takes most commands longer than what they do. Here a server has loaded it, and forks
for each call; what is on PATH passes on the words, the environment, the folder, the three streams, and signals.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = """#!{python} -IS
import json, os, signal, socket, sys
server = socket.socket(socket.AF_UNIX)
server.connect({address!r})
told = json.dumps([sys.argv, dict(os.environ), os.getcwd()]).encode()
socket.send_fds(server, [len(told).to_bytes(4, "big")], [0, 1, 2])
server.sendall(told)
answers = server.makefile()
pid = int(answers.readline())
for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(each, lambda number, _: os.kill(pid, number))
sys.exit(int(answers.readline()))
"""


@contextmanager
def on_path(folder: Path) -> Iterator[str]:
    """A PATH whose `reviewqueue` is the preloaded one; the server ends with the block."""
    address, programs = folder / "commands", folder / "bin"
    programs.mkdir()
    program = programs / "reviewqueue"
    program.write_text(PROGRAM.format(python=sys.executable, address=str(address)))
    program.chmod(0o755)
    server = subprocess.Popen([sys.executable, "-m", __name__, str(address)], stdout=subprocess.PIPE)
    assert server.stdout
    try:
        assert server.stdout.readline(), "the server did not start"
        yield os.pathsep.join([str(programs), os.environ["PATH"]])
    finally:
        server.terminate()
        server.wait(timeout=30)
        server.stdout.close()


def serve(address: str) -> None:
    """Answer calls until it is terminated."""
    import reviewqueue.web
    import reviewqueue.worker  # noqa: F401  (loaded for those that come after)
    from reviewqueue.cli import main

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        print("ready", flush=True)
        while True:
            caller, _ = listening.accept()
            if not os.fork():
                listening.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _answer(caller, main)
            caller.close()


def _answer(caller: socket.socket, main: Any) -> None:
    """Run one call in a child, and say its process id and then its exit status."""
    size, streams, _, _ = socket.recv_fds(caller, 4, 3)
    length, told = int.from_bytes(size, "big"), b""
    while len(told) < length:
        told += caller.recv(length - len(told))
    pid = os.fork()
    if not pid:
        caller.close()
        _run(json.loads(told), streams, main)
    caller.sendall(f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    caller.sendall(f"{code if code >= 0 else 128 - code}\n".encode())
    os._exit(0)


def _run(told: list[Any], streams: list[int], main: Any) -> None:
    """Be the command that was called."""
    words, environment, folder = told
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = words
    main()


if __name__ == "__main__":
    serve(sys.argv[1])
