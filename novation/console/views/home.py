"""The first page: what needs somebody, where the moves stand, whether everything runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from novation import clock
from novation.console import chart, health
from novation.console.labels import CODES, TASKS, TRACKS
from novation.console.pages import page, show
from novation.domain.facts import ItemState
from novation.domain.tracks import Code, Track
from novation.moves.models import Programme
from novation.moves.selectors import home, queue, tally


@page
def index(request: HttpRequest) -> HttpResponse:
    """Shows the first page; without a programme it says how to begin."""
    programme = home.programme()
    if programme is None:
        return show(request, "console/begin.html", {})
    now = clock.now()
    counted = tally.tally(programme)
    pulse = home.pulse(programme, now)
    frame = home.frame(programme)
    nearest = home.renewals(programme, now, limit=7)
    return show(
        request,
        "console/home.html",
        {
            "programme": programme,
            "frame": frame,
            "now": now,
            "tally": counted,
            "waves": home.waves(programme),
            "needs": needs(programme, request.user, now, pulse),
            "tracks": [track_row(track, counted) for track in Track],
            "columns": [(code, CODES[code]) for code in COLUMNS],
            "health": health.checks(programme, now, pulse, frame),
            "chart": chart.finished(
                home.finished_by_day(programme), counted.moves, programme.created_at, now
            ),
            "renewals": nearest[:6],
            "more_renewals": len(nearest) > 6,
        },
    )


#: The columns of the overview; "unknown" has its own tile.
COLUMNS = (Code.DONE, Code.DOING, Code.WAIT, Code.ACT, Code.REST, Code.STAY)


def track_row(track: Track, counted: tally.Tally, **extra: str) -> dict[str, object]:
    """One row of the overview: the bar and a number per code, each with the address of its list."""
    codes = counted.by_track[track]
    # A call whose outcome is not known is somebody's work, and is counted with it.
    parts = {code: codes[code] + (codes[Code.UNKNOWN] if code is Code.ACT else 0) for code in COLUMNS}
    more = "".join(f"&{name}={value}" for name, value in extra.items())
    cells = [
        {"code": code, "word": CODES[code], "number": parts[code], "href": _list(track, code) + more}
        for code in COLUMNS
    ]
    return {
        "name": TRACKS[track],
        "parts": {str(code): number for code, number in parts.items()},
        "cells": cells,
    }


def _list(track: Track, code: Code) -> str:
    return f"{reverse('console:customers')}?track={track}&code={code}"


def needs(programme: Programme, person: Any, now: datetime, pulse: home.Pulse) -> list[dict[str, object]]:
    """The tiles: every kind of work for a person, with its number, its age and its list."""
    place = reverse("console:tasks")
    found = home.tasks_by_kind(programme, now)
    astray = home.items_astray(programme)
    unknown = pulse.unknown
    tiles: list[dict[str, object]] = [
        {
            "what": TASKS[kind],
            "number": need.number,
            "oldest": need.oldest,
            "free": need.free,
            "href": f"{place}?kind={kind}",
        }
        for kind, need in found.items()
    ]
    approvals, oldest = queue.approvals_wanted(programme, person, now)
    tiles.append(
        {
            "what": _("Second approvals"),
            "number": approvals,
            "oldest": oldest,
            "href": f"{place}?show=approval",
        }
    )
    findings = reverse("console:findings")
    tiles += [
        {"what": _("Outcomes unknown"), "number": unknown.number, "oldest": unknown.oldest, "href": findings},
        {
            "what": _("Items in both accounts"),
            "number": astray.get(ItemState.IN_BOTH, 0),
            "href": findings,
            "alarm": True,
        },
        {
            "what": _("Items in neither account"),
            "number": astray.get(ItemState.IN_NEITHER, 0),
            "href": findings,
            "alarm": True,
        },
    ]
    return tiles
