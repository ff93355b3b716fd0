"""Vendors: a web server on a real port that answers as a vendor's API does, and fails as it is told: at which request,
and how."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "1/planted-token-7f3a9c"
# How a request fails: before it does anything, or after it has.
DROP, DROP_AFTER = "the line is cut before it acts", "the line is cut after it acted"
Answer = tuple[int, Any]


@dataclass
class Fault:
    """At the request of that number (from 0): a way to cut the line, or a status with headers and body."""

    at: int
    how: str | tuple[int, dict[str, str], Any]


@dataclass
class Vendor:
    """`act(method, path, query, body)` answers what got in; `asked` are the requests that came, `refuses` the body for a
    wrong token; `bearer` is the right one, but at the path where one `signs_in`."""

    act: Callable[[str, str, dict[str, str], Any], Answer]
    refuses: Any
    bearer: str = TOKEN
    scheme: str = "Bearer"
    signs_in: str = ""
    port: int = 0
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def new(self, *faults: Fault) -> None:
        """As if nobody had asked yet, failing like this."""
        self.asked.clear()
        self.faults = list(faults)


@contextmanager
def answering(vendor: Vendor) -> Iterator[Vendor]:
    """A vendor's server on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            form = self.headers.get("Content-Type") == "application/x-www-form-urlencoded"
            sent = {name: one[0] for name, one in parse_qs(body.decode()).items()} if form else None
            sent = json.loads(body) if body and not form else sent
            vendor.asked.append((self.command, self.path, sent))
            open_to_all = parts.path == vendor.signs_in
            vendor.tokens |= set() if open_to_all else {self.headers.get("Authorization", "")}
            how = next((one.how for one in vendor.faults if one.at == len(vendor.asked) - 1), None)
            if how == DROP:
                return self._cut()
            if isinstance(how, tuple):
                return self._write(how[0], how[2], how[1])
            if not open_to_all and self.headers.get("Authorization") != f"{vendor.scheme} {vendor.bearer}":
                return self._write(401, vendor.refuses, {})
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            status, said = vendor.act(self.command, parts.path, query, sent)
            return self._cut() if how == DROP_AFTER else self._write(status, said, {})

        do_GET = do_POST = do_PATCH = do_PUT = _answer

        def _cut(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def _write(self, status: int, said: Any, headers: dict[str, str]) -> None:
            whole = said.encode() if isinstance(said, str) else json.dumps(said).encode()
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                **headers,
                "Content-Length": str(len(whole)),
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(whole)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    vendor.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield vendor
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Asana:
    """Asana's projects and tasks, as its API answers them (developers.asana.com, 2026): `{"data": …}`, pages of at most
    100 by an offset, errors as `{"errors": [{"message": …}]}`."""

    def __init__(self, page: int = 2, members: tuple[str, ...] = ()) -> None:
        self.projects: dict[str, dict[str, Any]] = {}
        self.tasks: dict[str, dict[str, Any]] = {}
        self.page, self.members, self.next = page, members, 1200

    def vendor(self) -> Vendor:
        """Its server."""
        return Vendor(self.act, {"errors": [{"message": "Not Authorized"}]})

    def act(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        """Answer one request."""
        if (method, path) == ("GET", "/projects"):
            mine = [one for one in self.projects.values() if query.get("team") in (None, one.get("team"))]
            return self._list(mine, query)
        if (method, path) == ("GET", "/tasks"):
            return self._list([one for one in self.tasks.values() if query["project"] in one["projects"]], query)
        if (method, path) == ("POST", "/projects"):
            return self._keep(self.projects, body["data"])
        if (method, path) == ("POST", "/tasks"):
            if "assignee" in body["data"] and body["data"]["assignee"] not in self.members:
                return 400, {
                    "errors": [{"message": f"assignee: Not a user in Organization: {body['data']['assignee']}"}]
                }
            return self._keep(self.tasks, {"dependencies": [], **body["data"]})
        if method == "POST" and path.endswith("/addDependencies"):
            task = self.tasks[path.split("/")[2]]
            task["dependencies"] += [
                {"gid": gid} for gid in body["data"]["dependencies"] if {"gid": gid} not in task["dependencies"]
            ]
            return 200, {"data": {}}
        return 404, {"errors": [{"message": f"Not a recognized path: {path}"}]}

    def _keep(self, kept: dict[str, dict[str, Any]], data: dict[str, Any]) -> Answer:
        self.next += 1
        gid = str(self.next)
        kept[gid] = {"gid": gid, **data}
        return 201, {"data": {"gid": gid, "name": data["name"]}}

    def _list(self, rows: list[dict[str, Any]], query: dict[str, str]) -> Answer:
        assert 1 <= int(query["limit"]) <= 100
        start, names = int(query.get("offset", "0")), query["opt_fields"].split(",")
        data = [{name: one[name] for name in ("gid", *names) if name in one} for one in rows[start : start + self.page]]
        more = start + self.page < len(rows)
        return 200, {"data": data, "next_page": {"offset": str(start + self.page)} if more else None}
