"""Changes of users, licences and admin roles (§9)."""

from __future__ import annotations

import re
from typing import Any

from novation.emulator.catalogue import BY_PART_ID
from novation.emulator.customers import Customer
from novation.emulator.gdap import LICENCE_ROLES, READ_ROLES, ROLE_ROLES, USER_ROLES
from novation.emulator.http.calls import Answer, Call, collection
from novation.emulator.http.routes import USER, route
from novation.emulator.http.users import check_access, find_user, plans_of, user_body
from novation.emulator.refusals import Refusal, invalid, not_found
from novation.emulator.users import ROLES, SOFT_DELETED, Directory, User

_USERS = "/v1/customers/{customer_id}/users"
_UPN = re.compile(r"[A-Za-z0-9._'-]{1,64}@[A-Za-z0-9.-]{3,190}\Z")


def _log_user_change(call: Call, customer: Customer, operation: str, user: User) -> None:
    call.world.log_activity(
        call.account, customer, "customer_user", operation, {"id": user.id, "userPrincipalName": user.upn},
        actor=call.actor, data={"CustomerUserId": user.id},
    )  # fmt: skip


def _check_location(value: Any, required: bool) -> str | None:
    if value in (None, "") and not required:
        return None
    if not isinstance(value, str) or len(value) != 2:
        raise invalid("usageLocation", "a country code of two letters is needed")
    return value.upper()


def _check_password(value: Any, required: bool) -> None:
    profile = value if isinstance(value, dict) else {}
    password = profile.get("password")
    if password is None and not required:
        return
    if not isinstance(password, str) or not 8 <= len(password) <= 256:
        raise invalid("passwordProfile.password", "8 to 256 characters are needed")


def _check_name(customer: Customer, directory: Directory, upn: str, owner: User | None = None) -> None:
    domain = upn.rpartition("@")[2].lower()
    if not _UPN.match(upn) or domain not in (customer.domain, customer.default_domain):
        raise invalid("userPrincipalName", "a name in one of the customer's domains is needed")
    if any(u.upn.casefold() == upn.casefold() and u is not owner for u in directory.users.values()):
        raise Refusal(409, 409, "A user with this name exists already.", [upn])


def _check_phone(value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or len(value) > 50):
        raise invalid("phoneNumber", "a text of at most 50 characters is needed")
    return value or None


@route("POST", _USERS, "users.create", group="user", tokens=USER, page="create-user-accounts-for-a-customer")
def create(call: Call) -> Answer:
    """Answers 200, not 201."""
    customer, directory = check_access(call, USER_ROLES)
    body = call.body()
    upn = call.text("userPrincipalName", longest=256)
    _check_name(customer, directory, upn)
    _check_password(body.get("passwordprofile"), required=True)
    user = User(
        id=call.world.new_id(),
        upn=upn,
        first_name=str(body.get("firstname") or ""),
        last_name=str(body.get("lastname") or ""),
        display_name=call.text("displayName"),
        usage_location=_check_location(body.get("usagelocation"), required=True),
        immutable_id=body.get("immutableid"),
        phone=_check_phone(body.get("phonenumber")),
    )
    directory.users[user.id] = user
    call.effect = "created"
    _log_user_change(call, customer, "create_customer_user", user)
    return Answer(200, user_body(customer, user))


@route(
    "PATCH",
    _USERS + "/{user_id}",
    "users.update",
    group="user",
    tokens=USER,
    page="update-user-accounts-for-a-customer",
)
def update(call: Call) -> Answer:
    """Some members, or ``state: active`` to bring a deleted user back within 30 days.

    That a changed ``userPrincipalName`` renames the user is inferred from its being a member of the resource. A user
    becomes inactive by DELETE alone, the only way that a page shows.
    """
    customer, directory = check_access(call, USER_ROLES)
    user, body = find_user(call, directory), call.body()
    if str(body.get("state", "")).lower() == "active" and user.state == "inactive":
        if user.deleted_at is not None and call.now > user.deleted_at + SOFT_DELETED:
            raise not_found("The user", 60002)
        user.state, user.deleted_at = "active", None
        call.effect = "changed"
        _log_user_change(call, customer, "restore_customer_user", user)
        return Answer(200, user_body(customer, user))
    if user.state != "active":
        raise Refusal(400, 800002, "A deleted user cannot be changed.")
    if str(body.get("state") or "active").lower() != "active":
        raise invalid("state", "a user becomes inactive by DELETE")
    _check_password(body.get("passwordprofile"), required=False)
    upn = call.text("userPrincipalName", required=False, longest=256) or user.upn
    _check_name(customer, directory, upn, user)
    user.phone = _check_phone(body.get("phonenumber", user.phone))
    user.upn = upn
    user.usage_location = _check_location(body.get("usagelocation"), required=False) or user.usage_location
    for name, member in (
        ("first_name", "firstname"),
        ("last_name", "lastname"),
        ("display_name", "displayname"),
    ):
        if isinstance(body.get(member), str):
            setattr(user, name, body[member])
    call.effect = "changed"
    _log_user_change(call, customer, "update_customer_user", user)
    return Answer(200, user_body(customer, user))


@route("PATCH", _USERS + "/{user_id}/resetpassword", "users.reset_password", group="user", tokens=USER,
       page="reset-user-password-for-a-customer")  # fmt: skip
def reset_password(call: Call) -> Answer:
    """A new password; it is checked and forgotten."""
    customer, directory = check_access(call, USER_ROLES)
    user = find_user(call, directory)
    _check_password(call.body().get("passwordprofile"), required=True)
    call.effect = "changed"
    _log_user_change(call, customer, "reset_customer_user_password", user)
    return Answer(200, user_body(customer, user))


@route(
    "PATCH",
    _USERS,
    "users.reset_password_2021",
    group="user",
    tokens=USER,
    page="reset-user-password-for-a-customer",
    note="the spelling of the page of 2021: the user's id stands in the body",
)
def reset_password_2021(call: Call) -> Answer:
    """The same, with the id in the body."""
    call.params["user_id"] = call.text("id")
    return reset_password(call)


@route(
    "DELETE",
    _USERS + "/{user_id}",
    "users.delete",
    group="user",
    tokens=USER,
    page="delete-a-user-account-for-a-customer",
)
def delete(call: Call) -> Answer:
    """Soft: kept for 30 days, licences are freed."""
    customer, directory = check_access(call, USER_ROLES)
    user = find_user(call, directory)
    if user.state != "active":
        raise not_found("The user", 60002)
    user.state, user.deleted_at = "inactive", call.now
    user.licences.clear()
    for members in directory.members.values():
        if user.id in members:
            members.remove(user.id)
    call.effect = "changed"
    _log_user_change(call, customer, "delete_customer_user", user)
    return Answer(204)


# -- licences -----------------------------------------------------------------------------------------


@route("GET", _USERS + "/{user_id}/licenses", "users.licences", group="user", tokens=USER,
       page="check-which-licenses-are-assigned-to-a-user")  # fmt: skip
def licences(call: Call) -> Answer:
    """SKUs and their service plans."""
    _, directory = check_access(call, READ_ROLES)
    user = find_user(call, directory)
    items = [
        {
            "servicePlans": plans_of(BY_PART_ID[part], "Assigned", without),
            "productSku": {"id": part, "name": BY_PART_ID[part].title, "skuPartNumber": BY_PART_ID[part].part_number,
                           "licenseGroupId": "group1"},
            "attributes": {"objectType": "License"},
        }
        for part, without in user.licences.items()
    ]  # fmt: skip
    return Answer(200, collection(items))


@route("POST", _USERS + "/{user_id}/licenseupdates", "users.update_licences", group="user", tokens=USER,
       page="assign-licenses-to-a-user")  # fmt: skip
def update_licences(call: Call) -> Answer:
    """Assigns and removes; all or nothing."""
    customer, directory = check_access(call, LICENCE_ROLES)
    user, body = find_user(call, directory), call.body()
    if user.state != "active":
        raise not_found("The user", 60002)
    assign, remove = body.get("licensestoassign") or [], body.get("licensestoremove") or []
    if not isinstance(assign, list) or not isinstance(remove, list) or not (assign or remove):
        raise invalid("licensesToAssign", "give licences to assign or to remove")
    if assign and not user.usage_location:
        raise invalid("usageLocation", "the user needs one before licences can be assigned")
    wanted = [_assignment(call, customer, directory, user, entry) for entry in assign]
    gone = [str(part).lower() for part in remove]
    for part in gone:
        if part not in user.licences:
            raise Refusal(400, 800002, "The user does not have this licence.", [part])
    for part in gone:
        del user.licences[part]
    for part, without in wanted:
        user.licences[part] = without
    call.effect = "changed"
    _log_user_change(call, customer, "update_customer_user_licenses", user)
    return Answer(
        201,
        {
            "licensesToAssign": [{"skuId": part, "excludedPlans": without} for part, without in wanted],
            "licensesToRemove": gone,
            "licenseWarnings": [],
            "attributes": {"objectType": "LicenseUpdate"},
        },
    )


def _assignment(
    call: Call, customer: Customer, directory: Directory, user: User, entry: Any
) -> tuple[str, list[str]]:
    part = str(entry.get("skuid") or "").lower() if isinstance(entry, dict) else ""
    seats = sum(
        item.quantity
        for item in call.file(customer).subscriptions.values()
        if item.status == "active" and item.sku.part_id == part
    )
    if part not in BY_PART_ID or seats == 0:
        raise invalid("licensesToAssign.skuId", "the customer has no such licence")
    if part not in user.licences and directory.consumed(part) >= seats:
        raise Refusal(400, 60012, "There is no free licence.", [part])
    return part, [str(plan) for plan in entry.get("excludedplans") or []]


# -- directory roles ----------------------------------------------------------------------------------


def _role_body(name: str, role_id: str) -> dict[str, Any]:
    return {"name": name, "id": role_id, "attributes": {"objectType": "DirectoryRole"}}


@route("GET", "/v1/customers/{customer_id}/directoryroles", "roles.list", group="user", tokens=USER,
       page="get-a-list-of-customer-directory-roles")  # fmt: skip
def roles(call: Call) -> Answer:
    """All roles."""
    check_access(call, READ_ROLES)
    return Answer(200, collection([_role_body(name, role_id) for role_id, name in ROLES.items()]))


@route("GET", _USERS + "/{user_id}/directoryroles", "roles.of_user", group="user", tokens=USER,
       page="get-customer-user-directory-roles")  # fmt: skip
def roles_of_user(call: Call) -> Answer:
    """The roles of one user."""
    _, directory = check_access(call, READ_ROLES)
    user = find_user(call, directory)
    held = [
        _role_body(ROLES[r], r)
        for r, members in directory.members.items()
        if user.id in members and r in ROLES
    ]
    return Answer(200, collection(held))


_MEMBERS = "/v1/customers/{customer_id}/directoryroles/{role_id}/usermembers"


def _find_role(call: Call) -> str:
    role_id = call.params["role_id"].lower()
    if role_id not in ROLES:
        raise not_found("The directory role")
    return role_id


def _member_body(user: User, role_id: str) -> dict[str, Any]:
    return {"displayName": user.display_name, "userPrincipalName": user.upn, "roleId": role_id, "id": user.id,
            "attributes": {"objectType": "UserMember"}}  # fmt: skip


@route(
    "GET", _MEMBERS, "roles.members", group="user", tokens=USER, page="get-customer-directory-role-members"
)
def members(call: Call) -> Answer:
    """The users with a role."""
    _, directory = check_access(call, READ_ROLES)
    role_id = _find_role(call)
    held = directory.members.get(role_id, [])
    return Answer(200, collection([_member_body(directory.users[uid], role_id) for uid in held]))


@route("POST", _MEMBERS, "roles.add_member", group="user", tokens=USER, page="set-user-roles-for-a-customer")
def add_member(call: Call) -> Answer:
    """Gives a user a role."""
    customer, directory = check_access(call, ROLE_ROLES)
    role_id = _find_role(call)
    user = directory.users.get(call.text("id").lower())
    if user is None or user.state != "active":
        raise not_found("The user", 60002)
    held = directory.members.setdefault(role_id, [])
    if user.id in held:
        raise Refusal(409, 409, "The user has this role already.")
    held.append(user.id)
    call.effect = "created"
    _log_user_change(call, customer, "add_user_member", user)
    return Answer(201, _member_body(user, role_id))


@route("DELETE", _MEMBERS + "/{user_id}", "roles.remove_member", group="user", tokens=USER,
       page="remove-a-customer-user-from-a-role")  # fmt: skip
def remove_member(call: Call) -> Answer:
    """Takes a role from a user."""
    customer, directory = check_access(call, ROLE_ROLES)
    role_id, user = _find_role(call), find_user(call, directory)
    if user.id not in directory.members.get(role_id, []):
        raise not_found("The member")
    directory.members[role_id].remove(user.id)
    call.effect = "changed"
    _log_user_change(call, customer, "remove_user_member", user)
    return Answer(204)
