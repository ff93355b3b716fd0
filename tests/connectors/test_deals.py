"""Identity: what starts, what is asked, what is skipped, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from reviewqueue.connectors import deals
from reviewqueue.connectors.account_names import AccountIndex
from reviewqueue.connectors.deals import DealVerdict
from reviewqueue.evidence.types import Source
from tests.support.crm_deals import POLICY, deal, hubspot, lane

MARLOW, BALTIC = "001NB0000000001AAA", "001NB0000000002AAA"
BOOK = AccountIndex([(MARLOW, "Marlow Freight Inc."), (BALTIC, "Quill Baltic"), ("001NB0000000003AAA", "Quill Iberia")])


def pipeline(found: str, *stages: tuple[str, str, str]) -> Source:
    """A pipeline with stages: id, closed or not, probability."""
    made = [{"id": key, "metadata": {"isClosed": closed, "probability": sure}} for key, closed, sure in stages]
    return Source("hubspot", "pipeline", found, {"id": found, "stages": made})


SALES = pipeline("p1", ("771", "true", "1.0"), ("772", "true", "0.0"), ("773", "false", "0.4"), ("774", "true", "0.5"))


def judged(
    one: Source, linked: Sequence[str] = (), twins: int = 0, pipelines: Sequence[Source] = (SALES,)
) -> DealVerdict:
    """The verdict on a deal."""
    return deals.judge(POLICY, one, BOOK, deals.stage_meanings(pipelines), linked, twins)


SALESFORCE: dict[str, tuple[dict[str, Any], str, str]] = {
    "won, and its name fits one account": ({}, "start", ""),
    "won, with an account id": ({"AccountId": BALTIC}, "start", ""),
    "won, with the id of an account that was not imported": ({"AccountId": "001NB0000000009AAA"}, "start", ""),
    "won, and its name fits two accounts": ({"Name": "Quill platform"}, "ask", "it could be for 2 accounts"),
    "won, and its name fits none": ({"Name": "Harbor platform"}, "ask", "no known account has a name like it"),
    "won, without a name": ({"Name": None}, "ask", "no known account has a name like it"),
    "won, a blank account id is none": ({"AccountId": "", "Name": "Quill platform"}, "ask", "2 accounts"),
    "a stage that maps to nothing": (
        {"StageName": "Signed"},
        "ask",
        "stage “Signed” maps to nothing in lane Mid-market SaaS",
    ),
    "no stage": ({"StageName": None}, "ask", "it has no stage"),
    "a blank stage": ({"StageName": "  "}, "ask", "it has no stage"),
    "open": ({"StageName": "Prospecting"}, "skip", "it is open (stage “Prospecting”)"),
    "lost": ({"StageName": "Closed Lost"}, "skip", "it is lost"),
    "open, and its segment has no lane": ({"StageName": "Prospecting", "Segment__c": "SMB"}, "skip", "it is open"),
    "a segment of no lane": ({"Segment__c": "SMB"}, "skip", "segment “SMB” has no lane"),
    "no segment: the default lane's": ({"Segment__c": None}, "start", ""),
    "an excluded deal type": ({"Type": "Renewal"}, "skip", "deal type “Renewal” is excluded from lane Mid-market SaaS"),
    "an excluded deal type in another spelling": ({"Type": "existing customer - downgrade"}, "skip", "is excluded"),
    "a deal type of no list is for the gate": ({"Type": "Barter"}, "start", ""),
    "no deal type": ({"Type": None}, "start", ""),
    "deleted": ({"IsDeleted": True}, "skip", "has it as deleted"),
}


@pytest.mark.parametrize("name", SALESFORCE)
def test_what_becomes_of_a_salesforce_deal(name: str) -> None:
    """Each situation of a deal: what is done, and the words for why."""
    changes, act, why = SALESFORCE[name]
    verdict = judged(deal(**changes))
    assert (verdict.act, why in verdict.why) == (act, True)
    assert (verdict.why == "") is (act == "start")
    assert len(verdict.accounts) <= 1 or act == "ask"


def companies(*pairs: tuple[str, str]) -> dict[str, Any]:
    """Associated companies as the deals API gives them."""
    return {"companies": {"results": [{"id": found, "type": kind} for found, kind in pairs]}}


HUBSPOT: dict[str, tuple[Source, str, str]] = {
    "a custom stage that its pipeline calls won": (hubspot(dealstage="771"), "start", ""),
    "a custom stage that its pipeline calls lost": (hubspot(dealstage="772"), "skip", "it is lost (stage “772”)"),
    "a custom stage that its pipeline calls open": (hubspot(dealstage="773"), "skip", "it is open"),
    "closed at a probability that says nothing": (hubspot(dealstage="774"), "ask", "maps to nothing"),
    "a custom stage of no pipeline": (hubspot(dealstage="999"), "ask", "maps to nothing"),
    "an existing-business deal": (hubspot(dealtype="existingbusiness"), "skip", "is excluded"),
    "archived": (Source("hubspot", "DEAL", "1", {**hubspot().payload, "archived": True}), "skip", "has it as archived"),
    "an event of a closed deal": (
        Source("hubspot", "DEAL", "1", {"eventType": "e_deal_closed", "properties": {"hs_closed_state": "CLOSED_WON"}}),
        "ask",
        "no known account",
    ),
    "an event of a lost deal": (
        Source(
            "hubspot", "DEAL", "1", {"eventType": "e_deal_closed", "properties": {"hs_closed_state": "CLOSED_LOST"}}
        ),
        "skip",
        "it is lost",
    ),
    "one associated company, told twice": (
        Source(
            "hubspot",
            "DEAL",
            "1",
            {**hubspot().payload, "associations": companies(("5", "deal_to_company"), ("5", "x"))},
        ),
        "start",
        "",
    ),
    "two associated companies": (
        Source("hubspot", "DEAL", "1", {**hubspot().payload, "associations": companies(("5", "x"), ("6", "x"))}),
        "ask",
        "it names 2 accounts",
    ),
    "two associated companies, one labelled": (
        Source(
            "hubspot",
            "DEAL",
            "1",
            {
                **hubspot().payload,
                "associations": companies(("6", "deal_to_company_unlabeled"), ("5", "deal_to_company")),
            },
        ),
        "start",
        "",
    ),
}


@pytest.mark.parametrize("name", HUBSPOT)
def test_what_becomes_of_a_hubspot_deal(name: str) -> None:
    """Custom pipelines, events and associations."""
    one, act, why = HUBSPOT[name]
    verdict = judged(one)
    assert (verdict.act, why in verdict.why) == (act, True)


def test_a_company_from_association_records_counts() -> None:
    """Where the deal itself names none."""
    verdict = judged(hubspot(dealname="Harbor"), linked=["5"])
    assert (verdict.act, verdict.accounts, verdict.how) == ("start", ("5",), "id")
    assert judged(hubspot(dealname="Harbor"), linked=["5", "6"]).act == "ask"


@pytest.mark.parametrize("changes", [{}, {"AccountId": MARLOW}])
def test_deals_of_one_name_are_asked_about(changes: dict[str, Any]) -> None:
    """Even where the account is clear: one of them may be the other, entered twice."""
    verdict = judged(deal(**changes), twins=2)
    assert (verdict.act, verdict.why) == ("ask", "2 other closed-won deals have the same name")
    assert verdict.accounts == (MARLOW,)


def test_two_pipelines_that_disagree_say_nothing() -> None:
    """A stage id that is won here and open there maps to nothing."""
    other = pipeline("p2", ("771", "false", "0.2"))
    assert judged(hubspot(dealstage="771"), pipelines=(SALES, other)).act == "ask"


def test_the_pipeline_is_evidence_only_where_it_was_needed() -> None:
    """A stage of the lane's own lists needs no pipeline."""
    trigger = lane().triggers["hubspot"]
    assert deals.pipeline_of(trigger, hubspot(dealstage="771"), [SALES]) == {"pipeline": SALES}
    assert deals.pipeline_of(trigger, hubspot(), [SALES]) == {}


def test_the_segment_picks_the_lane() -> None:
    """However it is spelt."""
    for said in ("enterprise", "Enterprise", "ENTERPRISE "):
        verdict = judged(deal(Segment__c=said))
        assert verdict.lane is not None
        assert verdict.lane.key == "enterprise-saas"
