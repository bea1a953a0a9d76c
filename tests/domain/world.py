"""A whole world in memory: one customer, Microsoft, operators, and the facts that the engine would read.

Answers are applied to the facts as the services do it, without a database. What Microsoft really holds is kept
apart from what is known of it, so that a test can compare both.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from novation.domain.decide import decide
from novation.domain.facts import (
    Attestation,
    Batch,
    BatchState,
    Choice,
    Facts,
    Grant,
    Item,
    ItemState,
    Notice,
    Uncertain,
)
from novation.domain.next_action import AskOperator, Do, Finished, Note, Plan, Tell, Wait
from novation.domain.rules.end_of_term import SETTINGS, open_choices
from novation.domain.steps import OUTCOMES, StepKind, TaskKind, TaskOutcome, is_write
from novation.domain.tracks import FIRST, Track, Who, check_change
from novation.domain.verify import Seen, compare
from tests.builders import DAY, NOW
from tests.domain.microsoft import Microsoft

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
        self.signatory = "jana"
        self.grant_made = NOW
        self.sent_off: list[int] = []
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
            stopped=frozenset(self.stops if TaskKind.REVIEW in self.tasks else ()), **self.known,
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
        if fate not in ("refused", "later") and (doubt := self._refusal(do)):
            self.retry[do.step] = self.now + timedelta(minutes=1)
            if doubt == "duplicate":
                self.known["agreement_read_at"] = None
                del self.retry[do.step]
                self.set({Track.AGREEMENT: "retake"})
            elif doubt == "agreement" and self.tracks[Track.AGREEMENT] == "valid":
                self.known["agreement_read_at"] = None
                self.set({Track.AGREEMENT: "preparing"})
            elif doubt == "relationship":
                self.known["relationship_read_at"] = None
            else:
                self.known["transfers_read_at"] = None
            return
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

    def _refusal(self, do: Do) -> str:
        """What Microsoft refuses, by what the refusal makes doubtful."""
        ms = self.microsoft
        needs = (S.CREATE_TRANSFER, S.ACCEPT_TRANSFER, S.CREATE_AGREEMENT, S.PREPARE_ORDER, S.PLACE_ORDER)
        if do.step in needs and not ms.relationship:
            return "relationship"
        if do.step is S.CREATE_TRANSFER and not ms.agreement:
            return "agreement"
        if do.step is S.CREATE_ATTESTATION and ms.confirmed_by == self.signatory:
            return "duplicate"
        if do.step is S.ACCEPT_TRANSFER and ms.transfers[self.batches[do.batch or 0].remote_id] != "pending":
            self._batch(do, BatchState.PENDING)
            self._transfer(do, ms.transfers[self.batches[do.batch or 0].remote_id])
            return "transfers"
        return ""

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
                ms.grant, ms.assigned, ms.short, ms.expiring = "created", False, False, False
            case S.LOCK_ACCESS:
                ms.grant = "approvalPending"
            case S.ASSIGN_ACCESS:
                ms.assigned = True
            case S.SET_TERM_END:
                assert do.item is not None
                assert self.items[do.item].choice is not None, "the end of a term that nobody chose"
                self.sent_off.append(do.item)
            case S.PLACE_ORDER:
                one = self.items[do.item or 0]
                assert one.choice is Choice.BUY_NEW and one.cart, "bought, although nobody chose so"
                assert one.id not in ms.bought, "bought twice"
                assert one.ends is not None and self.now >= one.ends - DAY, "bought too early"
                ms.bought.add(one.id)
            case S.RESTORE_SETTING:
                ms.odd.pop(do.item or 0, None)
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
        assert self.tracks[Track.TRANSFER] in ("verified", "nothing"), (
            "cleaned up before the new side is proven"
        )
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
                    if one.batch is None:
                        self._read_old(one)
                known["old_grant"] = Grant(status=ms.old_grant, created_at=NOW)
            case S.READ_INVITATION:
                known["invitation_known"] = True
            case S.READ_RELATIONSHIP:
                known["relationship_read_at"] = now
                if not ms.relationship and state[Track.RELATIONSHIP] == "accepted":
                    self.set({Track.RELATIONSHIP: "lost"})
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
                    self.tasks.discard(TaskKind.SIGNATORY)
                    self.set({Track.AGREEMENT: "valid"})
            case S.CREATE_ACCESS | S.LOCK_ACCESS | S.READ_ACCESS | S.ASSIGN_ACCESS:
                self._access(do)
            case S.READ_TRANSFERS:
                known["transfers_read_at"] = now
                known["foreign_transfer"] = ms.foreign
            case S.SET_TERM_END:
                self.items[do.item or 0] = replace(self.items[do.item or 0], choice_sent_at=now)
            case S.PREPARE_ORDER:
                self.items[do.item or 0] = replace(self.items[do.item or 0], cart="c", cart_at=now)
            case S.PLACE_ORDER:
                fresh = {"bought_at": now, "order_read_at": None}
                self.items[do.item or 0] = replace(self.items[do.item or 0], **fresh)
            case S.READ_ORDER:
                seen = now if do.item in ms.bought else None
                self.items[do.item or 0] = replace(
                    self.items[do.item or 0], order_read_at=now, replaced_at=seen
                )
            case S.RESTORE_SETTING:
                self.items[do.item or 0] = replace(self.items[do.item or 0], restorable=False)
                known["verified_at"] = None
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
        if do.step is S.CREATE_ACCESS:
            self.grant_made = self.now
            self.known["access_requests"] = self.known.get("access_requests", 0) + 1
        self.known["grant"] = Grant(
            status=ms.grant,
            assigned="a" if ms.assigned else "",
            created_at=self.grant_made,
            read_at=self.now,
            failed=ms.group_failed,
        )
        if do.step is S.LOCK_ACCESS:
            self.set({Track.ACCESS: "pending"})
        elif ms.grant == "active":
            goal = ms.goal_of_access(before)
            if goal and (before != "degraded" or goal in ("active", "usable")):
                self.set({Track.ACCESS: goal})
        elif ms.grant in ("rejected", "expired") and before == "pending":
            self.set({Track.ACCESS: ms.grant})
        elif ms.grant == "terminated" and before in ("active", "usable", "expiring", "short", "unassigned"):
            self.set({Track.ACCESS: "ended"})

    def _read_old(self, one: Item) -> None:
        """One subscription as the source shows it now: what was set is there, and a term that ended has an heir."""
        ms = self.microsoft
        if one.id in self.sent_off and one.choice is not None:
            renews, cancels = SETTINGS[one.choice]
            one = replace(one, auto_renew=renews, cancel_at_end=cancels)
        if one.ends is not None and one.ends <= self.now and one.status == "active":
            fresh = {"choice": None, "chosen_at": None, "choice_sent_at": None}
            if one.choice is Choice.BUY_NEW and one.bought_at is None:
                self.tasks.add(TaskKind.REVIEW)
            if one.cancel_at_end:
                one = replace(one, status="expired", **fresh)
                ms.owner.pop(one.id, None)
            else:
                fresh |= {"cart": "", "bought_at": None, "replaced_at": None}
                ms.bought.discard(one.id)
                length = 365 if one.auto_renew else 30
                one = replace(one, ends=one.ends + length * DAY, **fresh)
            if one.id in self.sent_off:
                self.sent_off.remove(one.id)
        self.items[one.id] = one

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
            owner, odd = self.microsoft.owner.get(one.id), self.microsoft.odd.get(one.id)
            if owner is None or odd == "neither":
                continue
            for side in ("source", "target") if odd == "both" else (owner,):
                new_id = one.subscription_id if side == "source" else f"new-{one.id}"
                sides[side].append(
                    Seen(
                        subscription_id=new_id, product=one.product,
                        quantity=one.quantity + (odd == "seats"), term=one.term,
                        billing_cycle=one.billing_cycle, ends=one.ends,
                        auto_renew=one.auto_renew ^ (odd == "renewal"), status="active",
                        cancel_at_end=one.cancel_at_end,
                    )
                )  # fmt: skip
        self.known["verified_at"] = self.now
        verdicts = compare(handed_over, sides["source"], sides["target"])
        for verdict in verdicts:
            self.items[verdict.item] = replace(
                self.items[verdict.item], state=verdict.state, restorable=verdict.restorable
            )
        if any(self.items[verdict.item].restorable for verdict in verdicts):
            return
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
        if self.tracks[Track.CLOSEOUT] == "stays" and kind in ("mandate", "self", "question", "delegated"):
            self.tasks.discard(TaskKind.TERM_END)
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
        if kind is TaskKind.TERM_END and open_choices(self.facts(), self.now):
            return
        doubled = any(one.state is ItemState.IN_BOTH for one in self.items.values())
        if kind is TaskKind.REVIEW and outcome is TaskOutcome.GO_ON and doubled:
            return
        self.tasks.discard(kind)
        self.ended[kind] = (outcome, self.now)
        if kind is TaskKind.SIGNATORY and outcome is TaskOutcome.FOUND:
            self.signatory, self.known["signatory_at"] = "petr", self.now
        if kind is TaskKind.ACCESS and outcome is TaskOutcome.RETRY:
            self.microsoft.group_failed = self.microsoft.expiring = False
        if kind is TaskKind.HAND_OVER:
            self.known["secret_held"] = False
        if kind is TaskKind.REVIEW and outcome is TaskOutcome.RETRY:
            self.microsoft.odd.clear()
            self.microsoft.foreign = False
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
        before, self.now = self.now, self.now + duration
        self._nobody_was_left_unasked(before)
        link = self.known.get("attestation")
        if link and link.expires_at <= self.now and self.microsoft.link == "created":
            self.microsoft.link = "expired"

    def _nobody_was_left_unasked(self, before: datetime) -> None:
        """A term of what stays ends only after somebody was asked what then, unless all is paused."""
        at_rest = self.tracks[Track.CLOSEOUT] in ("stays", "parked")
        if not at_rest or self.known.get("paused") or self.doubts or self.retry or self.stops:
            return
        for one in self.items.values():
            here = one.state in (ItemState.IN_OLD, ItemState.STAYS) and one.status == "active"
            if here and one.ends is not None and before < one.ends <= self.now and one.choice is None:
                long = self.since[Track.CLOSEOUT] < one.ends - 30 * DAY
                assert not long or TaskKind.TERM_END in self.tasks, f"{one.name} ended, and nobody was asked"

    def chooses(self, choice: Choice) -> None:
        """An operator chooses the end of every term that comes up."""
        for one in open_choices(self.facts(), self.now):
            self.items[one.id] = replace(one, choice=choice, chosen_at=self.now, choice_sent_at=None)
            if one.id in self.sent_off:
                self.sent_off.remove(one.id)
        self.works(TaskKind.TERM_END, TaskOutcome.CHOSEN)

    def leaves(self) -> None:
        """The customer removes the relationship with the target; what was only requested dies with it."""
        self.microsoft.relationship = False
        for remote, state in self.microsoft.transfers.items():
            if state == "pending":
                self.microsoft.transfers[remote] = "cancelled"

    def is_listed(self) -> None:
        """The target's customer list is read: who is missing there is read by name."""
        standing = self.tracks[Track.RELATIONSHIP] == "accepted"
        if standing and not self.microsoft.relationship and self.tracks[Track.CLOSEOUT] == "none":
            self.known["relationship_read_at"] = None
        elif self.microsoft.relationship and self.tracks[Track.RELATIONSHIP] != "accepted":
            self.tasks -= {TaskKind.ACCEPT, TaskKind.HELP}
            self.set({Track.RELATIONSHIP: "accepted"})

    def progress(self, outcome: str, failed: frozenset[int] = frozenset()) -> None:
        """Microsoft ends a transfer that is under way."""
        for remote, state in list(self.microsoft.transfers.items()):
            if state == "moving":
                self.microsoft.transfers[remote] = outcome
                for one in self.microsoft.taken[remote]:
                    if outcome == "complete" and one not in failed and one in self.microsoft.owner:
                        self.microsoft.owner[one] = "target"
                        if self.microsoft.loses:
                            self.microsoft.odd[one] = self.microsoft.loses
                self.microsoft.loses = ""

    def responsible(self) -> bool:
        """True when it has ended, or when there is a date or somebody to wait for."""
        match self.last:
            case Wait(until=until, who=who):
                return until is not None or who is not Who.NOBODY
            case _:
                return True
