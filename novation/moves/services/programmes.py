"""Programmes and waves: laid down, launched, paused and resumed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from novation.customers.models import Account
from novation.domain.errors import BadInput
from novation.domain.policy import Policy
from novation.domain.stage import ENDED
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import Move, Programme, Wave, WaveApproval
from novation.moves.services import circuit_breaks, readiness, tracks


@transaction.atomic
def create_programme(
    *,
    name: str,
    source: Account,
    target: Account,
    sender_name: str,
    sender_email: str,
    now: datetime,
    actor: str,
    policy: Policy | None = None,
    **details: Any,
) -> Programme:
    """Lays down a programme.

    Args:
        name: what our people call it.
        source, target: the two accounts; they must differ.
        sender_name, sender_email: who the letters come from.
        policy: periods and limits; defaults when None.
        details: further fields of Programme (same_entity, sender_phone, reference_prefix, access_roles …).

    Raises:
        BadInput: source and target are the same tenant (error 900148 at Microsoft).
    """
    if source.tenant_id == target.tenant_id:
        raise BadInput("Source and target are the same partner account.", remedy="Connect the other one.")
    values = (policy or Policy()).to_json()
    programme = Programme.objects.create(
        name=name,
        source=source,
        target=target,
        sender_name=sender_name,
        sender_email=sender_email,
        policy_values=values,
        created_at=now,
        **details,
    )
    events.record(
        Tag.PROGRAMME_CREATED,
        at=now,
        actor=actor,
        data={
            "name": name,
            "source": source.tenant_id,
            "target": target.tenant_id,
            "same_entity": programme.same_entity,
            "policy": {key: str(value) for key, value in values.items()},
        },
    )
    return programme


@transaction.atomic
def change_policy(programme: Programme, policy: Policy, *, now: datetime, actor: str) -> list[str]:
    """Gives a programme other periods and limits; they hold from the next decision on.

    Returns:
        The names of the settings that are others now.
    """
    programme = _locked_with_moves(programme)
    before, after = programme.policy.to_json(), policy.to_json()
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        programme.policy_values = after
        programme.save(update_fields=["policy_values"])
        data = {"policy": {name: {"from": str(before[name]), "to": str(after[name])} for name in changed}}
        events.record(Tag.PROGRAMME_CHANGED, at=now, actor=actor, data=data)
        programme.moves.exclude(stage__in=ENDED).update(due_at=now)
        readiness.mark_programme(programme, now=now)
    return changed


@transaction.atomic
def create_wave(
    programme: Programme, moves: Iterable[Move], *, now: datetime, actor: str, name: str = "", bulk: str = ""
) -> Wave:
    """Puts moves that are in no wave yet into a new one, in draft.

    Args:
        bulk: id of the bulk act that makes it and then adds its customers one by one.
    """
    ids = sorted(move.pk for move in moves)
    for start in range(0, len(ids), 500):
        tracks.lock_moves(Move.objects.filter(pk__in=ids[start : start + 500]))
    # Locked, so that two new waves do not get the same number.
    Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)
    last = programme.waves.order_by("-number").values_list("number", flat=True).first()
    wave = Wave.objects.create(programme=programme, number=(last or 0) + 1, name=name, created_at=now)
    taken = 0
    for start in range(0, len(ids), 500):
        taken += Move.objects.filter(pk__in=ids[start : start + 500], wave=None).update(wave=wave)
    data = {"wave": wave.number, "customers": taken, **({"bulk": bulk} if bulk else {})}
    events.record(Tag.WAVE_CREATED, at=now, actor=actor, data=data)
    return wave


@transaction.atomic
def join_wave(move: Move, wave_id: int) -> None:
    """Adds a move to a wave that was not launched. Its list becomes an event when it is frozen.

    Raises:
        BadInput: the wave was launched, or the move is in one.
    """
    wave = Wave.objects.select_for_update().get(pk=wave_id)
    if wave.state not in (Wave.State.DRAFT, Wave.State.SCHEDULED):
        raise BadInput(f"{wave} was launched already.", remedy="Make a new wave for further customers.")
    if not Move.objects.filter(pk=move.pk, wave=None).update(wave=wave):
        raise BadInput(f"{move.reference} is in a wave already.")


@transaction.atomic
def launch_wave(wave: Wave, *, now: datetime, actor: str, release_at: datetime | None = None) -> Wave:
    """Freezes the recipients and lets the engine begin to tell them.

    Args:
        wave: in draft or scheduled.
        release_at: when the first mail may go; at once when None.

    Raises:
        BadInput: the wave is empty or was launched before.
    """
    wave = lock_wave(wave)
    if wave.state not in (Wave.State.DRAFT, Wave.State.SCHEDULED):
        raise BadInput(f"{wave} was launched already.", remedy="Make a new wave for further customers.")
    references = list(wave.moves.order_by("reference").values_list("reference", flat=True))
    if not references:
        raise BadInput(f"{wave} has no customers.", remedy="Add customers first.")
    wave.state, wave.launched_at, wave.release_at = Wave.State.RUNNING, now, release_at or now
    wave.frozen = len(references)
    wave.save()
    document = events.store("items", "text/plain", "\n".join(references).encode(), at=now)
    data = {"wave": wave.number, "customers": len(references)}
    events.record(Tag.WAVE_FROZEN, at=now, actor=actor, data=data, documents=[document])
    events.record(Tag.WAVE_LAUNCHED, at=now, actor=actor, data=data)
    wave.moves.exclude(stage__in=ENDED).update(due_at=wave.release_at)
    return wave


def lock_wave(wave: Wave) -> Wave:
    """The wave as it is now, locked with its moves and its programme, as for a launch. Call inside a transaction."""
    tracks.lock_moves(wave.moves.all())
    found = Wave.objects.select_for_update(no_key=True).get(pk=wave.pk)
    # Launches of one programme come one after the other, and none while a stop rule speaks.
    found.programme = Programme.objects.select_for_update(no_key=True).get(pk=found.programme_id)
    return found


def _locked_with_moves(programme: Programme) -> Programme:
    tracks.lock_moves(programme.moves.all())
    return Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)


def recipients_sha256(wave: Wave) -> str:
    """Names the present list of a wave: SHA-256 over the references in their order, one a line."""
    references = wave.moves.order_by("reference").values_list("reference", flat=True)
    return hashlib.sha256("\n".join(references).encode()).hexdigest()


@transaction.atomic
def approve_wave(wave: Wave, person: Any, *, now: datetime) -> WaveApproval:
    """A person agrees to the launch of this wave with exactly its present list. A changed list needs a new approval.

    Raises:
        BadInput: the wave is empty or was launched before.
    """
    wave = Wave.objects.select_for_update(no_key=True).get(pk=wave.pk)
    if wave.state not in (Wave.State.DRAFT, Wave.State.SCHEDULED):
        raise BadInput(f"{wave} was launched already.")
    if not wave.moves.exists():
        raise BadInput(f"{wave} has no customers.", remedy="Add customers first.")
    listed = recipients_sha256(wave)
    found = WaveApproval.objects.filter(wave=wave, person=person).first()
    if found is not None and found.recipients_sha256 == listed:
        return found
    approval, _new = WaveApproval.objects.update_or_create(
        wave=wave, person=person, defaults={"at": now, "recipients_sha256": listed}
    )
    data = {"wave": wave.number, "customers": wave.moves.count(), "recipients": listed}
    events.record(Tag.WAVE_APPROVED, at=now, actor=f"operator:{person.pk}", data=data)
    return approval


@transaction.atomic
def set_wave_paused(wave: Wave, paused: bool, *, now: datetime, actor: str, note: str = "") -> Wave:
    """Stops new sends and requests of a wave, or lets it go on. Readings never stop.

    Args:
        note: what was found and done; needed when a stop rule had paused it.

    Raises:
        BadInput: the wave cannot be paused or resumed now, or it stopped itself and `note` is missing.
    """
    wave = lock_wave(wave)
    before, after = Wave.State.RUNNING, Wave.State.PAUSED
    if not paused:
        before, after = after, before
    if wave.state != before:
        raise BadInput(f"{wave} is {wave.state}; it cannot be {'paused' if paused else 'resumed'}.")
    if not paused:
        circuit_breaks.end(
            list(circuit_breaks.open_halts(wave.programme, wave)), note=note, now=now, actor=actor
        )
    wave.state = after
    wave.save(update_fields=["state"])
    tag = Tag.WAVE_PAUSED if paused else Tag.WAVE_RESUMED
    events.record(tag, at=now, actor=actor, data={"wave": wave.number}, personal={"note": note})
    wave.moves.exclude(stage__in=ENDED).update(due_at=now)
    return wave


@transaction.atomic
def finish_wave(wave: Wave, *, now: datetime) -> bool:
    """Finishes a running wave whose every customer has come to its end; True when it did so now.

    A customer of a finished wave may still decide anew: its own move goes on, the wave stays finished.
    """
    # Locked before the look: of two engines that end the last moves at the same time, the second one sees both ends.
    Wave.objects.select_for_update(no_key=True).get(pk=wave.pk)
    if wave.moves.exclude(stage__in=ENDED).exists():
        return False
    if not Wave.objects.filter(pk=wave.pk, state=Wave.State.RUNNING).update(state=Wave.State.FINISHED):
        return False
    data = {"wave": wave.number, "customers": wave.frozen}
    events.record(Tag.WAVE_FINISHED, at=now, actor="engine", data=data)
    return True


@transaction.atomic
def set_move_paused(
    move: Move, paused: bool, *, now: datetime, actor: str, reason: str = "", bulk: str = ""
) -> Move:
    """Pauses one customer's move, or lets it go on. Twice the same is no error and leaves no second event.

    Args:
        reason: typed by a person.
        bulk: id of the act on many customers that this belongs to.
    """
    move = tracks.lock_move(move.pk)
    if move.paused != paused:
        move.paused, move.due_at = paused, now
        move.save(update_fields=["paused", "due_at"])
        tag = Tag.MOVE_PAUSED if paused else Tag.MOVE_RESUMED
        data = {"bulk": bulk} if bulk else {}
        events.record(tag, at=now, actor=actor, subject=move.subject, data=data, personal={"reason": reason})
    return move


@transaction.atomic
def set_programme_paused(
    programme: Programme, paused: bool, *, now: datetime, actor: str, note: str = ""
) -> Programme:
    """Pauses the whole programme, or lets it go on.

    Raises:
        BadInput: it stopped itself, and `note` does not say what was found and done.
    """
    programme = _locked_with_moves(programme)
    state = Programme.State.PAUSED if paused else Programme.State.RUNNING
    if programme.state != state:
        if not paused:
            own = [halt for halt in circuit_breaks.open_halts(programme) if halt.wave_id is None]
            circuit_breaks.end(own, note=note, now=now, actor=actor)
        programme.state = state
        programme.save(update_fields=["state"])
        data = {"state": str(state)}
        events.record(Tag.PROGRAMME_CHANGED, at=now, actor=actor, data=data, personal={"note": note})
        programme.moves.exclude(stage__in=ENDED).update(due_at=now)
    return programme
