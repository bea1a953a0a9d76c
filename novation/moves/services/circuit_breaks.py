"""Stop rules: what crosses its line pauses the wave or the programme, and only a person lets it go on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from novation.domain import circuit_breaker
from novation.domain.circuit_breaker import Count, Rule
from novation.domain.errors import BadInput
from novation.domain.stage import ENDED
from novation.domain.steps import is_write, kinds
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import CircuitBreak, Programme, Wave
from novation.moves.services import tracks
from novation.operations.models import Step


@transaction.atomic
def judge(
    programme: Programme, wave: Wave | None, rule: Rule, count: Count, *, now: datetime
) -> CircuitBreak | None:
    """Stops the wave (or, without one, the programme) when `count` crosses the line of `rule`.

    Returns:
        The new halt; None when the line is not crossed, or the rule has spoken already.
    """
    if not circuit_breaker.crossed(count, circuit_breaker.line(rule, programme.policy)):
        return None
    # The wave before its programme. Locked, so that of two who see the line crossed one speaks.
    if wave is not None:
        Wave.objects.select_for_update(no_key=True).get(pk=wave.pk)
    Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)
    if CircuitBreak.objects.filter(programme=programme, wave=wave, rule=rule, ended_at=None).exists():
        return None
    halt = CircuitBreak.objects.create(
        programme=programme, wave=wave, rule=rule, bad=count.bad, of=count.of, at=now
    )
    data = {"rule": str(rule), "bad": count.bad, "of": count.of}
    if wave is None:
        Programme.objects.filter(pk=programme.pk, state=Programme.State.RUNNING).update(
            state=Programme.State.PAUSED
        )
        events.record(Tag.PROGRAMME_STOPPED, at=now, actor="engine", data=data)
        tracks.wake_free(programme.moves.exclude(stage__in=ENDED), at=now)
    else:
        Wave.objects.filter(pk=wave.pk, state=Wave.State.RUNNING).update(state=Wave.State.PAUSED)
        events.record(Tag.WAVE_STOPPED, at=now, actor="engine", data={**data, "wave": wave.number})
        tracks.wake_free(wave.moves.exclude(stage__in=ENDED), at=now)
    return halt


def counted_from(programme: Programme, wave: Wave | None, rule: Rule) -> datetime | None:
    """What happened before this was looked at by a person and does not count again; None: everything counts."""
    last = (
        CircuitBreak.objects.filter(programme=programme, wave=wave, rule=rule).exclude(ended_at=None).first()
    )
    return last.ended_at if last else None


def failures(programme: Programme) -> Count:
    """The last calls that change something, and how many of them failed so that an operator must look."""
    window = programme.policy.stop_failures_of
    # Reads leave a row only when they fail.
    steps = Step.objects.filter(programme_id=programme.pk, kind__in=list(filter(is_write, kinds()))).exclude(
        outcome=""
    )
    since = counted_from(programme, None, Rule.FAILURES)
    if since is not None:
        steps = steps.filter(outcome_at__gt=since)
    last = steps.only("outcome", "retry_at", "settled_by").order_by("-id")[:window]
    return Count(sum(step.waits_for_person for step in last), len(last))


def judge_failures(programme: Programme, *, now: datetime) -> CircuitBreak | None:
    """The rule about failing calls, for the whole programme. The engine asks for it every few seconds."""
    if programme.state != Programme.State.RUNNING or not programme.policy.stop_failures_of:
        return None
    return judge(programme, None, Rule.FAILURES, failures(programme), now=now)


def open_halts(programme: Programme, wave: Wave | None = None) -> QuerySet[CircuitBreak]:
    """The halts that nobody has looked at yet: all of the programme, or those of one wave."""
    found = CircuitBreak.objects.filter(programme=programme, ended_at=None).select_related("wave")
    return found.filter(wave=wave) if wave is not None else found


@transaction.atomic
def end(halts: Sequence[CircuitBreak], *, note: str, now: datetime, actor: str) -> None:
    """A person has looked at these halts. What was counted until now does not count again.

    Raises:
        BadInput: no word on what was found, or nobody of ours says it.
    """
    if not halts:
        return
    if actor == "engine":
        raise BadInput("Only a person may resume it.")
    if not note.strip():
        raise BadInput(
            "It stopped itself, and nobody has said why.", where="note",
            remedy="Say in a sentence what you found and did.",
        )  # fmt: skip
    for halt in halts:
        halt.ended_at, halt.ended_by, halt.note = now, actor, note.strip()[:400]
        halt.save(update_fields=["ended_at", "ended_by", "note"])
