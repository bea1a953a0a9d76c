"""Every API call that the client knows is answered by the emulator, and what comes is read without an oddity.

The two were written from the same reference by different hands: what one of them misread shows here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Any

import pytest

from novation.emulator import server  # noqa: F401  importing the server fills the table of routes
from novation.emulator.http.routes import find
from novation.partnercenter import (
    Account,
    Done,
    Endpoints,
    NotDone,
    Pace,
    PartnerCenter,
    Resource,
    Uncertain,
    Unknown,
)
from novation.partnercenter.api_calls import API_CALLS
from novation.partnercenter.sending import Sender
from tests.emulator.running import Bench, running

ROLES = (
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451",  # Global Reader
    "fe930be7-5e62-47db-91af-98c3a49a38b1",  # User Administrator
    "e8611ab8-c189-46e8-94e1-60213ab1f814",  # Privileged Role Administrator
)
HELPDESK = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
GUID = "7d4f3c9e-0000-4000-8000-000000000001"
PERSON = {"first_name": "Ada", "last_name": "Lang", "email": "ada@kunde.example"}
ADDRESS = {"addressLine1": "Weg 1", "city": "Ulm", "country": "DE", "postalCode": "89073"}


@pytest.mark.parametrize("name", sorted(API_CALLS))
def test_the_emulator_has_each_api_call_for_the_same_kinds_of_token(name: str) -> None:
    api_call = API_CALLS[name]
    path = api_call.path
    while "{" in path:
        path = f"{path[: path.index('{')]}{GUID}{path[path.index('}') + 1 :]}"
    route, _, _ = find(api_call.method, path)
    assert route is not None
    allowed = {"both": {"app", "user"}, "user": {"user"}, "app": {"app"}}[route.tokens]
    # The first kind named is the one that the client uses.
    assert api_call.tokens[0] in allowed


class Noted:
    """Which API calls were made, and the oddities of what came back."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.api_calls: set[str] = set()
        self.oddities: list[tuple[str, tuple[str, ...]]] = []
        exchange = Sender._exchange

        async def noting(sender: Sender, request: Any, *more: Any) -> Any:
            answer = await exchange(sender, request, *more)
            self.api_calls.add(request.api_call.name)
            return answer

        patch.setattr(Sender, "_exchange", noting)

    async def of(self, work: Any) -> Any:
        """The value of a read or of a write that must be done; its oddities are noted."""
        found = await work
        assert not isinstance(found, NotDone | Unknown), found
        value = found.value if isinstance(found, Done) else found
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, Resource) and part.oddities:
                self.oddities.append((type(part).__name__, part.oddities))
        return value


@pytest.fixture
def world() -> Iterator[Bench]:
    with running(customers=60, plain=False, seed=4) as bench:
        yield bench


def clients(bench: Bench) -> tuple[PartnerCenter, PartnerCenter]:
    def one(name: str) -> PartnerCenter:
        told = bench.ready["accounts"][name]
        account = Account(
            name, told["tenant_id"], told["client_id"], told["client_secret"], told["refresh_token"]
        )
        ends = Endpoints(
            api=bench.ready["api"],
            login=bench.ready["login"],
            graph=bench.ready["graph"],
            downloads=("127.0.0.1",),
        )
        return PartnerCenter(
            account,
            ends,
            pace=Pace(per_minute=100_000, backoff=0.01),
            uncertain=Uncertain(legacy_agreements=True),
        )

    return one("source"), one("target")


def test_each_api_call_is_answered_and_read_without_an_oddity(
    world: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = Noted(monkeypatch)

    async def work() -> None:
        source, target = clients(world)
        async with source, target:
            story = Story(world, noted, source, target)
            for chapter in (
                story.customers, story.agreements, story.administration, story.people, story.catalogue,
                story.subscriptions, story.orders, story.transfers, story.webhooks, story.money, story.end,
            ):  # fmt: skip
                await chapter()

    asyncio.run(work())
    assert noted.oddities == []
    assert noted.api_calls == API_CALLS.keys()


class Story:
    """One customer from beginning to end, told so that every API call occurs."""

    def __init__(self, world: Bench, noted: Noted, source: PartnerCenter, target: PartnerCenter) -> None:
        self.world, self.of, self.source, self.target = world, noted.of, source, target
        self.tid, self.ids = self.customer()

    def customer(self) -> tuple[str, list[str]]:
        """A customer all of whose subscriptions can move, with users who hold licences."""
        for tid in list(self.world.world.customers):
            truth = self.world.truth(f"/customers/{tid}")
            live = [i for i in truth["subscriptions"] if i["status"] in ("active", "suspended")]
            plain = [
                i["id"]
                for i in live
                if i["status"] == "active"
                and not i["isTrial"]
                and not i["legacy"]
                and i["offerName"] != "Azure plan"
            ]
            if 2 <= len(plain) == len(live) <= 25 and any(u["licences"] for u in truth["users"]):
                return tid, plain
        raise AssertionError("the seed has no such customer")

    def item(self, wanted: str) -> tuple[str, str]:
        for tid in list(self.world.world.customers):
            for item in self.world.truth(f"/customers/{tid}")["subscriptions"]:
                if item["offerName"] == wanted and item["status"] == "active" and item["owner"] == "source":
                    return tid, item["id"]
        raise AssertionError(f"the seed has no {wanted}")

    async def customers(self) -> None:
        pc, of, tid = self.source, self.of, self.tid
        assert len(await of(pc.customers.list(page_size=7))) == 60
        await of(pc.customers.get(tid))
        await of(pc.customers.company_profile(tid))
        profile = await of(pc.customers.billing_profile(tid))
        changed = {**profile.raw, "email": "new@kunde.example", "defaultAddress": ADDRESS}
        assert (await of(pc.customers.update_billing_profile(tid, changed, etag=profile.etag))).email
        assert (await of(pc.customers.validate_address(ADDRESS))).usable
        await of(pc.customers.country_rules("DE"))
        await of(pc.customers.add_qualification(tid, "Education", education_segment="K12"))
        assert (await of(pc.customers.qualifications(tid)))[0].vetting_status == "InReview"
        await of(pc.customers.managed_services(tid))
        await of(pc.customers.validation_status(tid))
        domain = "novation-test.onmicrosoft.com"
        assert not await pc.customers.domain_taken(domain)
        billing = {"email": "a@b.example", "culture": "de-DE", "language": "de", "companyName": "Neu",
                   "defaultAddress": ADDRESS}  # fmt: skip
        made = await of(
            pc.customers.create({"companyProfile": {"domain": domain}, "billingProfile": billing})
        )
        assert made.user_credentials.password
        assert await pc.customers.domain_taken(domain)
        self.world.knobs(sandbox=True)
        await of(pc.customers.delete_from_sandbox(made.id))
        await of(pc.relationships.of_customer(tid))
        await of(pc.relationships.partners("IsIndirectResellerOf"))
        assert "partnerId=" in (await of(self.target.relationships.invitation())).url
        self.world.act(f"/customers/{tid}/accept-relationship", partner="target")

    async def agreements(self) -> None:
        pc, of, tid = self.target, self.of, self.tid
        (template,) = await of(pc.agreements.metadata())
        await of(pc.agreements.document(template.template_id, language="de-DE", country="DE"))
        attestation = await of(
            pc.agreements.create_attestation(country="DE", language="de", company_name="K", **PERSON)
        )
        self.world.act(f"/attestations/{attestation.id}/accept")
        assert (await of(pc.agreements.attestation(attestation.id))).status == "accepted"
        await of(pc.agreements.create(tid, attestation_id=attestation.id))
        self.world.knobs(legacy_attestation=True)
        when = self.world.world.now
        other = {**PERSON, "first_name": "Eva"}
        await of(pc.agreements.confirm_legacy(tid, template_id=template.template_id, agreed_at=when, **other))
        assert len(await of(pc.agreements.list(tid))) == 2
        assert isinstance(await pc.agreements.direct_signed(tid), bool)

    async def administration(self) -> None:
        gdap, of, tid = self.target.gdap, self.of, self.tid
        made = await of(gdap.create(display_name="Story", customer_tenant_id=tid, roles=ROLES))
        await of(gdap.update(made.id, {"autoExtendDuration": "P180D"}, etag=made.etag))
        draft = await of(gdap.create(display_name="Draft", roles=ROLES))
        await gdap.delete(draft.id, etag=draft.etag)
        await of(gdap.lock_for_approval(made.id))
        assert [r.action for r in await of(gdap.requests(made.id))] == ["lockForApproval"]
        self.world.act(f"/gdap/{made.id}/approve", tenantId=tid)
        self.world.advance(minutes=10)
        assert (await of(gdap.get(made.id))).status == "active"
        assignment = await of(
            gdap.assign(
                made.id, group_id=self.world.act("/groups", account="target").json()["id"], roles=ROLES
            )
        )
        second = await of(
            gdap.assign(
                made.id, group_id=self.world.act("/groups", account="target").json()["id"], roles=ROLES[:1]
            )
        )
        self.world.advance(minutes=10)
        (first, _) = await of(gdap.assignments(made.id))
        assert (first.id, first.status, first.roles) == (assignment.id, "active", ROLES)
        await of(gdap.update_assignment(made.id, first.id, roles=ROLES, etag=first.etag))
        assert (await of(gdap.operations(made.id)))[
            0
        ].operation_type == "delegatedAdminAccessAssignmentUpdate"
        present = await of(gdap.assignment(made.id, second.id))
        await of(gdap.delete_assignment(made.id, second.id, etag=present.etag))
        assert made.id in {r.id for r in await of(gdap.list(filter="status eq 'active'"))}
        assert tid in {c.tenant_id for c in await of(gdap.customers())}
        await of(gdap.service_management(tid))
        self.relationship = made.id

    async def people(self) -> None:
        pc, of, tid = self.target, self.of, self.tid
        domain = self.world.world.customers[tid].domain
        made = await of(
            pc.users.create(
                tid,
                user_principal_name=f"neu@{domain}",
                display_name="Neu",
                usage_location="DE",
                password="Ab1!xxxxx",
            )
        )
        await of(pc.users.update(tid, made.id, {"displayName": "Neuer"}))
        await of(pc.users.reset_password(tid, made.id, password="Ab1!yyyyy"))
        assert (await of(pc.users.get(tid, made.id))).display_name == "Neuer"
        holder = next(u for u in self.world.truth(f"/customers/{tid}")["users"] if u["licences"])
        sku = holder["licences"][0]
        await of(pc.users.assign_licences(tid, holder["id"], remove=[sku]))
        await of(pc.users.assign_licences(tid, made.id, assign={sku: []}))
        assert [part.product_sku.id for part in await of(pc.users.licences(tid, made.id))] == [sku]
        assert sku in {s.product_sku.id for s in await of(pc.users.subscribed_skus(tid))}
        await of(pc.roles.list(tid))
        name = {"user_principal_name": made.user_principal_name, "display_name": "Neuer"}
        await of(pc.roles.add_member(tid, HELPDESK, user_id=made.id, **name))
        assert [m.id for m in await of(pc.roles.members(tid, HELPDESK))] == [made.id]
        assert [r.id for r in await of(pc.roles.of_user(tid, made.id))] == [HELPDESK]
        await of(pc.roles.remove_member(tid, HELPDESK, made.id))
        await of(pc.users.delete(tid, made.id))
        assert made.id in {u.id for u in await of(pc.users.list(tid, deleted=True))}

    async def catalogue(self) -> None:
        pc, of, tid = self.source, self.of, self.tid
        product = (await of(pc.catalogue.products(country="DE", target_view="OnlineServices")))[0].id
        await of(pc.catalogue.product(product, country="DE"))
        sku = (await of(pc.catalogue.skus(product, country="DE")))[0].id
        await of(pc.catalogue.sku(product, sku, country="DE"))
        (found,) = await of(pc.catalogue.availabilities(product, sku, country="DE"))
        await of(pc.catalogue.availability(product, sku, found.id, country="DE"))
        await of(pc.catalogue.customer_products(tid, target_view="OnlineServices"))
        await of(pc.catalogue.customer_skus(tid, product))
        await of(pc.catalogue.customer_availabilities(tid, product, sku))
        (offer, _) = await of(pc.catalogue.offers(country="DE"))
        await of(pc.catalogue.offer(offer.id, country="DE"))
        await of(pc.catalogue.offer_addons(offer.id, country="DE"))
        await of(pc.catalogue.offer_categories(country="DE"))
        self.wish = {"catalogItemId": found.catalog_item_id, "quantity": 2, "billingCycle": "monthly",
                     "termDuration": "P1Y"}  # fmt: skip

    async def subscriptions(self) -> None:
        subs, of, tid = self.source.subscriptions, self.of, self.tid
        assert set(self.ids) <= {s.id for s in await of(subs.list(tid))}
        sid = self.ids[0]
        assert (await of(subs.rename(tid, sid, "Büro"))).friendly_name == "Büro"
        await of(subs.get(tid, sid))
        await of(subs.addons(tid, sid))
        await of(subs.provisioning_status(tid, sid))
        azure_tid, azure = self.item("Azure plan")
        await of(subs.register(azure_tid, azure))
        assert (await of(subs.registration_status(azure_tid, azure))).status == "registering"
        other_tid, other = self.item("Exchange Online (Plan 1)")
        (option,) = await of(subs.transition_options(other_tid, other))
        self.world.act(
            f"/customers/{other_tid}/accept-agreement", firstName="A", lastName="B", email="a@b.example"
        )
        await of(
            subs.transition(
                other_tid, other, to_catalog_item_id=option.catalog_item_id, quantity=option.quantity,
                transition_type="transition_only",
            )
        )  # fmt: skip
        assert len(await of(subs.transitions(other_tid, other))) == 1

    async def orders(self) -> None:
        pc, of, tid = self.target, self.of, self.tid
        cart = await of(pc.carts.create(tid, [self.wish]))
        await of(pc.carts.get(tid, cart.id))
        await of(pc.carts.update(tid, cart.id, {**cart.raw, "lineItems": [{**self.wish, "quantity": 3}]}))
        bought = await of(pc.carts.checkout(tid, cart.id))
        assert [line.quantity for line in bought.placed[0].line_items] == [3]
        order = await of(pc.orders.create(tid, {"referenceCustomerId": tid, "lineItems": [self.wish]}))
        self.world.advance(minutes=16)
        assert {o.id for o in await of(pc.orders.list(tid))} == {bought.placed[0].id, order.id}
        await of(pc.orders.get(tid, order.id))
        assert [line.status for line in await of(pc.orders.provisioning_status(tid, order.id))] == [
            "Fulfilled"
        ]

    async def transfers(self) -> None:
        of, tid = self.of, self.tid
        asked = {
            "source_tenant_id": self.source.account.tenant_id,
            "source_name": "Alt",
            "customer_email": "a@b.example",
        }
        first = await of(self.target.transfers.create(tid, **asked))
        assert (await of(self.target.transfers.cancel(tid, first.id))).status == "Cancel"
        made = await of(self.target.transfers.create(tid, **asked))
        await of(
            self.source.transfers.accept(tid, made.id, items=[(i, "OnlineServicesNCE") for i in self.ids])
        )
        self.world.advance(days=1)
        assert (await of(self.target.transfers.get(tid, made.id))).status.is_complete
        assert len(await of(self.source.transfers.list(tid))) == 2
        await of(self.source.transfers.eligibility(tid))

    async def webhooks(self) -> None:
        hooks, of = self.target.webhooks, self.of
        assert "test-created" in await hooks.events()
        where = "http://127.0.0.1:9/hook"
        await of(hooks.register(where, ["test-created"]))
        await of(hooks.update(where, ["test-created", "invoice-ready"]))
        assert (await of(hooks.registration())).webhook_events == ["test-created", "invoice-ready"]
        correlation = await of(hooks.send_test())
        assert (await of(hooks.test_result(correlation))).correlation_id == correlation

    async def money(self) -> None:
        pc, of = self.target, self.of
        self.world.advance(days=20)
        (invoice,) = await of(pc.invoices.list())
        await of(pc.invoices.get(invoice.id))
        assert (await pc.invoices.statement(invoice.id)).startswith(b"%PDF")
        await of(pc.invoices.summaries())
        await of(pc.invoices.estimates("EUR"))
        lines = await of(pc.invoices.lines(invoice.id, page_size=2))
        assert sum(line.total_for_customer for line in lines) == invoice.total_charges
        operation = await of(pc.reconciliation.export_billed(invoice.id))
        for work in (
            pc.reconciliation.export_unbilled("EUR"),
            pc.reconciliation.export_billed(invoice.id, usage=True),
            pc.reconciliation.export_unbilled("EUR", usage=True),
        ):
            await of(work)
        self.world.advance(minutes=1)
        manifest = (await pc.reconciliation.operation(operation))[0].manifest
        await of(pc.reconciliation.manifest(manifest.id))
        rows = [row async for row in _each(pc.reconciliation.lines(manifest))]
        assert len(rows) == len(lines)

    async def end(self) -> None:
        of, tid = self.of, self.tid
        await of(self.target.gdap.terminate(self.relationship))
        for item in await self.source.subscriptions.list(tid):
            assert item.status != "active" or item.product_type != "OnlineServicesNCE"
        assert (await of(self.source.customers.remove_relationship(tid))).relationship == "none"
        records = await of(self.source.audit.list(start=date(2026, 11, 20), page_size=3))
        assert records[-1].operation_type == "remove_partner_customer_relationship"
        await of(self.source.audit.get(records[0].id))
        assert all(r.mfa_compliant for r in await of(self.source.audit.partner_requests()))


async def _each(walk: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for row in walk:
        yield row
