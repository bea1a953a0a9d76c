"""Which bundles are exported while the programme runs, and which are kept at its end."""

from pathlib import Path

import pytest

from novation.domain.stage import Stage
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import Move
from novation.notices import services as notices
from novation.notices.models import Notice
from novation.rehearsal import exporter
from novation.rehearsal.exporter import Verdict, entries_of
from tests import people
from tests.builders import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def ended() -> Move:
    (move,) = people.moves(1)
    people.put(move, notice="queued")
    people.put(move, notice="sent", decision="asked")
    people.says(move, "declined", reason="We stay.")
    people.put(move, closeout="stays")
    Move.objects.update(stage=Stage.STAYS)
    Notice.objects.update(state=Notice.State.SENT)
    return Move.objects.get(pk=move.pk)


def ready(verdicts: dict[str, Verdict]) -> list[str]:
    return [move.reference for move in exporter._ready(verdicts)]


def fresh(move: Move) -> Verdict:
    return Verdict(entries_of([move])[move.pk], "", True)


def test_who_has_ended_is_exported_once(ended: Move) -> None:
    assert ready({}) == [ended.reference]
    assert ready({ended.reference: fresh(ended)}) == []


def test_what_happens_afterwards_or_failed_is_exported_again(ended: Move) -> None:
    before = fresh(ended)
    assert ready({ended.reference: Verdict(before.entries, "time stamps: awaited", False)}) == [
        ended.reference
    ]
    events.record(
        Tag.MOVE_TRACK_CHANGED, at=NOW, actor="engine", subject=ended.subject, data={"why": "later"}
    )
    assert ready({ended.reference: before}) == [ended.reference]


def test_who_is_under_way_or_expects_a_mail_has_to_wait(ended: Move) -> None:
    notices.queue(move=ended, purpose="done", now=NOW)
    assert ready({}) == []


def test_verdicts_are_read_as_they_were_kept(tmp_path: Path) -> None:
    assert exporter.read_verdicts(tmp_path) == {}
    kept = {"NOV-0001-0001": Verdict(12, "", True)}
    exporter._save(tmp_path, kept)
    assert exporter.read_verdicts(tmp_path) == kept
