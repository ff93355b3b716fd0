"""Replies: a customer's e-mail that a person brings in is a record of the onboarding, beside the mail that it answers."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from sqlalchemy import select

from reviewqueue.db.tables.mail_returns import Reply
from reviewqueue.db.tables.onboardings import SourceArrival, SourceRecord
from reviewqueue.evidence import source_records
from tests import drafts
from tests.cast import DANA, LENA
from tests.delivery.test_mail_threads import send
from tests.support.mail_server import PostOffice, open_for_mail
from tests.support.releases import approved, by_mail
from tests.world import World

MAIL = """From: Rosa <b>Marlow</b> <rosa@marlowfreight.example>
Subject: Re: Your kickoff
Date: Mon, 02 Mar 2026 16:00:00 +0100
Message-ID: <answer-{number}@marlowfreight.example>
In-Reply-To: {answers}
Content-Type: multipart/mixed; boundary=b

--b

Tuesday suits us. <script>alert(1)</script>
--b
Content-Type: text/csv; name=sites.csv

depot,people
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename=order.pdf

%PDF
--b--
"""


def bring(client: Any, onboarding: int, mail: str) -> Any:
    sent = {"file": (BytesIO(mail.encode()), "reply.eml")}
    return client.post(f"/onboardings/{onboarding}/replies", data=sent, content_type="multipart/form-data")


def test_a_reply_is_a_record_of_the_mail_that_it_answers(world: World, client_for: Callable[..., Any]) -> None:
    """The page says who wrote, who brought it and what it answers; its markup is text; what is attached is named."""
    by_mail(world)
    with open_for_mail() as office:
        item, other = _sent(world, office)
    onboarding, another = world.item(item).onboarding_id, world.item(other).onboarding_id
    assert onboarding is not None
    assert another is not None
    answers = office.came[0].message["Message-ID"]
    dana, mail = client_for(DANA), MAIL.format(number=1, answers=answers)
    refused = bring(dana, onboarding, "hello")
    assert (refused.status_code, "This file names nobody who sent it" in refused.text) == (422, True)
    assert f"answers a mail of onboarding #{onboarding}" in bring(dana, another, mail).text
    assert bring(client_for(LENA), onboarding, mail).status_code == 404
    assert world.count(Reply) == 0

    assert bring(dana, onboarding, mail).status_code == 303
    page = dana.get(f"/onboardings/{onboarding}").text
    for words in (
        *("&lt;script&gt;alert(1)&lt;/script&gt;", "brought by Dana Whitfield", "Tuesday suits us."),
        *("Attached, kept as text: sites.csv", "Attached, not kept: order.pdf", f'href="/items/{item}">item {item}'),
    ):
        assert words in page, words
    assert "<script>alert(1)" not in page
    bring(dana, onboarding, mail)
    assert "kept already" in dana.get(f"/onboardings/{onboarding}").text
    assert bring(dana, onboarding, MAIL.format(number=2, answers="<unknown@elsewhere.example>")).status_code == 303
    assert "Answers none of our mails" in dana.get(f"/onboardings/{onboarding}").text
    with world.session() as session:
        first, _ = session.scalars(select(Reply).order_by(Reply.id)).all()
        record = session.get_one(SourceRecord, first.source_record_id)
        way = session.scalars(select(SourceArrival.way).where(SourceArrival.source_record_id == record.id)).one()
        (source,) = source_records.newest(session, "email", "reply", [record.external_id]).values()
    assert (way, source.came, source.payload["attached"][1]["text"]) == ("imported", "brought by Dana Whitfield", "")
    assert [one.act for one in world.log() if one.act.startswith("reply")] == ["reply.keep"] * 2
    assert world.verify().holds


def _sent(world: World, office: PostOffice) -> tuple[int, int]:
    item, other = approved(world), approved(world, about=drafts.deal("Ostrava Cargo"))
    assert send(world, office)
    return item, other
