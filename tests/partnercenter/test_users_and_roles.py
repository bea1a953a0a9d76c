"""Users, licences and roles: bodies as documented, app+user only."""

from __future__ import annotations

from typing import Any

import pytest

from novation.partnercenter import Done, NotDone, PartnerCenter, errors
from tests.partnercenter.stand_in import CUSTOMER, Reply, StandIn, run

USERS = f"/v1/customers/{CUSTOMER}/users"
ONE = f"{USERS}/u-1"
USER = {"id": "u-1", "userPrincipalName": "ada@kunde.example", "state": "active"}


def test_a_user_is_created_with_a_password_to_change() -> None:
    script = StandIn()
    script.on("POST", USERS, Reply(USER, 200))

    async def work(pc: PartnerCenter) -> Any:
        return await pc.users.create(
            CUSTOMER,
            user_principal_name="ada@kunde.example",
            display_name="Ada",
            usage_location="DE",
            password="Zx9!first",
        )

    outcome = run(script, work)
    assert isinstance(outcome, Done) and outcome.value.id == "u-1"
    assert script.seen[0].body == {
        "userPrincipalName": "ada@kunde.example",
        "displayName": "Ada",
        "usageLocation": "DE",
        "passwordProfile": {"password": "Zx9!first", "forceChangePassword": True},
    }
    assert "Zx9!first" not in repr(outcome)
    assert script.seen[0].headers["authorization"] == "Bearer user-token-for-api"


def test_update_restore_reset_and_delete() -> None:
    script = StandIn()
    script.on("PATCH", ONE, Reply(None, 200))
    script.on("PATCH", f"{ONE}/resetpassword", Reply(USER))
    script.on("DELETE", ONE, Reply(None, 204))

    async def work(pc: PartnerCenter) -> list[Any]:
        return [
            await pc.users.update(CUSTOMER, "u-1", {"displayName": "Ada L."}),
            await pc.users.restore(CUSTOMER, "u-1"),
            await pc.users.reset_password(CUSTOMER, "u-1", password="p", force_change=False),
            await pc.users.delete(CUSTOMER, "u-1"),
        ]

    outcomes = run(script, work)
    assert all(isinstance(outcome, Done) for outcome in outcomes)
    assert outcomes[0].value.id == "u-1"
    assert [seen.body for seen in script.seen] == [
        {"displayName": "Ada L."},
        {"state": "active"},
        {"passwordProfile": {"password": "p", "forceChangePassword": False}},
        None,
    ]


def test_deleted_users_are_found_by_their_state() -> None:
    script = StandIn()
    script.on("GET", USERS, Reply({"items": [{**USER, "state": "inactive"}]}))

    async def work(pc: PartnerCenter) -> list[Any]:
        return [u async for u in pc.users.list(CUSTOMER, deleted=True)]

    (user,) = run(script, work)
    assert user.state == "inactive"
    assert '"UserState"' in script.seen[0].query["filter"]


def test_licences_are_assigned_and_removed_in_one_call() -> None:
    script = StandIn()
    script.on("POST", f"{ONE}/licenseupdates", Reply({"licensesToAssign": [], "licenseWarnings": []}, 201))

    async def work(pc: PartnerCenter) -> Any:
        return await pc.users.assign_licences(CUSTOMER, "u-1", assign={"a": ["plan"]}, remove=["b"])

    assert isinstance(run(script, work), Done)
    assert script.seen[0].body == {
        "licensesToAssign": [{"skuId": "a", "excludedPlans": ["plan"]}],
        "licensesToRemove": ["b"],
    }


def test_nothing_to_assign_is_found_before_sending() -> None:
    script = StandIn()
    assert isinstance(run(script, lambda pc: pc.users.assign_licences(CUSTOMER, "u-1")), NotDone)
    assert script.seen == []


def test_licence_groups_are_repeated_in_the_query() -> None:
    script = StandIn()
    script.on("GET", f"/v1/customers/{CUSTOMER}/subscribedskus", Reply({"items": []}))
    run(script, lambda pc: pc.users.subscribed_skus(CUSTOMER, groups=["group1", "group2"]))
    assert script.seen[0].raw_path.endswith("?licenseGroupIds=group1&licenseGroupIds=group2")


def test_a_missing_gdap_role_is_named() -> None:
    script = StandIn()
    script.on("GET", f"{ONE}/licenses", Reply({"code": 900308, "description": "no role"}, 403))
    with pytest.raises(errors.MissingRole):
        run(script, lambda pc: pc.users.licences(CUSTOMER, "u-1"))


def test_roles_are_given_and_taken() -> None:
    script = StandIn()
    members = f"/v1/customers/{CUSTOMER}/directoryroles/r-1/usermembers"
    script.on("POST", members, Reply({"id": "u-1", "roleId": "r-1"}, 201))
    script.on("GET", members, Reply({"items": [{"id": "u-1"}]}))
    script.on("DELETE", f"{members}/u-1", Reply(None, 204))

    async def work(pc: PartnerCenter) -> list[Any]:
        return [
            await pc.roles.add_member(
                CUSTOMER, "r-1", user_id="u-1", user_principal_name="a@b.example", display_name="Ada"
            ),
            [m.id async for m in pc.roles.members(CUSTOMER, "r-1")],
            await pc.roles.remove_member(CUSTOMER, "r-1", "u-1"),
        ]

    given, members_found, taken = run(script, work)
    assert isinstance(given, Done) and isinstance(taken, Done)
    assert members_found == ["u-1"]
    assert script.seen[0].body == {"id": "u-1", "userPrincipalName": "a@b.example", "displayName": "Ada"}
