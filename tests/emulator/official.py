"""The official descriptions and recorded answers, brought into one form for comparison."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from novation.emulator import server  # noqa: F401  importing the server fills the table of routes
from novation.emulator.catalogue import LEGACY_OFFER_ID
from novation.emulator.http.routes import Route, find

SWAGGER = {
    "CustomerService.2021.json": "/v1",
    "AuditService.2021.json": "/v1",
    "Webhooks.2021.json": "/webhooks/v1",
}
GUID = "7d4f3c9e-0000-4000-8000-000000000001"

C = "/v1/customers/{tid}"
UNRECORDED = "in the description, but in no recorded answer"

# Path -> (model, members that we leave out and why).
ANSWERS: dict[str, tuple[str, dict[str, str]]] = {
    C: (
        "Customer",
        {"userCredentials": "shown once, on creation", "associatedPartnerId": "indirect model only"},
    ),
    f"{C}/profiles/company": ("CustomerCompanyProfile", {}),
    f"{C}/profiles/billing": ("CustomerBillingProfile", {}),
    f"{C}/subscriptions/{{sid}}": (
        "Subscription",
        dict.fromkeys(
            ("attentionReason", "suspensionReasons", "parentSubscriptionId"), "only where it applies"
        ),
    ),
    f"{C}/subscriptions/{{sid}}/provisioningstatus": ("SubscriptionProvisioningStatus", {}),
    f"{C}/subscriptions/{{sid}}/registrationstatus": ("SubscriptionRegistrationStatus", {}),
    f"{C}/orders/{{oid}}": ("Order", {}),
    f"{C}/users/{{uid}}": ("CustomerUser", {"passwordProfile": "never read back"}),
    f"{C}/users/{{uid}}/licenses": ("UserLicenseManagementLicense", {}),
    f"{C}/users/{{uid}}/directoryroles": ("ContractsRoleManagementDirectoryRole", {}),
    f"{C}/directoryroles": ("ContractsRoleManagementDirectoryRole", {}),
    f"{C}/directoryroles/{{role}}/usermembers": (
        "ContractsRoleManagementUserMember",
        {"accountId": UNRECORDED},
    ),
    f"{C}/subscribedskus": ("UserLicenseManagementSubscribedSku", {}),
    f"{C}/managedservices": ("ManagedService", {}),
    "/v1/customers/relationshiprequests": ("RelationshipRequest", {}),
    "/v1/countryvalidationrules/DE": ("CountryValidationRules", {"taxIdSample": UNRECORDED}),
    "/v1/invoices": ("Invoice", {}),
    "/v1/invoices/summary": ("InvoiceSummary", {}),
    f"/v1/offers/{LEGACY_OFFER_ID}?country=DE": (
        "Offer",
        dict.fromkeys(
            ("providerId", "providerLocationId", "providerName", "upgradeTargetOffers"),
            "of a few recorded offers only",
        ),
    ),
    "/v1/offercategories?country=DE": ("OfferCategory", {"links": UNRECORDED}),
    "/v1/profiles/mpn": ("MpnProfile", {}),
    "/v1/profiles/billing": ("BillingProfile", {}),
    "/v1/profiles/legalbusiness": ("LegalBusinessProfile", {}),
    "/v1/profiles/organization": ("OrganizationProfile", {}),
    "/v1/profiles/support": ("SupportProfile", {}),
}


class Operation(NamedTuple):
    """One documented operation. ``fields`` are the members of its answer, or of an item of its collection."""

    source: str
    method: str
    path: str
    query: tuple[str, ...]
    fields: dict[str, str]


def routed(method: str, path: str) -> Route | None:
    """Our route for a documented path."""
    return find(method, re.sub(r"{[^}]+}", GUID, path))[0]


def documented(corpus: Path) -> list[Operation]:
    """Every operation of the official descriptions."""
    found: list[Operation] = []
    for name, root in SWAGGER.items():
        text = json.loads((corpus / "swagger" / name).read_text(encoding="utf-8-sig"))
        for path, methods in text["paths"].items():
            for method, operation in methods.items():
                query = tuple(p["name"] for p in operation.get("parameters", []) if p.get("in") == "query")
                fields = _fields(text, operation)
                place = path.replace("/v{version}", root, 1)
                found.append(Operation(name.split(".")[0] + " 2021", method.upper(), place, query, fields))
    text = json.loads(
        (corpus / "swagger" / "partnercenter-2018-recovered.json").read_text(encoding="utf-8-sig")
    )
    for operation in text["operations"]:
        place = operation["url"].replace("/v{version}", "/v1", 1)
        query = tuple(q if isinstance(q, str) else q.get("name", "") for q in operation.get("query", []))
        found.append(Operation("swagger 2018", operation["method"], place, query, {}))
    return found


def _fields(text: dict[str, Any], operation: dict[str, Any]) -> dict[str, str]:
    for status in ("200", "201"):
        schema = operation.get("responses", {}).get(status, {}).get("schema", {})
        definition = _definition(text, schema)
        items = definition.get("properties", {}).get("items", {}).get("items")
        if items:
            definition = _definition(text, items)
        if definition:
            return {
                name: "enum" if "enum" in part else part.get("type", "object")
                for name, part in definition.get("properties", {}).items()
            }
    return {}


def _definition(text: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref", "")
    found: dict[str, Any] = text["definitions"].get(reference.removeprefix("#/definitions/"), {})
    return found


def recorded(corpus: Path) -> dict[str, tuple[str, str, Any]]:
    """File name -> (method, path, body) of every recorded answer."""
    found: dict[str, tuple[str, str, Any]] = {}
    with (corpus / "recorded" / "index.tsv").open(encoding="utf-8", newline="") as index:
        for row in csv.DictReader(index, delimiter="\t"):
            body = json.loads((corpus / "recorded" / row["file"]).read_text(encoding="utf-8-sig"))
            found[row["file"].split(".")[0]] = (row["method"], row["path_template"].split("?")[0], body)
    return found


def _type_ok(schema: dict[str, Any], kind: str, value: Any) -> bool:
    if value is None:
        return True
    if kind.startswith("Collection("):
        return isinstance(value, list) and all(_type_ok(schema, kind[11:-1], part) for part in value)
    name = kind.removeprefix("graph.")
    if name in schema:
        entry = schema[name]
        if entry["kind"] == "EnumType":
            return value in entry["members"]
        return not list(violations(schema, name, value))
    if kind == "Edm.DateTimeOffset":
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value))
    if kind == "Edm.Duration":
        return bool(re.fullmatch(r"P[0-9YMDTHS]+", value))
    return isinstance(value, str)


def violations(schema: dict[str, Any], name: str, value: Any) -> Iterator[str]:
    """What a body breaks in the Graph schema."""
    known = {p["Name"]: p for p in schema[name]["properties"]}
    for key, part in value.items():
        if key.startswith("@odata.") or key == "id":
            continue
        if key not in known:
            yield f"{name}.{key} is not in the schema"
        elif not _type_ok(schema, known[key]["Type"], part):
            yield f"{name}.{key} is {part!r}"
    for key, property_ in known.items():
        if property_.get("Nullable") == "false" and value.get(key) is None:
            yield f"{name}.{key} is required"
