"""Plan, request, hand over, verify, judge, withdraw: one row for each branch."""

from typing import Any

import pytest

from novation.domain.facts import BatchState, ItemState
from novation.domain.policy import Policy
from novation.domain.rules import transfer
from novation.domain.steps import TaskKind, TaskOutcome
from tests.builders import ACCEPTED, DAY, HOUR, NOW, batch, facts, item, notice, say

REVIEW = TaskKind.REVIEW
Row = tuple[dict[str, str], dict[str, Any], str]


def at(state: str) -> dict[str, str]:
    return {**ACCEPTED, "transfer": state}


def judged(outcome: TaskOutcome, ago: Any = HOUR) -> dict[str, Any]:
    return {"ended_tasks": {REVIEW: (outcome, NOW - ago)}}


ASKED = {"transfers_read_at": NOW}
SOON = NOW + 5 * DAY
ONE = (item(1),)
IN_BATCH = (item(1, batch=7, state=ItemState.IN_TRANSFER),)
BASE = item(1, subscription_id="base")
ADDON = item(2, parent="base")

PLANNING: dict[str, Row] = {
    "nothing before the relationship": ({**ACCEPTED, "relationship": "waiting"}, {"items": ONE}, "nothing"),
    "nothing before the agreement": ({**ACCEPTED, "agreement": "issued"}, {"items": ONE}, "nothing"),
    "nothing before access is settled": ({**ACCEPTED, "access": "pending"}, {"items": ONE}, "nothing"),
    "nothing without a yes": ({**ACCEPTED, "decision": "asked"}, {"items": ONE}, "nothing"),
    "nothing once it is verified": (at("verified"), {}, "nothing"),
    "access may be missing": (
        {**ACCEPTED, "access": "degraded"},
        {"items": ONE},
        "plan [[1]] stays []; transfer=planned",
    ),
    "an old baseline is read again": (ACCEPTED, {"baseline_at": NOW - DAY}, "do read-baseline"),
    "a term that ended since is read again": (
        ACCEPTED,
        {"items": (item(1, ends=NOW - HOUR / 2),)},
        "do read-baseline",
    ),
    "everything moves": (ACCEPTED, {"items": (BASE, ADDON)}, "plan [[1, 2]] stays []; transfer=planned"),
    "more than 25 items need several requests": (
        ACCEPTED,
        {"items": tuple(item(n) for n in range(1, 28))},
        f"plan [{list(range(1, 26))}, [26, 27]] stays []; transfer=planned",
    ),
    "what cannot move stays": (
        ACCEPTED,
        {"items": (item(1), item(2, is_trial=True), item(3, status="suspended"))},
        "plan [[1]] stays [2, 3]; transfer=planned",
    ),
    "with nothing to move it is settled": (ACCEPTED, {}, "plan [] stays []; transfer=nothing"),
    "with only a trial it is settled": (
        ACCEPTED,
        {"items": (item(1, is_trial=True),)},
        "plan [] stays [1]; transfer=nothing",
    ),
    "an add-on stays with a base that stays": (
        ACCEPTED,
        {"items": (item(1, subscription_id="base", product_type="Legacy"), ADDON)},
        "plan [] stays [1, 2]; transfer=nothing",
    ),
    "a near renewal is waited for": (ACCEPTED, {"items": (item(1, ends=SOON),)}, "note; transfer=held"),
    "an open order is waited for": (
        ACCEPTED,
        {"items": (item(1, pending_change=True),)},
        "note; transfer=held",
    ),
    "others move before it": (
        ACCEPTED,
        {"items": (item(1), item(2, ends=SOON))},
        "plan [[1]] stays []; transfer=planned",
    ),
    "an add-on near its renewal holds its base": (
        ACCEPTED,
        {"items": (BASE, item(2, parent="base", ends=SOON))},
        "note; transfer=held",
    ),
    "a base near its renewal holds its add-on": (
        ACCEPTED,
        {"items": (item(1, subscription_id="base", ends=SOON), ADDON)},
        "note; transfer=held",
    ),
    "held until the baseline is a day old": (
        at("held"),
        {"items": (item(1, ends=SOON),)},
        "wait microsoft +23h",
    ),
    "held for a month the old account is read every week": (
        at("held"),
        {
            "items": (item(1, ends=NOW + 6 * DAY),),
            "since": {"transfer": NOW - 28 * DAY},
            "baseline_at": NOW - 5 * DAY,
            "policy": Policy(look_longest=7 * DAY),
        },
        "wait microsoft +2d",
    ),
    "what was held is read again before it moves": (
        at("held"),
        {"items": ONE, "since": {"transfer": NOW - 28 * DAY}, "baseline_at": NOW - 2 * DAY},
        "do read-baseline",
    ),
    "held until the renewal": (
        at("held"),
        {"items": (item(1, ends=NOW + 2 * HOUR),)},
        "wait microsoft +2h",
    ),
    "what was held goes on": (at("held"), {"items": ONE}, "plan [[1]] stays []; transfer=planned"),
    "what was held and vanished is settled": (at("held"), {}, "plan [] stays []; transfer=nothing"),
    "what has moved is verified although the rest vanished": (
        at("held"),
        {"items": IN_BATCH, "batches": (batch(BatchState.COMPLETE),)},
        "plan [] stays []; transfer=arrived",
    ),
}

UNDER_WAY: dict[str, Row] = {
    "what exists is read before a request": (
        at("planned"),
        {"batches": (batch(BatchState.PLANNED),)},
        "do read-transfers",
    ),
    "then it is requested": (
        at("planned"),
        {"batches": (batch(BatchState.PLANNED),), **ASKED},
        "do create-transfer 1; transfer=requested",
    ),
    "a second one likewise": (
        at("moving"),
        {"batches": (batch(BatchState.COMPLETE), batch(BatchState.PLANNED, 2)), **ASKED},
        "do create-transfer 2; transfer=requested",
    ),
    "somebody else's that is open calls a person": (
        at("planned"),
        {"batches": (batch(BatchState.PLANNED),), **ASKED, "foreign_transfer": True},
        "ask review",
    ),
    "and is waited for": (
        at("planned"),
        {
            "batches": (batch(BatchState.PLANNED),),
            **ASKED,
            "foreign_transfer": True,
            "open_tasks": frozenset({REVIEW}),
        },
        "wait operator +1h",
    ),
    "also when the person has looked": (
        at("planned"),
        {
            "batches": (batch(BatchState.PLANNED),),
            **ASKED,
            "foreign_transfer": True,
            **judged(TaskOutcome.RETRY),
        },
        "wait operator +1h",
    ),
    "what moves is watched although the relationship was removed": (
        {**at("moving"), "relationship": "lost"},
        {"batches": (batch(BatchState.MOVING, read_at=NOW - HOUR),)},
        "do read-transfer 1",
    ),
    "so is what was only requested": (
        {**at("requested"), "relationship": "lost"},
        {"batches": (batch(BatchState.PENDING, read_at=NOW - HOUR),)},
        "do read-transfer 1",
    ),
    "what moves is watched although the rights were ended": (
        {**at("moving"), "access": "ended"},
        {"batches": (batch(BatchState.MOVING, read_at=NOW - HOUR),)},
        "do read-transfer 1",
    ),
    "rights that run out soon hold no transfer up": (
        {**ACCEPTED, "access": "expiring"},
        {"items": ONE},
        "plan [[1]] stays []; transfer=planned",
    ),
    "what was requested is handed over": (
        at("requested"),
        {"batches": (batch(BatchState.PENDING),)},
        "do accept-transfer 1",
    ),
    "one request at a time": (
        at("moving"),
        {"batches": (batch(BatchState.MOVING, read_at=NOW - HOUR), batch(BatchState.PLANNED, 2)), **ASKED},
        "do read-transfer 1",
    ),
    "what moves is read every hour": (
        at("moving"),
        {"batches": (batch(BatchState.MOVING),)},
        "wait microsoft +1h",
    ),
    "what takes days calls a person": (
        at("moving"),
        {"batches": (batch(BatchState.MOVING, accepted_at=NOW - 5 * DAY),)},
        "ask review",
    ),
    "and is still read": (
        at("moving"),
        {
            "batches": (batch(BatchState.MOVING, accepted_at=NOW - 5 * DAY, read_at=NOW - HOUR),),
            "open_tasks": frozenset({REVIEW}),
        },
        "do read-transfer 1",
    ),
    "a person who has looked is left alone for days": (
        at("moving"),
        {"batches": (batch(BatchState.MOVING, accepted_at=NOW - 5 * DAY),), **judged(TaskOutcome.GO_ON)},
        "wait microsoft +1h",
    ),
    "when all is complete it is verified": (
        at("moving"),
        {"items": IN_BATCH, "batches": (batch(BatchState.COMPLETE),)},
        "note; transfer=arrived",
    ),
    "what was held back before is planned now": (
        at("moving"),
        {"items": (*IN_BATCH, item(2)), "batches": (batch(BatchState.COMPLETE),)},
        "plan [[2]] stays []; transfer=planned",
    ),
    "what is still held back is waited for": (
        at("moving"),
        {"items": (*IN_BATCH, item(2, ends=SOON)), "batches": (batch(BatchState.COMPLETE),)},
        "note; transfer=held",
    ),
    "what arrived is compared": (at("arrived"), {}, "do verify"),
    "again when listings lag": (at("arrived"), {"verified_at": NOW}, "wait customer +1h"),
    "a setting that was lost is set back": (
        at("arrived"),
        {"items": (item(4, state=ItemState.CHANGED, restorable=True, batch=7),), "verified_at": NOW},
        "do restore-setting",
    ),
}

VERDICTS: dict[str, Row] = {
    "a failure calls a person": (at("failed"), {}, "ask review"),
    "an expiry calls a person": (at("expired"), {}, "ask review"),
    "a difference calls a person": (at("wrong"), {}, "ask review"),
    "a stop calls a person": (at("stopped"), {}, "ask review"),
    "who is waited for": (at("failed"), {"open_tasks": frozenset({REVIEW})}, "wait operator"),
    "a verdict of before counts no more": (at("wrong"), judged(TaskOutcome.GO_ON, 2 * DAY), "ask review"),
    "a failure may be tried again": (at("failed"), judged(TaskOutcome.RETRY), "note; transfer=none"),
    "an expiry may be tried again": (at("expired"), judged(TaskOutcome.RETRY), "note; transfer=none"),
    "a stop may be taken back": (at("stopped"), judged(TaskOutcome.RETRY), "note; transfer=none"),
    "what failed may be left behind": (
        at("failed"),
        {
            "items": (*IN_BATCH, item(2)),
            "batches": (batch(BatchState.COMPLETE),),
            **judged(TaskOutcome.GO_ON),
        },
        "plan [] stays [2]; transfer=arrived",
    ),
    "even when it is everything": (
        at("failed"),
        {"items": ONE, "batches": (batch(BatchState.FAILED),), **judged(TaskOutcome.GO_ON)},
        "plan [] stays [1]; transfer=nothing",
    ),
    "a difference may be accepted": (at("wrong"), judged(TaskOutcome.GO_ON), "note; transfer=verified"),
    "what is in both accounts cannot be accepted": (
        at("wrong"),
        {"items": (item(1, batch=7, state=ItemState.IN_BOTH),), **judged(TaskOutcome.GO_ON)},
        "note; transfer=arrived",
    ),
    "a difference may be compared again": (at("wrong"), judged(TaskOutcome.RETRY), "note; transfer=arrived"),
    "a failure may end it": (
        at("failed"),
        judged(TaskOutcome.STOP),
        "note; transfer=stopped, closeout=stays",
    ),
    "a difference may end it": (
        at("wrong"),
        judged(TaskOutcome.STOP),
        "note; transfer=stopped, closeout=stays",
    ),
    "a stop may be final": (at("stopped"), judged(TaskOutcome.STOP), "note; closeout=stays"),
}
TABLES = PLANNING | UNDER_WAY | VERDICTS


@pytest.mark.parametrize(("stands", "known", "expected"), TABLES.values(), ids=TABLES)
def test_the_transfer_follows_its_table(stands: dict[str, str], known: dict[str, Any], expected: str) -> None:
    assert say(transfer.transfer(facts(stands, **known), NOW)) == expected


def taken_back(state: str = "none") -> dict[str, str]:
    return {**ACCEPTED, "decision": "withdrawn", "transfer": state}


WITHDRAWALS: dict[str, Row] = {
    "nothing to do for who stands by it": (at("planned"), {}, "nothing"),
    "who declined stays": ({"notice": "sent", "decision": "declined"}, {}, "note; closeout=stays"),
    "who declines while a request is open has it taken back": (
        {**ACCEPTED, "decision": "declined", "transfer": "requested"},
        {"batches": (batch(BatchState.PENDING),)},
        "do cancel-transfer 1",
    ),
    "before anything happened it stays": (taken_back(), {}, "note; closeout=stays"),
    "a plan is stopped": (
        taken_back("planned"),
        {"batches": (batch(BatchState.PLANNED),)},
        "note; closeout=stays, transfer=stopped",
    ),
    "a wait is stopped": (taken_back("held"), {}, "note; closeout=stays, transfer=stopped"),
    "a request is taken back": (
        taken_back("requested"),
        {"batches": (batch(BatchState.PENDING),)},
        "do cancel-transfer 1",
    ),
    "once taken back it stays": (
        taken_back("stopped"),
        {"batches": (batch(BatchState.CANCELLED),)},
        "note; closeout=stays",
    ),
    "what was handed over is followed": (
        taken_back("moving"),
        {"batches": (batch(BatchState.MOVING),)},
        "wait microsoft +1h",
    ),
    "what has moved is verified all the same": (
        taken_back("moving"),
        {"batches": (batch(BatchState.COMPLETE),)},
        "note; transfer=arrived",
    ),
    "item by item": (taken_back("arrived"), {"batches": (batch(BatchState.COMPLETE),)}, "do verify"),
    "then somebody calls": (
        taken_back("verified"),
        {"batches": (batch(BatchState.COMPLETE),)},
        "ask review",
    ),
    "who is waited for": (
        taken_back("verified"),
        {"batches": (batch(BatchState.COMPLETE),), "open_tasks": frozenset({REVIEW})},
        "wait operator",
    ),
    "and lets it go on": (
        taken_back("verified"),
        {"batches": (batch(BatchState.COMPLETE),), **judged(TaskOutcome.GO_ON)},
        "nothing",
    ),
    "a difference is judged first": (
        taken_back("wrong"),
        {"batches": (batch(BatchState.COMPLETE),)},
        "ask review",
    ),
}


@pytest.mark.parametrize(("stands", "known", "expected"), WITHDRAWALS.values(), ids=WITHDRAWALS)
def test_the_withdrawal_follows_its_table(
    stands: dict[str, str], known: dict[str, Any], expected: str
) -> None:
    assert say(transfer.withdrawal(facts(stands, **known), NOW)) == expected


STOPS: dict[str, Row] = {
    "nobody judged": (ACCEPTED, {}, "nothing"),
    "a retry is no stop": (ACCEPTED, judged(TaskOutcome.RETRY), "nothing"),
    "a stop keeps the customer": (ACCEPTED, judged(TaskOutcome.STOP), "note; closeout=stays"),
    "a stop ends a plan": (
        at("planned"),
        judged(TaskOutcome.STOP),
        "note; closeout=stays, transfer=stopped",
    ),
    "a stop takes a request back": (
        at("requested"),
        {"batches": (batch(BatchState.PENDING),), **judged(TaskOutcome.STOP)},
        "do cancel-transfer 1",
    ),
    "a stop cannot stop what moves": (
        at("moving"),
        {"batches": (batch(BatchState.MOVING),), **judged(TaskOutcome.STOP)},
        "nothing",
    ),
    "a stop from before the customer's last word counts no more": (
        ACCEPTED,
        judged(TaskOutcome.STOP, 2 * DAY),
        "nothing",
    ),
}


@pytest.mark.parametrize(("stands", "known", "expected"), STOPS.values(), ids=STOPS)
def test_an_operators_stop_follows_its_table(
    stands: dict[str, str], known: dict[str, Any], expected: str
) -> None:
    assert say(transfer.verdict(facts(stands, **known), NOW)) == expected


def test_a_notice_of_the_guard_window_is_kept_to_the_second() -> None:
    late = item(1, ends=NOW + 7 * DAY)
    early = item(2, ends=NOW + 7 * DAY + HOUR / 3600)
    plan = transfer.transfer(facts(ACCEPTED, items=(late, early), notices=(notice(),)), NOW)
    assert say(plan) == "plan [[2]] stays []; transfer=planned"
