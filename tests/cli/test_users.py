"""`user`: people come in with a password from standard input, and are shut out at once."""

from __future__ import annotations

import pytest

from reviewqueue.core.errors import Forbidden
from reviewqueue.people import users
from tests.cast import AIKO, DANA, MARCUS, PASSWORD, SAM
from tests.cli.conftest import Terminal
from tests.support.last_day import dana_owns, owners
from tests.world import World

NEW = "zoe.lind@northbeam.example"


def test_add_reads_the_password_from_standard_input_and_they_can_sign_in(terminal: Terminal, world: World) -> None:
    answer = terminal("user", "add", NEW, "--role", "csm", "--role", "revops", "--json", stdin="nine wet umbrellas\n")
    assert answer.status == 0, answer.err
    assert answer.json["name"] == "Zoe Lind"
    assert "umbrellas" not in answer.out + answer.err
    with world.session() as session:
        token = users.sign_in(session, NEW, "nine wet umbrellas", world.now)
        person = users.signed_in(session, token, world.now)
    assert person is not None
    assert person.roles == {"csm", "revops"}


@pytest.mark.parametrize(("stdin", "says"), [("", "password"), ("short\n", "at least 12")])
def test_add_without_a_good_password_adds_nobody(terminal: Terminal, stdin: str, says: str) -> None:
    answer = terminal("user", "add", NEW, "--role", "csm", stdin=stdin)
    assert (answer.status, answer.out) == (1, "")
    assert says in answer.err
    assert NEW not in terminal("user", "list").err


def test_the_same_person_is_not_added_twice(terminal: Terminal) -> None:
    answer = terminal("user", "add", DANA.email.upper(), "--role", "csm", stdin=f"{PASSWORD}\n")
    assert answer.status == 1
    assert "has an account already" in answer.err


def test_disable_shuts_out_a_person_who_is_signed_in(terminal: Terminal, world: World) -> None:
    with world.session() as session:
        token = users.sign_in(session, DANA.email, PASSWORD, world.now)
        assert users.signed_in(session, token, world.now) is not None
        session.rollback()
        assert terminal("user", "disable", DANA.email).status == 0
        session.expire_all()
        assert users.signed_in(session, token, world.now) is None
    listed = {one["email"]: one for one in terminal("user", "list", "--json").json}
    assert listed[DANA.email]["disabled_at"] is not None
    entry = world.log()[-1]
    assert (entry.actor, entry.act) == ("system:cli", "person.disable")


def test_password_sets_a_new_one_and_ends_the_sign_ins(terminal: Terminal, world: World) -> None:
    with world.session() as session:
        token = users.sign_in(session, DANA.email, PASSWORD, world.now)
        assert terminal("user", "password", DANA.email, stdin="nine wet umbrellas\n").status == 0
        session.expire_all()
        assert users.signed_in(session, token, world.now) is None
        with pytest.raises(Forbidden):
            users.sign_in(session, DANA.email, PASSWORD, world.now)
        assert users.sign_in(session, DANA.email, "nine wet umbrellas", world.now)


@pytest.fixture
def dana(world: World) -> dict[str, int]:
    """What Dana owns on her last day."""
    return dana_owns(world)


def test_owns_says_what_a_person_owns_and_changes_nothing(
    terminal: Terminal,
    world: World,
    dana: dict[str, int],
) -> None:
    before = world.everything()
    answer = terminal("user", "owns", DANA.email)
    assert answer.status == 0, answer.err
    for says in (
        "1 accounts",
        f"#{dana['account']} Marlow Freight",
        "1 exceptions",
        "1 assigned items",
    ):
        assert says in answer.err, says
    known = terminal("user", "owns", DANA.email, "--json").json
    assert [one["id"] for one in known["exceptions"]] == [dana["case"]]
    assert world.everything() == before


def test_disable_hands_on_to_whom_the_options_name(
    terminal: Terminal,
    world: World,
    dana: dict[str, int],
) -> None:
    answer = terminal("user", "disable", DANA.email, "--to", MARCUS.email)
    assert answer.status == 0, answer.err
    assert "1 accounts went to Marcus Oyelaran." in answer.err
    assert owners(world, dana) == (MARCUS.id,) * 3


def test_disable_without_a_taker_says_what_nobody_owns_and_doctor_does_too(
    terminal: Terminal,
    world: World,
    dana: dict[str, int],
) -> None:
    answer = terminal("user", "disable", DANA.email, "--exceptions-to", MARCUS.email, "--json")
    assert answer.json["nobodys"] == {"accounts": [dana["account"]]}
    assert "Nobody owns 1 accounts: `reviewqueue doctor` lists them." in answer.err
    finding = next(one for one in terminal("doctor", "--json").json["findings"] if one["name"] == "owners")
    assert not finding["well"]
    assert "account Marlow Freight (was Dana Whitfield's)" in finding["says"]


@pytest.mark.parametrize(
    ("to", "says"), [(AIKO.email, "an auditor changes nothing"), ("nobody@northbeam.example", "nobody here has")]
)
def test_a_taker_who_cannot_be_one_leaves_everything_as_it_is(
    terminal: Terminal,
    world: World,
    dana: dict[str, int],
    to: str,
    says: str,
) -> None:
    before = world.everything()
    answer = terminal("user", "disable", DANA.email, "--to", to)
    assert answer.status == 1
    assert says in answer.err
    assert world.everything() == before


def test_roles_gives_exactly_these_and_hands_on(
    terminal: Terminal,
    world: World,
    dana: dict[str, int],
) -> None:
    answer = terminal("user", "roles", DANA.email, "--role", "auditor", "--to", MARCUS.email, "--json")
    assert (answer.status, answer.json["roles"]) == (0, ["auditor"]), answer.err
    assert owners(world, dana) == (MARCUS.id,) * 3
    assert terminal("user", "roles", SAM.email, "--role", "nobody").status == 2
