"""Several writers on PostgreSQL: the log is locked last, numbers have no holes, and nobody waits in a circle."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from novation.domain.errors import NeedsOperator
from novation.domain.steps import TaskKind, TaskOutcome
from novation.engine.db_retry import is_connection_lost
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.evidencelog.services import events
from novation.moves.models import Move, Wave
from novation.moves.services import programmes, tasks, tracks
from tests import people
from tests.builders import NOW

pytestmark = pytest.mark.postgres


def in_threads(*works: Callable[[], None]) -> None:
    """Does all of this at once; each thread has a connection of its own. Raises what any of them raised."""

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(run, work) for work in works]:
            done.result(60)


def check_log() -> None:
    rows = list(Event.objects.order_by("seq").values_list("seq", "subject", "number", "at"))
    assert [row[0] for row in rows] == list(range(len(rows)))
    for subject in {row[1] for row in rows}:
        numbers = [row[2] for row in rows if row[1] == subject]
        assert numbers == list(range(1, len(numbers) + 1))
    moments = [row[3] for row in rows]
    assert moments == sorted(moments)


def test_who_has_recorded_and_not_committed_holds_up_nobody(postgres: str) -> None:
    one, other = people.moves(2)
    recorded, committed = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            people.put(one, notice="queued")
            recorded.set()
            assert committed.wait(20), "the other one waits for the log"

    def quick() -> None:
        assert recorded.wait(20)
        people.put(other, notice="queued")
        committed.set()

    in_threads(slow, quick)
    order = list(
        Event.objects.filter(tag=Tag.MOVE_TRACK_CHANGED).order_by("seq").values_list("move_id", flat=True)
    )
    assert order == [other.pk, one.pk]
    check_log()


def test_writers_who_lock_several_moves_never_wait_in_a_circle(postgres: str) -> None:
    found = [move.pk for move in people.moves(6)]

    def writer(seed: int) -> Callable[[], None]:
        chance = random.Random(seed)

        def work() -> None:
            for _ in range(25):
                with transaction.atomic():
                    for move in tracks.lock_moves_by_id(chance.sample(found, 3)).values():
                        events.store("text", "text/plain", b"the same for all", at=NOW)
                        events.record(Tag.MOVE_TRACK_CHANGED, at=NOW, actor="engine", subject=move.subject)
                        with pytest.raises(ZeroDivisionError), transaction.atomic():
                            events.record(Tag.MOVE_PAUSED, at=NOW, actor="engine", subject=move.subject)
                            raise ZeroDivisionError

        return work

    before = Event.objects.count()
    in_threads(*[writer(seed) for seed in range(4)])
    assert Event.objects.count() == before + 4 * 25 * 3
    assert not Event.objects.filter(tag=Tag.MOVE_PAUSED).exists()
    check_log()


def test_operators_and_engines_never_wait_in_a_circle(postgres: str) -> None:
    programme = people.programme()
    found = people.moves(6, programme)
    wave = programmes.launch_wave(
        programmes.create_wave(programme, found, now=NOW, actor="test"), now=NOW, actor="test"
    )
    ids = [move.pk for move in found]

    def engine(seed: int) -> Callable[[], None]:
        chance = random.Random(seed)

        def work() -> None:
            for _ in range(20):
                with transaction.atomic():
                    for move in tracks.lock_moves_by_id(chance.sample(ids, 3)).values():
                        tasks.open_task(move, TaskKind.REVIEW, why="a look", now=NOW)
                        tracks.schedule_now(move, at=NOW)
                    programmes.finish_wave(wave, now=NOW)

        return work

    def pausing() -> None:
        for number in range(20):
            programmes.set_wave_paused(wave, number % 2 == 0, now=NOW, actor="test")

    def stopping() -> None:
        for number in range(20):
            programmes.set_programme_paused(programme, number % 2 == 0, now=NOW, actor="test", note="seen")

    in_threads(engine(1), engine(2), pausing, stopping)
    check_log()


def somebody_waits() -> bool:
    """True when another connection waits for what this one has locked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        return bool(cursor.fetchone()[0])


def test_an_end_of_a_task_and_the_engine_never_wait_in_a_circle(postgres: str) -> None:
    (move,) = people.moves(1)
    person = people.operator("eva")
    with transaction.atomic():
        task = people.task(move, TaskKind.REVIEW)
    tasks.take(task, person, NOW)
    held = threading.Event()

    def engine() -> None:
        with transaction.atomic():
            mine = tracks.lock_move(move.pk)
            held.set()
            end = time.monotonic() + 20
            while not somebody_waits():
                assert time.monotonic() < end, "the operator never came"
            tasks.cancel(mine, (TaskKind.REVIEW,), now=NOW, why="not wanted any more")

    def operator() -> None:
        assert held.wait(20)
        with pytest.raises(NeedsOperator, match="ended already"):
            tasks.end(task, person, TaskOutcome.GO_ON, "Seen.", NOW)

    in_threads(engine, operator)
    check_log()


def test_two_engines_that_end_the_last_moves_at_once_finish_the_wave(postgres: str) -> None:
    programme = people.programme()
    found = people.moves(2, programme)
    wave = programmes.launch_wave(
        programmes.create_wave(programme, found, now=NOW, actor="test"), now=NOW, actor="test"
    )
    both_ended = threading.Barrier(2, timeout=20)

    def engine(pk: int) -> Callable[[], None]:
        def work() -> None:
            with transaction.atomic():
                tracks.lock_move(pk)
                Move.objects.filter(pk=pk).update(stage="stays")
                both_ended.wait()
                programmes.finish_wave(wave, now=NOW)

        return work

    in_threads(*[engine(move.pk) for move in found])
    assert Wave.objects.get().state == Wave.State.FINISHED
    assert Event.objects.filter(tag=Tag.WAVE_FINISHED).count() == 1


def test_a_circle_is_told_from_a_bug() -> None:
    """Should there ever be one, PostgreSQL ends one of those who wait, and an engine does it again."""
    import psycopg
    from django.db import OperationalError

    error = OperationalError()
    error.__cause__ = psycopg.errors.DeadlockDetected()
    assert is_connection_lost(error)
