"""What a call needs to know, taken from the rows inside the claim's transaction; no secrets."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from novation.customers.models import Contact
from novation.domain import gdap
from novation.domain.batches import line_type
from novation.domain.errors import NeedsOperator
from novation.domain.facts import Choice
from novation.domain.next_action import Do
from novation.domain.rules.end_of_term import SETTINGS
from novation.domain.steps import StepKind
from novation.moves.models import Decision, Move
from novation.moves.services.observed import access

#: Languages of Microsoft's agreement page by our language codes; the country comes from the customer.
_LOCALES = {"en": "en-US", "de": "de-DE", "fr": "fr-FR", "es": "es-ES", "cs": "cs-CZ"}


def fresh_id() -> uuid.UUID:
    """A new id for one call."""
    return uuid.uuid4()


def data_for(move: Move, do: Do, *, now: datetime) -> dict[str, Any]:
    """The plain values that the call of this step sends or compares with.

    Raises:
        ObjectDoesNotExist: the row that the call is about is missing. The rules saw it, so this is a bug: nothing is
            sent, and the move is put off and shown.
        NeedsOperator: something is missing that a person can supply.
    """
    if do.step is StepKind.READ_BASELINE:
        return _baseline(move, now)
    build = _BUILDERS.get(do.step)
    return build(move, do) if build else {}


def _baseline(move: Move, now: datetime) -> dict[str, Any]:
    """Papers change rarely: they are read at first, and again when they are old."""
    read_at = (move.papers or {}).get("read_at")
    age = move.programme.policy.papers_age
    fresh = read_at is not None and datetime.fromisoformat(read_at) + age > now
    return {
        "papers": not fresh,
        "target": move.programme.target.tenant_id,
        "licences": move.baseline_at is None or move.relationship_state == "accepted",
    }


def _signatory(move: Move, do: Do) -> dict[str, Any]:
    customer = move.customer
    company = {
        "country": customer.country or "US",
        "language": _LOCALES.get(customer.language[:2], "en-US"),
        "company_name": customer.name,
    }
    if move.signatory:
        return {**company, **move.signatory}
    decision = Decision.objects.filter(move=move, kind__in=("mandate", "self")).first()
    if decision is None:
        raise NeedsOperator("Nobody is named who could accept the agreement.")
    first, _, last = decision.name.strip().rpartition(" ")
    person = {
        "first_name": first or last,
        "last_name": last,
        "email": decision.email,
        "phone": decision.phone,
    }
    return {**company, **person}


def _attestation(move: Move, do: Do) -> dict[str, Any]:
    return {"attestation": move.attestations.latest("id").remote_id}


def _access_request(move: Move, do: Do) -> dict[str, Any]:
    programme = move.programme
    tries = move.grants.filter(side="target").count() + 1
    return {
        # Unique across all our relationships and at most 50 characters, so it serves as the natural key.
        "display_name": f"{move.reference} access {tries}",
        "customer_name": move.customer.name,
        "roles": list(programme.access_roles),
        "days": programme.policy.access_days,
    }


def _grant(move: Move, do: Do) -> dict[str, Any]:
    row = access.newest(move, "target")
    return {
        "relationship": row.remote_id,
        "assignment": row.assignment_id,
        "group": move.programme.access_group,
        "roles": list(move.programme.access_roles),
    }


def _old_grant(move: Move, do: Do) -> dict[str, Any]:
    return {"relationship": move.grants.filter(side="source", status__in=gdap.ACTIVE).latest("id").remote_id}


def _transfer_request(move: Move, do: Do) -> dict[str, Any]:
    programme = move.programme
    contact = Contact.objects.filter(customer=move.customer, state=Contact.State.OK).first()
    if contact is None:
        raise NeedsOperator("Microsoft wants an address to notify, and no usable contact is on file.")
    known = list(move.batches.exclude(remote_id="").values_list("remote_id", flat=True))
    return {
        "source_tenant": programme.source.tenant_id,
        "source_name": programme.source.name,
        "customer_email": contact.email,
        "customer_name": move.customer.name,
        "transfer_type": programme.policy.transfer_type,
        "known": known,
    }


def _transfer(move: Move, do: Do) -> dict[str, Any]:
    batch = move.batches.get(number=do.batch or 0)
    lines = list(batch.items.order_by("id").values_list("subscription_id", "product_type"))
    return {"transfer": batch.remote_id, "lines": [[name, line_type(kind)] for name, kind in lines]}


def _setting(move: Move, do: Do) -> dict[str, Any]:
    item = move.items.get(pk=do.item or 0)
    return {
        "item": item.pk,
        "subscription": item.new_subscription_id,
        "auto_renew": item.auto_renew,
        "cancel_at_end": item.cancel_at_end,
        "next_term": item.next_term,
        "instructions": item.baseline.get("scheduledNextTermInstructions"),
    }


def _term_end(move: Move, do: Do) -> dict[str, Any]:
    item = move.items.get(pk=do.item or 0)
    auto_renew, cancel_at_end = SETTINGS[Choice(item.choice)]
    return {
        "item": item.pk,
        "subscription": item.subscription_id,
        "choice": item.choice,
        "chosen_at": item.chosen_at.isoformat() if item.chosen_at else "",
        "auto_renew": auto_renew,
        "cancel_at_end": cancel_at_end,
    }


def _order(move: Move, do: Do) -> dict[str, Any]:
    item = move.items.get(pk=do.item or 0)
    return {
        "item": item.pk,
        "product": item.product,
        "name": item.name,
        "quantity": item.quantity,
        "term": item.term,
        "billing_cycle": item.billing_cycle,
        "country": move.customer.country,
        "cart": item.cart,
        "cart_at": item.cart_at.isoformat() if item.cart_at else "",
        "subscription": item.new_subscription_id,
        "known": list(
            move.items.exclude(new_subscription_id="").values_list("new_subscription_id", flat=True)
        ),
    }


def _verification(move: Move, do: Do) -> dict[str, Any]:
    return {"licences": move.access_state in ("usable", "expiring")}


_BUILDERS: dict[StepKind, Any] = {
    StepKind.CREATE_ATTESTATION: _signatory,
    StepKind.READ_ATTESTATION: _attestation,
    StepKind.CREATE_AGREEMENT: _attestation,
    StepKind.CREATE_ACCESS: _access_request,
    StepKind.LOCK_ACCESS: _grant,
    StepKind.READ_ACCESS: _grant,
    StepKind.ASSIGN_ACCESS: _grant,
    StepKind.CREATE_TRANSFER: _transfer_request,
    StepKind.ACCEPT_TRANSFER: _transfer,
    StepKind.READ_TRANSFER: _transfer,
    StepKind.CANCEL_TRANSFER: _transfer,
    StepKind.RESTORE_SETTING: _setting,
    StepKind.SET_TERM_END: _term_end,
    StepKind.PREPARE_ORDER: _order,
    StepKind.PLACE_ORDER: _order,
    StepKind.READ_ORDER: _order,
    StepKind.VERIFY: _verification,
    StepKind.END_OLD_ACCESS: _old_grant,
}
