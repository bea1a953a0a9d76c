"""An emulator in a thread of the test, and a caller that speaks to it as any client would."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx2

from novation.emulator.server import Options, Server

PARTNER_CENTER = "https://api.partnercenter.microsoft.com"
GRAPH = "https://graph.microsoft.com"
# Reading the trusted authorities takes longer than most of these tests; one reading serves them all.
TRUST = ssl.create_default_context()


class Bench:
    """Calls of both accounts, the control port, and the state behind them."""

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop, http: httpx2.Client) -> None:
        self.server = server
        self.world = server.world
        self.loop = loop
        self.http = http
        self.ready = server.ready
        self._tokens: dict[tuple[str, str, str], str] = {}

    def token(self, account: str, kind: str = "user", audience: str = PARTNER_CENTER) -> str:
        """An access token: kind is user, app or no-mfa."""
        key = (account, kind, audience)
        if key not in self._tokens:
            known = self.ready["accounts"][account]
            form = {
                "client_id": known["client_id"],
                "client_secret": known["client_secret"],
                "resource": audience,
            }
            if kind == "app":
                form["grant_type"] = "client_credentials"
            else:
                name = "refresh_token" if kind == "user" else "refresh_token_without_mfa"
                form |= {"grant_type": "refresh_token", "refresh_token": known[name]}
            answer = self.http.post(f"{self.ready['login']}/{known['tenant_id']}/oauth2/token", data=form)
            answer.raise_for_status()
            self._tokens[key] = answer.json()["access_token"]
        return self._tokens[key]

    def call(
        self, method: str, path: str, account: str, body: Any = None, *, kind: str = "user",
        headers: dict[str, str] | None = None, params: dict[str, str] | None = None,
    ) -> httpx2.Response:  # fmt: skip
        """One Partner Center or Graph call. The audience follows from the path."""
        audience = GRAPH if path.startswith("/v1.0/") or "/v1.0/" in path else PARTNER_CENTER
        sent = {
            "Authorization": f"Bearer {self.token(account, kind, audience)}",
            "MS-RequestId": str(uuid4()),
        }
        url = path if path.startswith("http") else self.ready["api"] + path
        return self.http.request(method, url, json=body, headers=sent | (headers or {}), params=params)

    def get(self, path: str, account: str, **how: Any) -> Any:
        """A successful read."""
        answer = self.call("GET", path, account, **how)
        assert answer.status_code == 200, answer.text
        return decoded(answer)

    def act(self, path: str, **body: Any) -> httpx2.Response:
        """A call on the control port."""
        return self.http.post(self.ready["control"] + path, json=body)

    def truth(self, path: str) -> Any:
        """A reading of the control port."""
        answer = self.http.get(self.ready["control"] + path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def knobs(self, **values: Any) -> None:
        """Turns faults and switches."""
        answer = self.http.put(self.ready["control"] + "/faults", json=values)
        assert answer.status_code == 200, answer.text

    def advance(self, **units: float) -> None:
        """Jumps on the virtual clock: days=, hours=, minutes=, seconds=."""
        sizes = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
        seconds = sum(sizes[unit] * value for unit, value in units.items())
        assert self.act("/clock", advance=seconds).status_code == 200

    def customer(self, number: int = 0) -> str:
        """The tenant id of a customer."""
        return list(self.world.customers)[number]

    def movable(self, *, at_least: int = 2) -> tuple[str, list[str]]:
        """A customer with enough ordinary subscriptions, and their ids."""
        for tid in list(self.world.customers):
            items = self.truth(f"/customers/{tid}")["subscriptions"]
            ids = [
                i["id"]
                for i in items
                if i["owner"] == "source" and i["status"] == "active" and not i["isTrial"] and not i["legacy"]
                and i["offerName"] != "Azure plan"
            ]  # fmt: skip
            if at_least <= len(ids) <= 25:
                return tid, ids
        raise AssertionError("the seed has no such customer")

    def accepted(self, tid: str, *, agreement: bool = True) -> None:
        """The customer has accepted the target partner, and the agreement directly."""
        assert self.act(f"/customers/{tid}/accept-relationship", partner="target").status_code == 200
        if agreement:
            self.act(
                f"/customers/{tid}/accept-agreement",
                partner="target",
                firstName="A",
                lastName="B",
                email="a@b.example",
            )

    def transfer_body(self, **changes: Any) -> dict[str, Any]:
        """A body that creates a transfer."""
        return {
            "sourcePartnerTenantId": self.ready["accounts"]["source"]["tenant_id"],
            "sourcePartnerName": "Altmark Cloud Services",
            "customerEmailId": "office@customer.example",
            "customerName": "Customer",
            "transferType": 3,
            **changes,
        }

    def moved(self, tid: str, ids: list[str]) -> str:
        """A whole transfer, to its end. Returns its id."""
        made = decoded(self.call("POST", f"/v1/customers/{tid}/transfers", "target", self.transfer_body()))
        lines = [{"subscriptionId": sid, "productType": "OnlineServicesNCE"} for sid in ids]
        accepted = self.call(
            "PATCH",
            f"/v1/customers/{tid}/transfers/{made['id']}",
            "source",
            {"id": made["id"], "lineItems": lines},
        )
        assert accepted.status_code == 200, accepted.text
        self.advance(hours=12)
        return str(made["id"])

    def granted(self, tid: str, account: str, roles: list[str]) -> str:
        """An active admin relationship with an active assignment. Returns its id."""
        root = "/v1.0/tenantRelationships/delegatedAdminRelationships"
        details = {"unifiedRoles": [{"roleDefinitionId": role} for role in roles]}
        body = {"displayName": f"grant {uuid4()}"[:50], "duration": "P730D", "customer": {"tenantId": tid},
                "accessDetails": details}  # fmt: skip
        made = self.call("POST", root, account, body, kind="app").json()
        self.call("POST", f"{root}/{made['id']}/requests", account, {"action": "lockForApproval"}, kind="app")
        assert self.act(f"/gdap/{made['id']}/approve", tenantId=tid).status_code == 200
        self.advance(minutes=15)
        new = self.act("/groups", account=account).json()["id"]
        group = {"accessContainerId": new, "accessContainerType": "securityGroup"}
        self.call(
            "POST", f"{root}/{made['id']}/accessAssignments", account,
            {"accessContainer": group, "accessDetails": details}, kind="app",
        )  # fmt: skip
        self.advance(minutes=15)
        return str(made["id"])


def decoded(answer: httpx2.Response) -> Any:
    """The JSON of an answer that may begin with a byte order mark."""
    return json.loads(answer.content.decode("utf-8-sig"))


def code(answer: httpx2.Response) -> tuple[int, Any]:
    """(status, code) of a refusal, the key by which Partner Center's errors are told apart."""
    return answer.status_code, decoded(answer).get("code")


@contextmanager
def running(**options: Any) -> Iterator[Bench]:
    """Starts an emulator on free ports. The clock stands still unless a speed is given."""
    wanted = {"port": 0, "control_port": 0, "customers": 12, "plain": True, "speed": 0.0, "rate": 0} | options
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = Server(Options(**wanted))
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(30)
        with httpx2.Client(timeout=30, trust_env=False, verify=TRUST) as http:
            yield Bench(server, loop, http)
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
