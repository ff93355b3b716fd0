"""Jira as its API answers (developer.atlassian.com, REST API v3, 2026): issues, their sub-tasks and links. An issue knows
its sub-tasks at once; a search that is `late` knows what was there when it was last told to `index`."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from tests.support.vendor_server import TOKEN, Answer, Vendor

USER = "queue@northbeam.example"
ISSUE = "/rest/api/3/issue"


class Jira:
    """One project's issues, by key."""

    def __init__(self, accounts: tuple[str, ...] = (), *, late: bool = False) -> None:
        self.accounts, self.late, self.next = accounts, late, 0
        self.issues: dict[str, dict[str, Any]] = {}
        self.links: list[tuple[str, str]] = []
        self.known: set[str] = set()

    def vendor(self) -> Vendor:
        """Its server."""
        basic = b64encode(f"{USER}:{TOKEN}".encode()).decode()
        refuses = {"errorMessages": ["Client must be authenticated to access this resource."], "errors": {}}
        return Vendor(self.act, refuses, bearer=basic, scheme="Basic")

    def index(self) -> None:
        """The search knows everything now."""
        self.known = set(self.issues)

    def act(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        """Answer one request."""
        if (method, path) == ("POST", "/rest/api/3/search/jql"):
            label = body["jql"].split('"')[3]
            found = [key for key in self.known if label in self.issues[key].get("labels", [])]
            return 200, {"issues": [{"id": "1", "key": key, "fields": {}} for key in sorted(found)], "isLast": True}
        if (method, path) == ("POST", ISSUE):
            return self._made(body["fields"])
        if (method, path) == ("POST", f"{ISSUE}/bulkfetch"):
            assert len(body["issueIdsOrKeys"]) <= 100
            return 200, {"issues": [self._shown(key) for key in body["issueIdsOrKeys"]], "issueErrors": []}
        if (method, path) == ("POST", "/rest/api/3/issueLink"):
            self.links.append((body["inwardIssue"]["key"], body["outwardIssue"]["key"]))
            return 201, ""
        key = path.removeprefix(f"{ISSUE}/")
        if method == "GET" and key in self.issues:
            mine = [one for one, fields in self.issues.items() if fields.get("parent", {}).get("key") == key]
            return 200, {"key": key, "fields": {query["fields"]: [{"id": one, "key": one} for one in mine]}}
        return 404, {"errorMessages": ["Issue does not exist or you do not have permission to see it."], "errors": {}}

    def _made(self, fields: dict[str, Any]) -> Answer:
        account = fields.get("assignee", {}).get("accountId")
        if account and account not in self.accounts:
            return 400, {"errorMessages": [], "errors": {"assignee": "User is not assignable"}}
        self.next += 1
        key = f"ONB-{self.next}"
        self.issues[key] = fields
        if not self.late:
            self.known.add(key)
        return 201, {"id": str(self.next), "key": key, "self": ""}

    def _shown(self, key: str) -> dict[str, Any]:
        kind = {"name": "Blocks", "inward": "is blocked by", "outward": "blocks"}
        inward = [{"type": kind, "inwardIssue": {"key": before}} for before, after in self.links if after == key]
        outward = [{"type": kind, "outwardIssue": {"key": after}} for before, after in self.links if before == key]
        return {"key": key, "fields": {"description": self.issues[key]["description"], "issuelinks": inward + outward}}
