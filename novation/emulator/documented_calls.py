"""Every documented call of Partner Center, Graph and the sign-in service that we know, and whether it is answered.

One table: what is answered comes from the routes, the rest from the list below. The official descriptions of 2018 and
2021 are in it whole (a test compares), the rest is from the pages of 2023 to 2026 and from what control panels use.
"""

from __future__ import annotations

from typing import NamedTuple

from novation.emulator.http.routes import TABLE, Route

#: Name of a route -> what a caller would miss.
PARTLY: dict[str, str] = {
    "addresses.validate": "knows the shape of an address, not the streets",
    "catalogue.products": "OnlineServices and Azure; other target views are empty",
    "customers.validation_status": "every account is vetted",
    "exports.usage_billed": "always empty: no Azure usage is metered",
    "exports.usage_unbilled": "always empty: no Azure usage is metered",
    "gdap.customers": "no $orderby",
    "invoices.line_items": "provider onetime; marketplace, azure and office are empty",
    "invoices.statement": "a page with the total",
    "mfa.partner_requests": "writes, no reads",
    "offers.addons": "one old offer and one add-on of it",
    "offers.get": "one old offer and one add-on of it",
    "offers.list": "one old offer and one add-on of it",
    "relationships.list": "always empty: both accounts are direct-bill partners",
    "relationships.of_customer": "always empty: both accounts are direct-bill partners",
    "subscriptions.register": "Azure plans",
    "subscriptions.update": "scheduledActions knows cancelAtTermEnd; no custom end of a term, no billing cycle",
    "transfers.eligibility": "legacy subscriptions, as on the page",
    "transitions.create": "whole subscriptions",
    "users.subscribed_skus": "all products are in group1",
}

_ABSENT = """
# analytics
GET /v1/analytics/licenses/deployment
GET /v1/customers/{customer_id}/analytics/licenses/deployment
# catalogue
POST /v1/customers/{customer_id}/promotionEligibilities
POST /v1/extensions/product/checkInventory
GET /v1/productpromotions
GET /v1/productpromotions/{promotion_id}
# customers
GET /v1/customers/all/validations
DELETE /v1/customers/{customer_id}/CustomerPartnerRelationships/reseller
GET /v1/customers/{customer_id}/agreementstatus
POST /v1/customers/{customer_id}/applicationconsents
DELETE /v1/customers/{customer_id}/applicationconsents/{application_id}
GET /v1/customers/{customer_id}/customDomains
GET /v1/customers/{customer_id}/qualification
PUT /v1/customers/{customer_id}/qualification
DELETE /v1/customers/{customer_id}/relationships/partner
GET /v1/customers/{customer_id}/validations
HEAD /v1/customers/{customer_id}/verifieddomain
POST /v1/customers/{customer_id}/verifieddomain
POST /v1/domains/{domain}
POST /v1/migrations/syndication
GET /v1/migrations/syndication/{migrationBatchId}
GET /v1/migrations/syndication/{migrationBatchId}/{mosiCustomerId}
GET /v1/relationships/{partner_id}/customer
PATCH /v1/relationships/{partner_id}/customer/{customer_id}
# devices
PATCH /v1/customers/{customer_id}/DevicePolicyUpdates
GET /v1/customers/{customer_id}/batchJobStatus/{batchUploadTracking_id}
GET /v1/customers/{customer_id}/deviceBatches
POST /v1/customers/{customer_id}/deviceBatches
GET /v1/customers/{customer_id}/deviceBatches/{deviceBatch_id}/devices
POST /v1/customers/{customer_id}/deviceBatches/{deviceBatch_id}/devices
DELETE /v1/customers/{customer_id}/deviceBatches/{deviceBatch_id}/devices/{device_id}
PUT /v1/customers/{customer_id}/deviceBatches/{deviceBatch_id}/devices/{device_id}
GET /v1/customers/{customer_id}/policies
POST /v1/customers/{customer_id}/policies
DELETE /v1/customers/{customer_id}/policies/{policy_id}
GET /v1/customers/{customer_id}/policies/{policy_id}
PUT /v1/customers/{customer_id}/policies/{policy_id}
# Graph in a customer's tenant
POST /v1.0/$batch
GET /v1.0/contracts
GET /v1.0/directory/deletedItems/microsoft.graph.user
POST /v1.0/directory/deletedItems/{item_id}/restore
GET /v1.0/directory/subscriptions
GET /v1.0/domains
POST /v1.0/domains
POST /v1.0/domains/{domain}/verify
GET /v1.0/groups
GET /v1.0/groups/{group_id}
POST /v1.0/groups/{group_id}/assignLicense
GET /v1.0/organization
GET /v1.0/subscribedSkus
GET /v1.0/users
POST /v1.0/users
DELETE /v1.0/users/{user_id}
PATCH /v1.0/users/{user_id}
POST /v1.0/users/{user_id}/assignLicense
GET /v1.0/users/{user_id}/authentication/methods
POST /v1.0/users/{user_id}/revokeSignInSessions
POST /v1.0/users/{user_id}/sendMail
# internal
POST /generatetoken
GET /webhooks/v1/internalApp/registration
POST /webhooks/v1/internalApp/registration
PUT /webhooks/v1/internalApp/registration
GET /webhooks/v1/internalApp/registration/events
POST /webhooks/v1/internalApp/registration/validationEvents
GET /webhooks/v1/internalApp/registration/validationEvents/{correlationId}
# invoices
GET /v1/invoices/{invoice_id}/receipts/{receipt_id}/documents/statement
# migration to New Commerce
GET /v1/customers/{customer_id}/migrations/newcommerce
POST /v1/customers/{customer_id}/migrations/newcommerce
GET /v1/customers/{customer_id}/migrations/newcommerce/events
POST /v1/customers/{customer_id}/migrations/newcommerce/schedules
GET /v1/customers/{customer_id}/migrations/newcommerce/schedules/{schedule_id}
PUT /v1/customers/{customer_id}/migrations/newcommerce/schedules/{schedule_id}
POST /v1/customers/{customer_id}/migrations/newcommerce/schedules/{schedule_id}/cancel
POST /v1/customers/{customer_id}/migrations/newcommerce/validate
GET /v1/customers/{customer_id}/migrations/newcommerce/{migration_id}
GET /v1/migrations/newcommerce
GET /v1/migrations/newcommerce/schedules
# orders
PATCH /v1/customers/{customer_id}/orders/{order_id}
POST /v1/customers/{customer_id}/orders/{order_id}/attachments
GET /v1/customers/{customer_id}/orders/{order_id}/lineitems/{line_item}/activationlinks
# partner
GET /v1/SelfServePolicy
POST /v1/SelfServePolicy
DELETE /v1/SelfServePolicy/{id}
GET /v1/SelfServePolicy/{id}
PUT /v1/SelfServePolicy/{id}
GET /v1/compliance/{partner_id}/agreementstatus
GET /v1/insiderprograms
PUT /v1/insiderprograms
GET /v1/preferences/catalog/offers
PUT /v1/preferences/catalog/offers
PUT /v1/profiles/billing
GET /v1/profiles/indirectResellers
PUT /v1/profiles/legalbusiness
PUT /v1/profiles/organization
GET /v1/profiles/partnernetworkprofile
PUT /v1/profiles/support
# prices
GET /v1.0/sales/fxrates
GET /v1.0/sales/margins
GET /v1.0/sales/offermatrix
GET /v1.0/sales/pricesheets
# security
GET /v1/applicationmfaadoptionstatus
GET /v1/fraudEvents
POST /v1/fraudEvents
GET /v1/nonMfaCompliantPartnerPrincipals
# sign-in
POST /{tenant}/oauth2/v2.0/devicecode
# subscriptions
GET /v1/customers/{customer_id}/entitlements
GET /v1/customers/{customer_id}/subscriptions/customTermEndDates
GET /v1/customers/{customer_id}/subscriptions/overage
GET /v1/customers/{customer_id}/subscriptions/{subscription_id}/activationlinks
GET /v1/customers/{customer_id}/subscriptions/{subscription_id}/conversions
POST /v1/customers/{customer_id}/subscriptions/{subscription_id}/conversions
POST /v1/customers/{customer_id}/subscriptions/{subscription_id}/fraudEventStatus
GET /v1/customers/{customer_id}/subscriptions/{subscription_id}/upgrades
POST /v1/customers/{customer_id}/subscriptions/{subscription_id}/upgrades
# support
GET /v1/customers/{customer_id}/serviceincidents/office
GET /v1/customers/{customer_id}/servicerequests
GET /v1/customers/{customer_id}/servicerequests/{service_request_id}
PATCH /v1/customers/{customer_id}/servicerequests/{service_request_id}
GET /v1/customers/{customer_id}/subscriptions/{subscription_id}/supportcontact
PUT /v1/customers/{customer_id}/subscriptions/{subscription_id}/supportcontact
GET /v1/serviceincidents/office
GET /v1/serviceincidents/office/count
GET /v1/servicerequests
GET /v1/servicerequests/supporttopics
POST /v1/servicerequests/{agent_locale}
GET /v1/servicerequests/{service_request_id}
PATCH /v1/servicerequests/{service_request_id}
# tenants
GET /v1.0/tenantRelationships/findTenantInformationByDomainName
GET /v1.0/tenantRelationships/findTenantInformationByTenantId
# transfers
DELETE /v1/customers/{customer_id}/transfers/{transfer_id}
POST /v1/customers/{customer_id}/transfers/{transfer_id}/accept
# usage and costs
GET /v1/analytics/licenses/usage
GET /v1/customers/usagerecords
GET /v1/customers/{customer_id}/analytics/licenses/usage
GET /v1/customers/{customer_id}/servicecosts/{billing_period}
GET /v1/customers/{customer_id}/servicecosts/{billing_period}/lineitems
GET /v1/customers/{customer_id}/subscriptions/usagerecords
GET /v1/customers/{customer_id}/subscriptions/{subscription_id}/azureEntitlements
GET /v1/customers/{customer_id}/subscriptions/{subscription_id}/meterusagerecords
GET /v1/customers/{customer_id}/subscriptions/{subscription_id}/resourceusagerecords
GET /v1/customers/{customer_id}/subscriptions/{subscription_id}/usagerecords/daily
GET /v1/customers/{customer_id}/subscriptions/{subscription_id}/usagerecords/resources
GET /v1/customers/{customer_id}/subscriptions/{subscription_id}/usagesummary
GET /v1/customers/{customer_id}/subscriptions/{subscription_id}/utilizations/azure
GET /v1/customers/{customer_id}/usagebudget
PATCH /v1/customers/{customer_id}/usagebudget
GET /v1/customers/{customer_id}/usagesummary
GET /v1/ratecards/azure
GET /v1/ratecards/azure-shared
GET /v1/usagesummary
# users and roles
DELETE /v1/customers/{customer_id}/directoryroles
POST /v1/customers/{customer_id}/directoryroles
DELETE /v1/customers/{customer_id}/users
DELETE /v1/roles
GET /v1/roles
POST /v1/roles
GET /v1/roles/{role_id}/usermembers
POST /v1/roles/{role_id}/usermembers
DELETE /v1/roles/{role_id}/usermembers/{member_id}
PUT /v1/users/{user_id}/preferences/notifications/{NotificationArea}/{channelType}
GET /v1/users/{user_id}/preferences/notifications/{notificationArea}/{channelType}
"""


class DocumentedCall(NamedTuple):
    """One row. ``answered`` is yes, partly or no; ``missing`` says what a partly answered call lacks."""

    family: str
    method: str
    path: str
    name: str
    answered: str
    tokens: str
    page: str
    missing: str
    note: str


def documented_calls() -> list[DocumentedCall]:
    """All of them, those that are answered first, each group by name. The routes must have been imported."""
    routes = [route for route in TABLE if route.service != "page"]
    found = [_answered(route) for route in sorted(routes, key=lambda route: (route.group, route.name))]
    family = ""
    for line in filter(None, _ABSENT.splitlines()):
        if line.startswith("# "):
            family = line[2:]
        else:
            method, path = line.split(" ", 1)
            found.append(DocumentedCall(family, method, path, "", "no", "", "", "", ""))
    return found


def _answered(route: Route) -> DocumentedCall:
    missing = PARTLY.get(route.name, "")
    tokens = "none" if route.service == "signin" else route.tokens
    answered = "partly" if missing else "yes"
    return DocumentedCall(
        route.group,
        route.method,
        route.template,
        route.name,
        answered,
        tokens,
        route.page,
        missing,
        route.note,
    )
