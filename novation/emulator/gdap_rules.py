"""What may happen to a delegated admin relationship, and what does (Graph ``tenantRelationships``)."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from novation.emulator.clock import wire_time
from novation.emulator.customers import Customer, CustomerFile
from novation.emulator.gdap import (
    GLOBAL_ADMIN,
    REQUEST_LIFE,
    AdminRelationship,
    Assignment,
    parse_duration,
)
from novation.emulator.ids import is_guid
from novation.emulator.refusals import Illegal, Refusal
from novation.emulator.world import World

MAX_DURATION = timedelta(days=730)
OFF = frozenset({"PT0S", "P0D"})


def bad_request(message: str) -> Refusal:
    """Graph's 400."""
    return Refusal(400, "badRequest", message)


def check_roles(roles: list[str]) -> list[str]:
    """At least one role, each a GUID."""
    if not roles or not all(is_guid(role) for role in roles):
        raise bad_request("accessDetails.unifiedRoles must name at least one role by its roleDefinitionId.")
    return list(dict.fromkeys(role.lower() for role in roles))


def check_name(display_name: str) -> str:
    """1 to 50 characters."""
    if not 1 <= len(display_name) <= 50:
        raise bad_request("displayName must have 1 to 50 characters.")
    return display_name


def name_taken() -> Refusal:
    """Names are unique across all relationships of a partner."""
    return Refusal(409, "conflict", "A delegated admin relationship with this displayName exists already.")


def check_duration(duration: Any) -> str:
    """ISO 8601, one day to two years."""
    try:
        length = parse_duration(duration)
    except ValueError as error:
        raise bad_request(f"duration: {error}") from None
    if not timedelta(days=1) <= length <= MAX_DURATION:
        raise bad_request("duration must be between P1D and P2Y.")
    return str(duration)


def check_extension(text: str, roles: list[str]) -> str:
    """PT0S, P0D or P180D; not with Global Administrator."""
    if text not in OFF and text != "P180D":
        raise bad_request("autoExtendDuration must be P180D, or PT0S for none.")
    if text == "P180D" and GLOBAL_ADMIN in roles:
        raise bad_request(
            "A relationship with the Global Administrator role cannot be extended automatically."
        )
    return text


def create(
    world: World, account: str, *, display_name: str, duration: str, roles: list[str], auto_extend: str,
    customer: Customer | None, customer_name: str | None,
) -> tuple[AdminRelationship, bool]:  # fmt: skip
    """A new relationship, state created. Returns it and whether the customer has a live one already."""
    check_name(display_name)
    check_duration(duration)
    roles = check_roles(roles)
    check_extension(auto_extend, roles)
    if display_name in world.gdap_names[account]:
        raise name_taken()
    rid = f"{world.new_id()}-{customer.tid if customer else world.new_id()}"
    relationship = AdminRelationship(
        id=rid,
        account=account,
        display_name=display_name,
        duration=duration,
        roles=roles,
        created_at=world.now,
        changed_at=world.now,
        auto_extend=auto_extend,
        customer_id=customer.tid if customer else None,
        customer_name=customer_name or (customer.name if customer else None),
        serial=next(world.gdap_serial),
    )
    repeated = False
    if customer is not None:
        file = world.file(customer)
        repeated = any(g.live and g.account == account for g in file.gdap.values())
        file.gdap[rid] = relationship
    world.gdap[rid] = relationship
    world.gdap_names[account].add(display_name)
    return relationship, repeated


def lock(world: World, relationship: AdminRelationship) -> dict[str, Any]:
    """lockForApproval: from now on the customer can approve, for ninety days."""
    if relationship.status != "created":
        raise bad_request(f"A relationship that is {relationship.status} cannot be locked for approval.")
    relationship.move_to("approvalPending", world.now)
    relationship.locked_at = world.now
    _schedule_expiry(world, relationship, world.now + REQUEST_LIFE)
    return _request(world, relationship, "lockForApproval")


def _schedule_expiry(world: World, relationship: AdminRelationship, due: datetime) -> None:
    if due <= world.now:
        _expire_request(world, relationship, due)
    else:
        world.schedule(due, lambda at: _expire_request(world, relationship, at))


def _expire_request(world: World, relationship: AdminRelationship, at: datetime) -> None:
    if relationship.status == "approvalPending":
        relationship.move_to("expired", at)


def _request(world: World, relationship: AdminRelationship, action: str) -> dict[str, Any]:
    moment = wire_time(world.now)
    request = {
        "id": world.new_id(),
        "action": action,
        "status": "succeeded" if action == "lockForApproval" else "pending",
        "createdDateTime": moment,
        "lastModifiedDateTime": moment,
    }
    relationship.requests.append(request)
    return request


def _check_customer(world: World, relationship: AdminRelationship, customer: Customer) -> None:
    if relationship.status != "approvalPending":
        raise Illegal(f"The admin relationship is {relationship.status}, not waiting for approval.")
    if relationship.customer_id not in (None, customer.tid):
        raise Illegal("The admin relationship was made for another tenant.")


def approve(world: World, relationship: AdminRelationship, customer: Customer) -> None:
    """approved at once, activating soon, active after some minutes."""
    _check_customer(world, relationship, customer)
    relationship.customer_id = customer.tid
    relationship.customer_name = relationship.customer_name or customer.name
    world.file(customer).gdap[relationship.id] = relationship
    relationship.move_to("approved", world.now)
    _notify(world, relationship, customer, "approved")
    draw = Random(f"{world.seed}/{relationship.id}")
    world.schedule(
        world.now + timedelta(seconds=draw.randrange(20, 90)),
        lambda at: _advance(relationship, "approved", "activating", at),
    )
    world.schedule(
        world.now + timedelta(seconds=draw.randrange(120, 480)),
        lambda at: _activate(world, relationship, customer, at),
    )


def _advance(relationship: AdminRelationship, before: str, after: str, at: datetime) -> None:
    if relationship.status == before:
        relationship.move_to(after, at)


def _activate(world: World, relationship: AdminRelationship, customer: Customer, at: datetime) -> None:
    if relationship.status not in {"approved", "activating"}:
        return
    relationship.move_to("active", at)
    relationship.activated_at = at
    relationship.ends_at = at + parse_duration(relationship.duration)
    _notify(world, relationship, customer, "activated")
    schedule_end(world, relationship)


def schedule_end(world: World, relationship: AdminRelationship) -> None:
    """Lets the relationship end, or go on by itself, when its time comes."""
    if relationship.ends_at is not None:
        world.schedule(relationship.ends_at, lambda at: _reach_end(world, relationship, at))


def schedule_file(world: World, file: CustomerFile) -> None:
    """Seeded relationships end too: catches up with what fell due before anybody looked."""
    for relationship in file.gdap.values():
        if relationship.status == "approvalPending" and relationship.locked_at is not None:
            _schedule_expiry(world, relationship, relationship.locked_at + REQUEST_LIFE)
        while relationship.ends_at and relationship.ends_at <= world.now and relationship.live:
            _reach_end(world, relationship, relationship.ends_at)
        schedule_end(world, relationship)


def _reach_end(world: World, relationship: AdminRelationship, at: datetime) -> None:
    if relationship.status not in {"active", "expiring"} or relationship.ends_at != at:
        return
    if relationship.auto_extend not in OFF:
        relationship.ends_at = at + parse_duration(relationship.auto_extend)
        relationship.move_to("active", at)
        schedule_end(world, relationship)
        return
    relationship.move_to("expired", at)
    customer = world.customers.get(relationship.customer_id or "")
    if customer is not None:
        _notify(world, relationship, customer, "expired")


def reject(world: World, relationship: AdminRelationship, customer: Customer) -> None:
    """Back to created, as Graph describes the reject action; the partner may delete it or ask again."""
    _check_customer(world, relationship, customer)
    relationship.move_to("created", world.now)
    _request(world, relationship, "reject")["status"] = "succeeded"


def request_termination(world: World, relationship: AdminRelationship) -> dict[str, Any]:
    """terminate, asked by the partner."""
    if relationship.status not in {"active", "expiring"}:
        raise bad_request(f"A relationship that is {relationship.status} cannot be terminated.")
    request = _request(world, relationship, "terminate")
    terminate(world, relationship, delay=timedelta(minutes=2), request=request)
    return request


def terminate(
    world: World, relationship: AdminRelationship, *, delay: timedelta, request: dict[str, Any] | None = None
) -> None:
    """terminationRequested, terminating, terminated."""
    relationship.move_to("terminationRequested" if delay else "terminating", world.now)
    world.schedule(
        world.now + delay / 2, lambda at: _advance(relationship, "terminationRequested", "terminating", at)
    )
    world.schedule(world.now + delay, lambda at: _finish_termination(world, relationship, request, at))


def _finish_termination(
    world: World, relationship: AdminRelationship, request: dict[str, Any] | None, at: datetime
) -> None:
    relationship.move_to("terminated", at)
    relationship.ends_at = at
    if request is not None:
        request["status"], request["lastModifiedDateTime"] = "succeeded", wire_time(at)
    customer = world.customers.get(relationship.customer_id or "")
    if customer is not None:
        _notify(world, relationship, customer, "terminated")


def assign(
    world: World, relationship: AdminRelationship, *, group_id: str, group_type: str, roles: list[str]
) -> Assignment:
    """Gives a group of the partner some of the roles: pending, and active after some minutes."""
    if relationship.status not in {"active", "expiring"}:
        raise bad_request(
            f"Access can be assigned to an active relationship only; this one is {relationship.status}."
        )
    roles = check_roles(roles)
    if not set(roles) <= set(relationship.roles):
        raise bad_request("The assigned roles must be among the roles of the relationship.")
    if group_id not in world.groups[relationship.account] and not world.faults.knobs.unknown_groups:
        raise bad_request("The access container does not exist.")
    if any(
        a.group_id == group_id and a.status in {"pending", "active"}
        for a in relationship.assignments.values()
    ):
        raise Refusal(
            409, "conflict", "This security group has an access assignment on the relationship already."
        )
    assignment = Assignment(world.new_id(), group_id, group_type, roles, world.now, world.now)
    relationship.assignments[assignment.id] = assignment
    _notify_assignment(world, relationship, assignment, "created")
    draw = Random(f"{world.seed}/{assignment.id}")
    world.schedule(
        world.now + timedelta(seconds=draw.randrange(30, 480)),
        lambda at: _activate_assignment(world, relationship, assignment, at),
    )
    return assignment


def _activate_assignment(
    world: World, relationship: AdminRelationship, assignment: Assignment, at: datetime
) -> None:
    if assignment.status != "pending":
        return
    failed = world.faults.should_inject("assignment_fails", assignment.id)
    assignment.status, assignment.changed_at = ("error" if failed else "active"), at
    assignment.version += 1
    if not failed:
        _notify_assignment(world, relationship, assignment, "activated")


def change_assignment(
    world: World, relationship: AdminRelationship, assignment: Assignment, roles: list[str]
) -> None:
    """Replaces the whole role set."""
    roles = check_roles(roles)
    if not set(roles) <= set(relationship.roles):
        raise bad_request("The assigned roles must be among the roles of the relationship.")
    assignment.roles, assignment.changed_at = roles, world.now
    assignment.version += 1
    _operation(world, relationship, "delegatedAdminAccessAssignmentUpdate")
    _notify_assignment(world, relationship, assignment, "updated")


def remove_assignment(world: World, relationship: AdminRelationship, assignment: Assignment) -> None:
    """deleting, and deleted some minutes later."""
    assignment.status, assignment.changed_at = "deleting", world.now
    assignment.version += 1
    world.schedule(world.now + timedelta(minutes=3), lambda at: _remove(world, relationship, assignment, at))


def _remove(world: World, relationship: AdminRelationship, assignment: Assignment, at: datetime) -> None:
    assignment.status, assignment.changed_at = "deleted", at
    assignment.version += 1
    _notify_assignment(world, relationship, assignment, "deleted")


def _operation(world: World, relationship: AdminRelationship, kind: str) -> dict[str, Any]:
    moment = wire_time(world.now)
    operation = {
        "id": world.new_id(),
        "operationType": kind,
        "status": "running",
        "data": "{}",
        "createdDateTime": moment,
        "lastModifiedDateTime": moment,
    }
    relationship.operations.append(operation)

    def succeed(at: datetime) -> None:
        operation["status"], operation["lastModifiedDateTime"] = "succeeded", wire_time(at)

    world.schedule(world.now + timedelta(minutes=1), succeed)
    return operation


def remove_global_admin(world: World, relationship: AdminRelationship) -> dict[str, Any]:
    """The one change of roles that an active relationship allows; it takes a while."""
    relationship.roles = [role for role in relationship.roles if role != GLOBAL_ADMIN]
    for assignment in relationship.assignments.values():
        assignment.roles = [role for role in assignment.roles if role != GLOBAL_ADMIN]
    relationship.version += 1
    return _operation(world, relationship, "delegatedAdminRelationshipUpdate")


def _notify(world: World, relationship: AdminRelationship, customer: Customer, what: str) -> None:
    record = world.log_activity(
        relationship.account, customer, "granular_admin_relationship", f"granular_admin_relationship_{what}",
        {"id": relationship.id, "displayName": relationship.display_name, "status": relationship.status},
        data={"RelationshipId": relationship.id},
    )  # fmt: skip
    uri = f"/granularAdminRelationships/{relationship.id}"
    world.queue_event(
        relationship.account, f"granular-admin-relationship-{what}", uri, "GranularAdminRelationship", record
    )


def _notify_assignment(
    world: World, relationship: AdminRelationship, assignment: Assignment, what: str
) -> None:
    customer = world.customers.get(relationship.customer_id or "")
    record = world.log_activity(
        relationship.account, customer, "granular_admin_access_assignment",
        f"granular_admin_access_assignment_{what}", {"id": assignment.id, "status": assignment.status},
        data={"RelationshipId": relationship.id, "AssignmentId": assignment.id},
    )  # fmt: skip
    uri = f"/granularAdminRelationships/{relationship.id}/accessAssignments/{assignment.id}"
    world.queue_event(
        relationship.account,
        f"granular-admin-access-assignment-{what}",
        uri,
        "GranularAdminAccessAssignment",
        record,
    )
