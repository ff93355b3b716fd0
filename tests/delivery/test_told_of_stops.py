"""Who is told that what goes out was stopped, and that it goes on: once each, by what ways, and in which words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from reviewqueue.audit.events import Actor
from reviewqueue.db.tables.notifications import Notification
from reviewqueue.delivery import releases, send_stops
from reviewqueue.onboarding import owner
from tests import drafts
from tests.cast import DANA, HELEN, INES, JONAS, MARCUS, PRIYA, SAM, TOM, Named
from tests.cli.conftest import Terminal, folder, terminal
from tests.delivery.test_notification_chats import enter, receiver
from tests.delivery.test_notification_chats import post as post_to_chats
from tests.delivery.test_notification_mails import ADDRESS, MINUTE, office, post, wants
from tests.delivery.test_send_stops import ended, stopped
from tests.lanes.test_lane_stops import figure, tick, with_rules
from tests.lanes.test_lane_stops import stop as stop_lane
from tests.lanes.test_proposals import propose
from tests.lanes.test_stage_requirements import ready, staged
from tests.support.callback_receiver import Receiver
from tests.support.mail_server import PostOffice
from tests.support.releases import OUT, WHY, approved, by_mail, take
from tests.web.conftest import text_of
from tests.world import World

__all__ = ["folder", "office", "receiver", "terminal"]
LANE = f"lane:{drafts.LANE}"
ALWAYS = {PRIYA, JONAS, HELEN, SAM}


def told(world: World, kind: str, stop: str, after: int = 0) -> list[int]:
    """Whom that was told, each as often as they were told it, beyond that notification."""
    mine = Notification.kind == kind, Notification.stop == stop, Notification.id > after
    with world.session() as session:
        return list(session.scalars(select(Notification.person_id).where(*mine).order_by(Notification.person_id)))


def ids(*people: Named) -> list[int]:
    return sorted(one.id for one in people)


def newest(world: World) -> int:
    with world.session() as session:
        return session.scalar(select(Notification.id).order_by(Notification.id.desc())) or 0


def test_whoever_waits_because_of_a_stop_is_told_once_of_it_and_of_its_end(world: World) -> None:
    """Who approved what waits there, and whose account it is about; not who approved something for another destination,
    nor who stopped it, nor anybody once for each draft."""
    approved(world, TOM)  # what its automation sends
    by_mail(world)
    items = [approved(world, MARCUS) for _ in range(3)]
    with world.session() as session:
        owner.set_owner(session, TOM.id, world.item(items[2]).onboarding_id or 0, INES.id, "She knows them.", world.now)
    assert take(world) is not None, "one of them is in a worker's hand"
    stopped(world, HELEN, "outgoing-mail")
    assert told(world, "stopped", "to:outgoing-mail") == ids(*ALWAYS - {HELEN}, MARCUS, INES)
    stop = stopped(world, PRIYA)
    assert told(world, "stopped", "to:") == ids(*ALWAYS - {PRIYA}, MARCUS, INES, TOM)
    ended(world, JONAS, stop)
    assert told(world, "stop_ended", "to:") == ids(*ALWAYS - {JONAS}, MARCUS, INES, TOM)
    assert told(world, "stop_ended", "to:outgoing-mail") == []
    with world.session() as session:
        send_stops.stop(session, Actor.CLI, "automation", WHY, world.now)
    assert told(world, "stopped", "to:automation") == ids(*ALWAYS, TOM), "nobody is behind the command line"
    assert world.verify().holds


def test_what_went_out_waits_for_nothing(world: World) -> None:
    by_mail(world)
    approved(world, MARCUS)
    due = take(world)
    assert due is not None
    with world.session() as session:
        releases.report(session, due, OUT, world.now)
    stopped(world, HELEN)
    assert told(world, "stopped", "to:") == ids(*ALWAYS - {HELEN})


def test_a_lane_that_is_stopped_in_whichever_way_is_told_of(world: World, terminal: Terminal, tmp_path: Path) -> None:
    """By a person, by two who agree, by a figure, by files loaded at the terminal; and its end, but for one to "off"."""

    def load(stage: str) -> None:
        target = tmp_path / stage
        for name, text in staged(stage).items():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_text(text, "utf-8")
        answer = terminal("policy", "load", str(target))
        assert answer.status == 0, answer.err

    def decided(stage: str) -> None:
        world.decide(JONAS, propose(world, PRIYA, staged(stage)), "approve", reason_code="rules-agreed")

    def by_figure() -> None:
        with_rules(world)
        figure(world, 0.25)
        assert tick(world) == 1

    ready(world)
    approved(world, MARCUS)
    everybody = {*ALWAYS, MARCUS}
    steps: list[tuple[str, Callable[[], None], str, set[Named]]] = [
        ("a leader stops it", lambda: stop_lane(world), "stopped", everybody - {HELEN}),
        ("two agree that it goes on", lambda: decided("pilot"), "stop_ended", everybody - {JONAS}),
        ("two agree that it stops", lambda: decided("stopped"), "stopped", everybody - {JONAS}),
        ("stopped already", lambda: load("stopped"), "", set()),
        ("and is off, so nothing goes on", lambda: load("off"), "", set()),
        ("stopped at the terminal", lambda: load("stopped"), "stopped", everybody),
        ("which goes on there, as nobody stopped it alone", lambda: load("shadow"), "stop_ended", everybody),
        ("another stage is no stop", lambda: load("pilot"), "", set()),
        ("a figure stops it", by_figure, "stopped", everybody),
    ]
    for case, act, kind, people in steps:
        before = newest(world)
        act()
        found = {one: told(world, one, LANE, before) for one in ("stopped", "stop_ended")}
        assert found == {"stopped": [], "stop_ended": [], **({kind: ids(*people)} if kind else {})}, case
    assert world.verify().holds


def test_it_comes_in_each_way_without_the_reason_and_leads_to_its_page(
    world: World, office: PostOffice, receiver: Receiver, client_for: Any
) -> None:
    """By e-mail and in a chat what was stopped and a link, not why; on the page the same; the link is there to open."""
    by_mail(world)
    for _ in range(2):
        approved(world, DANA)
    enter(world, HELEN)
    wants(world, HELEN, ways={"stopped": "chat"})
    wants(world, SAM, ways={"stopped": "none"})
    wants(world, JONAS, ways={"stopped": "page"})
    stopped(world, PRIYA)
    stop_lane(world, PRIYA)
    post(world, office, world.now + MINUTE)
    post_to_chats(world, world.now + MINUTE)
    (came,) = office.came
    body = came.message.get_content().replace("\r\n", "\n")
    pages = {"all that goes out": "/releases/stops", f"lane {drafts.LANE}": f"/lanes/{drafts.LANE}/stop"}
    lines = "\n\n".join(f"Stopped: {name}\n{ADDRESS}{path}" for name, path in pages.items())
    assert (came.receivers, body.startswith(lines)) == ([DANA.email], True)
    (message,) = receiver.came
    assert json.loads(message.body)["text"].startswith(lines)
    for said in (came.message.as_string(), message.body.decode()):
        assert "wrong people" not in said
        assert "go-live" not in said
    assert SAM.id not in told(world, "stopped", "to:")
    helen = client_for(HELEN)
    page = helen.get("/notifications")
    assert [f"Stopped: new, {name}" in text_of(page) for name in pages] == [True, True]
    opened = [helen.post(path).headers["Location"] for path in re.findall(r'action="([^"]*/open)"', page.text)]
    assert sorted(opened) == sorted(pages.values())
    assert [helen.get(path).status_code for path in pages.values()] == [200, 200]
