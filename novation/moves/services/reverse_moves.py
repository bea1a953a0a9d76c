"""A move back: Microsoft knows no undo, so it is a new move in the other direction, with its own consent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from novation.domain import states
from novation.domain.errors import BadInput, NeedsOperator
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import Move, Programme
from novation.moves.services import inventory, programmes, tracks


def programme_back(programme: Programme, *, now: datetime, actor: str) -> Programme:
    """The programme in the other direction, laid down when it is needed for the first time."""
    found = Programme.objects.filter(reverse_of=programme).first()
    if found is not None:
        return found
    names = (
        "same_entity", "sender_phone", "sender_address", "person_name", "reference_prefix", "access_roles",
        "access_group",
    )  # fmt: skip
    return programmes.create_programme(
        name=f"{programme.name}: back",
        source=programme.target,
        target=programme.source,
        sender_name=programme.sender_name,
        sender_email=programme.sender_email,
        now=now,
        actor=actor,
        policy=programme.policy,
        reverse_of=programme,
        **{name: getattr(programme, name) for name in names},
    )


@transaction.atomic
def begin(move: Move, *, reason: str, person: Any, now: datetime) -> Move:
    """Begins a move back. The customer is told and asked anew; its first consent does not cover this.

    Args:
        move: one whose subscriptions have arrived on the target.
        reason: why, kept with the event.
        person: the operator.
        now: programme time.

    Returns:
        The new move, in a wave of its own that has been launched.

    Raises:
        NeedsOperator: nothing has arrived, something is still on its way, or a move back exists.
        BadInput: no reason is given.
    """
    if not reason.strip():
        raise BadInput("Say why.", where="reason", remedy="A sentence is enough.")
    move = tracks.lock_move(move.pk)
    if move.programme.reverse_of_id is not None:
        raise NeedsOperator("This is a move back already. The customer's first move can be started again.")
    if move.batches.filter(state__in=states.REQUESTED).exists():
        raise NeedsOperator("A transfer is under way; wait until it has finished.")
    if not move.items.filter(state__in=states.ON_TARGET).exists():
        raise NeedsOperator("Nothing has arrived on the new account that could move back.")
    actor = f"operator:{person.pk}"
    back = programme_back(move.programme, now=now, actor=actor)
    if Move.objects.filter(programme=back, customer=move.customer).exists():
        raise NeedsOperator("There is a move back of this customer already.")
    created = inventory.create_move(back, move.customer, now=now, actor=actor)
    events.record(
        Tag.MOVE_REVERSED,
        at=now,
        actor=actor,
        subject=move.subject,
        data={"by": created.reference},
        personal={"reason": reason.strip()[:400]},
    )
    wave = programmes.create_wave(back, [created], now=now, actor=actor, name=f"{move.reference} back")
    programmes.launch_wave(wave, now=now, actor=actor)
    return Move.objects.get(pk=created.pk)


def move_back_of(move: Move) -> Move | None:
    """The move back of this move, if one was begun."""
    return Move.objects.filter(programme__reverse_of=move.programme_id, customer=move.customer_id).first()


def move_before(move: Move) -> Move | None:
    """The move that this one turns back; None for an ordinary move."""
    if move.programme.reverse_of_id is None:
        return None
    return Move.objects.filter(programme=move.programme.reverse_of_id, customer=move.customer_id).first()
