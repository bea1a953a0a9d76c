"""The sign-in service: token endpoints v1 and v2, discovery, and the authorization-code page."""

from __future__ import annotations

import html
from typing import Any
from urllib.parse import parse_qs, urlencode

from novation.emulator import tokens
from novation.emulator.clock import steady_seconds, wall_seconds
from novation.emulator.http import customer_signin
from novation.emulator.http.calls import Answer, Call
from novation.emulator.http.pages import page
from novation.emulator.http.routes import route
from novation.emulator.partners import Partner
from novation.emulator.refusals import Refusal


def _refusal(status: int, error: str, code: int, text: str) -> Refusal:
    return Refusal(status, error, f"AADSTS{code}: {text}", error_codes=[code])


def _form(call: Call) -> dict[str, str]:
    try:
        pairs = parse_qs(call.raw.decode("utf-8"), keep_blank_values=True)
    except UnicodeDecodeError:
        raise _refusal(400, "invalid_request", 900144, "The request body is not a form.") from None
    return {name: values[-1] for name, values in pairs.items()}


def _tenant(call: Call) -> Partner:
    partner = tokens.partner_of(call.params["tenant"])
    if partner is None:
        raise _refusal(400, "invalid_request", 90002, "The tenant was not found. Check the tenant id.")
    return partner


@route(
    "POST",
    "/{tenant}/oauth2/token",
    "token (v1)",
    service="signin",
    group="sign-in",
    page="enable-secure-app-model",
    write=False,
)
def token_v1(call: Call) -> Answer:
    """client_credentials, refresh_token, authorization_code; ``resource`` names the audience."""
    return Answer(200, _token(call, version=1), {"Cache-Control": "no-store"})


@route(
    "POST",
    "/{tenant}/oauth2/v2.0/token",
    "token (v2)",
    service="signin",
    group="sign-in",
    page="Entra: token endpoint",
    write=False,
)
def token_v2(call: Call) -> Answer:
    """The same with ``scope``."""
    if (customer := customer_signin.customer_of(call)) is not None:
        return customer_signin.token(call, customer)
    return Answer(200, _token(call, version=2), {"Cache-Control": "no-store"})


def _token(call: Call, version: int) -> dict[str, Any]:
    form, partner = _form(call), _tenant(call)
    if form.get("client_id") != partner.client_id:
        raise _refusal(400, "unauthorized_client", 700016, "The application was not found in the tenant.")
    if form.get("client_secret") != partner.client_secret:
        raise _refusal(401, "invalid_client", 7000215, "Invalid client secret provided.")
    kind = form.get("grant_type")
    mfa, app_only = True, kind == "client_credentials"
    if kind == "refresh_token":
        held = call.world.tokens.redeem_refresh(form.get("refresh_token", ""))
        if held is None or held[0] != partner.account:
            raise _refusal(400, "invalid_grant", 70000, "The refresh token is invalid or was revoked.")
        mfa = held[1]
    elif kind == "authorization_code":
        code = call.world.tokens.redeem_code(form.get("code", ""))
        if code is None or code[0] != partner.account or code[2] != form.get("redirect_uri", code[2]):
            raise _refusal(400, "invalid_grant", 70008, "The authorization code is invalid, used or expired.")
        mfa = code[1]
    elif kind == "password":
        raise _refusal(
            400,
            "invalid_grant",
            50076,
            "Multi-factor authentication is required; a password alone is refused.",
        )
    elif not app_only:
        raise _refusal(400, "unsupported_grant_type", 70003, "The grant type is not supported.")
    audience = _audience(form, version, app_only=app_only)
    wall = wall_seconds()
    access = call.world.tokens.issue_token(
        partner, audience, steady_seconds(), wall, app_only=app_only, mfa=mfa
    )
    answer: dict[str, Any] = {"token_type": "Bearer", "access_token": access}
    lifetime = tokens.LIFETIME
    if version == 1:
        answer |= {
            "expires_in": str(lifetime),
            "ext_expires_in": str(lifetime),
            "expires_on": str(int(wall) + lifetime),
            "not_before": str(int(wall)),
            "resource": audience,
        }
    else:
        answer |= {"expires_in": lifetime, "ext_expires_in": lifetime}
    if not app_only:
        scope = "user_impersonation" if version == 1 else f"{audience}/user_impersonation"
        answer |= {
            "scope": scope,
            "refresh_token": call.world.tokens.issue_refresh_token(partner.account, mfa),
            "id_token": _id_token(call, partner, wall),
        }
    return answer


def _audience(form: dict[str, str], version: int, *, app_only: bool) -> str:
    if version == 1:
        audience = tokens.audience_of(form.get("resource", ""))
    else:
        audience = tokens.audience_of_scope(form.get("scope", ""))
    if audience is None:
        named = form.get("resource") or form.get("scope") or "(none)"
        raise _refusal(
            400, "invalid_resource", 500011, f"The resource {named[:100]} was not found in the tenant."
        )
    if version == 2 and app_only and not form.get("scope", "").endswith("/.default"):
        raise _refusal(
            400, "invalid_scope", 1002012, "Client credentials need a scope that ends in /.default."
        )
    return audience


def _id_token(call: Call, partner: Partner, wall: float) -> str:
    return tokens.signed_token(
        {
            "aud": partner.client_id,
            "iss": f"{call.base}/{partner.tenant_id}/v2.0",
            "iat": int(wall),
            "nbf": int(wall),
            "exp": int(wall) + tokens.LIFETIME,
            "oid": partner.user_id,
            "sub": partner.user_id,
            "tid": partner.tenant_id,
            "preferred_username": partner.user_name,
            "name": f"Service account of {partner.name}",
            "ver": "2.0",
        }
    )


@route("GET", "/{tenant}/v2.0/.well-known/openid-configuration", "discovery", service="signin", group="sign-in",
       page="Entra: OpenID Connect", also=("/{tenant}/.well-known/openid-configuration",))  # fmt: skip
def discovery(call: Call) -> Answer:
    """The discovery document."""
    if (customer := customer_signin.customer_of(call)) is not None:
        return customer_signin.discovery(call, customer)
    tenant = _tenant(call).tenant_id
    base = f"{call.base}/{tenant}"
    return Answer(
        200,
        {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{call.base}/{tenant}/discovery/v2.0/keys",
            "response_modes_supported": ["query"],
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["HS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "tenant_region_scope": "EU",
        },
    )


@route("GET", "/{tenant}/discovery/v2.0/keys", "signing keys", service="signin", group="sign-in",
       page="Entra: OpenID Connect", note="empty for a partner account, which has none")  # fmt: skip
def keys(call: Call) -> Answer:
    """For a partner account no public keys: nobody should check those tokens. For a customer the real one."""
    if customer_signin.customer_of(call) is not None:
        return customer_signin.keys()
    _tenant(call)
    return Answer(200, {"keys": []})


@route("GET", "/{tenant}/oauth2/authorize", "authorize (v1, v2)", service="page", group="sign-in",
       page="enable-secure-app-model", also=("/{tenant}/oauth2/v2.0/authorize",))  # fmt: skip
def authorize(call: Call) -> Answer:
    """The consent page of the Secure Application Model: the service account signs in, with MFA or without."""
    if (customer := customer_signin.customer_of(call)) is not None:
        return customer_signin.authorize(call, customer)
    partner = _tenant(call)
    redirect = call.query.get("redirect_uri", "")
    if not redirect.startswith(("http://127.0.0.1", "http://localhost", "https://")):
        raise Refusal(400, "invalid_request", "redirect_uri is missing or not allowed.")
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(call.query.get(name, ""))}">'
        for name in ("redirect_uri", "state")
    )
    body = f"""
<p class="lead">Sign in as <strong>{html.escape(partner.user_name)}</strong> of
<strong>{html.escape(partner.name)}</strong> and let the app act for this account.</p>
<form method="post">{hidden}
<p><button class="primary" name="mfa" value="yes">Sign in with multi-factor authentication</button></p>
<p><button name="mfa" value="no">Sign in with a password only</button></p>
<p><button name="mfa" value="cancel">Cancel</button></p></form>"""
    return page("Sign in", body)


@route("POST", "/{tenant}/oauth2/authorize", "authorize (answer)", service="page", group="sign-in",
       page="enable-secure-app-model", also=("/{tenant}/oauth2/v2.0/authorize",))  # fmt: skip
def answer_authorize(call: Call) -> Answer:
    """Sends the browser back with a code, or with access_denied."""
    if (customer := customer_signin.customer_of(call)) is not None:
        return customer_signin.answer_authorize(call, customer)
    partner, form = _tenant(call), _form(call)
    redirect = form.get("redirect_uri", "")
    result = {"state": form["state"]} if form.get("state") else {}
    if form.get("mfa") == "cancel":
        result |= {"error": "access_denied", "error_description": "The user refused."}
    else:
        result |= {"code": call.world.tokens.issue_code(partner.account, form.get("mfa") == "yes", redirect)}
    return Answer(
        302, raw=b"", headers={"Location": f"{redirect}{'&' if '?' in redirect else '?'}{urlencode(result)}"}
    )
