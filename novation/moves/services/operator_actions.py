"""Acts of an operator that send a move another way: somebody else signs, rights are asked for again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from novation.customers.models import Contact
from novation.domain import states
from novation.domain.errors import BadInput, NeedsOperator
from novation.domain.steps import TaskKind
from novation.domain.tracks import Track
from novation.evidence.tags import Tag
from novation.moves.models import Move
from novation.moves.services import inventory, task_effects, tasks, tracks


@transaction.atomic
def another_signatory(
    move: Move, *, name: str, email: str, phone: str, person: Any, now: datetime
) -> Contact:
    """The person who was to sign has left, or may not: somebody else gets a link of its own.

    Args:
        move: whose agreement is not valid yet.
        name, email, phone: who signs, as the customer named it.
        person: the operator.
        now: programme time.

    Raises:
        BadInput: name or address is missing.
        NeedsOperator: the agreement is valid or being recorded.
    """
    if not name.strip():
        raise BadInput("A name is needed.", where="contact_name")
    if "@" not in email:
        raise BadInput("An e-mail address is needed.", where="contact_email")
    move = tracks.lock_move(move.pk)
    if move.agreement_state not in states.AGREEMENT_OPEN:
        raise NeedsOperator("The agreement needs no signature any more.")
    actor = f"operator:{person.pk}"
    found = inventory.add_contact(
        move.customer, name=name.strip(), email=email, phone=phone, added_by=actor, now=now
    )
    task_effects.name_signatory(move, found, now=now, actor=actor)
    if move.agreement_state == "retake":
        sets = {Track.AGREEMENT: "preparing"}
        tracks.transition(move, sets, tag=Tag.MOVE_TRACK_CHANGED, at=now, actor=actor)
        tasks.cancel(move, (TaskKind.SIGNATORY,), now=now, why="somebody else was named")
    tracks.schedule_now(move, at=now)
    return found


@transaction.atomic
def ask_for_access_again(move: Move, *, person: Any, now: datetime) -> None:
    """A new request for delegated admin rights, after the customer had refused or ended them.

    Raises:
        NeedsOperator: a request stands, the rights are usable, or the move has come to its end.
    """
    move = tracks.lock_move(move.pk)
    if move.access_state not in states.ASK_AGAIN or move.closeout_state != "none":
        raise NeedsOperator("There is nothing to be asked for again.")
    tasks.cancel(move, (TaskKind.ACCESS,), now=now, why="a new request is made")
    actor = f"operator:{person.pk}"
    tracks.transition(move, {Track.ACCESS: "preparing"}, tag=Tag.MOVE_TRACK_CHANGED, at=now, actor=actor)
    tracks.schedule_now(move, at=now)
