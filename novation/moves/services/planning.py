"""Binds a launch to the plan that was reviewed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum

from novation.domain.planning import (
    Brake,
    PlanChanged,
    UnsafePlan,
    WavePlan,
    changes,
    exceeded_limits,
    size_limits,
)
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import Wave
from novation.moves.selectors import planning
from novation.moves.services import programmes

#: Customers of a wave above which its plan is not made on a page or without being asked for.
LARGE = 20_000


def _too_large(wave: Wave) -> list[Brake]:
    """The brakes that need no plan: they are asked first, so that a huge wave is refused at once."""
    found = wave.moves.aggregate(customers=Count("id"), seats=Sum("seat_count"))
    policy = wave.programme.policy
    return size_limits(found["customers"], 0 if found["customers"] <= LARGE else found["seats"] or 0, policy)


@transaction.atomic
def confirm(
    wave: Wave, checksum: str, *, now: datetime, actor: str, reviewed: Mapping[str, Any] | None = None
) -> WavePlan | None:
    """Makes sure that what is about to be launched is what was reviewed, and safe; records it.

    Call it in the transaction of the launch.

    Args:
        wave: about to be launched.
        checksum: of the reviewed plan; empty when none was shown, so that only the brakes count.
        now: programme time.
        actor: who launches.
        reviewed: `snapshot` of the reviewed plan, to say what changed; without it that cannot be said.

    Returns:
        The plan; None for a very large wave without a checksum, of which only the size is judged.

    Raises:
        PlanChanged: the present plan has another checksum.
        UnsafePlan: a brake holds it back.
    """
    wave = programmes.lock_wave(wave)  # what is launched is what is looked at here
    held = _too_large(wave)
    if held:
        raise UnsafePlan(held)
    if not checksum and wave.moves.count() > LARGE:
        return None  # nobody has reviewed it line by line, and the size was just found to be allowed
    plan = planning.of_wave(wave, now)
    if checksum and checksum.lower() != plan.checksum:
        raise PlanChanged(changes(reviewed, plan) if reviewed else [], plan.checksum)
    held = exceeded_limits(plan, wave.programme.policy)
    if held:
        raise UnsafePlan(held)
    content = plan.to_json(planning.rates(wave.programme.policy), full=False)
    document = events.store("items", "application/json", json.dumps(content, sort_keys=True).encode(), at=now)
    data = {
        "wave": wave.number,
        "checksum": plan.checksum,
        "reviewed": bool(checksum),
        "customers": plan.customers,
        "calls": plan.reads + plan.writes,
        "mails": sum(plan.mails.values()),
    }
    events.record(Tag.WAVE_REVIEWED, at=now, actor=actor, data=data, documents=[document])
    return plan
