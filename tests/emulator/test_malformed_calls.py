"""Malformed calls by the thousand: whatever arrives, the answer is the API's own and never a crash.

300 in the suite, the same each time; 5,000 others on every soak.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from novation.emulator.http.routes import TABLE, Route
from novation.emulator.rich_seed import KINDS
from tests.emulator.running import GRAPH, Bench, running

CALLS = 300 if settings.default.derandomize else 5_000  # type: ignore[union-attr]  # a profile is loaded
#: Member names that some call reads, so that what is malformed is looked at and not just passed over.
MEMBERS = (
    "id", "status", "quantity", "lineItems", "catalogItemId", "offerId", "billingCycle", "termDuration", "orderGroup",
    "friendlyName", "subscriptionId", "productType", "provisioningContext", "participants", "promotionId",
    "parentSubscriptionId", "autoRenewEnabled", "scheduledNextTermInstructions", "scheduledActions", "product",
    "action", "productId", "skuId", "customTermEndDate", "partnerId", "companyProfile", "billingProfile", "domain",
    "email",
    "culture", "language", "companyName", "defaultAddress", "addressLine1", "city", "country", "postalCode",
    "phoneNumber", "userCredentials", "associatedPartnerId", "organizationRegistrationNumber", "attestationId",
    "primaryContact", "templateId", "type", "dateAgreed", "firstName", "lastName", "signatoryEmail",
    "signatoryFirstName", "signatoryLastName", "signatoryPhone", "linkLifetimeInMinutes", "displayName", "duration",
    "accessDetails", "unifiedRoles", "roleDefinitionId", "accessContainer", "accessContainerId", "accessContainerType",
    "autoExtendDuration", "customer", "tenantId", "userPrincipalName", "usageLocation", "passwordProfile", "password",
    "state", "licensesToAssign", "licensesToRemove", "excludedPlans", "relationshipToPartner", "allowDelegatedAccess",
    "sourcePartnerTenantId", "targetPartnerTenantId", "transferType", "targetProductTypes", "customerEmailId",
    "sourcePartnerName", "WebhookUrl", "WebhookEvents", "toCatalogItemId", "transitionType", "qualification",
    "educationSegment", "invoiceId", "attributeSet", "currencyCode", "billingPeriod",
)  # fmt: skip
QUERIES = (
    "size", "offset", "filter", "seekOperation", "$filter", "$top", "$orderby", "$select", "$count", "$skiptoken",
    "startDate", "endDate", "country", "targetView", "language", "agreementType", "eligibilityType", "operationId",
    "provider", "invoicelineitemtype", "currencycode", "period", "type", "transferType", "relationship_type",
    "offer_category_id", "product_id", "licenseGroupIds", "order_id", "mpn_id", "billingType", "until",
)  # fmt: skip
WORDS = st.sampled_from([
    "", "x", "active", "suspended", "deleted", "InProgress", "Cancel", "P1Y", "P1M", "PT0S", "P180D", "monthly", "DE",
    "CFQ7TTC0LH18:0001:CFQ7TTC0LH18", "lockForApproval", "terminate", "MicrosoftCustomerAgreement", "a@b.example",
    "neu.onmicrosoft.com", "OnlineServicesNCE", "none", "Next", "OnlineServices", "current", "EUR", "securityGroup",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31", "2026-11-23", "NaN", "Infinity", "1e400",
    "9" * 400, "-1", "\u0000", "\ud800", "ß" * 300, "../../x", "%00", "' or 1=1", "(" * 300, "P99999999999999999999Y",
    '{"Field":"CompanyName","Value":"A","Operator":"starts_with"}', "status eq 'active'", "http://[", "true",
])  # fmt: skip
SCALARS = (
    WORDS | st.none() | st.booleans() | st.integers() | st.sampled_from([10**30, -(10**400), 5, 3, 2**63])
    | st.floats() | st.text(max_size=20)
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=6)
        | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=25,
)
BODIES = (
    st.dictionaries(st.sampled_from(MEMBERS), VALUES, max_size=12).map(lambda body: json.dumps(body).encode())
    | VALUES.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=60)
    | st.integers(0, 4_000).map(lambda depth: b"[" * depth)
)
HEADERS = st.dictionaries(
    st.sampled_from(["If-Match", "MS-RequestId", "MS-CorrelationId", "MS-ContinuationToken", "X-Locale", "Prefer"]),
    st.sampled_from(["*", '"x"', "W/", "", "ä".encode().decode("latin-1"), "x" * 3_000, "e30=.0", "-", "{}"]),
    max_size=3,
)  # fmt: skip
#: Beginnings of a body that pass the first checks of some call, so that the second ones are reached.
TEMPLATES: dict[str, dict[str, Any]] = {
    "transfers.create": {
        "sourcePartnerTenantId": "aaaaaaaa-0001-4000-8000-aaaaaaaaaaaa", "sourcePartnerName": "A",
        "customerEmailId": "a@b.example", "transferType": 3,
    },
    "attestations.create": {
        "country": "DE", "language": "de", "companyName": "K", "signatoryFirstName": "A", "signatoryLastName": "B",
        "signatoryEmail": "a@b.example",
    },
    "customers.create": {
        "companyProfile": {"domain": "neu.onmicrosoft.com"},
        "billingProfile": {
            "email": "a@b.example", "culture": "de-DE", "language": "de", "companyName": "K",
            "defaultAddress": {"addressLine1": "x", "city": "x", "country": "DE"},
        },
    },
    "carts.create": {"lineItems": [{"catalogItemId": "CFQ7TTC0LH18:0001:CFQ7TTC0LH18", "quantity": 1}]},
    "orders.create": {"lineItems": [{"offerId": "CFQ7TTC0LH18:0001:CFQ7TTC0LH18", "quantity": 1}]},
    "gdap.create": {
        "displayName": "A", "duration": "P30D",
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": "f2ef992c-3afb-46b9-b7cf-a126ee74c451"}]},
    },
    "webhooks.register": {"WebhookUrl": "http://127.0.0.1:9/", "WebhookEvents": ["test-created"]},
    "users.create": {
        "userPrincipalName": "x@x.example", "displayName": "X", "usageLocation": "DE",
        "passwordProfile": {"password": "longenough"},
    },
}  # fmt: skip
ROUTES = [route for route in TABLE if route.service != "page"] + [r for r in TABLE if r.service == "page"]


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with running(customers=len(KINDS), rich=True) as bench:
        bench.accepted(bench.customer())
        bench.act("/clock", to="2026-12-09T00:00:00Z")
        yield bench


@pytest.fixture(scope="module")
def known(bench: Bench) -> dict[str, str]:
    """Values for paths that lead somewhere."""
    tid = bench.customer()
    bench.granted(tid, "source", ["fe930be7-5e62-47db-91af-98c3a49a38b1"])
    truth = bench.truth(f"/customers/{tid}")
    order = bench.get(f"/v1/customers/{tid}/orders", "source")["items"][0]["id"]
    return {
        "customer_id": tid, "subscription_id": truth["subscriptions"][0]["id"], "user_id": truth["users"][0]["id"],
        "relationship_id": truth["gdap"][-1]["id"], "tenant": bench.ready["accounts"]["source"]["tenant_id"],
        "product_id": "CFQ7TTC0LH18", "sku_id": "0001", "availability_id": "CFQ7TTC0LH18", "country": "DE",
        "role_id": "62e90394-69f5-4237-9190-012177145e10", "invoice_id": "G1202611", "order_id": order,
    }  # fmt: skip


def sent(
    bench: Bench, route: Route, path: str, query: Any, headers: dict[str, str], body: bytes
) -> httpx2.Response:
    kind = "app" if route.tokens == "app" or route.service == "graph" else "user"
    audience: dict[str, Any] = {"audience": GRAPH} if route.service == "graph" else {}
    token = bench.token("source", kind, **audience)
    coded = {
        name: value.encode("utf-8", "replace")
        for name, value in {**headers, "Authorization": f"Bearer {token}"}.items()
    }
    return bench.http.request(
        route.method,
        bench.ready["api"] + path,
        params=query,
        headers=coded,
        content=body,
        follow_redirects=False,
    )


def filled(template: str, known: dict[str, str], strange: str, keep: int) -> str:
    """The path with known values, or with something strange where the bit of ``keep`` is not set."""
    place = iter(range(99))

    def value(match: re.Match[str]) -> str:
        good = keep >> next(place) & 1
        return known.get(match[1], "7d4f3c9e-0000-4000-8000-000000000001") if good else strange

    return re.sub(r"{(\w+)}", value, template)


STRANGE = st.sampled_from(
    ["x", "%20", "%00", "..", "%2e%2e", "0", "%F0%9F%92%A5", "a" * 3_000, "%ED%A0%80", "-", "unbilled"]
)


@settings(max_examples=CALLS, suppress_health_check=list(HealthCheck))
@given(
    route=st.sampled_from(ROUTES), strange=STRANGE, keep=st.sampled_from([255, 255, 255, 0, 1, 2, 3]),
    query=st.dictionaries(st.sampled_from(QUERIES), WORDS, max_size=4), headers=HEADERS, body=BODIES,
    more=st.dictionaries(st.sampled_from(MEMBERS), VALUES, max_size=3),
)  # fmt: skip
@example(
    route=next(r for r in ROUTES if r.name == "attestations.create"), strange="x", keep=255, query={}, headers={},
    body=b"", more={"linkLifetimeInMinutes": 10**400},
)  # fmt: skip
@example(
    route=next(r for r in ROUTES if r.name == "carts.create"), strange="x", keep=255, query={}, headers={}, body=b"",
    more={"lineItems": [{"quantity": 10**30, "friendlyName": "\ud800"}]},
)  # fmt: skip
@example(
    route=next(r for r in ROUTES if r.name == "audit.list"), strange="x", keep=255, headers={}, body=b"", more={},
    query={"startDate": "2026-11-23", "endDate": "9999-12-31"},
)  # fmt: skip
def test_no_malformed_call_is_answered_with_a_crash(
    bench: Bench, known: dict[str, str], route: Route, strange: str, keep: int, query: dict[str, str],
    headers: dict[str, str], body: bytes, more: dict[str, Any],
) -> None:  # fmt: skip
    if route.method in ("GET", "HEAD", "DELETE"):
        body = b""
    elif (template := TEMPLATES.get(route.name)) is not None:
        body = json.dumps({**template, **more}).encode()
    clean = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
    answer = sent(bench, route, filled(route.template, known, strange, keep), clean, headers, body)
    assert answer.status_code < 500, (route.name, answer.text[:300])
    if answer.status_code >= 400 and route.service != "page" and route.method != "HEAD":
        told = json.loads(answer.content.decode("utf-8-sig"))
        assert told.get("code") or told.get("error") or told.get("statusCode") == 429, told
