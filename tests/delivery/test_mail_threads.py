"""Threads: an e-mail answers what was sent last to the same customer in the same matter, through a real mail server."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from reviewqueue import worker
from reviewqueue.db import database
from reviewqueue.delivery import smtp
from reviewqueue.policy import policy_versions
from tests import drafts, northbeam
from tests.cast import DANA
from tests.support.mail_server import PostOffice
from tests.support.releases import GATE, row
from tests.world import World

KICKOFF, OVERDUE = "templates/kickoff-scheduling.toml", "templates/task-overdue.toml"
PIET = ["piet@marlowfreight.example"]
# (a sentence, what is sent, which of the mails sent before it it answers)
MAILS: list[tuple[str, dict[str, Any], str]] = [
    ("the first begins the thread", {"subject": "Your kickoff", "purpose": "kickoff-scheduling"}, ""),
    ("what takes the place of the same template answers it", {"subject": "Times", "purpose": "kickoff-scheduling"}, "0"),
    ("the same thread of another template too", {"subject": "One week left", "purpose": "task-overdue"}, "01"),
    ("another template begins its own", {"subject": "Welcome", "purpose": "welcome"}, ""),
    ("the same subject answers where no template is named", {"subject": "RE: AW: Welcome"}, "3"),
    ("what none of them got begins its own", {"subject": "Welcome", "to": PIET}, ""),
    ("and another subject", {"subject": "Two depots"}, ""),
    ("another kind of message in the same matter answers it", {"subject": "Fwd: your kickoff", "to": PIET}, ""),
]  # fmt: skip


def activate(world: World) -> None:
    """From now on customer messages go out by e-mail, and two templates are one thread."""
    files = northbeam.files()
    files[GATE] = files[GATE].replace('release = "automation"', 'release = "outgoing-mail"')
    for name in (KICKOFF, OVERDUE):
        before = "\n".join(line for line in files[name].splitlines() if not line.startswith("thread"))
        files[name] = before.replace('kind = "', 'thread = "kickoff"\nkind = "', 1)
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)


def send(world: World, office: PostOffice) -> bool:
    """Whether the worker had anything to send."""
    post = partial(smtp.send, office.url)
    return worker.send_one_release(
        database.sessions(world.engine), {"email": post}, threading.Event(), lambda: world.now
    )


def approve(world: World, about: drafts.Deal, purpose: str = "", **changes: Any) -> int:
    item = world.submit(replace(drafts.email(about, **changes), purpose=purpose))
    world.decide(DANA, item, "approve")
    return item


def test_each_answers_what_was_sent_last_in_its_matter(
    world: World, office: PostOffice, client_for: Callable[..., Any]
) -> None:
    """The page says it before and after, the bytes have it, and so has the log. Another onboarding is another matter."""
    activate(world)
    about, other = drafts.deal(), drafts.deal("Ostrava Cargo")
    approve(world, other, "kickoff-scheduling", subject="Your kickoff")
    assert send(world, office)
    sent: list[int] = []
    for says, mail, answers in MAILS:
        world.now += timedelta(minutes=1)
        item = approve(world, about, **mail)
        before = client_for(DANA).get(f"/items/{item}").text
        office.came.clear()
        office.answers = ["451 later", "250 taken"]
        assert send(world, office), says
        chosen = row(world, item)
        world.now += timedelta(hours=1)  # tried again, it answers the same
        assert send(world, office), says
        (came,) = office.came
        assert (came.message["Message-ID"], row(world, item).in_reply_to) == (chosen.message_id, chosen.in_reply_to)
        ids = [row(world, sent[int(one)]).message_id for one in answers]
        assert came.message["References"] == (" ".join(ids) or None), says
        assert came.message["In-Reply-To"] == (ids[-1] if ids else None), says
        after = client_for(DANA).get(f"/items/{item}").text
        for page in (before, after):
            assert ("Answers our mail of" in page) == bool(answers), says
            assert not answers or f'/items/{sent[int(answers[-1])]}">“{MAILS[int(answers[-1])][1]["subject"]}”' in page
        assert ("or a later one of the thread" in before, "or a later one of the thread" in after) == (
            bool(answers),
            False,
        )
        facts = json.loads(next(one.body for one in world.log(item) if one.act == "release.release"))["facts"]
        assert facts.get("in_reply_to", "") == (ids[-1] if ids else ""), says
        sent.append(item)
    assert world.verify().holds
