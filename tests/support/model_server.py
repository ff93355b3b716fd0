"""An organisation's own model: a real web server on this machine that answers chat completions as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "own-model"
KEY = "sk-" + "of-this-installation-0123456789"


@dataclass
class ModelServer:
    """`answer` is what every request gets: status and body; `wait` is set to keep it waiting until then."""

    port: int = 0
    came: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    answer: tuple[int, bytes] = (200, b"")
    headers: dict[str, str] = field(default_factory=dict)
    wait: threading.Event | None = None

    @property
    def url(self) -> str:
        """The address that the chat completions stand below."""
        return f"http://127.0.0.1:{self.port}/v1"

    def marks(self, *marks: Any) -> None:
        """Answer with these marks."""
        self.says(json.dumps({"marks": marks}))

    def says(self, words: str) -> None:
        """Answer with these words."""
        said = {
            "object": "chat.completion",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": words}}],
        }
        self.answer = 200, json.dumps(said).encode()


def mark(topic: str, passage: str, verdict: str = "speaks", at: str = "/body") -> dict[str, str]:
    """One mark of an answer."""
    return {"topic": topic, "verdict": verdict, "at": at, "passage": passage}


@contextmanager
def serving() -> Iterator[ModelServer]:
    """A model's server on a free port of this machine."""
    model = ModelServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            model.came.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            model.keys.append(self.headers.get("Authorization", ""))
            model.paths.append(self.path)
            if model.wait:
                model.wait.wait(10)
            status, body = model.answer
            try:
                self.send_response(status)
                for name, value in model.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:  # nobody waits for it any more
                return

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    model.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield model
    finally:
        if model.wait:
            model.wait.set()
        server.shutdown()
        thread.join()
        server.server_close()
