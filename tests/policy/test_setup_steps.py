"""Installation: each step is undone until what it needs is there, and says what is missing; the secret is never said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy.orm import Session, sessionmaker

from reviewqueue.core.settings import Settings
from reviewqueue.db import database, migrate
from reviewqueue.onboarding import crm_import
from reviewqueue.people import api_keys, groups, users
from reviewqueue.policy import loading, policy_versions, setup_steps
from reviewqueue.policy.organisation_file import OrganisationDetails, with_details
from tests import northbeam
from tests.cast import HELEN, PASSWORD, PRIYA, SAM, TOM
from tests.support import databases
from tests.world import NOW, World

SHIPPED = loading.files_in(loading.SHIPPED)
MINE = with_details(SHIPPED, OrganisationDetails("Tallow & Byrne", ("tallow.example",), "Europe/Lisbon"))
GATE = "gates/customer-communication.toml"
SEED = Path(__file__).parents[2] / "seed_data"
MAIL = "smtps://sam:a%20very%20secret%20word@mail.tallow.example:465"


def done(session: Session, mail: str = "") -> dict[str, bool]:
    """Each step, and whether it is done."""
    return {step.key: step.done for step in setup_steps.steps(session, settings(mail))}


def says(session: Session, key: str, mail: str = "") -> str:
    """What one step says."""
    return next(step.says for step in setup_steps.steps(session, settings(mail)) if step.key == key)


def settings(mail: str = "") -> Settings:
    return Settings(smtp_url=SecretStr(mail) if mail else None)


@contextmanager
def opened(url: str) -> Iterator[Session]:
    """A session on that database, which is let go of whatever comes."""
    engine = database.connect(url)
    with sessionmaker(engine, expire_on_commit=False)() as session:
        try:
            yield session
        finally:
            session.close()
            engine.dispose()


def test_an_empty_installation_is_done_with_step_by_step(blank: Callable[[], databases.Place]) -> None:
    place = blank()
    migrate.upgrade(place.owner_url)
    with opened(place.owner_url) as session:
        order = ["policy", "organisation", "people", "mail", "key", "import"]
        assert list(done(session)) == order
        assert set(done(session).values()) == {False}
        assert not setup_steps.has_people(session)
        first = next(setup_steps.steps(session, settings()))
        assert (first.says, first.commands) == ("None is active yet; this writes yours:", ("reviewqueue init",))

        policy_versions.activate(session, SHIPPED, "system:cli", NOW)
        assert [key for key, there in done(session).items() if there] == ["policy"]
        assert "this names nobody" in says(session, "organisation")
        policy_versions.activate(session, MINE, "system:cli", NOW)
        assert [key for key, there in done(session).items() if there] == ["policy", "organisation"]
        assert says(session, "organisation") == "Tallow & Byrne, tallow.example, hours in Europe/Lisbon."

        assert "revops" in says(session, "people")
        for name, role in (("ana", "revops"), ("bo", "csm"), ("cy", "implementation_lead"), ("di", "cs_leader")):
            users.add(session, f"{name}@tallow.example", name, [role], PASSWORD, "system:cli", NOW)
        assert says(session, "people") == "Missing: 1 csm or manager for Customer communication."
        users.add(session, "el@tallow.example", "El", ["manager"], PASSWORD, "system:cli", NOW)
        assert done(session)["people"]
        assert setup_steps.has_people(session)

        assert not done(session)["mail"]
        assert done(session, MAIL)["mail"]
        for wrong in ("mail.tallow.example", "https://mail.tallow.example", "smtps://mail.tallow.example:mail"):
            assert not done(session, wrong)["mail"], f"{wrong} is no mail server's address"

        api_keys.add(session, "Handoff agent", ["items:write"], "system:cli", NOW)
        assert (done(session)["key"], says(session, "key")) == (True, "Handoff agent has a key in use.")

        assert not setup_steps.finished(session, settings(MAIL))
        crm_import.run(
            session, "hubspot", [SEED / "hubspot" / "companies.json", SEED / "hubspot" / "deals-early.json"], NOW
        )
        assert done(session)["import"]
        assert setup_steps.finished(session, settings(MAIL))
        assert not setup_steps.finished(session, settings())


def test_no_step_says_the_mail_servers_password_or_user(world: World) -> None:
    with world.session() as session:
        found = list(setup_steps.steps(session, settings(MAIL)))
    assert [step for step in found if step.says.startswith("Through mail.tallow.example.")]
    assert not [step for step in found if "secret" in str(step) or "sam:" in str(step)]


def test_mail_says_whether_any_gate_sends_through_the_server(blank: Callable[[], databases.Place]) -> None:
    """As shipped no gate does: a server alone sends nothing, and the step says what is left."""
    place = blank()
    migrate.upgrade(place.owner_url)
    gate = MINE[GATE].replace('release = "automation"', 'release = "outgoing-mail"')
    with opened(place.owner_url) as session:
        policy_versions.activate(session, MINE, "system:cli", NOW)
        assert says(session, "mail", MAIL).startswith("Through mail.tallow.example. No gate sends through it yet")
        assert 'release = "outgoing-mail" in gates/customer-communication.toml' in says(session, "mail", MAIL)
        policy_versions.activate(session, {**MINE, GATE: gate}, "system:cli", NOW)
        assert says(session, "mail", MAIL) == "Through mail.tallow.example."


def test_a_key_that_was_revoked_and_an_account_that_was_closed_count_no_more(world: World) -> None:
    with world.session() as session:
        assert (done(session)["key"], done(session)["people"]) == (True, True)
        for key in (1, 2):
            api_keys.revoke(session, key, "system:cli", world.now)
        users.disable(session, PRIYA.id, SAM.id, world.now)
        assert (done(session)["key"], done(session)["people"]) == (False, True), "Jonas is RevOps too"
        users.disable(session, 2, SAM.id, world.now)
        assert says(session, "people") == "Missing: 1 revops for Handoff quality."


# (what the customer gate says, what its people hold, who is missing); everybody else of the cast is there.
SEATS = [
    ('reviewers = ["csm"]\napprovals = 2', [{"csm"}], [(("csm",), 1)]),
    ('reviewers = ["csm"]\napprovals = 2', [{"csm"}, {"csm", "manager"}], []),
    ('reviewers = ["csm", "manager"]\napprovals = 2\napprovals_from = ["csm", "manager"]', [{"csm"}, {"csm"}], [(("manager",), 1)]),
    ('reviewers = ["csm", "manager"]\napprovals = 2\napprovals_from = ["csm", "manager"]', [], [(("csm",), 1), (("manager",), 1)]),
    ('reviewer_groups = ["deal-desk"]', [{"csm"}], [(("group:deal-desk",), 1)]),
    ('reviewer_groups = ["deal-desk"]', [{"csm", "group:deal-desk"}], []),
    ("account_owner = true", [], []),
]  # fmt: skip


@pytest.mark.parametrize(("gate", "held", "missing"), SEATS)
def test_a_gate_needs_as_many_people_as_it_says(
    gate: str, held: list[set[str]], missing: list[tuple[tuple[str, ...], int]]
) -> None:
    files = northbeam.files()
    head = files[GATE].replace('reviewers = ["csm", "manager"]', gate)
    head = head.replace('roles = ["manager", "cs_leader"]', 'roles = ["cs_leader"]')
    lane = "lanes/enterprise-saas.toml"  # asks for two approvals of everything, which is another question
    policy = loading.load({**{name: text for name, text in files.items() if name != lane}, GATE: head})
    others = [frozenset({one}) for one in ("revops", "implementation_lead", "cs_leader", "admin", "finance")]
    kickoff = [("csm",)] if not any("csm" in one for one in held) else []
    found = setup_steps.missing_people(policy, [*others, *map(frozenset, held)])
    here = [(seat.names, seat.more) for seat in found if "Customer communication" in seat.gates]
    assert here == missing
    assert [seat.names for seat in found if "Kickoff preparation" in seat.gates] == kickoff


def test_a_gate_that_no_lane_sends_to_needs_nobody() -> None:
    """The control: with the lane's line there, it does."""
    files = northbeam.files()
    for used in (True, False):
        if not used:
            del files["templates/kickoff-brief.toml"]
            for lane in ("lanes/enterprise-saas.toml", "lanes/mid-market-saas.toml"):
                files[lane] = files[lane].replace('kickoff_brief = "kickoff-preparation"\n', "")
        found = setup_steps.missing_people(loading.load(files), [])
        assert any("Kickoff preparation" in seat.gates for seat in found) is used


def test_a_group_counts_those_who_are_in_it(world: World) -> None:
    with world.session() as session:
        assert not [held for held in setup_steps.holders(session) if "group:deal-desk" in held]
        groups.add(session, SAM.id, "deal-desk", "system:cli", world.now)
        assert [held for held in setup_steps.holders(session) if "group:deal-desk" in held] == [
            {"admin", "group:deal-desk"}
        ]
        groups.remove(session, SAM.id, "deal-desk", "system:cli", world.now)
        assert not [held for held in setup_steps.holders(session) if "group:deal-desk" in held], "he has left it"


def test_whom_it_goes_up_to_has_to_be_there_too(world: World) -> None:
    """Somebody who decides is not enough: what they send up would wait for nobody."""
    with world.session() as session:
        assert done(session)["people"]
        users.disable(session, HELEN.id, SAM.id, world.now)
        users.disable(session, TOM.id, SAM.id, world.now)
        assert "1 cs leader for Handoff quality" in says(session, "people")
