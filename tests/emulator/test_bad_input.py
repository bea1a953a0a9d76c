"""Whatever is sent to whichever operation, the answer is a clean refusal and never a crash."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from novation.emulator.http.routes import TABLE
from tests.emulator.running import GRAPH, Bench

BODIES: tuple[bytes, ...] = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"{}",
    b"\xff\xfe",
    b'"text"',
    json.dumps(dict.fromkeys(("id", "status", "quantity", "lineItems", "accessDetails", "customer"), 7)).encode(),
    json.dumps({name: [None] for name in ("lineItems", "licensesToAssign", "WebhookEvents")}).encode(),
    json.dumps(
        {
            "companyProfile": {"domain": 1}, "billingProfile": {"defaultAddress": []}, "primaryContact": [],
            "attestationId": {}, "displayName": {}, "duration": 5, "accessContainer": 1, "action": [],
            "accessDetails": {"unifiedRoles": [1]}, "scheduledNextTermInstructions": 1, "transferType": {},
            "passwordProfile": [], "userPrincipalName": 1, "language": [], "country": 5, "defaultAddress": 1,
        }
    ).encode(),
)  # fmt: skip
QUERIES: tuple[dict[str, str], ...] = (
    {},
    {"size": "x", "offset": "-1", "$top": "0", "$filter": "nonsense", "filter": "{", "$skiptoken": "?"},
    {"seekOperation": "Next", "startDate": "never", "country": "", "targetView": "?", "period": "?"},
    {"filter": '{"Field":1,"Value":null,"Operator":[]}', "startDate": "2020-01-01", "eligibilityType": "?"},
)  # fmt: skip


def _paths(bench: Bench, template: str) -> list[str]:
    tid = bench.customer()
    truth = bench.truth(f"/customers/{tid}")
    good = {
        "customer_id": tid, "subscription_id": truth["subscriptions"][0]["id"], "user_id": truth["users"][0]["id"],
        "relationship_id": truth["gdap"][0]["id"] if truth["gdap"] else "x",
        "tenant": bench.ready["accounts"]["source"]["tenant_id"], "product_id": "CFQ7TTC0LH18", "sku_id": "0001",
        "role_id": "62e90394-69f5-4237-9190-012177145e10",
    }  # fmt: skip
    filled = re.sub(r"{(\w+)}", lambda m: good.get(m[1], "7d4f3c9e-0000-4000-8000-000000000001"), template)
    return [filled, re.sub(r"{(\w+)}", "%20%27..", template)]


@pytest.mark.parametrize("group", sorted({entry.group for entry in TABLE}))
def test_no_input_makes_an_operation_fail(bench: Bench, group: str) -> None:
    for entry in TABLE:
        if entry.group != group:
            continue
        kind: str = "app" if entry.tokens == "app" or entry.service == "graph" else "user"
        audience: dict[str, Any] = {"audience": GRAPH} if entry.service == "graph" else {}
        headers = {"Authorization": f"Bearer {bench.token('source', kind, **audience)}", "If-Match": "*"}
        for path in _paths(bench, entry.template):
            bodies = BODIES if entry.method in {"POST", "PUT", "PATCH"} else (b"",)
            for query in QUERIES if entry.method == "GET" else ({},):
                for body in bodies:
                    answer = bench.http.request(
                        entry.method, bench.ready["api"] + path, content=body, headers=headers, params=query
                    )
                    assert answer.status_code < 500, (entry.name, path, body, query, answer.text)
