"""Each row of the table of API calls is one call of the client, with that method, path and kind of token."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

from novation.partnercenter import Done, PartnerCenter, Uncertain
from novation.partnercenter.api_calls import API_CALLS, ApiCall
from tests.partnercenter.stand_in import Reply, Seen, StandIn, client, serving

Work = Callable[[PartnerCenter], Awaitable[Any]]
OTHER = "99999999-9999-4999-8999-999999999999"


async def _all(walk: Any) -> list[Any]:
    return [item async for item in walk]


PERSON = {"first_name": "A", "last_name": "B", "email": "a@b.example"}
CALLS: dict[str, Work] = {
    "customers.list": lambda pc: _all(pc.customers.list()),
    "customers.get": lambda pc: pc.customers.get("c"),
    "customers.create": lambda pc: pc.customers.create(
        {"companyProfile": {"domain": "x"}, "billingProfile": {"email": "e"}}, check=False
    ),
    "customers.remove_relationship": lambda pc: pc.customers.remove_relationship("c"),
    "customers.delete_from_sandbox": lambda pc: pc.customers.delete_from_sandbox("c"),
    "customers.company_profile": lambda pc: pc.customers.company_profile("c"),
    "customers.billing_profile": lambda pc: pc.customers.billing_profile("c"),
    "customers.update_billing_profile": lambda pc: pc.customers.update_billing_profile("c", {}, etag="e"),
    "customers.domain_taken": lambda pc: pc.customers.domain_taken("d"),
    "customers.validate_address": lambda pc: pc.customers.validate_address({}),
    "customers.country_rules": lambda pc: pc.customers.country_rules("DE"),
    "customers.qualifications": lambda pc: pc.customers.qualifications("c"),
    "customers.add_qualification": lambda pc: pc.customers.add_qualification("c", "Education"),
    "customers.managed_services": lambda pc: pc.customers.managed_services("c"),
    "customers.validation_status": lambda pc: pc.customers.validation_status("c"),
    "relationships.invitation": lambda pc: pc.relationships.invitation(dual_role=False),
    "relationships.partners": lambda pc: pc.relationships.partners("x"),
    "relationships.of_customer": lambda pc: pc.relationships.of_customer("c"),
    "agreements.metadata": lambda pc: pc.agreements.metadata(),
    "agreements.document": lambda pc: pc.agreements.document("t", language="de-DE", country="DE"),
    "agreements.list": lambda pc: pc.agreements.list("c"),
    "agreements.direct_signed": lambda pc: pc.agreements.direct_signed("c"),
    "agreements.create_attestation": lambda pc: pc.agreements.create_attestation(
        country="DE", language="de", company_name="K", **PERSON
    ),
    "agreements.attestation": lambda pc: pc.agreements.attestation("a"),
    "agreements.create": lambda pc: pc.agreements.create("c", attestation_id="a"),
    "agreements.confirm_legacy": lambda pc: pc.agreements.confirm_legacy(
        "c", template_id="t", agreed_at=datetime(2025, 1, 1, tzinfo=UTC), **PERSON
    ),
    "subscriptions.list": lambda pc: pc.subscriptions.list("c"),
    "subscriptions.get": lambda pc: pc.subscriptions.get("c", "s"),
    "subscriptions.addons": lambda pc: pc.subscriptions.addons("c", "s"),
    "subscriptions.update": lambda pc: pc.subscriptions.update("c", "s", lambda full: full),
    "subscriptions.provisioning_status": lambda pc: pc.subscriptions.provisioning_status("c", "s"),
    "subscriptions.transition_options": lambda pc: pc.subscriptions.transition_options("c", "s"),
    "subscriptions.transition": lambda pc: pc.subscriptions.transition(
        "c", "s", to_catalog_item_id="x", quantity=1
    ),
    "subscriptions.transitions": lambda pc: pc.subscriptions.transitions("c", "s"),
    "subscriptions.register": lambda pc: pc.subscriptions.register("c", "s"),
    "subscriptions.registration_status": lambda pc: pc.subscriptions.registration_status("c", "s"),
    "transfers.list": lambda pc: pc.transfers.list("c"),
    "transfers.get": lambda pc: pc.transfers.get("c", "t"),
    "transfers.create": lambda pc: pc.transfers.create(
        "c", source_tenant_id=OTHER, source_name="x", customer_email="e"
    ),
    "transfers.accept": lambda pc: pc.transfers.accept("c", "t", items=[("s", "OnlineServicesNCE")]),
    "transfers.cancel": lambda pc: pc.transfers.cancel("c", "t"),
    "transfers.eligibility": lambda pc: pc.transfers.eligibility("c"),
    "catalogue.products": lambda pc: _all(pc.catalogue.products(country="DE", target_view="x")),
    "catalogue.product": lambda pc: pc.catalogue.product("p", country="DE"),
    "catalogue.skus": lambda pc: pc.catalogue.skus("p", country="DE"),
    "catalogue.sku": lambda pc: pc.catalogue.sku("p", "k", country="DE"),
    "catalogue.availabilities": lambda pc: pc.catalogue.availabilities("p", "k", country="DE"),
    "catalogue.availability": lambda pc: pc.catalogue.availability("p", "k", "a", country="DE"),
    "catalogue.customer_products": lambda pc: _all(pc.catalogue.customer_products("c", target_view="x")),
    "catalogue.customer_skus": lambda pc: pc.catalogue.customer_skus("c", "p"),
    "catalogue.customer_availabilities": lambda pc: pc.catalogue.customer_availabilities("c", "p", "k"),
    "catalogue.offers": lambda pc: _all(pc.catalogue.offers(country="DE")),
    "catalogue.offer": lambda pc: pc.catalogue.offer("o", country="DE"),
    "catalogue.offer_addons": lambda pc: pc.catalogue.offer_addons("o", country="DE"),
    "catalogue.offer_categories": lambda pc: pc.catalogue.offer_categories(country="DE"),
    "carts.create": lambda pc: pc.carts.create("c", [{"quantity": 1}]),
    "carts.get": lambda pc: pc.carts.get("c", "k"),
    "carts.update": lambda pc: pc.carts.update("c", "k", {}),
    "carts.checkout": lambda pc: pc.carts.checkout("c", "k"),
    "orders.list": lambda pc: pc.orders.list("c"),
    "orders.get": lambda pc: pc.orders.get("c", "o", include_price=False),
    "orders.create": lambda pc: pc.orders.create("c", {"lineItems": [{}]}),
    "orders.provisioning_status": lambda pc: pc.orders.provisioning_status("c", "o"),
    "users.list": lambda pc: _all(pc.users.list("c")),
    "users.get": lambda pc: pc.users.get("c", "u"),
    "users.create": lambda pc: pc.users.create(
        "c", user_principal_name="a@b", display_name="A", usage_location="DE", password="p"
    ),
    "users.update": lambda pc: pc.users.update("c", "u", {}),
    "users.delete": lambda pc: pc.users.delete("c", "u"),
    "users.reset_password": lambda pc: pc.users.reset_password("c", "u", password="p"),
    "users.licences": lambda pc: pc.users.licences("c", "u"),
    "users.assign_licences": lambda pc: pc.users.assign_licences("c", "u", remove=["x"]),
    "users.subscribed_skus": lambda pc: pc.users.subscribed_skus("c"),
    "roles.list": lambda pc: pc.roles.list("c"),
    "roles.of_user": lambda pc: pc.roles.of_user("c", "u"),
    "roles.members": lambda pc: _all(pc.roles.members("c", "r")),
    "roles.add_member": lambda pc: pc.roles.add_member(
        "c", "r", user_id="u", user_principal_name="a@b", display_name="A"
    ),
    "roles.remove_member": lambda pc: pc.roles.remove_member("c", "r", "u"),
    "invoices.list": lambda pc: _all(pc.invoices.list()),
    "invoices.get": lambda pc: pc.invoices.get("i"),
    "invoices.statement": lambda pc: pc.invoices.statement("i"),
    "invoices.summaries": lambda pc: pc.invoices.summaries(),
    "invoices.estimates": lambda pc: pc.invoices.estimates("EUR"),
    "invoices.lines": lambda pc: _all(pc.invoices.lines("i")),
    "invoices.lines_next": lambda pc: _all(pc.invoices.lines("next")),
    "audit.list": lambda pc: _all(pc.audit.list(start=date(2026, 11, 1))),
    "audit.get": lambda pc: pc.audit.get("r"),
    "audit.partner_requests": lambda pc: _all(pc.audit.partner_requests()),
    "webhooks.events": lambda pc: pc.webhooks.events(),
    "webhooks.registration": lambda pc: pc.webhooks.registration(),
    "webhooks.register": lambda pc: pc.webhooks.register("https://x", []),
    "webhooks.update": lambda pc: pc.webhooks.update("https://x", []),
    "webhooks.send_test": lambda pc: pc.webhooks.send_test(),
    "webhooks.test_result": lambda pc: pc.webhooks.test_result("c"),
    "gdap.list": lambda pc: _all(pc.gdap.list()),
    "gdap.get": lambda pc: pc.gdap.get("g"),
    "gdap.create": lambda pc: pc.gdap.create(display_name="x", roles=["r"]),
    "gdap.update": lambda pc: pc.gdap.update("g", {}, etag="e"),
    "gdap.delete": lambda pc: pc.gdap.delete("g", etag="e"),
    "gdap.lock_for_approval": lambda pc: pc.gdap.lock_for_approval("g"),
    "gdap.terminate": lambda pc: pc.gdap.terminate("g"),
    "gdap.requests": lambda pc: pc.gdap.requests("g"),
    "gdap.assign": lambda pc: pc.gdap.assign("g", group_id="x", roles=["r"]),
    "gdap.assignments": lambda pc: pc.gdap.assignments("g"),
    "gdap.assignment": lambda pc: pc.gdap.assignment("g", "a"),
    "gdap.update_assignment": lambda pc: pc.gdap.update_assignment("g", "a", roles=["r"], etag="e"),
    "gdap.delete_assignment": lambda pc: pc.gdap.delete_assignment("g", "a", etag="e"),
    "gdap.operations": lambda pc: pc.gdap.operations("g"),
    "gdap.customers": lambda pc: _all(pc.gdap.customers()),
    "gdap.service_management": lambda pc: pc.gdap.service_management("x"),
    "reconciliation.export_billed": lambda pc: pc.reconciliation.export_billed("i"),
    "reconciliation.export_unbilled": lambda pc: pc.reconciliation.export_unbilled("EUR"),
    "reconciliation.export_billed_usage": lambda pc: pc.reconciliation.export_billed("i", usage=True),
    "reconciliation.export_unbilled_usage": lambda pc: pc.reconciliation.export_unbilled("EUR", usage=True),
    "reconciliation.operation": lambda pc: pc.reconciliation.operation("o"),
    "reconciliation.manifest": lambda pc: pc.reconciliation.manifest("m"),
}
GENERIC = {
    "url": "https://x.example",
    "isSigned": True,
    "autoRenewEnabled": True,
    "items": [],
    "value": [],
    "correlationId": "c",
    "attributes": {"etag": "e"},
}


class Obliging(StandIn):
    """Answers every call of the contract with something readable."""

    async def _reply(self, seen: Seen) -> Reply:
        if seen.path.endswith("registration/events"):
            return Reply(["test-created"])
        if seen.path.endswith("/export"):
            return Reply(None, 202, {"Location": "/v1.0/reports/partners/billing/operations/o"})
        more = seen.path == "/v1/invoices/next/lineitems"
        body = {**GENERIC, "id": seen.path.rpartition("/")[2], **({"continuationToken": "t"} if more else {})}
        return Reply(None if seen.method == "HEAD" else body)


def test_each_api_call_is_made() -> None:
    assert CALLS.keys() == API_CALLS.keys()


def _matches(api_call: ApiCall, path: str) -> bool:
    pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(api_call.path))
    return re.fullmatch(pattern, path) is not None


def test_each_call_goes_out_as_the_table_says() -> None:
    async def work() -> None:
        script = Obliging()
        async with serving(script), client(script, uncertain=Uncertain(legacy_agreements=True)) as pc:
            for name, call in CALLS.items():
                script.seen.clear()
                result = await call(pc)
                api_call, seen = API_CALLS[name], script.seen[-1]
                assert (seen.method, _matches(api_call, seen.path)) == (api_call.method, True), name
                assert set(seen.query) <= set(api_call.query), name
                audience = "graph" if api_call.audience == "graph" else "api"
                expected = f"Bearer {api_call.tokens[0]}-token-for-{audience}"
                assert seen.headers["authorization"] == expected, name
                if api_call.kind != "R":
                    assert isinstance(result, Done), (name, result)

    asyncio.run(work())


def test_reads_are_gets_and_everything_else_is_a_write() -> None:
    checks = {"customers.validate_address"}
    for name, api_call in API_CALLS.items():
        assert (api_call.method in ("GET", "HEAD")) == (api_call.kind == "R") or name in checks
        assert api_call.tokens and api_call.page and api_call.group


def test_only_users_may_do_what_the_pages_reserve_for_them() -> None:
    user_only = {name for name, api_call in API_CALLS.items() if api_call.tokens == ("user",)}
    assert {n for n in API_CALLS if n.startswith(("users.", "roles."))} <= user_only
    assert {
        "relationships.invitation",
        "customers.remove_relationship",
        "agreements.list",
        "agreements.direct_signed",
        "invoices.get",
        "invoices.statement",
        "subscriptions.provisioning_status",
    } <= user_only
    app_only = {name for name, api_call in API_CALLS.items() if api_call.tokens == ("app",)}
    assert app_only == {"agreements.create_attestation", "agreements.attestation"}
