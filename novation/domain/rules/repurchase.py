"""Buying anew on the new account what stays on the old one to the end of its term, because a person chose so.

`moving-customers` section 8: bought so that it is active when the old one ends; a day of overlap is cheaper than a
gap. The old one is set to end first (`staying`); a cart is made from the catalogue of the moment, checked out once,
and believed when the new subscription was read. Users keep their licences: the product is the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from novation.domain.facts import Choice, Facts, Item
from novation.domain.next_action import MakeCall, NextAction, OpenTask, Wait
from novation.domain.rules.accepting import read_again
from novation.domain.steps import StepKind, TaskKind, TaskOutcome
from novation.domain.tracks import Track, Who

#: A cart lives for seven days (page create-a-cart); one that is older than this is made anew.
CART_LIFE = timedelta(days=6)


def wants(item: Item) -> bool:
    """True when it was chosen to be bought anew and its replacement was not seen yet."""
    return item.choice is Choice.BUY_NEW and item.replaced_at is None


def due_at(item: Item, facts: Facts) -> datetime | None:
    """When it is to be bought; None for what is not bought anew."""
    if not wants(item) or item.ends is None:
        return None
    return item.ends - facts.policy.buy_before


def buying(facts: Facts, left: list[Item], now: datetime) -> NextAction | None:
    """What is due for things to be bought anew; None when nothing is.

    Args:
        facts: of a move that has ended.
        left: what the old account still sells and has been set to end.
        now: programme time.
    """
    for item in left:
        at = due_at(item, facts)
        if at is None or at > now:
            continue
        decision = _one(facts, item, at, now)
        if decision is not None:
            return decision
    return None


def _one(facts: Facts, item: Item, at: datetime, now: datetime) -> NextAction | None:
    policy, read = facts.policy, facts.baseline_at
    if item.bought_at is not None:
        return _seen(facts, item, item.bought_at, now)
    trouble = _trouble(facts, item)
    if trouble:
        return _judged(facts, item, trouble, since=at)
    if read is None or read + policy.baseline_age <= now:
        return MakeCall(step=StepKind.READ_BASELINE, why="as many seats are bought as there are now")
    if not item.cart or item.cart_at is None or item.cart_at + CART_LIFE <= now:
        return MakeCall(step=StepKind.PREPARE_ORDER, item=item.id, why=f"{item.name}: its term ends soon")
    return MakeCall(step=StepKind.PLACE_ORDER, item=item.id, why=f"{item.name}: bought anew, as was chosen")


def _trouble(facts: Facts, item: Item) -> str:
    if facts.track(Track.RELATIONSHIP) != "accepted" or facts.track(Track.AGREEMENT) != "valid":
        return "the new account cannot sell to this customer any more"
    if item.parent:
        return "an add-on is bought by hand, together with what it belongs to"
    return ""


def _seen(facts: Facts, item: Item, bought_at: datetime, now: datetime) -> NextAction | None:
    """The order was answered; the subscription itself is listed up to a quarter of an hour later."""
    read = item.order_read_at
    if read is not None and bought_at + facts.policy.arrive_within <= read:
        return _judged(facts, item, "it was bought, but the new account does not show it", since=bought_at)
    every = facts.policy.transfer_every
    look = read_again(read, every, now, StepKind.READ_ORDER, "is it on the new account?")
    if isinstance(look, MakeCall):
        return MakeCall(step=look.step, item=item.id, why=look.why)
    return Wait(until=look.until, who=Who.MICROSOFT, why=look.why)


def _judged(facts: Facts, item: Item, trouble: str, *, since: datetime) -> NextAction | None:
    """A person looks; "done as it is" leaves this one to that person, "mended" has us look again."""
    if TaskKind.REVIEW in facts.open_tasks:
        return Wait(until=item.ends, who=Who.OPERATOR, why=f"{item.name}: {trouble}")
    ended = facts.ended_tasks.get(TaskKind.REVIEW)
    if ended is not None and ended[1] >= since and ended[0] is not TaskOutcome.RETRY:
        return None
    return OpenTask(
        task=TaskKind.REVIEW,
        why=f"{item.name} was to be bought anew, its term ends on {item.ends:%d %B %Y}: {trouble}.",
    )
