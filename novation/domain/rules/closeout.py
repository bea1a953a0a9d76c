"""Rules after the transfer: who invoices, and cleaning up the old side only on evidence."""

from __future__ import annotations

from datetime import datetime

from novation.domain import gdap, states
from novation.domain.facts import Facts
from novation.domain.next_action import MakeCall, NextAction, OpenTask, SendNotice, SetTracks, Wait
from novation.domain.steps import StepKind, TaskKind
from novation.domain.tracks import Track, Who

_AZURE = (
    "The old account keeps its rights in the customer's Azure after the move, and no call of ours can remove them: "
    "list its role assignments (foreign principals), remove them, and give the new account what it needs."
)
_HAND_OVER = (
    "Our vault still holds the first password of the customer's administrator account: hand it over by telephone, or "
    "have the customer set another one. Ending this task destroys what the vault holds."
)


def billing(facts: Facts, now: datetime) -> NextAction | None:
    """The new account invoices from the day on which the last item arrived."""
    if facts.track(Track.TRANSFER) in states.MOVED and facts.track(Track.BILLING) != "new":
        return SetTracks(why="every item is accounted for", sets={Track.BILLING: "new"})
    return None


def closeout(facts: Facts, now: datetime) -> NextAction | None:
    """Ends what we still hold on the old side: access first, then the relationship, and says goodbye."""
    if facts.track(Track.TRANSFER) not in states.MOVED or facts.track(Track.BILLING) != "new":
        return None
    policy, state = facts.policy, facts.track(Track.CLOSEOUT)
    if state == "none":
        due = facts.since.get(Track.TRANSFER, now) + policy.clean_after
        if due > now:
            return Wait(until=due, who=Who.NOBODY, why="rests before the old side is cleaned up")
        return SetTracks(why="the new side is proven", sets={Track.CLOSEOUT: "cleaning"})
    start = facts.since.get(Track.CLOSEOUT, now)
    read = facts.old_side_read_at
    if read is None or read < start:
        return MakeCall(step=StepKind.READ_OLD_SIDE, why="what is left on the old side?")
    # A request that nobody approved gives no rights, and no call of ours can end it: it runs out by itself.
    if facts.old_grant is not None and facts.old_grant.status in gdap.ACTIVE:
        return MakeCall(step=StepKind.END_OLD_ACCESS, why="the old account needs no rights any more")
    if facts.old_grant is not None and facts.old_grant.status in gdap.ON_ITS_WAY:
        again = read + policy.access_every
        if again <= now:
            return MakeCall(step=StepKind.READ_OLD_SIDE, why="are the rights of the old account in force?")
        return Wait(
            until=again, who=Who.MICROSOFT, why="rights of the old account can be ended when in force"
        )
    for held, task, ask in (
        (facts.azure_moved, TaskKind.AZURE, _AZURE),
        (facts.secret_held, TaskKind.HAND_OVER, _HAND_OVER),
    ):
        ended = facts.ended_tasks.get(task)
        if not held or (ended is not None and ended[1] >= start):
            continue
        if task in facts.open_tasks:
            return Wait(until=None, who=Who.OPERATOR, why="something of the old side is cleaned up by hand")
        return OpenTask(task=task, why=ask)
    if facts.has_contact and facts.notice("done") is None:
        return SendNotice(purpose="done", why="everything has moved")
    if not facts.old_relationship:
        return SetTracks(why="the customer has left the old account", sets={Track.CLOSEOUT: "closed"})
    if facts.left_behind or not policy.remove_relationship:
        return SetTracks(
            why="the old relationship stays as long as something is left", sets={Track.CLOSEOUT: "parked"}
        )
    return MakeCall(step=StepKind.REMOVE_RELATIONSHIP, why="nothing is left on the old side")
