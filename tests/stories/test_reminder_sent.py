"""A reminder, from the approved plan over the days to the customer's mail server: the clock drafts it, a person approves it,
and what is done meanwhile is not asked for."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from reviewqueue import worker
from reviewqueue.db import database
from reviewqueue.delivery import smtp
from reviewqueue.onboarding import reminders
from tests.cast import DANA
from tests.onboarding.test_reminders import planned
from tests.support.draft_chain import draft, of_kind, plan_of, reach
from tests.support.mail_server import PostOffice, open_for_mail
from tests.support.releases import by_mail
from tests.world import World


def work(world: World, office: PostOffice, at: datetime) -> None:
    """What a worker does that morning: the clock, the drafts, the mail."""
    sessions, post = database.sessions(world.engine), partial(smtp.send, office.url)
    with world.session() as session:
        reminders.check_tasks(session, at)
    draft(world, at=at)
    while worker.send_one_release(sessions, {"email": post}, threading.Event(), lambda: at):
        pass


def test_a_task_is_reminded_of_until_it_is_done(world: World, client_for: Any) -> None:
    """Drafted on Friday, approved there and then, at the server an hour later; on Wednesday, the day itself, one of the two tasks is
    done before anybody approved, so the mail that goes out asks for the other alone."""
    by_mail(world)
    planned(world)
    friday, wednesday = world.now + timedelta(days=4), world.now + timedelta(days=9)
    with open_for_mail() as office:
        work(world, office, friday)
        (first,) = of_kind(world, "task_reminder")
        assert "Branch list by CSV" in client_for(DANA).get(f"/items/{first.id}").get_data(as_text=True)
        assert office.came == [], "nothing goes out that nobody approved"
        world.decide(DANA, first.id, "approve", now=friday)
        work(world, office, friday + timedelta(hours=1))
        work(world, office, wednesday)
        reach(world, next(one for one in plan_of(world) if one.name == "Sign-on tested"), DANA, wednesday)
        work(world, office, wednesday + timedelta(hours=1))
        waiting = of_kind(world, "task_reminder")
        assert [one.state for one in waiting] == ["released", "withdrawn", "pending"]
        world.decide(DANA, waiting[2].id, "approve", now=wednesday + timedelta(hours=2))
        work(world, office, wednesday + timedelta(hours=3))
        work(world, office, wednesday + timedelta(hours=4))
    came = [(one.receivers, one.message["Subject"], one.message["Reply-To"]) for one in office.came]
    assert came == [
        (["piet@marlowfreight.example"], "For your project, a reminder: Branch list by CSV, and one more", DANA.email),
        (["piet@marlowfreight.example"], "For your project, a reminder: Branch list by CSV", DANA.email),
    ]
    said = office.came[1].message.get_content()
    assert "on your side for Wednesday, 11 March 2026:\n\n- Branch list by CSV: Piet de Vries\n\n" in said.replace(
        "\r\n", "\n"
    )
    assert world.verify().holds
