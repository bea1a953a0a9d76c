"""Signing in with an account of a customer's tenant: OpenID Connect with PKCE and RS256 tokens.

One app is registered, for every tenant: `CLIENT_ID`. Its tokens carry `wids`, the directory roles of the person,
as Entra's do when the app asks for the group claim (page "Configure optional claims"). The addresses are those of
`signin`, which hands over to this file when the tenant is a customer's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import secrets
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode
from weakref import WeakKeyDictionary

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from novation.emulator.clock import wall_seconds
from novation.emulator.customers import Customer
from novation.emulator.http.calls import Answer, Call
from novation.emulator.http.pages import page
from novation.emulator.refusals import Refusal
from novation.emulator.users import User
from novation.emulator.world import World

CLIENT_ID = "cccccccc-0002-4000-8000-cccccccccccc"
CLIENT_SECRET = "emulator-sign-in-client-secret"  # noqa: S105 - documented, and worth nothing
LIFETIME = 3600
#: What every user's tokens carry: "user", as the list of roles is never empty in Entra's either.
_PLAIN_USER = "b79fbf4d-3ef9-4689-8143-76b194e85509"
KID = "emulator-customers"


@dataclass(frozen=True, slots=True)
class _Ticket:
    """What a code stands for; redeemed once."""

    asked_tid: str
    tid: str
    user: User
    roles: tuple[str, ...]
    redirect: str
    nonce: str
    challenge: str
    at: float


_TICKETS: WeakKeyDictionary[World, dict[str, _Ticket]] = WeakKeyDictionary()


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def customer_of(call: Call) -> Customer | None:
    """The customer whose tenant id or domain stands in the address."""
    name = call.params["tenant"].lower()
    return call.world.customers.get(name) or call.world.by_domain.get(name)


def discovery(call: Call, customer: Customer) -> Answer:
    """The discovery document of the customer's tenant."""
    base = f"{call.base}/{customer.tid}"
    return Answer(
        200,
        {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_modes_supported": ["query"],
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "profile", "email"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        },
    )


def keys() -> Answer:
    """The public key of this process."""
    public = jwt.algorithms.RSAAlgorithm.to_jwk(_key().public_key(), as_dict=True)
    return Answer(200, {"keys": [{**public, "kid": KID, "use": "sig", "alg": "RS256"}]})


def authorize(call: Call, customer: Customer) -> Answer:
    """The sign-in page: whose account? A stranger is somebody of another tenant who got in as a guest."""
    if call.query.get("client_id") != CLIENT_ID:
        raise Refusal(400, "unauthorized_client", "AADSTS700016: The application was not found.")
    if call.query.get("response_type") != "code" or call.query.get("code_challenge_method") != "S256":
        raise Refusal(400, "invalid_request", "AADSTS9002325: A code with a PKCE challenge is required.")
    names = ("redirect_uri", "state", "nonce", "code_challenge")
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(call.query.get(name, ""))}">'
        for name in names
    )
    people = _people(call, customer)
    rows = "".join(
        f'<p><button name="user" value="{html.escape(who)}">{html.escape(user.upn)} ({word})</button></p>'
        for who, (user, word) in people.items()
    )
    body = f"""<p class="lead">Sign in to <strong>{html.escape(customer.name)}</strong>.</p>
<form method="post" action="/{customer.tid}/oauth2/v2.0/authorize">{hidden}{rows}
<p><button name="user" value="cancel">Cancel</button></p></form>"""
    return page("Sign in", body)


def _people(call: Call, customer: Customer) -> dict[str, tuple[User, str]]:
    directory = call.world.directory(customer)
    admins = {user for members in directory.members.values() for user in members}
    found: dict[str, tuple[User, str]] = {}
    for user in directory.active():
        if user.id in admins and "admin" not in found:
            found["admin"] = (user, "administrator")
        elif user.id not in admins and "user" not in found:
            found["user"] = (user, "no administrator")
    other = next((one for one in call.world.customers.values() if one.tid != customer.tid), None)
    if other is not None:
        found["stranger"] = (call.world.directory(other).active()[0], "of another company")
    return found


def answer_authorize(call: Call, customer: Customer) -> Answer:
    """Sends the browser back with a code, or with access_denied."""
    form = _form(call)
    redirect = form.get("redirect_uri", "")
    if not redirect.startswith(("http://127.0.0.1", "http://localhost", "https://")):
        raise Refusal(400, "invalid_request", "redirect_uri is missing or not allowed.")
    result = {"state": form.get("state", "")}
    chosen = _people(call, customer).get(form.get("user", ""))
    if chosen is None:
        result |= {"error": "access_denied", "error_description": "AADSTS65004: The user declined."}
    else:
        user = chosen[0]
        home = call.world.by_domain.get(user.upn.rpartition("@")[2].lower(), customer)
        members = call.world.directory(home).members
        roles = [role for role, holders in members.items() if user.id in holders]
        code = secrets.token_urlsafe(24)
        _TICKETS.setdefault(call.world, {})[code] = _Ticket(
            customer.tid,
            home.tid,
            user,
            (*roles, _PLAIN_USER),
            redirect,
            form.get("nonce", ""),
            form.get("code_challenge", ""),
            wall_seconds(),
        )
        result["code"] = code
    place = f"{redirect}{'&' if '?' in redirect else '?'}{urlencode(result)}"
    return Answer(302, raw=b"", headers={"Location": place})


def token(call: Call, customer: Customer) -> Answer:
    """Redeems a code once: client, redirect address and PKCE verifier must be those of the request."""
    form = _form(call)
    if form.get("client_id") != CLIENT_ID:
        raise _refusal(400, "unauthorized_client", "AADSTS700016: The application was not found.")
    if form.get("client_secret") != CLIENT_SECRET:
        raise _refusal(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.")
    if form.get("grant_type") != "authorization_code":
        raise _refusal(400, "unsupported_grant_type", "AADSTS70003: The grant type is not supported.")
    ticket = _TICKETS.get(call.world, {}).pop(form.get("code", ""), None)
    if ticket is None or ticket.asked_tid != customer.tid or ticket.redirect != form.get("redirect_uri"):
        raise _refusal(400, "invalid_grant", "AADSTS70008: The code is invalid, used or expired.")
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if not hmac.compare_digest(challenge, ticket.challenge):
        raise _refusal(400, "invalid_grant", "AADSTS501481: The code verifier does not match the challenge.")
    return Answer(
        200,
        {
            "token_type": "Bearer",
            "expires_in": LIFETIME,
            "scope": "openid profile",
            "access_token": secrets.token_urlsafe(24),
            "id_token": _id_token(call, ticket),
        },
        {"Cache-Control": "no-store"},
    )


def _id_token(call: Call, ticket: _Ticket) -> str:
    now = int(wall_seconds())
    claims: dict[str, Any] = {
        "aud": CLIENT_ID,
        "iss": f"{call.base}/{ticket.tid}/v2.0",
        "iat": now,
        "nbf": now,
        "exp": now + LIFETIME,
        "name": ticket.user.display_name,
        "nonce": ticket.nonce,
        "oid": ticket.user.id,
        "preferred_username": ticket.user.upn,
        "sub": hashlib.sha256(f"{CLIENT_ID}{ticket.user.id}".encode()).hexdigest()[:43],
        "tid": ticket.tid,
        "ver": "2.0",
        "wids": list(ticket.roles),
    }
    return jwt.encode(claims, _key(), algorithm="RS256", headers={"kid": KID})


def _refusal(status: int, error: str, text: str) -> Refusal:
    return Refusal(status, error, text, error_codes=[int(text[6:].partition(":")[0])])


def _form(call: Call) -> dict[str, str]:
    pairs = parse_qs(call.raw.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in pairs.items()}
