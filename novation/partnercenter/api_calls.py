"""Every API call that the client knows, as data: method, path, token kind, class, rate group, source.

Token kinds (page ``partner-center-authentication`` and each call's page): ``app`` is app-only, ``user`` is
app+user with MFA. Where both work the one named first is used if the account has it.
Classes: R reads; I is idempotent by nature (sets a value); K is protected by ``MS-RequestId`` where Microsoft says so
(nowhere proven, see page ``headers``); N changes something each time.
"""

# ruff: noqa: E501  - one call per line is what makes the table readable

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from novation.partnercenter.errors import Invalid

Audience = Literal["api", "graph"]
TokenKind = Literal["app", "user"]
RepeatClass = Literal["R", "I", "K", "N"]

BOTH: tuple[TokenKind, ...] = ("app", "user")
USER_FIRST: tuple[TokenKind, ...] = ("user", "app")
USER: tuple[TokenKind, ...] = ("user",)
APP: tuple[TokenKind, ...] = ("app",)


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One row of the table. ``group`` is the rate group; ``page`` is the Microsoft page that describes it."""

    name: str
    method: str
    path: str
    tokens: tuple[TokenKind, ...]
    kind: RepeatClass
    group: str
    page: str
    query: tuple[str, ...] = ()
    audience: Audience = "api"
    note: str = ""
    #: Whether "there is none" comes as a 404 without the API's error object.
    bare_404: bool = False

    def fill(self, values: Mapping[str, object]) -> str:
        """Return the path with ``values`` in place, percent-encoded.

        Raises ``Invalid`` for a missing, empty or dotted value: such a call would reach another resource.
        """
        parts: list[str] = []
        for text, name, _spec, _conversion in string.Formatter().parse(self.path):
            parts.append(text)
            if name is None:
                continue
            value = str(values.get(name) or "").strip()
            if value in ("", ".", ".."):
                raise Invalid(f"{self.name}: the value for {name} is missing")
            parts.append(quote(value, safe=":@,"))
        return "".join(parts)


def _row(
    name: str,
    call: str,
    tokens: tuple[TokenKind, ...],
    kind: RepeatClass,
    group: str,
    page: str,
    query: str = "",
    note: str = "",
    bare_404: bool = False,
) -> ApiCall:
    method, path = call.split(" ", 1)
    audience: Audience = "graph" if path.startswith("/v1.0/") else "api"
    return ApiCall(
        name, method, path, tokens, kind, group, page, tuple(query.split()), audience, note, bare_404
    )


_C = "/v1/customers/{tenant_id}"
_S = _C + "/subscriptions/{subscription_id}"
_U = _C + "/users/{user_id}"
_G = "/v1.0/tenantRelationships/delegatedAdminRelationships"
_B = "/v1.0/reports/partners/billing"
_W = "/webhooks/v1/registration"
_NEW_PAGE = "integrate-sandbox-confirm-customer-accept"

# fmt: off
_TABLE: tuple[ApiCall, ...] = (
    _row("customers.list", "GET /v1/customers", BOTH, "R", "customers", "get-a-list-of-customers", "size seekOperation filter"),
    _row("customers.get", f"GET {_C}", BOTH, "R", "customers", "get-a-customer-by-id"),
    _row("customers.create", "POST /v1/customers", BOTH, "K", "customers", "create-a-customer"),
    _row("customers.remove_relationship", f"PATCH {_C}", USER, "I", "customers", "remove-a-reseller-relationship-with-a-customer"),
    _row("customers.delete_from_sandbox", f"DELETE {_C}", BOTH, "I", "customers", "delete-a-test-customer-account", note="integration sandbox only"),
    _row("customers.company_profile", f"GET {_C}/profiles/company", BOTH, "R", "customers", "get-a-customer-s-company-profile"),
    _row("customers.billing_profile", f"GET {_C}/profiles/billing", BOTH, "R", "customers", "get-a-customer-s-billing-profile"),
    _row("customers.update_billing_profile", f"PUT {_C}/profiles/billing", BOTH, "I", "customers", "update-a-customer-s-billing-profile"),
    _row("customers.domain_taken", "HEAD /v1/domains/{domain}", BOTH, "R", "customers", "check-domain-availability", bare_404=True),
    _row("customers.validate_address", "POST /v1/validations/address", BOTH, "R", "customers", "validate-an-address"),
    _row("customers.country_rules", "GET /v1/countryvalidationrules/{country}", BOTH, "R", "customers", "get-address-formatting-rules-by-market"),
    _row("customers.qualifications", f"GET {_C}/qualifications", BOTH, "R", "customers", "get-customer-qualification-asynchronous"),
    _row("customers.add_qualification", f"POST {_C}/qualifications", USER, "N", "customers", "update-customer-qualification-asynchronous", "code"),
    _row("customers.managed_services", f"GET {_C}/managedservices", USER_FIRST, "R", "customers", "get-a-list-of-services-of-a-customer"),
    _row("customers.validation_status", f"GET {_C}/validationStatus", BOTH, "R", "customers", "get-a-customer-s-validation-status", "type"),
    _row("relationships.invitation", "GET /v1/customers/relationshiprequests", USER, "R", "relationships", "request-reseller-relationship", "indirectCloudSolutionProviderId indirectResellerId dualRoleIndirectRelationship"),
    _row("relationships.partners", "GET /v1/relationships", USER, "R", "relationships", "retrieve-a-list-of-indirect-resellers", "relationship_type"),
    _row("relationships.of_customer", f"GET {_C}/relationships", USER, "R", "relationships", "get-indirect-resellers-of-a-customer"),
    _row("agreements.metadata", "GET /v1/agreements", USER_FIRST, "R", "agreements", "get-customer-agreement-metadata", "agreementType"),
    _row("agreements.document", "GET /v1/agreementtemplates/{template_id}/document", USER, "R", "agreements", "get-customer-agreement-document", "language country"),
    _row("agreements.list", f"GET {_C}/agreements", USER, "R", "agreements", "get-confirmation-of-customer-agreement", "agreementType"),
    _row("agreements.direct_signed", f"GET {_C}/directSignedMicrosoftCustomerAgreementStatus", USER, "R", "agreements", "get-confirmation-of-customer-agreement"),
    _row("agreements.create_attestation", "POST /v1/attestations/enhanced", APP, "N", "agreements", _NEW_PAGE, note="names of e-mail and phone unconfirmed"),
    _row("agreements.attestation", "GET /v1/attestations/enhanced/{attestation_id}", APP, "R", "agreements", _NEW_PAGE, note="path is an assumption, a setting"),
    _row("agreements.create", f"POST {_C}/agreements", BOTH, "N", "agreements", _NEW_PAGE, note="name of the attestation id unconfirmed"),
    _row("agreements.confirm_legacy", f"POST {_C}/agreements", USER, "N", "agreements", "confirm-customer-agreement", note="retired January 2026; behind a switch"),
    _row("subscriptions.list", f"GET {_C}/subscriptions", BOTH, "R", "subscriptions", "get-all-of-a-customer-s-subscriptions", "order_id mpn_id"),
    _row("subscriptions.get", f"GET {_S}", BOTH, "R", "subscriptions", "get-a-subscription-by-id"),
    _row("subscriptions.addons", f"GET {_S}/addons", BOTH, "R", "subscriptions", "get-a-list-of-add-ons-for-a-subscription"),
    _row("subscriptions.update", f"PATCH {_S}", BOTH, "I", "subscriptions", "update-a-subscription-by-id"),
    _row("subscriptions.provisioning_status", f"GET {_S}/provisioningstatus", USER, "R", "subscriptions", "get-subscription-provisioning-status"),
    _row("subscriptions.transition_options", f"GET {_S}/transitionEligibilities", BOTH, "R", "subscriptions", "transition-a-new-commerce-subscription", "eligibilityType"),
    _row("subscriptions.transition", f"POST {_S}/transitions", BOTH, "N", "subscriptions", "transition-a-new-commerce-subscription"),
    _row("subscriptions.transitions", f"GET {_S}/transitions", BOTH, "R", "subscriptions", "transition-a-new-commerce-subscription", "operationId"),
    _row("subscriptions.register", f"POST {_S}/registrations", BOTH, "I", "subscriptions", "register-a-subscription"),
    _row("subscriptions.registration_status", f"GET {_S}/registrationstatus", BOTH, "R", "subscriptions", "get-subscription-registration-status"),
    _row("transfers.list", f"GET {_C}/transfers", BOTH, "R", "transfers", "get-all-of-a-customer-s-transfers"),
    _row("transfers.get", f"GET {_C}/transfers/{{transfer_id}}", BOTH, "R", "transfers", "get-transfer-by-id"),
    _row("transfers.create", f"POST {_C}/transfers", BOTH, "N", "transfers", "create-a-transfer"),
    _row("transfers.accept", f"PATCH {_C}/transfers/{{transfer_id}}", BOTH, "N", "transfers", "update-a-transfer"),
    _row("transfers.cancel", f"PATCH {_C}/transfers/{{transfer_id}}", BOTH, "I", "transfers", "update-a-transfer"),
    _row("transfers.eligibility", f"GET {_C}/transferseligibility", BOTH, "R", "transfers", "get-customer-s-subscriptions-transfer-eligibility", "transferType", note="legacy licences only"),
    _row("catalogue.products", "GET /v1/products", BOTH, "R", "catalogue", "get-a-list-of-products", "country targetView targetSegment"),
    _row("catalogue.product", "GET /v1/products/{product_id}", BOTH, "R", "catalogue", "get-a-product-by-id", "country"),
    _row("catalogue.skus", "GET /v1/products/{product_id}/skus", BOTH, "R", "catalogue", "get-a-list-of-skus-for-a-product", "country targetSegment"),
    _row("catalogue.sku", "GET /v1/products/{product_id}/skus/{sku_id}", BOTH, "R", "catalogue", "get-a-sku-by-id", "country"),
    _row("catalogue.availabilities", "GET /v1/products/{product_id}/skus/{sku_id}/availabilities", BOTH, "R", "catalogue", "get-a-list-of-availabilities-for-a-sku", "country targetSegment"),
    _row("catalogue.availability", "GET /v1/products/{product_id}/skus/{sku_id}/availabilities/{availability_id}", BOTH, "R", "catalogue", "get-an-availability-by-id", "country"),
    _row("catalogue.customer_products", f"GET {_C}/products", BOTH, "R", "catalogue", "get-a-list-of-products-by-customer", "targetView targetSegment"),
    _row("catalogue.customer_skus", f"GET {_C}/products/{{product_id}}/skus", BOTH, "R", "catalogue", "get-a-list-of-skus-for-a-product-by-customer", "targetSegment"),
    _row("catalogue.customer_availabilities", f"GET {_C}/products/{{product_id}}/skus/{{sku_id}}/availabilities", BOTH, "R", "catalogue", "get-a-list-of-availabilities-for-a-sku-by-customer", "targetSegment"),
    _row("catalogue.offers", "GET /v1/offers", BOTH, "R", "catalogue", "get-a-list-of-offers-for-a-market", "country", note="legacy"),
    _row("catalogue.offer", "GET /v1/offers/{offer_id}", BOTH, "R", "catalogue", "get-an-offer-by-id", "country", note="legacy"),
    _row("catalogue.offer_addons", "GET /v1/offers/{offer_id}/addons", BOTH, "R", "catalogue", "get-add-ons-for-an-offer-id", "country", note="legacy"),
    _row("catalogue.offer_categories", "GET /v1/offercategories", BOTH, "R", "catalogue", "get-a-list-of-offer-categories-by-market", "country", note="legacy"),
    _row("carts.create", f"POST {_C}/carts", BOTH, "N", "orders", "create-a-cart"),
    _row("carts.get", f"GET {_C}/carts/{{cart_id}}", BOTH, "R", "orders", "get-a-cart"),
    _row("carts.update", f"PUT {_C}/carts/{{cart_id}}", BOTH, "I", "orders", "update-a-cart"),
    _row("carts.checkout", f"POST {_C}/carts/{{cart_id}}/checkout", BOTH, "N", "orders", "checkout-a-cart", note="billing starts; read orders before a repeat"),
    _row("orders.list", f"GET {_C}/orders", BOTH, "R", "orders", "get-all-of-a-customer-s-orders", "billingType include_price"),
    _row("orders.get", f"GET {_C}/orders/{{order_id}}", BOTH, "R", "orders", "get-an-order-by-id", "include_price"),
    _row("orders.create", f"POST {_C}/orders", BOTH, "N", "orders", "create-an-order"),
    _row("orders.provisioning_status", f"GET {_C}/orders/{{order_id}}/provisioningstatus", BOTH, "R", "orders", "get-order-provisioning-status"),
    _row("users.list", f"GET {_C}/users", USER, "R", "users", "get-a-list-of-all-user-accounts-for-a-customer", "size seekOperation filter sortField sortDirection"),
    _row("users.get", f"GET {_U}", USER, "R", "users", "get-a-user-account-by-id"),
    _row("users.create", f"POST {_C}/users", USER, "N", "users", "create-user-accounts-for-a-customer"),
    _row("users.update", f"PATCH {_U}", USER, "I", "users", "update-user-accounts-for-a-customer"),
    _row("users.delete", f"DELETE {_U}", USER, "I", "users", "delete-a-user-account-for-a-customer"),
    _row("users.reset_password", f"PATCH {_U}/resetpassword", USER, "I", "users", "reset-user-password-for-a-customer"),
    _row("users.licences", f"GET {_U}/licenses", USER, "R", "users", "check-which-licenses-are-assigned-to-a-user", "licenseGroupIds"),
    _row("users.assign_licences", f"POST {_U}/licenseupdates", USER, "I", "users", "assign-licenses-to-a-user"),
    _row("users.subscribed_skus", f"GET {_C}/subscribedskus", USER, "R", "users", "get-a-list-of-available-licenses", "licenseGroupIds"),
    _row("roles.list", f"GET {_C}/directoryroles", USER, "R", "users", "get-customer-directory-roles"),
    _row("roles.of_user", f"GET {_U}/directoryroles", USER, "R", "users", "get-roles-of-a-user-account"),
    _row("roles.members", f"GET {_C}/directoryroles/{{role_id}}/usermembers", USER, "R", "users", "get-users-of-a-role", "size seekOperation"),
    _row("roles.add_member", f"POST {_C}/directoryroles/{{role_id}}/usermembers", USER, "I", "users", "set-user-roles-for-a-customer"),
    _row("roles.remove_member", f"DELETE {_C}/directoryroles/{{role_id}}/usermembers/{{user_id}}", USER, "I", "users", "remove-a-customer-user-from-a-role"),
    _row("invoices.list", "GET /v1/invoices", BOTH, "R", "invoices", "get-a-collection-of-invoices", "size offset filter"),
    _row("invoices.get", "GET /v1/invoices/{invoice_id}", USER, "R", "invoices", "get-invoice-by-id"),
    _row("invoices.statement", "GET /v1/invoices/{invoice_id}/documents/statement", USER, "R", "invoices", "get-invoice-statement"),
    _row("invoices.summaries", "GET /v1/invoices/summaries", BOTH, "R", "invoices", "get-a-collection-of-invoice-summaries"),
    _row("invoices.estimates", "GET /v1/invoices/estimates/links", BOTH, "R", "invoices", "get-invoice-estimate-links", "currencycode"),
    _row("invoices.lines", "GET /v1/invoices/{invoice_id}/lineitems", BOTH, "R", "invoices", "get-invoiceline-items", "provider invoicelineitemtype size offset currencycode period"),
    _row("invoices.lines_next", "GET /v1/invoices/{invoice_id}/lineitems/{provider}/{line_type}", BOTH, "R", "invoices", "get-invoiceline-items", "size seekOperation currencycode period"),
    _row("audit.list", "GET /v1/auditrecords", BOTH, "R", "audit", "get-a-record-of-partner-center-activity-by-user", "startDate endDate size filter"),
    _row("audit.get", "GET /v1/auditrecords/{record_id}", BOTH, "R", "audit", "get-a-record-of-partner-center-activity-by-user"),
    _row("audit.partner_requests", "GET /v1/partnerRequests", BOTH, "R", "audit", "test-the-partner-security-requirements", note="last 7 days of app+user calls with mfaCompliant"),
    _row("webhooks.events", f"GET {_W}/events", BOTH, "R", "webhooks", "get-a-list-of-webhook-events"),
    _row("webhooks.registration", f"GET {_W}", BOTH, "R", "webhooks", "view-an-event-registration", bare_404=True),
    _row("webhooks.register", f"POST {_W}", BOTH, "I", "webhooks", "register-to-receive-events"),
    _row("webhooks.update", f"PUT {_W}", BOTH, "I", "webhooks", "update-an-event-registration"),
    _row("webhooks.send_test", f"POST {_W}/validationEvents", BOTH, "N", "webhooks.test", "send-a-test-event"),
    _row("webhooks.test_result", f"GET {_W}/validationEvents/{{correlation_id}}", BOTH, "R", "webhooks", "test-webhook-registration"),
    _row("gdap.list", f"GET {_G}", USER_FIRST, "R", "graph", "tenantrelationship-list-delegatedadminrelationships", "$filter $top $orderby $skiptoken"),
    _row("gdap.get", f"GET {_G}/{{relationship_id}}", USER_FIRST, "R", "graph", "delegatedadminrelationship-get"),
    _row("gdap.create", f"POST {_G}", USER_FIRST, "N", "graph", "tenantrelationship-post-delegatedadminrelationships"),
    _row("gdap.update", f"PATCH {_G}/{{relationship_id}}", USER_FIRST, "I", "graph", "delegatedadminrelationship-update"),
    _row("gdap.delete", f"DELETE {_G}/{{relationship_id}}", USER_FIRST, "I", "graph", "delegatedadminrelationship-delete"),
    _row("gdap.lock_for_approval", f"POST {_G}/{{relationship_id}}/requests", USER_FIRST, "N", "graph", "delegatedadminrelationship-post-requests"),
    _row("gdap.terminate", f"POST {_G}/{{relationship_id}}/requests", USER_FIRST, "N", "graph", "delegatedadminrelationship-post-requests"),
    _row("gdap.requests", f"GET {_G}/{{relationship_id}}/requests", USER_FIRST, "R", "graph", "delegatedadminrelationship-list-requests"),
    _row("gdap.assign", f"POST {_G}/{{relationship_id}}/accessAssignments", USER_FIRST, "N", "graph", "delegatedadminrelationship-post-accessassignments"),
    _row("gdap.assignments", f"GET {_G}/{{relationship_id}}/accessAssignments", USER_FIRST, "R", "graph", "delegatedadminrelationship-list-accessassignments"),
    _row("gdap.assignment", f"GET {_G}/{{relationship_id}}/accessAssignments/{{assignment_id}}", USER_FIRST, "R", "graph", "delegatedadminaccessassignment-get"),
    _row("gdap.update_assignment", f"PATCH {_G}/{{relationship_id}}/accessAssignments/{{assignment_id}}", USER_FIRST, "I", "graph", "delegatedadminaccessassignment-update"),
    _row("gdap.delete_assignment", f"DELETE {_G}/{{relationship_id}}/accessAssignments/{{assignment_id}}", USER_FIRST, "I", "graph", "delegatedadminrelationship-delete-accessassignments"),
    _row("gdap.operations", f"GET {_G}/{{relationship_id}}/operations", USER_FIRST, "R", "graph", "delegatedadminrelationship-list-operations"),
    _row("gdap.customers", "GET /v1.0/tenantRelationships/delegatedAdminCustomers", USER_FIRST, "R", "graph", "tenantrelationship-list-delegatedadmincustomers", "$filter $top $skiptoken"),
    _row("gdap.service_management", "GET /v1.0/tenantRelationships/delegatedAdminCustomers/{customer_id}/serviceManagementDetails", USER_FIRST, "R", "graph", "delegatedadmincustomer-list-servicemanagementdetails"),
    _row("reconciliation.export_billed", f"POST {_B}/reconciliation/billed/export", USER_FIRST, "N", "graph", "partners-billing-billedreconciliation-export"),
    _row("reconciliation.export_unbilled", f"POST {_B}/reconciliation/unbilled/export", USER_FIRST, "N", "graph", "partners-billing-unbilledreconciliation-export"),
    _row("reconciliation.export_billed_usage", f"POST {_B}/usage/billed/export", USER_FIRST, "N", "graph", "partners-billing-billedusage-export"),
    _row("reconciliation.export_unbilled_usage", f"POST {_B}/usage/unbilled/export", USER_FIRST, "N", "graph", "partners-billing-unbilledusage-export"),
    _row("reconciliation.operation", f"GET {_B}/operations/{{operation_id}}", USER_FIRST, "R", "graph", "partners-billing-operation-get"),
    _row("reconciliation.manifest", f"GET {_B}/manifests/{{manifest_id}}", USER_FIRST, "R", "graph", "partners-billing-manifest-get"),
)
# fmt: on

API_CALLS: Mapping[str, ApiCall] = {row.name: row for row in _TABLE}
