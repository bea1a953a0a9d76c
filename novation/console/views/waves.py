"""Waves: the list, one wave, and launching, pausing and resuming it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from novation import clock
from novation.console import labels
from novation.console.pages import REFUSALS, act, missing, page, redirect, sentence, show
from novation.console.rights import Right
from novation.console.views.home import COLUMNS, track_row
from novation.console.wave_launch import launch_context
from novation.console.wave_plan import confirm, plan_context
from novation.domain.errors import BadInput
from novation.domain.stage import Stage
from novation.domain.tracks import Code, Track
from novation.moves.models import Wave
from novation.moves.selectors import home, tally, waves
from novation.moves.selectors.customers import cells
from novation.moves.services import programmes
from novation.notices.services import wave_launch

PER = 50


@page
def index(request: HttpRequest) -> HttpResponse:
    """All waves with their counts."""
    programme = home.programme()
    if programme is None:
        return show(request, "console/begin.html", {})
    counted = tally.tally(programme)
    found = [(row, counted.in_wave(row.wave.pk)) for row in home.waves(programme)]
    return show(
        request,
        "console/waves.html",
        {
            "programme": programme,
            "waves": [
                {
                    "wave": row.wave,
                    "tally": part,
                    "answered": row.answered,
                    "ended": part.ended,
                    "parts": {
                        "done": part.stages[Stage.CLOSED],
                        "stay": part.ended - part.stages[Stage.CLOSED],
                        "rest": part.moves - part.ended,
                    },
                }
                for row, part in found
            ],
            "outside": counted.in_wave(None).moves,
        },
    )


@page
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One wave: its tracks, what the pre-check found, and its recipients."""
    wave = waves.by_id(pk)
    if wave is None:
        return missing(request, _("There is no such wave"))
    return render_wave(request, wave)


def render_wave(request: HttpRequest, wave: Wave, *, error: str = "", status: int = 200) -> HttpResponse:
    """Renders the page, with the reason when an act was refused."""
    counted = waves.counted(wave)
    recipients = wave.moves.select_related("customer").order_by("customer__name", "id")
    sheet = Paginator(recipients, PER).get_page(request.GET.get("page"))
    rows = []
    for move in sheet:
        tracks = cells(move)
        # The track that says most: what needs somebody, else what is under way, else the last that is done.
        order = (Code.ACT, Code.UNKNOWN, Code.WAIT, Code.DOING)
        telling = next((cell for code in order for cell in tracks if cell.code is code), None)
        rows.append(
            {
                "move": move,
                "stage": labels.STAGES.get(Stage(move.stage), move.stage),
                "cell": telling,
                "says": f"{labels.TRACKS[telling.track]}: {telling.word}" if telling else "",
            }
        )
    return show(
        request,
        "console/wave.html",
        {
            "programme": wave.programme,
            "error": error,
            "wave": wave,
            "tally": counted,
            "tracks": [track_row(track, counted, wave=str(wave.number)) for track in Track],
            "columns": [(code, labels.CODES[code]) for code in COLUMNS],
            "findings": [one for one in waves.readiness(wave) if one.level != "note"],
            "sheet": sheet,
            "rows": rows,
            "stages": [
                (stage, labels.STAGES[stage], counted.stages[stage])
                for stage in Stage
                if counted.stages[stage]
            ],
            "unread": counted.stages[Stage.INVENTORY],
            **launch_context(request, wave),
            **plan_context(wave, clock.now()),
        },
        status=status,
    )


def _not_before(request: HttpRequest, now: datetime) -> datetime | None:
    """The moment in field `release_at`, in the time zone of the installation; None when it is left empty."""
    typed = request.POST.get("release_at", "").strip()
    if not typed:
        return None
    try:
        moment = timezone.make_aware(datetime.fromisoformat(typed))
    except ValueError as error:
        raise BadInput(
            _("{typed} is no date and time.").format(typed=typed[:30]),
            where="release_at",
            remedy=_("Write it like 2026-12-01T09:00, or leave it empty."),
        ) from error
    if moment < now:
        raise BadInput(_("That moment has passed."), where="release_at")
    return moment


def _do(request: HttpRequest, pk: int, deed: Callable[[Wave, datetime, str], str]) -> HttpResponse:
    wave = waves.by_id(pk)
    if wave is None:
        return missing(request, _("There is no such wave"))
    try:
        said = deed(wave, clock.now(), f"operator:{request.user.pk}")
    except REFUSALS as error:
        fresh = waves.by_id(pk) or wave
        return render_wave(request, fresh, error=sentence(error), status=409)
    messages.success(request, said)
    return redirect("console:wave", pk)


@act(Right.STEER)
def launch(request: HttpRequest, pk: int) -> HttpResponse:
    """Freezes the recipients and begins to tell them.

    Field `customers`, when given, must be their number, and `plan` the checksum of the plan that was shown.
    """

    def deed(wave: Wave, now: datetime, actor: str) -> str:
        number = wave.moves.count()
        typed = request.POST.get("customers", "").strip()
        if typed and typed != str(number):
            raise BadInput(
                _("You typed {typed}, but the wave has {number} customers.").format(
                    typed=typed[:20], number=number
                )
            )
        not_before = _not_before(request, now)
        with transaction.atomic():
            confirm(request, wave, now, actor)
            wave_launch.launch(wave, person=request.user, now=now, actor=actor, release_at=not_before)
        said = ngettext(
            "Launched: {number} customer will be informed.",
            "Launched: {number} customers will be informed.",
            number,
        )
        return said.format(number=f"{number:,}")

    return _do(request, pk, deed)


@act(Right.APPROVE)
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person agrees to the launch of exactly the list that the page shows."""

    def deed(wave: Wave, now: datetime, actor: str) -> str:
        seen = request.POST.get("recipients", "")
        if seen and seen != programmes.recipients_sha256(wave):
            raise BadInput(_("The list has changed since you opened this page. Read it again."))
        programmes.approve_wave(wave, request.user, now=now)
        return _("You agreed to this list of {number} customers.").format(number=f"{wave.moves.count():,}")

    return _do(request, pk, deed)


@act(Right.STEER)
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """No new sends and requests until resumed."""

    def deed(wave: Wave, now: datetime, actor: str) -> str:
        programmes.set_wave_paused(wave, True, now=now, actor=actor)
        return _("Paused. Nothing new is sent; reading continues.")

    return _do(request, pk, deed)


@act(Right.STEER)
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Lets the wave go on; `note` says what was found when the wave had stopped itself."""

    def deed(wave: Wave, now: datetime, actor: str) -> str:
        note = request.POST.get("note", "")
        programmes.set_wave_paused(wave, False, now=now, actor=actor, note=note)
        return _("The wave is resumed.")

    return _do(request, pk, deed)
