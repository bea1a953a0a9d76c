"""One customer's page, and the acts on it: pause, resume, answer."""

from __future__ import annotations

from itertools import groupby

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from novation import clock
from novation.console import labels, terms
from novation.console.event_texts import DescribedEvent, describe_events
from novation.console.pages import REFUSALS, act, missing, page, redirect, sentence, show
from novation.console.rights import Right
from novation.console.track_summaries import lines
from novation.domain import states
from novation.domain.facts import ItemState
from novation.domain.stage import ENDED, Stage
from novation.domain.steps import TaskKind
from novation.domain.tracks import Code
from novation.moves import pausing
from novation.moves.models import Item, Move
from novation.moves.selectors import customer
from novation.moves.selectors.tally import LEFT
from novation.moves.services import programmes, reverse_moves
from novation.notices import selectors as notices_selectors
from novation.notices import services as notices_services
from novation.notices.models import Notice
from novation.operations.models import Step

#: Subscriptions that a page shows at first.
ITEMS = 12
#: How each place of a subscription is shown.
PLACES: dict[str, tuple[Code, str]] = {
    ItemState.IN_OLD: (Code.REST, "Not moved"),
    ItemState.IN_TRANSFER: (Code.DOING, "On its way"),
    ItemState.VERIFIED: (Code.DONE, "Same"),
    ItemState.CHANGED: (Code.ACT, "Differs"),
    ItemState.IN_BOTH: (Code.ACT, "In both accounts"),
    ItemState.IN_NEITHER: (Code.ACT, "In neither account"),
    ItemState.STAYS: (Code.STAY, "Stays"),
    ItemState.GONE: (Code.STAY, "Ended before"),
}


@page
def detail(request: HttpRequest, reference: str) -> HttpResponse:
    """The page of one customer."""
    move = customer.by_reference(reference)
    if move is None:
        return missing(request, _("There is no customer with this reference"))
    return render_customer(request, move)


def render_customer(
    request: HttpRequest, move: Move, *, error: str = "", typed: str = "", status: int = 200, **more: object
) -> HttpResponse:
    """Renders the page, with what was refused and what was typed when an act failed.

    Args:
        more: what this answer alone shows, such as the digits of a code.
    """
    now = clock.now()
    found = customer.details(move)
    before = request.GET.get("before", "")
    timeline = customer.timeline(
        move,
        show=request.GET.get("ev", ""),
        before=int(before) if before.isdecimal() and len(before) < 16 else None,
    )
    notices = list(Notice.objects.filter(move=move).select_related("contact"))
    tracks = lines(move, found, notices)
    # Those that need a look come first; a long list is cut until it is asked for.
    items = sorted(
        found.items, key=lambda item: PLACES.get(item.state, (Code.UNKNOWN, ""))[0] is not Code.ACT
    )
    visible = items if request.GET.get("items") == "all" or len(items) <= ITEMS + 3 else items[:ITEMS]
    return show(
        request,
        "console/customer.html",
        {
            "programme": move.programme,
            "now": now,
            "error": error,
            "typed": typed,
            "move": move,
            "paused": pausing.is_paused(move),
            "customer": move.customer,
            "stage": labels.STAGES.get(Stage(move.stage), move.stage),
            "ended": move.stage in ENDED,
            "lines": tracks,
            "done": sum(1 for line in tracks if line.cell.code is Code.DONE),
            "found": found,
            "languages": settings.LANGUAGES,
            "people": notices_selectors.people_of(move, now=now),
            **terms.panel(move, now),
            "licences": terms.licences(move),
            "back": reverse_moves.move_back_of(move),
            "before": reverse_moves.move_before(move),
            "may_turn_back": move.stage == Stage.CLOSED
            and move.items_done
            and not move.programme.reverse_of_id,
            "may_name": move.agreement_state in states.AGREEMENT_OPEN and move.agreement_state != "none",
            "may_ask_access": move.access_state in states.ASK_AGAIN and move.closeout_state == "none",
            "urgent": next((line for line in tracks if line.cell.code is Code.ACT), None),
            "tasks": [(task, labels.TASKS.get(TaskKind(task.kind), task.kind)) for task in found.tasks],
            "open_tasks": customer.open_tasks(found),
            "items": [item_row(item, left=move.stage in LEFT) for item in visible],
            "hidden_items": len(items) - len(visible),
            "sums": customer.sums(found.items),
            "moments": customer.read_moments(move),
            "steps": [(step, labels.step_label(step.kind), step_code(step)) for step in found.steps],
            "timeline": timeline,
            "days": days(describe_events(timeline.entries)),
            "event_chips": [
                (name, label, timeline.counts.get(name, 0))
                for name, label in (
                    ("", _("All")),
                    ("people", _("People")),
                    ("calls", _("Calls")),
                    ("mail", _("Mail")),
                )
            ],
            "ev": request.GET.get("ev", ""),
            "blockers": sum(1 for one in move.readiness if one.get("level") == "blocker"),
            "warnings": sum(1 for one in move.readiness if one.get("level") == "warning"),
            **more,
        },
        status=status,
    )


def item_row(item: Item, *, left: bool = False) -> dict[str, object]:
    """A subscription, old and new beside each other; a dash stands for what was not read.

    Args:
        left: the customer stays with the old account, so what was not moved stays too.
    """
    state = ItemState.STAYS if left and item.state == ItemState.IN_OLD else item.state
    code, word = PLACES.get(state, (Code.UNKNOWN, item.state))
    new = item.result or {}
    return {
        "item": item,
        "code": code,
        "word": _(word),
        "new_quantity": new.get("quantity"),
        "new_ends": str(new.get("commitmentEndDate", new.get("ends", "")))[:10],
    }


def step_code(step: Step) -> tuple[Code, str]:
    """How the outcome of a call is shown."""
    return {
        Step.Outcome.DONE: (Code.DONE, _("Done")),
        Step.Outcome.NOT_DONE: (Code.ACT if step.waits_for_person else Code.WAIT, _("Not done")),
        Step.Outcome.UNKNOWN: (Code.UNKNOWN, _("Unknown")),
    }.get(Step.Outcome(step.outcome), (Code.DOING, _("Under way")))


def days(found: list[DescribedEvent]) -> list[tuple[str, list[DescribedEvent]]]:
    """Entries by day, in the order in which they came."""

    def day(happening: DescribedEvent) -> str:
        return date_format(localtime(happening.entry.event.at), "l, j F Y")

    return [(name, list(group)) for name, group in groupby(found, key=day)]


@act(Right.STEER)
def pause(request: HttpRequest, reference: str) -> HttpResponse:
    """Pauses a move; field `reason` is kept."""
    return _set_paused(request, reference, paused=True)


@act(Right.STEER)
def resume(request: HttpRequest, reference: str) -> HttpResponse:
    """Lets a paused move go on."""
    return _set_paused(request, reference, paused=False)


def _set_paused(request: HttpRequest, reference: str, *, paused: bool) -> HttpResponse:
    move = customer.by_reference(reference)
    if move is None:
        return missing(request, _("There is no customer with this reference"))
    if move.stage in ENDED:
        said = _("This move is finished; there is nothing to pause or resume.")
        return render_customer(request, move, error=said, status=409)
    if pausing.is_paused(move) if paused else not move.paused:
        said = _("This move is paused already.") if paused else _("This move is not paused by itself.")
        return render_customer(request, move, error=said, status=409)
    programmes.set_move_paused(
        move,
        paused,
        now=clock.now(),
        actor=f"operator:{request.user.pk}",
        reason=request.POST.get("reason", "").strip()[:200],
    )
    if not paused and pausing.is_paused_with_others(move.wave, move.programme):
        messages.success(request, _("The move resumes as soon as its wave and the programme do."))
    else:
        messages.success(
            request, _("The move is paused. Reading continues.") if paused else _("The move is resumed.")
        )
    return see(reference)


@act(Right.WORK)
def answer(request: HttpRequest, reference: str) -> HttpResponse:
    """Answers the customer; field `text`."""
    move = customer.by_reference(reference)
    if move is None:
        return missing(request, _("There is no customer with this reference"))
    text = request.POST.get("text", "")
    try:
        notices_services.answer(move=move, text=text, person=request.user, now=clock.now())
    except REFUSALS as error:
        return render_customer(request, move, error=sentence(error), typed=text, status=422)
    messages.success(request, _("The answer is on its way to the customer."))
    return see(reference)


def see(reference: str) -> HttpResponse:
    """Back to the page, by GET."""
    return redirect("console:customer", reference)
