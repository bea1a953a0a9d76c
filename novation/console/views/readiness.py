"""The readiness report of a wave or of the programme: a page with filters, and files to take along."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from novation import clock
from novation.console import readiness_pdf
from novation.console.finding_labels import TITLES, level_word, title
from novation.console.pages import act, missing, page, show
from novation.console.rights import Right
from novation.console.views.customer_export import harmless
from novation.domain.readiness import Level
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import Programme, Wave
from novation.moves.selectors import home, readiness

PER = 50
#: Heads of the file; not translated, so that a program can rely on them. One line for each finding.
COLUMNS = (
    "Reference",
    "Customer",
    "Tenant id",
    "Country",
    "Wave",
    "Subscriptions",
    "Seats",
    "Level",
    "Code",
    "Cause",
    "Consequence",
    "Remedy",
)


@dataclass(frozen=True)
class Wish:
    """What the address asks for. `wrong` when it names a wave that is not there."""

    wave: Wave | None
    wanted: readiness.Wanted
    wrong: bool = False


def _wish(programme: Programme, given: QueryDict) -> Wish:
    number = given.get("wave", "")
    wave = None
    if number:
        wave = programme.waves.filter(number=number).first() if number.isdigit() and len(number) < 9 else None
    code, level = given.get("finding", ""), given.get("level", "")
    return Wish(
        wave,
        readiness.Wanted(code if code in TITLES else "", level if level in set(Level) else ""),
        wrong=bool(number) and wave is None,
    )


@page
def index(request: HttpRequest) -> HttpResponse:
    """Counts by finding, and the customers that have them."""
    programme = home.programme()
    if programme is None:
        return show(request, "console/begin.html", {})
    wish = _wish(programme, request.GET)
    if wish.wrong:
        return missing(request, _("There is no such wave"))
    report = readiness.report(programme, wish.wave)
    having = readiness.having(programme, wish.wave, wish.wanted)
    sheet = Paginator(having, PER).get_page(request.GET.get("page"))
    return show(
        request,
        "console/readiness.html",
        {
            "programme": programme,
            "wave": wish.wave,
            "waves": list(programme.waves.all()),
            "wish": wish,
            "report": report,
            "counts": [(one, title(one.code), level_word(one.level)) for one in report.counts],
            "levels": _levels(report),
            "filtered": title(wish.wanted.code) if wish.wanted.code else "",
            "sheet": sheet,
            "rows": [(row, row.findings) for row in readiness.these(list(sheet), wish.wanted)],
            "query": f"?{request.GET.urlencode()}" if request.GET else "",
        },
    )


def _levels(report: readiness.Report) -> list[tuple[str, str, int]]:
    return [
        ("", _("All findings"), report.customers - report.clean - report.unread),
        ("blocker", _("With a blocker"), report.blocked),
        ("warning", _("With a warning"), report.warned),
    ]


@act(Right.EXPORT)
def as_csv(request: HttpRequest) -> HttpResponse:
    """One line for each finding, with the filters of the address; recorded, because data leaves the house."""
    programme = home.programme()
    wish = _wish(programme, request.GET) if programme is not None else None
    if programme is None or wish is None or wish.wrong:
        return missing(request, _("There is no such report"))
    now = clock.now()
    out = io.StringIO()
    sheet = csv.writer(out, lineterminator="\r\n")
    sheet.writerow(COLUMNS)
    number = 0
    for row in readiness.rows(programme, wish.wave, wish.wanted):
        move = row.move
        for one in row.findings:
            number += 1
            values: tuple[Any, ...] = (
                move.reference,
                move.customer.name,
                move.customer.tenant_id,
                move.customer.country,
                move.wave or "",
                move.item_count if move.baseline_at else "",
                move.seat_count if move.baseline_at else "",
                *(one.get(name, "") for name in ("level", "code", "cause", "consequence", "remedy")),
            )
            sheet.writerow(harmless(str(value)) for value in values)
    _record(request, "readiness", number)
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="readiness-{_name(wish)}-{now:%Y-%m-%d}.csv"'
    return answer


@act(Right.EXPORT)
def as_pdf(request: HttpRequest) -> HttpResponse:
    """The same on paper."""
    programme = home.programme()
    wish = _wish(programme, request.GET) if programme is not None else None
    if programme is None or wish is None or wish.wrong:
        return missing(request, _("There is no such report"))
    now = clock.now()
    rows = list(readiness.rows(programme, wish.wave, wish.wanted))
    made = readiness_pdf.render(
        str(wish.wave or programme),
        f"{programme.source.name} → {programme.target.name}",
        readiness.report(programme, wish.wave),
        rows,
        now=now,
    )
    _record(request, "readiness as PDF", len(rows))
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="readiness-{_name(wish)}-{now:%Y-%m-%d}.pdf"'
    return answer


def _name(wish: Wish) -> str:
    return f"wave-{wish.wave.number}" if wish.wave else "programme"


def _record(request: HttpRequest, what: str, number: int) -> None:
    with transaction.atomic():
        events.record(
            Tag.OPERATOR_EXPORTED,
            at=clock.now(),
            actor=f"operator:{request.user.pk}",
            data={"what": what, "rows": number},
        )
