"""What the end of a task does beside being written down: names a signatory, destroys a secret, keeps a verdict."""

from __future__ import annotations

from datetime import datetime

from novation.customers.models import Contact
from novation.customers.services.contact_origins import origin_data
from novation.domain import states
from novation.domain.errors import BadInput
from novation.domain.facts import ItemState
from novation.domain.steps import TaskKind, TaskOutcome
from novation.domain.tracks import Track
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import Move
from novation.moves.services import first_passwords, terms, tracks


def check(move: Move, kind: TaskKind, outcome: TaskOutcome, note: str, now: datetime) -> None:
    """Refuses a verdict that would count an item as arrived which is not accounted for.

    Raises:
        BadInput: says which, and what to do.
    """
    if kind is TaskKind.TERM_END and terms.still_open(move, now):
        raise BadInput(
            "Not every choice has been made.", where="outcome", remedy="Choose for each of them first."
        )
    if kind is not TaskKind.REVIEW or outcome is not TaskOutcome.GO_ON or move.transfer_state != "wrong":
        return
    states = set(move.items.values_list("state", flat=True))
    if ItemState.IN_BOTH in states:
        raise BadInput(
            "A subscription is in both accounts and would be billed twice.",
            where="outcome",
            remedy="End one of the two first, then choose “Fixed: try again”, so that it is compared again.",
        )
    if ItemState.IN_NEITHER in states and not note.strip():
        raise BadInput(
            "A subscription is in neither account.",
            where="note",
            remedy="Say where it has gone; your name stands for it.",
        )


def name_signatory(move: Move, contact: Contact, *, now: datetime, actor: str) -> None:
    """From now on this person signs the agreement. Call inside a transaction, with the move locked."""
    first, _, last = contact.name.strip().rpartition(" ")
    move.signatory = {
        "first_name": first or last,
        "last_name": last,
        "email": contact.email,
        "phone": contact.phone,
    }
    move.signatory_at = now
    sets = {Track.AGREEMENT: "preparing"} if move.agreement_state in states.STARTS_ANEW else {}
    personal = {"name": contact.name, "email": contact.email}
    data = origin_data(contact)
    tracks.transition(
        move, sets, tag=Tag.AGREEMENT_SIGNATORY, at=now, actor=actor, data=data, personal=personal
    )


def carry_out(move: Move, kind: TaskKind, outcome: TaskOutcome, *, now: datetime, actor: str) -> None:
    """The effect on our own side of what an operator has done outside. Call inside a transaction."""
    if kind is TaskKind.HAND_OVER and outcome is TaskOutcome.CLEANED:
        first_passwords.hand_over_by_hand(move, now=now, actor=actor)
    elif kind is TaskKind.AZURE:
        tag = Tag.OLD_SIDE_RBAC_REMOVED if outcome is TaskOutcome.CLEANED else Tag.OLD_SIDE_RBAC_KEPT
        events.record(tag, at=now, actor=actor, subject=move.subject, data={"said_by": "operator"})
