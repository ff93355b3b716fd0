"""Every kind of page with something on it: what is looked at small, dark, and by a checker of accessibility."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page

from reviewqueue.delivery import callbacks
from reviewqueue.exceptions import exception_cases
from reviewqueue.items import leases, pauses
from reviewqueue.lanes import check_rule_proposals, proposals
from reviewqueue.measurement.metrics import recorded_events
from reviewqueue.measurement.sampling import sample_queries, weekly_sample
from reviewqueue.measurement.sampling.second_review import FindingInput
from reviewqueue.policy import loading
from tests import drafts, northbeam
from tests.cast import AIKO, DANA, HELEN, INES, LENA, MARCUS, PRIYA, SAM, TOM, Named
from tests.support import recorded_metrics, scorecards, standing_approvals
from tests.support.crm_changes import doubt
from tests.support.sampled_week import OVER, look
from tests.web.test_items import question
from tests.world import World


def furnish(world: World) -> dict[str, int]:
    """Items of every kind in every state, callbacks delivered and failed, somebody away."""
    hidden = drafts.email(
        drafts.deal("Dover Rail"), body=drafts.BODY + "\n\nPay now\u202e\u200b\u200b.", cc=["a@b.example"]
    )
    items = {
        "email": world.submit(drafts.email(drafts.deal("Anchor Mills"))),
        "packet": world.submit(drafts.packet(without=("customer_outcome", "customer_owner", "renewal_signal"))),
        "plan": world.submit(drafts.plan()),
        "question": world.submit(question()),
        "hidden": world.submit(hidden),
        "edited": world.submit(drafts.in_lane(drafts.email(drafts.deal("Elm Street")), drafts.TWO_APPROVALS)),
        "done": world.submit(drafts.email(drafts.deal("Fern Labs"))),
        "back": world.submit(drafts.plan(drafts.deal("Gale Foods"))),
        "theirs": world.submit(drafts.email(drafts.deal("Hale Optics"))),
        **_after_another(world),
        **_unsettled(world),
    }
    world.decide(TOM, items["edited"], "approve")
    planned = world.submit(drafts.plan(drafts.deal("Kiln Works")))
    world.decide(INES, planned, "approve")
    items["run"] = world.item(planned).onboarding_id or 0
    _measured(world, items["run"])
    world.decide(
        DANA, items["edited"], "edit", draft={**world.draft(items["edited"]), "subject": "Kickoff, our proposal"}
    )
    world.decide(MARCUS, items["edited"], "escalate")
    world.decide(DANA, items["done"], "reject")
    world.decide(HELEN, items["back"], "send_back")
    with world.session() as session:
        leases.take(session, MARCUS.id, items["theirs"], world.now)
        first, *_ = callbacks.take_due(session, world.now)
        callbacks.report(session, first, world.now, status=410, says="Gone", milliseconds=31)
        items["paused"] = world.submit(drafts.email(drafts.deal("Iris Dental")))
        pauses.pause(
            session, DANA.id, items["paused"], "waiting_for_customer", "Rosa looks for a date that suits.", world.now
        )
    _said_of_a_lane(world)
    standing_approvals.drawn(world, items["done"])
    items["rules"] = _check_change(world)
    return {**items, **_sampled(world)}


def _sampled(world: World) -> dict[str, int]:
    """A week's sample: one draft that waits for a second review, one in dispute."""
    with world.session() as session:
        weekly_sample.draw_due(session, OVER + timedelta(hours=1))
        found = sample_queries.sampled_drafts(session)
        mine = [one for one in found if one.first.person_id == DANA.id and one.place.stratum == "approved"]
        waits, disputed = (one.place.id for one in mine[:2])
    look(
        world, MARCUS, disputed, "send_back", findings=(FindingInput("tone", "It thanks nobody for anything at all."),)
    )
    return {"look": waits, "both": disputed}


def _check_change(world: World) -> int:
    """Somebody proposes that a check which stopped what people had stopped as well counts as less."""
    files = northbeam.files()
    wanted = check_rule_proposals.ProposedRule(
        "field.customer_owner", "warn", because="the kickoff finds out who it is"
    )
    with world.session() as session:
        changed = check_rule_proposals.files_with_rule(files, loading.load(files), wanted)
        return proposals.propose(
            session, PRIYA.id, changed, "It stops packets that are fine; see the replay.", world.now
        )


def _said_of_a_lane(world: World) -> None:
    """A lane with its scores, colours and owners, one of each said twice, and a line answered otherwise."""
    scorecards.score_all(world, 4, measurement_and_roi=2)
    scorecards.score(world, "measurement-and-roi", 3, link="https://wiki.example/a-baseline-with-a-rather-long-address")
    scorecards.colour_all(world, besides={"measurement": "red", "milestones": "yellow"})
    scorecards.own_all(world)
    scorecards.own_all(world)
    scorecards.answer(world, "weekly-sample", "Ten items, drawn at random.", "Five percent would be two.")


def _measured(world: World, run: int) -> None:
    """A kickoff, minutes of preparation, a baseline, a record taken back; the figures brought up to it."""
    recorded_metrics.tell(world, run, "kickoff_held", 0)
    wrong = recorded_metrics.tell(world, run, "csm_prep", 0, amount=400)
    recorded_metrics.tell(world, run, "csm_prep", 0, amount=40, about="kickoff")
    with world.session() as session:
        recorded_events.take_back(session, DANA.actor, wrong, "Forty, not four hundred.", world.now)
    recorded_metrics.against(world, "figure", metric="csm_prep", value=140, low=110, high=175, sample=40)
    recorded_metrics.against(world, "pilot", starts_on=world.now.date())
    recorded_metrics.refreshed(world)


def _after_another(world: World) -> dict[str, int]:
    """A message after one that was approved: a paragraph moved, words and an address changed, hidden ones among them."""
    about = drafts.deal("Juno Textiles")
    world.decide(DANA, world.submit(drafts.email(about)), "approve")
    greeting, thanks, step, *rest = drafts.BODY.split("\n\n")
    body = "\n\n".join([greeting, step, thanks.replace("23", "30\u202e"), *rest])
    cc = ["a" * 60 + "@juno.example"]
    return {"moved": world.submit(drafts.email(about, subject="Your first report", body=body, cc=cc))}


def _unsettled(world: World) -> dict[str, int]:
    """A packet under which a source changed, and one that rests on a field somebody says is wrong."""
    about = drafts.deal("Juno Mills")
    stale, newer = world.submit(drafts.packet(about)), drafts.plan(about)
    deal = newer.drafted.sources["deal"]
    moved = replace(deal, payload={**deal.payload, "CloseDate": "2026-03-12", "Plan__c": "Business"})
    sources = {**newer.drafted.sources, "deal": moved}
    world.submit(replace(newer, drafted=replace(newer.drafted, sources=sources)))
    about = drafts.deal("Kite Ceramics")
    questioned, mail = world.submit(drafts.packet(about)), world.submit(drafts.email(about))
    doubt(world, DANA, mail)
    return {"stale": stale, "questioned": questioned, "held": _held(world)}


def _held(world: World) -> int:
    """A message that was approved and that an exception holds."""
    item = world.submit(drafts.email(drafts.deal("Larch Dairies")))
    world.decide(DANA, item, "approve")
    with world.session() as session:
        run = world.item(item).onboarding_id
        said = exception_cases.ExceptionRequest(
            "billing-or-contract-mismatch", "Two amounts", "The order says 40 seats.", None, run
        )
        exception_cases.open_case(session, PRIYA.id, said, world.now)
    return item


def rooms(items: dict[str, int]) -> list[tuple[str, Named | None, str]]:
    """(name, who looks, address) of each page."""
    return [
        ("sign in", None, "/sign-in?next=/queue"),
        ("queue", AIKO, "/queue?view=open"),
        ("filtered", AIKO, "/queue?view=open&kind=customer_email&overdue=1&customer=x"),
        ("empty queue", AIKO, "/queue"),
        ("decided", AIKO, "/queue?view=decided"),
        ("e-mail", DANA, f"/items/{items['email']}"),
        ("packet", PRIYA, f"/items/{items['packet']}"),
        ("plan", HELEN, f"/items/{items['plan']}"),
        ("question", PRIYA, f"/items/{items['question']}"),
        ("hidden text", DANA, f"/items/{items['hidden']}"),
        ("escalated", HELEN, f"/items/{items['edited']}"),
        ("a source changed", PRIYA, f"/items/{items['stale']}"),
        ("its source is in question", PRIYA, f"/items/{items['questioned']}"),
        ("corrections", LENA, "/corrections"),
        ("no corrections", PRIYA, "/corrections?view=answered"),
        ("settled", DANA, f"/items/{items['done']}"),
        ("theirs", TOM, f"/items/{items['theirs']}"),
        ("paused", DANA, f"/items/{items['paused']}"),
        ("paused ones", DANA, "/queue?paused=1"),
        ("read only", AIKO, f"/items/{items['packet']}"),
        ("edit an e-mail", DANA, f"/items/{items['email']}/edit"),
        ("edit a packet", PRIYA, f"/items/{items['packet']}/edit"),
        ("edit a plan", INES, f"/items/{items['plan']}/edit"),
        ("revision", AIKO, f"/items/{items['edited']}/revisions/1"),
        ("redline", AIKO, f"/items/{items['moved']}/redline?against=received"),
        ("nothing to compare with", AIKO, f"/items/{items['plan']}/redline?against=approved"),
        ("onboardings", AIKO, "/onboardings"),
        ("an onboarding", DANA, f"/onboardings/{items['run']}"),
        ("a package", HELEN, f"/onboardings/{items['run']}/package"),
        ("promises", AIKO, f"/onboardings/{items['run']}/promises"),
        ("exceptions", TOM, "/exceptions"),
        ("no exceptions", AIKO, "/exceptions"),
        ("an exception", HELEN, "/exceptions/1"),
        ("open an exception", PRIYA, f"/exceptions/new?item={items['packet']}"),
        ("workload", HELEN, "/workload"),
        ("measurement", HELEN, "/measurement?lane=mid-market-saas"),
        ("a metric", AIKO, "/measurement/mid-market-saas/csm_prep"),
        ("what was recorded", DANA, f"/onboardings/{items['run']}/recorded"),
        ("whose it is", HELEN, f"/items/{items['email']}/assign"),
        ("readiness", AIKO, "/readiness"),
        ("scorecard", PRIYA, "/lanes/mid-market-saas/readiness"),
        ("no scorecard", AIKO, "/lanes/enterprise-saas/readiness"),
        ("go or no go", PRIYA, "/lanes/mid-market-saas/go-no-go"),
        ("worksheet", PRIYA, "/lanes/mid-market-saas/worksheet"),
        ("sending", PRIYA, "/lanes/mid-market-saas/sending"),
        ("launch owners", PRIYA, "/lanes/mid-market-saas/owners"),
        ("the QA sample", HELEN, f"/qa?lane={drafts.LANE}"),
        ("a sample", AIKO, "/qa/1"),
        ("a second review", HELEN, f"/qa/reviews/{items['look']}"),
        ("both answers", HELEN, f"/qa/reviews/{items['both']}"),
        ("waits for a second review", AIKO, f"/qa/reviews/{items['look']}"),
        ("log", AIKO, "/log"),
        ("entry", AIKO, "/log/9"),
        ("deliveries", PRIYA, "/deliveries"),
        ("releases", HELEN, "/releases"),
        ("nothing failed", LENA, "/releases?view=trouble"),
        ("a release that is held", MARCUS, f"/items/{items['held']}"),
        ("policy", DANA, "/policy"),
        ("checks", DANA, "/policy/checks"),
        ("policy file", DANA, "/policy/files/lanes/mid-market-saas.toml"),
        ("other rules", PRIYA, "/policy/replay?file=gates/handoff-quality.toml"),
        ("a check", PRIYA, "/policy/checks/field.customer_owner"),
        ("a check change", SAM, f"/items/{items['rules']}"),
        ("people", SAM, "/people"),
        ("credentials", SAM, "/releases/credentials"),
        ("keys", SAM, "/keys"),
        ("setup", SAM, "/setup"),
        ("revoke a key", SAM, "/keys/1/revoke"),
        ("close an account", SAM, f"/people/{TOM.id}/disable"),
        ("mine", DANA, "/people/me"),
        ("notifications", HELEN, "/notifications"),
        ("what one is told", HELEN, "/notifications/settings"),
        ("nothing there", DANA, "/items/999999"),
        ("not allowed", DANA, "/log"),
    ]


def unfold(page: Page) -> None:
    """Open whatever is folded, and the first act."""
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    act = page.locator(".act-tab input").first
    if act.count():
        act.check(force=True)


def conflict(site: Any, page: Page, item: int) -> None:
    """Bring this browser before the page that says what moved."""
    site.enter(page, DANA).goto(f"{site.url}/items/{item}")
    changed = {**site.world.draft(item), "subject": "Kickoff, our proposal", "cc": ["ana@marlowfreight.example"]}
    site.world.decide(MARCUS, item, "edit", draft=changed)
    page.locator(".act-tab", has_text="Reject").click()
    page.locator("#reject-reason_code").select_option("duplicate")
    page.locator("#reject-text").fill("Rosa has this mail already.")
    page.get_by_role("button", name="Reject", exact=True).click()
    page.wait_for_url("**/decisions")
