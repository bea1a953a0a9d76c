"""One call from beginning to end: token, pace, request, answer, and what the answer means.

Reads are tried again a bounded number of times and then raise. Writes are sent once and come to an outcome;
only a 429, which says that nothing was executed, lets a write go out again.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from novation.partnercenter import errors, redaction
from novation.partnercenter.account import Account, Endpoints
from novation.partnercenter.answers import check_id, decode, encode, is_error_object
from novation.partnercenter.api_calls import API_CALLS, ApiCall
from novation.partnercenter.budget import Budget, Gate, MemoryBudget, Place
from novation.partnercenter.clock import Clock
from novation.partnercenter.outcomes import Call, Done, Exchange, NotDone, Outcome, Unknown, record_read
from novation.partnercenter.pace import Pace
from novation.partnercenter.refusals import error_for, read_error_body, retry_after
from novation.partnercenter.resources import R, parse_as
from novation.partnercenter.tokens import Tokens
from novation.partnercenter.uncertain import Uncertain
from novation.partnercenter.wire import Stopped, Wire, WireAnswer

T = TypeVar("T")
logger = logging.getLogger("novation.partnercenter")

# Page error-codes lists 501 for a feature that does not exist: a refusal, although it is a 5xx.
CLEAN_REFUSALS = frozenset({501})


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be sent, before tokens and ids. ``values`` fill the path; ``url`` replaces path and
    query."""

    api_call: ApiCall
    values: Mapping[str, object]
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Any = None
    url: str | None = None
    problem: errors.Invalid | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A readable 2xx answer."""

    status: int
    headers: Mapping[str, str]
    body: Any
    content: bytes
    exchange: Exchange


class _Failed(Exception):
    """A call that came to an error, with its exchange. Never leaves this file."""

    def __init__(self, error: Exception, exchange: Exchange | None) -> None:
        super().__init__(type(error).__name__)
        self.error = error
        self.exchange = exchange


class Sender:
    """Carries out the calls of one account."""

    def __init__(
        self,
        account: Account,
        endpoints: Endpoints,
        pace: Pace,
        clock: Clock,
        wire: Wire,
        *,
        budget: Budget | None = None,
        uncertain: Uncertain | None = None,
        max_bytes: int = 8_000_000,
        application: str = "Novation",
        jitter: random.Random | None = None,
    ) -> None:
        self.account = account
        self.endpoints = endpoints
        self.pace = pace
        self.clock = clock
        self.wire = wire
        self.uncertain = uncertain or Uncertain()
        self.budget: Budget = budget or MemoryBudget(pace, clock)
        self._gate = Gate(self.budget, pace.in_flight, clock)
        self._tokens = Tokens(account, endpoints, wire, pace, clock)
        self._max_bytes = max_bytes
        self._application = application
        self._jitter = jitter or random.Random()

    def request(
        self,
        name: str,
        values: Mapping[str, object] | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        path: str | None = None,
    ) -> Request:
        """Prepare the API call ``name``. Queries that are None are left out.

        ``path`` replaces the call's path template (a setting for an undocumented path). A query that the
        table does not list, or a missing path value, comes out as ``Invalid`` when the call is made.
        """
        api_call = API_CALLS[name]
        if path is not None:
            api_call = replace(api_call, path=path)
        wanted = {key: value for key, value in (query or {}).items() if value is not None}
        problem = None
        strange = set(wanted) - set(api_call.query)
        if strange:
            problem = errors.Invalid(f"{name}: unknown query {', '.join(sorted(strange))}")
        try:
            api_call.fill(values or {})
        except errors.Invalid as missing:
            problem = missing
        return Request(api_call, values or {}, wanted, headers or {}, body, problem=problem)

    async def redeem(self, code: str, redirect_uri: str) -> dict[str, Any]:
        """Exchange an authorization code for tokens (see ``signing_in``)."""
        return await self._tokens.redeem(code, redirect_uri)

    async def read(self, request: Request, *, plain: bool = False) -> Answer:
        """Carry out a read. ``plain`` leaves the body undecoded (PDF). Raises the error of the last try."""
        return await self.read_as(request, lambda answer: answer, plain=plain)

    async def fetch(self, request: Request, cls: type[R], *, asked: str | None = None) -> R:
        """Carry out a read and build ``cls`` from its answer.

        Raises ``BadAnswer`` if the answer names another ``id`` than the one that was ``asked`` for.
        """

        def parse(answer: Answer) -> R:
            if asked is not None:
                check_id(answer.body, asked)
            return parse_as(cls, answer.body)

        return await self.read_as(request, parse)

    async def read_as(self, request: Request, parse: Callable[[Answer], T], *, plain: bool = False) -> T:
        """Carry out a read until ``parse`` understands the answer, within the bounds of the pace.

        Raises the error of the last try.
        """
        tries, waited, renewed = 1, 0.0, False
        while True:
            try:
                return self._parse_answer(await self._send_once(request, Call(), plain=plain), parse)
            except _Failed as failed:
                problem, exchange = failed.error, failed.exchange
            answered = exchange is not None
            if isinstance(problem, errors.Throttled) and answered:
                waited += problem.retry_after
                if waited > self.pace.max_wait:
                    raise problem
            elif _is_transient(problem) and exchange is not None and tries < self.pace.tries:
                tries += 1
                asked = min(exchange.retry_after or 0.0, self.pace.max_wait)
                await self.clock.sleep(max(asked, self._pause(tries)))
            elif _needs_new_token(problem) and answered and not renewed:
                renewed = True
            else:
                raise problem

    @staticmethod
    def _parse_answer(answer: Answer, parse: Callable[[Answer], T]) -> T:
        try:
            return parse(answer)
        except errors.PartnerCenterError as problem:
            raise _Failed(_attach_ids(problem, answer.exchange), answer.exchange) from None

    async def write(self, request: Request, call: Call | None, parse: Callable[[Answer], T]) -> Outcome[T]:
        """Carry out a write once and say what it came to. ``parse`` reads the answer's value."""
        call = call or Call()
        waited = 0.0
        while True:
            try:
                answer = await self._send_once(request, call)
                return Done(self._parse_answer(answer, parse), answer.exchange)
            except _Failed as failed:
                problem = failed.error
                if isinstance(problem, errors.Throttled) and failed.exchange is not None:
                    waited += problem.retry_after
                    if waited <= self.pace.max_wait:
                        continue
                return _outcome_of(failed)

    async def _send_once(self, request: Request, call: Call, *, plain: bool = False) -> Answer:
        if request.problem is not None:
            raise _Failed(request.problem, None)
        api_call = request.api_call
        path = api_call.fill(request.values) if request.url is None else urlsplit(request.url).path
        exchange = Exchange(api_call.name, api_call.method, path, call.request_id, call.correlation_id)
        async with AsyncExitStack() as held:
            try:
                token = await self._tokens.get(api_call)
                place = await held.enter_async_context(
                    self._gate.place(api_call.group, check=self._check_wait)
                )
            except Exception as problem:
                # Whatever fails up to here (sign-in, the keeper of tokens, the budget) fails before sending.
                if isinstance(problem, errors.PartnerCenterError) and problem.api_call is None:
                    _attach_ids(problem, exchange)
                raise _Failed(problem, None) from problem.__cause__
            return await self._exchange(request, call, exchange, token, place, plain)

    def _check_wait(self, wait: float) -> None:
        """A long pause that the server asked for is an answer too; waiting for a free place is not that long."""
        if wait > max(self.pace.max_wait, self.pace.window + 1.0):
            raise errors.Throttled(wait)

    async def _exchange(
        self, request: Request, call: Call, exchange: Exchange, token: str, place: Place, plain: bool
    ) -> Answer:
        began = self.clock.monotonic()
        content = None if request.body is None else encode(request.body)
        writes = request.api_call.method != "GET"
        if writes:
            exchange = replace(exchange, sent=redaction.redact_body(content))
        try:
            wired = await self.wire.send(
                request.api_call.method,
                self._address(request, exchange.path),
                headers=self._headers(request, call, token),
                content=content,
                max_bytes=self._max_bytes,
                before_send=call.before_send,
            )
        except Stopped as stopped:
            place.sent = False
            raise _Failed(stopped.cause, None) from None
        except errors.PartnerCenterError as problem:
            place.sent = not (isinstance(problem, errors.Unreachable) and not problem.sent)
            status = problem.status if isinstance(problem, errors.BadAnswer) else None
            exchange = replace(exchange, status=status, duration=self.clock.monotonic() - began)
            self._log(_attach_ids(problem, exchange), exchange)
            raise _Failed(problem, exchange) from problem.__cause__
        exchange = _with_answer(exchange, wired, self.clock.monotonic() - began)
        if writes:
            exchange = replace(
                exchange,
                answered=redaction.redact_body(wired.body),
                answer_ids=redaction.answer_ids(wired.headers),
            )
        else:
            record_read(replace(exchange, answer_ids=redaction.answer_ids(wired.headers)))
        try:
            answer = self._check_status(wired, exchange, plain)
        except errors.PartnerCenterError as problem:
            if isinstance(problem, errors.Throttled):
                place.retry_after = problem.retry_after
            else:
                place.answered = True
            if _needs_new_token(problem):
                self._tokens.forget_token(request.api_call, token)
            self._log(_attach_ids(problem, exchange), exchange)
            raise _Failed(problem, exchange) from None
        place.answered = True
        self._log(None, exchange)
        return answer

    def _check_status(self, wired: WireAnswer, exchange: Exchange, plain: bool) -> Answer:
        if wired.status >= 400:
            try:
                body = decode(wired.status, wired.headers, wired.body)
            except errors.BadAnswer as problem:
                if wired.status < 500 and wired.status not in (401, 429) and wired.body.strip():
                    # A gateway's page: the API itself has said nothing.
                    raise problem from None
                body = None
            self._check_own(wired, body, exchange)
            raise error_for(wired.status, body, wired.headers, self.pace.pause)
        if not 200 <= wired.status < 300:
            raise errors.BadAnswer("an unexpected status", status=wired.status)
        body = None if plain else decode(wired.status, wired.headers, wired.body)
        if is_error_object(body):
            raise errors.BadAnswer(f"an error object, code {body.get('code')}", status=wired.status)
        return Answer(wired.status, wired.headers, body, wired.body, exchange)

    @staticmethod
    def _check_own(wired: WireAnswer, body: Any, exchange: Exchange) -> None:
        """That something is not there is the API's to say, in its own error object.

        Raises ``BadAnswer`` for any other 404 or 410, where the call's own answer is not a bare one.
        """
        bare = API_CALLS[exchange.api_call].bare_404
        if wired.status in (404, 410) and not bare and read_error_body(body)[0] is None:
            raise errors.BadAnswer("not the API's own error object", status=wired.status)

    def _address(self, request: Request, path: str) -> str:
        if request.url is not None:
            return request.url
        query = f"?{urlencode(request.query, doseq=True)}" if request.query else ""
        return f"{self.endpoints.base(request.api_call.audience)}{path}{query}"

    def _headers(self, request: Request, call: Call, token: str) -> dict[str, str]:
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "MS-RequestId": str(call.request_id),
            "MS-CorrelationId": str(call.correlation_id),
            "MS-PartnerCenter-Application": self._application,
        }
        if request.api_call.audience == "graph":
            headers["client-request-id"] = str(call.request_id)
        else:
            headers["X-Locale"] = "en-US"
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        return headers | dict(request.headers)

    def _pause(self, attempt: int) -> float:
        longest = min(self.pace.longest_backoff, self.pace.backoff * 2.0 ** (attempt - 1))
        return longest * (0.5 + 0.5 * self._jitter.random())

    def _log(self, problem: errors.PartnerCenterError | None, exchange: Exchange) -> None:
        if problem is None:
            logger.debug("%s: HTTP %s in %.3f s", exchange.api_call, exchange.status, exchange.duration)
        else:
            logger.info("%s", problem)


def _is_transient(problem: Exception) -> bool:
    """Faults that may be gone a moment later. A body that is too large will be too large again."""
    if isinstance(problem, errors.BadAnswer):
        return "larger than" not in problem.problem
    return isinstance(problem, errors.Unreachable | errors.ServerFault)


def _needs_new_token(problem: Exception) -> bool:
    return (
        isinstance(problem, errors.NotAuthorised)
        and problem.status == 401
        and not isinstance(problem, errors.MfaMissing)
    )


def _attach_ids(problem: errors.PartnerCenterError, exchange: Exchange) -> errors.PartnerCenterError:
    return problem.attach_ids(exchange.api_call, str(exchange.request_id), str(exchange.correlation_id))


def _outcome_of(failed: _Failed) -> NotDone | Unknown:
    problem = failed.error
    unsure = (
        (isinstance(problem, errors.ServerFault) and problem.status not in CLEAN_REFUSALS)
        or isinstance(problem, errors.BadAnswer)
        or (isinstance(problem, errors.Unreachable) and problem.sent)
    )
    # Without an exchange the call itself never left: the token could not be had, or before_send said no.
    if failed.exchange is not None and unsure:
        return Unknown(problem, failed.exchange)
    return NotDone(problem, failed.exchange)


def _with_answer(exchange: Exchange, wired: WireAnswer, duration: float) -> Exchange:
    try:
        date = parsedate_to_datetime(wired.headers.get("date", ""))
    except (ValueError, TypeError):
        date = None
    location = wired.headers.get("location")
    return replace(
        exchange,
        status=wired.status,
        server_date=date,
        duration=duration,
        location=urlsplit(location).path if location else None,
        retry_after=retry_after(wired.headers),
    )
