"""The tables of the nine tracks are whole: no state leads nowhere, none is out of reach, none is nobody's."""

import pytest

from novation.domain.errors import IllegalTransition
from novation.domain.tracks import FIRST, STATES, Code, Track, Who, check_change, shown

ROWS = [(track, state) for track, states in STATES.items() for state in states]
#: Codes of states in which something is still going on.
OPEN = {Code.DOING, Code.WAIT, Code.ACT, Code.UNKNOWN}


@pytest.mark.parametrize(("track", "state"), ROWS, ids=lambda value: str(value))
def test_every_state_leads_to_states_that_exist(track: Track, state: str) -> None:
    assert STATES[track][state].then <= set(STATES[track])


@pytest.mark.parametrize("track", Track)
def test_every_state_can_be_reached_from_the_first(track: Track) -> None:
    reached, fresh = {FIRST[track]}, {FIRST[track]}
    while fresh:
        fresh = {after for state in fresh for after in STATES[track][state].then} - reached
        reached |= fresh
    assert reached == set(STATES[track])


@pytest.mark.parametrize(("track", "state"), ROWS, ids=lambda value: str(value))
def test_a_state_in_which_something_goes_on_has_somebody_responsible(track: Track, state: str) -> None:
    row = STATES[track][state]
    if row.code in OPEN:
        assert row.who is not Who.NOBODY
        assert row.then, "it can never be left"


@pytest.mark.parametrize(("track", "state"), ROWS, ids=lambda value: str(value))
def test_work_for_our_people_is_shown_as_such(track: Track, state: str) -> None:
    row = STATES[track][state]
    assert (row.code is Code.ACT) <= (row.who is Who.OPERATOR)


def test_a_track_may_go_where_its_table_says() -> None:
    check_change(Track.RELATIONSHIP, "waiting", "accepted")


def test_a_track_may_not_skip_what_proves_it() -> None:
    with pytest.raises(IllegalTransition, match="transfer cannot go from 'none' to 'verified'"):
        check_change(Track.TRANSFER, "none", "verified")


def test_a_state_that_does_not_exist_is_refused() -> None:
    with pytest.raises(IllegalTransition, match="decision has no state 'maybe'"):
        check_change(Track.DECISION, "asked", "maybe")


def test_an_acceptance_can_be_lost_but_not_forgotten() -> None:
    with pytest.raises(IllegalTransition):
        check_change(Track.RELATIONSHIP, "accepted", "none")


def test_silence_leads_to_no_consent() -> None:
    # A yes needs an act, so no state that we enter by ourselves may stand for one.
    assert "mandate" not in STATES[Track.DECISION]["unreachable"].word.lower()
    assert shown(Track.DECISION, "unreachable").code is Code.STAY


def test_a_state_of_a_newer_release_is_shown_as_it_is() -> None:
    row = shown(Track.ACCESS, "brand-new")
    assert (row.code, row.word, row.who) == (Code.UNKNOWN, "brand-new", Who.OPERATOR)


def test_a_state_of_a_newer_release_may_be_left() -> None:
    check_change(Track.ACCESS, "brand-new", "usable")
