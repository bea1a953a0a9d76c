"""Every branch that a move may take, by its name: what is known → what is decided. None can be forgotten.

The names are those of the product's plan and of `moving-customers` 11.2. Each has at least one row that goes through
`decide` as a whole, so that a rule which is right in itself but never asked is found too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from novation.domain.facts import BatchState, Choice, ItemState, Uncertain
from novation.domain.policy import Policy
from novation.domain.steps import StepKind, TaskKind, TaskOutcome
from tests.builders import DAY, HOUR, MOVED, NOW, batch, decided, grant, item, link, notice

Row = tuple[dict[str, Any], dict[str, Any], str]

Kind, End = TaskKind, TaskOutcome
MAX_UNCERTAIN_LOGGED = {"notice": "sent", "decision": "asked"}
YES = {"notice": "sent", "decision": "mandate", "admin": "ours", "agreement": "valid", "access": "usable"}
SELF = {"notice": "sent", "decision": "self", "admin": "theirs", "agreement": "valid", "access": "usable"}
RELATED = {**YES, "relationship": "accepted"}
REMINDED = (notice(ago=22 * DAY), notice("reminder-1", 15 * DAY), notice("reminder-2", 8 * DAY))
STAYS = {"notice": "sent", "decision": "declined", "closeout": "stays"}
STAYED = {"since": {"closeout": NOW - 100 * DAY}}
ENDS = item(1, ends=NOW + 20 * DAY)


def opened(*kinds: TaskKind) -> dict[str, Any]:
    return {"open_tasks": frozenset(kinds)}


def ended(kind: TaskKind, outcome: TaskOutcome) -> dict[str, Any]:
    return {"ended_tasks": {kind: (outcome, NOW - HOUR)}}


def moving(state: str, *batches: Any, **known: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return {**RELATED, "transfer": state}, {"batches": batches, "transfers_read_at": NOW, **known}


BRANCHES: dict[str, tuple[Row, ...]] = {
    # -- the customer's word --------------------------------------------------------------------------
    "self acceptance": (
        (SELF, {}, "note; relationship=waiting"),
        ({**SELF, "relationship": "waiting"}, {"relationship_read_at": NOW - DAY}, "do read-relationship"),
    ),
    "mandate with acceptance task": (
        (YES, {}, "ask accept; relationship=task"),
        ({**YES, "relationship": "task"}, opened(Kind.ACCEPT), "wait operator"),
        ({**YES, "relationship": "task"}, ended(Kind.ACCEPT, End.DONE), "note; relationship=checking"),
        ({**YES, "relationship": "task"}, ended(Kind.ACCEPT, End.UNKNOWN), "note; relationship=checking"),
        (YES, {"mandate_until": NOW}, "note; decision=asked"),
    ),
    "decline": (({"notice": "sent", "decision": "declined"}, {}, "note; closeout=stays"),),
    "question": (
        ({**MAX_UNCERTAIN_LOGGED, "decision": "question"}, opened(Kind.ANSWER), "wait operator"),
        (
            MAX_UNCERTAIN_LOGGED,
            {"notices": (notice(ago=7 * DAY),), "clock_stopped": 3 * DAY},
            "wait customer +3d",
        ),
    ),
    "delegate": (
        (
            {**MAX_UNCERTAIN_LOGGED, "decision": "delegated"},
            {"notices": (notice(ago=7 * DAY),)},
            "tell reminder-1",
        ),
    ),
    "withdraw": (
        (
            {**RELATED, "decision": "withdrawn"},
            {"items": (item(1),)},
            "note; closeout=stays",
        ),
        (
            {**RELATED, "decision": "withdrawn", "transfer": "requested"},
            {"batches": (batch(BatchState.PENDING),)},
            "do cancel-transfer 1",
        ),
        (
            {**RELATED, "decision": "withdrawn", "transfer": "moving"},
            {"batches": (batch(BatchState.MOVING),)},
            "wait microsoft +1h",
        ),
    ),
    "silent": (
        (
            MAX_UNCERTAIN_LOGGED,
            {"notices": REMINDED, "since": {"decision": NOW - 22 * DAY}},
            "ask call; decision=silent",
        ),
        (
            {**MAX_UNCERTAIN_LOGGED, "decision": "silent"},
            ended(Kind.CALL, End.REACHED),
            "note; decision=asked",
        ),
    ),
    "unreachable": (
        (
            {**MAX_UNCERTAIN_LOGGED, "decision": "silent"},
            ended(Kind.CALL, End.NO_ANSWER),
            "note; decision=unreachable, closeout=stays",
        ),
        ({}, {"has_contact": False}, "ask find-contact; notice=blocked"),
        (
            {"notice": "bounced"},
            {"has_contact": False, **ended(Kind.FIND_CONTACT, End.NONE_FOUND)},
            "note; notice=undeliverable, closeout=stays",
        ),
    ),
    # -- the relationship -----------------------------------------------------------------------------
    "wrong tenant accepted": (  # what appears is put before a person (observed.strangers); this move waits on
        ({**SELF, "relationship": "waiting"}, {"relationship_read_at": NOW}, "wait customer +6h"),
        (
            {**YES, "relationship": "checking"},
            {"since": {"relationship": NOW - 4 * HOUR}},
            "ask accept; relationship=task",
        ),
    ),
    "relationship lost mid-way": (
        (RELATED, {"relationship_read_at": None}, "do read-relationship"),
        ({**RELATED, "relationship": "lost"}, {}, "ask review"),
        ({**RELATED, "relationship": "lost"}, opened(Kind.REVIEW), "wait operator"),
        ({**RELATED, "relationship": "lost"}, ended(Kind.REVIEW, End.RETRY), "note; relationship=none"),
    ),
    # -- the agreement --------------------------------------------------------------------------------
    "agreement stale": (  # a reading of an old one leaves the track where it is: a link is made
        ({**RELATED, "agreement": "none"}, {}, "do create-attestation; agreement=preparing"),
    ),
    "agreement refused": (
        ({**RELATED, "agreement": "refused"}, {}, "ask review"),
        ({**RELATED, "agreement": "refused"}, ended(Kind.REVIEW, End.RETRY), "note; agreement=preparing"),
    ),
    "agreement link expired": (
        ({**RELATED, "agreement": "issued"}, {"attestation": link(ago=7 * DAY)}, "note; agreement=expired"),
        ({**RELATED, "agreement": "expired"}, {}, "do create-attestation; agreement=preparing"),
    ),
    "agreement duplicate 600061": (
        ({**RELATED, "agreement": "retake"}, {"agreement_read_at": None}, "do read-agreement"),
        ({**RELATED, "agreement": "retake"}, {}, "ask signatory"),
    ),
    "agreement signatory left": (
        ({**RELATED, "agreement": "retake"}, ended(Kind.SIGNATORY, End.FOUND), "note; agreement=preparing"),
        ({**RELATED, "agreement": "retake"}, ended(Kind.SIGNATORY, End.NONE_FOUND), "note; closeout=stays"),
        (
            {**RELATED, "agreement": "issued"},
            {"attestation": link(), "signatory_at": NOW},
            "tell agreement-reminder",
        ),
    ),
    # -- delegated admin ------------------------------------------------------------------------------
    "access pending": (
        ({**RELATED, "access": "pending"}, {"grant": grant("approvalPending")}, "wait customer +6h"),
    ),
    "access expired": (
        ({**RELATED, "access": "expired"}, {"access_requests": 1}, "note; access=preparing"),
        ({**RELATED, "access": "expired"}, {"access_requests": 2}, "note; access=degraded"),
    ),
    "access rejected": (({**RELATED, "access": "rejected"}, {}, "note; access=degraded"),),
    "access role missing": (
        ({**RELATED, "access": "short"}, {}, "ask access"),
        ({**RELATED, "access": "short"}, ended(Kind.ACCESS, End.RETRY), "note; access=preparing"),
    ),
    "access group failed": (
        ({**RELATED, "access": "unassigned"}, {}, "ask access"),
        (
            {**RELATED, "access": "active"},
            {"grant": replace(grant("active", assigned="a"), failed=True)},
            "do assign-access",
        ),
    ),
    "access terminated": (
        ({**RELATED, "access": "ended"}, {}, "ask access"),
        ({**RELATED, "access": "ended"}, ended(Kind.ACCESS, End.GO_ON), "note; access=degraded"),
    ),
    "access expiring": (
        ({**RELATED, "access": "expiring"}, {}, "ask access"),
        (
            {**RELATED, "access": "expiring"},
            {**opened(Kind.ACCESS), "items": (item(1),)},
            "plan [[1]] stays []; transfer=planned",
        ),
    ),
    "access degraded": (
        ({**RELATED, "access": "degraded"}, {"items": (item(1),)}, "plan [[1]] stays []; transfer=planned"),
    ),
    # -- the transfer ---------------------------------------------------------------------------------
    "transfer created": (
        (*moving("planned", batch(BatchState.PLANNED)), "do create-transfer 1; transfer=requested"),
        (*moving("requested", batch(BatchState.PENDING)), "do accept-transfer 1"),
    ),
    "transfer duplicate adopted": (
        (*moving("planned", batch(BatchState.PLANNED), transfers_read_at=None), "do read-transfers"),
        (*moving("planned", batch(BatchState.PLANNED), foreign_transfer=True), "ask review"),
    ),
    "transfer expired and recreated by decision": (
        (*moving("expired", batch(BatchState.EXPIRED)), "ask review"),
        (
            *moving("expired", batch(BatchState.EXPIRED), **ended(Kind.REVIEW, End.RETRY)),
            "note; transfer=none",
        ),
    ),
    "transfer partly failed": (
        (*moving("failed", batch(BatchState.COMPLETE), items=(item(2),)), "ask review"),
        (
            *moving("failed", batch(BatchState.COMPLETE), items=(item(2),), **ended(Kind.REVIEW, End.GO_ON)),
            "plan [] stays [2]; transfer=arrived",
        ),
    ),
    "transfer accept failed": (
        (
            *moving("requested", batch(BatchState.PENDING), stopped=frozenset({StepKind.ACCEPT_TRANSFER})),
            "wait operator",
        ),
        (
            *moving("requested", batch(BatchState.PENDING), **ended(Kind.REVIEW, End.STOP)),
            "do cancel-transfer 1",
        ),
    ),
    "transfer stuck": (
        (*moving("moving", batch(BatchState.MOVING, accepted_at=NOW - 5 * DAY)), "ask review"),
    ),
    "transfer cancelled by removing the relationship": (
        (
            {**RELATED, "relationship": "lost", "transfer": "requested"},
            {**opened(Kind.REVIEW), "batches": (batch(BatchState.PENDING, read_at=NOW - HOUR),)},
            "do read-transfer 1",
        ),
        (*moving("stopped", batch(BatchState.CANCELLED)), "ask review"),
    ),
    "unknown outcome": (
        (
            *moving(
                "planned",
                batch(BatchState.PLANNED),
                uncertain=(Uncertain(step=3, kind=StepKind.CREATE_TRANSFER, look_at=NOW, batch=1),),
            ),
            "do create-transfer 1 settling 3",
        ),
    ),
    # -- what arrived ---------------------------------------------------------------------------------
    "items in both accounts": (
        (*moving("wrong", items=(item(1, state=ItemState.IN_BOTH, batch=7),)), "ask review"),
        (
            *moving(
                "wrong", items=(item(1, state=ItemState.IN_BOTH, batch=7),), **ended(Kind.REVIEW, End.GO_ON)
            ),
            "note; transfer=arrived",
        ),
    ),
    "items in neither account": (
        (*moving("wrong", items=(item(1, state=ItemState.IN_NEITHER, batch=7),)), "ask review"),
    ),
    "settings lost, re-applied": (
        (
            *moving(
                "arrived",
                items=(item(4, state=ItemState.CHANGED, restorable=True, batch=7),),
                verified_at=NOW,
            ),
            "do restore-setting",
        ),
    ),
    "quantity, term, promotion changed": (
        (*moving("wrong", items=(item(4, state=ItemState.CHANGED, batch=7),)), "ask review"),
        (
            *moving(
                "wrong", items=(item(4, state=ItemState.CHANGED, batch=7),), **ended(Kind.REVIEW, End.GO_ON)
            ),
            "note; transfer=verified",
        ),
    ),
    # -- staying, turning back, stopping --------------------------------------------------------------
    "stay to term: asked at T-60": (
        (STAYS, {**STAYED, "items": (item(1, ends=NOW + 61 * DAY),)}, "wait nobody +1d"),
        (STAYS, {**STAYED, "items": (item(1, ends=NOW + 60 * DAY),)}, "tell term-end-1"),
        (
            STAYS,
            {**STAYED, "items": (item(1, ends=NOW + 59 * DAY),), "notices": (notice("term-end-1"),)},
            "ask term-end",
        ),
    ),
    "stay to term: asked again at T-30": (
        (
            STAYS,
            {**STAYED, **opened(Kind.TERM_END), "items": (item(1, ends=NOW + 30 * DAY),)},
            "tell term-end-2",
        ),
    ),
    "stay to term: renew": (
        (STAYS, {"items": (replace(ENDS, choice=Choice.RENEW, auto_renew=False),)}, "do set-term-end"),
    ),
    "stay to term: cancel at the end": (
        (STAYS, {"items": (replace(ENDS, choice=Choice.CANCEL),)}, "do set-term-end"),
    ),
    "stay to term: extended by decision only": (
        (STAYS, {"items": (replace(ENDS, choice=Choice.EXTEND),)}, "do set-term-end"),
    ),
    "stay to term: bought anew": (
        (STAYS, {"items": (replace(ENDS, choice=Choice.BUY_NEW),)}, "do set-term-end"),
    ),
    "reverse move": (  # what moved is proven and a person calls; turning back is a new move (services.turning_back)
        (
            {**RELATED, "decision": "withdrawn", "transfer": "verified"},
            {"batches": (batch(BatchState.COMPLETE),)},
            "ask review",
        ),
        ({}, {}, "tell announcement; notice=queued"),
    ),
    "paused": (
        ({}, {"paused": True}, "wait operator"),
        (
            *moving("moving", batch(BatchState.MOVING, read_at=NOW - HOUR), paused=True),
            "do read-transfer 1",
        ),
        (*moving("requested", batch(BatchState.PENDING), paused=True), "wait operator"),
    ),
    "clean-up": (
        (MOVED, {"since": {"transfer": NOW - 2 * DAY}}, "note; closeout=cleaning"),
        ({**RELATED, "transfer": "wrong"}, opened(Kind.REVIEW), "wait operator"),
        (
            {**MOVED, "closeout": "cleaning"},
            {"old_side_read_at": NOW, "azure_moved": True},
            "ask azure-rights",
        ),
        ({**MOVED, "closeout": "cleaning"}, {"old_side_read_at": NOW, "secret_held": True}, "ask hand-over"),
        (
            {**MOVED, "closeout": "cleaning"},
            {"old_side_read_at": NOW, "notices": (notice("done"),)},
            "do remove-relationship",
        ),
        (
            {**MOVED, "closeout": "cleaning"},
            {
                "old_side_read_at": NOW,
                "notices": (notice("done"),),
                "policy": Policy(remove_relationship=False),
            },
            "note; closeout=parked",
        ),
    ),
}

#: The branches as the plan names them. Whoever adds one there adds it here, and the table must follow.
NAMED = """
self acceptance | mandate with acceptance task | decline | question | delegate | withdraw | silent | unreachable
wrong tenant accepted | relationship lost mid-way
agreement stale | agreement refused | agreement link expired | agreement duplicate 600061 | agreement signatory left
access pending | access expired | access rejected | access role missing | access group failed | access terminated
access expiring | access degraded
transfer created | transfer duplicate adopted | transfer expired and recreated by decision | transfer partly failed
transfer accept failed | transfer stuck | transfer cancelled by removing the relationship | unknown outcome
items in both accounts | items in neither account | settings lost, re-applied | quantity, term, promotion changed
stay to term: asked at T-60 | stay to term: asked again at T-30 | stay to term: renew
stay to term: cancel at the end | stay to term: extended by decision only | stay to term: bought anew
reverse move | paused | clean-up
"""
ROWS = {f"{name} {n}": row for name, rows in BRANCHES.items() for n, row in enumerate(rows, start=1)}


def test_no_branch_is_forgotten() -> None:
    named = [name.strip() for line in NAMED.strip().splitlines() for name in line.split("|")]
    assert len(named) == len(set(named)) == 44
    assert set(BRANCHES) == set(named)
    assert all(BRANCHES.values())


@pytest.mark.parametrize(("stands", "known", "expected"), ROWS.values(), ids=ROWS)
def test_each_branch_is_decided_as_its_table_says(
    stands: dict[str, Any], known: dict[str, Any], expected: str
) -> None:
    assert decided(stands, **known) == expected
