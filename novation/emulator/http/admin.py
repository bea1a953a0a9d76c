"""The customer's admin center: sign in with a second factor, accept a partner, an agreement, an admin relationship.

What a customer's Global Administrator sees on the real pages, cut down to the decisions and the mistakes:
wrong tenant, no admin, a link that died. The fragment of an address never reaches a server, so one line of
script carries it over; without script the same pages are reached by links.
"""

from __future__ import annotations

import contextlib
import html
import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlencode

from novation.emulator import customer_actions
from novation.emulator.agreements import is_directly_signed
from novation.emulator.customers import Customer
from novation.emulator.gdap import REQUEST_LIFE
from novation.emulator.http.calls import Answer, Call
from novation.emulator.http.pages import definition_list, page
from novation.emulator.http.routes import route
from novation.emulator.partners import BY_TENANT, Partner
from novation.emulator.refusals import Illegal
from novation.emulator.users import ROLE_NAMES, ROLES, User

_HOME = "/AdminPortal/Home"
_GLOBAL_ADMIN = "62e90394-69f5-4237-9190-012177145e10"
_COOKIE = "emulator-admin"
_CARRY = """<script>
const follow=()=>{const g=location.hash.match(/granularAdminRelationships\\/([0-9a-f-]{36,})/i);
if(g)location.replace('/AdminPortal/gdap/'+g[1])};addEventListener('hashchange',follow);follow()</script>"""


def _form(call: Call) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(call.raw.decode("utf-8", "replace")).items()}


def _signed_in_user(call: Call) -> tuple[Customer, User] | None:
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(call.headers.get("Cookie", ""))
    except CookieError:
        return None
    held = call.world.admin_sessions.get(jar[_COOKIE].value) if _COOKIE in jar else None
    if held is None or held[0] not in call.world.customers:
        return None
    customer = call.world.customers[held[0]]
    user = call.world.directory(customer).users.get(held[1])
    return (customer, user) if user is not None and user.state == "active" else None


def _sign_in_page(back: str, wrong: str = "", upn: str = "") -> Answer:
    alert = f'<p class="bad" role="alert">{html.escape(wrong)}</p>' if wrong else ""
    body = f"""<p class="lead">Use an account of your own company's tenant.</p>{alert}
<form method="post" action="/AdminPortal/sign-in"><input type="hidden" name="back" value="{html.escape(back)}">
<label for="upn">Account</label>
<input id="upn" name="upn" type="email" required autocomplete="username" value="{html.escape(upn)}">
<label for="code">Code from your authenticator app</label>
<input id="code" name="code" inputmode="numeric" pattern="[0-9]{{6}}" required autocomplete="one-time-code"
aria-describedby="hint">
<p class="small" id="hint">Six digits. The emulator takes any; a password alone is refused, as it is since 2026.</p>
<p class="row"><button class="primary">Sign in</button></p></form>"""
    return page("Sign in", body, status=403 if wrong else 200)


@route(
    "POST",
    "/AdminPortal/sign-in",
    "admin center: sign in",
    service="page",
    group="pages",
    page="(admin center)",
)
def sign_in(call: Call) -> Answer:
    """Any user of any customer, with six digits as the second factor."""
    form = _form(call)
    upn, code, back = form.get("upn", "").strip(), form.get("code", "").strip(), form.get("back", _HOME)
    if not back.startswith("/AdminPortal/") and not back.startswith("/Adminportal/"):
        back = _HOME
    domain = upn.rpartition("@")[2].lower()
    customer = call.world.by_domain.get(domain)
    user = None
    if customer is not None:
        people = call.world.directory(customer).active()
        user = next((u for u in people if u.upn.casefold() == upn.casefold()), None)
    if user is None or customer is None:
        return _sign_in_page(back, "We could not find this account.", upn)
    if len(code) != 6 or not code.isdigit():
        return _sign_in_page(back, "A second factor is required: enter the six digits.", upn)
    ticket = secrets.token_urlsafe(24)
    call.world.admin_sessions[ticket] = (customer.tid, user.id)
    cookie = f"{_COOKIE}={ticket}; Path=/; HttpOnly; SameSite=Lax"
    return Answer(303, raw=b"", headers={"Location": back, "Set-Cookie": cookie})


@route(
    "POST",
    "/AdminPortal/sign-out",
    "admin center: sign out",
    service="page",
    group="pages",
    page="(admin center)",
)
def sign_out(call: Call) -> Answer:
    """Ends the session."""
    return Answer(303, raw=b"", headers={"Location": _HOME, "Set-Cookie": f"{_COOKIE}=; Path=/; Max-Age=0"})


def _who_line(customer: Customer, user: User) -> str:
    return (
        f'<p class="small">Signed in as {html.escape(user.upn)}, tenant {html.escape(customer.name)} '
        f"({html.escape(customer.tid)}).</p>"
    )


def _is_admin(call: Call, customer: Customer, user: User) -> bool:
    return user.id in call.world.directory(customer).members.get(_GLOBAL_ADMIN, [])


def _refuse_non_admin(customer: Customer, user: User) -> Answer:
    body = f"""{_who_line(customer, user)}<p class="lead bad" role="alert">You don't have permission to view this page.
Only a {html.escape(ROLES[_GLOBAL_ADMIN])} of your organization can accept it.</p>
<form method="post" action="/AdminPortal/sign-out"><button>Use another account</button></form>"""
    return page("Permission needed", body, status=403)


@route("GET", _HOME, "admin center: home", service="page", group="pages", page="(admin center)",
       note="accept a partner (invType), accept the agreement (ref), approve GDAP (fragment)")  # fmt: skip
def home(call: Call) -> Answer:
    """What the address asks for: a partner's invitation, the agreement, or the overview."""
    signed = _signed_in_user(call)
    back = f"{_HOME}?{urlencode(call.query)}" if call.query else _HOME
    if signed is None:
        answer = _sign_in_page(back)
        assert answer.raw is not None  # noqa: S101  a page always has a body
        return Answer(
            200,
            raw=answer.raw.replace(b"</main>", _CARRY.encode() + b"</main>"),
            content_type=answer.content_type,
        )
    customer, user = signed
    if call.query.get("invtype", "").lower() == "resellerrelationship":
        return _invitation(call, customer, user)
    if call.query.get("ref", "").lower().endswith("/billingaccounts/agreement"):
        return _agreement(call, customer, user)
    return _overview(call, customer, user)


def _partner_of(call: Call) -> Partner | None:
    return BY_TENANT.get(call.query.get("partnerid", "").lower())


def _invitation(call: Call, customer: Customer, user: User, wrong: str = "") -> Answer:
    partner = _partner_of(call)
    if partner is None:
        return page("Invitation", '<p class="bad" role="alert">This invitation is not valid.</p>', status=404)
    if not _is_admin(call, customer, user):
        return _refuse_non_admin(customer, user)
    if call.world.sold_by(customer, partner.account):
        body = f"""{_who_line(customer, user)}
<p class="lead good" role="status">{html.escape(partner.name)} is your partner.</p>
<p><a href="{_HOME}">Overview</a></p>"""
        return page("Partner relationships", body)
    alert = f'<p class="bad" role="alert">{html.escape(wrong)}</p>' if wrong else ""
    about = definition_list(
        [
            ("Partner", partner.name),
            ("Partner's tenant", partner.tenant_id),
            ("Your organization", customer.name),
        ]
    )
    action = f"/AdminPortal/accept-partner?partnerId={partner.tenant_id}"
    body = f"""{_who_line(customer, user)}{alert}<p class="lead">{html.escape(partner.name)} asks to be your
organization's cloud solution provider.</p>{about}
<form method="post" action="{action}"><p>
<label class="choice"><input type="checkbox" name="agree" value="yes" required>
I authorize {html.escape(partner.name)} to sell and manage Microsoft products for my organization.</label></p>
<p class="row"><button class="primary">Accept partner</button></p></form>"""
    return page("Accept partner invitation", body)


@route(
    "POST",
    "/AdminPortal/accept-partner",
    "admin center: accept partner",
    service="page",
    group="pages",
    page="(admin center)",
)
def accept_partner(call: Call) -> Answer:
    """The Global Administrator presses accept."""
    signed, partner = _signed_in_user(call), _partner_of(call)
    if signed is None or partner is None:
        return _sign_in_page(_HOME)
    customer, user = signed
    if not _is_admin(call, customer, user):
        return _refuse_non_admin(customer, user)
    if _form(call).get("agree") != "yes":
        return _invitation(call, customer, user, "Tick the box to authorize the partner.")
    # Pressed twice: the page below says that the partner is accepted.
    with contextlib.suppress(Illegal):
        customer_actions.accept_relationship(call.world, customer.tid, partner.account, "customer", user.upn)
    return _invitation(call, customer, user)


def _agreement(call: Call, customer: Customer, user: User) -> Answer:
    if not _is_admin(call, customer, user):
        return _refuse_non_admin(customer, user)
    if is_directly_signed(call.file(customer).agreements):
        body = f"""{_who_line(customer, user)}
<p class="lead good" role="status">The Microsoft Customer Agreement is accepted.</p>"""
        return page("Microsoft Customer Agreement", body + f'<p><a href="{_HOME}">Overview</a></p>')
    body = f"""{_who_line(customer, user)}<p class="lead">Your organization has not accepted the current
agreement yet.</p>
<div class="doc" tabindex="0" role="region" aria-label="Agreement"><p>This text stands for the agreement.
The emulator does not carry Microsoft's document.</p></div>
<form method="post" action="/AdminPortal/accept-agreement">
<label for="first">First name</label><input id="first" name="first" required autocomplete="given-name">
<label for="last">Last name</label><input id="last" name="last" required autocomplete="family-name">
<label for="mail">E-mail</label><input id="mail" name="mail" type="email" required autocomplete="email">
<p class="row"><button class="primary">Accept agreement</button></p></form>"""
    return page("Microsoft Customer Agreement", body)


@route("POST", "/AdminPortal/accept-agreement", "admin center: accept agreement", service="page", group="pages",
       page="(admin center)")  # fmt: skip
def accept_agreement(call: Call) -> Answer:
    """Direct acceptance."""
    signed = _signed_in_user(call)
    if signed is None:
        return _sign_in_page(f"{_HOME}?ref=/BillingAccounts/agreement")
    customer, user = signed
    if not _is_admin(call, customer, user):
        return _refuse_non_admin(customer, user)
    form = _form(call)
    if all(form.get(name, "").strip() for name in ("first", "last", "mail")):
        customer_actions.accept_agreement(
            call.world, customer.tid, None, form["first"], form["last"], form["mail"]
        )
    return _agreement(call, customer, user)


@route("GET", "/AdminPortal/gdap/{relationship_id}", "admin center: GDAP request", service="page", group="pages",
       page="(admin center)")  # fmt: skip
def gdap(call: Call) -> Answer:
    """The request, and the buttons to approve or reject it."""
    return _gdap(call)


def _gdap(call: Call, wrong: str = "") -> Answer:
    signed = _signed_in_user(call)
    rid = call.params["relationship_id"].lower()
    if signed is None:
        return _sign_in_page(f"/AdminPortal/gdap/{rid}")
    customer, user = signed
    relationship = call.world.gdap_relationship(rid)
    if relationship is None:
        return page(
            "Partner relationships",
            '<p class="bad" role="alert">This request does not exist.</p>',
            status=404,
        )
    if not _is_admin(call, customer, user):
        return _refuse_non_admin(customer, user)
    if relationship.customer_id not in (None, customer.tid):
        body = f"""{_who_line(customer, user)}
<p class="lead bad" role="alert">This request was made for another organization.
Sign in with an account of that organization.</p>
<form method="post" action="/AdminPortal/sign-out"><button>Use another account</button></form>"""
        return page("Wrong organization", body, status=403)
    partner = next(p for p in BY_TENANT.values() if p.account == relationship.account)
    until = f"{relationship.locked_at + REQUEST_LIFE:%Y-%m-%d}" if relationship.locked_at else "-"
    about = definition_list(
        [("Partner", partner.name), ("Request", relationship.display_name), ("Duration", relationship.duration),
         ("Roles", ", ".join(ROLE_NAMES.get(role, role) for role in relationship.roles)),
         ("State", relationship.status), ("Answer until", until)]
    )  # fmt: skip
    alert = f'<p class="bad" role="alert">{html.escape(wrong)}</p>' if wrong else ""
    buttons = ""
    if relationship.status == "approvalPending":
        buttons = """<form method="post" class="row">
<button class="primary" name="decision" value="approve">Approve all</button>
<button name="decision" value="reject">Reject</button></form>"""
    return page("Roles requested by partner", f"{_who_line(customer, user)}{alert}{about}{buttons}")


@route(
    "POST",
    "/AdminPortal/gdap/{relationship_id}",
    "admin center: answer GDAP request",
    service="page",
    group="pages",
    page="(admin center)",
)
def answer_gdap(call: Call) -> Answer:
    """Approve or reject."""
    signed = _signed_in_user(call)
    if signed is None:
        return _gdap(call)
    customer, user = signed
    if not _is_admin(call, customer, user):
        return _refuse_non_admin(customer, user)
    decision, rid = _form(call).get("decision"), call.params["relationship_id"].lower()
    try:
        if decision == "approve":
            customer_actions.approve_gdap(call.world, rid, customer.tid, "customer")
        elif decision == "reject":
            customer_actions.reject_gdap(call.world, rid, customer.tid, "customer")
    except Illegal as illegal:
        return _gdap(call, str(illegal))
    return _gdap(call)


def _overview(call: Call, customer: Customer, user: User) -> Answer:
    file = call.file(customer)
    held = [p.name for p in BY_TENANT.values() if call.world.sold_by(customer, p.account)]
    waiting = [g for g in file.gdap.values() if g.status == "approvalPending"]
    about = definition_list(
        [("Partners", ", ".join(held) or "none"),
         ("Agreement", "accepted" if is_directly_signed(file.agreements) else "not accepted here"),
         ("Admin requests waiting", str(len(waiting)))]
    )  # fmt: skip
    links = "".join(
        f'<li><a href="/AdminPortal/gdap/{g.id}">{html.escape(g.display_name)}</a></li>' for g in waiting
    )
    body = f"""{_who_line(customer, user)}{about}<ul>{links}
<li><a href="{_HOME}?ref=/BillingAccounts/agreement">Agreement</a></li></ul>
<form method="post" action="/AdminPortal/sign-out"><button>Sign out</button></form>{_CARRY}"""
    return page("Admin center (emulator)", body)
