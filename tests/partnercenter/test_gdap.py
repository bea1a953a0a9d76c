"""GDAP: bodies as Graph wants them, tags, and long-running answers."""

from __future__ import annotations

from typing import Any

import pytest

from novation.partnercenter import Done, GdapStatus, NotDone, PartnerCenter, errors
from tests.partnercenter.stand_in import CUSTOMER, Reply, StandIn, run

LIST = "/v1.0/tenantRelationships/delegatedAdminRelationships"
ONE = f"{LIST}/r-1"
ADMIN = "62e90394-69f5-4237-9190-012177145e10"
READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
ENTITY = {
    "@odata.etag": 'W/"abc"',
    "id": "r-1",
    "displayName": "Kunde 1",
    "status": "created",
    "duration": "P730D",
    "autoExtendDuration": "PT0S",
    "customer": {"tenantId": CUSTOMER, "displayName": "Kunde"},
    "accessDetails": {"unifiedRoles": [{"roleDefinitionId": READER}]},
    "endDateTime": None,
}


def test_a_relationship_is_created_with_a_pinned_customer() -> None:
    script = StandIn()
    script.on("POST", LIST, Reply(ENTITY, 201))

    async def work(pc: PartnerCenter) -> Any:
        return await pc.gdap.create(
            display_name="Kunde 1",
            customer_tenant_id=CUSTOMER,
            customer_name="Kunde",
            roles=[READER],
            auto_extend="P180D",
        )

    outcome = run(script, work)
    assert isinstance(outcome, Done)
    relationship = outcome.value
    assert relationship.status is GdapStatus.CREATED
    assert relationship.roles == (READER,)
    assert relationship.etag == 'W/"abc"'
    assert relationship.approval_url.endswith("/granularAdminRelationships/r-1")
    assert script.seen[0].body == {
        "displayName": "Kunde 1",
        "duration": "P730D",
        "autoExtendDuration": "P180D",
        "customer": {"tenantId": CUSTOMER, "displayName": "Kunde"},
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": READER}]},
    }


@pytest.mark.parametrize(
    "terms",
    [
        {"display_name": "x" * 51},
        {"display_name": " "},
        {"roles": []},
        {"duration": "730 days, 0:00:00"},
        {"duration": "P"},
        {"roles": [READER, ADMIN.upper()], "auto_extend": "P180D"},
    ],
)
def test_terms_that_graph_would_refuse_are_found_before_sending(terms: dict[str, Any]) -> None:
    script = StandIn()
    plain: dict[str, Any] = {"display_name": "Kunde", "roles": [READER]}
    outcome = run(script, lambda pc: pc.gdap.create(**{**plain, **terms}))
    assert isinstance(outcome, NotDone) and isinstance(outcome.error, errors.Invalid)
    assert script.seen == []


@pytest.mark.parametrize(
    ("name", "action"), [("lock_for_approval", "lockForApproval"), ("terminate", "terminate")]
)
def test_requests_carry_their_action(name: str, action: str) -> None:
    script = StandIn()
    script.on("POST", f"{ONE}/requests", Reply({"id": "q", "action": action, "status": "created"}, 201))
    outcome = run(script, lambda pc: getattr(pc.gdap, name)("r-1"))
    assert isinstance(outcome, Done) and outcome.value.action == action
    assert script.seen[0].body == {"action": action}


def test_an_assignment_names_a_security_group() -> None:
    script = StandIn()
    body = {
        "accessContainer": {"accessContainerId": "g", "accessContainerType": "securityGroup"},
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": READER}]},
    }
    script.on("POST", f"{ONE}/accessAssignments", Reply({**body, "id": "a", "status": "pending"}, 201))
    script.on("GET", f"{ONE}/accessAssignments", Reply({"value": [{**body, "id": "a", "status": "active"}]}))

    async def work(pc: PartnerCenter) -> Any:
        return await pc.gdap.assign("r-1", group_id="g", roles=[READER]), await pc.gdap.assignments("r-1")

    outcome, listed = run(script, work)
    assert isinstance(outcome, Done) and outcome.value.group_id == "g"
    assert script.seen[0].body == body
    assert [(a.status, a.roles) for a in listed] == [("active", (READER,))]


def test_changes_and_deletions_carry_the_tag() -> None:
    script = StandIn()
    script.on("PATCH", ONE, Reply(None, 202))
    script.on("DELETE", ONE, Reply(None, 204))
    script.on("PATCH", f"{ONE}/accessAssignments/a", Reply({"id": "a", "status": "active"}))
    script.on("DELETE", f"{ONE}/accessAssignments/a", Reply({"error": {"code": "x", "message": "y"}}, 412))

    async def work(pc: PartnerCenter) -> list[Any]:
        tag = 'W/"abc"'
        return [
            await pc.gdap.update("r-1", {"autoExtendDuration": "P180D"}, etag=tag),
            await pc.gdap.delete("r-1", etag=tag),
            await pc.gdap.update_assignment("r-1", "a", roles=[READER], etag=tag),
            await pc.gdap.delete_assignment("r-1", "a", etag=tag),
        ]

    changed, deleted, updated, stale = run(script, work)
    assert {seen.headers["if-match"] for seen in script.seen} == {'W/"abc"'}
    assert isinstance(changed, Done) and changed.value is None
    assert isinstance(deleted, Done)
    assert isinstance(updated, Done) and updated.value.id == "a"
    assert isinstance(stale, NotDone) and isinstance(stale.error, errors.StaleTag)
