"""CRMs as their APIs answer (developers.hubspot.com and developer.salesforce.com, 2026): what stands on a deal, and what
is written to it."""

from __future__ import annotations

import re
from typing import Any

from tests.support.vendor_server import TOKEN, Answer, Vendor

TIES = {"notes": 214, "tasks": 216}


class HubSpot:
    """Notes and tasks of deals: made with their tie to a deal, listed by it in pages, read in batches of a hundred at
    most. Errors are `{"status": "error", "message": …}`."""

    def __init__(self, *deals: str, page: int = 2) -> None:
        self.deals, self.page, self.next = deals, page, 5000
        self.kept: dict[str, dict[str, dict[str, Any]]] = {"notes": {}, "tasks": {}}

    def vendor(self) -> Vendor:
        """Its server."""
        return Vendor(self.act, {"status": "error", "message": "Authentication credentials not found."})

    def act(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        """Answer one request."""
        if tied := re.fullmatch(r"/crm/v4/objects/deals/([0-9]+)/associations/(notes|tasks)", path):
            return self._tied(tied[1], tied[2], query)
        objects = path.removeprefix("/crm/v3/objects/").split("/")[0]
        if method == "POST" and path.endswith("/batch/read"):
            assert len(body["inputs"]) <= 100
            read = [(one["id"], self.kept[objects][one["id"]]) for one in body["inputs"]]
            rows = [
                {"id": key, "properties": {name: row.get(name) for name in body["properties"]}} for key, row in read
            ]
            return 200, {"status": "COMPLETE", "results": rows}
        if method == "POST" and path == f"/crm/v3/objects/{objects}":
            return self._made(objects, body)
        return 404, {"status": "error", "message": f"No route {path}"}

    def _made(self, objects: str, body: Any) -> Answer:
        (tie,) = body["associations"]
        assert tie["types"] == [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": TIES[objects]}]
        assert re.fullmatch(r"[0-9T:-]+Z", body["properties"]["hs_timestamp"])
        assert len(body["properties"].get("hs_note_body", "")) <= 65_536
        if tie["to"]["id"] not in self.deals:
            return 400, {"status": "error", "message": f"No deal {tie['to']['id']}"}
        self.next += 1
        self.kept[objects][str(self.next)] = {**body["properties"], "deal": tie["to"]["id"]}
        return 201, {"id": str(self.next), "properties": body["properties"]}

    def _tied(self, deal: str, objects: str, query: dict[str, str]) -> Answer:
        if deal not in self.deals:
            return 404, {"status": "error", "message": "resource not found"}
        ids = [key for key, row in self.kept[objects].items() if row["deal"] == deal]
        start = int(query.get("after", "0"))
        rows = [{"toObjectId": int(key), "associationTypes": []} for key in ids[start : start + self.page]]
        more = {"paging": {"next": {"after": str(start + self.page)}}} if start + self.page < len(ids) else {}
        return 200, {"results": rows, **more}


class Salesforce:
    """Tasks of opportunities: a sign-in that gives an access token, a query in pages, and records made one by one.
    Errors are `[{"errorCode": …, "message": …}]`."""

    def __init__(self, *opportunities: str, page: int = 2) -> None:
        self.opportunities, self.page, self.next = opportunities, page, 0
        self.tasks: list[dict[str, Any]] = []

    def vendor(self) -> Vendor:
        """Its server."""
        refuses = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]
        return Vendor(self.act, refuses, bearer="00D!access", signs_in="/services/oauth2/token")

    def act(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        """Answer one request."""
        if path == "/services/oauth2/token":
            asked = {"grant_type": "client_credentials", "client_id": "3MVG9.app", "client_secret": TOKEN}
            if body != asked:
                return 400, {"error": "invalid_client", "error_description": "invalid client credentials"}
            return 200, {"access_token": "00D!access", "token_type": "Bearer"}
        if path == "/services/data/v62.0/query":
            found = re.fullmatch(r"SELECT Id, Description FROM Task WHERE WhatId = '(\w+)'", query["q"])
            assert found
            return self._page(found[1], 0)
        if path.startswith("/services/data/v62.0/query/"):
            opportunity, start = path.rsplit("/", 1)[1].split("-")
            return self._page(opportunity, int(start))
        if (method, path) == ("POST", "/services/data/v62.0/sobjects/Task"):
            return self._made(body)
        return 404, [{"errorCode": "NOT_FOUND", "message": path}]

    def _made(self, body: Any) -> Answer:
        assert len(body["Description"]) <= 32_000
        if body["WhatId"] not in self.opportunities:
            return 400, [{"errorCode": "INVALID_CROSS_REFERENCE_KEY", "message": "invalid cross reference id"}]
        self.next += 1
        self.tasks.append({"Id": f"00T{self.next:012d}AAA", **body})
        return 201, {"id": self.tasks[-1]["Id"], "success": True, "errors": []}

    def _page(self, opportunity: str, start: int) -> Answer:
        mine = [{"Id": one["Id"], "Description": one["Description"]} for one in self.tasks]
        mine = [one for one, task in zip(mine, self.tasks, strict=True) if task["WhatId"] == opportunity]
        rest = start + self.page < len(mine)
        more = {"nextRecordsUrl": f"/services/data/v62.0/query/{opportunity}-{start + self.page}"} if rest else {}
        return 200, {"totalSize": len(mine), "done": not rest, "records": mine[start : start + self.page], **more}
