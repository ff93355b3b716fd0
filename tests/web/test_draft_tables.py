"""Lists of a draft edited as tables, without a script: rows are added, removed and moved on the page, dates take along
what depends on them, and what is said of a row goes where the row goes."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from reviewqueue.db.tables.items import Claim, Revision
from reviewqueue.evidence.types import Citation
from reviewqueue.web import draft_tables, edited_draft
from tests import drafts, northbeam
from tests.cast import DANA, INES, JONAS
from tests.support.crm_changes import says_now
from tests.web.conftest import text_of
from tests.world import World

POLICY = northbeam.policy()
PLAN = [
    {"name": name, "layer": layer, "owner": "Ines Castellanos and Piet de Vries", "due": due, "evidence": "The log",
     "exit": f"{name}, and Piet agrees", "depends": depends}
    for name, layer, due, depends in (
        ("Workspace created", "internal setup", "2026-03-25", ""),
        ("Scope, owners and dates agreed", "implementation progress", "2026-03-27", "Workspace created"),
        ("Data imported", "implementation progress", "2026-04-02", "Scope, owners and dates agreed"),
        ("Users trained", "implementation progress", "2026-04-07", "Workspace created"),
        ("First report used by 17 April 2026.", "customer value", "2026-04-17", "Data imported, Users trained"),
    )
]  # fmt: skip
AT = "/milestones"
CITED = Citation("/milestones/4/name", "First report used by 17 April 2026.", "deal", "/First_Value_Milestone__c")
OTHER = Citation("/milestones/1/name", "Scope", "deal", "/Use_Cases__c")
CONTROL = re.compile(r"<input\b([^>]*)>|<(textarea|select)\b([^>]*)>\r?\n?(.*?)</\2>", re.S)


def plan(*citations: Citation, rows: list[dict[str, str]] | None = None) -> Any:
    return drafts._submission(drafts.deal(), "project_plan", "Project plan", {"milestones": rows or PLAN}, citations)


def sent(answer: Any) -> MultiDict[str, str]:
    """The edit form as a browser without a script sends it untouched, each field in its place."""
    form = re.search(r'<form class="edit-form".*?</form>', answer.get_data(as_text=True), flags=re.S)
    assert form, text_of(answer)[:400]
    found: MultiDict[str, str] = MultiDict()
    for of_input, tag, of_tag, inner in CONTROL.findall(form[0]):
        attributes = of_input or of_tag
        said = {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', attributes)}
        if said.get("name") in (None, "csrf_token") or (said.get("type") == "checkbox" and "checked" not in attributes):
            continue
        chosen = re.search(r'value="([^"]*)" selected', inner)
        value = inner if tag == "textarea" else (chosen[1] if chosen else "") if tag == "select" else said["value"]
        found.add(said["name"], "\r\n".join(unescape(value).splitlines()))
    return found


def press(client: Any, item: int, page: Any, button: str = "", **typed: str) -> Any:
    """Press a button of the form (saved where none is named), after typing; `milestones/3/due` names a cell."""
    form = sent(page)
    for name, value in typed.items():
        form[f"draft:/{name}" if "/" in name and ":" not in name else name] = value
    if button:
        form["row_act"] = button
    else:
        form["reason_code"] = form["reason_code"] or "wording"
    return client.post(f"/items/{item}/edit", data=form)


def opened(client: Any, item: int) -> Any:
    return client.get(f"/items/{item}/edit")


def cells(answer: Any, column: str) -> list[str]:
    """The cells of a column of the plan, row by row."""
    form = sent(answer)
    return [form[f"draft:{AT}/{key.replace('+', '%2B')}/{column}"] for key in form.getlist(f"rows:{AT}") if key]


def cited(world: World, item: int) -> set[tuple[str, str]]:
    """(place, path) of the newest revision's citations."""
    with world.session() as session:
        number = world.item(item).revision_number
        claims = select(Claim).join(Revision, Revision.id == Claim.revision_id)
        rows = session.scalars(claims.where(Revision.item_id == item, Revision.number == number))
        return {(one.at, one.path) for one in rows}


def test_buttons_show_the_form_again_and_write_nothing(client_for: Any, world: World) -> None:
    """Each answers with everything typed, the rows as they are then, what it did, and the keyboard where one goes on."""
    item, client, jonas = world.submit(plan()), client_for(INES), client_for(JONAS)
    page, before = opened(client, item), world.everything()
    page = press(client, item, page, f"add::{AT}", **{"milestones/0/owner": "Dana\r\n<b>W</b>", "text": "Because."})
    assert page.status_code == 200
    assert "Row 6 is added. Nothing is saved yet." in text_of(page)
    page = press(client, item, page, f"up:+1:{AT}", **{"milestones/%2B1/name": "Sign-on works"})
    page = press(client, item, page, f"remove:3:{AT}")
    assert "“Users trained” is removed. Nothing is saved yet." in text_of(page)
    page = press(client, item, page, f"down:0:{AT}")
    assert re.search(r'value="down:0:/milestones"[^>]* autofocus', page.get_data(as_text=True))
    names = [one["name"] for one in PLAN]
    assert cells(page, "name") == [names[1], names[0], names[2], "Sign-on works", names[4]]
    assert cells(page, "owner")[1] == "Dana\r\n<b>W</b>"
    assert sent(page)["text"] == "Because."
    page = press(client, item, page, f"back:3:{AT}")
    assert cells(page, "name")[4:] == [names[3], names[4]]
    assert 'data-guard="answered"' in page.get_data(as_text=True)
    for forged in ("up:9:/milestones", "up:0:/nowhere", "burn:0:/milestones", "x", "remove:-1:/milestones"):
        assert press(client, item, page, forged).status_code == 200
    assert world.everything() == before
    assert press(jonas, item, page, f"add::{AT}").status_code == 403
    assert world.everything() == before


def test_a_row_is_added_one_removed_and_one_moved_and_what_is_cited_goes_along(client_for: Any, world: World) -> None:
    """The citation of a moved row stands at its new place, that of a removed row is gone, and the redline says the rest."""
    item, client = world.submit(plan(CITED, OTHER)), client_for(INES)
    page = opened(client, item)
    for button in (f"remove:1:{AT}", f"add::{AT}", f"up:4:{AT}", f"up:4:{AT}"):
        page = press(client, item, page, button)
    typed = {"milestones/%2B1/name": "Outcome verified", "milestones/2/depends": "1", "milestones/%2B1/depends": "2"}
    answer = press(client, item, page, **typed)
    assert answer.status_code == 303, text_of(answer)
    rows = world.draft(item)["milestones"]
    assert [one["name"] for one in rows] == [
        "Workspace created", PLAN[4]["name"], "Data imported", "Users trained", "Outcome verified",
    ]  # fmt: skip
    assert rows[1] == PLAN[4]
    assert rows[2]["depends"] == "Workspace created"
    assert (rows[4]["depends"], rows[4]["layer"]) == (PLAN[4]["name"], "customer value")
    assert cited(world, item) == {("/milestones/1/name", CITED.path)}
    redline = text_of(client.get(f"/items/{item}/revisions/1"))
    assert "deleted; it stood here" in redline
    assert "inserted" in redline
    assert "moved from" in redline


def test_a_moved_row_does_not_settle_what_its_source_says_now(client_for: Any, world: World, tmp_path: Path) -> None:
    """The statement says what it said before, elsewhere: it waits for a look as before. The control: an edit of it."""
    submission = plan(CITED)
    item, client = world.submit(submission), client_for(INES)
    says_now(world, tmp_path, submission, First_Value_Milestone__c="First report used by 24 April 2026.")
    assert world.item(item).moved_at is not None
    page = press(client, item, opened(client, item), f"up:4:{AT}")
    assert press(client, item, page).status_code == 303
    assert cited(world, item) == {("/milestones/3/name", CITED.path)}
    assert world.item(item).moved_at is not None
    page = opened(client, item)
    done = press(client, item, page, **{"milestones/3/name": "First report used by 24 April 2026."})
    assert done.status_code == 303
    assert world.item(item).moved_at is None


def test_a_source_is_not_wrong_of_a_passage_that_was_only_moved(client_for: Any, world: World) -> None:
    item, client = world.submit(plan(CITED)), client_for(INES)
    page = press(client, item, opened(client, item), f"up:4:{AT}")
    claim = re.search(r'<option value="(\d+)">[^<]*First_Value_Milestone__c', page.get_data(as_text=True))
    assert claim
    wrong = {"reason_code": "source-wrong", "claim": claim[1], "proposed": "By 24 April", "text": "Rosa says so."}
    refused = press(client, item, page, **wrong)
    assert refused.status_code == 422
    assert "choose a field that a passage you changed rests on" in text_of(refused).lower()
    page = press(client, item, page, f"remove:4:{AT}")
    assert press(client, item, page, **wrong).status_code == 303, "taken out, it is changed"


@pytest.mark.parametrize(
    ("sentence", "button", "typed", "at", "says"),
    [
        ("a removed row", f"remove:1:{AT}", {}, "2/depends",
         "It depends on “Scope, owners and dates agreed”, which is removed. Name another row, clear this, or put it back."),
        ("no row of that name", "", {"0/depends": "Moon landing"}, "0/depends", "“Moon landing” is no row of this plan."),
        ("no row of that number", "", {"0/depends": "9"}, "0/depends", "“9” is no row of this plan."),
        ("itself", "", {"3/depends": "4"}, "3/depends", "It depends on itself."),
        ("a circle", "", {"0/depends": "5"}, "0/depends", "It waits for itself: 1 → 5 → 4 → 1."),
        ("a row without a name", f"add::{AT}", {"0/depends": "6"}, "0/depends", "Row 6 needs a name"),
        ("no date", "", {"2/due": "next week"}, "2/due", "“next week” is no date. Write it as 2026-03-30."),
        ("no such date", "", {"2/due": "2026-02-30"}, "2/due", "“2026-02-30” is no date."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_place(
    client_for: Any, world: World, sentence: str, button: str, typed: dict[str, str], at: str, says: str
) -> None:
    """On the page at once where a button was pressed, and when it is saved; nothing is written, nothing typed is lost."""
    item, client = world.submit(plan()), client_for(INES)
    page = opened(client, item)
    page = press(client, item, page, button) if button else page
    before = world.everything()
    refused = press(client, item, page, **{f"milestones/{name}": value for name, value in typed.items()})
    assert refused.status_code == 422, sentence
    body = refused.get_data(as_text=True)
    field = re.search(rf'<input[^>]* id="([\w-]+)" name="draft:{AT}/{at}"[^>]*aria-describedby="([\w-]+)"', body)
    assert field, sentence
    told = re.search(rf'<p class="error" id="{field[2]}">(.*?)</p>', body)
    assert told
    assert says in unescape(re.sub("<[^>]*>", "", told[1])), sentence
    assert f'href="#{field[1]}"' in body
    assert all(sent(refused)[f"draft:{AT}/{name}"] == value for name, value in typed.items())
    assert world.everything() == before


def test_what_stood_in_the_draft_already_is_the_checks_matter(client_for: Any, world: World) -> None:
    """A name nobody knows, or a date in words, that the automation wrote: the next edit of something else is not refused."""
    rows = [{**PLAN[0], "depends": "Moon landing", "due": "soon"}, *PLAN[1:]]
    item, client = world.submit(plan(rows=rows)), client_for(INES)
    assert press(client, item, opened(client, item), **{"milestones/1/owner": "Dana"}).status_code == 303
    assert world.draft(item)["milestones"][0] == rows[0]


def test_a_new_name_goes_to_whatever_depends_on_it(client_for: Any, world: World) -> None:
    item, client = world.submit(plan()), client_for(INES)
    page = press(client, item, opened(client, item), **{"milestones/0/name": "Workspace ready, with seats"})
    assert page.status_code == 303
    rows = world.draft(item)["milestones"]
    assert [rows[1]["depends"], rows[3]["depends"]] == ["Workspace ready, with seats"] * 2
    assert rows[2] == PLAN[2]


MOVED = {"0": "2026-03-30", "1": "2026-04-01", "2": "2026-04-07", "3": "2026-04-10", "4": "2026-04-22"}


@pytest.mark.parametrize(
    ("sentence", "typed", "days"),
    [
        ("three working days over a weekend, and all that follows", {"0": "2026-03-30"}, MOVED),
        ("what was moved by hand stays, and takes its own along",
         {"0": "2026-03-30", "1": "2026-03-30"}, {**MOVED, "1": "2026-03-30", "2": "2026-04-03"}),
        ("earlier goes too", {"3": "2026-04-06"}, {"3": "2026-04-06", "4": "2026-04-16"}),
        ("a date in words moves nothing", {"0": "soon"}, {"0": "soon"}),
        ("a typing error in the year moves nothing", {"0": "3026-03-25"}, {"0": "3026-03-25"}),
    ],
)  # fmt: skip
def test_dates_take_along_what_depends_on_them(
    client_for: Any, world: World, sentence: str, typed: dict[str, str], days: dict[str, str]
) -> None:
    """In working days of the lane's calendar, which the page names; pressed again nothing moves twice."""
    item, client = world.submit(plan()), client_for(INES)
    page = opened(client, item)
    assert "by as many working days (calendar us-east)" in text_of(page)
    dates = {f"milestones/{row}/due": value for row, value in typed.items()}
    wanted = [days.get(str(number), one["due"]) for number, one in enumerate(PLAN)]
    unticked = press(client, item, page, f"up:4:{AT}", **dates)
    assert sorted(cells(unticked, "due")) == sorted(typed.get(str(n), one["due"]) for n, one in enumerate(PLAN))
    page = press(client, item, unticked, f"down:4:{AT}", shift="1")
    assert cells(page, "due") == wanted, sentence
    assert ("Moved along, in working days: row" in text_of(page)) == (len(days) > len(typed) or days != typed)
    again = press(client, item, page, f"check::{AT}")
    assert cells(again, "due") == wanted
    if sentence.startswith("three"):
        assert press(client, item, opened(client, item), shift="1", **dates).status_code == 303
        assert [one["due"] for one in world.draft(item)["milestones"]] == wanted


BRIEF = {
    "framing": "What they bought.",
    "agenda": [{"topic": "Outcome", "who": "Rosa", "minutes": 10}, {"topic": "Plan", "who": "Ines", "minutes": 15}],
    "stakeholders": [{"name": "Rosa", "role": "COO", "email": "r@x.example", "cares_about": "lateness", "vip": True}],
    "open_questions": [],
    "promises": ["Two dashboards", "One training"],
    "next_step": "Dana proposes three times.",
}


def test_every_list_of_a_brief_is_edited_in_the_same_way(client_for: Any, world: World) -> None:
    """Records and plain texts, also a list that is empty so far; numbers stay numbers, and what has no column stays."""
    quoted = Citation("/promises/1", "One training", "deal", "/Promised_Deliverables__c")
    made = drafts._submission(drafts.deal(), "kickoff_brief", "Kickoff brief", BRIEF, (quoted,))
    item, client = world.submit(made), client_for(DANA)
    page = opened(client, item)
    headings = re.findall(r'<h2 id="edit-place[^>]*>([^<]*)</h2>', page.get_data(as_text=True))
    assert headings == ["Agenda", "Stakeholders", "Open questions", "Promises"]
    buttons = ("up:1:/agenda", "add::/agenda", "add::/stakeholders", "add::/open_questions", "remove:0:/promises")
    for button in (*buttons, "add::/open_questions"):
        page = press(client, item, page, button)
    typed = {
        "agenda/%2B1/topic": "Next", "agenda/%2B1/minutes": "5", "agenda/0/minutes": "20",
        "open_questions/%2B2": "Who signs?", "draft:/framing": "What was bought.",
    }  # fmt: skip
    assert press(client, item, page, **typed).status_code == 303
    assert world.draft(item) == {
        **BRIEF,
        "framing": "What was bought.",
        "agenda": [BRIEF["agenda"][1], {**BRIEF["agenda"][0], "minutes": 20}, {"topic": "Next", "who": "", "minutes": 5}],
        "open_questions": ["Who signs?"],
        "promises": ["One training"],
    }  # fmt: skip
    assert cited(world, item) == {("/promises/0", quoted.path)}


def test_risks_and_lists_of_a_packet_are_tables_and_a_message_has_its_addresses_a_line() -> None:
    """What is no list of texts or of records is edited text by text, as before."""
    risks = [one.at for one in draft_tables.tables("risk_summary", {"summary": "s", "risks": []})]
    assert risks == ["/risks"]
    packet = {"sections": {"stakeholders": {"key": [{"name": "Rosa"}]}, "risks": {"risks": ["a", {"b": 1}], "n": [1]}}}
    assert [one.at for one in draft_tables.tables("handoff_packet", packet)] == ["/sections/stakeholders/key"]
    mail = {"to": ["a@x.example"], "subject": "s", "body": "b", "links": ["one"]}
    assert [one.at for one in draft_tables.tables("customer_email", mail)] == ["/links"]
    asked = {"question": "Which?", "choices": [{"key": "1", "label": "A"}]}
    assert draft_tables.tables("trigger_question", asked) == []


def test_an_untouched_form_changes_nothing(client_for: Any, world: World) -> None:
    """Also where an added row stayed empty, and where a removed one was put back."""
    item, client = world.submit(plan(CITED)), client_for(INES)
    page = opened(client, item)
    for button in (f"add::{AT}", f"remove:2:{AT}", f"back:2:{AT}"):
        page = press(client, item, page, button)
    refused = press(client, item, page)
    assert refused.status_code == 422
    assert "changes nothing." in text_of(refused)


@pytest.mark.parametrize("order", [["0", "0", "7", "x", "+1", "+1", "-1", "+x"], ["", ""]])
def test_a_forged_order_names_no_row_that_is_not_there(order: list[str]) -> None:
    form = MultiDict([*((f"rows:{AT}", key) for key in order), (f"draft:{AT}/+1/name", "New")])
    edit = edited_draft.posted(POLICY, "project_plan", {"milestones": PLAN}, form, POLICY.calendar(drafts.LANE))
    draft, moves = edit.saved()
    names = [one["name"] for one in draft["milestones"]]
    assert (names, moves) == (([PLAN[0]["name"], "New"], {AT: (0, None)}) if order[0] else ([], {AT: ()}))


def test_two_edits_at_once_keep_the_rows_of_the_second(client_for: Any, world: World) -> None:
    """Where the list is the same still, they are put into the current draft; where its rows are others, they are told."""
    item, client = world.submit(plan()), client_for(INES)
    page = press(client, item, opened(client, item), f"remove:3:{AT}")
    page = press(client, item, page, f"add::{AT}", **{"milestones/4/depends": "3", "milestones/%2B1/name": "Then"})
    changed = {"milestones": PLAN, "note": "Rosa is away until Monday."}
    world.decide(INES, item, "edit", draft=changed)
    answer = press(client, item, page, **{"milestones/%2B1/name": "Outcome verified"})
    assert answer.status_code == 409
    assert "The rows of Milestones are kept as you had put them." in text_of(answer)
    form = sent(answer)
    kept = {name for name in form if name.startswith("draft:") and name.endswith("depends") and form[name]}
    assert kept == {f"draft:{AT}/4/depends"}, "what only has another number now was not changed"
    form["reason_code"] = "wording"
    assert client.post(f"/items/{item}/edit", data=form).status_code == 303
    draft = world.draft(item)
    assert [one["name"] for one in draft["milestones"]][2:] == ["Data imported", PLAN[4]["name"], "Outcome verified"]
    assert draft["milestones"][3]["depends"] == "Data imported"
    assert draft["note"] == changed["note"]
    late = press(client, item, page)
    assert late.status_code == 409
    assert "You had added, moved or removed rows of Milestones: 1 Workspace created" in text_of(late)
    assert "with this" not in text_of(late)


def test_a_button_tells_at_once_that_a_source_moved(client_for: Any, world: World, tmp_path: Path) -> None:
    """The rows are not shown again over evidence that nobody has looked at: what was typed is kept on the page that says
    so."""
    submission = plan(CITED)
    item, client = world.submit(submission), client_for(INES)
    page = press(client, item, opened(client, item), f"remove:1:{AT}")
    says_now(world, tmp_path, submission, First_Value_Milestone__c="First report used by 24 April 2026.")
    told = press(client, item, page, f"add::{AT}")
    assert told.status_code == 409
    assert "The rows of Milestones are kept as you had put them." in text_of(told)


def test_a_full_table_says_that_it_takes_no_more() -> None:
    draft = {"open_questions": [f"Question {number}?" for number in range(draft_tables.MAX_ROWS)]}
    form = MultiDict({"row_act": "add::/open_questions"})
    edit = edited_draft.posted(POLICY, "kickoff_brief", draft, form, POLICY.calendar(drafts.LANE))
    assert edit.act
    assert edit.act.said == "A table takes at most 200 rows, so none is added."
    assert edit.saved() == (draft, {})
