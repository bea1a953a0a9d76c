"""What a customer takes along: the receipt as PDF, and everything that is kept about its move."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from novation.consent import rate_limits
from novation.consent.forms import digits_in
from novation.consent.masking import masked_address, masked_phone
from novation.consent.receipts import receipt_pdf
from novation.consent.views.status import receipt_context
from novation.consent.visit import Redirect, Visit, frame, shown, visited
from novation.domain.errors import BadInput
from novation.moves import bundles
from novation.moves.selectors.own_page import own_page
from novation.network import address_of
from novation.notices import dates
from novation.notices import services as notices


@require_safe
@visited
def receipt(visit: Visit) -> HttpResponse:
    """The receipt of the newest decision as PDF."""
    page = own_page(visit.move)
    if page.decision is None:
        return Redirect(reverse("consent:start"))
    context = {**frame(visit), **receipt_context(visit, page, page.decision)}
    said = " ".join(strip_tags(render_to_string("consent/recorded.html", context)).split())
    answer = HttpResponse(receipt_pdf(visit.move, page.decision, said), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{visit.move.reference}.pdf"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@visited
def everything(visit: Visit) -> HttpResponse:
    """The evidence bundle of this customer, for whoever has the link and a code."""
    if visit.request.method != "POST":
        return _page(visit)
    address = address_of(visit.request)
    if rate_limits.blocked("code", address, now=visit.now):
        return _page(
            visit, _("There were too many wrong codes from your network. Wait ten minutes, or call us.")
        )
    typed = visit.request.POST.get("code", "")[:40]
    if len(digits_in(typed)) != 6:
        return _page(visit, _("Please type the six digits."))
    if notices.check_code(visit.link, typed, now=visit.now) is None:
        rate_limits.failed("code", address, now=visit.now)
        return _page(
            visit, _("This is not the code that we sent last. Please look again, or have a new one sent.")
        )
    with tempfile.TemporaryDirectory() as folder:
        (path,) = bundles.export([visit.move], Path(folder), now=visit.now, actor="customer")
        answer = HttpResponse(path.read_bytes(), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{path.name}"'
    return answer


@require_POST
@visited
def code(visit: Visit) -> HttpResponse:
    """Sends the code that opens the bundle."""
    try:
        notices.issue_code(visit.link, now=visit.now)
    except BadInput as problem:
        return _page(visit, f"{problem.what} {problem.remedy}".strip())
    return Redirect(f"{reverse('consent:download')}#code")


def _page(visit: Visit, problem: str = "") -> HttpResponse:
    sent = notices.open_code(visit.link, now=visit.now)
    context = {
        "errors": {"code": [problem]} if problem else {},
        "code_sent_at": dates.hour(sent.issued_at) if sent else "",
        "address": masked_address(visit.contact.email),
        "phone": masked_phone(visit.contact.phone or visit.move.customer.phone),
        "code_by_phone": sent is not None and sent.channel == "phone",
        "send_to": reverse("consent:download_code"),
    }
    return shown(visit, "consent/download.html", context, status=422 if problem else 200)
