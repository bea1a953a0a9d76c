"""The evidence log over all customers, and the exact bytes that its entries speak of."""

from __future__ import annotations

import re
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from novation import clock
from novation.console.event_texts import SUBJECTS, describe_events
from novation.console.pages import act, missing, page, show
from novation.console.rights import Right
from novation.console.views.customer import days
from novation.customers.selectors import references_like
from novation.domain.tracks import Code
from novation.evidence.tags import Tag
from novation.evidence.verify import FAIL, PASS
from novation.evidencelog.selectors import log
from novation.evidencelog.services import timestamps
from novation.evidencelog.verification import judge
from novation.moves import bundles
from novation.moves.selectors import customer, home

LARGEST = 50_000_000
#: What may be shown inside the browser; everything else is handed over as a file.
SHOWN = ("text/html", "text/plain", "application/json")


@page
def index(request: HttpRequest) -> HttpResponse:
    """The log, the newest first; `subject`, `tag`, `reference`, `actor`, `since`, `until`, `before` in the address.

    `reference` may also be a part of the customer's name or domain; `since` and `until` are days, both included.
    """
    subject = request.GET.get("subject", "")
    tag = request.GET.get("tag", "")
    wanted = tag if tag in set(Tag) else f"{subject}:" if subject in SUBJECTS else ""
    reference = request.GET.get("reference", "").strip()[:100]
    actor = request.GET.get("actor", "").strip()[:100]
    before = request.GET.get("before", "")
    found, older = log.entries(
        tag=wanted,
        **_whose(reference),
        actor=actor,
        since=_day(request.GET.get("since", "")),
        until=_day(request.GET.get("until", ""), days=1),
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
            "days": days(describe_events(found)),
            "older": older,
            "subject": subject,
            "subjects": SUBJECTS.items(),
            "reference": reference,
            "actor": actor,
            "since": request.GET.get("since", ""),
            "until": request.GET.get("until", ""),
            "size": home.log_size(),
            "link_customers": True,
        },
    )


def _whose(reference: str) -> dict[str, Any]:
    """Narrows the log to one move by its reference, else to the customers whom the text names."""
    if not reference:
        return {}
    if customer.by_reference(reference.upper()) is not None:
        return {"move": reference.upper()}
    return {"subjects": references_like(reference)}


def _day(given: str, *, days: int = 0) -> datetime | None:
    """The beginning of a day like 2026-11-23, or of one so many days later; None for what is no day."""
    try:
        day = date.fromisoformat(given) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


@act(Right.EXPORT)
def bundle(request: HttpRequest, reference: str) -> HttpResponse:
    """The customer's evidence as one file that anyone can check offline; taking it out is itself recorded."""
    move = customer.by_reference(reference)
    if move is None:
        return missing(request, _("There is no customer with this reference"))
    with tempfile.TemporaryDirectory() as folder:
        actor = f"operator:{request.user.pk}"
        (path,) = bundles.export(
            [move], Path(folder), now=clock.now(), certify=True, actor=actor, stamp=timestamps.wait
        )
        answer = HttpResponse(path.read_bytes(), content_type="application/zip")
        answer["Content-Disposition"] = f'attachment; filename="{path.name}"'
    return answer


@act(Right.SEE)
def verify(request: HttpRequest) -> HttpResponse:
    """Checks an uploaded bundle with this installation's own keys; field `bundle`. Nothing is kept of it."""
    file = request.FILES.get("bundle")
    if file is None or file.size is None or file.size > LARGEST:
        said = _("Choose a bundle first.") if file is None else _("A bundle is never so large.")
        return show(request, "console/verified.html", {"error": said}, status=422)
    report = judge(file.read(), at=clock.now())
    codes = {PASS: Code.DONE, FAIL: Code.ACT}
    return show(
        request,
        "console/verified.html",
        {
            "name": file.name,
            "report": report,
            "verdict": codes.get(report.verdict, Code.UNKNOWN),
            "checks": [(check, codes.get(check.verdict, Code.UNKNOWN)) for check in report.checks],
            "known": customer.by_reference(report.reference) is not None,
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
