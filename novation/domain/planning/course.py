"""The course of one move if all goes well: the rules are asked again and again, and each answer is taken as given.

So a plan names the very calls that the engine would make. It assumes the customer's mandate, an operator who
accepts, and a Microsoft that does what it is asked; readings are counted once for each time that they are due.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from novation.domain import states
from novation.domain.decide import decide
from novation.domain.facts import Batch, Facts, ItemState, Notice
from novation.domain.next_action import (
    MakeCall,
    NextAction,
    OpenTask,
    SendNotice,
    SetTracks,
    SplitTransfers,
    Wait,
)
from novation.domain.planning.answering import AllGoesWell, PlannedStep, with_tracks
from novation.domain.steps import RULES, StepKind, TaskKind, TaskOutcome
from novation.domain.tracks import Track

#: Answers in one course; more would be rules that go round in circles.
LONGEST = 500
_TICK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Course:
    """What would happen, in order of first appearance, and how it ends."""

    steps: Mapping[str, int]
    mails: tuple[str, ...]
    tasks: tuple[TaskKind, ...]
    ends: str  # moved, held (a blocker is to be judged), unclear
    days: float  # of programme time, without the time that people take
    calls: Mapping[str, int]  # HTTP requests by account

    def requests(self, account: str) -> int:
        """HTTP requests to one account."""
        return self.calls.get(account, 0)


def requests_of(step: str, before: Facts, after: Facts, papers: bool) -> Mapping[str, int]:
    """HTTP requests that one step makes, by account.

    Args:
        step: which is due.
        before, after: facts of the moments before and after it.
        papers: agreements and transfers on the source are read with the baseline.
    """
    return planned(step).requests_of(before, after, papers)


def planned(step: str) -> PlannedStep:
    """The declaration of a step, with what a plan must know of it.

    Raises:
        AssertionError: there is no such step, or no move makes it.
    """
    declared = RULES.get(step)
    if not isinstance(declared, PlannedStep):
        raise AssertionError(f"the course has no answer to {step}")
    return declared


def course(facts: Facts, now: datetime) -> Course:
    """Plays one move to its end.

    Args:
        facts: what is known; a wave that has not been launched counts as launched now.
        now: programme time.
    """
    return _Player(facts, now).play()


class _Player:
    def __init__(self, facts: Facts, now: datetime) -> None:
        self.facts = replace(facts, released_at=facts.released_at or now, paused=False)
        self.begun = self.now = now
        self.steps: Counter[str] = Counter()
        self.mails: list[str] = []
        self.tasks: list[TaskKind] = []
        self.calls: Counter[str] = Counter()
        self.papers_at = facts.baseline_at
        self.microsoft = AllGoesWell()

    def play(self) -> Course:
        ends = "unclear"
        for _ in range(LONGEST):
            if self.facts.track(Track.CLOSEOUT) in states.ENDED:
                # What comes with the end of a term of what stays is no part of the move.
                ends = "stays" if self.facts.track(Track.CLOSEOUT) == "stays" else "moved"
                break
            decision = decide(self.facts, self.now)
            if not self._go(decision):
                ends = "held" if TaskKind.REVIEW in self.tasks or self.facts.open_tasks else "unclear"
                break
        days = (self.now - self.begun) / timedelta(days=1)
        return Course(
            dict(self.steps), tuple(self.mails), tuple(self.tasks), ends, round(days, 1), dict(self.calls)
        )

    def _go(self, decision: NextAction) -> bool:
        """Takes one answer as given; False when it goes no further without a person's judgement."""
        match decision:
            case SendNotice(purpose=purpose, sets=sets):
                self.mails.append(purpose)
                self._set(sets)
                notice = Notice(purpose=purpose, state="sent", at=self.now)
                self._know(notices=(*self.facts.notices, notice))
                if self.facts.track(Track.NOTICE) == "queued":
                    self._set({Track.NOTICE: "sent"})
            case OpenTask(task=task, sets=sets):
                self.tasks.append(task)
                self._set(sets)
                return self._work(task)
            case SetTracks(sets=sets):
                self._set(sets)
            case SplitTransfers():
                self._plan(decision)
            case MakeCall():
                self.steps[decision.step] += 1
                before = self.facts
                self._set(decision.sets)
                self.now += _TICK
                self._answer(decision)
                self._count(decision, before)
            case Wait():
                return self._wait(decision)
            case _:
                raise AssertionError(f"the course has no answer to {decision}")
        return True

    def _count(self, do: MakeCall, before: Facts) -> None:
        papers = False
        if do.step == StepKind.READ_BASELINE:
            papers = self.papers_at is None or self.papers_at + before.policy.papers_age <= self.now
            self.papers_at = self.now if papers else self.papers_at
        self.calls.update(requests_of(do.step, before, self.facts, papers))

    def _know(self, **values: object) -> None:
        self.facts = replace(self.facts, **values)  # type: ignore[arg-type]  # names of Facts, spelt below

    def _set(self, sets: Mapping[Track, str]) -> None:
        self.facts = with_tracks(self.facts, sets, self.now)

    def _work(self, task: TaskKind) -> bool:
        """An operator does what is asked; what needs a judgement ends the course here."""
        outcome = {TaskKind.ACCEPT: TaskOutcome.DONE, TaskKind.FIND_CONTACT: TaskOutcome.FOUND}.get(task)
        if outcome is None:
            return False
        self.now += _TICK
        self._know(ended_tasks={**self.facts.ended_tasks, task: (outcome, self.now)})
        if task is TaskKind.FIND_CONTACT:
            self._know(has_contact=True)
        return True

    def _wait(self, wait: Wait) -> bool:
        state = self.facts.track(Track.DECISION)
        if state in states.UNDECIDED:
            self.mails += ["code", "receipt"]  # sent by the customer's own visit
            self._set({Track.DECISION: "mandate"})
            self._know(open_tasks=frozenset())
            return True
        if self.facts.open_tasks:  # somebody is at it already: it is done
            return all(self._work(task) for task in self._emptied())
        if self.facts.uncertain:
            self._know(uncertain=())  # it is looked up and found
            return True
        if wait.until is None or wait.until <= self.now:
            return False
        self.now = wait.until
        return True

    def _emptied(self) -> frozenset[TaskKind]:
        open_tasks = self.facts.open_tasks
        self._know(open_tasks=frozenset())
        return open_tasks

    def _plan(self, plan: SplitTransfers) -> None:
        batches, items = list(self.facts.batches), {item.id: item for item in self.facts.items}
        for ids in plan.batches:
            number = 1 + max((batch.number for batch in batches), default=0)
            batches.append(Batch(number=number))
            for one in ids:
                items[one] = replace(items[one], batch=number)
        for one in plan.stays:
            items[one] = replace(items[one], state=ItemState.STAYS)
        self._know(batches=tuple(batches), items=tuple(items.values()), transfers_read_at=None)
        self._set(plan.sets)

    def _answer(self, do: MakeCall) -> None:
        """What the other side says when all goes well."""
        self.facts = planned(do.step).learn(self.facts, do, self.now, self.microsoft)
        self.microsoft.done.add(do.step)
