"""A refused form stands at the address it was sent to; opened by its address, that leads back to the form's page."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.routing import BaseConverter

from tests.cast import HELEN
from tests.world import World

# (a form's address, the page it stands on): those that are not the nearest above it, and some that are.
PAGES = [
    ("/questions/7/answers", "/questions/7"),
    ("/items/7/decisions", "/items/7"),
    ("/items/7/release/give-up", "/items/7"),
    ("/onboardings/7/milestones/3/reach", "/onboardings/7"),
    ("/onboardings/7/owner", "/onboardings"),
    ("/exceptions/7/resolve", "/exceptions/7"),
    ("/lanes/mid-market-saas/worksheet/owner", "/lanes/mid-market-saas/worksheet"),
    ("/lanes/mid-market-saas/launch/first", "/lanes/mid-market-saas/owners"),
    ("/people/away", "/people/me"),
    ("/queue/decisions", "/queue"),
    ("/sign-out", "/"),
]


def example(app: Flask, endpoint: str, name: str, converter: BaseConverter) -> Any:
    return 7 if converter.__class__.__name__ == "RowConverter" else "mid-market-saas"


def test_each_form_leads_back_to_its_page(app: Flask, client_for: Any, world: World) -> None:
    """By a table; and every address that takes a form only leads to one that opens. Nothing is changed by it."""
    client, before = client_for(HELEN), world.everything()
    for address, page in PAGES:
        answer = client.get(address)
        assert (answer.status_code, answer.headers.get("Location")) == (303, page), address
    opens = app.url_map.bind("localhost")
    forms = [rule for rule in app.url_map.iter_rules() if rule.methods == {"POST", "OPTIONS"}]
    for rule in forms:
        if rule.rule.startswith("/api/"):
            continue
        values = {name: example(app, rule.endpoint, name, one) for name, one in rule._converters.items()}
        if not opens.test(address := opens.build(rule.endpoint, values, method="POST"), method="GET"):
            assert opens.test(client.get(address).headers["Location"], method="GET"), address
    assert len(forms) > 40
    assert world.everything()["log_entries"] == before["log_entries"]
