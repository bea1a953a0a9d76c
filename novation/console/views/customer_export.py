"""The list of customers as a file."""

from __future__ import annotations

import csv
import io

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from novation import clock
from novation.console.pages import act, missing
from novation.console.rights import Right
from novation.console.views.customers import wish_of
from novation.domain.tracks import Track, shown
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.selectors import customers, home

#: Heads of the export, before the tracks. They are not translated, so that a program can rely on them.
COLUMNS = (
    "Reference",
    "Customer",
    "Tenant id",
    "First domain",
    "Country",
    "Wave",
    "Stage",
    "Subscriptions",
    "Seats",
)
#: A cell that begins so would be run as a formula by a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@act(Right.EXPORT)
def export(request: HttpRequest) -> HttpResponse:
    """The list as CSV, with the filters of the address; recorded, because data leaves the house."""
    programme = home.programme()
    if programme is None:
        return missing(request, _("There is no programme yet"))
    now = clock.now()
    wish = wish_of(request.GET)
    moves = (
        customers.wanted(programme, wish, now).select_related("customer", "wave").order_by("customer__name")
    )
    out = io.StringIO()
    sheet = csv.writer(out, lineterminator="\r\n")
    tracks = [str(track).capitalize() for track in Track]
    sheet.writerow([*COLUMNS, *tracks])
    number = 0
    for move in moves.iterator(chunk_size=500):
        number += 1
        sheet.writerow(
            harmless(str(value))
            for value in (
                move.reference,
                move.customer.name,
                move.customer.tenant_id,
                move.customer.domain,
                move.customer.country,
                move.wave or "",
                move.stage,
                move.item_count if move.baseline_at else "",
                move.seat_count if move.baseline_at else "",
                *(shown(track, move.track(track)).word for track in Track),
            )
        )
    with transaction.atomic():
        events.record(
            Tag.OPERATOR_EXPORTED,
            at=now,
            actor=f"operator:{request.user.pk}",
            data={"what": "customers", "rows": number},
        )
    # The mark lets spreadsheets see that the letters are UTF-8.
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="customers-{now:%Y-%m-%d}.csv"'
    return answer


def harmless(value: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(FORMULA) else value
