"""Pausing the whole programme, and letting it go on; also after it stopped itself."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from novation import clock
from novation.console.pages import REFUSALS, act, missing, redirect, sentence
from novation.console.rights import Right
from novation.moves.selectors import home
from novation.moves.services import programmes


@act(Right.STEER)
def pause(request: HttpRequest) -> HttpResponse:
    """No new sends and requests in any wave until resumed."""
    return _set(request, paused=True, said=_("The whole programme is paused. Reading continues."))


@act(Right.STEER)
def resume(request: HttpRequest) -> HttpResponse:
    """Lets the programme go on; `note` says what was found when it had stopped itself."""
    return _set(request, paused=False, said=_("The programme is resumed."))


def _set(request: HttpRequest, *, paused: bool, said: str) -> HttpResponse:
    programme = home.programme()
    if programme is None:
        return missing(request, _("There is no programme yet"))
    note, actor = request.POST.get("note", ""), f"operator:{request.user.pk}"
    try:
        programmes.set_programme_paused(programme, paused, now=clock.now(), actor=actor, note=note)
    except REFUSALS as error:
        messages.error(request, sentence(error))
    else:
        messages.success(request, said)
    return redirect("console:home")
