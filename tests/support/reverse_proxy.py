"""A proxy: what stands in front of an installation, on a real port, and adds what it saw (`X-Forwarded-…`).

with proxied(site.url, prefix="/reviews", strips=True) as proxy:
    …   # proxy.url is the address people use; proxy.strays are the paths they asked for outside of it
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

OWN = ("connection", "transfer-encoding", "content-length", "keep-alive", "date", "server")


@dataclass
class Proxy:
    """One that passes everything under `prefix` on to `behind`, with the prefix or without it."""

    prefix: str = ""
    strips: bool = False
    port: int = 0
    behind: str = ""
    strays: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address people use."""
        return f"http://127.0.0.1:{self.port}{self.prefix}"


@contextmanager
def proxied(behind: str = "", *, prefix: str = "", strips: bool = False) -> Iterator[Proxy]:
    """A proxy on a free port of this machine; where it leads may be said later (`behind`)."""
    proxy = Proxy(prefix, strips, behind=behind)

    class Handler(BaseHTTPRequestHandler):
        def pass_on(self) -> None:
            _pass_on(proxy, self)

        do_GET = do_POST = do_HEAD = pass_on

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield proxy
    server.shutdown()
    thread.join()
    server.server_close()


def _pass_on(proxy: Proxy, came: BaseHTTPRequestHandler) -> None:
    body = came.rfile.read(int(came.headers.get("Content-Length", 0)))
    if not came.path.startswith(f"{proxy.prefix}/"):
        proxy.strays.append(came.path)
        came.send_error(404)
        return
    headers = {name: value for name, value in came.headers.items() if name.lower() not in OWN[:2]}
    told = [*came.headers.get_all("X-Forwarded-For", []), headers.pop("X-Test-Client", str(came.client_address[0]))]
    headers |= {"X-Forwarded-For": ", ".join(told), "X-Forwarded-Proto": "http"}
    path = came.path.removeprefix(proxy.prefix) if proxy.strips else came.path
    onward = http.client.HTTPConnection(str(urlsplit(proxy.behind).netloc), timeout=60)
    onward.request(came.command, path, body, headers)
    answer = onward.getresponse()
    content = answer.read()
    came.send_response_only(answer.status)
    for name, value in answer.getheaders():
        if name.lower() not in OWN:
            came.send_header(name, value)
    came.send_header("Content-Length", str(len(content)))
    came.end_headers()
    came.wfile.write(content)
    onward.close()
