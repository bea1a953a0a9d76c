"""A call and its answer, as the handlers see them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from novation.emulator.clock import parse_time
from novation.emulator.customers import Customer, CustomerFile
from novation.emulator.faults import NO_FAULTS, FaultPlan
from novation.emulator.partners import PARTNERS, Partner
from novation.emulator.refusals import Refusal, customer_not_found, invalid, no_relationship
from novation.emulator.tokens import Grant
from novation.emulator.world import World

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_SECRET = secrets.token_bytes(16)
DEEPEST = 60
BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Answer:
    """What goes back. ``body`` is JSON, unless ``raw`` is given. Headers in ``without`` are left out."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str = "application/json; charset=utf-8"
    without: tuple[str, ...] = ()

    def encoded(self, *, bom: bool) -> bytes:
        """The bytes of the body."""
        if self.raw is not None:
            return self.raw
        if self.body is None:
            return b""
        text = _ENCODER.encode(self.body)
        return BOM + text if bom else text


@dataclass(slots=True)
class Call:
    """One request after it passed the gate."""

    world: World
    method: str
    path: str
    query: dict[str, str]
    headers: Any
    raw: bytes
    params: dict[str, str]
    base: str
    request_id: str = ""
    correlation_id: str = ""
    address: str = ""
    grant: Grant | None = None
    plan: FaultPlan = field(default_factory=lambda: NO_FAULTS)
    effect: str = "none"
    customer_id: str | None = None
    detail: str | None = None
    _folded: Any = None

    @property
    def account(self) -> str:
        """Whose token it is."""
        return self.grant.account if self.grant else ""

    @property
    def partner(self) -> Partner:
        """The partner whose token it is."""
        return PARTNERS[self.account]

    @property
    def actor(self) -> str | None:
        """The partner's user, or None for an app alone."""
        return self.grant.user if self.grant else None

    @property
    def now(self) -> datetime:
        """The virtual time of the call."""
        return self.world.now

    def json(self) -> Any:
        """The body as sent. Raises Refusal when it is not JSON."""
        try:
            return read_json(self.raw.decode("utf-8-sig"))
        except ValueError as error:
            raise invalid("body", str(error) or "it is not valid JSON") from None

    def body(self) -> dict[str, Any]:
        """The body with lower-case member names: requests are read without regard to case."""
        if self._folded is None:
            value = self.json()
            if not isinstance(value, dict):
                raise invalid("body", "a JSON object is needed")
            self._folded = fold(value)
        return dict(self._folded)

    def text(self, name: str, *, required: bool = True, longest: int = 256) -> str:
        """A string member of the body. Raises Refusal."""
        value = self.body().get(name.lower())
        if value is None or value == "":
            if required:
                raise invalid(name, "it is required")
            return ""
        if not isinstance(value, str):
            raise invalid(name, "a string is needed")
        if len(value) > longest:
            raise invalid(name, f"at most {longest} characters are allowed")
        return value

    def time(self, name: str) -> datetime:
        """A time member of the body. Raises Refusal."""
        try:
            return parse_time(self.text(name))
        except ValueError:
            raise invalid(name, "an ISO 8601 time is needed") from None

    def customer(self) -> Customer:
        """The customer in the path, sold to by the caller. Raises 403/20002 or 404/60003."""
        tid = self.params["customer_id"].lower()
        customer = self.world.customers.get(tid)
        if customer is None:
            raise customer_not_found(tid)
        self.customer_id = tid
        if not self.world.sold_by(customer, self.account):
            raise no_relationship(tid)
        return customer

    def file(self, customer: Customer) -> CustomerFile:
        """The customer's file."""
        return self.world.file(customer)

    def wants_next_page(self) -> bool:
        """Is the page after the one that the token names wanted? By name or by the number of the description
        (Next, Previous, First, Last, PageIndex are 0 to 4). Raises Refusal for the ways that are not there."""
        wanted = self.query.get("seekoperation", "").lower()
        if wanted in ("", "first", "2"):
            return False
        if wanted not in ("next", "0"):
            raise invalid("seekOperation", "the emulator knows Next and First only")
        if not self.headers.get("MS-ContinuationToken"):
            raise invalid("MS-ContinuationToken", "it is required with seekOperation")
        return True

    def wanted_size(self, name: str, default: int, largest: int) -> int:
        """How many items the caller wants on a page. Raises Refusal."""
        text = self.query.get(name, "")
        if text and not text.isdigit():
            raise invalid(name, "a whole number is needed")
        return min(int(text or 0) or default, largest)

    def shrink_size(self, size: int) -> int:
        """How many it gets: fewer when pages are made small on purpose."""
        if self.plan.small_pages and self.plan.draw is not None:
            return self.plan.draw.randint(1, max(1, size // 2))
        return size

    def page_size(self, name: str, default: int, largest: int) -> int:
        """Both in one."""
        return self.shrink_size(self.wanted_size(name, default, largest))

    def ordered(self, items: list[Any]) -> list[Any]:
        """The items of a page, in another order when order is disturbed on purpose."""
        if self.plan.shuffled and self.plan.draw is not None:
            items = list(items)
            self.plan.draw.shuffle(items)
        return items

    def filter(self) -> dict[str, str] | None:
        """The ``filter`` query: a JSON object with Field, Value and Operator. Raises Refusal."""
        text = self.query.get("filter")
        if not text:
            return None
        try:
            value = fold(read_json(text))
            return {name: str(value[name]) for name in ("field", "value", "operator")}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise invalid("filter", "a JSON object with Field, Value and Operator is needed") from None

    def check_tag(self, etag: str, *, stale: Refusal, required: bool = False) -> None:
        """If-Match against the present etag. Raises ``stale``, or 412 when it is required and missing."""
        given = self.headers.get("If-Match")
        if given is None:
            if required:
                raise Refusal(412, 412, "If-Match with the resource's etag is required.")
            return
        if given.strip().removeprefix("W/").strip('"') not in (etag, "*", ""):
            raise stale


def read_json(text: str) -> Any:
    """JSON that can be worked on and written again.

    Raises ValueError with the reason for what is no JSON, is nested too deeply, or holds what JSON writers refuse:
    half characters, NaN, numbers of more than 64 bits.
    """
    try:
        value = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise ValueError("it is not valid JSON") from None
    level = [value]
    # Level by level, so that depth cannot make this fail.
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inner += [*one.keys(), *one.values()]
            elif isinstance(one, list):
                inner += one
            else:
                _check_scalar(one)
        if not inner:
            return value
        level = inner
    raise ValueError(f"it is nested more than {DEEPEST} levels deep")


def _no_number(word: str) -> None:
    raise ValueError(word)


def _check_scalar(value: Any) -> None:
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("a text holds half a character") from None
    elif (isinstance(value, int) and abs(value) >= 2**63) or (isinstance(value, float) and math.isinf(value)):
        raise ValueError("a number is too large")


def fold(value: Any) -> Any:
    """Lower-case member names all the way down."""
    if isinstance(value, dict):
        return {str(key).lower(): fold(item) for key, item in value.items()}
    if isinstance(value, list):
        return [fold(item) for item in value]
    return value


def link(uri: str, method: str = "GET", headers: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """A link as Partner Center writes it: host-relative and without /v1."""
    return {"uri": uri, "method": method, "headers": headers or []}


def collection(items: list[Any], uri: str | None = None, **members: Any) -> dict[str, Any]:
    """A collection; ``totalCount`` is the count of this page."""
    body: dict[str, Any] = {"totalCount": len(items), "items": items, **members}
    links = dict(members.get("links") or {})
    if uri is not None:
        links = {"self": link(uri), **links}
    if links:
        body["links"] = links
    body["attributes"] = {"objectType": "Collection"}
    return body


def seek_page(items: list[Any], path: str, query: dict[str, str], token: str | None) -> dict[str, Any]:
    """A page of a seek collection: the token stands in the body and in ``links.next`` (§3.1)."""
    kept = "&".join(f"{name}={quote(value)}" for name, value in query.items() if name in {"size", "filter"})
    uri = path.removeprefix("/v1") + (f"?{kept}" if kept else "")
    if token is None:
        return collection(items, uri)
    headers = [{"key": "MS-ContinuationToken", "value": token}]
    following = f"{path.removeprefix('/v1')}?{kept + '&' if kept else ''}seekOperation=Next"
    body = collection(items, uri, links={"next": link(following, headers=headers)})
    return {**body, "continuationToken": token}


def make_cursor(**state: Any) -> str:
    """An opaque continuation token. It is signed, so that only our own come back."""
    body = base64.urlsafe_b64encode(json.dumps(state, separators=(",", ":")).encode()).decode()
    return f"{body}.{_seal(body)}"


def read_cursor(token: str) -> dict[str, Any]:
    """What a continuation token holds. Raises Refusal for one that we did not make."""
    body, _, seal = token.partition(".")
    if not hmac.compare_digest(seal.encode(), _seal(body).encode()):
        raise invalid("MS-ContinuationToken", "the token is not valid")
    return dict(json.loads(base64.urlsafe_b64decode(body.encode())))


def _seal(body: str) -> str:
    return hmac.new(_SECRET, body.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:16]
