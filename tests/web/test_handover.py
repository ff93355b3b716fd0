"""Closing an account and taking a role: the page says what the person owns and asks who takes it; without a script."""

from __future__ import annotations

import re
from typing import Any

import pytest

from reviewqueue.db.tables.people import Person
from tests.cast import AIKO, DANA, HELEN, INES, MARCUS, PRIYA, SAM, TOM
from tests.support.last_day import dana_owns, opened, owners
from tests.web.conftest import text_of
from tests.world import World

TO_MARCUS = {"accounts": MARCUS.id, "exceptions": MARCUS.id, "items": MARCUS.id}
ASK = f"/people/{DANA.id}/disable"
ROLES = f"/people/{DANA.id}/roles"


@pytest.fixture
def dana(world: World) -> dict[str, int]:
    """What Dana owns on her last day."""
    return dana_owns(world)


def test_the_page_says_what_they_own_and_who_could_take_it(
    client_for: Any,
    world: World,
    dana: dict[str, int],
) -> None:
    page = client_for(SAM).get(ASK)
    text, html = text_of(page), page.get_data(as_text=True)
    for says in (
        "Nothing is done yet.", "1 account", "1 exception", "1 item assigned by name", "The date cannot hold",
        "1 item that they have taken is given back", "Nobody stands in any more for Helen Strand",
    ):  # fmt: skip
        assert says in text, says
    takers = re.findall(r'<select[^>]* name="accounts".*?</select>', html, re.S)[0]
    assert f'value="{MARCUS.id}"' in takers
    assert f'value="{AIKO.id}"' not in takers


def test_what_is_chosen_goes_over_and_the_taker_finds_it(
    client_for: Any,
    world: World,
    dana: dict[str, int],
) -> None:
    sam, marcus = client_for(SAM), client_for(MARCUS)
    page = sam.post(ASK, data=TO_MARCUS, follow_redirects=True)
    for kind in ("account", "exception", "item assigned by name"):
        assert f"1 {kind} went to Marcus Oyelaran" in text_of(page), kind
    assert owners(world, dana) == (MARCUS.id,) * 3
    assert "The date cannot hold" in text_of(marcus.get("/exceptions?view=mine"))
    assert "Kickoff invitation" in text_of(marcus.get("/queue"))
    assert "was Dana Whitfield’s" not in text_of(client_for(PRIYA).get("/workload"))


def test_what_nobody_takes_stands_on_the_workload_page_and_on_its_own(
    client_for: Any,
    world: World,
    dana: dict[str, int],
) -> None:
    page = client_for(SAM).post(ASK, follow_redirects=True)
    assert (
        "Nobody owns 1 account and 1 exception: RevOps, CS leaders and managers find it on the workload page"
        in text_of(page)
    )
    priya = client_for(PRIYA)
    text = text_of(priya.get("/workload"))
    for says in ("Nobody owns it", "Marlow Freight: was Dana Whitfield’s", "Helen Strand is away until"):
        assert says in text, says
    assert "nobody (was Dana Whitfield" in text_of(priya.get(f"/exceptions/{dana['case']}"))
    assert "nobody (was Dana Whitfield)" in text_of(priya.get("/exceptions?view=open"))
    assert "nobody (was Dana Whitfield)" in text_of(priya.get("/onboardings"))
    assert "nobody owns it" in text_of(priya.get(f"/onboardings/{dana['account']}"))


def test_a_wrong_choice_is_told_at_its_place_and_keeps_the_others(
    client_for: Any,
    world: World,
    dana: dict[str, int],
) -> None:
    answer = client_for(SAM).post(ASK, data={**TO_MARCUS, "exceptions": AIKO.id})
    assert answer.status_code == 422
    html = answer.get_data(as_text=True)
    assert "Aiko Mori cannot take them: an auditor changes nothing" in text_of(answer)
    assert 'id="to-exceptions-error"' in html
    assert re.search(rf'name="accounts".*?<option value="{MARCUS.id}" selected', html, re.S)
    with world.session() as session:
        assert session.get_one(Person, DANA.id).disabled_at is None


def test_one_by_one(client_for: Any, world: World, dana: dict[str, int]) -> None:
    other = opened(world, dana["item"], DANA, "product-gap")
    sam = client_for(SAM)
    assert "One by one" in text_of(sam.get(ASK))
    sam.post(ASK, data={"exceptions": MARCUS.id, f"exceptions-{other}": TOM.id, f"exceptions-{dana['case']}": ""})
    assert owners(world, dana)[1] == MARCUS.id
    assert owners(world, {**dana, "case": other})[1] == TOM.id


def test_taking_a_role_asks_first_and_changes_nothing_before(
    client_for: Any,
    world: World,
    dana: dict[str, int],
) -> None:
    sam = client_for(SAM)
    before = world.everything()
    page = sam.post(ROLES, data={"roles": ["auditor"]})
    assert page.status_code == 200
    assert "Take CSM from Dana Whitfield?" in text_of(page)
    assert {key: rows for key, rows in world.everything().items() if key != "sign_ins"} == {
        key: rows for key, rows in before.items() if key != "sign_ins"
    }
    html = page.get_data(as_text=True)
    hidden = re.findall(r'<input type="hidden" name="(roles|asked)" value="([^"]*)"', html)
    assert hidden == [("roles", "auditor"), ("asked", "1")]
    done = sam.post(ROLES, data={**dict(hidden), **TO_MARCUS}, follow_redirects=True)
    assert "The roles were changed" in text_of(done)
    assert owners(world, dana) == (MARCUS.id,) * 3


def test_what_asks_nothing_is_done_at_once(client_for: Any, world: World, dana: dict[str, int]) -> None:
    """Another role beside, or a role taken from somebody who owns nothing and has company at the gate."""
    sam = client_for(SAM)
    assert sam.post(ROLES, data={"roles": ["csm", "manager"]}).status_code == 303
    assert sam.post(f"/people/{TOM.id}/roles", data={"roles": ["finance"]}).status_code == 303
    assert "The roles were not changed" in text_of(sam.post(ROLES, data={"roles": []}))


def test_the_duty_nobody_else_has_is_told_before(client_for: Any, world: World) -> None:
    text = text_of(client_for(SAM).get(f"/people/{INES.id}/disable"))
    assert "Nobody would be left for" in text
    assert "nobody decides there, since nobody is implementation lead" in text


@pytest.mark.parametrize("person", [PRIYA, HELEN, AIKO], ids=lambda one: one.name)
def test_nobody_but_an_admin_is_shown_or_does_it(
    client_for: Any,
    world: World,
    dana: dict[str, int],
    person: Any,
) -> None:
    client = client_for(person)
    before = world.everything()
    assert client.get(ASK).status_code == 403
    assert client.post(ASK, data=TO_MARCUS).status_code == 403
    assert client.post(ROLES, data={"roles": ["auditor"]}).status_code == 403
    assert world.everything() == before
