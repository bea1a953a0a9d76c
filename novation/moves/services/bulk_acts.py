"""Acts on many customers: listed, confirmed once, and done one by one, each in its own transaction."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from novation.domain.bulk import LeftOut, Rule, Standing, digest_of, must_be_typed
from novation.domain.errors import BadInput, IllegalTransition, NeedsOperator
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import BulkAct, BulkItem, Move, Programme
from novation.moves.selectors import bulk_acts
from novation.moves.services import tracks

log = logging.getLogger(__name__)

#: So many customers are read, and written as rows, at a time.
CHUNK = 500
#: So many are acted on for one request of a browser.
ROUND = 200
#: A draft that nobody confirmed is forgotten after this time.
DRAFT_KEPT = timedelta(days=1)
#: What a service raises when it cannot do it for this customer.
REFUSALS = (BadInput, NeedsOperator, IllegalTransition)


@dataclass(frozen=True)
class Work:
    """What an act does.

    Args:
        rule: who is concerned.
        perform: does it for one customer, which is locked; raises one of `REFUSALS` when it cannot.
        needs: what `bulk_acts.standings` reads for the rule.
        final: it cannot be undone.
        begin: done once, when it was confirmed; returns what `BulkAct.result` keeps.
        end: done once, after the last customer; the same.
        after_round: done after each round, outside of any transaction.
    """

    rule: Rule
    perform: Callable[[Move, BulkAct, datetime], object]
    needs: frozenset[str] = frozenset()
    final: bool = False
    begin: Callable[[BulkAct, datetime], str] | None = None
    end: Callable[[BulkAct, datetime], str] | None = None
    after_round: Callable[[], object] | None = None


def actor_of(act: BulkAct) -> str:
    """Who confirmed it, as the log names people."""
    return f"operator:{act.person_id}"


def prepare(
    programme: Programme,
    name: str,
    work: Work,
    moves: QuerySet[Move],
    *,
    person: Any,
    now: datetime,
    place: str = "",
    option: str = "",
    reason: str = "",
) -> BulkAct:
    """Lists who would be concerned and who would be left out. Nothing else is changed.

    Args:
        name: of the act.
        work: what it does.
        moves: who was chosen.
        person: who is shown the list, and alone may confirm it.
        now: programme time.
        place: address to go back to.
        option: for `resume`, which pause is ended; without it the one that holds most customers.
        reason: stands in the field at first.
    """
    unconfirmed = (BulkAct.State.LISTING, BulkAct.State.DRAFT)
    BulkAct.objects.filter(state__in=unconfirmed, created_at__lt=now - DRAFT_KEPT).delete()
    ids = list(moves.order_by("customer__name", "pk").values_list("pk", flat=True))
    found: dict[int, Standing] = {}
    held: dict[int, bulk_acts.Pause] = {}
    for part in _parts(ids):
        rows = list(Move.objects.filter(pk__in=part).select_related("wave", "programme"))
        standing, paused = bulk_acts.standings(rows, work.needs, now=now)
        found |= standing
        held |= paused
    options = _options(found, held)
    if not option and options:
        option = options[0]["value"]
    act = BulkAct(
        programme=programme, act=name, option=option, options=options, person=person, place=place,
        reason=reason[:300], created_at=now,
    )  # fmt: skip
    items = []
    for pk in ids:
        if pk in found:
            why = work.rule.judge(found[pk], option)
            items.append(
                BulkItem(
                    act=act,
                    move_id=pk,
                    state=BulkItem.State.LEFT_OUT if why else BulkItem.State.LISTED,
                    facts=work.rule.facts(found[pk]),
                    why=str(why or ""),
                    detail=held[pk].reason[:300] if why is LeftOut.OTHER_PAUSE and pk in held else "",
                )
            )
    listed = [(item.move_id, item.facts) for item in items if item.state == BulkItem.State.LISTED]
    act.digest = digest_of(name, option, listed)
    act.save(force_insert=True)
    for start in range(0, len(items), CHUNK):
        BulkItem.objects.bulk_create(items[start : start + CHUNK])
    act.state = BulkAct.State.DRAFT
    act.save(update_fields=["state"])
    return act


def _parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]


def _options(found: dict[int, Standing], held: dict[int, bulk_acts.Pause]) -> list[dict[str, Any]]:
    """The different pauses among the chosen, that of most customers first, then the newest."""
    keys = Counter(one.pause for one in found.values() if one.pause and not one.ended)
    by_key = {pause.key: pause for pause in held.values()}
    rows = [
        {
            "value": key,
            "number": number,
            "actor": by_key[key].actor if key in by_key else "",
            "at": by_key[key].at.isoformat() if key in by_key else "",
            "reason": by_key[key].reason if key in by_key else "",
        }
        for key, number in keys.items()
    ]
    rows.sort(key=lambda row: str(row["at"]), reverse=True)
    return sorted(rows, key=lambda row: -int(str(row["number"])))


@transaction.atomic
def confirm(
    act: BulkAct, work: Work, *, digest: str, reason: str, typed: str, person: Any, now: datetime
) -> bool:
    """Binds the person to what was shown; the customers are acted on afterwards, by `perform_round`.

    Args:
        digest: of the list that the page showed.
        reason: why; kept in the events.
        typed: the number of customers, where it must be typed.
        person: who confirms.
        now: programme time.

    Returns:
        False when it was confirmed before: nothing is begun twice.

    Raises:
        BadInput: somebody else's list, another list than was shown, nobody is concerned, a field is missing.
    """
    act = BulkAct.objects.select_for_update().get(pk=act.pk)
    if act.state != BulkAct.State.DRAFT:
        return False
    if act.person_id != person.pk:
        raise BadInput("Somebody else prepared this list.", remedy="Choose the customers yourself.")
    if digest != act.digest:
        raise BadInput("This is not the list that you were shown.", remedy="Read it again, then confirm.")
    counts = bulk_acts.numbers(act)
    number = counts[BulkItem.State.LISTED]
    if not number:
        raise BadInput("Nobody is concerned.", remedy="Choose other customers.")
    if not reason.strip():
        raise BadInput("No reason is given.", where="reason", remedy="Say in a few words why.")
    if must_be_typed(number, final=work.final) and typed.strip() != str(number):
        said = f"You typed {typed.strip()[:20]!r}." if typed.strip() else "The number was not typed."
        raise BadInput(said, where="typed", remedy=f"Type {number} to confirm. Nothing was changed.")
    act.reason, act.state, act.confirmed_at = reason.strip()[:300], BulkAct.State.RUNNING, now
    data = {
        "act": act.act,
        "bulk": str(act.pk),
        "customers": number,
        "left_out": counts[BulkItem.State.LEFT_OUT],
        "list": act.digest,
    }
    events.record(
        Tag.OPERATOR_BULK_CONFIRMED, at=now, actor=actor_of(act), data=data, personal={"reason": act.reason}
    )
    act.result = work.begin(act, now) if work.begin else ""
    act.save()
    return True


def perform_round(act: BulkAct, work: Work, *, now: datetime, limit: int = ROUND) -> int:
    """Acts on the next customers of a confirmed act, and ends it after the last.

    One that fails is noted with its reason and does not stop the others. Each has its own transaction, so that
    nobody waits for a long list; two who press at once share the work and do nothing twice.

    Returns:
        How many customers still wait.
    """
    waiting = act.items.filter(state=BulkItem.State.LISTED)
    for pk in list(waiting.order_by("pk").values_list("pk", flat=True)[:limit]):
        _perform(act, work, pk, now)
    if work.after_round is not None:
        transaction.on_commit(work.after_round)
    left = waiting.count()
    if not left:
        _end(act, work, now)
    return left


def _perform(act: BulkAct, work: Work, pk: int, now: datetime) -> None:
    try:
        why, detail = _perform_locked(act, work, pk, now)
    except REFUSALS as error:
        why, detail = LeftOut.REFUSED, _sentence(error)
    except Exception:
        # A fault of ours with one customer must not leave the others undone, nor be hidden.
        log.exception("Bulk act %s failed for item %s", act.pk, pk)
        why, detail = LeftOut.FAULT, ""
    if why is not None:
        act.items.filter(pk=pk, state=BulkItem.State.LISTED).update(
            state=BulkItem.State.NOT_DONE, why=str(why), detail=detail[:300]
        )


@transaction.atomic
def _perform_locked(act: BulkAct, work: Work, pk: int, now: datetime) -> tuple[LeftOut | None, str]:
    move = tracks.lock_move(act.items.values_list("move_id", flat=True).get(pk=pk))
    item = act.items.select_for_update().get(pk=pk)
    if item.state != BulkItem.State.LISTED:
        return None, ""
    standing, _held = bulk_acts.standings([move], work.needs, now=now)
    if work.rule.facts(standing[move.pk]) != item.facts or work.rule.judge(standing[move.pk], act.option):
        return LeftOut.CHANGED, ""
    work.perform(move, act, now)
    item.state = BulkItem.State.DONE
    item.save(update_fields=["state"])
    return None, ""


def _sentence(error: Exception) -> str:
    if isinstance(error, BadInput):
        return f"{error.what} {error.remedy}".strip()
    return str(error)


@transaction.atomic
def _end(act: BulkAct, work: Work, now: datetime) -> None:
    act = BulkAct.objects.select_for_update().get(pk=act.pk)
    if act.state != BulkAct.State.RUNNING:
        return
    if work.end is not None:
        act.result = work.end(act, now)
    act.state, act.ended_at = BulkAct.State.ENDED, now
    act.save(update_fields=["state", "ended_at", "result"])
    counts = bulk_acts.numbers(act)
    data = {
        "act": act.act,
        "bulk": str(act.pk),
        "done": counts[BulkItem.State.DONE],
        "not_done": counts[BulkItem.State.NOT_DONE],
    }
    events.record(Tag.OPERATOR_BULK_ENDED, at=now, actor=actor_of(act), data=data)
