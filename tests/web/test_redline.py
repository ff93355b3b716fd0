"""The redline page: the base is chosen in the address and named in words; outside text stays inert in it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from reviewqueue.web.diff.text import merged_markup
from tests import drafts
from tests.cast import DANA, INES, MARCUS, Named
from tests.web.conftest import text_of
from tests.web.redlines import both
from tests.world import World

LATER = timedelta(hours=1)
HOSTILE = "<script>fire()</script></ins></dd>{{ 7 * 7 }} pay \u202ewon\u202c\u200b\u200b now"


@pytest.fixture
def again(world: World) -> int:
    """A message after another one of its onboarding that was approved, and edited once."""
    about = drafts.deal()
    world.decide(DANA, world.submit(drafts.email(about)), "approve")
    body = f"{drafts.BODY.replace('23', '30')}\n\n{HOSTILE}"
    item = world.submit(drafts.email(about, subject="Your first report", body=body), now=world.now + LATER)
    changed = {**world.draft(item), "cc": ["piet@marlowfreight.example"]}
    world.decide(MARCUS, item, "edit", draft=changed, now=world.now + LATER)
    return item


def diffs(answer: Any) -> list[tuple[str, str]]:
    """(old text, new text) of every place that is shown."""
    page = answer.get_data(as_text=True)
    return [both(marked) for marked in re.findall(r'<dd class="diff">(.*?)</dd>', page, flags=re.S)]


@pytest.mark.parametrize(
    ("against", "says", "places"),
    [
        ("", "From the revision before to revision 2 1 place differs", 1),
        ("revision", "Kickoff invitation , revision 1 by the automation Handoff agent, made on 2 March 2026 .", 1),
        (
            "received",
            "item 1, revision 1 by the automation Handoff agent, approved by Dana Whitfield on 2 March 2026 .",
            3,
        ),
        ("approved", "Of what you may see, nobody has approved an earlier text of this kind for this onboarding.", 0),
        ("nonsense", "From the revision before to revision 2", 1),
    ],
)
def test_the_base_is_chosen_in_the_address_and_named_in_words(
    client_for: Any, again: int, against: str, says: str, places: int
) -> None:
    answer = client_for(DANA).get(f"/items/{again}/redline{f'?against={against}' if against else ''}")
    page = answer.get_data(as_text=True)
    assert says.replace(" .", ".").replace(" ,", ",") in text_of(answer)
    assert len(diffs(answer)) == places
    chosen = re.findall(r'against=(\w+)" aria-current="page"', page)
    assert chosen == [against if against in ("approved", "received") else "revision"]
    assert re.findall(r'href="/items/\d+/redline\?against=(\w+)"', page) == ["revision", "approved", "received"]


def test_a_plan_has_no_received_message_and_is_not_offered_one(client_for: Any, world: World) -> None:
    item = world.submit(drafts.plan())
    answer = client_for(INES).get(f"/items/{item}/redline?against=received")
    assert "against=received" not in answer.get_data(as_text=True)
    assert "This is the first revision of this item, so there is none before it." in text_of(answer)
    assert f'href="/items/{item}/redline"' in client_for(INES).get(f"/items/{item}").get_data(as_text=True)


def test_what_is_shown_is_both_texts_and_nothing_in_them_is_markup(client_for: Any, world: World, again: int) -> None:
    answer = client_for(DANA).get(f"/items/{again}/redline?against=received")
    page, draft = answer.get_data(as_text=True), world.draft(again)
    assert (drafts.BODY, draft["body"]) in diffs(answer)
    assert ("Kickoff invitation", "Your first report") in diffs(answer)
    assert "<script>fire" not in page
    assert not re.search("[\u200b\u202c\u202e]", page)
    for chip in ("U+202E RIGHT-TO-LEFT OVERRIDE", "2 × U+200B ZERO WIDTH SPACE"):
        assert chip in text_of(answer)
    assert "{{ 7 * 7 }} pay" in text_of(answer)


def test_milestones_are_found_again_and_their_moves_said_in_words(client_for: Any, world: World) -> None:
    about, (connected, used) = drafts.deal(), drafts.MILESTONES
    world.decide(INES, world.submit(drafts.plan(about)), "approve")
    fresh = {**used, "name": "Dispatchers trained", "due": "2026-04-01", "evidence": "Eight signed the list"}
    item = world.submit(drafts.plan(about, [used, fresh, {**connected, "due": "2026-04-02"}]), now=world.now + LATER)
    answer = client_for(INES).get(f"/items/{item}/redline?against=approved")
    for words in (
        "2 places differ",
        "Milestones, 2 Dispatchers trained inserted Name inserted: Dispatchers trained (end of change) Layer inserted: ",
        "Due inserted: 2026-04-01 (end of change) Evidence inserted: Eight signed the list",
        "Milestones, 3 Transport system connected moved from Milestones, 1 "
        "Due deleted: 2026-03-30 inserted: 2026-04-02 (end of change)",
    ):
        assert words in text_of(answer).replace(" )", ")"), words
    assert "First late-shipment report used" not in text_of(answer), "what did not change is not shown"


@pytest.mark.parametrize("person", [DANA, INES], ids=lambda person: person.name)
def test_the_page_takes_few_queries_whatever_it_compares(
    client_for: Any, world: World, again: int, queries: Any, person: Named
) -> None:
    client = client_for(person)
    with queries() as made:
        status = client.get(f"/items/{again}/redline?against=received").status_code
    assert (status, person) in ((200, DANA), (404, INES))
    assert len(made) <= 16, made


@pytest.mark.parametrize(
    ("sentence", "before", "after", "says"),
    [
        ("a word in Cyrillic letters", "Write to Acme now", "Write to Асме now", "written in Cyrillic letters"),
        ("one in Greek letters", "The KATE plan", "The ΚΑΤΕ plan", "written in Greek letters"),
        ("one in Armenian letters", "Ask SOU", "Ask ՏՕՍ", "written in Armenian letters"),
        ("one letter of it", "Dear Rose", "Dear Rоse", "mixes Cyrillic and Latin letters"),
        ("in a text of that language", "Привет, Acme!", "Привет, Асме!", "written in Cyrillic letters"),
        ("the language itself says nothing", "Привет, Олег!", "Привет, Тарас и Олег!", ""),
    ],
)
def test_a_word_that_only_looks_the_same_has_its_script_named(
    sentence: str, before: str, after: str, says: str
) -> None:
    shown = str(merged_markup(before, after))
    assert ("chip-hidden" in shown) == bool(says), sentence
    assert says in shown, sentence
