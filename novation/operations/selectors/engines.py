"""Which engines work, what their starts found uncertain, and which customers they cannot go on with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from novation.clock import Clock
from novation.operations.models import EngineRun, Step

#: Real time after which an engine that gave no sign is not counted as working.
SILENT = timedelta(minutes=1)


def working(*, now: datetime, clock: Clock) -> QuerySet[EngineRun]:
    """The engines that gave a sign of life lately and did not stop."""
    return EngineRun.objects.filter(ended_at=None, seen_at__gt=now - clock.real(SILENT))


@dataclass(frozen=True)
class StartReport:
    """What one start of an engine found uncertain, and what has become of it."""

    run: EngineRun
    found: int
    done: int
    not_done: int
    open: int

    @property
    def sentence(self) -> str:
        """The report in one English sentence, for logs and `novation check`."""
        start = f"Engine {self.run.owner} started at {self.run.started_at:%Y-%m-%d %H:%M:%S} UTC"
        if not self.found:
            return f"{start} and found no call with an unknown outcome."
        return (
            f"{start} and found {self.found} calls with an unknown outcome: {self.done} had been carried out, "
            f"{self.not_done} had not, {self.open} are still looked up."
        )


def last_start(*, uncertain_only: bool = False) -> StartReport | None:
    """The report of the newest start; None before the first. `uncertain_only`: the newest that found anything."""
    runs = EngineRun.objects.order_by("-id")[:50]
    run = next((one for one in runs if one.uncertain_steps or not uncertain_only), None)
    return report_of(run) if run is not None else None


def report_of(run: EngineRun) -> StartReport:
    """What has become of the calls that this start found uncertain."""
    ids = list(run.uncertain_steps)
    outcomes: Counter[str] = Counter()
    for start in range(0, len(ids), 500):
        rows = Step.objects.filter(pk__in=ids[start : start + 500])
        outcomes.update(rows.order_by().values_list("outcome", flat=True))
    done, not_done = outcomes[Step.Outcome.DONE], outcomes[Step.Outcome.NOT_DONE]
    return StartReport(run, len(ids), done, not_done, len(ids) - done - not_done)
