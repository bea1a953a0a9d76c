"""The plan on a wave's page, and the launch that is bound to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext as _

from novation.console import labels
from novation.domain.planning import WavePlan, exceeded_limits
from novation.domain.steps import RULES, TaskKind, is_write
from novation.moves.models import Wave
from novation.moves.selectors import planning
from novation.moves.services import planning as service
from novation.moves.services.planning import LARGE

#: Recipients above which the form does not carry the lines along; a change is then refused without its list.
CARRIED = 5_000
SALT = "the plan of a wave"


def plan_context(wave: Wave, now: datetime) -> dict[str, Any]:
    """What the page of a wave that is not launched shows of its plan; empty for other waves and very large ones."""
    if wave.state not in (Wave.State.DRAFT, Wave.State.SCHEDULED) or wave.launched_at is not None:
        return {}
    if not 0 < wave.moves.count() <= LARGE:
        return {}
    plan = planning.of_wave(wave, now)
    policy = wave.programme.policy
    spent = plan.minutes(planning.rates(policy))
    held = exceeded_limits(plan, policy)
    return {
        "plan": {
            "checksum": plan.checksum,
            "signed": signing.dumps(plan.snapshot(), salt=SALT, compress=True)
            if plan.customers <= CARRIED
            else "",
            "made": plan,
            "mails": sum(plan.mails.values()),
            "reminders": plan.reminders(len(policy.reminders)),
            "rows": _rows(plan),
            "spent": [
                (_("Calls"), spoken(spent["api"])),
                (_("Mails"), spoken(spent["mail"])),
                (_("Operators"), spoken(spent["operators"])),
            ],
            "brakes": held,
        }
    }


def confirm(request: HttpRequest, wave: Wave, now: datetime, actor: str) -> None:
    """Refuses a launch whose plan is not the one that the page showed. Call it in the launch's transaction."""
    checksum = request.POST.get("plan", "").strip()
    reviewed = None
    if checksum and (signed := request.POST.get("reviewed", "")):
        try:
            reviewed = signing.loads(signed, salt=SALT)
        except signing.BadSignature:
            reviewed = None  # only the list of changes is lost
    service.confirm(wave, checksum, now=now, actor=actor, reviewed=reviewed)


def spoken(minutes: float) -> str:
    """A length of time in one unit."""
    if minutes < 1:
        return _("under a minute")
    if minutes < 120:
        return _("{number} min").format(number=f"{minutes:.0f}")
    return _("{number} h").format(number=f"{minutes / 60:.1f}")


def _rows(plan: WavePlan) -> list[dict[str, Any]]:
    """Calls, mails and tasks by kind, each with its number and what it does."""
    rows: list[dict[str, Any]] = [
        {
            "what": labels.step_label(kind),
            "does": _("changes the {account} account")
            if is_write(kind)
            else _("reads the {account} account"),
            "account": _("old") if RULES[kind].account == "source" else _("new"),
            "number": number,
            "write": is_write(kind),
        }
        for kind, number in plan.steps.items()
    ]
    for row in rows:
        row["does"] = row["does"].format(account=row["account"])
    rows += [
        {"what": labels.purpose(purpose), "does": _("mail to the customer"), "number": number}
        for purpose, number in plan.mails.items()
    ]
    rows += [
        {"what": labels.TASKS[TaskKind(task)], "does": _("task of an operator"), "number": number}
        for task, number in plan.tasks.items()
    ]
    return rows
