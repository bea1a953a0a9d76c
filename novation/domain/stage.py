"""The overall stage of a move, derived from its tracks; it is never typed in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from novation.domain import states
from novation.domain.tracks import Code, Track, shown


class Stage(StrEnum):
    """Where a customer stands as a whole."""

    INVENTORY = "inventory"  # not yet read, or something in the data stops us
    READY = "ready"  # may be told
    MAX_UNCERTAIN_LOGGED = "told"  # was told, has not answered
    ANSWERED = "answered"  # has a question, or passed it on
    ACCEPTING = "accepting"  # said yes; relationship, agreement and access are under way
    MOVING = "moving"  # subscriptions are being transferred
    VERIFIED = "verified"  # everything arrived; billing and clean-up remain
    CLOSED = "closed"  # done
    STAYS = "stays"  # remains with the old account to the end of its terms
    UNREACHABLE = "unreachable"  # nobody could be told or asked; remains too


#: Stages in which nothing more is due.
ENDED = frozenset({Stage.CLOSED, Stage.STAYS, Stage.UNREACHABLE})


def stage_of(tracks: Mapping[Track, str], *, baseline_read: bool) -> Stage:
    """The stage that follows from the tracks' states.

    Args:
        tracks: the state of each track.
        baseline_read: whether the inventory of this customer has been read.
    """
    decision, closeout = tracks[Track.DECISION], tracks[Track.CLOSEOUT]
    if closeout in states.CLOSED:
        return Stage.CLOSED
    if closeout == "stays":
        unreachable = decision == "unreachable" or tracks[Track.NOTICE] == "undeliverable"
        return Stage.UNREACHABLE if unreachable else Stage.STAYS
    if tracks[Track.TRANSFER] in states.MOVED:
        return Stage.VERIFIED
    if tracks[Track.TRANSFER] not in states.NOT_BEGUN:
        return Stage.MOVING
    if decision in states.CONSENTED:
        return Stage.ACCEPTING
    if decision in states.NO_DECISION_YET:
        return Stage.ANSWERED
    if decision == "asked":
        return Stage.MAX_UNCERTAIN_LOGGED
    return Stage.READY if baseline_read else Stage.INVENTORY


def needs_operator(tracks: Mapping[Track, str]) -> bool:
    """True when any track waits for one of our people."""
    return any(shown(track, state).code is Code.ACT for track, state in tracks.items())
