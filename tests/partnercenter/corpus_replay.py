"""Which call of the client each recorded body belongs to."""

from __future__ import annotations

import csv
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from novation.partnercenter import Done, PartnerCenter

TENANT = "46a62ece-10ad-42e5-b3f1-b2ed53e6fc08"
USER = "a9ef48bb-8758-4590-a312-d4a47bfaded4"
Work = Callable[[PartnerCenter], Awaitable[Any]]


@dataclass(frozen=True)
class Record:
    file: str
    operation: str
    method: str
    path: str
    status: int
    body: bytes


def records(corpus: Path) -> list[Record]:
    folder = corpus / "recorded"
    with (folder / "index.tsv").open(newline="", encoding="utf-8") as table:
        return [
            Record(
                row["file"],
                row["operation"],
                row["method"],
                row["path_template"].split("?")[0],
                int(row["status"]),
                (folder / row["file"]).read_bytes(),
            )
            for row in csv.DictReader(table, delimiter="\t")
        ]


async def _all(walk: Any) -> list[Any]:
    return [item async for item in walk]


async def _done(outcome: Any) -> Any:
    result = await outcome
    assert isinstance(result, Done), result
    return result.value


# Operation of the index -> the path the client will call, and the call.
CALLS: dict[str, tuple[str, Work]] = {
    "AddCustomerUserRoleMember": (
        f"/v1/customers/{TENANT}/directoryroles/r/usermembers",
        lambda pc: _done(
            pc.roles.add_member(TENANT, "r", user_id="u", user_principal_name="a@b.example", display_name="A")
        ),
    ),
    "GetAuditRecord": ("/v1/auditrecords", lambda pc: _all(pc.audit.list(start=date(2018, 7, 23)))),
    "GetCustomerLicense": (
        f"/v1/customers/{TENANT}/subscribedskus",
        lambda pc: pc.users.subscribed_skus(TENANT),
    ),
    "GetCustomerLicenseByGroup": (
        f"/v1/customers/{TENANT}/subscribedskus",
        lambda pc: pc.users.subscribed_skus(TENANT, groups=["group1", "group2"]),
    ),
    "GetCustomerLicenseUser": (
        f"/v1/customers/{TENANT}/users/{USER}/licenses",
        lambda pc: pc.users.licences(TENANT, USER),
    ),
    "GetCustomerManagedServices": (
        f"/v1/customers/{TENANT}/managedservices",
        lambda pc: pc.customers.managed_services(TENANT),
    ),
    "GetCustomerSubscription": (
        f"/v1/customers/{TENANT}/subscriptions",
        lambda pc: pc.subscriptions.list(TENANT),
    ),
    "GetCustomerUserAll": (f"/v1/customers/{TENANT}/users", lambda pc: _all(pc.users.list(TENANT))),
    "GetCustomerUserAllDeleted": (
        f"/v1/customers/{TENANT}/users",
        lambda pc: _all(pc.users.list(TENANT, deleted=True)),
    ),
    "GetCustomerUserById": (f"/v1/customers/{TENANT}/users/{USER}", lambda pc: pc.users.get(TENANT, USER)),
    "GetCustomerUserRoleById": (
        f"/v1/customers/{TENANT}/users/{USER}/directoryroles",
        lambda pc: pc.roles.of_user(TENANT, USER),
    ),
    "GetIndirectResellers": (
        "/v1/relationships",
        lambda pc: pc.relationships.partners("IsIndirectCloudSolutionProviderOf"),
    ),
    "GetPartnerRelationship": (
        "/v1/relationships",
        lambda pc: pc.relationships.partners("IsIndirectCloudSolutionProviderOf"),
    ),
    "GetInvoice": ("/v1/invoices", lambda pc: _all(pc.invoices.list())),
    "GetInvoiceById": ("/v1/invoices/D030001TFO", lambda pc: pc.invoices.get("D030001TFO")),
    "GetInvoiceLineItem": ("/v1/invoices/D1/lineitems", lambda pc: _all(pc.invoices.lines("D1"))),
    "GetInvoiceSummary": ("/v1/invoices/summaries", lambda pc: pc.invoices.summaries()),
    "GetOfferAddon": (
        "/v1/offers/o/addons",
        lambda pc: pc.catalogue.offer_addons("o", country="US"),
    ),
    "GetPartnerAgreementDetail": ("/v1/agreements", lambda pc: pc.agreements.metadata("*")),
    "GetPartnerOffer": ("/v1/offers", lambda pc: _all(pc.catalogue.offers(country="US"))),
    "GetPartnerOfferByOfferId": ("/v1/offers/o", lambda pc: pc.catalogue.offer("o", country="US")),
    "GetPartnerOfferCategory": (
        "/v1/offercategories",
        lambda pc: pc.catalogue.offer_categories(country="US"),
    ),
    "GetProduct": (
        "/v1/products",
        lambda pc: _all(pc.catalogue.products(country="US", target_view="Azure")),
    ),
    "GetProductByProductId": ("/v1/products/p", lambda pc: pc.catalogue.product("p", country="US")),
    "GetProductSku": ("/v1/products/p/skus", lambda pc: pc.catalogue.skus("p", country="US")),
    "GetProductAvailability": (
        "/v1/products/p/skus/s/availabilities",
        lambda pc: pc.catalogue.availabilities("p", "s", country="US"),
    ),
    "GetProductAvailabilityById": (
        "/v1/products/p/skus/s/availabilities/a",
        lambda pc: pc.catalogue.availability("p", "s", "a", country="US"),
    ),
    "GetResellerRelationshipLink": (
        "/v1/customers/relationshiprequests",
        lambda pc: pc.relationships.invitation(),
    ),
    "UpdateUserLicense": (
        f"/v1/customers/{TENANT}/users/{USER}/licenseupdates",
        lambda pc: _done(pc.users.assign_licences(TENANT, USER, assign={"x": []})),
    ),
    **{
        name: (f"/v1/countryvalidationrules/{country}", lambda pc, c=country: pc.customers.country_rules(c))
        for name, country in [
            ("GetCountryValidationRules-CN", "CN"),
            ("GetCountryValidationRules-DE", "DE"),
            ("GetCountryValidationRules-GB", "GB"),
            ("GetCountryValidationRules-US", "US"),
            ("GetPartnerCountryValidation", "US"),
        ]
    },
}

# Recorded operations that are outside the contract: no call of the client asks for them.
OUTSIDE = {
    "GetAzureRateCard": "Azure rate card",
    "GetAzureRateCardSharedServices": "Azure rate card",
    "GetAzureUtilization": "Azure usage",
    "GetUtilizationRecords": "Azure usage",
    "GetCustomerConfigurationPolicies": "device policies",
    "GetCustomerConfigurationPolicyById": "device policies",
    "GetCustomerDevice": "devices",
    "GetCustomerDeviceBatch": "devices",
    "GetEntitlement": "entitlements",
    "GetMpnProfile": "the partner's own profile",
    "GetPartnerLegalProfile": "the partner's own profile",
    "GetPartnerSupportProfile": "the partner's own profile",
    "GetPartnerLicenseDeploymentInsights": "analytics",
    "GetPartnerLicensesUsageInsights": "analytics",
    "GetProductInventory": "Azure reservations",
}
