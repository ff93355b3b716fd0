"""Row 37: nobody passes a draft by a key they made or rotated, or with a role they gave themselves since it was opened.

Each road is walked with the product's own verbs. It is closed when its person neither approves nor overrides.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from reviewqueue.core.errors import Forbidden, NotFound
from reviewqueue.db.database import writing
from reviewqueue.db.tables.people import ApiKey, Automation, Person
from reviewqueue.onboarding import owner as onboarding_owner
from reviewqueue.people import api_keys, groups, users
from reviewqueue.people.access import SCOPES
from reviewqueue.policy import evaluation, policy_versions
from tests import drafts, northbeam
from tests.cast import AUTOMATION, DANA, HELEN, JONAS, LENA, MARCUS, PRIYA, SAM, Named
from tests.rules.test_separation import chain, gives, stands_in
from tests.support.releases import GATE
from tests.world import World

LATER = timedelta(hours=1)
Road = Callable[[World], tuple[int, Named]]


def key(world: World, person: Named, *, owner: str = "", revoke: bool = False) -> None:
    """An admin makes a key of the automation, and revokes it at once where told."""
    with world.session() as session:
        api_keys.add(session, AUTOMATION, SCOPES, person.actor, world.now, owner_email=owner)
        if revoke:
            newest = max(session.scalars(ApiKey.__table__.select().with_only_columns(ApiKey.id)))
            api_keys.revoke(session, newest, SAM.actor, world.now + LATER)


def nobodys(world: World) -> None:
    """The automation has no owner, and no key of it was made by anybody known."""
    with world.session() as session, writing(session):
        session.execute(update(Automation).values(owner_id=None))
        session.execute(update(ApiKey).values(created_by_id=None))


def admins(world: World, *also: Named) -> None:
    """Sam is the admin; so are these, beside what they are."""
    for person in also:
        gives(world, person, (*person.roles, "admin"))


def set_roles(world: World, person: Named, roles: tuple[str, ...], by: Named, at: timedelta = LATER) -> None:
    """An admin gives somebody these roles."""
    with world.session() as session:
        users.set_roles(session, person.id, roles, by.id, world.now + at)


def made_a_key(world: World) -> tuple[int, Named]:
    """Dana, an admin too, made a key; the draft came in later."""
    nobodys(world)
    admins(world, DANA)
    key(world, DANA)
    return world.submit(drafts.email()), DANA


def rotated_the_key(world: World) -> tuple[int, Named]:
    """Dana rotated the key while the draft was open: a new one, and the old one is revoked."""
    nobodys(world)
    admins(world, DANA)
    item = world.submit(drafts.email())
    key(world, DANA)
    with world.session() as session:
        api_keys.revoke(session, 1, DANA.actor, world.now)
    return item, DANA


def made_it_for_an_owner(world: World) -> tuple[int, Named]:
    """Dana made a key of an automation that she named another owner for."""
    admins(world, DANA)
    key(world, DANA, owner=SAM.email)
    return world.submit(drafts.email()), DANA


def revoked_since(world: World) -> tuple[int, Named]:
    """The key that Dana made was revoked after the draft was opened."""
    nobodys(world)
    admins(world, DANA)
    item = world.submit(drafts.email())
    key(world, DANA, revoke=True)
    return item, DANA


def stands_in_for_a_maker(world: World) -> tuple[int, Named]:
    """Dana made a key and is away; Marcus stands in for her."""
    item, _ = made_a_key(world)
    stands_in(world, DANA, MARCUS)
    return item, MARCUS


def has_the_maker_as_stand_in(world: World) -> tuple[int, Named]:
    """Dana made a key and stands in for Marcus, who decides all the same."""
    item, _ = made_a_key(world)
    stands_in(world, MARCUS, DANA)
    return item, MARCUS


def gave_it_themselves(world: World) -> tuple[int, Named]:
    """Sam, an admin, gave himself the role of a CS leader after the draft was opened."""
    nobodys(world)
    item = world.submit(drafts.email())
    set_roles(world, SAM, ("admin", "cs_leader"), SAM)
    return item, SAM


def gave_it_themselves_again(world: World) -> tuple[int, Named]:
    """Sam had the role before, took it away from himself and gave it to himself again."""
    nobodys(world)
    gives(world, SAM, ("admin", "cs_leader"))
    item = world.submit(drafts.email())
    set_roles(world, SAM, ("admin",), SAM)
    set_roles(world, SAM, ("admin", "cs_leader"), SAM, 2 * LATER)
    return item, SAM


def by_turns(world: World) -> tuple[int, Named]:
    """Sam makes Jonas an admin, and Jonas gives Sam the role."""
    nobodys(world)
    item = world.submit(drafts.email())
    set_roles(world, JONAS, ("admin", "revops"), SAM)
    set_roles(world, SAM, ("admin", "cs_leader"), JONAS, 2 * LATER)
    return item, SAM


def to_another_admin(world: World) -> tuple[int, Named]:
    """Sam gives another admin the role."""
    nobodys(world)
    admins(world, JONAS)
    item = world.submit(drafts.email())
    set_roles(world, JONAS, ("admin", "csm"), SAM)
    return item, JONAS


def into_a_group(world: World) -> tuple[int, Named]:
    """Sam puts himself into a group that reviews at this gate."""
    nobodys(world)
    files = northbeam.files()
    files[GATE] = files[GATE].replace("sla_hours", 'reviewer_groups = ["deal-desk"]\nsla_hours', 1)
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    item = world.submit(drafts.email())
    with world.session() as session:
        groups.add(session, SAM.id, "deal-desk", SAM.actor, world.now + LATER)
    return item, SAM


def waits_for_a_leader(world: World) -> int:
    """An escalated e-mail. Sam, who is a CSM beside an admin, acts at its gate, and does not decide it himself."""
    gives(world, SAM, ("admin", "csm"))
    item = world.submit(drafts.email())
    world.decide(DANA, item, "escalate")
    return item


def lent_back(world: World) -> tuple[int, Named]:
    """Sam gives Priya the role; Priya goes away, and Sam stands in for her."""
    nobodys(world)
    item = waits_for_a_leader(world)
    set_roles(world, PRIYA, ("revops", "cs_leader"), SAM)
    with world.session() as session:
        users.set_absence(session, PRIYA.id, SAM.id, world.now, world.now + 24 * LATER, world.now)
    return item, SAM


def own_account(world: World) -> tuple[int, Named]:
    """Priya says that the account is hers, at a gate where its owner decides."""
    nobodys(world)
    files = northbeam.files()
    files[GATE] = files[GATE].replace("sla_hours", "account_owner = true\nsla_hours", 1)
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    item = world.submit(drafts.email())
    with world.session() as session:
        run = world.item(item).onboarding_id or 0
        onboarding_owner.set_owner(session, PRIYA.id, run, PRIYA.id, "She knows them best of all.", world.now + LATER)
    return item, PRIYA


def role_first_admin_after(world: World) -> tuple[int, Named]:
    """Sam gives Priya the role, makes her an admin after it."""
    nobodys(world)
    item = world.submit(drafts.email())
    set_roles(world, PRIYA, ("revops", "cs_leader"), SAM)
    set_roles(world, PRIYA, ("revops", "cs_leader", "admin"), SAM, 2 * LATER)
    return item, PRIYA


def admin_taken_for_the_moment(world: World) -> tuple[int, Named]:
    """Jonas takes Sam's admin role, gives him the other one while he is none, and then admin back."""
    nobodys(world)
    admins(world, JONAS)
    item = world.submit(drafts.email())
    set_roles(world, SAM, ("finance",), JONAS)
    set_roles(world, SAM, ("finance", "cs_leader"), JONAS, LATER + timedelta(minutes=1))
    set_roles(world, SAM, ("admin", "cs_leader"), JONAS, 2 * LATER)
    return item, SAM


def admin_taken_until_it_is_decided(world: World) -> tuple[int, Named]:
    """The same, and Sam decides before he is an admin again."""
    nobodys(world)
    admins(world, JONAS)
    item = world.submit(drafts.email())
    set_roles(world, SAM, ("finance",), JONAS)
    set_roles(world, SAM, ("finance", "cs_leader"), JONAS, 2 * LATER)
    return item, SAM


def lent_back_over_hops(world: World) -> tuple[int, Named]:
    """Sam gives Priya the role; Priya is away, so is Lena who stands in for her, and Sam stands in for Lena."""
    nobodys(world)
    item = waits_for_a_leader(world)
    set_roles(world, PRIYA, ("revops", "cs_leader"), SAM)
    chain(world, PRIYA, LENA, SAM)
    return item, SAM


def lent_by_one_who_became_admin(world: World) -> tuple[int, Named]:
    """Jonas gives Priya the role and makes her an admin; Sam, an admin too, stands in for her."""
    nobodys(world)
    admins(world, JONAS)
    item = waits_for_a_leader(world)
    set_roles(world, PRIYA, ("revops", "cs_leader"), JONAS)
    set_roles(world, PRIYA, ("revops", "cs_leader", "admin"), JONAS, 2 * LATER)
    chain(world, PRIYA, SAM)
    return item, SAM


# (the road, how it is walked, the words that close it)
ROADS: list[tuple[str, Road, str]] = [
    ("made a key", made_a_key, "made a key of the automation"),
    ("rotated the key while it was open", rotated_the_key, "made a key of the automation"),
    ("made a key and named another owner", made_it_for_an_owner, "made a key of the automation"),
    ("made a key that was revoked since", revoked_since, "made a key of the automation"),
    ("stands in for who made a key", stands_in_for_a_maker, "stand in for somebody who made it"),
    ("who made a key stands in for them", has_the_maker_as_stand_in, "have a stand-in who made it"),
    ("gave themselves the role since", gave_it_themselves, "You gave yourself the role cs leader"),
    ("took it away and gave it again", gave_it_themselves_again, "You gave yourself the role cs leader"),
    ("gave it to each other", by_turns, "You were given the role cs leader as an admin"),
    ("an admin gave it to another admin", to_another_admin, "You were given the role csm as an admin"),
    ("put themselves into a group", into_a_group, "You gave yourself the role deal-desk"),
    ("gave it and borrows it", lent_back, "You gave the person you stand in for the role cs leader"),
    ("the role first, admin after it", role_first_admin_after, "You were given the role cs leader as an admin"),
    ("admin taken for the moment", admin_taken_for_the_moment, "You were given the role cs leader as an admin"),
    ("admin taken until it is decided", admin_taken_until_it_is_decided, "given the role cs leader as an admin"),
    (
        "gave it and borrows it over hops",
        lent_back_over_hops,
        "You gave the person you stand in for the role cs leader",
    ),
    (
        "borrows it of who became an admin",
        lent_by_one_who_became_admin,
        "person you stand in for was given the role cs leader as an admin",
    ),
    ("made the account their own", own_account, "You gave yourself the role account owner"),
]


@pytest.mark.parametrize(("says", "road", "why"), ROADS, ids=[one[0] for one in ROADS])
def test_the_road_is_closed(world: World, says: str, road: Road, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused in words, and nothing is written. The control: with the two rules taken out, they approve it."""
    item, person = road(world)
    at = world.now + 3 * LATER
    before = len(world.decisions(item))
    with pytest.raises((Forbidden, NotFound)) as refused:
        world.decide(person, item, "approve", now=at)
    assert why in refused.value.says
    assert f"{GATE}:" in refused.value.says, "the rule's place"
    assert len(world.decisions(item)) == before
    with monkeypatch.context() as without:
        without.setattr(evaluation, "involvement", lambda *_: "")
        without.setattr(evaluation, "late_grants", lambda *_: frozenset())
        assert world.decide(person, item, "approve", now=at).state == "approved"


OPEN: list[tuple[str, Road]] = []


def opens(road: Road) -> Road:
    """A road that stays open, told by its first sentence."""
    OPEN.append(((road.__doc__ or "").partition("\n")[0].rstrip("."), road))
    return road


@opens
def gave_it_before(world: World) -> tuple[int, Named]:
    """Sam gave himself the role before the draft was opened."""
    nobodys(world)
    set_roles(world, SAM, ("admin", "cs_leader"), SAM, -LATER)
    return world.submit(drafts.email()), SAM


@opens
def new_colleague(world: World) -> tuple[int, Named]:
    """Sam gave Priya, who is no admin, the role after the draft was opened."""
    item = world.submit(drafts.email())
    set_roles(world, PRIYA, ("revops", "cs_leader"), SAM)
    return item, PRIYA


@opens
def revoked_before(world: World) -> tuple[int, Named]:
    """The key that Dana made was revoked before the draft was opened."""
    nobodys(world)
    admins(world, DANA)
    key(world, DANA, revoke=True)
    return world.submit(drafts.email(), world.now + 2 * LATER), DANA


@opens
def another_automation(world: World) -> tuple[int, Named]:
    """Dana made a key of another automation."""
    admins(world, DANA)
    with world.session() as session:
        api_keys.add(session, "Another agent", SCOPES, DANA.actor, world.now)
    return world.submit(drafts.email()), DANA


@pytest.mark.parametrize(("says", "road"), OPEN, ids=[one[0] for one in OPEN])
def test_the_road_stays_open(world: World, says: str, road: Road) -> None:
    """What nobody gained by since the draft was opened is no reason to keep them from it."""
    item, person = road(world)
    assert world.decide(person, item, "approve", now=world.now + 3 * LATER).state == "approved"


def test_a_small_team_may_and_the_log_says_so(world: World) -> None:
    """Under the exemption a late role counts, and the entry names it with its rule."""
    files = northbeam.files()
    files["organisation.toml"] = files["organisation.toml"].replace("small_team = false", "small_team = true")
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    item, person = gave_it_themselves(world)
    assert world.decide(person, item, "approve", now=world.now + 2 * LATER).state == "approved"
    assert world.decisions(item)[-1].exempt == "late_role"
    facts = json.loads(world.log(item)[-1].body)["facts"]
    assert facts["separation"]["exempted"] == "late_role"


def test_a_late_role_sees_and_passes_nothing_else(world: World) -> None:
    """Somebody who holds another role of the gate from before decides with that one."""
    nobodys(world)
    gives(world, HELEN, ("cs_leader", "admin"))
    item = world.submit(drafts.email())
    set_roles(world, HELEN, ("cs_leader", "admin", "csm"), HELEN)
    assert world.decide(HELEN, item, "approve", now=world.now + 2 * LATER).state == "approved"
    assert world.decisions(item)[-1].role == "cs_leader"
    with world.session() as session:
        assert session.get_one(Person, HELEN.id).held == "admin cs_leader csm"
