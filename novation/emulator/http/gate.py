"""What every call passes: clock, token, rate, faults, idempotency, call record."""

from __future__ import annotations

import asyncio
import hashlib
import re
import socket
import struct
import uuid
from collections import OrderedDict
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

from aiohttp import web

from novation.emulator import tokens
from novation.emulator.clock import steady_seconds, wall_now, wire_time
from novation.emulator.faults import NO_FAULTS, FaultPlan
from novation.emulator.http.bending import bend_answer, random_bend
from novation.emulator.http.calls import Answer, Call
from novation.emulator.http.routes import APP, USER, Route, find
from novation.emulator.refusals import Refusal
from novation.emulator.throttle import Throttle
from novation.emulator.tokens import Grant
from novation.emulator.world import World

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_REMEMBERED = 100_000
_OVERSIZE = 10_000_000
_AUDIENCE = {"partner": tokens.PARTNER_CENTER, "graph": tokens.GRAPH}


class Gate:
    """The API port: finds the operation, lets the call pass or not, and writes down what happened."""

    def __init__(self, world: World, throttle: Throttle) -> None:
        self.world = world
        self.throttle = throttle
        self._answers: OrderedDict[tuple[str, str, str], tuple[bytes, Answer]] = OrderedDict()
        self._seen: OrderedDict[tuple[str, str], tuple[float, Answer]] = OrderedDict()

    def forget_replies(self) -> None:
        """Forgets replies, rates and stale answers; tokens stay good."""
        self._answers.clear()
        self._seen.clear()
        self.throttle.reset()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answers one HTTP request."""
        raw = await request.read() if request.can_read_body else b""
        world = self.world
        world.run_due(world.clock.now())
        route, params, known = find(request.method, request.path)
        if route is None:
            return _response(request, *_no_such_route(request, known), self.world)
        call = Call(
            world=world,
            method=request.method,
            path=request.path,
            query={name.lower(): value for name, value in request.query.items()},
            headers=request.headers,
            raw=raw,
            params=params,
            base=f"{request.scheme}://{request.host}",
            request_id=request.headers.get("MS-RequestId")
            or request.headers.get("client-request-id")
            or str(uuid.uuid4()),
            correlation_id=request.headers.get("MS-CorrelationId") or str(uuid.uuid4()),
            address=request.remote or "",
        )
        if route.service == "page":
            return _response(request, _answer_page(route, call), route.service, world, call)
        world.call_record.count_call(route.name, write=route.write)
        fault: str | None = None
        mfa_header: dict[str, str] = {}
        try:
            call.grant = self._authenticate(route, request)
            if "ValidateMfa" in request.headers and call.grant is not None:
                mfa_header = {"isMfaCompliant": str(call.grant.mfa and not call.grant.app_only).lower()}
            who = call.account or "sign-in"
            call.plan = world.faults.plan(who, f"{request.method} {request.path_qs}", write=route.write)
            fault = call.plan.before
            self._admit(route, who, call)
            if fault is not None and fault != "throttle_burst":
                return await self._inject_before(request, route, call, fault)
            answer = self._perform(route, call)
        except Refusal as refusal:
            answer = refusal_answer(refusal, route, world)
        if mfa_header:
            answer = replace(answer, headers=answer.headers | mfa_header)
        answer, bent = self._bend(route, call, answer)
        fault = fault or call.plan.after or bent
        if fault in ("malformed", "oversized") and route.service == "signin":
            fault = None
        if fault is not None and fault != bent:
            world.call_record.count_fault(fault)
        if route.write and route.service != "signin":
            self._record(route, call, answer.status, fault)
        if call.plan.delay:
            world.call_record.count_fault("slow")
            await asyncio.sleep(call.plan.delay)
        if fault is not None and fault == call.plan.after:
            return await self._inject_after(request, route, call, answer, fault)
        return _response(request, answer, route.service, world, call)

    # -- before -------------------------------------------------------------------------------------

    def _authenticate(self, route: Route, request: web.BaseRequest) -> Grant | None:
        if route.service == "signin":
            return None
        grant = self.world.tokens.find_grant(request.headers.get("Authorization"), steady_seconds())
        if route.service == "graph":
            if grant is None or grant.audience != tokens.GRAPH:
                raise Refusal(
                    401,
                    "InvalidAuthenticationToken",
                    "The access token is missing, expired or not for Graph.",
                )
            return grant
        if grant is None:
            raise Refusal(401, 800001, "The partner token is missing, unknown or expired.")
        if grant.audience != _AUDIENCE[route.service]:
            raise Refusal(401, 900420, "The token was issued for another audience.")
        if route.tokens == USER and grant.app_only:
            raise Refusal(403, 900329, "App-only access is not supported for this resource.")
        if route.tokens == APP and not grant.app_only:
            raise Refusal(403, 900150, "This resource accepts app-only credentials only.")
        if not grant.app_only and not grant.mfa:
            told = {"isMfaCompliant": "false"} if "ValidateMfa" in request.headers else {}
            raise Refusal(401, 900421, "The app+user token does not carry the MFA claim.", headers=told)
        return grant

    def _admit(self, route: Route, who: str, call: Call) -> None:
        now = steady_seconds()
        if call.plan.before == "throttle_burst" and route.service != "signin":
            self.throttle.start_burst(who, self.world.faults.knobs.throttle_burst_seconds, now)
        if route.service == "signin":
            return
        wait = self.throttle.admit(who, route.group, now, call.params.get("customer_id", ""))
        if wait is not None:
            self.world.call_record.throttled += 1
            raise Refusal(
                429,
                429,
                f"Rate limit is exceeded. Try again in {wait} seconds.",
                headers={"Retry-After": str(wait)},
            )

    async def _inject_before(
        self, request: web.BaseRequest, route: Route, call: Call, fault: str
    ) -> web.StreamResponse:
        self.world.call_record.count_fault(fault)
        status = 0
        answer = None
        if fault == "server_error":
            answer = self._server_error(route, call)
            status = answer.status
        if route.write and route.service != "signin":
            self._record(route, call, status, fault)
        if answer is not None:
            return _response(request, answer, route.service, self.world, call)
        return await self._cut_connection(request, hang=fault == "timeout_before")

    # -- the call -----------------------------------------------------------------------------------

    def _perform(self, route: Route, call: Call) -> Answer:
        if not route.write:
            return self._read(route, call)
        if call.method != "POST" or route.service != "partner":
            return route.handler(call)
        request_id = call.headers.get("MS-RequestId")
        if not request_id:
            return route.handler(call)
        key = (call.account, call.path.lower(), request_id.lower())
        digest = hashlib.sha256(call.raw).digest()
        kept = self._answers.get(key)
        if kept is not None and kept[0] == digest:
            call.effect = "replayed"
            call.customer_id = call.params.get("customer_id")
            return kept[1]
        if kept is not None:
            raise Refusal(409, 800002, "The MS-RequestId was used before with another body.")
        answer = route.handler(call)
        self._answers[key] = (digest, answer)
        if len(self._answers) > _REMEMBERED:
            self._answers.popitem(last=False)
        return answer

    def _bend(self, route: Route, call: Call, answer: Answer) -> tuple[Answer, str | None]:
        """The answer with all its bends, and the name of the last one for the record."""
        partner = tokens.partner_of(call.params.get("tenant", ""))
        account = call.account or (partner.account if partner else None)
        asked = _GUID.findall(call.query.get("$filter", ""))
        ids = {call.customer_id or "", call.params.get("customer_id", ""), *asked}
        bends = self.world.bends.fitting(
            route.name, account, frozenset(one.lower() for one in ids), sign_in=route.service == "signin"
        )
        if call.plan.bent and call.plan.draw is not None and route.service != "signin":
            bends.append(random_bend(call.plan.draw, answer))
        name = None
        for bend in bends:
            answer = bend_answer(bend, answer, call, lambda no: refusal_answer(no, route, self.world))
            bend.played += 1
            name = f"bend:{bend.kind}"
            self.world.call_record.count_fault(name)
        return answer, name

    def _read(self, route: Route, call: Call) -> Answer:
        if call.plan is NO_FAULTS or route.service == "signin":
            return route.handler(call)
        key = (
            call.account,
            f"{call.path}?{sorted(call.query.items())}{call.headers.get('MS-ContinuationToken')}",
        )
        now = steady_seconds()
        kept = self._seen.get(key)
        if call.plan.stale and kept is not None and now - kept[0] <= self.world.faults.knobs.stale_seconds:
            self.world.call_record.count_fault("stale_read")
            return kept[1]
        answer = route.handler(call)
        for name in ("small_pages", "shuffled"):
            if getattr(call.plan, name):
                self.world.call_record.count_fault(name)
        self._seen.setdefault(key, (now, answer))
        if kept is not None and now - kept[0] > self.world.faults.knobs.stale_seconds:
            self._seen[key] = (now, answer)
        if len(self._seen) > 5_000:
            self._seen.popitem(last=False)
        return answer

    def _record(self, route: Route, call: Call, status: int, fault: str | None) -> None:
        call_record = self.world.call_record
        if call.effect == "none" and 400 <= status < 500 and status != 429:
            call_record.refused += 1
        call_record.record(
            at=wire_time(self.world.now),
            account=call.account or None,
            operation=route.name,
            method=call.method,
            path=call.path,
            status=status,
            request_id=call.request_id,
            correlation_id=call.correlation_id,
            customer=call.customer_id or call.params.get("customer_id"),
            effect=call.effect,
            fault=fault,
            actor=call.actor,
            detail=call.detail,
            address=call.address,
        )

    # -- after --------------------------------------------------------------------------------------

    async def _inject_after(
        self, request: web.BaseRequest, route: Route, call: Call, answer: Answer, fault: str
    ) -> web.StreamResponse:
        if fault == "server_error_after":
            return _response(request, self._server_error(route, call), route.service, self.world, call)
        if fault == "malformed":
            return _response(request, _malform(answer, call.plan, route), route.service, self.world, call)
        if fault == "oversized":
            swollen = answer.encoded(bom=route.service == "partner") + b" " * _OVERSIZE
            return _response(request, replace(answer, raw=swollen), route.service, self.world, call)
        return await self._cut_connection(request, hang=fault == "timeout_after")

    def _server_error(self, route: Route, call: Call) -> Answer:
        draw = call.plan.draw
        status = draw.choice((500, 502, 503, 504)) if draw else 500
        if status in (502, 504):
            page = f"<html><head><title>{status}</title></head><body><h1>{status} from the gateway</h1></body></html>"
            return Answer(status, raw=page.encode(), content_type="text/html")
        headers = {"Retry-After": "1"} if status == 503 else {}
        return refusal_answer(
            Refusal(status, status, "The service met an unexpected condition.", headers=headers),
            route,
            self.world,
        )

    async def _cut_connection(self, request: web.BaseRequest, *, hang: bool) -> web.StreamResponse:
        if hang:
            await asyncio.sleep(self.world.faults.knobs.hang_seconds)
        transport = request.transport
        if transport is not None:
            sock = transport.get_extra_info("socket")
            if sock is not None:
                # Linger zero turns the close into a reset, as a broken middlebox would send it.
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        return web.Response(status=500)


def _answer_page(route: Route, call: Call) -> Answer:
    try:
        return route.handler(call)
    except Refusal as refusal:
        return Answer(
            refusal.status, raw=refusal.description.encode(), content_type="text/plain; charset=utf-8"
        )


def _no_such_route(request: web.BaseRequest, known: bool) -> tuple[Answer, str]:
    """The answer, and the service whose address it was: each has its own error object and headers."""
    status = 405 if known else 404
    text = "The method is not allowed here." if known else "There is no such resource."
    if request.path.startswith(("/v1.0/", "/beta/")):
        code = "Request_BadRequest" if known else "ResourceNotFound"
        return Answer(status, {"error": {"code": code, "message": text}}), "graph"
    if "/oauth2/" in request.path or "/.well-known/" in request.path or "/discovery/" in request.path:
        return Answer(
            status, {"error": "invalid_request", "error_description": f"AADSTS90008: {text}"}
        ), "signin"
    body = {"code": status if known else 1000, "description": text, "data": [], "source": "PartnerFD"}
    return Answer(status, body), "partner"


def refusal_answer(refusal: Refusal, route: Route, world: World) -> Answer:
    """The refusal in the shape of its service; 429 has a shape of its own (page api-throttling-guidance)."""
    if route.service == "signin":
        body: dict[str, object] = {
            "error": refusal.code,
            "error_description": refusal.description,
            **refusal.extra,
        }
    elif route.service == "graph":
        code = {429: "TooManyRequests", 500: "InternalServerError", 503: "ServiceUnavailable"}.get(
            refusal.status, refusal.code
        )
        body = {
            "error": {
                "code": str(code),
                "message": refusal.description,
                "innerError": {"date": wire_time(world.now)[:19], "request-id": str(uuid.uuid4())},
            }
        }
    elif refusal.status == 429:
        body = {"statusCode": 429, "message": refusal.description}
    else:
        body = {
            "code": refusal.code,
            "description": refusal.description,
            "data": refusal.data,
            "source": "PartnerFD",
            **refusal.extra,
        }
    return Answer(refusal.status, body, dict(refusal.headers))


def _malform(answer: Answer, plan: FaultPlan, route: Route) -> Answer:
    good = answer.encoded(bom=route.service == "partner")
    kind = plan.draw.choice(("cut", "html", "type", "empty")) if plan.draw else "cut"
    if kind == "html":
        return Answer(
            200, raw=b"<!doctype html><title>Sorry</title><p>Please try later.</p>", content_type="text/html"
        )
    if kind == "empty":
        return Answer(answer.status, raw=b"", headers=answer.headers)
    if kind == "type":
        return Answer(answer.status, raw=b'"unexpected"', headers=answer.headers)
    return Answer(answer.status, raw=good[: len(good) // 2], headers=answer.headers)


def _response(
    request: web.BaseRequest, answer: Answer, service: str, world: World, call: Call | None = None
) -> web.Response:
    headers = dict(answer.headers)
    partner = service == "partner"
    if partner:
        incoming = request.headers
        headers.setdefault("MS-RequestId", call.request_id if call else str(uuid.uuid4()))
        headers.setdefault("MS-CorrelationId", call.correlation_id if call else str(uuid.uuid4()))
        headers.setdefault("MS-CV", "emulator.0")
        headers.setdefault("MS-ServerId", "emulator")
        headers.setdefault("X-Locale", incoming.get("X-Locale", "en-US"))
    elif service == "graph":
        headers.setdefault("request-id", str(uuid.uuid4()))
    skew = world.faults.knobs.clock_skew_seconds
    if skew:
        moment = wall_now() + timedelta(seconds=skew)
        headers["Date"] = format_datetime(moment, usegmt=True)
    bom = partner and answer.raw is None and answer.body is not None
    body = answer.encoded(bom=bom)
    if request.method != "HEAD" and (body or answer.status not in (204, 304)):
        headers.setdefault("Content-Type", answer.content_type)
    for name in [name for name in headers if name.lower() in answer.without]:
        del headers[name]
    return web.Response(status=answer.status, body=body, headers=headers)
