"""The receipt of a decision, and how far everything is."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from novation.consent.masking import masked_address
from novation.consent.visit import Redirect, Visit, shown, visited
from novation.domain import states
from novation.moves.models import Decision, Message
from novation.moves.selectors.own_page import own_page
from novation.notices import dates


@require_safe
@visited
def receipt(visit: Visit) -> HttpResponse:
    """What was recorded last with this customer."""
    page = own_page(visit.move)
    if page.decision is None:
        return Redirect(reverse("consent:start"))
    return shown(visit, "consent/receipt.html", receipt_context(visit, page, page.decision))


@require_safe
@visited
def status(visit: Visit) -> HttpResponse:
    """What is done, what waits, and the conversation."""
    page = own_page(visit.move)
    context = receipt_context(visit, page, page.decision)
    context["messages_shown"] = [
        {"mine": m.from_customer, "author": m.author, "text": m.text, "at": dates.minute(m.at)}
        for m in Message.objects.filter(move=visit.move)
    ]
    return shown(visit, "consent/status.html", context)


def receipt_context(visit: Visit, page: Any, decision: Decision | None) -> dict[str, Any]:
    """What receipt and status show of the newest decision."""
    move = visit.move
    context: dict[str, Any] = {
        "page": page,
        "decision": decision,
        "steps": _steps(visit, page),
        "address": masked_address(visit.contact.email),
        "mine": decision is not None and decision.link_id == str(visit.link.pk),
    }
    if decision is not None:
        digest = decision.shown_sha256[:20]
        context |= {
            "recorded_at": dates.minute(decision.at),
            "until": dates.day(decision.expires_at),
            "fingerprint": " ".join(digest[i : i + 4] for i in range(0, 20, 4)),
            "domain": move.customer.domain or move.customer.name,
        }
    return context


def _steps(visit: Visit, page: Any) -> list[dict[str, Any]]:
    """The parts of the move in the order in which a customer meets them."""
    order = ("decision", "agreement", "relationship", "access", "transfer", "closeout")
    steps = []
    for name in order:
        part = page.parts[name]
        step = {"name": name, "mark": part.mark, "state": part.state, "on": dates.day(part.since)}
        # A question or a passed-on link is a state of its own, not an answer.
        step["answered"] = name == "decision" and part.state in states.FINAL
        steps.append(step)
    return steps
