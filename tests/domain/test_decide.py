"""The order of the rules, and what stands above them: doubt, pause, launch, failed steps."""

from typing import Any

import pytest

from novation.domain.facts import BatchState, ItemState, Uncertain
from novation.domain.steps import StepKind, TaskKind
from tests.builders import ACCEPTED, DAY, HOUR, MOVED, NOW, batch, decided, item, link

IN_DOUBT = Uncertain(step=9, kind=StepKind.CREATE_TRANSFER, look_at=NOW, batch=1)
LATER = Uncertain(step=8, kind=StepKind.LOCK_ACCESS, look_at=NOW + HOUR)
YES = {"notice": "sent", "decision": "mandate", "admin": "ours"}
MOVING = {**ACCEPTED, "transfer": "moving"}
UNREAD = batch(BatchState.MOVING, read_at=NOW - HOUR)

TABLE: dict[str, tuple[dict[str, str], dict[str, Any], str]] = {
    "what is closed is finished": ({**MOVED, "closeout": "closed"}, {}, "finished: closed"),
    "what is parked is finished": ({**MOVED, "closeout": "parked"}, {}, "finished: closed"),
    "what is parked still comes to the end of its terms": (
        {**MOVED, "closeout": "parked"},
        {"items": (item(1, state=ItemState.STAYS),)},
        "wait nobody +6d",
    ),
    "a move that stays may be paused, and is looked at again": (
        {"closeout": "stays"},
        {"items": (item(1, ends=NOW + DAY),), "paused": True},
        "wait operator +1d",
    ),
    "what stays is finished": ({"closeout": "stays"}, {}, "finished: stays with the old account"),
    "a doubt is settled before it stays": (
        {"closeout": "stays"},
        {"uncertain": (IN_DOUBT,)},
        "do create-transfer 1 settling 9",
    ),
    "a doubt is settled before all else": (
        MOVING,
        {"uncertain": (IN_DOUBT,), "batches": (UNREAD,)},
        "do create-transfer 1 settling 9",
    ),
    "a doubt is settled while paused": (
        MOVING,
        {"uncertain": (IN_DOUBT,), "paused": True},
        "do create-transfer 1 settling 9",
    ),
    "nothing is begun while in doubt": (YES, {"uncertain": (LATER,)}, "wait engine +1h"),
    "an unknown customer is read": ({}, {"baseline_at": None}, "do read-baseline"),
    "even while it is paused": ({}, {"baseline_at": None, "paused": True}, "do read-baseline"),
    "even before its wave": ({}, {"baseline_at": None, "released_at": None}, "do read-baseline"),
    "nobody is told before the wave": ({}, {"released_at": None}, "wait operator"),
    "nor before its hour": ({}, {"released_at": NOW + DAY}, "wait operator +1d"),
    "at its hour everybody is": ({}, {"released_at": NOW}, "tell announcement; notice=queued"),
    "nobody is told while paused": ({}, {"paused": True}, "wait operator"),
    "no request is made while paused": (
        {**ACCEPTED, "transfer": "planned"},
        {"paused": True, "batches": (batch(BatchState.PLANNED),), "transfers_read_at": NOW},
        "wait operator",
    ),
    "what moves is watched while paused": (
        MOVING,
        {"paused": True, "batches": (UNREAD,)},
        "do read-transfer 1",
    ),
    "and when it is looked at next is known": (
        MOVING,
        {"paused": True, "batches": (batch(BatchState.MOVING),)},
        "wait operator +1h",
    ),
    "a failed step waits for its next try": (
        {**YES, "agreement": "preparing", "access": "usable", "relationship": "task"},
        {
            "retry_at": {StepKind.CREATE_ATTESTATION: NOW + HOUR},
            "open_tasks": frozenset({TaskKind.ACCEPT}),
        },
        "wait operator +1h",
    ),
    "and is tried then": (
        {**YES, "agreement": "preparing"},
        {"retry_at": {StepKind.CREATE_ATTESTATION: NOW}},
        "do create-attestation",
    ),
    "a stopped step waits for an operator": (
        {**ACCEPTED, "transfer": "requested"},
        {"stopped": frozenset({StepKind.ACCEPT_TRANSFER}), "batches": (batch(BatchState.PENDING),)},
        "wait operator",
    ),
    "others go on past it": (
        {**YES, "agreement": "preparing"},
        {"stopped": frozenset({StepKind.CREATE_ATTESTATION})},
        "do create-access; access=preparing",
    ),
    "the earliest date counts, and the person who is waited for": (
        {**YES, "agreement": "issued", "access": "usable", "relationship": "task"},
        {"attestation": link(), "open_tasks": frozenset({TaskKind.ACCEPT})},
        "wait operator +6h",
    ),
    "link and access come before the visit": (YES, {}, "do create-attestation; agreement=preparing"),
    "a no is the end": ({"notice": "sent", "decision": "declined"}, {}, "note; closeout=stays"),
    "a withdrawal comes before going on": (
        {**ACCEPTED, "decision": "withdrawn", "transfer": "planned"},
        {"items": (item(1),)},
        "note; closeout=stays, transfer=stopped",
    ),
}


@pytest.mark.parametrize(("stands", "known", "expected"), TABLE.values(), ids=TABLE)
def test_decide_follows_its_table(stands: dict[str, str], known: dict[str, Any], expected: str) -> None:
    assert decided(stands, **known) == expected
