"""What foreign clients and Microsoft's pages found out about our answers, point by point; each was wrong once."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.emulator.running import Bench, code, decoded

GDAP = "/v1.0/tenantRelationships/delegatedAdminRelationships"
READER, USERS = "f2ef992c-3afb-46b9-b7cf-a126ee74c451", "fe930be7-5e62-47db-91af-98c3a49a38b1"


def partly_failed(bench: Bench, **knobs: Any) -> tuple[str, dict[str, Any]]:
    """A transfer of which some lines failed: the customer, and the transfer as its source reads it."""
    bench.knobs(transfer_line_fails=0.5, **knobs)
    for tid in list(bench.world.customers):
        items = [
            i["id"]
            for i in bench.truth(f"/customers/{tid}")["subscriptions"]
            if i["status"] == "active" and i["offerName"] != "Azure plan"
        ][:25]
        if len(items) < 3:
            continue
        bench.accepted(tid)
        found = bench.get(f"/v1/customers/{tid}/transfers/{bench.moved(tid, items)}", "source")
        if {line["status"] for line in found["lineItems"]} == {"Complete", "Failed"}:
            return tid, found
    raise AssertionError("no transfer failed in part")


def test_a_partly_failed_transfer_has_a_word_of_its_own_and_errors_that_are_texts(bench: Bench) -> None:
    tid, found = partly_failed(bench)
    assert found["status"] == "PartiallyComplete"
    assert {type(line["transferError"]) for line in found["lineItems"]} == {str, type(None)}
    target = bench.get(f"/v1/customers/{tid}/transfers/{found['id']}", "target")
    assert (target["status"], len(target["lineItems"])) == ("PartiallyComplete", len(found["lineItems"]))


def test_the_word_for_a_partly_failed_transfer_is_a_setting(bench: Bench) -> None:
    assert partly_failed(bench, transfer_partial_status="Complete")[1]["status"] == "Complete"
    wrong = bench.http.put(bench.ready["control"] + "/faults", json={"transfer_partial_status": 3})
    assert wrong.status_code == 400


def test_the_answer_to_a_changed_subscription_is_the_resource_in_camel_case(bench: Bench) -> None:
    tid, ids = bench.movable(at_least=1)
    path = f"/v1/customers/{tid}/subscriptions/{ids[0]}"
    before = bench.get(path, "source")
    after = decoded(bench.call("PATCH", path, "source", {**before, "friendlyName": "Neu"}))
    assert after.keys() == before.keys()
    assert after["friendlyName"] == "Neu"


def of_users(bench: Bench) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The path of the users of a customer whose directory may be changed, and two of them."""
    tid = bench.customer()
    bench.granted(tid, "source", [USERS])
    path = f"/v1/customers/{tid}/users"
    one, other = bench.get(path, "source")["items"][:2]
    return path, one, other


def test_a_user_can_be_renamed_and_called(bench: Bench) -> None:
    path, one, other = of_users(bench)
    new = f"neu@{one['userPrincipalName'].partition('@')[2]}"
    body = {"userPrincipalName": new, "phoneNumber": "+49 30 1234"}
    assert bench.call("PATCH", f"{path}/{one['id']}", "source", body).status_code == 200
    read = bench.get(f"{path}/{one['id']}", "source")
    assert (read["userPrincipalName"], read["phoneNumber"]) == (new, "+49 30 1234")
    assert bench.call("PATCH", f"{path}/{one['id']}", "source", {"displayName": "X"}).status_code == 200
    assert bench.get(f"{path}/{one['id']}", "source")["phoneNumber"] == "+49 30 1234"
    for wrong, status in (
        ({"userPrincipalName": other["userPrincipalName"]}, 409), ({"userPrincipalName": "a@elsewhere.example"}, 400),
        ({"state": "inactive"}, 400), ({"phoneNumber": 3}, 400),
    ):  # fmt: skip
        assert bench.call("PATCH", f"{path}/{one['id']}", "source", wrong).status_code == status


def test_no_member_of_a_subscription_is_taken_and_forgotten(bench: Bench) -> None:
    tid, ids = bench.movable(at_least=1)
    path = f"/v1/customers/{tid}/subscriptions/{ids[0]}"
    before = bench.get(path, "source")
    answer = bench.call("PATCH", path, "source", {**before, "customTermEndDate": "2027-01-01T00:00:00Z"})
    assert code(answer) == (400, 900246)
    assert (
        decoded(bench.call("PATCH", path, "source", {**before, "partnerId": "4711"}))["partnerId"] == "4711"
    )
    assert bench.get(path, "source")["partnerId"] == "4711"


def test_an_address_comes_back_in_camel_case_whatever_was_sent(bench: Bench) -> None:
    sent = {"AddressLine1": "Weg 1", "City": "Köln", "Country": "DE", "PostalCode": "50667"}
    found = decoded(bench.call("POST", "/v1/validations/address", "source", sent))
    names = {"addressLine1", "city", "country", "postalCode"}
    assert found["originalAddress"].keys() == found["suggestedAddresses"][0].keys() == names


def test_requests_of_the_partner_have_the_documented_members(bench: Bench) -> None:
    tid = bench.movable()[0]
    bench.accepted(tid)
    bench.token("target")
    answer = bench.call("POST", f"/v1/customers/{tid}/transfers", "target", bench.transfer_body())
    (found,) = bench.get("/v1/partnerRequests", "target")["items"]
    assert found == {
        "requestId": answer.headers["MS-RequestId"], "correlationId": answer.headers["MS-CorrelationId"],
        "operationName": "Post /v{version}/customers/{customer_id}/transfers", "requestDateTime": "2026-11-23T08:00:00",
        "ipAddress": "127.0.0.1", "objectId": "bbbbbbbb-0003-4000-8000-bbbbbbbbbbbb",
        "tenantId": "bbbbbbbb-0001-4000-8000-bbbbbbbbbbbb", "upn": "service@neumark-cloud.onmicrosoft.com",
        "applicationId": "bbbbbbbb-0002-4000-8000-bbbbbbbbbbbb", "mfaCompliant": True,
    }  # fmt: skip


def test_an_id_that_nobody_sent_is_the_one_that_was_answered(bench: Bench) -> None:
    tid = bench.movable()[0]
    bench.accepted(tid)
    answer = bench.call(
        "POST",
        f"/v1/customers/{tid}/transfers",
        "target",
        bench.transfer_body(),
        headers={"MS-RequestId": ""},
    )
    assert (
        bench.truth("/call-record?after=2")["items"][0]["requestId"] == answer.headers["MS-RequestId"] != ""
    )


def test_access_cannot_be_given_to_a_group_that_is_not_there(bench: Bench) -> None:
    rid = bench.granted(bench.customer(), "target", [READER])
    details = {"unifiedRoles": [{"roleDefinitionId": READER}]}

    def assigned(group: str) -> int:
        container = {"accessContainerId": group, "accessContainerType": "securityGroup"}
        body = {"accessContainer": container, "accessDetails": details}
        return bench.call("POST", f"{GDAP}/{rid}/accessAssignments", "target", body, kind="app").status_code

    mistyped = str(uuid4())
    assert assigned(mistyped) == 400
    assert bench.act("/groups", account="target", id=mistyped).json() == {"id": mistyped}
    assert assigned(mistyped) == 201
    assert assigned(bench.ready["accounts"]["source"]["security_group_id"]) == 400
    assert assigned(bench.ready["accounts"]["target"]["security_group_id"]) == 201
    bench.knobs(unknown_groups=True)
    assert assigned(str(uuid4())) == 201
    assert bench.act("/groups", account="nobody").status_code == 400


def listed(bench: Bench, path: str = GDAP, **options: str) -> Any:
    answer = bench.call("GET", path, "source", kind="app", params={f"${k}": v for k, v in options.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_filters_of_graph_take_parentheses_alternatives_and_beginnings(bench: Bench) -> None:
    everything = listed(bench)["value"]
    one, other = everything[0], everything[1]
    tid, name = one["customer"]["tenantId"], other["displayName"]

    def ids(text: str) -> list[str]:
        return [g["id"] for g in listed(bench, filter=text)["value"]]

    assert ids(f"(status eq 'active') AND (customer/tenantId eq '{tid}')") == [one["id"]]
    assert ids(f"customer/tenantId eq '{tid}' or displayName eq '{name}'") == [one["id"], other["id"]]
    assert ids(f"not (displayName eq '{name}')") == [g["id"] for g in everything if g is not other]
    assert ids("startswith(displayName,'Altmark_1_')") == [other["id"]]
    assert ids("createdDateTime gt 2026-11-23T00:00:00Z") == []
    for wrong in (
        "status",
        "status eq",
        "(status eq 'a'",
        "nonsense(status,'a')",
        "status eq 'a' and",
        "x eq 'a'",
        "(",
    ):
        assert bench.call("GET", GDAP, "source", kind="app", params={"$filter": wrong}).status_code == 400


def test_options_of_graph_lists_are_done_or_refused_and_never_ignored(bench: Bench) -> None:
    ordered = listed(bench, orderby="displayName desc", select="displayName", count="true", top="5")
    names = [g["displayName"] for g in ordered["value"]]
    assert names == sorted(names, reverse=True)
    assert ordered["@odata.count"] == 12
    assert {name for g in ordered["value"] for name in g if name[0] != "@"} == {"displayName"}
    url = ordered["@odata.nextLink"]
    while url:
        page = bench.call("GET", url.removeprefix(bench.ready["api"]), "source", kind="app").json()
        names += [g["displayName"] for g in page["value"]]
        url = page.get("@odata.nextLink", "")
    assert names == sorted(names, reverse=True)
    assert len(set(names)) == 12
    customers = "/v1.0/tenantRelationships/delegatedAdminCustomers"
    wanted = listed(bench, customers)["value"][0]
    found = listed(bench, customers, filter=f"tenantId eq '{wanted['tenantId']}'", count="true")
    assert (found["@odata.count"], found["value"]) == (1, [wanted])
    assert listed(bench, f"{customers}/{wanted['id']}")["displayName"] == wanted["displayName"]
    for path, option in (
        (GDAP, "$expand"), (GDAP, "$search"), (GDAP, "$skip"), (customers, "$orderby"), (customers, "$expand"),
    ):  # fmt: skip
        answer = bench.call("GET", path, "source", kind="app", params={option: "displayName"})
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "badRequest"


@pytest.mark.parametrize("depth", [70, 900, 3_000, 100_000])
def test_a_body_that_is_nested_too_deeply_is_refused(bench: Bench, depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    headers = {"Authorization": f"Bearer {bench.token('source')}", "If-Match": "*"}
    for body in (deep, b'{"lineItems":' + deep + b"}"):
        url = f"{bench.ready['api']}/v1/customers/{bench.customer()}/orders"
        answer = bench.http.post(url, content=body, headers=headers)
        assert code(answer) == (400, 3000)
    params = {"filter": deep[:4_000].decode()}
    assert bench.call("GET", "/v1/customers", "source", params=params).status_code == 400
    assert bench.http.post(bench.ready["control"] + "/clock", content=deep).status_code == 400


@pytest.mark.parametrize(
    ("path", "member"),
    [
        ("/v1.0/nothing", "error"),
        ("/beta/tenantRelationships", "error"),
        ("/x/oauth2/v2.0/devicecode", "error"),
    ],
)
def test_an_unknown_path_answers_in_the_way_of_its_service_without_a_mark(
    bench: Bench, path: str, member: str
) -> None:
    answer = bench.http.get(bench.ready["api"] + path)
    assert answer.status_code == 404
    assert answer.json()[member]
    assert not answer.content.startswith(b"\xef\xbb\xbf")
    assert "MS-RequestId" not in answer.headers
    assert bench.http.get(bench.ready["api"] + "/v1/nothing").content.startswith(b"\xef\xbb\xbf")


def test_a_direct_partner_has_no_indirect_relationships(bench: Bench) -> None:
    assert bench.get(f"/v1/customers/{bench.customer()}/relationships", "source")["items"] == []
    params = {"relationship_type": "is_indirect_cloud_solution_provider_of"}
    assert bench.get("/v1/relationships", "source", params=params)["items"] == []


def test_filters_and_dates_are_taken_as_the_pages_and_their_clients_write_them(bench: Bench) -> None:
    name = bench.truth("/customers")["items"][0]["companyName"]
    for operator in ("starts_with", "StartsWith"):
        condition = f'{{"Field":"CompanyName","Value":"{name}","Operator":"{operator}"}}'
        found = bench.get("/v1/customers", "source", params={"filter": condition})["items"]
        assert name in {c["companyProfile"]["companyName"] for c in found}
    params = {"startDate": "11/1/2026 12:00:00 AM", "endDate": "11/23/2026 12:00:00 AM"}
    assert bench.get("/v1/auditrecords", "source", params=params)["items"] == []
    assert (
        bench.call("GET", "/v1/auditrecords", "source", params={"startDate": "13/32/2026"}).status_code == 400
    )


def test_documented_members_are_there(bench: Bench) -> None:
    tid, _ = bench.movable()
    bench.accepted(tid)
    line = {"catalogItemId": "CFQ7TTC0LH18:0001:CFQ7TTC0LH18", "quantity": 1, "billingCycle": "monthly",
            "provisioningContext": {"ParentSubscriptionId": "x", "scope": "shared"}}  # fmt: skip
    cart = decoded(bench.call("POST", f"/v1/customers/{tid}/carts", "source", {"LineItems": [line]}))
    assert cart["links"]["self"]["uri"] == f"/customers/{tid}/carts/{cart['id']}"
    assert {"creationTimestamp", "lastModifiedTimestamp", "expirationTimestamp"} <= cart.keys()
    assert cart["lineItems"][0]["provisioningContext"] == {"parentSubscriptionId": "x", "scope": "shared"}
    orders = bench.get(f"/v1/customers/{tid}/orders", "source")
    assert orders["links"]["self"]["uri"] == f"/customers/{tid}/orders"
    assert all("sku" in line["links"] for order in orders["items"] for line in order["lineItems"])
    customer = bench.get(f"/v1/customers/{tid}", "source")
    assert {"email", "address"} <= customer["companyProfile"].keys()
    assert customer["billingProfile"]["defaultAddress"]["state"] is None


def test_graph_says_what_each_thing_is_and_when_it_changed(bench: Bench) -> None:
    rid = bench.granted(bench.customer(), "source", [READER])
    for part, kind in (("requests", "Request"), ("accessAssignments", "")):
        (item,) = listed(bench, f"{GDAP}/{rid}/{part}")["value"]
        single = listed(bench, f"{GDAP}/{rid}/{part}/{item['id']}")
        assert single.pop("@odata.context").endswith(f"{part}/$entity")
        assert single == item
        assert item["@odata.etag"]
        assert item["@odata.type"].endswith(
            f"delegatedAdminRelationship{kind}" if kind else "AccessAssignment"
        )
