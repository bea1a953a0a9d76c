"""Counts what came back of the last mails, and stops the wave, or the programme, that crosses its line."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from novation.domain.circuit_breaker import Count, Rule, line
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import CircuitBreak, Move, Programme, Wave
from novation.moves.services import circuit_breaks
from novation.notices.models import Notice
from novation.notices.purposes import RULES

_OUTCOMES = (Notice.State.SENT, Notice.State.UNCERTAIN, Notice.State.BOUNCED, Notice.State.FAILED)
_CAMPAIGN = [str(purpose) for purpose, rule in RULES.items() if not rule.reply]


def count(programme: Programme, wave: Wave | None, rule: Rule, *, also: int | None = None) -> Count:
    """What the rule sees now: of the last mails of the wave, or of the programme when `wave` is None.

    `also` is the id of a move whose complaint is recorded in this transaction.
    """
    if rule is Rule.FAILURES:
        return circuit_breaks.failures(programme)
    window = line(rule, programme.policy).window
    since = circuit_breaks.counted_from(programme, wave, rule)
    mails = _mails(programme, wave)
    if rule is Rule.BOUNCES:
        if since is not None:
            mails = mails.filter(claimed_at__gt=since)
        states = list(mails.values_list("state", flat=True)[:window])
        return Count(
            sum(1 for state in states if state in (Notice.State.BOUNCED, Notice.State.FAILED)), len(states)
        )
    told = list(mails.values_list("move", flat=True)[:window])
    # As the log stands: reading what waits to be written would lock it, and the judge locks more after this.
    complaints = Event._base_manager.filter(tag=Tag.NOTICE_COMPLAINED, move_id__in=told)
    if since is not None:
        complaints = complaints.filter(at__gt=since)
    complained = {*complaints.values_list("move_id", flat=True), also}
    return Count(len(complained & set(told)), len(told))


def _mails(programme: Programme, wave: Wave | None) -> QuerySet[Notice]:
    """Campaign mails that came to an outcome, the newest first."""
    where = Q(move__programme=programme) if wave is None else Q(move__wave=wave)
    return Notice.objects.filter(where, state__in=_OUTCOMES, purpose__in=_CAMPAIGN).order_by(
        "-claimed_at", "-id"
    )


def judge(move: Move, *, now: datetime, complained: bool = False) -> CircuitBreak | None:
    """Looks at the rules for mail after one of this move's came back. Call inside the transaction that says so.

    Args:
        move: locked.
        now: programme time.
        complained: its recipient has complained, and that is recorded in this transaction.

    Its wave is stopped first; the programme only when several waves share in what came back.
    """
    programme, wave, also = move.programme, move.wave, move.pk if complained else None
    for rule in (Rule.BOUNCES, Rule.COMPLAINTS):
        if wave is not None:
            halt = circuit_breaks.judge(
                programme, wave, rule, count(programme, wave, rule, also=also), now=now
            )
            if halt is not None:
                return halt
        several = programme.waves.filter(state=Wave.State.RUNNING).count() > 1
        if wave is None or several:
            halt = circuit_breaks.judge(
                programme, None, rule, count(programme, None, rule, also=also), now=now
            )
            if halt is not None:
                return halt
    return None
