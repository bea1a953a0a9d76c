"""Whether everything runs, as far as the rows can say. What was not observed is called unknown, never well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext as _

from novation import clock
from novation.console.templatetags.novation import length
from novation.domain.tracks import Code
from novation.evidencelog.services import timestamps
from novation.moves.models import Programme
from novation.moves.selectors import unsettled
from novation.moves.selectors.home import Frame, Pulse
from novation.notices.models import Notice
from novation.operations.selectors import engines

#: Due work that nobody took for so long (in real time) means that no engine runs.
ENGINE_LATE = timedelta(minutes=2)
#: Mail that waits so long (in real time) needs somebody.
MAIL_LATE = timedelta(minutes=30)


@dataclass(frozen=True)
class Check:
    """One line of the panel: what, how it is shown, and the fact behind it."""

    label: str
    code: Code
    word: str
    fact: str


def checks(programme: Programme, now: datetime, pulse: Pulse, frame: Frame) -> list[Check]:
    """All lines: engine, both accounts, mail, uncertain calls, evidence log."""
    return [
        engine(now, pulse),
        *stuck(),
        account(_("Old account"), programme.source.name, frame.old_read_at, now),
        account(_("New account"), programme.target.name, frame.new_read_at, now),
        mail(programme, now),
        uncertain(now, pulse),
        log(pulse, now),
    ]


def engine(now: datetime, pulse: Pulse) -> Check:
    """Running, idle, or standing still with work that is due."""
    label = _("Engine")
    if pulse.oldest_due is not None and now - pulse.oldest_due > clock.clock().real(ENGINE_LATE):
        fact = _("{number} moves are due, the oldest for {length}. Start it with “novation engine”.").format(
            number=f"{pulse.due:,}", length=length(now - pulse.oldest_due)
        )
        return Check(label, Code.ACT, _("Stands still"), fact)
    if pulse.engine_seen is None:
        return Check(label, Code.REST, _("Not seen yet"), _("It has not written anything so far"))
    fact = _("{steps} calls in the last hour, last sign {length} ago").format(
        steps=f"{pulse.steps_last_hour:,}", length=length(now - pulse.engine_seen)
    )
    working = engines.working(now=now, clock=clock.clock()).count()
    if working > 1:
        fact = _("{number} engines at work; {fact}").format(number=working, fact=fact)
    return Check(label, Code.DONE, _("Nothing overdue"), fact)


def stuck() -> list[Check]:
    """Customers that the engine cannot go on with, by a fault in the rules or the record; no line without any."""
    rows = list(unsettled.poisoned()[:3])
    if not rows:
        return []
    names = ", ".join(f"{row.reference}: {row.due_why}" for row in rows)
    return [Check(_("Put off after errors"), Code.ACT, f"{unsettled.poisoned().count():,}", names)]


def account(label: str, name: str, read_at: datetime | None, now: datetime) -> Check:
    """When anything of it was last read."""
    if read_at is None:
        return Check(label, Code.REST, _("Not read yet"), name)
    fact = _("{name}, {length} ago").format(name=name, length=length(now - read_at))
    return Check(label, Code.DONE, _("Read"), fact)


def mail(programme: Programme, now: datetime) -> Check:
    """What waits in the mail queue, and what did not arrive."""
    open_states = (Notice.State.QUEUED, Notice.State.SENDING)
    found = Notice.objects.filter(move__programme=programme).aggregate(
        waiting=Count("id", filter=Q(state__in=open_states)),
        oldest=Min("queued_at", filter=Q(state__in=open_states)),
        sent=Count("id", filter=Q(state=Notice.State.SENT)),
        bounced=Count("id", filter=Q(state=Notice.State.BOUNCED)),
        failed=Count("id", filter=Q(state=Notice.State.FAILED)),
        uncertain=Count("id", filter=Q(state=Notice.State.UNCERTAIN)),
        last=Max("sent_at"),
    )
    fact = _("{sent} sent, {bounced} came back, {uncertain} with delivery unknown").format(
        **{name: f"{found[name]:,}" for name in ("sent", "bounced", "uncertain")}
    )
    label = _("Mail")
    if found["failed"]:
        return Check(label, Code.ACT, _("{number} failed").format(number=f"{found['failed']:,}"), fact)
    if found["waiting"]:
        late = now - found["oldest"] > clock.clock().real(MAIL_LATE)
        word = _("{number} waiting").format(number=f"{found['waiting']:,}")
        return Check(label, Code.ACT if late else Code.DOING, word, fact)
    if found["sent"] == 0:
        return Check(label, Code.REST, _("Nothing sent yet"), _("The first wave has not been launched"))
    return Check(label, Code.DONE, _("Queue empty"), fact)


def uncertain(now: datetime, pulse: Pulse) -> Check:
    """Calls that were made and whose outcome is not known."""
    label = _("Uncertain calls")
    if not pulse.unknown.number:
        fact, start = _("Every call has a known outcome"), engines.last_start(uncertain_only=True)
        if start is not None:
            fact = _(
                "The start {length} ago found {found}: {done} had been carried out, {not_done} had not"
            ).format(
                length=length(now - start.run.started_at),
                found=start.found,
                done=start.done,
                not_done=start.not_done,
            )
        return Check(label, Code.DONE, _("None"), fact)
    fact = _("The oldest for {length}; looked up, never sent again blindly").format(
        length=length(now - pulse.unknown.oldest) if pulse.unknown.oldest else "–"
    )
    return Check(label, Code.UNKNOWN, f"{pulse.unknown.number:,}", fact)


def log(pulse: Pulse, now: datetime) -> Check:
    """How long the evidence log is, and whether others vouch for its time."""
    label = _("Evidence log")
    fact = _("{number} entries").format(number=f"{pulse.log_size:,}")
    number, oldest = timestamps.overdue(now=now, clock=clock.clock())
    if oldest is not None:
        fact = _("{number} checkpoints without their time stamps, the oldest for {length}").format(
            number=f"{number:,}", length=length(now - oldest.at)
        )
        return Check(label, Code.ACT, _("Not stamped"), fact)
    return Check(label, Code.DONE if pulse.log_size else Code.REST, _("Written"), fact)
