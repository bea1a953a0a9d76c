"""Users, licences and admin roles of a customer (§9): app+user only, and a GDAP role is needed."""

from __future__ import annotations

from typing import Any

from novation.emulator.catalogue import BY_PART_ID, Sku
from novation.emulator.clock import wire_time
from novation.emulator.customers import Customer
from novation.emulator.gdap import READ_ROLES, roles_of
from novation.emulator.http.calls import Answer, Call, collection, link, make_cursor, read_cursor, seek_page
from novation.emulator.http.routes import USER, route
from novation.emulator.refusals import Refusal, invalid, not_found
from novation.emulator.users import Directory, User

_PATH = "/v1/customers/{customer_id}/users"


def check_access(call: Call, roles: frozenset[str]) -> tuple[Customer, Directory]:
    """The customer and its directory, when the caller holds one of the roles. Raises 403/900308."""
    customer = call.customer()
    file = call.file(customer)
    relationship = file.relationships.get(call.account)
    dap = relationship is not None and relationship.dap
    if call.world.faults.closed_to_partners(customer.tid):
        raise Refusal(403, 900309, "A Conditional Access policy of the customer blocks the partner's user.")
    if call.world.faults.knobs.gdap_roles and not dap and not roles & roles_of(file.gdap, call.account):
        raise Refusal(403, 900308, "The caller has insufficient privileges: no delegated role allows this.")
    return customer, call.world.directory(customer)


def user_body(customer: Customer, user: User) -> dict[str, Any]:
    """The user resource."""
    return {
        "usageLocation": user.usage_location,
        "id": user.id,
        "userPrincipalName": user.upn,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "displayName": user.display_name,
        "phoneNumber": user.phone,
        "immutableId": user.immutable_id,
        "userDomainType": "managed",
        "state": user.state,
        "softDeletionTime": wire_time(user.deleted_at) if user.deleted_at else None,
        "lastDirectorySyncTime": None,
        "links": {"self": link(f"/customers/{customer.tid}/users/{user.id}")},
        "attributes": {"objectType": "CustomerUser"},
    }


def find_user(call: Call, directory: Directory) -> User:
    """The user in the path, also a deleted one. Raises 404/60002."""
    user = directory.users.get(call.params["user_id"].lower())
    if user is None:
        raise not_found("The user", 60002)
    return user


@route(
    "GET",
    _PATH,
    "users.list",
    group="user",
    tokens=USER,
    page="get-a-list-of-all-user-accounts-for-a-customer",
)
def list_users(call: Call) -> Answer:
    """Seek paging as for customers. The filter UserState Inactive shows deleted users."""
    customer, directory = check_access(call, READ_ROLES)
    wanted = call.wanted_size("size", 500, 500)
    after, state = "", "active"
    chosen = call.filter()
    if chosen is not None:
        if (
            chosen["field"].lower() not in {"userstate", "userstatus"}
            or chosen["operator"].lower() != "equals"
        ):
            raise invalid("filter", "only UserState equals Active or Inactive is supported")
        state = chosen["value"].lower()
    if call.wants_next_page():
        cursor = read_cursor(call.headers["MS-ContinuationToken"])
        after, state = str(cursor.get("a", "")), str(cursor.get("f", state))
        wanted = wanted if "size" in call.query else int(cursor.get("n", wanted))
    size = call.shrink_size(wanted)
    # By id, not by place: a user made or deleted between two pages moves nobody.
    users = sorted(
        (u for u in directory.users.values() if u.state == state and u.id > after), key=lambda u: u.id
    )
    some = users[:size]
    token = make_cursor(a=some[-1].id, f=state, n=wanted) if len(users) > size else None
    items = [user_body(customer, user) for user in call.ordered(some)]
    return Answer(200, seek_page(items, f"/v1/customers/{customer.tid}/users", call.query, token))


@route("GET", _PATH + "/{user_id}", "users.get", group="user", tokens=USER, page="get-a-user-account-by-id")
def get_user(call: Call) -> Answer:
    """One user by id; there is no look-up by name."""
    customer, directory = check_access(call, READ_ROLES)
    return Answer(200, user_body(customer, find_user(call, directory)))


# Which of (active, suspended, warning) the seats of a subscription count as; expired ones are in their grace period.
_UNITS = {"suspended": 1, "disabled": 1, "expired": 2}


def plans_of(sku: Sku, state: str, without: list[str]) -> list[dict[str, Any]]:
    """The service plans of a SKU."""
    return [
        {
            "displayName": name,
            "serviceName": name,
            "id": plan,
            "capabilityStatus": state,
            "targetType": "User",
        }
        for name, plan in sku.plans
        if plan not in without
    ]


@route("GET", "/v1/customers/{customer_id}/subscribedskus", "users.subscribed_skus", group="user", tokens=USER,
       page="get-a-list-of-available-licenses",
       note="licenceGroupIds: all products are in group1")  # fmt: skip
def subscribed_skus(call: Call) -> Answer:
    """Seats of the tenant by SKU, whichever partner sold them."""
    customer, directory = check_access(call, READ_ROLES)
    groups = call.query.get("licensegroupids", "group1").lower()
    totals: dict[str, list[int]] = {}
    for item in call.file(customer).subscriptions.values():
        if item.sku.part_id and (item.live or (item.lapses and item.status in ("expired", "disabled"))):
            counts = totals.setdefault(item.sku.part_id, [0, 0, 0])
            counts[_UNITS.get(item.status, 0)] += item.quantity
    items = []
    for part_id, (active, suspended, warning) in totals.items():
        sku, consumed = BY_PART_ID[part_id], directory.consumed(part_id)
        items.append(
            {
                "availableUnits": max(0, active - consumed),
                "activeUnits": active,
                "consumedUnits": consumed,
                "suspendedUnits": suspended,
                "totalUnits": active + warning,
                "warningUnits": warning,
                "productSku": {
                    "id": part_id,
                    "name": sku.title,
                    "skuPartNumber": sku.part_number,
                    "targetType": "User",
                    "licenseGroupId": "group1",
                },
                "servicePlans": plans_of(sku, "Enabled", []),
                "capabilityStatus": "Enabled" if active else "Warning" if warning else "Suspended",
                "attributes": {"objectType": "SubscribedSku"},
            }
        )
    return Answer(200, collection(call.ordered(items) if groups == "group1" else []))
