"""Customers, operators and Microsoft act in any order, calls end in any way: what must hold, holds."""

from collections.abc import Callable
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from novation.domain.facts import Choice, ItemState
from novation.domain.next_action import Finished, MakeCall, Wait
from novation.domain.policy import Policy
from novation.domain.steps import OUTCOMES, TaskKind, TaskOutcome
from novation.domain.tracks import Track
from tests.builders import DAY, HOUR
from tests.domain.microsoft import some_items
from tests.domain.world import World

WORDS = ["mandate", "self", "declined", "question", "delegated", "withdrawn"]
FATES = ["done", "done", "done", "lost", "unsure", "later", "refused"]
#: Turns that everybody gets to bring a move to its end, once all are willing.
TURNS = 300


def mail_goes_out(world: World, data: st.DataObject) -> None:
    world.mail(returned=data.draw(st.sampled_from([False, False, False, True])))


def the_customer_speaks(world: World, data: st.DataObject) -> None:
    world.said(data.draw(st.sampled_from(WORDS)))


def the_customers_side_answers(world: World, data: st.DataObject) -> None:
    what = data.draw(st.sampled_from(["relationship", "agreement", "access", "leaves", "directly"]))
    if what == "relationship":
        world.microsoft.relationship = True
    elif what == "leaves":
        world.leaves()
    elif what == "directly":
        world.microsoft.agreement = True
    elif what == "agreement" and world.microsoft.link == "created":
        world.microsoft.link = data.draw(st.sampled_from(["accepted", "accepted", "refused"]))
    elif what == "access" and world.microsoft.grant == "approvalPending":
        world.microsoft.grant = data.draw(st.sampled_from(["active", "active", "rejected", "expired"]))
        world.microsoft.short = data.draw(st.sampled_from([False, False, True]))
    elif what == "access" and world.microsoft.grant == "active":
        world.microsoft.grant = "terminated"


def an_operator_works(world: World, data: st.DataObject) -> None:
    if world.tasks:
        kind = data.draw(st.sampled_from(sorted(world.tasks)))
        if kind is TaskKind.TERM_END:
            world.chooses(data.draw(st.sampled_from(list(Choice))))
        elif kind is not TaskKind.ACCEPT or world.tracks[Track.DECISION] == "mandate":
            world.works(kind, data.draw(st.sampled_from(OUTCOMES[kind])))


def microsoft_is_odd(world: World, data: st.DataObject) -> None:
    """Settings lost on the way, items on both sides or none, a group that fails, an old confirmation in the way."""
    ms = world.microsoft
    match data.draw(st.sampled_from(["loses", "group", "expiring", "old", "foreign", "agreement"])):
        case "loses":
            ms.loses = data.draw(st.sampled_from(["renewal", "seats", "both", "neither"]))
        case "group":
            ms.group_failed = True
        case "expiring":
            ms.expiring = True
        case "old":
            ms.confirmed_by = "jana"
        case "foreign":
            ms.foreign = True
        case _:
            ms.agreement = False


def the_list_is_read(world: World, data: st.DataObject) -> None:
    world.is_listed()


def microsoft_moves(world: World, data: st.DataObject) -> None:
    outcome = data.draw(st.sampled_from(["complete", "complete", "failed", "expired"]))
    world.progress(outcome, data.draw(st.frozensets(st.integers(1, 4), max_size=2)))


def time_passes(world: World, data: st.DataObject) -> None:
    world.passes(timedelta(hours=data.draw(st.sampled_from([0.1, 1, 7, 26, 24 * 9, 24 * 25]))))


def somebody_pauses_it(world: World, data: st.DataObject) -> None:
    world.known["paused"] = not world.known.get("paused", False)


ACTS = [
    mail_goes_out,
    the_customer_speaks,
    the_customers_side_answers,
    an_operator_works,
    an_operator_works,
    microsoft_moves,
    microsoft_is_odd,
    the_list_is_read,
    time_passes,
    time_passes,
    somebody_pauses_it,
]


class AnyOrder(RuleBasedStateMachine):
    """One customer's move in a world in which everybody may do anything at any time."""

    @initialize(
        items=st.integers(0, 4),
        near=st.booleans(),
        small=st.booleans(),
        lead=st.integers(0, 25),
        word=st.sampled_from(["mandate", "mandate", "self", "declined"]),
        days=st.sampled_from([45, 80, 200]),
        loses=st.sampled_from(["", "", "renewal", "seats", "both", "neither"]),
    )
    def begin(self, items: int, near: bool, small: bool, lead: int, word: str, days: int, loses: str) -> None:
        """Anywhere on the straight way: the longer the lead, the further the move has come."""
        self.world = World(some_items(items, near, days=days))
        self.world.microsoft.loses = loses
        self.world.known["policy"] = Policy(batch_size=2 if small else 25)
        for _ in range(lead):
            willing_turn(self.world, word)

    @rule(data=st.data(), fates=st.lists(st.sampled_from(FATES), min_size=2, max_size=8))
    def somebody_acts_and_the_engine_works(self, data: st.DataObject, fates: list[str]) -> None:
        act = data.draw(st.sampled_from(ACTS))
        act(self.world, data)
        self.world.engine(one_after_the_other(fates))
        match self.world.last:
            case Wait(until=until) as wait:
                assert self.world.responsible(), f"nobody is responsible: {wait}"
                assert until is None or until > self.world.now, f"a wait that is over: {wait}"

    @invariant()
    def no_effect_is_doubled(self) -> None:
        if hasattr(self, "world"):
            twice = {
                name: number
                for name, number in self.world.microsoft.effects.items()
                if number > 1
                and name.split()[0] in ("create-transfer", "accept-transfer", "remove-relationship")
            }
            assert not twice

    @invariant()
    def what_is_closed_is_proven(self) -> None:
        if hasattr(self, "world") and self.world.tracks[Track.CLOSEOUT] in ("closed", "parked"):
            assert self.world.tracks[Track.TRANSFER] in ("verified", "nothing")
            assert "moving" not in self.world.microsoft.transfers.values()

    @invariant()
    def no_item_is_lost(self) -> None:
        """What is closed is on the new account alone, or on the old one with its end of term, or judged by a person."""
        if hasattr(self, "world") and self.world.tracks[Track.CLOSEOUT] == "closed":
            ms = self.world.microsoft
            for one in self.world.items.values():
                assert ms.owner.get(one.id) != "source", f"{one} was left behind"
                assert one.state is not ItemState.IN_BOTH, f"{one} is billed twice"

    @invariant()
    def nothing_is_promised_that_was_not_observed(self) -> None:
        if hasattr(self, "world") and self.world.tracks[Track.TRANSFER] == "verified":
            for one in self.world.items.values():
                if one.state is ItemState.VERIFIED:
                    assert self.world.microsoft.owner.get(one.id) == "target"

    def teardown(self) -> None:
        """With everybody willing, every move comes to its end."""
        if not hasattr(self, "world"):
            return
        world = self.world
        world.known["paused"] = False
        world.microsoft.foreign = False
        for _ in range(TURNS):
            willing_turn(world)
            if at_its_end(world):
                return
        raise AssertionError(f"no end after {TURNS} turns: {world.last}, {world.tracks}, {world.tasks}")


HELPFUL = {
    TaskKind.ACCEPT: TaskOutcome.DONE,
    TaskKind.FIND_CONTACT: TaskOutcome.FOUND,
    TaskKind.CALL: TaskOutcome.REACHED,
    TaskKind.ANSWER: TaskOutcome.ANSWERED,
    TaskKind.HELP: TaskOutcome.REACHED,
    TaskKind.REVIEW: TaskOutcome.RETRY,
    TaskKind.SIGNATORY: TaskOutcome.FOUND,
    TaskKind.ACCESS: TaskOutcome.RETRY,
    TaskKind.AZURE: TaskOutcome.CLEANED,
    TaskKind.HAND_OVER: TaskOutcome.CLEANED,
}


def at_its_end(world: World) -> bool:
    """Closed, or at rest with the old account: with a date, and somebody asked before each end of a term."""
    if isinstance(world.last, Finished):
        return True
    return world.tracks[Track.CLOSEOUT] in ("stays", "parked") and world.responsible() and not world.tasks


def willing_turn(world: World, word: str = "mandate") -> None:
    """Everybody does what is asked of them, and time passes to the next date."""
    world.engine(lambda do: "done")
    if isinstance(world.last, Finished):
        return
    world.is_listed()
    world.mail(returned=False)
    world.progress("complete")
    if world.tracks[Track.DECISION] in ("asked", "delegated"):
        world.said(word)
    for kind in sorted(world.tasks):
        if kind is TaskKind.TERM_END:
            world.chooses(Choice.CANCEL)
        elif kind is not TaskKind.ACCEPT or world.tracks[Track.DECISION] == "mandate":
            world.works(kind, HELPFUL[kind])
    if world.tracks[Track.DECISION] == "self":
        world.microsoft.relationship = True
    if world.microsoft.link == "created":
        world.microsoft.link = "accepted"
    if world.microsoft.grant == "approvalPending":
        world.microsoft.grant, world.microsoft.short = "active", False
    until = world.last.until if isinstance(world.last, Wait) else None
    world.passes(max(until - world.now, timedelta(0)) if until else HOUR)


def one_after_the_other(fates: list[str]) -> Callable[[MakeCall], str]:
    rest = iter(fates)
    return lambda do: next(rest, "done")


AnyOrder.TestCase.settings = settings(
    max_examples=max(20, settings.default.max_examples // 4), stateful_step_count=25
)
test_anything_may_happen_in_any_order = AnyOrder.TestCase


def test_the_straight_way_ends_closed_within_a_fortnight() -> None:
    world = World(some_items(3, near=False))
    for _ in range(60):
        willing_turn(world)
    assert isinstance(world.last, Finished)
    assert world.tracks[Track.CLOSEOUT] == "closed"
    assert set(world.microsoft.owner.values()) == {"target"}
    assert world.since[Track.CLOSEOUT] - world.since[Track.NOTICE] < 14 * DAY
