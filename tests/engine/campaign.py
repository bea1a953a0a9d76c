"""The crash campaign: willing customers and operators, a hostile Microsoft, and engines that die all the time.

What is judged is not what we believe but what the emulator's call record says: nothing done twice, nothing lost, and
every outcome that was uncertain is on record with how it was settled.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import OperationalError, connection

from novation.domain.errors import BadInput, IllegalTransition, MoveError
from novation.domain.stage import ENDED
from novation.domain.steps import TaskKind, TaskOutcome
from novation.evidencelog.models import Event, LogHead
from novation.failpoints import PLACES
from novation.moves.models import Attestation, Decision, Grant, Item, Move
from novation.moves.services import tasks
from novation.operations.models import EngineRun, Step, Task
from novation.rehearsal import evidence_log
from tests.engine.databases import SERVER
from tests.engine.rehearsal import Emulator, Rehearsal

#: Failpoints that an engine comes to; the others are in the web process.
OF_THE_ENGINE = tuple(name for name in PLACES if not name.startswith(("task-", "decision-")))


class Nursery:
    """Starts engines, and knows which of them live.

    Args:
        emulator: which Microsoft.
        url: of the database.
        log: where all of them write.
        lease: real seconds.
        given: further settings of the environment.
    """

    def __init__(self, emulator: Emulator, url: str, log: Path, *, lease: float, **given: str) -> None:
        keep = {name: value for name, value in os.environ.items() if not name.startswith("NOVATION_")}
        environment = {
            **keep,
            "DJANGO_SETTINGS_MODULE": "novation.settings",
            "NOVATION_HOME": str(settings.NOVATION_HOME),
            "DATABASE_URL": url,
            "NOVATION_API_URL": emulator.ready["api"],
            "NOVATION_LOGIN_URL": emulator.ready["login"],
            "NOVATION_GRAPH_URL": emulator.ready["graph"],
            "NOVATION_CLOCK_FILE": str(emulator.clock_file),
            "NOVATION_API_RATE": "1000000",
            "NOVATION_MAIL_RATE": "1000000",
            "NOVATION_CHECKPOINT_EVERY": "5",
            "NOVATION_TIME_SERVICES": "",
            "NOVATION_API_TIMEOUT": "1",
            "NOVATION_DB_IDLE_TX_TIMEOUT": "3",
            "NOVATION_LOG_LEVEL": "WARNING",
            **given,
        }
        self.log, self.lease = log, lease
        with log.open("ab") as written:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.engine.nursery"],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=written,
                text=True,
            )
        assert self._said() == "ready"
        self.engines: list[int] = []

    def _said(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def start(self, failpoints: str = "") -> int:
        """A new engine; its process id."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"failpoints": failpoints, "lease": self.lease}) + "\n")
        self._process.stdin.flush()
        self.engines.append(int(self._said()))
        return self.engines[-1]

    def living(self) -> list[int]:
        """The engines that live; the dead are forgotten."""
        self.engines = [pid for pid in self.engines if lives(pid)]
        return self.engines

    def stop(self) -> None:
        """Asks all of them to stop, and waits until they have."""
        for pid in self.living():
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + 60
        while self.living():
            assert time.monotonic() < end, "an engine does not stop"
            time.sleep(0.1)

    def close(self) -> None:
        for pid in self.living():
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, signal.SIGKILL)
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=10)
        if self._process.stdout is not None:
            self._process.stdout.close()


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class People:
    """Customers and operators who do what waits for them, by the same services as the pages.

    Args:
        house: the programme.
        hands: how many act at once; thousands of customers would wait for a single one.
    """

    def __init__(self, house: Rehearsal, hands: int = 1) -> None:
        self.house, self.hands = house, hands
        self.decisions = 0
        self._lock = threading.Lock()
        self._done: set[str] = set()

    def act(self) -> None:
        """Everybody does what is there to be done now."""
        for find in (self._answers, self._acceptances, self._approvals, self._tasks):
            if self.hands == 1:
                self._each(find())
            else:
                self._together(find())

    def _each(self, acts: Iterable[Callable[[], None]]) -> None:
        try:
            for act in acts:
                # What has changed since they looked is left alone.
                with contextlib.suppress(MoveError, BadInput, IllegalTransition):
                    act()
        except OperationalError:  # the database was taken away from them: they come back later
            connection.close()

    def _together(self, acts: Iterable[Callable[[], None]]) -> None:
        try:
            found = list(acts)
        except OperationalError:
            connection.close()
            return

        def hand(mine: Sequence[Callable[[], None]]) -> None:
            try:
                self._each(mine)
            finally:
                connection.close()  # this thread's own

        with ThreadPoolExecutor(self.hands, thread_name_prefix="hand") as hands:
            list(hands.map(hand, [found[n :: self.hands] for n in range(self.hands)]))

    def _answers(self) -> Iterator[Callable[[], None]]:
        for move in Move.objects.filter(decision_state="asked", notice_state__in=("sent", "uncertain"))[:200]:
            yield functools.partial(self._answer, move)

    def _answer(self, move: Move) -> None:
        number = int(move.reference[-2:], 36) % 20
        self.house.says(move, "declined" if number == 0 else "self" if number < 4 else "mandate")
        with self._lock:
            self.decisions += 1

    def _acceptances(self) -> Iterator[Callable[[], None]]:
        links = Attestation.objects.filter(accepted_at=None, status="created").order_by("-id")
        for one in links.values_list("remote_id", flat=True)[:400]:
            yield from self._once(one, "POST", f"/attestations/{one}/accept")
        waiting = Move.objects.filter(decision_state="self", relationship_state="waiting")
        for tenant in waiting.values_list("customer__tenant_id", flat=True):
            accept = f"/customers/{tenant}/accept-relationship"
            yield from self._once(tenant, "POST", accept, partner="target", person="Jana")

    def _approvals(self) -> Iterator[Callable[[], None]]:
        pending = Grant.objects.filter(side="target", status="approvalPending", move__decision_state="self")
        for one, tenant in pending.values_list("remote_id", "move__customer__tenant_id"):
            yield from self._once(one, "POST", f"/gdap/{one}/approve", tenantId=tenant)

    def _once(self, what: str, method: str, path: str, **body: Any) -> Iterator[Callable[[], None]]:
        if what not in self._done:
            self._done.add(what)
            yield functools.partial(self.house._quietly, method, path, **body)

    def _tasks(self) -> Iterator[Callable[[], None]]:
        # Nobody is in a hurry to choose what happens at the end of a term.
        waiting = Task.objects.filter(state=Task.State.OPEN).exclude(kind=TaskKind.TERM_END)
        for task in waiting.select_related("customer")[:200]:
            kind = TaskKind(task.kind)
            if kind is TaskKind.ACCEPT:
                yield functools.partial(self.house.works, tasks.move_of(task))
            elif kind is TaskKind.REVIEW:
                yield functools.partial(self.house.ends, tasks.move_of(task), kind, TaskOutcome.RETRY)
            elif kind in (TaskKind.CALL, TaskKind.HELP):
                yield functools.partial(self.house.ends, tasks.move_of(task), kind, TaskOutcome.REACHED)


@dataclass
class Campaign:
    """Kills, stops and takes the database away while the people act.

    Args:
        house: the programme, with its moves launched.
        nursery: starts the engines.
        engines: how many shall live.
        seed: of everything that is chance.
        every: mean number of log entries between two deeds, so that a slow machine gets on as well.
        url: of the database; a PostgreSQL server throws everybody out now and then.
        stops: freeze an engine beyond its lease now and then.
        hands: how many people act at once.
    """

    house: Rehearsal
    nursery: Nursery
    engines: int
    seed: int
    every: int
    url: str
    stops: bool = True
    hands: int = 1
    kills: int = 0
    frozen: int = 0
    thrown_out: int = 0
    hit: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.people = People(self.house, self.hands)
        self._stopped: dict[int, float] = {}
        self._stop = threading.Event()
        self._read = self.wanted = 0

    def run(self, over: Callable[[], bool], *, kills: int, patience: float) -> None:
        """Until everything has ended and so many engines died. `patience`: real seconds at most."""
        end, self.wanted = time.monotonic() + patience, kills
        over_now = threading.Event()
        with ThreadPoolExecutor(1, thread_name_prefix="fate") as beside:
            # Beside the people, who are slow when there are thousands of them.
            fate = beside.submit(self._fate, over_now)
            try:
                while not fate.done():
                    self.people.act()
                    finished = ended(over)
                    if finished:
                        over_now.set()
                    if finished and self.enough:
                        break
                    assert time.monotonic() < end, self.stands()
                    time.sleep(0.1)
            finally:
                self._stop.set()
                fate.result()
        # Nobody writes any more when the log is judged.
        self.nursery.stop()

    @property
    def enough(self) -> bool:
        """So many engines have died, and one at least at every named place."""
        return self.kills >= self.wanted and self.missing() in ([], ["settle-open"])

    def _fate(self, over: threading.Event) -> None:
        """Until it is stopped: starts engines, wakes the frozen, and strikes."""
        deed = self.every
        try:
            while not self._stop.is_set():
                self._fill()
                self._wake()
                # Once enough died the rest may come to its end in peace.
                if (self.kills < self.wanted or self.missing()) and (
                    (size := entries()) >= deed or over.is_set()
                ):
                    self._deed()
                    deed = size + round(self.chance.uniform(0.2, 1.8) * self.every)
                time.sleep(0.1)
        finally:
            connection.close()

    def _fill(self) -> None:
        """Notices who has died at a failpoint, and starts as many as are missing."""
        said = self.nursery.log.read_text(errors="replace")
        died = re.findall(r"^failpoint (\S+)$", said[self._read :], re.MULTILINE)
        self._read = len(said)
        self.hit.update(died)
        self.kills += len(died)
        while len(self.nursery.living()) < self.engines:
            self.nursery.start(self._failpoints())

    def _failpoints(self) -> str:
        """Places that are still missing, all of them; later one at a time, at any of its visits."""
        if missing := self.missing():
            return " ".join(f"{name}=kill" for name in missing)
        if self.kills >= self.wanted:
            return ""
        return f"{self.chance.choice(OF_THE_ENGINE)}=kill@{self.chance.randint(1, 12)}"

    def missing(self) -> list[str]:
        """Named places at which no engine has died yet."""
        return [name for name in OF_THE_ENGINE if name not in self.hit]

    def _deed(self) -> None:
        awake = [pid for pid in self.nursery.living() if pid not in self._stopped]
        if not awake:
            return
        pid, what = self.chance.choice(awake), self.chance.random()
        if what < 0.1 and self.url.startswith("postgres"):
            self.throw_out()
        elif what < 0.2 and self.stops and not self._stopped:
            os.kill(pid, signal.SIGSTOP)
            self._stopped[pid] = time.monotonic() + self.nursery.lease * 1.5
            self.frozen += 1
        elif what < 0.3 or self.missing()[-1:] == ["stopping"]:
            os.kill(pid, signal.SIGTERM)  # it may die on its way out
        else:
            os.kill(pid, signal.SIGKILL)
            self.kills += 1

    def _wake(self) -> None:
        for pid, until in list(self._stopped.items()):
            if time.monotonic() >= until or self.nursery.living() == [pid]:
                del self._stopped[pid]
                if lives(pid):
                    os.kill(pid, signal.SIGCONT)

    def throw_out(self) -> None:
        """What a restart of the server does to its clients: every connection is gone in the middle of its work."""
        name = self.url.rpartition("/")[2]
        with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
        connection.close()
        self.thrown_out += 1

    def stands(self) -> str:
        """Where everything stands, for whoever has to find out why it did not end."""
        rows = Move.objects.exclude(stage__in=ENDED).values_list(
            "reference", "stage", "due_why", "due_who", "due_at"
        )
        waiting = Task.objects.filter(state="open").values_list("move_reference", "kind", "why")
        return f"{self.kills} kills, {rows.count()} moves on their way: {list(rows[:8])} {list(waiting[:8])}"


def entries() -> int:
    """How long the log is; what was not committed does not count."""
    try:
        return LogHead.objects.values_list("size", flat=True).first() or 0
    except OperationalError:
        connection.close()
        return 0


def ended(over: Callable[[], bool]) -> bool:
    try:
        return over()
    except OperationalError:
        connection.close()
        return False


def everything_over() -> bool:
    """Every move has ended, and no outcome is uncertain."""
    return not (
        Move.objects.exclude(stage__in=ENDED).exists()
        or Step.objects.filter(outcome__in=("", "unknown")).exists()
    )


def judge(house: Rehearsal, people: People) -> dict[str, Any]:
    """What the other side's call record and our log say in the end; raises AssertionError when a promise was broken."""
    summary = house.emulator.summary()
    assert summary["repeated_writes"] == 0, summary["repeated"]
    assert summary["items"]["both"] == summary["items"]["neither"] == 0, summary["items"]
    moved = Move.objects.filter(stage="closed")
    lost = Item.objects.filter(move__in=moved).exclude(state__in=("verified", "changed", "stays", "gone"))
    assert not lost.exists(), list(lost.values_list("move__reference", "state")[:10])
    assert Decision.objects.count() >= people.decisions, "a decision that was taken is not on record"
    assert not Step.objects.filter(outcome__in=("", "unknown")).exists()
    unknown = _steps_of("step:unknown")
    settled = _steps_of("step:settled")
    assert unknown == settled, "an uncertain outcome was never settled"
    assert not evidence_log.find_faults()
    reported = {step for run in EngineRun.objects.all() for step in run.uncertain_steps}
    return {
        "moved": moved.count(),
        "ended": Move.objects.filter(stage__in=ENDED).count(),
        "calls": summary["calls"],
        "writes": summary["writes"],
        "faults": sum(summary["faults"].values()),
        "uncertain": len(unknown),
        "reported at starts": len(reported),
        "events": Event.objects.count(),
        "starts": EngineRun.objects.order_by("-id").values_list("id", flat=True).first(),
    }


def _steps_of(tag: str) -> set[int]:
    rows = Event.objects.filter(tag=tag).values_list("body", flat=True)
    return {json.loads(bytes(body))["data"]["step"] for body in rows}
