"""How delegated admin relationships look on the wire, and what all their calls share."""

from __future__ import annotations

import hashlib
from typing import Any

from novation.emulator.clock import wire_time
from novation.emulator.customers import Customer
from novation.emulator.gdap import AdminRelationship, Assignment
from novation.emulator.gdap_rules import bad_request
from novation.emulator.http.calls import Call
from novation.emulator.refusals import Refusal

ROOT = "/v1.0/tenantRelationships/delegatedAdminRelationships"
ONE = ROOT + "/{relationship_id}"


def etag_of(thing: AdminRelationship | Assignment) -> str:
    """A weak etag that changes with every change."""
    return f'W/"{thing.id[:8]}.{thing.version}"'


def role_list(roles: list[str]) -> dict[str, Any]:
    """Roles as Graph nests them."""
    return {"unifiedRoles": [{"roleDefinitionId": role} for role in roles]}


def relationship_body(relationship: AdminRelationship) -> dict[str, Any]:
    """The relationship as Graph writes it."""
    customer = None
    if relationship.customer_id is not None:
        customer = {"tenantId": relationship.customer_id, "displayName": relationship.customer_name}
    return {
        "@odata.type": "#microsoft.graph.delegatedAdminRelationship",
        "@odata.etag": etag_of(relationship),
        "id": relationship.id,
        "displayName": relationship.display_name,
        "duration": relationship.duration,
        "customer": customer,
        "accessDetails": role_list(relationship.roles),
        "status": relationship.status,
        "autoExtendDuration": relationship.auto_extend,
        "createdDateTime": wire_time(relationship.created_at),
        "lastModifiedDateTime": wire_time(relationship.changed_at),
        "activatedDateTime": wire_time(relationship.activated_at) if relationship.activated_at else None,
        "endDateTime": wire_time(relationship.ends_at) if relationship.ends_at else None,
    }


def assignment_body(assignment: Assignment) -> dict[str, Any]:
    """The access assignment as Graph writes it."""
    return {
        "@odata.type": "#microsoft.graph.delegatedAdminAccessAssignment",
        "@odata.etag": etag_of(assignment),
        "id": assignment.id,
        "status": assignment.status,
        "accessContainer": {
            "accessContainerId": assignment.group_id,
            "accessContainerType": assignment.group_type,
        },
        "accessDetails": role_list(assignment.roles),
        "createdDateTime": wire_time(assignment.created_at),
        "lastModifiedDateTime": wire_time(assignment.changed_at),
    }


def request_body(made: dict[str, Any], *, new_members: bool = True) -> dict[str, Any]:
    """A request as Graph writes it; ``reject`` is an enum member that callers have to ask for."""
    action = made["action"] if new_members or made["action"] != "reject" else "unknownFutureValue"
    return _tracked("delegatedAdminRelationshipRequest", {**made, "action": action})


def operation_body(operation: dict[str, Any]) -> dict[str, Any]:
    """A long-running operation as Graph writes it."""
    return _tracked("delegatedAdminRelationshipOperation", operation)


def customer_body(customer: Customer) -> dict[str, Any]:
    """A customer with admin relationships as Graph writes it."""
    members = {"id": customer.tid, "tenantId": customer.tid, "displayName": customer.name}
    return _tracked("delegatedAdminCustomer", members)


def _tracked(kind: str, members: dict[str, Any]) -> dict[str, Any]:
    """With its type and an etag that changes with its members."""
    tag = hashlib.sha256(repr(sorted(members.items())).encode()).hexdigest()[:12]
    return {"@odata.type": f"#microsoft.graph.{kind}", "@odata.etag": f'W/"{tag}"', **members}


def entity(call: Call, what: str, body: dict[str, Any]) -> dict[str, Any]:
    """A single thing, with its context."""
    return {"@odata.context": odata_context(call, f"{what}/$entity"), **body}


def odata_context(call: Call, what: str) -> str:
    """The value of @odata.context."""
    return f"{call.base}/v1.0/$metadata#tenantRelationships/{what}"


def not_found(what: str) -> Refusal:
    """Graph's 404."""
    return Refusal(404, "Request_ResourceNotFound", f"The {what} does not exist.")


def find_relationship(call: Call) -> AdminRelationship:
    """The relationship in the path, if it is the caller's. Raises 404."""
    relationship = call.world.gdap_relationship(call.params["relationship_id"].lower())
    if relationship is None or relationship.account != call.account:
        raise not_found("delegated admin relationship")
    call.customer_id = relationship.customer_id
    return relationship


def check_tag(call: Call, thing: AdminRelationship | Assignment) -> None:
    """If-Match, which Graph requires here. Raises 428 without it and 412 when it is stale."""
    given = call.headers.get("If-Match")
    if given is None:
        raise Refusal(428, "preconditionRequired", "The If-Match header is required.")
    if given.strip() not in (etag_of(thing), etag_of(thing).removeprefix("W/"), "*"):
        raise Refusal(412, "preconditionFailed", "The If-Match header does not match the current etag.")


def graph_body(call: Call) -> dict[str, Any]:
    """The JSON object of the request. Raises Graph's 400."""
    try:
        value = call.json()
    except Refusal as refusal:
        raise bad_request(refusal.description) from None
    if not isinstance(value, dict):
        raise bad_request("A JSON object is needed.")
    return value


def role_ids(details: Any) -> list[str]:
    """The role ids in an accessDetails object. Raises Graph's 400."""
    roles = details.get("unifiedRoles") if isinstance(details, dict) else None
    if not isinstance(roles, list) or not all(isinstance(r, dict) for r in roles):
        raise bad_request("accessDetails.unifiedRoles must be a list.")
    return [str(role.get("roleDefinitionId", "")) for role in roles]
