"""Requests, operations and access assignments of a delegated admin relationship (§13)."""

from __future__ import annotations

from novation.emulator import gdap_rules
from novation.emulator.gdap import AdminRelationship, Assignment
from novation.emulator.gdap_rules import bad_request
from novation.emulator.http.calls import Answer, Call
from novation.emulator.http.gdap_wire import (
    ONE,
    ROOT,
    assignment_body,
    check_tag,
    entity,
    find_relationship,
    graph_body,
    not_found,
    odata_context,
    operation_body,
    request_body,
    role_ids,
)
from novation.emulator.http.odata import small_list
from novation.emulator.http.routes import route
from novation.emulator.ids import is_guid

_REQUESTS = "delegatedAdminRelationships/requests"
_OPERATIONS = "delegatedAdminRelationships/operations"
_ASSIGNMENTS = "delegatedAdminRelationships/accessAssignments"


def _wants_new_members(call: Call) -> bool:
    return "include-unknown-enum-members" in (call.headers.get("Prefer") or "")


def _find_assignment(call: Call, relationship: AdminRelationship) -> Assignment:
    assignment = relationship.assignments.get(call.params["assignment_id"].lower())
    if assignment is None:
        raise not_found("access assignment")
    return assignment


@route("POST", ONE + "/requests", "gdap.request", service="graph", group="gdap",
       page="Graph: Create delegatedAdminRelationshipRequest")  # fmt: skip
def request(call: Call) -> Answer:
    """lockForApproval or terminate."""
    relationship = find_relationship(call)
    action = graph_body(call).get("action")
    if action == "lockForApproval":
        made = gdap_rules.lock(call.world, relationship)
    elif action == "terminate":
        made = gdap_rules.request_termination(call.world, relationship)
    else:
        raise bad_request("action must be lockForApproval or terminate.")
    call.effect = "created"
    call.detail = f"{action} {relationship.id}"
    return Answer(201, entity(call, _REQUESTS, request_body(made)))


@route("GET", ONE + "/requests", "gdap.requests", service="graph", group="gdap",
       page="Graph: List delegatedAdminRelationshipRequests")  # fmt: skip
def requests(call: Call) -> Answer:
    """All requests of a relationship. ``reject`` is shown as such only to those who ask for new enum members."""
    found = [request_body(r, new_members=_wants_new_members(call)) for r in find_relationship(call).requests]
    fields = ("id", "action", "status", "createdDateTime", "lastModifiedDateTime")
    return Answer(200, small_list(call, fields, found, odata_context(call, _REQUESTS)))


@route("GET", ONE + "/requests/{request_id}", "gdap.request_by_id", service="graph", group="gdap",
       page="Graph: Get delegatedAdminRelationshipRequest")  # fmt: skip
def request_by_id(call: Call) -> Answer:
    """One request."""
    for made in find_relationship(call).requests:
        if made["id"] == call.params["request_id"].lower():
            body = request_body(made, new_members=_wants_new_members(call))
            return Answer(200, entity(call, _REQUESTS, body))
    raise not_found("request")


@route("GET", ONE + "/operations", "gdap.operations", service="graph", group="gdap",
       page="Graph: List delegatedAdminRelationshipOperations")  # fmt: skip
def operations(call: Call) -> Answer:
    """Long-running changes."""
    found = [operation_body(one) for one in find_relationship(call).operations]
    fields = ("id", "operationType", "status", "createdDateTime", "lastModifiedDateTime")
    return Answer(200, small_list(call, fields, found, odata_context(call, _OPERATIONS)))


@route("GET", ONE + "/operations/{operation_id}", "gdap.operation", service="graph", group="gdap",
       page="Graph: Get delegatedAdminRelationshipOperation")  # fmt: skip
def operation(call: Call) -> Answer:
    """One of them."""
    for found in find_relationship(call).operations:
        if found["id"] == call.params["operation_id"].lower():
            return Answer(200, entity(call, _OPERATIONS, operation_body(found)))
    raise not_found("operation")


@route("POST", ONE + "/accessAssignments", "gdap.assign", service="graph", group="gdap",
       page="Graph: Create delegatedAdminAccessAssignment",
       note="a group that does not exist is refused with 400 (ASSUMPTION: the words)")  # fmt: skip
def assign(call: Call) -> Answer:
    """A security group gets roles."""
    relationship, body = find_relationship(call), graph_body(call)
    container = body.get("accessContainer")
    if not isinstance(container, dict) or not is_guid(str(container.get("accessContainerId", ""))):
        raise bad_request("accessContainer.accessContainerId must be the id of a security group.")
    if container.get("accessContainerType", "securityGroup") != "securityGroup":
        raise bad_request("accessContainer.accessContainerType must be securityGroup.")
    assignment = gdap_rules.assign(
        call.world, relationship, group_id=str(container["accessContainerId"]).lower(), group_type="securityGroup",
        roles=role_ids(body.get("accessDetails")),
    )  # fmt: skip
    call.effect = "created"
    return Answer(201, entity(call, _ASSIGNMENTS, assignment_body(assignment)))


@route("GET", ONE + "/accessAssignments", "gdap.assignments", service="graph", group="gdap",
       page="Graph: List delegatedAdminAccessAssignments")  # fmt: skip
def assignments(call: Call) -> Answer:
    """All assignments, deleted ones too."""
    found = [assignment_body(a) for a in find_relationship(call).assignments.values()]
    fields = ("id", "status", "accessContainer/accessContainerId", "createdDateTime", "lastModifiedDateTime")
    return Answer(200, small_list(call, fields, found, odata_context(call, _ASSIGNMENTS)))


@route("GET", ONE + "/accessAssignments/{assignment_id}", "gdap.assignment", service="graph", group="gdap",
       page="Graph: Get delegatedAdminAccessAssignment")  # fmt: skip
def assignment_by_id(call: Call) -> Answer:
    """One assignment."""
    return Answer(
        200, entity(call, _ASSIGNMENTS, assignment_body(_find_assignment(call, find_relationship(call))))
    )


@route("PATCH", ONE + "/accessAssignments/{assignment_id}", "gdap.update_assignment", service="graph", group="gdap",
       page="Graph: Update delegatedAdminAccessAssignment",
       note="202 with an operation; another source says 200")  # fmt: skip
def update_assignment(call: Call) -> Answer:
    """Replaces the whole role set."""
    relationship = find_relationship(call)
    assignment = _find_assignment(call, relationship)
    check_tag(call, assignment)
    gdap_rules.change_assignment(
        call.world, relationship, assignment, role_ids(graph_body(call).get("accessDetails"))
    )
    call.effect = "changed"
    last = relationship.operations[-1]["id"]
    return Answer(
        202,
        headers={"Location": f"{call.base}{ROOT}/{relationship.id}/operations/{last}", "Retry-After": "10"},
    )


@route("DELETE", ONE + "/accessAssignments/{assignment_id}", "gdap.delete_assignment", service="graph", group="gdap",
       page="Graph: Delete delegatedAdminAccessAssignment")  # fmt: skip
def delete_assignment(call: Call) -> Answer:
    """deleting, then deleted."""
    relationship = find_relationship(call)
    assignment = _find_assignment(call, relationship)
    check_tag(call, assignment)
    gdap_rules.remove_assignment(call.world, relationship, assignment)
    call.effect = "changed"
    return Answer(204)
