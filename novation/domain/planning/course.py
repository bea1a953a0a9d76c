"""The course of one move if all goes well: the rules are asked again and again, and each answer is taken as given.

So a plan names the very calls that the engine would make. It assumes the customer's mandate, an operator who
accepts, and a Microsoft that does what it is asked; readings are counted once for each time that they are due.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from novation.domain import gdap, states
from novation.domain.decide import decide
from novation.domain.facts import Attestation, Batch, BatchState, Facts, Grant, ItemState, Notice
from novation.domain.next_action import AskOperator, Decision, Do, Note, Plan, Tell, Wait
from novation.domain.steps import RULES, StepKind, TaskKind, TaskOutcome
from novation.domain.tracks import Track

S = StepKind
#: HTTP requests of steps that make another number than one, as far as it does not depend on the customer.
REQUESTS: Mapping[StepKind, int] = {
    S.READ_AGREEMENT: 2,
    S.RESTORE_SETTING: 2,
    S.SET_TERM_END: 2,
    S.PREPARE_ORDER: 2,
}
#: Answers in one course; more would be rules that go round in circles.
LONGEST = 500
_TICK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Course:
    """What would happen, in order of first appearance, and how it ends."""

    steps: Mapping[StepKind, int]
    mails: tuple[str, ...]
    tasks: tuple[TaskKind, ...]
    ends: str  # moved, held (a blocker is to be judged), unclear
    days: float  # of programme time, without the time that people take
    calls: Mapping[str, int]  # HTTP requests by account

    def requests(self, account: str) -> int:
        """HTTP requests to one account."""
        return self.calls.get(account, 0)


def requests_of(step: StepKind, facts: Facts, papers: bool) -> dict[str, int]:
    """HTTP requests that one step makes, by account.

    Args:
        step: which is due.
        facts: of the moment before it; for readings of the rights and of the old side of that after it, because
            what they find decides.
        papers: agreements and transfers on the source are read with the baseline.
    """
    related = facts.track(Track.RELATIONSHIP) == "accepted"
    match step:
        case S.READ_BASELINE:  # customer, subscriptions, rights; papers; licences
            return {"source": 3 + 2 * papers + (facts.baseline_at is None or related)}
        case S.VERIFY:
            return {"source": 1, "target": 1 + (facts.track(Track.ACCESS) in states.RIGHTS_USABLE)}
        case S.READ_OLD_SIDE:  # customer, rights; subscriptions of one that is still there
            return {"source": 2 + facts.old_relationship}
        case S.READ_ACCESS:  # assignments of one that is in force
            return {"target": 1 + (facts.grant is not None and facts.grant.status in gdap.ACTIVE)}
        case _:
            return {RULES[step].account: REQUESTS.get(step, 1)}


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
        self.steps: Counter[StepKind] = Counter()
        self.mails: list[str] = []
        self.tasks: list[TaskKind] = []
        self.calls: Counter[str] = Counter()
        self.papers_at = facts.baseline_at

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

    def _go(self, decision: Decision) -> bool:
        """Takes one answer as given; False when it goes no further without a person's judgement."""
        match decision:
            case Tell(purpose=purpose, sets=sets):
                self.mails.append(purpose)
                self._set(sets)
                notice = Notice(purpose=purpose, state="sent", at=self.now)
                self._know(notices=(*self.facts.notices, notice))
                if self.facts.track(Track.NOTICE) == "queued":
                    self._set({Track.NOTICE: "sent"})
            case AskOperator(task=task, sets=sets):
                self.tasks.append(task)
                self._set(sets)
                return self._work(task)
            case Note(sets=sets):
                self._set(sets)
            case Plan():
                self._plan(decision)
            case Do():
                self.steps[decision.step] += 1
                before = self.facts
                self._set(decision.sets)
                self.now += _TICK
                self._answer(decision)
                self._count(decision.step, before)
            case Wait():
                return self._wait(decision)
            case _:
                raise AssertionError(f"the course has no answer to {decision}")
        return True

    def _count(self, step: StepKind, before: Facts) -> None:
        papers = False
        if step is S.READ_BASELINE:
            papers = self.papers_at is None or self.papers_at + before.policy.papers_age <= self.now
            self.papers_at = self.now if papers else self.papers_at
        self.calls.update(
            requests_of(step, self.facts if step in (S.READ_ACCESS, S.READ_OLD_SIDE) else before, papers)
        )

    def _know(self, **values: object) -> None:
        self.facts = replace(self.facts, **values)  # type: ignore[arg-type]  # names of Facts, spelt below

    def _set(self, sets: Mapping[Track, str]) -> None:
        if sets:
            self._know(
                tracks={**self.facts.tracks, **sets},
                since={**self.facts.since, **dict.fromkeys(sets, self.now)},
            )

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

    def _plan(self, plan: Plan) -> None:
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

    def _answer(self, do: Do) -> None:
        """What the other side says when all goes well."""
        now, facts = self.now, self.facts
        match do.step:
            case S.READ_BASELINE:
                renewed = tuple(
                    replace(item, ends=item.ends + timedelta(days=365))
                    if item.ends is not None and item.ends <= now and item.batch is None
                    else item
                    for item in facts.items
                )
                self._know(baseline_at=now, items=renewed)
            case S.READ_INVITATION:
                self._know(invitation_known=True)
            case S.READ_RELATIONSHIP:
                self._know(relationship_read_at=now)
                self._set({Track.RELATIONSHIP: "accepted"})
            case S.CREATE_ATTESTATION:
                self._know(attestation=Attestation(status="created", issued_at=now, expires_at=None))
                self._set({Track.AGREEMENT: "issued"})
            case S.READ_ATTESTATION:
                self._set({Track.AGREEMENT: "accepted"})
            case S.CREATE_AGREEMENT:
                self._know(agreement_read_at=None)
                self._set({Track.AGREEMENT: "recorded"})
            case S.READ_AGREEMENT:
                self._know(agreement_read_at=now)
                if facts.track(Track.AGREEMENT) == "recorded":
                    self._set({Track.AGREEMENT: "valid"})
            case S.CREATE_ACCESS | S.LOCK_ACCESS | S.READ_ACCESS | S.ASSIGN_ACCESS:
                self._access(do.step)
            case S.READ_TRANSFERS:
                self._know(transfers_read_at=now)
            case S.CREATE_TRANSFER | S.ACCEPT_TRANSFER | S.READ_TRANSFER | S.CANCEL_TRANSFER:
                self._transfer(do)
            case S.VERIFY:
                proven = tuple(
                    replace(item, state=ItemState.VERIFIED) if item.batch is not None else item
                    for item in facts.items
                )
                self._know(verified_at=now, items=proven)
                self._set({Track.TRANSFER: "verified"})
            case S.READ_OLD_SIDE:
                left = sum(1 for item in facts.items if item.state in states.ON_SOURCE)
                self._know(old_side_read_at=now, left_behind=left)
            case S.END_OLD_ACCESS:
                self._know(old_grant=None)
            case S.REMOVE_RELATIONSHIP:
                self._know(old_relationship=False)
            case S.RESTORE_SETTING:
                self._item(do, restorable=False)
                self._know(verified_at=None)
            case S.SET_TERM_END:
                self._item(do, choice_sent_at=now)
            case S.PREPARE_ORDER:
                self._item(do, cart="a cart", cart_at=now)
            case S.PLACE_ORDER:
                self._item(do, bought_at=now)
            case S.READ_ORDER:
                self._item(do, order_read_at=now, replaced_at=now)
            case _:
                raise AssertionError(f"the course has no answer to {do.step}")

    def _item(self, do: Do, **values: object) -> None:
        self._know(
            items=tuple(
                replace(item, **values) if item.id == do.item else item  # type: ignore[arg-type]  # names of Item, spelt above
                for item in self.facts.items
            )
        )

    def _access(self, step: StepKind) -> None:
        statuses = {S.CREATE_ACCESS: "created", S.LOCK_ACCESS: "approvalPending"}
        assigned = (
            "a group" if step is S.ASSIGN_ACCESS else (self.facts.grant.assigned if self.facts.grant else "")
        )
        status = statuses.get(step, "active")
        self._know(grant=Grant(status=status, assigned=assigned, created_at=self.now, read_at=self.now))
        if step is S.LOCK_ACCESS:
            self._set({Track.ACCESS: "pending"})
        elif status == "active":
            self._set({Track.ACCESS: "usable" if assigned and step is S.READ_ACCESS else "active"})

    def _transfer(self, do: Do) -> None:
        state = {
            S.CREATE_TRANSFER: BatchState.PENDING,
            S.ACCEPT_TRANSFER: BatchState.MOVING,
            S.READ_TRANSFER: BatchState.COMPLETE,
            S.CANCEL_TRANSFER: BatchState.CANCELLED,
        }[do.step]
        batches = tuple(
            replace(
                batch,
                state=state,
                read_at=self.now,
                created_at=batch.created_at or self.now,
                accepted_at=self.now if state is BatchState.MOVING else batch.accepted_at,
            )
            if batch.number == do.batch
            else batch
            for batch in self.facts.batches
        )
        self._know(batches=batches, verified_at=None)
        if state is BatchState.MOVING:
            self._set({Track.TRANSFER: "moving"})
