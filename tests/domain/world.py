"""A whole world in memory: one customer, Microsoft, operators, and the facts that the engine would read.

Answers are applied to the facts as the services do it, without a database. What Microsoft really holds is kept
apart from what is known of it, so that a test can compare both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from novation.domain.decide import decide
from novation.domain.facts import (
    Batch,
    BatchState,
    Choice,
    Facts,
    Grant,
    Item,
    ItemState,
    Notice,
)
from novation.domain.next_action import (
    Finished,
    MakeCall,
    OpenTask,
    SendNotice,
    SetTracks,
    SplitTransfers,
    Wait,
)
from novation.domain.planning.answering import PlannedStep
from novation.domain.rules.end_of_term import SETTINGS, open_choices
from novation.domain.steps import OUTCOMES, RULES, StepKind, TaskKind, TaskOutcome, is_write
from novation.domain.tracks import Track, Who, check_change
from novation.domain.verify import Seen, Verdict, compare
from tests.builders import DAY, NOW
from tests.domain.world_state import WorldState

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


class World(WorldState):
    """The move, its clock, and everybody who may act on it."""

    # -- the engine -----------------------------------------------------------------------------------

    def engine(self, fate: Any) -> None:
        """Works until it must wait. `fate(do)` says what becomes of a call: done, lost, later, refused, unsure-…"""
        for _ in range(CALLS):
            decision: Any = None
            for _ in range(ROUNDS):
                decision = decide(self.facts(), self.now)
                if isinstance(decision, MakeCall | Wait | Finished):
                    break
                self._local(decision)
            else:
                raise AssertionError(f"the rules go round in circles: {decision}")
            if not isinstance(decision, MakeCall):
                self.last = decision
                return
            self._call(decision, fate(decision))
        raise AssertionError(f"the engine does not come to rest: {decision}")

    def _local(self, decision: Any) -> None:
        assert not self.known.get("paused"), f"{decision} although paused"
        match decision:
            case SendNotice(purpose=purpose, sets=sets):
                assert self.known["has_contact"], "a mail to nobody"
                self.set(dict(sets))
                self.notices.append(Notice(purpose=purpose, state="queued", at=self.now))
            case OpenTask(task=task, sets=sets):
                assert task is not TaskKind.ACCEPT or self.yes, "an acceptance without a mandate"
                self.set(dict(sets))
                self.tasks.add(task)
            case SplitTransfers(batches=batches, stays=stays, sets=sets):
                for ids in batches:
                    number = len(self.batches) + 1
                    self.batches[number] = Batch(number=number)
                    for one in ids:
                        self.items[one] = replace(self.items[one], batch=number)
                for one in stays:
                    self.items[one] = replace(self.items[one], state=ItemState.STAYS)
                self.known["transfers_read_at"] = None
                self.set(dict(sets))
            case SetTracks(sets=sets):
                assert sets, "a note that changes nothing"
                self.set(dict(sets))
                if sets.get(Track.CLOSEOUT) in ("stays", "closed", "parked"):
                    self.tasks.clear()

    def _call(self, do: MakeCall, fate: str) -> None:
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
            self._effect(do)
            self._observe(do)

    def _look_up(self, do: MakeCall) -> None:
        original, happened, _, since = self.doubts[do.settle or 0]
        if happened:
            del self.doubts[do.settle or 0]
            self._observe(original)
        elif self.now >= since + QUIET:
            del self.doubts[do.settle or 0]
        else:
            self.doubts[do.settle or 0] = (original, happened, self.now + SETTLE, since)

    # -- Microsoft ------------------------------------------------------------------------------------

    def _refusal(self, do: MakeCall) -> str:
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
            self._observe(MakeCall(step=S.READ_TRANSFER, batch=do.batch, why="what became of it"))
            return "transfers"
        return ""

    def _effect(self, do: MakeCall) -> None:
        """What a call does on the other side."""
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

    def _may_clean(self) -> None:
        live = {state for state in self.microsoft.transfers.values() if state in ("pending", "moving")}
        assert not live, "cleaned up while something moves"
        assert self.tracks[Track.TRANSFER] in ("verified", "nothing"), (
            "cleaned up before the new side is proven"
        )
        assert not any(one.state is ItemState.IN_TRANSFER for one in self.items.values()), (
            "cleaned up unproven"
        )

    # -- what an answer shows (novation.domain.planning.answering.OtherSide) --------------------------

    @property
    def relationship(self) -> bool:
        return self.microsoft.relationship

    def agreement(self, facts: Facts) -> bool:
        return self.microsoft.agreement

    @property
    def link(self) -> str:
        return self.microsoft.link

    @property
    def foreign(self) -> bool:
        return self.microsoft.foreign

    @property
    def old_relationship(self) -> bool:
        return self.microsoft.old_relationship

    def grant(self, facts: Facts, do: MakeCall, now: datetime) -> Grant:
        ms = self.microsoft
        return Grant(
            status=ms.grant,
            assigned="a" if ms.assigned else "",
            created_at=facts.grant.created_at if facts.grant else now,
            read_at=now,
            failed=ms.group_failed,
        )

    def access_state(self, before: str, grant: Grant, do: MakeCall) -> str:
        if grant.status == "active":
            goal = self.microsoft.goal_of_access(before)
            return goal if before != "degraded" or goal in ("active", "usable") else ""
        if grant.status in ("rejected", "expired") and before == "pending":
            return grant.status
        held = ("active", "usable", "expiring", "short", "unassigned")
        return "ended" if grant.status == "terminated" and before in held else ""

    def old_items(self, facts: Facts, now: datetime) -> list[Item]:
        return [self._read_old(one) if one.batch is None else one for one in facts.items]

    def old_grant(self, facts: Facts) -> Grant:
        return Grant(status=self.microsoft.old_grant, created_at=NOW)

    def left_behind(self, facts: Facts) -> int:
        return list(self.microsoft.owner.values()).count("source")

    def transfer(self, facts: Facts, do: MakeCall) -> tuple[str, str]:
        remote = self.batches[do.batch or 0].remote_id or list(self.microsoft.transfers)[-1]
        return remote, self.microsoft.transfers[remote]

    def bought(self, item: int) -> bool:
        return item in self.microsoft.bought

    # -- what is observed -----------------------------------------------------------------------------

    def _observe(self, do: MakeCall) -> None:
        """Takes the answer to a step into what is known, as its declaration says."""
        step = RULES[do.step]
        assert isinstance(step, PlannedStep)
        before = self.facts()
        after = step.learn(before, do, self.now, self)
        self.items = {one.id: one for one in after.items}
        self.batches = {one.number: one for one in after.batches}
        self.tasks = set(after.open_tasks)
        own = ("tracks", "since", "items", "batches", "notices", "open_tasks", "ended_tasks", "uncertain", "retry_at",
               "stopped")  # fmt: skip
        for name in (one.name for one in fields(Facts) if one.name not in own):
            if getattr(after, name) is not getattr(before, name):
                self.known[name] = getattr(after, name)
        self.set(dict(after.tracks))

    def _read_old(self, one: Item) -> Item:
        """One subscription as the source shows it now: what was set is there, and a term that ended has an heir."""
        ms = self.microsoft
        if one.id in self.sent_off and one.choice is not None:
            renews, cancels = SETTINGS[one.choice]
            one = replace(one, auto_renew=renews, cancel_at_end=cancels)
        if one.ends is not None and one.ends <= self.now and one.status == "active":
            fresh = {"choice": None, "chosen_at": None, "choice_sent_at": None}
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
        return one

    def verdicts(self, facts: Facts, handed_over: Sequence[Item]) -> Sequence[Verdict]:
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
        return compare(handed_over, sides["source"], sides["target"])

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
