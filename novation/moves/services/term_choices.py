"""What happens to subscriptions that stay when their term ends: an operator chooses, with the customer's wish noted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from novation.domain.errors import BadInput
from novation.domain.facts import Choice
from novation.domain.steps import TaskKind, TaskOutcome
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import Item, Move
from novation.moves.services import tasks, tracks
from novation.moves.services.terms import staying, still_open
from novation.operations.models import Task


@transaction.atomic
def choose(
    move: Move, wanted: Mapping[int, str], *, wish: str, sure: bool, person: Any, now: datetime
) -> int:
    """Records what happens to subscriptions at the end of their terms; the engine sets it on the old account.

    Args:
        move: one that stays with the old account, or left something there.
        wanted: item id → renew, cancel, extend or buy-new; an empty word leaves it open.
        wish: what the customer said, in its own words as far as known.
        sure: the person has ticked that the price rise of an extension is meant.
        person: the operator.
        now: programme time.

    Returns:
        How many choices are other than before.

    Raises:
        BadInput: a word that is no choice, a term that has ended, or a condition that is not met.
    """
    move = tracks.lock_move(move.pk)
    items = {item.pk: item for item in staying(move)}
    changed = []
    for pk, word in wanted.items():
        item = items.get(pk)
        if not word or (item is not None and item.choice == word):
            continue
        if item is None or item.ends is None or item.ends <= now:
            raise BadInput(
                "This subscription does not end on the old account any more.", remedy="Load the page anew."
            )
        _check(move, item, word, sure=sure, wish=wish)
        item.choice, item.wish, item.chosen_at, item.choice_sent_at = word, wish.strip()[:400], now, None
        item.save(update_fields=["choice", "wish", "chosen_at", "choice_sent_at"])
        data = {
            "subscription": item.subscription_id,
            "name": item.name,
            "seats": item.quantity,
            "ends": item.ends.date().isoformat(),
            "choice": word,
        }
        events.record(
            Tag.ITEM_TERM_CHOSEN,
            at=now,
            actor=f"operator:{person.pk}",
            subject=move.subject,
            data=data,
            personal={"wish": wish.strip()[:400]},
        )
        changed.append(item)
    if not still_open(move, now):
        for task in Task.objects.filter(move_id=move.pk, kind=str(TaskKind.TERM_END), state=Task.State.OPEN):
            tasks.close(task, TaskOutcome.CHOSEN, person=person, now=now, note="")
    tracks.schedule_now(move, at=now)
    return len(changed)


def _check(move: Move, item: Item, word: str, *, sure: bool, wish: str) -> None:
    if word not in set(Choice):
        raise BadInput(f"There is no choice {word!r}.", where=item.name)
    if word == Choice.EXTEND and not sure:
        raise BadInput(
            "An extension continues month by month and costs 3 % more, or 23 % more without a monthly plan.",
            where="sure",
            remedy="Tick that this is meant.",
        )
    if word == Choice.BUY_NEW and not wish.strip():
        raise BadInput(
            "A repurchase costs the customer a new term.",
            where="wish",
            remedy="Say who ordered it, when and how.",
        )
    ready = move.relationship_state == "accepted" and move.agreement_state == "valid"
    if word == Choice.BUY_NEW and not ready:
        raise BadInput(
            "The new account cannot sell to this customer yet.",
            where=item.name,
            remedy="It needs the relationship and a valid agreement first; choose another end until then.",
        )
