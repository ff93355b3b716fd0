"""`user`: people come in with a password from standard input, and are shut out at once."""

from __future__ import annotations

import pytest

from reviewqueue.core.errors import Forbidden
from reviewqueue.people import users
from tests.cast import DANA, PASSWORD
from tests.cli.conftest import Terminal
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
