"""Acts on many customers: chosen in a list, confirmed on one page, with a result for each customer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from novation import clock
from novation.console.bulk_acts import ACTS, Act, why
from novation.console.operators import name_of
from novation.console.pages import act, missing, page, redirect, refused, show
from novation.console.rights import Right, rights_of
from novation.console.views.customers import wish_of
from novation.domain.bulk import TYPED_ABOVE, must_be_typed
from novation.domain.errors import BadInput
from novation.moves.models import BulkAct, BulkItem, Move, Programme
from novation.moves.selectors import bulk_acts, customers, home, retention
from novation.moves.services import bulk_acts as service

#: Customers of one list on the page.
PER = 100


def begin(name: str) -> Callable[..., HttpResponseBase]:
    """The address that opens the confirmation page of an act.

    Fields: `move` (references, repeated); or `all`: everybody whom the filters of the address leave (for `erase`:
    everybody who is due); or `of`: the id of an act, for those for whom it was done.
    """

    @act(ACTS[name].right)
    def view(request: HttpRequest) -> HttpResponse:
        programme = home.programme()
        if programme is None:
            return missing(request, _("There is no programme yet"))
        now = clock.now()
        place = _place(request, name)
        moves, unknown = _chosen(request, programme, name, now)
        if unknown:
            messages.error(
                request,
                _("There is no customer {reference}. Nothing was changed.").format(
                    reference=", ".join(unknown[:3])[:60]
                ),
            )
            return redirect(place)
        if not moves.exists():
            messages.error(request, _("Nobody was selected. Tick the customers first; nothing was changed."))
            return redirect(place)
        made = service.prepare(
            programme,
            name,
            ACTS[name].work,
            moves,
            person=request.user,
            now=now,
            place=place,
            option=f"bulk:{_id(request)}" if _id(request) else "",
            reason=request.POST.get("reason", "").strip(),
        )
        return redirect("console:bulk", made.pk)

    return view


def _place(request: HttpRequest, name: str) -> str:
    """The list from which the act was chosen, with its filters."""
    if request.POST.get("from") == "evidence":
        return reverse("console:evidence")
    earlier = bulk_acts.by_id(of) if (of := _id(request)) else None
    if earlier is not None:
        return earlier.place
    query = request.GET.urlencode()
    return reverse(ACTS[name].list_page) + (f"?{query}" if query else "")


def _id(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST.get("of", ""))
    except ValueError:
        return None


def _chosen(
    request: HttpRequest, programme: Programme, name: str, now: datetime
) -> tuple[QuerySet[Move], list[str]]:
    """Who was chosen, and references that name nobody."""
    if _id(request):
        done = BulkItem.objects.filter(act_id=_id(request), state=BulkItem.State.DONE)
        return Move.objects.filter(pk__in=done.values("move")), []
    if request.POST.get("all"):
        if name == "erase":
            due = retention.due(programme, now=now).values("pk")
            return Move.objects.filter(pk__in=due), []
        if request.POST.get("from") == "evidence":
            return Move.objects.all(), []
        return customers.wanted(programme, wish_of(request.GET), now), []
    named = {one.strip().upper() for one in request.POST.getlist("move") if one.strip()}
    # Moves back stand in the same list; they have a programme of their own.
    moves = Move.objects.filter(Q(programme=programme) | Q(programme__reverse_of=programme))
    found = moves.filter(reference__in=named)
    return found, sorted(named - set(found.values_list("reference", flat=True)))


@page
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One act: the page that asks, or what came of it."""
    found = bulk_acts.by_id(pk)
    if found is None:
        return missing(request, _("There is no such list any more. Choose the customers again"))
    return _render(request, found)


@act(Right.SEE)
def option(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Lists the same customers anew for another `option`: which pause is to end."""

    def choose(found: BulkAct, wanted: Act, now: datetime) -> HttpResponse:
        offered = {row["value"] for row in found.options}
        if found.state != BulkAct.State.DRAFT or request.POST.get("option") not in offered:
            return redirect("console:bulk", found.pk)
        made = service.prepare(
            found.programme,
            found.act,
            wanted.work,
            Move.objects.filter(pk__in=found.items.values("move")),
            person=request.user,
            now=now,
            place=found.place,
            option=request.POST["option"],
            reason=found.reason,
        )
        return redirect("console:bulk", made.pk)

    return _with(request, pk, choose)


@act(Right.SEE)
def confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Confirms what the page showed; fields `digest`, `reason`, and `typed` where a number is asked for."""

    def press(found: BulkAct, wanted: Act, now: datetime) -> HttpResponse:
        try:
            begun = service.confirm(
                found,
                wanted.work,
                digest=request.POST.get("digest", ""),
                reason=request.POST.get("reason", ""),
                typed=request.POST.get("typed", ""),
                person=request.user,
                now=now,
            )
        except BadInput as error:
            return _render(request, found, error=error, status=422)
        if begun:
            service.perform_round(bulk_acts.by_id(pk) or found, wanted.work, now=now)
        return redirect("console:bulk", found.pk)

    return _with(request, pk, press)


@act(Right.SEE)
def go_on(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Acts on the next customers of a confirmed act."""

    def press(found: BulkAct, wanted: Act, now: datetime) -> HttpResponse:
        if found.state == BulkAct.State.RUNNING and found.person_id == request.user.pk:
            service.perform_round(found, wanted.work, now=now)
        return redirect("console:bulk", found.pk)

    return _with(request, pk, press)


def _with(
    request: HttpRequest, pk: UUID, press: Callable[[BulkAct, Act, datetime], HttpResponse]
) -> HttpResponse:
    """The act itself is known by its row only, so its right is asked for here."""
    found = bulk_acts.by_id(pk)
    if found is None:
        return missing(request, _("There is no such list any more. Choose the customers again"))
    if ACTS[found.act].right not in rights_of(request.user):
        return refused(request)
    return press(found, ACTS[found.act], clock.now())


def _render(
    request: HttpRequest, found: BulkAct, *, error: BadInput | None = None, status: int = 200
) -> HttpResponse:
    wanted, counts = ACTS[found.act], bulk_acts.numbers(found)
    draft = found.state == BulkAct.State.DRAFT
    number, all_of = counts[BulkItem.State.LISTED], sum(counts.values())
    may = wanted.right in rights_of(request.user) and found.person_id == request.user.pk
    lists = _DRAFT if draft else _RESULTS
    return show(
        request,
        "console/bulk_confirm.html" if draft else "console/bulk_result.html",
        {
            "act": found,
            "wanted": wanted,
            "verb": wanted.verb(number if draft else all_of - counts[BulkItem.State.LEFT_OUT]),
            "who": name_of(found.person),
            "may": may,
            "number": number,
            "all": all_of,
            "left_out": counts[BulkItem.State.LEFT_OUT],
            "done": counts[BulkItem.State.DONE],
            "not_done": counts[BulkItem.State.NOT_DONE],
            "acted": counts[BulkItem.State.DONE] + counts[BulkItem.State.NOT_DONE],
            "must_type": must_be_typed(number, final=wanted.work.final),
            "above": TYPED_ABOVE,
            "options": _options(found) if draft and len(found.options) > 1 else [],
            "lists": [
                _list(request, found, state, str(title or wanted.done))
                for state, title in lists
                if counts[state]
            ],
            "link": wanted.result_address(found) if found.state == BulkAct.State.ENDED else "",
            "may_undo": found.act == "pause" and found.state == BulkAct.State.ENDED and may,
            "error": error,
            "typed": request.POST,
        },
        status=status,
    )


_DRAFT = (
    (BulkItem.State.LISTED, gettext_lazy("Concerned")),
    (BulkItem.State.LEFT_OUT, gettext_lazy("Left out")),
)
_RESULTS = (
    (BulkItem.State.NOT_DONE, gettext_lazy("Not done")),
    (BulkItem.State.LISTED, gettext_lazy("Still waiting")),
    (BulkItem.State.DONE, ""),
    (BulkItem.State.LEFT_OUT, gettext_lazy("Left out")),
)


def _list(request: HttpRequest, found: BulkAct, state: str, title: str) -> dict[str, Any]:
    """One list of the page, with its own page number in the address."""
    sheet = Paginator(bulk_acts.items(found, state), PER).get_page(request.GET.get(state))
    return {
        "state": state,
        "title": title,
        "sheet": sheet,
        "rows": [(item, why(item.why) if item.why else "") for item in sheet],
        "reasons": [(why(code), n) for code, n in bulk_acts.reasons(found, state) if code],
    }


def _options(found: BulkAct) -> list[dict[str, Any]]:
    """The pauses among which one is chosen, with who set them."""
    ids = {row["actor"].partition(":")[2] for row in found.options}
    people = User.objects.in_bulk([int(one) for one in ids if one.isdecimal()])
    out = []
    for row in found.options:
        number = row["actor"].partition(":")[2]
        person = people.get(int(number)) if number.isdecimal() else None
        at = datetime.fromisoformat(row["at"]) if row["at"] else None
        out.append({**row, "who": name_of(person) or row["actor"], "at": at})
    return out
