"""The OpenAPI document tells the truth: two versions of it, each valid by somebody else's reading of the standard, and a
client that somebody else's generator makes of it reads every answer."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from reviewqueue.api import openapi
from reviewqueue.people.access import SCOPES
from tests.api import payloads
from tests.cast import DANA, MARCUS, TOM
from tests.conftest import KEY, Api, Site

DOCUMENTS = {"3.1": "/api/v1/openapi.json", "3.0": "/api/v1/openapi-3.0.json"}
VALIDATORS = {"3.1": OpenAPIV31SpecValidator, "3.0": OpenAPIV30SpecValidator}


@pytest.mark.parametrize("version", DOCUMENTS)
def test_each_version_is_valid(api: Api, version: str) -> None:
    """By another implementation's reading, and it says which version it is."""
    made = api.get(DOCUMENTS[version]).json
    assert [error.message for error in VALIDATORS[version](made).iter_errors()] == []
    assert made["openapi"].startswith(version)


def test_the_older_version_says_the_same(api: Api) -> None:
    """Each schema and call is in both; what 3.0 has no word for is said in its own."""
    newer, older = (api.get(way).json for way in DOCUMENTS.values())
    assert newer["paths"].keys() == older["paths"].keys()
    assert newer["components"]["schemas"].keys() == older["components"]["schemas"].keys()
    assert '"null"' not in json.dumps(older)
    item, paused = older["components"]["schemas"]["ItemShown"], {"$ref": "#/components/schemas/Paused"}
    assert item["properties"]["paused"]["allOf"] == [paused]
    assert item["properties"]["paused"]["nullable"] is True
    assert item["properties"]["settled_at"] == {
        "type": "string", "format": "date-time", "nullable": True, "title": "Settled At",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ({"const": "a"}, {"enum": ["a"]}),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": "string", "nullable": True}),
        (
            {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
            {"anyOf": [{"type": "string"}, {"type": "integer"}], "nullable": True},
        ),
        ({"anyOf": [{"$ref": "#/x"}, {"type": "null"}]}, {"allOf": [{"$ref": "#/x"}], "nullable": True}),
        ({"properties": {"const": {"type": "string"}}}, {"properties": {"const": {"type": "string"}}}),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
    ],
)
def test_each_newer_word_has_an_older_one(newer: dict[str, Any], older: dict[str, Any]) -> None:
    assert openapi.in_3_0({"components": {"schemas": {"A": newer}}})["components"]["schemas"]["A"] == older


def test_no_parameter_is_null_and_no_description_has_markup(api: Api) -> None:
    """A header is there or not; the descriptions are the docstrings, without the generator's line breaks."""
    made = api.get(DOCUMENTS["3.1"]).json
    assert "<br" not in json.dumps(made)
    for calls in made["paths"].values():
        for call in calls.values():
            assert call["operationId"].count("_") == 1, call["operationId"]
            for parameter in call.get("parameters", []):
                assert "anyOf" not in parameter["schema"], parameter["name"]


def test_every_scope_that_can_be_granted_opens_a_call(api: Api) -> None:
    """A scope that opens nothing is a promise of nothing: it is refused when a key is made."""
    made = api.get(DOCUMENTS["3.1"]).json
    asked = [call["security"] for calls in made["paths"].values() for call in calls.values()]
    opened = {scope for (one,) in asked for scope in one["key"]}
    assert opened == set(SCOPES)


@pytest.fixture(params=DOCUMENTS)
def generated(request: pytest.FixtureRequest, site: Site, tmp_path: Path) -> Iterator[ModuleType]:
    """A client package that a generator made of the document, imported."""
    version = request.param
    given, name = tmp_path / "openapi.json", f"generated_{version.replace('.', '_')}"
    given.write_bytes(site.app.test_client().get(DOCUMENTS[version]).data)
    (tmp_path / "config.yml").write_text("post_hooks: []\n")
    made = subprocess.run(
        [
            sys.executable, "-m", "openapi_python_client", "generate", "--path", str(given), "--meta", "none",
            "--output-path", str(tmp_path / name), "--config", str(tmp_path / "config.yml"), "--fail-on-warning",
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(tmp_path))
    yield importlib.import_module(name)
    sys.path.remove(str(tmp_path))
    for one in [one for one in sys.modules if one.partition(".")[0] == name]:
        del sys.modules[one]


class Generated:
    """The generated client's calls over the live site; `read` is an answer as its models give it back."""

    def __init__(self, package: ModuleType, site: Site) -> None:
        self._name = package.__name__
        self.connection = importlib.import_module(f"{self._name}.client").AuthenticatedClient(
            base_url=site.url, token=KEY, raise_on_unexpected_status=True
        )

    def body(self, model: str, value: dict[str, Any]) -> Any:
        """A body as the generated model of that name."""
        return getattr(importlib.import_module(f"{self._name}.models"), model).from_dict(value)

    def read(self, call: str, *args: Any, status: int = 200, **kwargs: Any) -> dict[str, Any]:
        """Call it; what its model read must be all that came."""
        answer = importlib.import_module(f"{self._name}.api.items.{call}").sync_detailed(
            *args, client=self.connection, **kwargs
        )
        came = json.loads(answer.content)
        assert answer.status_code == status, came
        told: dict[str, Any] = answer.parsed.to_dict()
        assert plain(told) == plain(came)
        return came


def plain(value: Any) -> Any:
    """A value without what says nothing: times written another way are the same, and an absent default is its default."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items() if inner not in ("", [], None)}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, str) and value[:2] == "20" and value[10:11] == "T":
        return value.replace(".000000", "").replace("Z", "+00:00")
    return value


@pytest.fixture
def client(generated: ModuleType, site: Site) -> Iterator[Generated]:
    """The generated client, speaking as the automation."""
    made = Generated(generated, site)
    with made.connection:
        yield made


def test_a_generated_client_reads_every_answer(client: Generated, site: Site) -> None:
    """Submit, list, read, revise, withdraw, report: an item in every state of its life, and a refusal."""
    world = site.world
    tone = {"key": "tone", "outcome": "fail", "blocking": True, "confidence": 0.93, "message": "Curt.", "at": "/body"}
    whole = payloads.email(checks=[tone], confidence=0.87)
    first = client.read("submit_item", body=client.body("Submission", whole), idempotency_key="k1", status=201)
    world.decide(TOM, first["id"], "override", passes=("automation.tone",))
    assert client.read("get_item", first["id"])["decisions"][0]["checks_passed_over"] == ["automation.tone"]

    second = client.read("submit_item", body=client.body("Submission", payloads.packet()), status=201)
    edited = client.read("submit_item", body=client.body("Submission", payloads.email()), status=201)
    world.decide(DANA, edited["id"], "edit", draft={**world.draft(edited["id"]), "subject": "Kickoff on Tuesday"})
    world.decide(MARCUS, edited["id"], "approve")
    approved = client.read("get_item", edited["id"])
    assert (approved["state"], approved["release"]["state"]) == ("approved", "waiting")
    report = {"digest": approved["revision"]["digest"], "at": "2026-03-02T15:00:00Z", "by": "mailer"}
    assert client.read("report_sent", edited["id"], body=client.body("Sent", report))["state"]

    third = client.read("submit_item", body=client.body("Submission", payloads.email()), status=201)
    world.decide(DANA, third["id"], "send_back", text="Say who attends, please.")
    revision = {"based_on": third["revision"]["digest"], "draft": payloads.email()["draft"]}
    again = client.read("revise_item", third["id"], body=client.body("Revision", revision), status=201)
    assert again["revision"]["number"] == 2
    reason = {"reason": "The deal was reopened by sales."}
    client.read("withdraw_item", third["id"], body=client.body("Withdrawal", reason))
    page = client.read("list_items")
    assert [line["id"] for line in page["items"]] == [first["id"], second["id"], edited["id"], third["id"]]

    refused = client.read("withdraw_item", third["id"], body=client.body("Withdrawal", reason), status=409)
    assert refused["type"] == "urn:reviewqueue:problem:settled"
    bad = client.read("submit_item", body=client.body("Submission", {**whole, "lane": "nowhere"}), status=422)
    assert bad["errors"][0]["at"] == "/lane"
