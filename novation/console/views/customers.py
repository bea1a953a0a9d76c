"""The list of customers. Filters, search, sorting, columns, density and page stand in the address."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from novation import clock
from novation.console import labels
from novation.console.pages import act, page, redirect, show
from novation.console.rights import Right
from novation.domain.stage import Stage
from novation.domain.tracks import Code, Track
from novation.moves.selectors import customers, home, tally
from novation.moves.selectors.customers import BACK, Wish

PER = (25, 100, 500)
#: The cookie that keeps a person's columns and density; it holds no data of a customer.
KEPT = "novation_list"

CHIPS = {
    "": gettext_lazy("All"),
    "needs-you": gettext_lazy("Needs you"),
    "customer": gettext_lazy("Waiting for customer"),
    "called": gettext_lazy("To be called"),
    "accepting": gettext_lazy("Accepting"),
    "moving": gettext_lazy("Moving"),
    "renews": gettext_lazy("Renews within 60 days"),
    "unknown": gettext_lazy("Outcome unknown"),
    "stays": gettext_lazy("Stays to term"),
    "finished": gettext_lazy("Finished"),
    "paused": gettext_lazy("Paused"),
    BACK: gettext_lazy("Moves back"),
}


@dataclass(frozen=True)
class Looks:
    """How a person wants to see the list."""

    density: str
    columns: tuple[Track, ...]


@page
def index(request: HttpRequest) -> HttpResponse:
    """One page of the list, or the whole reason why it is empty."""
    programme = home.programme()
    if programme is None:
        return show(request, "console/begin.html", {})
    now = clock.now()
    wish = wish_of(request.GET)
    looks = looks_of(request)
    counted = tally.tally(programme)
    numbers = customers.chip_counts(programme, counted, now)
    found = customers.listing(programme, wish, now)
    return show(
        request,
        "console/customers.html",
        {
            "programme": programme,
            "now": now,
            "wish": wish,
            "looks": looks,
            "listing": found,
            "rows": [table_row(row, looks.columns) for row in found.rows],
            "last": found.first + len(found.rows) - 1 if found.rows else 0,
            "tracks": [(track, labels.TRACKS[track], track in looks.columns) for track in Track],
            "heads": [head(track, labels.TRACKS[track], wish.sort) for track in looks.columns],
            "name_head": head("name", _("Customer"), wish.sort),
            "chips": [
                (name, label, numbers[name]) for name, label in CHIPS.items() if name != BACK or numbers[name]
            ],
            "legend": list(labels.CODES.items()),
            "all_waves": home.waves(programme),
            "filtered": filter_words(wish),
            "pers": PER,
            "query": "?" + request.GET.urlencode(),
            "all_query": urlencode({"q": wish.q}),
        },
    )


@act(Right.SEE)
def keep(request: HttpRequest) -> HttpResponse:
    """Keeps columns and density for this person, in a cookie."""
    chosen = [track for track in Track if track in request.POST.getlist("col")]
    density = "compact" if request.POST.get("density") == "compact" else "airy"
    answer = redirect("console:customers")
    answer.set_cookie(
        KEPT,
        ".".join([density, *chosen]),
        max_age=365 * 86400,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
    return answer


def wish_of(query: QueryDict) -> Wish:
    """Reads the address; words that mean nothing are left out, so that an old bookmark still opens."""
    sort = query.get("sort", "name")
    known = {"name", "seats", *Track}
    track, code = query.get("track", ""), query.get("code", "")
    stage = query.get("stage", "")
    chosen = query.get("show", "")
    return Wish(
        q=query.get("q", "").replace("\0", "").strip()[:200],
        show=chosen if chosen in customers.SHOW else "",
        track=Track(track) if track in set(Track) else None,
        code=Code(code) if code in set(Code) else None,
        stage=stage if stage in set(Stage) else "",
        wave=_number(query.get("wave", "")),
        country=query.get("country", "")[:2].upper(),
        sort=sort if sort.removeprefix("-") in known else "name",
        page=_number(query.get("page", "")) or 1,
        per=_number(query.get("per", "")) or PER[0] if _number(query.get("per", "")) in PER else PER[0],
    )


def looks_of(request: HttpRequest) -> Looks:
    """Density and columns: from the address, else from the cookie, else all of them and airy."""
    kept = request.COOKIES.get(KEPT, "").split(".")
    density = request.GET.get("density") or kept[0]
    named = request.GET.getlist("col") or kept[1:]
    columns = tuple(track for track in Track if track in named) or tuple(Track)
    return Looks("compact" if density == "compact" else "airy", columns)


def table_row(row: customers.Row, columns: tuple[Track, ...]) -> dict[str, object]:
    """A customer with the cells that are wanted, each with the word that fits a narrow column."""
    cells = []
    for cell in row.cells:
        if cell.track in columns:
            word = labels.SHORT.get((cell.track, cell.state), cell.word)
            if cell.count is not None:
                word = _("{done} of {all}").format(done=cell.count[0], all=cell.count[1])
            cells.append({"cell": cell, "word": word, "label": labels.TRACKS[cell.track]})
    return {"move": row.move, "cells": cells}


def head(name: str, label: object, sort: str) -> dict[str, object]:
    """A column's head: the sorting that a press asks for, and the one that holds now."""
    down = sort == name
    return {
        "label": label,
        "sort": f"-{name}" if down else name,
        "aria": ("ascending" if name == "name" else "descending")
        if down
        else ("descending" if name == "name" else "ascending")
        if sort == f"-{name}"
        else "",
    }


def filter_words(wish: Wish) -> list[str]:
    """The filters that no chip or field shows, in words."""
    said = []
    if wish.track and wish.code:
        said.append(f"{labels.TRACKS[wish.track]}: {labels.CODES[wish.code]}")
    if wish.stage:
        said.append(str(labels.STAGES[Stage(wish.stage)]))
    return said


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None
