"""Launches a wave: only when nothing stands in the way. One list of obstacles serves the page and the command."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from novation.domain import states
from novation.domain.errors import BadInput
from novation.moves.models import Wave
from novation.moves.services import circuit_breaks, programmes
from novation.notices import preflight
from novation.notices.models import Notice

_UNSETTLED = (Notice.State.QUEUED, Notice.State.SENDING)


@dataclass(frozen=True)
class Obstacle:
    """Why a wave must not be launched yet, and how that is mended. `kind` is a short name for programs."""

    kind: str
    sentence: str
    remedy: str


def obstacles(wave: Wave, *, person: Any, now: datetime) -> list[Obstacle]:
    """All that stands in the way of a launch by this person.

    Args:
        wave: in draft.
        person: who would press the button; None for the command line.
        now: programme time.
    """
    return [*_stopped(wave), *_mail(wave, now), *_pilot(wave), *_second(wave, person)]


def _stopped(wave: Wave) -> list[Obstacle]:
    if not circuit_breaks.open_halts(wave.programme).exists():
        return []
    return [
        Obstacle(
            "halt",
            _("Something stopped itself, and nobody has looked at it yet."),
            _("Find out why, then resume it; a new wave comes after that."),
        )
    ]


def _mail(wave: Wave, now: datetime) -> list[Obstacle]:
    found = preflight.standing(wave.programme, now=now)
    return [Obstacle("mail", one.sentence, one.remedy) for one in found if not one.warning]


def _pilot(wave: Wave) -> list[Obstacle]:
    largest = wave.programme.policy.pilot_largest
    if wave.moves.count() <= largest:
        return []
    launched = wave.programme.waves.exclude(launched_at=None).exclude(pk=wave.pk)
    settled = [
        one
        for one in launched
        if one.moves.filter(notice_state__in=states.MAX_UNCERTAIN_LOGGED).exists()
        and not Notice.objects.filter(move__wave=one, state__in=_UNSETTLED).exists()
    ]
    if settled:
        return []
    return [
        Obstacle(
            "pilot",
            _(
                "No pilot was informed yet: a wave of more than {number} customers comes after a smaller one."
            ).format(number=largest),
            _("Launch a small wave first, and wait until each of its mails has an outcome."),
        )
    ]


def _second(wave: Wave, person: Any) -> list[Obstacle]:
    if not wave.programme.policy.second_launcher:
        return []
    agreed = wave.approvals.filter(recipients_sha256=programmes.recipients_sha256(wave))
    if person is not None:
        agreed = agreed.exclude(person=person)
    if agreed.exists():
        return []
    stale = wave.approvals.exists()
    return [
        Obstacle(
            "approval",
            _("The list has changed since a second person agreed.")
            if stale and not wave.approvals.filter(person=person).exists()
            else _("No second person has agreed to this list yet."),
            _("Somebody with the right to approve opens this page, reads the list and agrees."),
        )
    ]


@transaction.atomic
def launch(
    wave: Wave, *, person: Any, now: datetime, actor: str, release_at: datetime | None = None, **rest: Any
) -> Wave:
    """Freezes the recipients and begins to tell them, if nothing stands in the way.

    Args:
        wave: in draft.
        person: who presses the button; None for the command line.
        release_at: not before; at once when None.
        rest: goes on to `programmes.launch_wave`.

    Raises:
        BadInput: the first obstacle, in words; or the wave is empty or was launched before.
    """
    wave = programmes.lock_wave(wave)
    if wave.state in (Wave.State.DRAFT, Wave.State.SCHEDULED) and wave.moves.exists():
        for obstacle in obstacles(wave, person=person, now=now):
            raise BadInput(obstacle.sentence, remedy=obstacle.remedy)
    return programmes.launch_wave(wave, now=now, actor=actor, release_at=release_at, **rest)
