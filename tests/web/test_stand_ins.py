"""A stand-in holds a role that may do the act: who may be named, and where they decide for whoever is away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from reviewqueue.core.errors import Forbidden
from reviewqueue.db.tables.people import Absence
from reviewqueue.policy import policy_versions
from reviewqueue.review import belongings
from reviewqueue.web.formatting import role_names
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, INES, JONAS, LENA, MARCUS, NOOR, PRIYA, RAVI, SAM, TOM, Named
from tests.rules.test_separation import chain, gives
from tests.web.conftest import text_of
from tests.world import World

EMAIL = "a stand-in needs a role of their own at this gate: csm or manager or cs leader"
PLAN = "a stand-in needs a role of their own at this gate: implementation lead or cs leader"
# (in a sentence, who is away, who stands in, what waits, who escalated it, in whose role they decide or "", what they read)
AT_A_GATE: list[tuple[str, Named, Named, Callable[[], Any], Named | None, str, str]] = [
    ("a CSM decides for a leader what is escalated of e-mails", HELEN, MARCUS, drafts.email, DANA, "cs_leader", ""),
    ("so does a manager", HELEN, TOM, drafts.email, DANA, "cs_leader", ""),
    ("a CSM decides a CSM's e-mail in their own name", DANA, MARCUS, drafts.email, None, "csm", ""),
    ("a leader decides a lead's plan in their own name", INES, HELEN, drafts.plan, None, "cs_leader", ""),
    ("sales decides no e-mail for a CSM", DANA, LENA, drafts.email, None, "", f"You stand in for csm, but {EMAIL}"),
    (
        "a CSM decides no escalated plan",
        HELEN,
        MARCUS,
        drafts.plan,
        INES,
        "",
        f"You stand in for cs leader, but {PLAN}",
    ),
    (
        "a manager decides no plan",
        INES,
        TOM,
        drafts.plan,
        None,
        "",
        f"You stand in for implementation lead, but {PLAN}",
    ),
    ("an auditor stands in for nobody", DANA, AIKO, drafts.email, None, "", "Only csm or manager decides here"),
]


@pytest.mark.parametrize(
    ("says", "away", "stand_in", "made", "escalates", "role", "reads"), AT_A_GATE, ids=[one[0] for one in AT_A_GATE]
)
def test_where_a_stand_in_decides(
    world: World,
    client_for: Any,
    says: str,
    away: Named,
    stand_in: Named,
    made: Callable[[], Any],
    escalates: Named | None,
    role: str,
    reads: str,
) -> None:
    """However the absence came to be recorded. The page says what the refusal says, and a refusal writes nothing."""
    item = world.submit(made())
    if escalates:
        world.decide(escalates, item, "escalate")
    chain(world, away, stand_in)
    if role:
        assert world.decide(stand_in, item, "approve").state == "approved", says
        last = world.decisions(item)[-1]
        assert (last.role, last.on_behalf_of_id) == (role, away.id if role not in stand_in.roles else None)
        return
    client = client_for(stand_in)
    before = world.everything()
    with pytest.raises(Forbidden) as refused:
        world.decide(stand_in, item, "approve")
    assert reads in refused.value.says, says
    page = text_of(client.get(f"/items/{item}"))
    assert role_names(reads) in page
    assert world.everything() == before


# (in a sentence, who is away, who is to stand in, whether it is recorded, what the refusal says)
NAMED: list[tuple[str, Named, Named, bool, str]] = [
    ("one of the same role", DANA, MARCUS, True, ""),
    ("one who decides at the same gate", DANA, TOM, True, ""),
    ("one who takes the same exceptions", DANA, LENA, True, ""),
    ("RevOps works on every exception", RAVI, PRIYA, True, ""),
    ("a CSM does nothing that an admin does", SAM, DANA, False, "no role that acts where you do; one of these would: "),
    ("finance does nothing that a lead does", INES, NOOR, False, "cs leader, csm, implementation lead, manager"),
    ("an auditor for nobody", JONAS, AIKO, False, "an auditor changes nothing, and stands in for nobody"),
]


@pytest.mark.parametrize(("says", "away", "stand_in", "may", "why"), NAMED, ids=[one[0] for one in NAMED])
def test_who_may_be_named(
    world: World, client_for: Any, says: str, away: Named, stand_in: Named, may: bool, why: str
) -> None:
    """The page offers only these; whoever is sent all the same is refused at the field, and nothing is written."""
    client = client_for(away)
    assert (stand_in.name in text_of(client.get("/people/me"))) == may, says
    days = {"starts_at": "2026-03-03", "ends_at": "2026-03-06"}
    answer = client.post("/people/away", data={**days, "delegate": str(stand_in.id)})
    assert (answer.status_code, world.count(Absence)) == ((303, 1) if may else (422, 0))
    assert why in text_of(answer)


def test_the_page_names_where_nobody_stands_in(world: World, client_for: Any) -> None:
    """Lena takes Dana's exceptions, and decides at none of her gates: the message says no more than the line below."""
    days = {"starts_at": "2026-03-02", "ends_at": "2026-03-06", "delegate": str(LENA.id)}
    page = text_of(client_for(DANA).post("/people/away", data=days, follow_redirects=True))
    assert "Lena Vogt acts for you in those days, but not everywhere" in page
    assert "A stand-in decides only where they act themselves. Nobody stands in for you at: " in page
    assert "Customer communication" in page
    assert "No customer owner" not in page
    chain(world, DANA, MARCUS)
    assert "Nobody stands in for you at" not in text_of(client_for(DANA).get("/people/me"))


def test_an_absence_whose_stand_in_acts_nowhere_any_more_is_nobodys(world: World, client_for: Any) -> None:
    """Recorded while Tom took her exceptions; he is in finance since: the workload page and `doctor` name it."""
    chain(world, INES, TOM)

    def told() -> list[str]:
        with world.session() as session:
            return belongings.unowned(session, policy_versions.current(session), world.now).absent

    assert told() == []
    gives(world, TOM, ("finance",))
    until = world.now + timedelta(days=1)
    says = f"Ines Castellanos is away until {until:%d %b}, and Tom Abara can no longer stand in: nobody stands in"
    assert told() == [says]
    assert says in text_of(client_for(HELEN).get("/workload"))
