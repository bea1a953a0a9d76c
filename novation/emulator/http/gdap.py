"""Delegated admin relationships on Graph: create, get, change, delete (§13)."""

from __future__ import annotations

from typing import Any

from novation.emulator import gdap_rules
from novation.emulator.gdap import GLOBAL_ADMIN, AdminRelationship
from novation.emulator.gdap_rules import bad_request
from novation.emulator.http.calls import Answer, Call
from novation.emulator.http.gdap_wire import (
    ONE,
    ROOT,
    check_tag,
    find_relationship,
    graph_body,
    odata_context,
    relationship_body,
    role_ids,
)
from novation.emulator.http.routes import route


@route(
    "POST",
    ROOT,
    "gdap.create",
    service="graph",
    group="gdap",
    page="Graph: Create delegatedAdminRelationship",
)
def create(call: Call) -> Answer:
    """State created; pinned to one customer when the body names one."""
    body = graph_body(call)
    participant = body.get("customer") or {}
    if not isinstance(participant, dict):
        raise bad_request("customer must be an object.")
    customer = None
    if tid := str(participant.get("tenantId") or "").lower():
        customer = call.world.customers.get(tid)
        if customer is None:
            raise bad_request("customer.tenantId: the tenant was not found.")
        call.customer_id = tid
    relationship, repeated = gdap_rules.create(
        call.world,
        call.account,
        display_name=str(body.get("displayName") or ""),
        duration=body.get("duration") or "",
        roles=role_ids(body.get("accessDetails")),
        auto_extend=str(body.get("autoExtendDuration") or "PT0S"),
        customer=customer,
        customer_name=str(participant.get("displayName") or "") or None,
    )
    call.effect = "repeated" if repeated else "created"
    call.detail = f"relationship {relationship.id}" + ("; the customer has a live one" if repeated else "")
    return Answer(
        201,
        {
            "@odata.context": odata_context(call, "delegatedAdminRelationships/$entity"),
            **relationship_body(relationship),
        },
    )


@route("GET", ONE, "gdap.get", service="graph", group="gdap", page="Graph: Get delegatedAdminRelationship")
def get(call: Call) -> Answer:
    """One relationship."""
    return Answer(
        200,
        {
            "@odata.context": odata_context(call, "delegatedAdminRelationships/$entity"),
            **relationship_body(find_relationship(call)),
        },
    )


@route(
    "PATCH",
    ONE,
    "gdap.update",
    service="graph",
    group="gdap",
    page="Graph: Update delegatedAdminRelationship",
)
def update(call: Call) -> Answer:
    """Anything while created; the extension while active; taking Global Administrator away while active (202)."""
    relationship = find_relationship(call)
    check_tag(call, relationship)
    body = graph_body(call)
    if relationship.status not in {"created", "active"}:
        raise bad_request(f"A relationship that is {relationship.status} cannot be changed.")
    if relationship.status == "active" and "accessDetails" in body:
        roles = [role.lower() for role in role_ids(body["accessDetails"])]
        if GLOBAL_ADMIN not in relationship.roles or set(roles) != set(relationship.roles) - {GLOBAL_ADMIN}:
            raise bad_request("Only the Global Administrator role can be taken from an active relationship.")
        operation = gdap_rules.remove_global_admin(call.world, relationship)
        call.effect = "changed"
        return Answer(202, headers={"Location": f"{call.base}{ROOT}/{relationship.id}/operations/{operation['id']}",
                                    "Retry-After": "10"})  # fmt: skip
    if relationship.status == "active" and set(body) - {"autoExtendDuration"}:
        raise bad_request("An active relationship allows a change of autoExtendDuration only.")
    _edit(call, relationship, body)
    call.effect = "changed"
    return Answer(200, relationship_body(relationship))


def _edit(call: Call, relationship: AdminRelationship, body: dict[str, Any]) -> None:
    roles = (
        gdap_rules.check_roles(role_ids(body["accessDetails"]))
        if "accessDetails" in body
        else relationship.roles
    )
    extend = gdap_rules.check_extension(
        str(body.get("autoExtendDuration") or relationship.auto_extend), roles
    )
    name = gdap_rules.check_name(str(body.get("displayName", relationship.display_name)))
    duration = gdap_rules.check_duration(body.get("duration", relationship.duration))
    names = call.world.gdap_names[call.account]
    if name != relationship.display_name and name in names:
        raise gdap_rules.name_taken()
    names.discard(relationship.display_name)
    names.add(name)
    relationship.display_name, relationship.roles, relationship.auto_extend = name, roles, extend
    relationship.duration = duration
    relationship.changed_at = call.now
    relationship.version += 1


@route(
    "DELETE",
    ONE,
    "gdap.delete",
    service="graph",
    group="gdap",
    page="Graph: Delete delegatedAdminRelationship",
)
def delete(call: Call) -> Answer:
    """Only while created."""
    relationship = find_relationship(call)
    check_tag(call, relationship)
    if relationship.status != "created":
        raise bad_request(f"A relationship that is {relationship.status} cannot be deleted.")
    del call.world.gdap[relationship.id]
    call.world.gdap_names[call.account].discard(relationship.display_name)
    if (customer := call.world.customers.get(relationship.customer_id or "")) is not None:
        call.world.file(customer).gdap.pop(relationship.id, None)
    call.effect = "changed"
    return Answer(204)
