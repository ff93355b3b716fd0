"""The policy pages: other rules are tried on the past, proposed, decided by somebody else; open items move on purpose."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from reviewqueue.people import users
from reviewqueue.policy import loading, policy_versions
from tests import drafts, northbeam
from tests.cast import AIKO, DANA, HELEN, JONAS, PRIYA, SAM
from tests.world import World

SHIPPED = northbeam.files()
MESSAGE = "gates/customer-communication.toml"
TWO = SHIPPED[MESSAGE].replace("sla_hours = 4", "sla_hours = 4\napprovals = 2")
WHY = "Two people should read what a customer reads."
Clients = Callable[..., Any]


def shown(answer: Any) -> str:
    """A page's text, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def carried(answer: Any) -> dict[str, Any]:
    """The hidden fields of the form that proposes."""
    form = re.search(r'id="propose-policy".*?</form>', answer.get_data(as_text=True), re.DOTALL)
    assert form
    pairs = re.findall(r'name="(path|content|removed)" value="([^"]*)"', form[0])
    return {name: [html.unescape(value) for key, value in pairs if key == name] for name in ("path", "content")}


def test_a_typed_file_is_tried_on_the_past(client_for: Clients, world: World) -> None:
    """The page says what would have been different and what changes, and keeps nothing."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "approve")
    priya = client_for(PRIYA)
    opened = priya.get(f"/policy/replay?file={MESSAGE}").get_data(as_text=True)
    assert "reviewers = [&#34;csm&#34;, &#34;manager&#34;]" in opened, "the file active is there to be changed"
    before = world.everything()
    answer = priya.post("/policy/replay", data={"file": MESSAGE, "text": TWO.replace("\n", "\r\n")})
    said = shown(answer)
    assert answer.status_code == 200
    assert "1 item and 1 decision were judged again: 1 item would have ended differently" in said
    assert "It was approved, and would still need: One approval from CSM or manager" in said
    assert "+approvals = 2" in said
    assert world.everything() == before


def test_files_that_were_sent_and_earlier_versions_are_tried_too(client_for: Clients, world: World) -> None:
    """A file takes the place of the one of its name; an earlier version is taken whole."""
    world.decide(DANA, world.submit(drafts.email()), "approve")
    priya = client_for(PRIYA)
    sent = {"uploads": [(BytesIO(TWO.encode()), "customer-communication.toml")]}
    assert "+approvals = 2" in shown(priya.post("/policy/replay", data=sent, content_type="multipart/form-data"))
    first = loading.digest_of(SHIPPED)
    with world.session() as session:
        policy_versions.activate(session, {**SHIPPED, MESSAGE: TWO}, "system:cli", world.now)
    assert first[:12] in shown(priya.get("/policy/replay"))
    assert "-approvals = 2" in shown(priya.post("/policy/replay", data={"version": first}))


@pytest.mark.parametrize(
    ("what", "data", "status", "says"),
    [
        ("a flaw", {"file": MESSAGE, "text": TWO.replace("sla_hours", "sla_ours")}, 422, f"{MESSAGE}:8: sla_ours"),
        ("nothing changed", {"file": MESSAGE, "text": SHIPPED[MESSAGE]}, 422, "change something"),
        ("a file no policy has", {"file": "moon.toml", "text": "key = 1"}, 422, "no such policy file is known"),
        ("a version nobody knows", {"version": "f" * 64}, 404, "There is nothing here"),
        (
            "an upload of another name",
            {"uploads": [(BytesIO(b"x"), "moon.toml")]},
            422,
            "no policy file is called moon",
        ),
        ("an upload that is no text", {"uploads": [(BytesIO(b"\xff"), "reasons.toml")]}, 422, "not UTF-8 text"),
    ],
)
def test_what_cannot_be_tried_says_why_and_loses_no_typing(
    client_for: Clients, what: str, data: dict[str, Any], status: int, says: str
) -> None:
    answer = client_for(PRIYA).post("/policy/replay", data=data, content_type="multipart/form-data")
    assert answer.status_code == status, what
    assert says in shown(answer)
    if "text" in data:
        assert data["text"].splitlines()[0].replace('"', "&#34;") in answer.get_data(as_text=True)


def test_propose_and_decide_on_the_pages(client_for: Clients, world: World) -> None:
    """Priya proposes what she saw; her page has no approve, Jonas' has; his approval activates it."""
    priya, jonas = client_for(PRIYA), client_for(JONAS)
    seen = priya.post("/policy/replay", data={"file": MESSAGE, "text": TWO})
    refused = priya.post("/policy/proposals", data={**carried(seen), "reason": "short"})
    assert refused.status_code == 422
    assert "say why in at least 10 characters" in shown(refused)
    assert carried(refused) == carried(seen), "nothing is lost"
    proposed = priya.post("/policy/proposals", data={**carried(seen), "reason": WHY})
    assert proposed.status_code == 303
    item = int(proposed.location.rpartition("/")[2])
    own, others = shown(priya.get(f"/items/{item}")), shown(jonas.get(f"/items/{item}"))
    assert WHY in own
    assert "You cannot approve your own work" in own
    assert "+approvals = 2" in others
    assert "These rules become active for items opened from now on" in others
    looked = world.seen(item)
    decision = {
        "action": "approve",
        "reason_code": "rules-agreed",
        "revision_digest": looked.revision,
        "evidence_digest": looked.evidence,
        "policy_digest": looked.policy,
    }
    assert jonas.post(f"/items/{item}/decisions", data=decision).status_code == 303
    with world.session() as session:
        assert policy_versions.current(session).digest == loading.digest_of({**SHIPPED, MESSAGE: TWO})


def test_only_who_may_propose_finds_the_way(client_for: Clients) -> None:
    for person in (PRIYA, SAM):
        assert "/policy/replay" in client_for(person).get("/policy").get_data(as_text=True)
    for person in (DANA, HELEN, AIKO):
        client = client_for(person)
        assert "/policy/replay" not in client.get("/policy").get_data(as_text=True)
        for path in ("/policy/replay", "/policy/proposals"):
            assert client.post(path, data={"file": MESSAGE, "text": TWO}).status_code == 403


def test_an_item_under_older_rules_says_so_and_is_moved_on_its_page(client_for: Clients, world: World) -> None:
    """RevOps sees the form, with what it means; without words it is refused and the words stay."""
    item = world.submit(drafts.email())
    priya, dana = client_for(PRIYA), client_for(DANA)
    assert "Older rules" not in shown(priya.get(f"/items/{item}"))
    with world.session() as session:
        policy_versions.activate(session, {**SHIPPED, MESSAGE: TWO}, "system:cli", world.now)
    assert "Older rules" in shown(priya.get(f"/items/{item}"))
    assert "Older rules" not in shown(dana.get(f"/items/{item}"))
    refused = priya.post(f"/items/{item}/policy", data={"reason": "why not"})
    assert refused.status_code == 422
    assert "say why in at least 10 characters" in shown(refused)
    assert ">\nwhy not</textarea>" in refused.get_data(as_text=True)
    assert dana.post(f"/items/{item}/policy", data={"reason": WHY}).status_code == 403
    assert priya.post(f"/items/{item}/policy", data={"reason": WHY}).status_code == 303
    after = shown(priya.get(f"/items/{item}"))
    assert "Moved to the active policy" in after
    assert "2 approvals by different people from CSM or manager" in after


def test_an_item_nobody_can_decide_says_so(client_for: Clients, world: World) -> None:
    """To whoever looks, with what an admin has to do."""
    item = world.submit(drafts.packet())
    with world.session() as session:
        for person in (PRIYA, JONAS, HELEN):
            users.disable(session, person.id, SAM.id, world.now)
    said = shown(client_for(AIKO).get(f"/items/{item}"))
    assert "Nobody can decide this item as things are. No open account is RevOps" in said
    assert "An admin has to give somebody who is not involved the role it waits for: RevOps" in said


def test_the_policy_page_lists_the_templates(client_for: Clients) -> None:
    """What each is, after what it is drafted, and the file that says so."""
    page = client_for(PRIYA).get("/policy")
    said = "Portal: the plan rule templates/portal-plan.toml:1 portal update when the project plan is approved"
    assert said in shown(page)
    assert "/policy/files/templates/portal-plan.toml" in page.get_data(as_text=True)


def test_the_page_says_what_each_message_may_do(client_for: Clients, world: World) -> None:
    """For each lane: sent how, to whom, held back when, and what it may not promise, each with its line."""
    answer = client_for(PRIYA).get("/policy")
    page, told = answer.get_data(as_text=True), shown(answer)
    lines = (loading.SHIPPED / "lanes/enterprise-saas.toml").read_text(encoding="utf-8").splitlines()
    place = f"/policy/files/lanes/enterprise-saas.toml#L{lines.index('[messages.first-value]') + 1}"
    assert place in page
    for words in (
        "First value: please confirm", "economic buyer", "in enterprise always by a person’s approval",
        "an exception blocks this onboarding: no kickoff is asked for before it is resolved blocked",
        "price, discount, term or SLA", "Any other customer e-mail",
    ):  # fmt: skip
        assert words in told, words
