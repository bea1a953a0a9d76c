"""A whole world in memory: one customer, Microsoft, operators, and the facts that the engine would read.

Answers are applied to the facts as the services do it, without a database. What Microsoft really holds is kept
apart from what is known of it, so that a test can compare both.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from novation.domain.decide import decide
from novation.domain.decision import AskOperator, Do, Finished, Note, Plan, Tell, Wait
from novation.domain.facts import (
    Attestation,
    Batch,
    BatchState,
    Facts,
    Grant,
    Item,
    ItemState,
    Notice,
    Uncertain,
)
from novation.domain.steps import OUTCOMES, StepKind, TaskKind, TaskOutcome, is_write
from novation.domain.tracks import FIRST, Track, Who, check_change
from novation.domain.verify import Seen, compare
from tests.builders import DAY, NOW, item

S = StepKind
SETTLE = timedelta(minutes=2)
QUIET = timedelta(minutes=10)
#: Writes that need the customer's yes; the others take something back or clean up.
NEED_A_YES = frozenset(
    {
        S.CREATE_ATTESTATION,
        S.CREATE_AGREEMENT,
        S.CREATE_ACCESS,
        S.LOCK_ACCESS,
        S.ASSIGN_ACCESS,
        S.CREATE_TRANSFER,
        S.ACCEPT_TRANSFER,
    }
)
#: Calls of one claim, all answered at once and well, before it must come to rest.
CALLS = 40
ROUNDS = 12


@dataclass
class Microsoft:
    """What is true on the other side, whatever we know of it."""

    relationship: bool = False
    agreement: bool = False
    link: str = ""
    grant: str = ""
    assigned: bool = False
    old_grant: str = "active"
    old_relationship: bool = True
    transfers: dict[str, str] = field(default_factory=dict)
    taken: dict[str, tuple[int, ...]] = field(default_factory=dict)
    owner: dict[int, str] = field(default_factory=dict)
    effects: Counter[str] = field(default_factory=Counter)


class World:
    """The move, its clock, and everybody who may act on it."""

    def __init__(self, items: tuple[Item, ...]) -> None:
        self.now = NOW
        self.microsoft = Microsoft(owner={one.id: "source" for one in items})
        self.tracks: dict[Track, str] = dict(FIRST)
        self.since: dict[Track, datetime] = {}
        self.items = {one.id: one for one in items}
        self.batches: dict[int, Batch] = {}
        self.notices: list[Notice] = []
        self.tasks: set[TaskKind] = set()
        self.stops: set[StepKind] = set()
        self.known: dict[str, Any] = {"released_at": NOW, "has_contact": True}
        self.doubts: dict[int, tuple[Do, bool, datetime, datetime]] = {}
        self.retry: dict[StepKind, datetime] = {}
        self.ended: dict[TaskKind, tuple[TaskOutcome, datetime]] = {}
        self.numbers = count(1)
        self.trouble: list[str] = []
        self.yes = False
        self.last: Wait | Finished | None = None

    # -- facts ----------------------------------------------------------------------------------------

    def facts(self) -> Facts:
        doubts = [
            Uncertain(step=n, kind=do.step, look_at=look, batch=do.batch)
            for n, (do, _, look, _) in self.doubts.items()
        ]
        return Facts(
            tracks=dict(self.tracks), since=dict(self.since), items=tuple(self.items.values()),
            batches=tuple(self.batches.values()), notices=tuple(self.notices), open_tasks=frozenset(self.tasks),
            ended_tasks=dict(self.ended), uncertain=tuple(doubts), retry_at=dict(self.retry),
            stopped=frozenset(self.stops), **self.known,
        )  # fmt: skip

    def set(self, sets: dict[Track, str]) -> None:
        for track, new in sets.items():
            if self.tracks[track] != new:
                check_change(track, self.tracks[track], new)
                self.tracks[track], self.since[track] = new, self.now

    # -- the engine -----------------------------------------------------------------------------------

    def engine(self, fate: Any) -> None:
        """Works until it must wait. `fate(do)` says what becomes of a call: done, lost, later, refused, unsure-…"""
        for _ in range(CALLS):
            decision: Any = None
            for _ in range(ROUNDS):
                decision = decide(self.facts(), self.now)
                if isinstance(decision, Do | Wait | Finished):
                    break
                self._local(decision)
            else:
                raise AssertionError(f"the rules go round in circles: {decision}")
            if not isinstance(decision, Do):
                self.last = decision
                return
            self._call(decision, fate(decision))
        raise AssertionError(f"the engine does not come to rest: {decision}")

    def _local(self, decision: Any) -> None:
        assert not self.known.get("paused"), f"{decision} although paused"
        match decision:
            case Tell(purpose=purpose, sets=sets):
                assert self.known["has_contact"], "a mail to nobody"
                self.set(dict(sets))
                self.notices.append(Notice(purpose=purpose, state="queued", at=self.now))
            case AskOperator(task=task, sets=sets):
                assert task is not TaskKind.ACCEPT or self.yes, "an acceptance without a mandate"
                self.set(dict(sets))
                self.tasks.add(task)
            case Plan(batches=batches, stays=stays, sets=sets):
                for ids in batches:
                    number = len(self.batches) + 1
                    self.batches[number] = Batch(number=number)
                    for one in ids:
                        self.items[one] = replace(self.items[one], batch=number)
                for one in stays:
                    self.items[one] = replace(self.items[one], state=ItemState.STAYS)
                self.known["transfers_read_at"] = None
                self.set(dict(sets))
            case Note(sets=sets):
                assert sets, "a note that changes nothing"
                self.set(dict(sets))
                if sets.get(Track.CLOSEOUT) in ("stays", "closed", "parked"):
                    self.tasks.clear()

    def _call(self, do: Do, fate: str) -> None:
        if do.settle is not None:
            return self._look_up(do)
        if is_write(do.step):
            assert not self.doubts, f"{do.step} begun while an outcome is uncertain"
            assert not self.known.get("paused"), f"{do.step} begun although paused"
            assert self.yes or do.step not in NEED_A_YES, f"{do.step} without a yes"
        self.set(dict(do.sets))
        if fate == "refused":
            self.tasks.add(TaskKind.REVIEW)
            self.stops.add(do.step)
        elif fate == "later":
            self.retry[do.step] = self.now + timedelta(minutes=1)
        elif fate in ("lost", "unsure") and is_write(do.step):
            if fate == "lost":
                self._effect(do)
            self.doubts[next(self.numbers)] = (do, fate == "lost", self.now, self.now)
        else:
            self._observe(do, self._effect(do))

    def _look_up(self, do: Do) -> None:
        original, happened, _, since = self.doubts[do.settle or 0]
        if happened:
            del self.doubts[do.settle or 0]
            self._observe(original, self._answer(original))
        elif self.now >= since + QUIET:
            del self.doubts[do.settle or 0]
        else:
            self.doubts[do.settle or 0] = (original, happened, self.now + SETTLE, since)

    # -- Microsoft ------------------------------------------------------------------------------------

    def _effect(self, do: Do) -> Any:
        """What a call does on the other side, and what it answers."""
        ms = self.microsoft
        if is_write(do.step):
            ms.effects[f"{do.step} {do.batch or ''}".strip()] += 1
        match do.step:
            case S.CREATE_ATTESTATION:
                ms.link = "created"
            case S.CREATE_AGREEMENT:
                assert ms.link == "accepted", "an agreement that nobody accepted"
                ms.agreement = True
            case S.CREATE_ACCESS:
                ms.grant, ms.assigned = "created", False
            case S.LOCK_ACCESS:
                ms.grant = "approvalPending"
            case S.ASSIGN_ACCESS:
                ms.assigned = True
            case S.CREATE_TRANSFER:
                live = [t for t, state in ms.transfers.items() if state in ("pending", "moving")]
                assert not live, "two requests at once"
                assert ms.relationship and ms.agreement
                ms.transfers[f"t{len(ms.transfers) + 1}"] = "pending"
            case S.ACCEPT_TRANSFER:
                remote = self.batches[do.batch or 0].remote_id
                assert ms.transfers[remote] == "pending"
                ms.transfers[remote] = "moving"
                ms.taken[remote] = tuple(one.id for one in self.items.values() if one.batch == do.batch)
            case S.CANCEL_TRANSFER:
                remote = self.batches[do.batch or 0].remote_id
                if ms.transfers[remote] == "pending":
                    ms.transfers[remote] = "cancelled"
            case S.END_OLD_ACCESS:
                self._may_clean()
                ms.old_grant = "terminated"
            case S.REMOVE_RELATIONSHIP:
                self._may_clean()
                assert "source" not in ms.owner.values(), "a relationship removed that still holds something"
                ms.old_relationship = False
        return self._answer(do)

    def _may_clean(self) -> None:
        live = {state for state in self.microsoft.transfers.values() if state in ("pending", "moving")}
        assert not live, "cleaned up while something moves"
        assert not any(one.state is ItemState.IN_TRANSFER for one in self.items.values()), (
            "cleaned up unproven"
        )

    def _answer(self, do: Do) -> Any:
        ms = self.microsoft
        if do.step in (S.CREATE_TRANSFER, S.READ_TRANSFERS):
            return list(ms.transfers)[-1:] or None
        if do.batch and self.batches[do.batch].remote_id:
            return ms.transfers[self.batches[do.batch].remote_id]
        return None

    # -- what is observed -----------------------------------------------------------------------------

    def _observe(self, do: Do, answer: Any) -> None:
        ms, now, known = self.microsoft, self.now, self.known
        state = self.tracks
        match do.step:
            case S.READ_BASELINE:
                known["baseline_at"] = now
                for one in list(self.items.values()):
                    if one.ends is not None and one.ends <= now and one.batch is None:
                        self.items[one.id] = replace(one, ends=one.ends + 365 * DAY)
                known["old_grant"] = Grant(status=ms.old_grant, created_at=NOW)
            case S.READ_INVITATION:
                known["invitation_known"] = True
            case S.READ_RELATIONSHIP:
                known["relationship_read_at"] = now
                if ms.relationship and state[Track.RELATIONSHIP] != "accepted":
                    self.tasks -= {TaskKind.ACCEPT, TaskKind.HELP}
                    self.set({Track.RELATIONSHIP: "accepted"})
            case S.CREATE_ATTESTATION:
                known["attestation"] = Attestation(
                    status="created", issued_at=now, expires_at=now + 7 * DAY, read_at=now
                )
                self.set({Track.AGREEMENT: "issued"})
            case S.READ_ATTESTATION:
                known["attestation"] = replace(known["attestation"], status=ms.link, read_at=now)
                if ms.link in ("accepted", "refused", "expired"):
                    self.set({Track.AGREEMENT: ms.link})
            case S.CREATE_AGREEMENT:
                known["agreement_read_at"] = None
                self.set({Track.AGREEMENT: "recorded"})
            case S.READ_AGREEMENT:
                known["agreement_read_at"] = now
                if ms.agreement:
                    self.set({Track.AGREEMENT: "valid"})
            case S.CREATE_ACCESS | S.LOCK_ACCESS | S.READ_ACCESS | S.ASSIGN_ACCESS:
                self._access(do)
            case S.READ_TRANSFERS:
                known["transfers_read_at"] = now
            case S.CREATE_TRANSFER:
                self._batch(do, BatchState.PENDING, remote_id=answer[0], created_at=now)
                self.set({Track.TRANSFER: "requested"})
            case S.ACCEPT_TRANSFER:
                self._batch(do, BatchState.MOVING, accepted_at=now)
                for one in [one for one in self.items.values() if one.batch == do.batch]:
                    self.items[one.id] = replace(one, state=ItemState.IN_TRANSFER)
                self.set({Track.TRANSFER: "moving"})
            case S.READ_TRANSFER | S.CANCEL_TRANSFER:
                self._transfer(do, answer)
            case S.VERIFY:
                self._verify()
            case S.READ_OLD_SIDE:
                known["old_side_read_at"] = now
                known["old_grant"] = Grant(status=ms.old_grant, created_at=NOW)
                known["old_relationship"] = ms.old_relationship
                known["left_behind"] = list(ms.owner.values()).count("source")
            case S.END_OLD_ACCESS | S.REMOVE_RELATIONSHIP:
                known["old_side_read_at"] = None

    def _access(self, do: Do) -> None:
        ms, before = self.microsoft, self.tracks[Track.ACCESS]
        self.known["grant"] = Grant(
            status=ms.grant, assigned="a" if ms.assigned else "", created_at=NOW, read_at=self.now
        )
        if do.step is S.LOCK_ACCESS:
            self.set({Track.ACCESS: "pending"})
        elif ms.grant == "active":
            usable = ms.assigned and before == "active"
            self.set({Track.ACCESS: "usable" if usable else "active"})
        elif ms.grant in ("rejected", "expired") and before == "pending":
            self.set({Track.ACCESS: ms.grant})

    def _batch(self, do: Do, state: BatchState, **fields: Any) -> None:
        number = do.batch or 0
        self.batches[number] = replace(self.batches[number], state=state, read_at=self.now, **fields)

    def _transfer(self, do: Do, status: str) -> None:
        batch = self.batches[do.batch or 0]
        words = {
            "complete": (BatchState.COMPLETE, ""),
            "cancelled": (BatchState.CANCELLED, "stopped"),
            "failed": (BatchState.FAILED, "failed"),
            "expired": (BatchState.EXPIRED, "expired"),
        }
        if status not in words:
            self._batch(do, BatchState.MOVING if status == "moving" else batch.state)
            return
        state, goal = words[status]
        self._batch(do, state)
        if state is BatchState.COMPLETE:
            self.known["verified_at"] = None
            return
        for one in [one for one in self.items.values() if one.batch == do.batch]:
            self.items[one.id] = replace(one, state=ItemState.IN_OLD, batch=None)
        self.tasks.discard(TaskKind.REVIEW)
        self.set({Track.TRANSFER: goal})

    def _verify(self) -> None:
        handed_over = [one for one in self.items.values() if one.batch is not None]
        sides: dict[str, list[Seen]] = {"source": [], "target": []}
        for one in self.items.values():
            owner = self.microsoft.owner[one.id]
            new_id = one.subscription_id if owner == "source" else f"new-{one.id}"
            sides[owner].append(
                Seen(
                    subscription_id=new_id, product=one.product, quantity=one.quantity, term=one.term,
                    billing_cycle=one.billing_cycle, ends=one.ends, auto_renew=one.auto_renew, status="active",
                )
            )  # fmt: skip
        self.known["verified_at"] = self.now
        verdicts = compare(handed_over, sides["source"], sides["target"])
        for verdict in verdicts:
            self.items[verdict.item] = replace(self.items[verdict.item], state=verdict.state)
        rest = {verdict.state for verdict in verdicts} - {ItemState.VERIFIED}
        if rest == {ItemState.IN_OLD}:
            for verdict in verdicts:
                if verdict.state is ItemState.IN_OLD:
                    self.items[verdict.item] = replace(self.items[verdict.item], batch=None)
        goal = "verified" if not rest else "failed" if rest == {ItemState.IN_OLD} else "wrong"
        self.tasks.discard(TaskKind.REVIEW)
        self.set({Track.TRANSFER: goal})

    # -- everybody else -------------------------------------------------------------------------------

    def mail(self, *, returned: bool) -> None:
        """The mail server takes or returns what is queued."""
        for number, one in enumerate(self.notices):
            if one.state == "queued":
                self.notices[number] = replace(one, state="bounced" if returned else "sent", at=self.now)
                self.known["has_contact"] = self.known["has_contact"] and not returned
                untold = self.tracks[Track.NOTICE] == "queued"
                unsaid = self.tracks[Track.DECISION] in ("none", "asked", "silent")
                if returned and self.tracks[Track.NOTICE] in ("queued", "sent") and unsaid:
                    self.set({Track.NOTICE: "bounced"})
                elif untold:
                    self.set({Track.NOTICE: "bounced" if returned else "sent"})

    def said(self, kind: str) -> None:
        """The customer's person says something, as far as the page lets it."""
        try:
            check_change(Track.DECISION, self.tracks[Track.DECISION], kind)
        except Exception:
            return
        moved = any(b.state in (BatchState.MOVING, BatchState.COMPLETE) for b in self.batches.values())
        if self.tracks[Track.CLOSEOUT] in ("closed", "parked") or (
            kind in ("withdrawn", "declined") and moved
        ):
            return
        if self.tracks[Track.CLOSEOUT] == "stays":
            self.set({Track.CLOSEOUT: "none"})
        self.set({Track.DECISION: kind})
        if kind == "question":
            self.tasks.add(TaskKind.ANSWER)
        else:
            self.tasks -= {TaskKind.CALL, TaskKind.FIND_CONTACT}
        if kind in ("withdrawn", "declined", "self"):
            self.tasks -= {TaskKind.ACCEPT, TaskKind.HELP}
        if kind in ("mandate", "self"):
            self.yes = True
            self.known["mandate_until"] = self.now + 91 * DAY if kind == "mandate" else None
        elif kind in ("withdrawn", "declined"):
            self.yes = False

    def works(self, kind: TaskKind, outcome: TaskOutcome) -> None:
        """An operator ends an open task. Accepting on a mandate has its effect at Microsoft."""
        if kind not in self.tasks or outcome not in OUTCOMES[kind]:
            return
        self.tasks.discard(kind)
        self.ended[kind] = (outcome, self.now)
        if kind is TaskKind.ACCEPT and outcome is TaskOutcome.DONE:
            assert self.tracks[Track.DECISION] == "mandate"
            self.microsoft.relationship = True
            if self.microsoft.grant == "approvalPending":
                self.microsoft.grant = "active"
        if kind is TaskKind.FIND_CONTACT and outcome is TaskOutcome.FOUND:
            self.known["has_contact"] = True
        if kind is TaskKind.REVIEW:
            self.stops.clear()

    def passes(self, duration: timedelta) -> None:
        """Time passes; links run out."""
        self.now += duration
        link = self.known.get("attestation")
        if link and link.expires_at <= self.now and self.microsoft.link == "created":
            self.microsoft.link = "expired"

    def progress(self, outcome: str, failed: frozenset[int] = frozenset()) -> None:
        """Microsoft ends a transfer that is under way."""
        for remote, state in list(self.microsoft.transfers.items()):
            if state == "moving":
                self.microsoft.transfers[remote] = outcome
                for one in self.microsoft.taken[remote]:
                    if outcome == "complete" and one not in failed:
                        self.microsoft.owner[one] = "target"

    def responsible(self) -> bool:
        """True when it has ended, or when there is a date or somebody to wait for."""
        match self.last:
            case Wait(until=until, who=who):
                return until is not None or who is not Who.NOBODY
            case _:
                return True


def some_items(number: int, near: bool) -> tuple[Item, ...]:
    """So many subscriptions, one of them near its renewal when asked for."""
    ends = NOW + (3 if near else 200) * DAY
    return tuple(item(n, quantity=n, ends=ends if n == 1 else NOW + 200 * DAY) for n in range(1, number + 1))
