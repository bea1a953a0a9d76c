"""Check your answers: who you are, the code, what you declare. Only this page decides anything."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from novation.consent import identity, rate_limits, services, wording
from novation.consent.forms import BINDING, Confirmation, echoed, faults
from novation.consent.masking import masked_address, masked_phone
from novation.consent.models import Draft
from novation.consent.visit import Redirect, Visit, shown, shown_first, visited
from novation.domain.errors import BadInput, IllegalTransition
from novation.failpoints import failpoint
from novation.moves.models import AdminAccount, Decision
from novation.network import address_of
from novation.notices import dates
from novation.notices import services as notices


@require_http_methods(["GET", "HEAD", "POST"])
@visited
def check(visit: Visit, draft_id: uuid.UUID) -> HttpResponse:
    """Shows what was chosen and what it means; records it when it is confirmed with the code."""
    draft = services.draft_of(visit.link, draft_id)
    if draft is None:
        return Redirect(reverse("consent:decide"))
    if draft.used_at is not None:
        return Redirect(reverse("consent:admin" if draft.kind == "admin" else "consent:receipt"))
    if visit.request.method != "POST":
        return _page(visit, draft, Confirmation(kind=draft.kind, initial={"name": visit.contact.name}))
    proven = services.identity_of(draft, now=visit.now) is not None
    form = Confirmation(visit.request.POST, kind=draft.kind, proven=proven)
    address = address_of(visit.request)
    if rate_limits.blocked("code", address, now=visit.now):
        form.add_error(
            "code", _("There were too many wrong codes from your network. Wait ten minutes, or call us.")
        )
    if not form.is_valid():
        return _page(visit, draft, form, status=422)
    values = form.cleaned_data
    person = services.Person(
        name=values["name"],
        function=values["function"],
        phone=values["phone"],
        address=address,
        agent=visit.request.headers.get("User-Agent", "")[:400],
    )
    page = services.page_of(draft, values["page"], now=visit.now)
    try:
        recorded = services.confirm(draft, page=page, person=person, code=values["code"], now=visit.now)
    except services.WrongCode:
        rate_limits.failed("code", address, now=visit.now)
        form.add_error("code", _wrong_code(visit))
    except services.PageChanged:
        form.add_error(None, _("This page has changed since you opened it. Please read it once more."))
    except BadInput as problem:
        form.add_error(None, f"{problem.what} {problem.remedy}".strip())
    except IllegalTransition:
        form.add_error(
            None,
            _("This can no longer be decided here, because something has changed meanwhile. Please call us."),
        )
    else:
        failpoint("decision-committed")
        # A question after the decision is no decision: it stands in the conversation.
        after = "receipt" if isinstance(recorded, Decision) else "status"
        if isinstance(recorded, AdminAccount):
            after = "admin"
        return Redirect(reverse(f"consent:{after}"))
    return _page(visit, draft, form, status=422)


@require_POST
@visited
def code(visit: Visit, draft_id: uuid.UUID) -> HttpResponse:
    """Sends a code to the address on file."""
    draft = services.draft_of(visit.link, draft_id)
    if draft is None:
        return Redirect(reverse("consent:decide"))
    try:
        notices.issue_code(visit.link, now=visit.now)
    except BadInput as problem:
        form = Confirmation(kind=draft.kind, data={})
        form.errors.clear()
        form.add_error("code", f"{problem.what} {problem.remedy}".strip())
        return _page(visit, draft, form, status=422)
    return Redirect(f"{reverse('consent:check', args=[draft.pk])}#code")


def _wrong_code(visit: Visit) -> str:
    if notices.open_code(visit.link, now=visit.now) is None:
        return _("This code no longer works. Please have a new one sent.")
    return _("This is not the code that we sent last. Please look again, or have a new one sent.")


def _page(visit: Visit, draft: Draft, form: Confirmation, status: int = 200) -> HttpResponse:
    page_id = uuid.uuid4()
    until = wording.end_of_mandate(visit.move, visit.now) if draft.kind == "mandate" else None
    statement = wording.statement(draft, visit.move, dates.day(until))
    authority = wording.authority(visit.move) if draft.kind in BINDING else ""
    sent = notices.open_code(visit.link, now=visit.now)
    signed_in = services.identity_of(draft, now=visit.now)
    tenant = visit.move.customer.tenant_id
    context: dict[str, Any] = {
        "draft": draft,
        "form": form,
        "page_id": page_id,
        "typed": echoed(form) if form.is_bound and form.data else {"name": visit.contact.name, "phone": ""},
        "errors": faults(form),
        "binding": draft.kind in BINDING,
        "until": dates.day(until),
        "statement": statement,
        "authority": authority,
        "code_sent_at": dates.hour(sent.issued_at) if sent else "",
        "address": masked_address(visit.contact.email),
        "phone": masked_phone(visit.contact.phone or visit.move.customer.phone),
        "code_by_phone": sent is not None and sent.channel == "phone",
        "send_to": reverse("consent:code", args=[draft.pk]),
        "signed_in": signed_in,
        "signed_in_at": dates.hour(signed_in.at) if signed_in else "",
        "sign_in": identity.address(page_id, tenant) if identity.configured() and not signed_in else "",
        "sign_in_host": identity.host(),
    }
    response = shown(visit, "consent/check.html", context, status=status)
    services.keep_page(
        draft,
        page_id=page_id,
        content=response.content,
        statement=statement,
        authority=authority,
        until=until,
        wording=wording.VERSION,
        language=visit.language,
        now=visit.now,
    )
    return shown_first(visit, f"check {draft.kind}", response)
