"""Lists of delegated admin relationships and customers: filters and pages that stay exact (§13)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from novation.emulator.gdap import AdminRelationship
from novation.emulator.gdap_rules import bad_request
from novation.emulator.http.calls import Answer, Call, make_cursor, read_cursor
from novation.emulator.http.gdap_wire import ROOT, odata_context, relationship_body
from novation.emulator.http.routes import route

_PAGE, _LARGEST = 100, 300
_LATER = 10**9  # behind every customer of the seed
_CONDITION = re.compile(r"\s*([\w/]+)\s+(eq|ne)\s+'((?:[^']|'')*)'\s*", re.IGNORECASE)


def _parse_filter(text: str) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for part in re.split(r"\s+and\s+", text, flags=re.IGNORECASE) if text else []:
        match = _CONDITION.fullmatch(part)
        if match is None or match[1].lower() not in {"status", "customer/tenantid", "displayname"}:
            raise bad_request(f"The filter {part[:80]!r} is not supported.")
        found.append((match[1].lower(), match[2].lower(), match[3].replace("''", "'")))
    return found


def _matches(relationship: AdminRelationship, conditions: list[tuple[str, str, str]]) -> bool:
    values = {
        "status": relationship.status,
        "customer/tenantid": relationship.customer_id or "",
        "displayname": relationship.display_name,
    }
    return all((values[name] == wanted) == (operator == "eq") for name, operator, wanted in conditions)


def _relationships_after(
    call: Call, conditions: list[tuple[str, str, str]], after: tuple[int, int]
) -> Iterator[tuple[tuple[int, int], AdminRelationship]]:
    # Seeded relationships first, customer by customer and place by place; then those made later, by serial
    # number. Neither order ever changes, so a cursor is a place in them and nothing is skipped or shown twice.
    world, account = call.world, call.account
    only = next((value for name, op, value in conditions if name == "customer/tenantid" and op == "eq"), None)
    if only is not None:
        # Asked for thousands of times: what one customer has is found in its own file.
        one = world.customers.get(only.lower())
        known = (
            sorted(world.file(one).gdap.values(), key=lambda each: (each.serial, each.place))
            if one is not None
            else []
        )
    else:
        if account == "source":
            for customer in world.customers.values():
                if customer.seeded and customer.index >= after[0]:
                    for relationship in world.file(customer).gdap.values():
                        place = (customer.index, relationship.place)
                        if relationship.account == account and not relationship.serial and place > after:
                            yield place, relationship
        known = list(world.gdap.values())
    for relationship in known:
        place = (_LATER, relationship.serial) if relationship.serial else (0, relationship.place)
        wanted = place > after and (relationship.serial or only is not None)
        if relationship.account == account and wanted:
            yield place, relationship


def _page_limit(call: Call) -> int:
    top = call.query.get("$top", str(_PAGE))
    if not top.isdigit() or not 1 <= int(top) <= _LARGEST:
        raise bad_request(f"$top must be between 1 and {_LARGEST}.")
    return int(top)


@route("GET", ROOT, "gdap.list", service="graph", group="gdap", page="Graph: List delegatedAdminRelationships",
       note="$filter: status, customer/tenantId, displayName with eq/ne and 'and'")  # fmt: skip
def list_relationships(call: Call) -> Answer:
    """$filter, $top up to 300, @odata.nextLink."""
    top = _page_limit(call)
    size = call.shrink_size(top)
    text = call.query.get("$filter", "")
    conditions = _parse_filter(text)
    after = (-1, -1)
    if token := call.query.get("$skiptoken"):
        state = read_cursor(token)
        after = (int(state.get("i", -1)), int(state.get("p", -1)))
    items: list[dict[str, Any]] = []
    last, more = after, False
    for place, relationship in _relationships_after(call, conditions, after):
        if not _matches(relationship, conditions):
            continue
        if len(items) == size:
            more = True
            break
        items.append(relationship_body(relationship))
        last = place
    body: dict[str, Any] = {"@odata.context": odata_context(call, "delegatedAdminRelationships")}
    if more:
        follow = f"$top={top}&$skiptoken={quote(make_cursor(i=last[0], p=last[1]))}"
        if text:
            follow = f"$filter={quote(text)}&{follow}"
        body["@odata.nextLink"] = f"{call.base}{ROOT}?{follow}"
    body["value"] = call.ordered(items)
    return Answer(200, body)


_CUSTOMERS = "/v1.0/tenantRelationships/delegatedAdminCustomers"


@route(
    "GET",
    _CUSTOMERS,
    "gdap.customers",
    service="graph",
    group="gdap",
    page="Graph: List delegatedAdminCustomers",
    note="no $filter",
)
def customers(call: Call) -> Answer:
    """Customers with a relationship that is in force; $top up to 300, @odata.nextLink."""
    size, after = call.shrink_size(_page_limit(call)), -1
    if token := call.query.get("$skiptoken"):
        after = int(read_cursor(token).get("c", -1))
    items: list[dict[str, Any]] = []
    last, more = after, False
    for customer in call.world.customers.values():
        # Every admin relationship of the seed is the source's; for the target an unopened file holds none.
        known = customer.file is not None or (customer.seeded and call.account == "source")
        if customer.index <= after or not known:
            continue
        held = call.world.file(customer).gdap.values()
        if not any(g.account == call.account and g.status in ("active", "expiring") for g in held):
            continue
        if len(items) == size:
            more = True
            break
        items.append({"id": customer.tid, "tenantId": customer.tid, "displayName": customer.name})
        last = customer.index
    body: dict[str, Any] = {"@odata.context": odata_context(call, "delegatedAdminCustomers")}
    if more:
        cursor = quote(make_cursor(c=last))
        body["@odata.nextLink"] = f"{call.base}{_CUSTOMERS}?$top={_page_limit(call)}&$skiptoken={cursor}"
    body["value"] = call.ordered(items)
    return Answer(200, body)


@route("GET", _CUSTOMERS + "/{customer_id}/serviceManagementDetails", "gdap.service_management", service="graph",
       group="gdap", page="Graph: List serviceManagementDetails")  # fmt: skip
def service_management(call: Call) -> Answer:
    """Where the customer's services are managed."""
    found = [
        {
            "id": "Exchange",
            "serviceName": "Exchange",
            "serviceManagementUrl": "https://admin.exchange.microsoft.com",
        }
    ]
    return Answer(200, {"@odata.context": odata_context(call, "serviceManagementDetails"), "value": found})
