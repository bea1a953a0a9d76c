"""The control port: the clock, the customer's acts, the truth. Never faulty, never throttled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from novation.emulator import customer_actions
from novation.emulator.clock import parse_time, wire_time
from novation.emulator.customers import Customer
from novation.emulator.http.calls import Answer, read_json
from novation.emulator.http.gate import Gate
from novation.emulator.http.routes import TABLE
from novation.emulator.http.state_page import state_page
from novation.emulator.names import COUNTRIES
from novation.emulator.ownership import ownership_summary
from novation.emulator.partners import PARTNERS
from novation.emulator.refusals import Illegal
from novation.emulator.world import World

Body = dict[str, Any]


class Control:
    """Answers the control port. ``ready`` is the object printed at the start."""

    def __init__(self, world: World, gate: Gate, ready: Body) -> None:
        self.world = world
        self.gate = gate
        self.ready = ready

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request: 200 with JSON, 400 for bad input, 404, or 409 for an act that is not allowed."""
        raw = await request.read() if request.can_read_body else b""
        self.world.run_due(self.world.clock.now())
        try:
            body = read_json(raw.decode("utf-8")) if raw.strip() else {}
            if not isinstance(body, dict):
                raise ValueError("The body must be a JSON object.")
            if request.path.rstrip("/") == "/call-record/summary":
                await self._count_seed()
            answer = self._dispatch(request.method, request.path, dict(request.query), body)
        except Illegal as illegal:
            answer = Answer(409, {"error": str(illegal)})
        except ValueError as error:
            answer = Answer(400, {"error": str(error) or "The input is not valid."})
        headers = {**answer.headers, "Content-Type": answer.content_type}
        return web.Response(status=answer.status, body=answer.encoded(bom=False), headers=headers)

    async def _count_seed(self) -> None:
        # A hundred thousand customers take seconds to count; the API goes on answering meanwhile.
        for number, _ in enumerate(self.world.count_seed()):
            if number % 50 == 49:
                await asyncio.sleep(0)

    def _dispatch(self, method: str, path: str, query: dict[str, str], body: Body) -> Answer:
        match [method, *[part for part in path.split("/") if part]]:
            case ["GET"]:
                return state_page(self.world, self.ready)
            case ["GET", "ready"]:
                return Answer(200, self.ready)
            case ["GET", "clock"]:
                return self._clock()
            case ["POST", "clock"]:
                return self._set_clock(body)
            case ["GET", "customers"]:
                return self._customers(query)
            case ["GET", "customers", tid]:
                return Answer(200, self._truth(self._customer(tid)))
            case ["POST", "customers", tid, act]:
                return self._act(tid.lower(), act, body)
            case ["POST", "gdap", rid, act]:
                return self._gdap_act(rid.lower(), act, body)
            case ["POST", "attestations", aid, "accept" | "refuse" as act]:
                customer_actions.answer_attestation(
                    self.world, aid, _actor_of(body), accepted=act == "accept"
                )
                return Answer(200, {"ok": True})
            case ["GET", "attestations"]:
                return Answer(200, {"items": [self._attestation(a) for a in self.world.attestations]})
            case ["GET", "call-record"]:
                after, limit = _number(query, "after", 0), _number(query, "limit", 1000)
                return Answer(200, self.world.call_record.page(after, min(limit, 10_000)))
            case ["GET", "call-record", "summary"]:
                return Answer(200, {**self.world.call_record.summary(), **ownership_summary(self.world)})
            case ["GET", "faults"]:
                return Answer(200, self.world.faults.to_json())
            case ["PUT", "faults"]:
                self.world.faults.set(body)
                return Answer(200, self.world.faults.to_json())
            case ["GET", "bends"]:
                return Answer(200, {"items": [bend.to_json() for bend in self.world.bends]})
            case ["POST", "bends"]:
                names = frozenset(route.name for route in TABLE if route.service != "page")
                return Answer(200, self.world.bends.add(body, names).to_json())
            case ["DELETE", "bends"]:
                return Answer(200, {"removed": self.world.bends.remove()})
            case ["DELETE", "bends", number] if number.isdigit():
                return Answer(200, {"removed": self.world.bends.remove(int(number))})
            case ["POST", "reset"]:
                return self._rebuild(
                    self.world.seed, len([c for c in self.world.customers.values() if c.seeded]), body
                )
            case ["POST", "seed"]:
                count, seed = (
                    body.get("customers", self.ready["customers"]),
                    body.get("seed", self.ready["seed"]),
                )
                if not isinstance(count, int) or not 0 <= count <= 1_000_000 or not isinstance(seed, int):
                    raise ValueError("customers must be 0 to 1000000 and seed a whole number.")
                return self._rebuild(seed, count, body)
            case ["POST", "groups"]:
                if body.get("account") not in PARTNERS:
                    raise ValueError("account must be 'source' or 'target'.")
                group = str(body.get("id") or self.world.new_id()).lower()
                self.world.groups[str(body["account"])].add(group)
                return Answer(200, {"id": group})
            case ["PUT", "rate"]:
                return self._set_rate(body)
            case ["POST", "tokens", "revoke"]:
                if body.get("account") not in PARTNERS:
                    raise ValueError("account must be 'source' or 'target'.")
                self.world.tokens.revoke_tokens(str(body["account"]))
                return Answer(200, {"ok": True})
            case _:
                return Answer(
                    404, {"error": "There is no such control call. See docs/reference/emulator.md."}
                )

    def _rebuild(self, seed: int, count: int, body: Body) -> Answer:
        self.world.build_from_seed(
            seed,
            count,
            plain=bool(body.get("plain", self.world.plain)),
            rich=bool(body.get("rich", self.world.rich)),
        )
        self.gate.forget_replies()
        self.ready.update(customers=count, seed=seed)
        return Answer(200, self.ready)

    def _set_rate(self, body: Body) -> Answer:
        throttle, known = self.gate.throttle, ("per_minute", "per_customer")
        if not body or set(body) - set(known):
            raise ValueError("Give per_minute, per_customer or both.")
        for name, value in body.items():
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise ValueError(f"{name} must be a whole number, zero or more.")
            setattr(throttle, name, value)
        return Answer(200, {name: getattr(throttle, name) for name in known})

    # -- clock --------------------------------------------------------------------------------------

    def _clock(self) -> Answer:
        clock = self.world.clock
        return Answer(200, {"now": wire_time(clock.now()), "speed": clock.speed})

    def _set_clock(self, body: Body) -> Answer:
        speed, advance, to = body.get("speed"), body.get("advance"), body.get("to")
        for value in (speed, advance):
            if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
                raise ValueError("speed and advance must be numbers.")
        self.world.clock.adjust(speed=speed, advance=advance, to=parse_time(to) if to is not None else None)
        self.world.run_due(self.world.clock.now())
        return self._clock()

    # -- customers ----------------------------------------------------------------------------------

    def _customer(self, tid: str) -> Customer:
        customer = self.world.customers.get(tid.lower())
        if customer is None:
            raise Illegal("There is no customer with this tenant id.")
        return customer

    def _customers(self, query: dict[str, str]) -> Answer:
        offset, limit = _number(query, "offset", 0), _number(query, "limit", 100)
        everybody = list(self.world.customers.values())
        return Answer(
            200,
            {
                "total": len(everybody),
                "items": [_customer_body(c) for c in everybody[offset : offset + min(limit, 10_000)]],
            },
        )

    def _truth(self, customer: Customer) -> Body:
        file = self.world.file(customer)
        directory = self.world.directory(customer)
        return {
            **_customer_body(customer),
            "relationships": {
                account: {
                    "live": relationship.live,
                    "since": wire_time(relationship.since),
                    "dap": relationship.dap,
                    "removedAt": wire_time(relationship.removed_at) if relationship.removed_at else None,
                }
                for account, relationship in file.relationships.items()
            },
            "agreements": [
                {
                    "partner": a.account,
                    "direct": a.account is None,
                    "type": a.kind,
                    "dateAgreed": wire_time(a.agreed_at),
                    "current": a.current,
                    "person": f"{a.first_name} {a.last_name} <{a.email}>",
                    "attestationId": a.attestation_id,
                }
                for a in file.agreements
            ],
            "gdap": [
                {
                    "id": g.id,
                    "partner": g.account,
                    "displayName": g.display_name,
                    "status": g.status,
                    "roles": g.roles,
                    "activated": wire_time(g.activated_at) if g.activated_at else None,
                    "ends": wire_time(g.ends_at) if g.ends_at else None,
                    "assignments": [{"id": a.id, "status": a.status, "roles": a.roles} for a in g.assignments.values()],
                }
                for g in file.gdap.values()
            ],
            "subscriptions": [
                {
                    "id": s.id,
                    "owner": s.account,
                    "lineage": s.lineage,
                    "offerId": s.offer_id,
                    "offerName": s.sku.title,
                    "quantity": s.quantity,
                    "status": s.status,
                    "term": s.term,
                    "billingCycle": s.cycle,
                    "autoRenew": s.auto_renew,
                    "scheduled": s.scheduled,
                    "scheduledActions": s.scheduled_actions,
                    "seatsBySchedule": s.seats_by_schedule,
                    "commitmentEnd": wire_time(s.commitment_end),
                    "isTrial": s.is_trial,
                    "legacy": s.legacy,
                    "extended": s.extended,
                    "transferId": s.transfer_id,
                    "ended": s.ended,
                    "endedAt": wire_time(s.ended_at) if s.ended_at else None,
                }
                for s in file.subscriptions.values()
            ],
            "transfers": [
                {
                    "id": t.id,
                    "status": t.status,
                    "created": wire_time(t.created_at),
                    "expires": wire_time(t.expires_at),
                    "lines": [
                        {"subscriptionId": line.subscription_id, "status": line.status, "newId": line.new_id}
                        for line in t.lines
                    ],
                }
                for t in file.transfers.values()
            ],
            "users": [
                {"id": u.id, "userPrincipalName": u.upn, "displayName": u.display_name, "state": u.state,
                 "licences": sorted(u.licences)}
                for u in directory.users.values()
            ],
        }  # fmt: skip

    def _attestation(self, attestation_id: str) -> Body:
        attestation = self.world.attestations[attestation_id]
        return {
            "id": attestation.id,
            "partner": attestation.account,
            "companyName": attestation.company_name,
            "email": attestation.email,
            "status": attestation.state_at(self.world.now),
            "customer": attestation.customer_id,
        }

    def _act(self, tid: str, act: str, body: Body) -> Answer:
        world, actor = self.world, _actor_of(body)
        self._customer(tid)
        simple: dict[str, Callable[[], None]] = {
            "accept-relationship": lambda: customer_actions.accept_relationship(
                world, tid, body.get("partner"), actor, body.get("person")
            ),
            "accept-agreement": lambda: customer_actions.accept_agreement(
                world, tid, body.get("partner"), str(body.get("firstName") or ""), str(body.get("lastName") or ""),
                str(body.get("email") or ""), actor,
            ),
            "remove-relationship": lambda: customer_actions.remove_relationship(world, tid, body.get("partner"), actor),
        }  # fmt: skip
        if act not in simple:
            return Answer(404, {"error": f"There is no act {act!r}."})
        simple[act]()
        return Answer(200, {"ok": True})

    def _gdap_act(self, rid: str, act: str, body: Body) -> Answer:
        known = {
            "approve": customer_actions.approve_gdap,
            "reject": customer_actions.reject_gdap,
            "terminate": customer_actions.terminate_gdap,
        }
        if act not in known:
            return Answer(404, {"error": f"There is no act {act!r}."})
        known[act](self.world, rid, str(body.get("tenantId") or "").lower(), _actor_of(body))
        relationship = self.world.gdap_relationship(rid)
        return Answer(200, {"ok": True, "status": relationship.status if relationship else None})


def _customer_body(customer: Customer) -> Body:
    contact = customer.contact
    return {
        "tenantId": customer.tid,
        "companyName": customer.name,
        "domain": customer.domain,
        "defaultDomain": customer.default_domain,
        "country": customer.country,
        "language": COUNTRIES.get(customer.country, ("en",))[0],
        "sector": customer.sector,
        "contact": {
            "firstName": contact.first_name,
            "lastName": contact.last_name,
            "email": contact.email,
            "phone": contact.phone,
        },
        "admin": {"userPrincipalName": customer.admin_upn},
    }


def _actor_of(body: Body) -> str:
    return str(body.get("actor") or "customer")


def _number(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if text and not text.isdigit():
        raise ValueError(f"{name} must be a whole number.")
    return int(text) if text else default
