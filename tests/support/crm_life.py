"""A deal's life in both CRMs: an account with a contact and a deal, as each exports them, and onboardings of it that stand
at different points."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from reviewqueue.connectors import hubspot, salesforce
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.delivery import releases
from reviewqueue.evidence.types import Citation, DraftWithEvidence, Source
from reviewqueue.items.submission_rules import Submission
from reviewqueue.onboarding import crm_import
from reviewqueue.onboarding.import_run import ImportResult
from tests import drafts
from tests.cast import DANA, INES
from tests.support import draft_chain
from tests.support.releases import OUT, take
from tests.world import World

NAMES = ("Aldermoor Foods", "Brackwater Rail", "Copperfield Press", "Dunmore Textiles", "Eastfen Optics")
START = "2026-03-23"


@dataclass(frozen=True)
class Crm:
    """One CRM: the names of its fields for what the tests change, by a name of their own."""

    system: str
    fields: dict[str, str]
    stages: dict[str, str]

    def account(self, number: int, **changes: Any) -> dict[str, Any]:
        """The account of a customer, whose web domain is its own."""
        name = NAMES[number]
        domain = f"{name.split()[0].lower()}.example"
        if self.system == "salesforce":
            said = {"Id": self.id("account", number), "Name": name, "Website": f"https://{domain}", **changes}
            return {"attributes": {"type": "Account"}, **said}
        more = {key: changes.pop(key) for key in ("archived",) if key in changes}
        return {"id": self.id("account", number), "properties": {"name": name, "domain": domain, **changes}, **more}

    def contact(self, number: int, who: str = "Rosa", **changes: Any) -> dict[str, Any]:
        """A contact of that account."""
        account, found = self.id("account", number), self.id("contact", number, who)
        mail = f"{who.lower()}@{NAMES[number].split()[0].lower()}.example"
        if self.system == "salesforce":
            said = {"Id": found, "AccountId": account, "FirstName": who, "LastName": "Marlow", "Email": mail, **changes}
            return {"attributes": {"type": "Contact"}, **said}
        said = {"firstname": who, "lastname": "Marlow", "email": mail, "associatedcompanyid": account}
        return {"id": found, "properties": said, **changes}

    def deal(self, number: int, **changes: Any) -> dict[str, Any]:
        """The deal of that account, won; `changes` go by the names of `fields`, `stage` by those of `stages`."""
        stage = self.stages[changes.pop("stage", "won")]
        account, found = self.id("account", changes.pop("of_account", number)), self.id("deal", number)
        said = {"name": f"{NAMES[number]} - platform", "amount": 48000, "start": START, **changes}
        gone = {key: said.pop(key) for key in ("deleted",) if key in said}
        named = {self.fields[key]: value for key, value in said.items()}
        if self.system == "salesforce":
            whole = {"Id": found, "AccountId": account, "StageName": stage, "Type": "New Business", **named}
            deleted = {"IsDeleted": True} if gone else {}
            return {"attributes": {"type": "Opportunity"}, **whole, **deleted}
        texts = {key: str(value) for key, value in named.items()}
        whole = {"dealstage": stage, "dealtype": "newbusiness", **texts}
        ends = {"companies": {"results": [{"id": account, "type": "deal_to_company"}]}}
        return {"id": found, "archived": bool(gone), "properties": whole, "associations": ends}

    def id(self, kind: str, number: int, who: str = "") -> str:
        """The id of a record of that kind."""
        digits = number + (50 if who and who != "Rosa" else 0)
        if self.system == "salesforce":
            prefix = {"account": "001", "contact": "003", "deal": "006"}[kind]
            return salesforce.full_id(f"{prefix}LF{digits:010d}")
        return f"{ {'account': 1, 'contact': 2, 'deal': 3}[kind] }{digits:04d}"

    def write(self, folder: Path, *records: dict[str, Any]) -> Path:
        """These records as a file that the CRM exported."""
        path = folder / f"{self.system}.json"
        path.write_text(json.dumps({"records" if self.system == "salesforce" else "results": records, "done": True}))
        return path

    def bring(self, world: World, folder: Path, *records: dict[str, Any]) -> ImportResult:
        """Import these records."""
        with world.session() as session:
            return crm_import.run(session, self.system, [self.write(folder, *records)], world.now)

    def sources(self, folder: Path, *records: dict[str, Any]) -> list[Source]:
        """The same as they are read."""
        reader = salesforce if self.system == "salesforce" else hubspot
        return list(reader.read(self.write(folder, *records)))


CRMS = {
    "salesforce": Crm(
        "salesforce",
        {"name": "Name", "amount": "Amount", "start": "Start_Date__c", "currency": "CurrencyIsoCode", "note": "NextStep"},
        {"won": "Closed Won", "lost": "Closed Lost", "open": "Negotiation/Review", "odd": "Parked"},
    ),
    "hubspot": Crm(
        "hubspot",
        {
            "name": "dealname", "amount": "amount", "start": "start_date", "currency": "deal_currency_code",
            "note": "hs_next_step",
        },
        {"won": "closedwon", "lost": "closedlost", "open": "contractsent", "odd": "parked"},
    ),
}  # fmt: skip


def onboarding(world: World, crm: Crm, number: int) -> Onboarding:
    """The onboarding of that deal."""
    with world.session() as session:
        found = select(Onboarding).where(Onboarding.external_id == crm.id("deal", number))
        return session.scalars(found.where(Onboarding.system == crm.system)).one()


def message(world: World, folder: Path, crm: Crm, number: int, subject: str = "Kickoff invitation") -> Submission:
    """A message to the customer's contact that passes every check, on the records as they were at the start."""
    deal, contact, account = crm.sources(folder, crm.deal(number), crm.contact(number), crm.account(number))
    run = onboarding(world, crm, number)
    mail = f"rosa@{NAMES[number].split()[0].lower()}.example"
    draft = {"to": [mail], "subject": subject, "body": drafts.BODY}
    at = "/Start_Date__c" if crm.system == "salesforce" else "/properties/start_date"
    cites = (Citation("/body", f"starts on {START}", "deal", at),)
    sources = {"deal": deal, "contact": contact, "account": account}
    drafted = DraftWithEvidence("customer_email", "Kickoff invitation", draft, sources, cites)
    whole = Submission(drafts.LANE, drafted, run.external_id, run.customer, crm.system, segment="mid-market")
    return replace(whole, callback_url=drafts.CALLBACK)


def start(world: World, folder: Path, crm: Crm, *numbers: int) -> None:
    """These customers' deals are won: their onboardings start."""
    for number in numbers:
        done = crm.bring(world, folder, crm.account(number), crm.contact(number), crm.deal(number))
        assert done.started == 1, done.details


def packet_waits(world: World, folder: Path, crm: Crm, number: int) -> int:
    """The packet waits for RevOps, and nothing was approved."""
    with world.session() as session:
        run = onboarding(world, crm, number).id
        return session.scalars(select(Item.id).where(Item.onboarding_id == run)).one()


def message_waits(world: World, folder: Path, crm: Crm, number: int) -> int:
    """A message to the customer is approved, and waits to be sent."""
    item = world.submit(message(world, folder, crm, number))
    assert world.decide(DANA, item, "approve").state == "approved"
    return item


def message_sent(world: World, folder: Path, crm: Crm, number: int) -> int:
    """The message was sent."""
    item = message_waits(world, folder, crm, number)
    due = take(world)
    assert due is not None
    assert due.item_id == item, "another message was due first"
    with world.session() as session:
        assert releases.report(session, due, OUT, world.now) == "released"
    return item


def first_value(world: World, folder: Path, crm: Crm, number: int) -> int:
    """The message was sent, the plan approved, and every milestone reached."""
    item = message_sent(world, folder, crm, number)
    run = onboarding(world, crm, number)
    plan = {"milestones": drafts.MILESTONES}
    drafted = replace(message(world, folder, crm, number).drafted, kind="project_plan", draft=plan, citations=())
    plan_item = world.submit(
        Submission(drafts.LANE, drafted, run.external_id, run.customer, crm.system, segment="mid-market")
    )
    assert world.decide(INES, plan_item, "approve").state == "approved"
    for milestone in draft_chain.plan_of(world, run.id):
        draft_chain.reach(world, milestone)
    return item
