"""What is done with several customers at once: a new wave, pause, resume, export."""

from __future__ import annotations

import csv
import io

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from novation import clock
from novation.console.pages import act, missing, redirect
from novation.console.rights import Right
from novation.console.views.customers import wish_of
from novation.domain.stage import ENDED
from novation.domain.tracks import Track, shown
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves import pausing
from novation.moves.models import Move
from novation.moves.selectors import customers, home
from novation.moves.services import programmes

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


def chosen(request: HttpRequest) -> list[Move]:
    """The ticked customers; the form sends their references in `move`."""
    programme = home.programme()
    references = request.POST.getlist("move")[:1000]
    return list(
        Move.objects.filter(programme=programme, reference__in=references).select_related(
            "customer", "wave", "programme"
        )
    )


def back(request: HttpRequest, place: str = "") -> HttpResponse:
    """Back to the list, or to another place, by GET."""
    return redirect(place or reverse("console:customers"))


def nobody(request: HttpRequest) -> HttpResponse:
    """Says that nothing was ticked."""
    messages.error(request, _("Nobody was selected. Tick the customers first; nothing was changed."))
    return back(request)


@act(Right.STEER)
def wave(request: HttpRequest) -> HttpResponse:
    """Makes a wave, in draft, of the ticked customers who are in none."""
    programme, moves = home.programme(), chosen(request)
    if programme is None or not moves:
        return nobody(request)
    free = [move for move in moves if move.wave_id is None and move.stage not in ENDED]
    if not free:
        messages.error(request, _("All of them are already in a wave or finished."))
        return back(request)
    made = programmes.create_wave(programme, free, now=clock.now(), actor=f"operator:{request.user.pk}")
    said = _("{wave} made with {number} customers. Look at it, then launch it.").format(
        wave=made, number=len(free)
    )
    if len(free) < len(moves):
        said += " " + _("{number} were left out: already in a wave, or finished.").format(
            number=len(moves) - len(free)
        )
    messages.success(request, said)
    return back(request, reverse("console:wave", args=[made.pk]))


@act(Right.STEER)
def pause(request: HttpRequest) -> HttpResponse:
    """Pauses the ticked customers' moves."""
    return _set_paused(request, paused=True)


@act(Right.STEER)
def resume(request: HttpRequest) -> HttpResponse:
    """Lets the ticked customers' moves go on."""
    return _set_paused(request, paused=False)


def _set_paused(request: HttpRequest, *, paused: bool) -> HttpResponse:
    moves = chosen(request)
    if not moves:
        return nobody(request)
    fit = [
        move
        for move in moves
        if (not pausing.is_paused(move) if paused else move.paused) and move.stage not in ENDED
    ]
    now, actor = clock.now(), f"operator:{request.user.pk}"
    with transaction.atomic():
        for move in fit:
            programmes.set_move_paused(move, paused, now=now, actor=actor)
    said = _("{number} paused.") if paused else _("{number} resumed.")
    said = said.format(number=len(fit))
    if len(fit) < len(moves):
        said += " " + _("{number} needed no change.").format(number=len(moves) - len(fit))
    messages.success(request, said)
    return back(request)


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
