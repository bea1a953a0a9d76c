"""Lists of delegated admin relationships and customers: filters and pages that stay exact (§13)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from novation.emulator.gdap import AdminRelationship
from novation.emulator.gdap_rules import bad_request
from novation.emulator.http.calls import Answer, Call, make_cursor, read_cursor
from novation.emulator.http.gdap_wire import ROOT, customer_body, not_found, odata_context, relationship_body
from novation.emulator.http.odata import ListOptions, read_options
from novation.emulator.http.routes import route

_LATER = 10**9  # behind every customer of the seed
_FIELDS = (
    "status", "customer/tenantId", "customer/displayName", "displayName", "createdDateTime", "activatedDateTime",
    "endDateTime", "lastModifiedDateTime", "duration", "autoExtendDuration", "id",
)  # fmt: skip
# Asked for thousands of times: what one customer has is found in its own file.
_ONE_CUSTOMER = re.compile(r"customer/tenantId\s+eq\s+'([0-9a-f-]{36})'", re.IGNORECASE)


def _only_customer(text: str) -> str | None:
    """The customer that a filter without alternatives names."""
    if re.search(r"\b(or|not)\b", re.sub(r"'(?:[^']|'')*'", "", text), re.IGNORECASE):
        return None
    found = _ONE_CUSTOMER.search(text)
    return found[1].lower() if found else None


def _relationships_after(
    call: Call, only: str | None, after: tuple[int, int]
) -> Iterator[tuple[tuple[int, int], AdminRelationship]]:
    # Seeded relationships first, customer by customer and place by place; then those made later, by serial
    # number. Neither order ever changes, so a cursor is a place in them and nothing is skipped or shown twice.
    world, account = call.world, call.account
    if only is not None:
        one = world.customers.get(only)
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


@route("GET", ROOT, "gdap.list", service="graph", group="gdap", page="Graph: List delegatedAdminRelationships",
       note="$expand, $skip and $search are refused, which the page does not name")  # fmt: skip
def list_relationships(call: Call) -> Answer:
    """$filter, $orderby, $select, $count, $top up to 300, @odata.nextLink."""
    options, only = read_options(call, _FIELDS), _only_customer(call.query.get("$filter", ""))
    after = (-1, -1)
    if token := call.query.get("$skiptoken"):
        state = read_cursor(token)
        after = (int(state.get("i", -1)), int(state.get("p", -1)))
    count = None
    if options.count or options.order:
        chosen = options.sorted(relationship_body(r) for _, r in _relationships_after(call, only, (-1, -1)))
        count = len(chosen)
    if options.order:
        # By place in the sorted list, as it is now: a change between two pages may move an item over the border.
        places: Iterator[tuple[tuple[int, int], Mapping[str, Any]]]
        places = (((0, n), item) for n, item in enumerate(chosen) if n > after[1])
    else:
        places = _matching(call, options, only, after)
    return Answer(200, _page(call, ROOT, "delegatedAdminRelationships", options, count, places))


def _page(
    call: Call, path: str, what: str, options: ListOptions, count: int | None,
    places: Iterator[tuple[tuple[int, int], Mapping[str, Any]]],
) -> dict[str, Any]:  # fmt: skip
    size = call.shrink_size(options.top)
    some = list(itertools.islice(places, size + 1))
    body: dict[str, Any] = {"@odata.context": odata_context(call, what)}
    if options.count:
        body["@odata.count"] = count
    if len(some) > size:
        names = ("$filter", "$orderby", "$select", "$count")
        kept = "".join(f"{name}={quote(call.query[name])}&" for name in names if call.query.get(name))
        cursor = quote(make_cursor(i=some[size - 1][0][0], p=some[size - 1][0][1]))
        body["@odata.nextLink"] = f"{call.base}{path}?{kept}$top={options.top}&$skiptoken={cursor}"
    body["value"] = call.ordered([options.selected(item) for _, item in some[:size]])
    return body


def _matching(
    call: Call, options: ListOptions, only: str | None, after: tuple[int, int]
) -> Iterator[tuple[tuple[int, int], Mapping[str, Any]]]:
    for place, relationship in _relationships_after(call, only, after):
        item = relationship_body(relationship)
        if options.test is None or options.test(item):
            yield place, item


_CUSTOMERS = "/v1.0/tenantRelationships/delegatedAdminCustomers"


def _delegated_customers(call: Call, after: int) -> Iterator[tuple[int, dict[str, Any]]]:
    for customer in call.world.customers.values():
        # Every admin relationship of the seed is the source's; for the target an unopened file holds none.
        known = customer.file is not None or (customer.seeded and call.account == "source")
        if customer.index <= after or not known:
            continue
        held = call.world.file(customer).gdap.values()
        if any(g.account == call.account and g.status in ("active", "expiring") for g in held):
            yield customer.index, customer_body(customer)


@route("GET", _CUSTOMERS, "gdap.customers", service="graph", group="gdap", page="Graph: List delegatedAdminCustomers",
       note="no $orderby")  # fmt: skip
def customers(call: Call) -> Answer:
    """Customers with a relationship that is in force; $filter, $select, $count, $top up to 300, @odata.nextLink."""
    options = read_options(call, ("tenantId", "displayName", "id"))
    if options.order:
        raise bad_request("$orderby is not supported here.")
    after = int(read_cursor(token).get("i", -1)) if (token := call.query.get("$skiptoken")) else -1
    count = len(options.sorted(item for _, item in _delegated_customers(call, -1))) if options.count else None
    places = (
        ((number, 0), item)
        for number, item in _delegated_customers(call, after)
        if options.test is None or options.test(item)
    )
    return Answer(200, _page(call, _CUSTOMERS, "delegatedAdminCustomers", options, count, places))


@route("GET", _CUSTOMERS + "/{customer_id}", "gdap.customer", service="graph", group="gdap",
       page="Graph: Get delegatedAdminCustomer")  # fmt: skip
def customer_by_id(call: Call) -> Answer:
    """One of them."""
    for _, item in _delegated_customers(call, -1):
        if item["id"] == call.params["customer_id"].lower():
            return Answer(
                200, {"@odata.context": odata_context(call, "delegatedAdminCustomers/$entity"), **item}
            )
    raise not_found("delegated admin customer")


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
