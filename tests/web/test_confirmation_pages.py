"""Asking first: what takes something away is asked for on a page of its own, or with a reason, and never at once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from reviewqueue.core.settings import ROOT
from reviewqueue.people import groups
from tests.cast import AIKO, DANA, PRIYA, SAM, TOM, Named
from tests.web.conftest import text_of
from tests.world import World

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
FORM = re.compile(r'<form[^>]*method="post"[^>]*action="{{ url_for\(\'([\w.]+)\'.*?</form>', re.S)
FILLED_IN = re.compile(r"<textarea|<select|{{ field\(|{{ many\(|<input (?!type=\"hidden\")|{% for|caller\(\)")
# What a button does at once, because it takes nothing away, or can be done again the other way round.
AT_ONCE = {
    "signin.leave": "signs in again",
    "bulk.chosen": "shows the page that asks, and records nothing",
    "leases.lease": "takes an item, or gives back one's own",
    "keys.secret": "shows a secret",
    "people.enable": "opens an account",
    "invitations.send": "sends a link; an earlier one that was not used yet opens nothing any more, this one does",
    "customer_portals.make": "makes a link; an earlier one opens nothing any more, this one does",
    "people.back": "one is back oneself",
    "log.verify": "reads",
    "notifications.forget_chat": "forgets one's own webhook; what was told there comes by e-mail",
    "deliveries.retry": "sends the same again, under the same id",
    "onboardings.retry": "drafts again",
    "draft_again.ask": "adds a revision; the one before stays, and what people wrote is in both",
    "draft_again.after_all": "drafts again what was rejected; the draft waits at its gate",
    "questions.ask": "drafts a question, which waits at its gate",
    "draft_again.newer": "opens a newer version at its gate; what is approved holds until that is",
    "draft_again.ask_all": "the same for each open draft of an onboarding",
    "readiness.accept": "takes a part on",
    "notifications.open_one": "marks one’s own notification as read, and goes to what it is about",
    "notifications.read": "marks one’s own notifications as read; all of them stay listed",
}


def at_once() -> set[str]:
    """The endpoints of every form with nothing to fill in."""
    found = set()
    for path in TEMPLATES:
        for form in FORM.finditer(path.read_text(encoding="utf-8")):
            if not FILLED_IN.search(form[0]):
                found.add(form[1])
    return found


def test_no_button_takes_anything_away_at_once() -> None:
    """A form without a field is in the list above, on purpose; what takes something away leads to the page that asks."""
    assert at_once() == AT_ONCE.keys()
    for taken in ("keys.revoke", "people.disable", "people.group"):
        assert taken not in at_once()


ASKED: list[tuple[str, str, dict[str, str], list[str], str]] = [
    (
        "/keys/1/revoke", "/keys/1/revoke", {},
        ["Revoke the key", "Handoff agent", "It is the only key", "The next request with it is refused", "Keep it"],
        "/keys",
    ),
    (
        f"/people/{TOM.id}/disable", f"/people/{TOM.id}/disable", {},
        ["Close the account of Tom Abara?", "Their next request is refused", "nobody has to take anything over"],
        "/people",
    ),
    (
        f"/people/{DANA.id}/groups/deal-desk/remove", f"/people/{DANA.id}/groups",
        {"act": "remove", "group": "deal-desk"},
        ["Take Dana Whitfield out of", "no longer decides", "Leave them in it"],
        "/people",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("asks", "does", "sent", "says", "keep"), ASKED, ids=[row[0] for row in ASKED])
def test_it_asks_says_what_follows_and_does_it_by_a_post(
    client_for: Any, world: World, asks: str, does: str, sent: dict[str, str], says: list[str], keep: str
) -> None:
    """Asking changes nothing, and the way back is there; works without a script."""
    in_group(world)
    sam, forged = client_for(SAM), client_for(SAM, csrf=False)
    strangers = [client_for(person) for person in (PRIYA, AIKO, DANA)]  # RevOps and the auditor may read both lists
    before = without_sign_ins(world)
    page = sam.get(asks)
    assert page.status_code == 200
    for expected in says:
        assert expected in text_of(page), expected
    assert "Nothing is done yet." in text_of(page)
    assert without_sign_ins(world) == before
    html = page.get_data(as_text=True)
    form = html.split(f'<form method="post" action="{does}"')[1].split("</form>")[0]
    carried = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    assert {name: value for name, value in carried.items() if name != "csrf_token"} == sent
    assert f'<a class="btn" href="{keep}"' in form
    listed = sam.get(keep).get_data(as_text=True)
    assert f'href="{asks}"' in listed, "the list leads to the question"
    for stranger in strangers:  # while there is something to ask about
        assert stranger.get(asks).status_code == 403
        assert stranger.post(does, data=sent).status_code == 403
    assert forged.post(does, data=sent).status_code == 400, "a form of another site"
    assert without_sign_ins(world) == before
    assert sam.post(does, data=carried).status_code == 303
    assert without_sign_ins(world) != before


def test_what_is_gone_is_not_asked_about(client_for: Any, world: World) -> None:
    sam = client_for(SAM)
    assert sam.post("/keys/1/revoke").status_code == 303
    for gone in ("/keys/1/revoke", "/keys/99/revoke", "/people/9999/disable", f"/people/{DANA.id}/groups/none/remove"):
        assert sam.get(gone).status_code == 404, gone


def in_group(world: World, person: Named = DANA) -> None:
    """Somebody is in a group of the policy."""
    with world.session() as session:
        groups.add(session, person.id, "deal-desk", SAM.actor, world.now)


def without_sign_ins(world: World) -> dict[str, list[Any]]:
    """Every row but those that say who is signed in."""
    return {name: rows for name, rows in world.everything().items() if name != "sign_ins"}
