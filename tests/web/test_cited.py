"""From what an automation sends to what its reviewer may do: a citation that says otherwise, a recipient that only a call
names, and a kickoff invitation with a link to our own meeting."""

from __future__ import annotations

from typing import Any

import pytest

from reviewqueue.core.errors import Forbidden
from tests import drafts
from tests.api import payloads
from tests.api.test_contract import item, submitted
from tests.cast import DANA, PRIYA
from tests.web.conftest import text_of
from tests.web.test_statements import marked

STEP = "Next step: Dana Whitfield sends the agenda by 2026-12-04."
SITE = {"Id": "001H", "Name": "Tannhof Mills", "Website": "https://tannhofmills.example"}
DEAL = {"Id": "006H", "Plan__c": "Team", "BillingCity__c": "Leeds", "Pilot_Approved__c": False, "Trainings__c": 3,
        "Outcome__c": "Millers order flour in one place"}  # fmt: skip
CONTACT = {"Id": "003H", "FirstName": "Ines", "LastName": "Tannhof", "Email": "ines@tannhofmills.example"}


def mail(body: str, to: str = "ines@tannhofmills.example", *cited: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A submission with these words, and (quote, field of the deal) for each citation."""
    records = {"deal": ("Opportunity", DEAL), "site": ("Account", SITE), "ines": ("Contact", CONTACT), **more}
    whole = payloads.email(
        draft={"to": [to], "subject": "Kickoff", "body": f"Hello Ines,\n\n{body}\n\n{STEP}"},
        sources=[
            {"ref": ref, "system": "gong" if kind == "call" else "salesforce", "object": kind, "id": ref, "payload": payload}
            for ref, (kind, payload) in records.items()
        ],
        citations=[{"at": "/body", "quote": quote, "source": "deal", "path": path} for quote, path in cited],
    )  # fmt: skip
    return whole


def failing(api: Any, item_id: int) -> set[str]:
    return {one["key"] for one in item(api, item_id)["checks"] if one["outcome"] == "fail" and one["blocking"]}


WRONG = [
    ("another plan", "you have the Enterprise plan.", "the Enterprise plan", "/Plan__c", "Team"),
    ("another number", "four trainings are included.", "four trainings", "/Trainings__c", "3"),
    ("another place", "we meet at your Bristol office.", "your Bristol office", "/BillingCity__c", "Leeds"),
    ("yes for no", "the pilot is approved.", "the pilot is approved", "/Pilot_Approved__c", "false"),
]


@pytest.mark.parametrize(("sentence", "body", "quote", "path", "value"), WRONG, ids=[row[0] for row in WRONG])
def test_what_cites_a_field_and_says_otherwise_is_marked_and_stops(
    api: Any, client_for: Any, world: Any, sentence: str, body: str, quote: str, path: str, value: str
) -> None:
    """The check fails and names both, the words are marked in place and in the evidence, and nobody approves."""
    made = submitted(api, mail(body, "ines@tannhofmills.example", (quote, path)))["id"]
    [said] = [one for one in item(api, made)["checks"] if one["key"] == "evidence.contradicted"]
    assert (said["outcome"], said["blocking"], said["at"]) == ("fail", True, "/body")
    assert f"“{quote}”, but Opportunity deal says “{value}” ({path})" in said["message"] or quote.startswith("four")
    answer = client_for(DANA).get(f"/items/{made}")
    page = text_of(answer)
    assert marked(answer.get_data(as_text=True))[quote] == "conflicting", sentence
    assert "cites this, says otherwise" in page
    assert f"The draft says otherwise: {quote}" in page
    with pytest.raises(Forbidden, match=r"evidence\.contradicted"):
        world.decide(DANA, made, "approve")


def test_what_says_the_same_is_supported_and_goes_through(api: Any, client_for: Any, world: Any) -> None:
    """The control: in other spellings, number words, and a denial."""
    body = "you have the team plan in LEEDS with three trainings; the pilot is not approved yet."
    cited = [("the team plan", "/Plan__c"), ("LEEDS", "/BillingCity__c"), ("three trainings", "/Trainings__c"),
             ("the pilot is not approved", "/Pilot_Approved__c")]  # fmt: skip
    made = submitted(api, mail(body, "ines@tannhofmills.example", *cited))["id"]
    assert failing(api, made) == set()
    found = marked(client_for(DANA).get(f"/items/{made}").get_data(as_text=True))
    assert {found[quote] for quote, _ in cited} == {"supported"}
    assert world.decide(DANA, made, "approve").state == "approved"


def test_what_cannot_be_compared_is_said_and_stops_nobody(api: Any, client_for: Any, world: Any) -> None:
    """A paraphrase is neither drawn as supported nor called wrong."""
    quote = "one place where your millers work"
    made = submitted(api, mail(f"you want {quote}.", "ines@tannhofmills.example", (quote, "/Outcome__c")))["id"]
    [said] = [one for one in item(api, made)["checks"] if one["key"] == "evidence.uncompared"]
    assert (said["outcome"], said["blocking"]) == ("warn", False)
    assert "which says “Millers order flour in one place”: the two cannot be compared" in said["message"]
    answer = client_for(DANA).get(f"/items/{made}")
    assert marked(answer.get_data(as_text=True))[quote] == "uncompared"
    page = text_of(answer)
    assert "cites this, not compared" in page
    assert f"Cites this, not compared: {quote}" in page
    assert "1 not compared" in page
    assert world.decide(DANA, made, "approve").state == "approved"


def test_an_address_that_only_a_call_names_is_nobodys(api: Any, client_for: Any, world: Any) -> None:
    """It stops, nobody may override it, and the page does not say that a source bears it out."""
    call = {"transcript": "From now on please write to ines.tannhof@gmail.com only."}
    made = submitted(api, mail("see you soon.", "ines.tannhof@gmail.com", call=("call", call)))["id"]
    assert failing(api, made) == {"recipient.belongs"}
    assert (
        marked(client_for(DANA).get(f"/items/{made}").get_data(as_text=True))["ines.tannhof@gmail.com"] == "unsupported"
    )
    with pytest.raises(Forbidden):
        world.decide(DANA, made, "approve")
    known = {**CONTACT, "Email": "ines.tannhof@gmail.com"}
    made = submitted(api, mail("see you soon.", "ines.tannhof@gmail.com", ines=("Contact", known)))["id"]
    assert failing(api, made) == set()


def test_a_kickoff_invitation_with_our_own_meeting_goes_through(api: Any, world: Any) -> None:
    """Our own room at a meeting host, its code in the link and beside it; a host that only looks like it stops."""
    invite = "please join https://northbeam.zoom.us/j/98123456789?pwd=Zm9vYmFyQmF6.1 on Friday.\nPasscode: xK4.9q"
    made = submitted(api, mail(invite))["id"]
    assert failing(api, made) == set()
    assert world.decide(DANA, made, "approve").state == "approved"
    fake = submitted(api, mail(invite.replace("northbeam.zoom.us", "northbeam-zoom.us")))["id"]
    assert failing(api, fake) == {"text.link", "secret.key"}


def test_what_the_drafts_of_the_tests_cite_is_supported(world: Any, client_for: Any) -> None:
    """Every citation of a believable message and packet: none says otherwise, none is left uncompared."""
    for made, person in ((world.submit(drafts.email()), DANA), (world.submit(drafts.packet()), PRIYA)):
        found = marked(client_for(person).get(f"/items/{made}").get_data(as_text=True))
        assert "supported" in found.values()
        assert not {"uncompared", "conflicting"} & set(found.values())
