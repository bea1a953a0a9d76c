"""One quick look at the database: is anybody at work, and when is something due next?

The look is taken many times a second beside the engine on the same machine, so it is one plain statement.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from novation import clock
from novation.domain.stage import ENDED
from novation.engine import checkpointer
from novation.evidencelog.models import Checkpoint, Stamp
from novation.evidencelog.raw_sql import moment_of
from novation.operations.models import Step

#: Real time in which a checkpoint that becomes due is waited for, and how many of the newest are looked at.
CHECKPOINT_MARGIN = timedelta(seconds=1)
NEWEST_CHECKPOINTS = 40

_QUERY = """
SELECT
  (SELECT count(*) FROM moves_move WHERE due_at <= %s OR lease_until IS NOT NULL),
  (SELECT count(*) FROM operations_step WHERE outcome = 'unknown'),
  (SELECT count(*) FROM notices_notice WHERE state = 'sending' OR (state = 'queued' AND retry_at <= %s
     AND NOT EXISTS (SELECT 1 FROM moves_circuitbreak WHERE ended_at IS NULL))),
  (SELECT count(*) FROM operations_task WHERE state = 'open')
    + (SELECT count(*) FROM moves_circuitbreak WHERE ended_at IS NULL),
  (SELECT min(due_at) FROM moves_move WHERE due_at > %s),
  (SELECT min(retry_at) FROM notices_notice WHERE state = 'queued' AND retry_at > %s),
  (SELECT count(*) FROM moves_move WHERE stage NOT IN ({ended})),
  (SELECT coalesce(max(size), 0) FROM evidencelog_loghead)
""".format(ended=", ".join(f"'{stage}'" for stage in sorted(ENDED)))  # noqa: S608 (our own words)


@dataclass(frozen=True)
class ProbeResult:
    """What the rows say.

    Args:
        due: moves that the engine should look at now, or holds.
        unknown: calls whose outcome nobody knows yet.
        mails: mails on their way.
        tasks: open tasks for operators, and stops that wait for them.
        next_due: when the engine has something to do next.
        open_moves: moves that have not ended.
        entries: length of the evidence log.
    """

    due: int
    unknown: int
    mails: int
    tasks: int
    next_due: datetime | None
    open_moves: int
    entries: int

    @property
    def busy(self) -> bool:
        """True while the clock must not jump."""
        return bool(self.due or self.unknown or self.mails)


def probe_database(now: datetime) -> ProbeResult:
    """Looks once."""
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, [connection.ops.adapt_datetimefield_value(now)] * 4)
        due, unknown, mails, tasks, move_at, mail_at, open_moves, entries = cursor.fetchone()
    next_due = earliest((moment_of(move_at), moment_of(mail_at)))
    return ProbeResult(due, unknown, mails, tasks, next_due, open_moves, entries)


def is_stamp_pending(now: datetime) -> bool:
    """True while a checkpoint is about to be signed, or lacks a stamp of every time service."""
    due = checkpointer.due_at(clock.clock())
    if due is not None and due <= now + clock.clock().real(CHECKPOINT_MARGIN):
        return True
    newest = list(Checkpoint.objects.order_by("-size").values_list("size", flat=True)[:NEWEST_CHECKPOINTS])
    stamped = Stamp.objects.filter(checkpoint__in=newest, answer__isnull=False).values("checkpoint")
    return len(newest) > stamped.distinct().count()


def count_looked_up_steps() -> int:
    """Calls whose unknown outcome was settled by looking it up."""
    return Step.objects.exclude(settled_by="").count()


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    """The first of some moments, None among them meaning never."""
    return min((moment for moment in moments if moment is not None), default=None)
