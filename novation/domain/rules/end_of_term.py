"""The end of term of what stays with the old account: chosen by a person, set by the engine, believed when read.

Doing nothing at a renewal costs money since May 2026 (`moving-customers` section 8): a subscription that does not
renew by itself and has no instruction goes on as an Extended Service Term, 3 % dearer, or 23 % without a monthly plan.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from novation.domain import microsoft_words, states
from novation.domain.facts import Choice, Facts, Item
from novation.domain.next_action import MakeCall, NextAction, OpenTask, SendNotice, Wait
from novation.domain.rules.repurchase import buying, due_at
from novation.domain.steps import StepKind, TaskKind, TaskOutcome
from novation.domain.tracks import Track, Who

#: What has to be set on the source for each choice: renews by itself, ends with its term.
SETTINGS: dict[Choice, tuple[bool, bool]] = {
    Choice.RENEW: (True, False),
    Choice.CANCEL: (False, True),
    Choice.EXTEND: (False, False),
    Choice.BUY_NEW: (False, True),
}


def remaining(items: Iterable[Item]) -> list[Item]:
    """What is still sold by the old account and has a term that ends, the earliest first."""
    left = [
        item
        for item in items
        if item.state in states.ON_SOURCE
        and item.ends is not None
        and item.status in microsoft_words.SUBSCRIPTION_SOLD
    ]
    return sorted(left, key=lambda item: (item.ends, item.id))


def is_set(item: Item) -> bool:
    """True when the source shows what was chosen."""
    return item.choice is not None and (item.auto_renew, item.cancel_at_end) == SETTINGS[item.choice]


def open_choices(facts: Facts, now: datetime) -> list[Item]:
    """What ends within the first period and has no choice yet."""
    window = max(facts.policy.choose_before)
    return [
        item
        for item in remaining(facts.items)
        if item.choice is None and item.ends is not None and now < item.ends <= now + window
    ]


def term_end(facts: Facts, now: datetime) -> NextAction | None:
    """What is due for subscriptions that stay. None when none is left that could end."""
    left = remaining(facts.items)
    if not left:
        return None
    read = facts.baseline_at
    bought = buying(facts, [item for item in left if is_set(item)], now)
    if bought is not None:
        return bought
    if read is None or any(item.ends is not None and read < item.ends <= now for item in left):
        return MakeCall(step=StepKind.READ_BASELINE, why="a term has ended: see what became of it")
    chosen = next((item for item in left if item.choice is not None and not is_set(item)), None)
    if chosen is not None:
        return _carry_out(facts, chosen, now)
    if any(item.choice_sent_at is not None and item.choice_sent_at > read for item in left):
        return MakeCall(step=StepKind.READ_BASELINE, why="is the choice on record at Microsoft?")
    unchosen = open_choices(facts, now)
    if unchosen:
        letter = _letter(facts, unchosen[0], now)
        if letter is not None:
            return letter
        if TaskKind.TERM_END not in facts.open_tasks:
            names = ", ".join(item.name for item in unchosen[:3]) + (" …" if len(unchosen) > 3 else "")
            return OpenTask(
                task=TaskKind.TERM_END,
                why=f"Choose what happens at the end of the term, the first on {unchosen[0].ends:%d %B %Y}: {names}.",
            )
        return Wait(
            until=_next_look(facts, left, now), who=Who.OPERATOR, why="the end of a term is to be chosen"
        )
    until = _next_look(facts, left, now)
    return Wait(until=until, who=Who.NOBODY, why="stays with the old account until a term ends")


def _next_look(facts: Facts, left: list[Item], now: datetime) -> datetime | None:
    dates = [item.ends for item in left if item.ends is not None]
    dates += [
        item.ends - period
        for item in left
        for period in facts.policy.choose_before
        if item.ends is not None and item.choice is None
    ]
    dates += [at for item in left if (at := due_at(item, facts)) is not None]
    read = facts.baseline_at
    if read is not None and any(item.ends is not None and item.ends <= now for item in left):
        dates.append(max(read + facts.policy.baseline_age, now + facts.policy.baseline_age))
    dates.append(_rest(facts))
    return min((date for date in dates if date > now), default=None)


def _carry_out(facts: Facts, item: Item, now: datetime) -> NextAction:
    """Sets the choice on the source; one that Microsoft does not show afterwards is a person's to look at."""
    sent, read = item.choice_sent_at, facts.baseline_at
    if sent is None or (item.chosen_at is not None and sent < item.chosen_at):
        return MakeCall(
            step=StepKind.SET_TERM_END, item=item.id, why=f"{item.name}: {item.choice} was chosen"
        )
    if read is None or read <= sent:
        return MakeCall(step=StepKind.READ_BASELINE, why="is the choice on record at Microsoft?")
    if TaskKind.REVIEW in facts.open_tasks:
        return Wait(until=item.ends, who=Who.OPERATOR, why="Microsoft does not show what was chosen")
    ended = facts.ended_tasks.get(TaskKind.REVIEW)
    if ended is not None and ended[1] > sent:
        if ended[0] is TaskOutcome.RETRY:
            return MakeCall(step=StepKind.SET_TERM_END, item=item.id, why=f"{item.name}: set once more")
        return Wait(until=item.ends, who=Who.OPERATOR, why="Microsoft does not show what was chosen")
    return OpenTask(
        task=TaskKind.REVIEW,
        why=f"{item.name}: “{item.choice}” was set, but Microsoft does not show it. Set it in Partner Center.",
    )


def _rest(facts: Facts) -> datetime:
    """Who has just said no is not written to at once."""
    return facts.since[Track.CLOSEOUT] + facts.policy.reminders[0]


def _letter(facts: Facts, first: Item, now: datetime) -> SendNotice | None:
    """The customer is asked once in each period before the first end, as far as it can be written to."""
    if not facts.has_contact or first.ends is None:
        return None
    number = sum(1 for period in facts.policy.choose_before if first.ends <= now + period)
    start = first.ends - max(facts.policy.choose_before)
    purpose = f"term-end-{number}"
    if now < _rest(facts):
        return None
    if any(one.purpose == purpose and one.at >= start for one in facts.notices):
        return None
    return SendNotice(purpose=purpose, why="a term ends soon: does the customer want to move after all?")
