"""The table of API calls and our classes against the official API descriptions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from novation.partnercenter import PartnerCenter
from novation.partnercenter.api_calls import API_CALLS
from tests.emulator.official import violations
from tests.partnercenter.official_contract import (
    GRAPH_MODELS,
    MODELS,
    described,
    fields_of,
    graph_model,
    known_queries,
    model,
    shape_of,
)
from tests.partnercenter.stand_in import CUSTOMER, Reply, StandIn, run

# Calls that came after every description we have, or that none of them lists.
UNDESCRIBED = {
    "agreements.create_attestation",
    "agreements.attestation",
    "carts.create",
    "carts.get",
    "carts.update",
    "catalogue.products",
    "catalogue.product",
    "catalogue.skus",
    "catalogue.sku",
    "catalogue.availabilities",
    "catalogue.availability",
    "catalogue.customer_products",
    "catalogue.customer_skus",
    "catalogue.customer_availabilities",
    "customers.validation_status",
    "invoices.list",
    "invoices.get",
    "invoices.statement",
    "invoices.summaries",
    "invoices.estimates",
    "invoices.lines",
    "invoices.lines_next",
    "orders.provisioning_status",
    "subscriptions.transition",
    "subscriptions.transitions",
    "subscriptions.transition_options",
    "transfers.list",
    "transfers.get",
    "transfers.create",
    "transfers.accept",
    "transfers.cancel",
    "transfers.eligibility",
    "users.reset_password",
}


def test_every_api_call_has_the_documented_method_and_path(corpus: Path) -> None:
    official = described(corpus)
    missing = {
        name
        for name, api_call in API_CALLS.items()
        if api_call.audience == "api" and (api_call.method, shape_of(api_call.path)) not in official
    }
    assert missing == UNDESCRIBED


def test_every_query_name_is_documented(corpus: Path) -> None:
    official = described(corpus)
    for api_call in API_CALLS.values():
        entries = official.get((api_call.method, shape_of(api_call.path)), [])
        if entries:
            assert set(api_call.query) <= known_queries(api_call, entries), api_call.name


def test_the_headers_of_the_descriptions_are_sent(corpus: Path) -> None:
    official = described(corpus)
    wanted = set().union(*(entry.headers for entries in official.values() for entry in entries))
    script = StandIn()
    script.on("GET", f"/v1/customers/{CUSTOMER}", Reply({"id": CUSTOMER}))
    run(script, lambda pc: pc.customers.get(CUSTOMER))
    # MS-CV is Microsoft's own trace vector; a client has none to give.
    assert wanted - {"ms-cv"} <= set(script.seen[0].headers)


# Fields that are newer than the description they are held against (reference of 2023 and later, or recorded).
NEWER_FIELDS = {
    "Customer": {"enableGDAPByDefault"},
    "CompanyProfile": {"organizationRegistrationNumber"},
    "Subscription": {
        "cancellationAllowedUntilDate",
        "commitmentEndDateTime",
        "billingCycleEndDate",
        "isMicrosoftProduct",
        "migratedFromSubscriptionId",
        "nextChargeInstructions",
        "productType",
        "promotionId",
        "publisherName",
        "refundableQuantity",
        "renewalTermDuration",
        "scheduledActions",
        "additionalPartnerIds",
        "refundOptions",
        "scheduledNextTermInstructions",
        "termDuration",
    },
    "Invoice": {
        "amendsOf",
        "billingPeriodEndDate",
        "billingPeriodStartDate",
        "documentType",
        "invoiceType",
    },
    "InvoiceSummary": {"lastPaymentAmount", "lastPaymentDate", "latestInvoiceDate"},
    "Order": {"alternateId", "currencySymbol", "status", "totalPrice", "transactionType", "currencyCode"},
    "OrderLine": {"termDuration", "transactionType"},
    "Licence": set(),
    "AuditRecord": {"customizedData", "operationStatus", "originalCorrelationId"},
    "Registration": {"lastModifiedTimestamp"},
    "Qualification": set(),
}


@pytest.mark.parametrize(("cls", "source", "name"), MODELS, ids=[cls.__name__ for cls, _, _ in MODELS])
def test_fields_have_the_documented_names_and_types(cls: type, source: str, name: str, corpus: Path) -> None:
    official, ours = model(corpus, source, name), fields_of(cls)
    unknown = set(ours) - set(official) - NEWER_FIELDS.get(cls.__name__, set())
    assert unknown == set()
    for field in set(ours) & set(official):
        assert official[field] in ours[field], (field, official[field], ours[field])


def test_gdap_bodies_that_we_send_fit_the_graph_schema(corpus: Path) -> None:
    roles = ["f2ef992c-3afb-46b9-b7cf-a126ee74c451"]
    root = "/v1.0/tenantRelationships/delegatedAdminRelationships"

    async def work(pc: PartnerCenter) -> None:
        await pc.gdap.create(
            display_name="x", roles=roles, customer_tenant_id=CUSTOMER, customer_name="y", auto_extend="P180D"
        )
        await pc.gdap.lock_for_approval("r")
        await pc.gdap.terminate("r")
        await pc.gdap.assign("r", group_id=CUSTOMER, roles=roles)
        await pc.gdap.update_assignment("r", "a", roles=roles, etag="e")

    script = StandIn()
    for path in (root, f"{root}/r/requests", f"{root}/r/accessAssignments"):
        script.on("POST", path, Reply({"id": "r"}, 201))
    script.on("PATCH", f"{root}/r/accessAssignments/a", Reply(None, 202))
    run(script, work)
    request, assignment = "delegatedAdminRelationshipRequest", "delegatedAdminAccessAssignment"
    names = ["delegatedAdminRelationship", request, request, assignment, assignment]
    schema = json.loads((corpus / "graph" / "graph-gdap-schema.json").read_text(encoding="utf-8"))
    for name, seen in zip(names, script.seen, strict=True):
        # A PATCH holds only what changes.
        found = [
            v for v in violations(schema, name, seen.body) if seen.method == "POST" or "required" not in v
        ]
        assert found == [], name


@pytest.mark.parametrize(("cls", "name"), GRAPH_MODELS, ids=[cls.__name__ for cls, _ in GRAPH_MODELS])
def test_gdap_fields_match_the_graph_schema(cls: type, name: str, corpus: Path) -> None:
    official, ours = graph_model(corpus, name), fields_of(cls)
    assert set(ours) - {"@odata.etag", "id"} <= set(official)
    for field in set(ours) & set(official):
        assert official[field] in ours[field], (field, official[field], ours[field])
