"""The evidence log over all customers, and the exact bytes that its entries speak of."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from novation import clock
from novation.console.happenings import happenings
from novation.console.pages import missing, page, show
from novation.console.views.customer import days
from novation.evidence.tags import Tag
from novation.moves.selectors import home, log

SUBJECTS = tuple(dict.fromkeys(tag.partition(":")[0] for tag in Tag))
#: What may be shown inside the browser; everything else is handed over as a file.
SHOWN = ("text/html", "text/plain", "application/json")


@page
def index(request: HttpRequest) -> HttpResponse:
    """The log, the newest first; `subject`, `tag`, `reference`, `actor` and `before` in the address."""
    subject = request.GET.get("subject", "")
    tag = request.GET.get("tag", "")
    wanted = tag if tag in set(Tag) else f"{subject}:" if subject in SUBJECTS else ""
    reference = request.GET.get("reference", "").strip()[:20]
    actor = request.GET.get("actor", "").strip()[:100]
    before = request.GET.get("before", "")
    found, older = log.entries(
        tag=wanted,
        reference=reference,
        actor=actor,
        before=int(before) if before.isdecimal() and len(before) < 16 else None,
    )
    programme = home.programme()
    now = clock.now()
    return show(
        request,
        "console/evidence.html",
        {
            "programme": programme,
            "now": now,
            "days": days(happenings(found)),
            "older": older,
            "subject": subject,
            "subjects": SUBJECTS,
            "reference": reference,
            "actor": actor,
            "size": home.log_size(),
            "link_customers": True,
        },
    )


@page
def document(request: HttpRequest, sha256: str) -> HttpResponse:
    """One stored document, byte for byte, in a sandbox: nothing in it can run or reach anything."""
    found = log.document(sha256) if re.fullmatch(r"[0-9a-f]{64}", sha256) else None
    if found is None:
        return missing(request, _("There is no such document, or it has been erased"))
    media = found.media if found.media.partition(";")[0] in SHOWN else "application/octet-stream"
    answer = HttpResponse(bytes(found.content), content_type=media)
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'self'; img-src data:"
    answer["X-Content-Type-Options"] = "nosniff"
    if media == "application/octet-stream":
        answer["Content-Disposition"] = f'attachment; filename="{sha256}"'
    return answer
