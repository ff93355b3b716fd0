"""Jira: an approved plan as an issue with sub-tasks, written as its dry run says, completed after every fault, and never
twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from reviewqueue.core.outbound import EVERY_NETWORK
from reviewqueue.delivery import jira
from reviewqueue.delivery.outgoing import Outgoing
from reviewqueue.delivery.smtp import SendOutcome
from reviewqueue.policy import loading
from reviewqueue.policy.flaws import BadPolicy
from reviewqueue.policy.model.destinations import Destination
from tests.delivery.test_files import MILESTONES
from tests.delivery.test_smtp import NOW
from tests.support.destinations import PACKETS, PLANS, files_with
from tests.support.jira_server import USER, Jira
from tests.support.vendor_server import DROP, DROP_AFTER, TOKEN, Fault, Vendor, answering

ROSA = "5b10ac8d82e05b22cc7d4ef5"
KEYS = {
    "kind": '"jira"', "url": '"https://northbeam.atlassian.net"', "user": f'"{USER}"', "project": '"ONB"',
    "accounts": f'{{ "Rosa" = "{ROSA}" }}',
}  # fmt: skip
TO = Destination(
    key="plans", name="Plans", kind="jira", does="Makes an issue", url="https://northbeam.atlassian.net", user=USER,
    project="ONB", accounts={"Rosa": ROSA},
)  # fmt: skip
OUT = Outgoing("release-7-abc", TO, 7, "project_plan", "Marlow Freight", "Plan", "d" * 64, {"milestones": MILESTONES})
SECRET = SecretStr(TOKEN)


@pytest.fixture
def there() -> Iterator[tuple[Jira, Vendor]]:
    """Jira, where Rosa has an account."""
    kept = Jira((ROSA,))
    with answering(kept.vendor()) as vendor:
        yield kept, vendor


def new(kept: Jira) -> None:
    """As it was, with an issue of another release."""
    kept.__init__((ROSA,), late=kept.late)  # type: ignore[misc]
    kept._made({"labels": ["release-6-abc"], "description": jira._document("x\nReview Queue release-6-abc")})


def send(vendor: Vendor, out: Outgoing = OUT, secret: SecretStr = SECRET) -> SendOutcome:
    """One attempt."""
    return jira.send(out, secret, NOW, url=vendor.url, allowed=EVERY_NETWORK)


def content(kept: Jira) -> tuple[list[Any], list[tuple[str, str]]]:
    """Every issue as words, and what blocks what, by summary."""
    names = {key: one.get("summary", "") for key, one in kept.issues.items()}
    return sorted(map(words, kept.issues.values()), key=str), sorted((names[a], names[b]) for a, b in kept.links)


def words(fields: dict[str, Any]) -> dict[str, str]:
    """An issue's fields as the dry run says them."""
    said = {
        name: "\n".join(jira._lines(value)) if name == "description" else value if isinstance(value, str)
        else value[0] if isinstance(value, list) else next(iter(value.values()))
        for name, value in fields.items()
    }  # fmt: skip
    said.pop("parent", None)
    return said


def test_it_writes_what_the_dry_run_shows(there: tuple[Jira, Vendor]) -> None:
    """Field by field; what comes before blocks what comes after; tried again, nothing more is written."""
    kept, vendor = there
    assert send(vendor).outcome == "released"
    parent, *rest = kept.issues.values()
    shown = [{name: text for name, _, text in write.fields} for write in jira.writes(OUT)]
    blocked = {one["summary"]: one.pop("is blocked by", "") for one in shown}
    assert [words(parent), *map(words, rest)] == [shown[0], *({**one, "project": "ONB"} for one in shown[1:])]
    assert {one["parent"]["key"] for one in rest} == {"ONB-1"}
    assert rest[1]["assignee"] == {"accountId": ROSA}
    names = {key: one["summary"] for key, one in kept.issues.items()}
    for name, before in blocked.items():
        found = [names[first] for first, then in kept.links if names[then] == name]
        assert found == [one for one in before.split("; ") if one]
    asked = len(vendor.asked)
    assert send(vendor).outcome == "released"
    assert [path for method, path, _ in vendor.asked[asked:]] == [
        "/rest/api/3/search/jql", "/rest/api/3/issue/ONB-1?fields=subtasks", "/rest/api/3/issue/bulkfetch",
    ]  # fmt: skip


def test_whatever_fails_half_way_is_completed_and_never_doubled(there: tuple[Jira, Vendor]) -> None:
    """Each request in turn fails in each way, before or after it acted, and again in the next attempt."""
    kept, vendor = there
    new(kept)
    send(vendor)
    many, whole = len(vendor.asked), content(kept)
    limited = (429, {"Retry-After": "30"}, {"errorMessages": ["Rate limit exceeded."]})
    faults: list[Any] = [DROP, DROP_AFTER, limited, (503, {}, "<html>upstream</html>"), (500, {}, "")]
    for at in range(many):
        for how in faults:
            new(kept)
            vendor.new(Fault(at, how))
            came = send(vendor)
            assert came.outcome == "later", (at, how, came)
            vendor.new(Fault(at, DROP_AFTER))
            send(vendor)
            vendor.new()
            assert send(vendor).outcome == "released"
            assert content(kept) == whole, (at, how)


def test_a_search_that_lags_is_given_time(there: tuple[Jira, Vendor]) -> None:
    """The issue was made and the answer lost: the next attempt waits until the search knows it, and finds it."""
    kept, vendor = there
    kept.late = True
    vendor.new(Fault(1, DROP_AFTER))
    came = send(vendor)
    assert (came.outcome, came.retry_after) == ("later", jira.SEARCH_FOLLOWS)
    kept.index()
    vendor.new()
    assert send(vendor).outcome == "released"
    assert len(kept.issues) == 1 + len(MILESTONES)


def test_what_it_refuses_fails_with_its_words(there: tuple[Jira, Vendor]) -> None:
    """And the token is in none of them."""
    _, vendor = there
    unknown = replace(OUT, to=TO.model_copy(update={"accounts": {"Rosa": "nobody"}}))
    assert "assignee: User is not assignable" in send(vendor, unknown).says
    wrong = send(vendor, secret=SecretStr("planted-7f"))
    assert (wrong.outcome, "Client must be authenticated" in wrong.says) == ("failed", True)
    assert "planted-7f" not in wrong.says
    for at, answer in ((0, {"issues": {}}), (2, {"fields": {"subtasks": {}}}), (1, {"id": "1"})):
        vendor.new(Fault(at, (200, {}, answer)))
        assert send(vendor, replace(OUT, key=f"release-9-{at}")).outcome == "failed"


def test_a_text_of_the_plan_is_plain_text() -> None:
    """Nothing of it is a link, a mention or markup: every node but paragraphs is text."""
    document = jira._document("[~accountid:1] [x|https://evil.example]\n\n{code}*b*")
    assert [one["content"] for one in document["content"]] == [
        [{"type": "text", "text": "[~accountid:1] [x|https://evil.example]"}], [{"type": "text", "text": "{code}*b*"}],
    ]  # fmt: skip
    assert list(jira._lines({"content": [None, {"content": 3}, {"content": [{"text": "a"}, 7]}]})) == ["", "", "a"]


FLAWS = [
    (PLANS, {**KEYS, "user": '""'}, "add user = the e-mail of its account"),
    (PLANS, {**KEYS, "url": '"https://northbeam.atlassian.net.evil.example"'}, "String should match pattern"),
    (PLANS, {**KEYS, "project": '"ONB\\" OR 1"'}, "String should match pattern"),
    (PLANS, {**KEYS, "workspace": '"1"'}, "kind 'jira' has no workspace"),
    (PACKETS, KEYS, "makes a project of the milestones of a plan"),
]


@pytest.mark.parametrize(("gate", "keys", "says"), FLAWS, ids=[row[2][:30] for row in FLAWS])
def test_what_a_policy_may_not_say_of_it(gate: str, keys: dict[str, str], says: str) -> None:
    loading.load(files_with(PLANS, **KEYS))
    with pytest.raises(BadPolicy) as refused:
        loading.load(files_with(gate, **keys))
    assert says in str(refused.value)
