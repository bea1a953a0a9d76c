"""The official API descriptions of the corpus in one shape, and which of our classes reads which model."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import inspect as shapes

from novation.partnercenter import (
    agreements,
    audit,
    catalogue,
    customers,
    gdap,
    invoices,
    orders,
    relationships,
    roles,
    subscriptions,
    users,
    webhooks,
)
from novation.partnercenter.api_calls import ApiCall
from novation.partnercenter.resources import Part


@dataclass(frozen=True)
class Described:
    """One operation of an official description."""

    source: str
    method: str
    path: str
    query: frozenset[str]
    headers: frozenset[str]


def shape_of(path: str) -> str:
    """A path with its parameters blanked, in lower case."""
    return re.sub(r"\{[^}]*\}", "{}", path).lower().rstrip("/")


def described(corpus: Path) -> dict[tuple[str, str], list[Described]]:
    found: dict[tuple[str, str], list[Described]] = {}

    def add(entry: Described) -> None:
        found.setdefault((entry.method, shape_of(entry.path)), []).append(entry)

    for name, prefix in (("CustomerService", ""), ("AuditService", ""), ("Webhooks", "/webhooks")):
        text = json.loads((corpus / "swagger" / f"{name}.2021.json").read_text(encoding="utf-8"))
        for path, methods in text["paths"].items():
            for method, operation in methods.items():
                parameters = operation.get("parameters", [])
                add(
                    Described(
                        name,
                        method.upper(),
                        prefix + path.replace("v{version}", "v1"),
                        frozenset(p["name"].split(".")[-1] for p in parameters if p["in"] == "query")
                        | {"filter" for p in parameters if "filter" in p["name"].lower()},
                        frozenset(p["name"].lower() for p in parameters if p["in"] == "header"),
                    )
                )
    old = json.loads((corpus / "swagger" / "partnercenter-2018-recovered.json").read_text(encoding="utf-8"))
    for row in old["operations"]:
        path = row["url"].replace("v{version}", "v1")
        query = frozenset(name.split(".")[-1] for name in row["query"])
        add(Described("2018", row["method"], path, query, frozenset()))
    return found


# Query names that came after the descriptions, with the page that shows them.
NEWER_QUERIES = {
    "customers.list": {"seekOperation"},
    "orders.list": {"include_price"},
    "orders.get": {"include_price"},
    "users.list": {"sortField", "sortDirection"},
}


def known_queries(api_call: ApiCall, entries: list[Described]) -> set[str]:
    return set().union(*(entry.query for entry in entries)) | NEWER_QUERIES.get(api_call.name, set())


_V1 = "Microsoft.Partner.Service.Customers.Contracts.V1."
_SDK = "MicrosoftPartnerSdkContractsV1"
MODELS: tuple[tuple[type[Part], str, str], ...] = (
    (customers.Customer, "CustomerService", f"{_V1}Customer"),
    (customers.CompanyProfile, "CustomerService", f"{_V1}CustomerCompanyProfile"),
    (customers.BillingProfile, "CustomerService", f"{_V1}CustomerBillingProfile"),
    (customers.Address, "CustomerService", f"{_V1}Address"),
    (customers.Credentials, "CustomerService", f"{_V1}UserCredentials"),
    (
        customers.Qualification,
        "CustomerService",
        "Microsoft.Partner.Service.Customers.Contracts.V2.CustomerQualification",
    ),
    (relationships.Invitation, "CustomerService", f"{_V1}RelationshipRequest"),
    (relationships.PartnerRelationship, "CustomerService", f"{_V1}PartnerRelationship"),
    (agreements.Agreement, "CustomerService", f"{_V1}Agreement"),
    (agreements.Contact, "CustomerService", f"{_V1}Contact"),
    (agreements.AgreementTemplate, "CustomerService", f"{_V1}AgreementMetadata"),
    (agreements.AgreementDocument, "CustomerService", f"{_V1}AgreementDocument"),
    (users.User, "CustomerService", f"{_V1}CustomerUser"),
    (users.LicenceUpdate, "CustomerService", f"{_V1}LicenseUpdate"),
    (audit.PartnerRequest, "CustomerService", f"{_V1}MfaCompliance.PartnerRequest"),
    (audit.AuditRecord, "AuditService", "AuditRecord"),
    (webhooks.Registration, "Webhooks", "WebhookRegistration"),
    (webhooks.TestResult, "Webhooks", "WebhookValidationEvent"),
    (webhooks.Delivery, "Webhooks", "WebhookResponse"),
    (subscriptions.Subscription, "2018", f"{_SDK}Subscription"),
    (subscriptions.ProvisioningStatus, "2018", f"{_SDK}SubscriptionProvisioningStatus"),
    (subscriptions.RegistrationStatus, "2018", f"{_SDK}SubscriptionRegistrationStatus"),
    (users.SubscribedSku, "2018", f"{_SDK}UserLicenseManagementSubscribedSku"),
    (users.ProductSku, "2018", f"{_SDK}UserLicenseManagementProductSku"),
    (users.ServicePlan, "2018", f"{_SDK}UserLicenseManagementServicePlan"),
    (users.Licence, "2018", f"{_SDK}UserLicenseManagementLicense"),
    (roles.DirectoryRole, "2018", f"{_SDK}ContractsRoleManagementDirectoryRole"),
    (roles.RoleMember, "2018", f"{_SDK}ContractsRoleManagementUserMember"),
    (invoices.Invoice, "2018", f"{_SDK}Invoice"),
    (invoices.InvoiceDetail, "2018", f"{_SDK}InvoiceDetail"),
    (invoices.InvoiceSummary, "2018", f"{_SDK}InvoiceSummary"),
    (orders.Order, "2018", f"{_SDK}Order"),
    (orders.OrderLine, "2018", f"{_SDK}OrderLineItem"),
    (orders.Checkout, "2018", f"{_SDK}ContractsOrdersCartCheckoutResult"),
    (orders.OrderError, "2018", f"{_SDK}ContractsOrdersOrderError"),
    (catalogue.Offer, "2018", f"{_SDK}Offer"),
)
GRAPH_MODELS: tuple[tuple[type[Part], str], ...] = (
    (gdap.GdapRelationship, "delegatedAdminRelationship"),
    (gdap.GdapCustomer, "delegatedAdminRelationshipCustomerParticipant"),
    (gdap.GdapRequest, "delegatedAdminRelationshipRequest"),
    (gdap.GdapOperation, "delegatedAdminRelationshipOperation"),
    (gdap.AccessAssignment, "delegatedAdminAccessAssignment"),
    (gdap.AccessContainer, "delegatedAdminAccessContainer"),
    (gdap.AccessDetails, "delegatedAdminAccessDetails"),
    (gdap.Role, "unifiedRole"),
    (gdap.DelegatedCustomer, "delegatedAdminCustomer"),
)


def model(corpus: Path, source: str, name: str) -> dict[str, str]:
    """Field name -> one of text, int, number, bool, time, list, object."""
    if source == "2018":
        text = json.loads(
            (corpus / "swagger" / "partnercenter-2018-recovered.json").read_text(encoding="utf-8")
        )
        return {field: _old_type(entry["type"]) for field, entry in text["models"][name].items()}
    text = json.loads((corpus / "swagger" / f"{source}.2021.json").read_text(encoding="utf-8"))
    properties: Mapping[str, Any] = text["definitions"][name]["properties"]
    return {field: _new_type(entry) for field, entry in properties.items()}


def graph_model(corpus: Path, name: str) -> dict[str, str]:
    text = json.loads((corpus / "graph" / "graph-gdap-schema.json").read_text(encoding="utf-8"))
    fields: dict[str, str] = {}
    while name in text:
        fields |= {entry["Name"]: _graph_type(text, entry["Type"]) for entry in text[name]["properties"]}
        name = str(text[name].get("base") or "").removeprefix("graph.")
    return fields


def _old_type(text: str) -> str:
    if text.startswith("["):
        return "list"
    plain = {"str": "text", "int": "int", "bool": "bool", "float": "number", "iso-8601": "time"}
    return plain.get(text, "object")


def _new_type(entry: Mapping[str, Any]) -> str:
    if entry.get("format") == "date-time":
        return "time"
    if str(entry.get("$ref", "")).endswith("System.Security.SecureString"):
        # A .NET type of the service; the page shows a text.
        return "text"
    if entry.get("enum"):
        # The description says integer, the wire carries the word (recorded answers).
        return "text"
    plain = {"string": "text", "integer": "int", "boolean": "bool", "number": "number", "array": "list"}
    return plain.get(str(entry.get("type")), "object")


def _graph_type(schema: Mapping[str, Any], text: str) -> str:
    if text.startswith("Collection("):
        return "list"
    plain = {"Edm.String": "text", "Edm.DateTimeOffset": "time", "Edm.Duration": "text"}
    if text in plain:
        return plain[text]
    kind = schema.get(text.removeprefix("graph."), {}).get("kind")
    return "text" if kind == "EnumType" or "Status" in text else "object"


def fields_of(cls: type[Part]) -> dict[str, set[str]]:
    """Wire name -> the kinds that our class takes."""
    info = shapes.type_info(cls)
    assert isinstance(info, shapes.StructType)
    return {f.encode_name: _kinds(f.type) for f in info.fields if not f.encode_name.startswith("(")}


def _kinds(shape: shapes.Type) -> set[str]:
    if isinstance(shape, shapes.UnionType):
        return set().union(*(_kinds(t) for t in shape.types)) - {"nothing"}
    names: dict[type[shapes.Type], str] = {
        shapes.StrType: "text",
        shapes.EnumType: "text",
        shapes.IntType: "int",
        shapes.BoolType: "bool",
        shapes.DecimalType: "number",
        shapes.DateTimeType: "time",
        shapes.ListType: "list",
        shapes.DictType: "object",
        shapes.StructType: "object",
        shapes.NoneType: "nothing",
    }
    if isinstance(shape, shapes.AnyType):
        return {"text", "int", "number", "bool", "list", "object"}
    return {names[type(shape)]}
