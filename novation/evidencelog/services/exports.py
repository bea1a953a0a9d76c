"""Many bundles taken out in one file: who asked for which, and how far the file is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from novation.evidencelog.models import BundleExport


def begin(references: Sequence[str], *, total: int, actor: str, now: datetime) -> BundleExport:
    """Keeps what is to be taken out. The entry of the log is written when the first bundle is made."""
    return BundleExport.objects.create(references=list(references), total=total, actor=actor, asked_at=now)


def by_id(pk: UUID | str) -> BundleExport | None:
    """The one with this id; None when there is none, or it is no id."""
    try:
        return BundleExport.objects.filter(pk=UUID(str(pk))).first()
    except ValueError:
        return None


class Progress:
    """Writes down how far a file is, about a hundred times in all."""

    def __init__(self, takeout: BundleExport, *, total: int, clock: Callable[[], datetime]) -> None:
        self._row = BundleExport.objects.filter(pk=takeout.pk)
        self._clock, self._total, self._done = clock, total, 0
        self._row.update(started_at=clock(), finished_at=None, broken=False, done=0, total=total)

    def one_more(self) -> None:
        """One more bundle went out."""
        self._done = min(self._done + 1, self._total + 1)
        if self._done % max(1, self._total // 100) == 0:
            self._row.update(done=min(self._done, self._total))

    def end(self) -> None:
        """The file ended: whole, or broken off before the last bundle and the end of the ZIP."""
        done = min(self._done, self._total)
        self._row.update(done=done, finished_at=self._clock(), broken=self._done <= self._total)
