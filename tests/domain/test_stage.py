"""The stage of a move follows from its tracks."""

import pytest

from novation.domain.stage import ENDED, Stage, needs_operator, stage_of
from novation.domain.tracks import FIRST, STATES, Track
from tests.builders import ACCEPTED, MOVED

TABLE: dict[str, tuple[dict[str, str], Stage]] = {
    "nothing happened": ({}, Stage.READY),
    "being told": ({"notice": "queued"}, Stage.READY),
    "was asked": ({"notice": "sent", "decision": "asked"}, Stage.MAX_UNCERTAIN_LOGGED),
    "has a question": ({"notice": "sent", "decision": "question"}, Stage.ANSWERED),
    "passed it on": ({"notice": "sent", "decision": "delegated"}, Stage.ANSWERED),
    "is to be called": ({"notice": "sent", "decision": "silent"}, Stage.ANSWERED),
    "said yes": ({"notice": "sent", "decision": "mandate"}, Stage.ACCEPTING),
    "does it alone": ({"notice": "sent", "decision": "self"}, Stage.ACCEPTING),
    "waits for a date": ({**ACCEPTED, "transfer": "held"}, Stage.ACCEPTING),
    "planned": ({**ACCEPTED, "transfer": "planned"}, Stage.MOVING),
    "differs": ({**ACCEPTED, "transfer": "wrong"}, Stage.MOVING),
    "verified": ({**ACCEPTED, "transfer": "verified"}, Stage.VERIFIED),
    "nothing to move": ({**ACCEPTED, "transfer": "nothing"}, Stage.VERIFIED),
    "cleaning": ({**MOVED, "closeout": "cleaning"}, Stage.VERIFIED),
    "closed": ({**MOVED, "closeout": "closed"}, Stage.CLOSED),
    "parked": ({**MOVED, "closeout": "parked"}, Stage.CLOSED),
    "declined": ({"decision": "declined", "closeout": "stays"}, Stage.STAYS),
    "withdrawn": ({**ACCEPTED, "decision": "withdrawn", "closeout": "stays"}, Stage.STAYS),
    "nobody answered": ({"decision": "unreachable", "closeout": "stays"}, Stage.UNREACHABLE),
    "nobody to write to": ({"notice": "undeliverable", "closeout": "stays"}, Stage.UNREACHABLE),
}


@pytest.mark.parametrize(("stands", "expected"), TABLE.values(), ids=TABLE)
def test_the_stage_follows_from_the_tracks(stands: dict[str, str], expected: Stage) -> None:
    tracks = {**FIRST, **{Track(name): state for name, state in stands.items()}}
    assert stage_of(tracks, baseline_read=True) is expected


def test_before_the_first_reading_it_is_inventory() -> None:
    assert stage_of(FIRST, baseline_read=False) is Stage.INVENTORY


def test_ended_stages_are_those_of_an_ended_closeout() -> None:
    ended = {
        stage_of({**FIRST, Track.CLOSEOUT: state, Track.DECISION: decision}, baseline_read=True)
        for state in ("closed", "parked", "stays")
        for decision in STATES[Track.DECISION]
    }
    assert ended == ENDED


def test_work_for_our_people_is_seen_in_any_track() -> None:
    assert not needs_operator(FIRST)
    assert needs_operator({**FIRST, Track.ACCESS: "rejected"})
