"""Who signs in, relationship, agreement, access: one row for each branch."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from novation.domain.policy import Policy
from novation.domain.rules import accepting
from novation.domain.steps import TaskKind, TaskOutcome
from tests.builders import ACCEPTED, DAY, HOUR, NOW, facts, grant, link, notice, say

ACCEPT, HELP, REVIEW = TaskKind.ACCEPT, TaskKind.HELP, TaskKind.REVIEW
Row = tuple[dict[str, str], dict[str, Any], str]

MANDATE = {"notice": "sent", "decision": "mandate"}
SELF = {"notice": "sent", "decision": "self"}


def ended(kind: TaskKind, outcome: TaskOutcome, ago: Any = HOUR) -> dict[str, Any]:
    return {"ended_tasks": {kind: (outcome, NOW - ago)}}


def opened(kind: TaskKind) -> dict[str, Any]:
    return {"open_tasks": frozenset({kind})}


ADMIN: dict[str, Row] = {
    "on a mandate we accept": (MANDATE, {}, "note; admin=ours"),
    "otherwise the customer's admin does": (SELF, {}, "note; admin=theirs"),
    "a mandate after doing it alone": ({**MANDATE, "admin": "theirs"}, {}, "note; admin=ours"),
    "doing it alone after a mandate": ({**SELF, "admin": "ours"}, {}, "note; admin=theirs"),
    "settled once": ({**MANDATE, "admin": "ours"}, {}, "nothing"),
    "an admin that is missing is not assumed": ({**SELF, "admin": "needed"}, {}, "nothing"),
    "nobody said yes": ({"decision": "asked"}, {}, "nothing"),
}


@pytest.mark.parametrize(("stands", "known", "expected"), ADMIN.values(), ids=ADMIN)
def test_the_admin_follows_its_table(stands: dict[str, str], known: dict[str, Any], expected: str) -> None:
    assert say(accepting.admin(facts(stands, **known), NOW)) == expected


LONG_AGO = {"since": {"relationship": NOW - 10 * DAY}}
RELATIONSHIP: dict[str, Row] = {
    "nothing without a yes": ({"decision": "asked"}, {}, "nothing"),
    "nothing after a no": ({"decision": "declined"}, {}, "nothing"),
    "nothing once it stands": ({**MANDATE, "relationship": "accepted"}, {}, "nothing"),
    "one that is missing in the list is read by name": (
        {**MANDATE, "relationship": "accepted"},
        {"relationship_read_at": None},
        "do read-relationship",
    ),
    "the invitation is read first": (MANDATE, {"invitation_known": False}, "do read-invitation"),
    "a mandate makes a task": (MANDATE, {}, "ask accept; relationship=task"),
    "a mandate after waiting makes a task": (
        {**MANDATE, "relationship": "waiting"},
        {},
        "ask accept; relationship=task",
    ),
    "a mandate after being stuck makes a task": (
        {**MANDATE, "relationship": "stalled"},
        {},
        "ask accept; relationship=task",
    ),
    "a mandate that has run out makes none": (MANDATE, {"mandate_until": NOW}, "nothing"),
    "who does it alone is waited for": (SELF, {}, "note; relationship=waiting"),
    "who takes the task out of our hands is waited for": (
        {**SELF, "relationship": "task"},
        {},
        "note; relationship=waiting",
    ),
    "who takes over while we check is waited for": (
        {**SELF, "relationship": "checking"},
        {},
        "note; relationship=waiting",
    ),
    "the operator is waited for": ({**MANDATE, "relationship": "task"}, opened(ACCEPT), "wait operator"),
    "a task that was done is checked": (
        {**MANDATE, "relationship": "task"},
        ended(ACCEPT, TaskOutcome.DONE),
        "note; relationship=checking",
    ),
    "a task that nobody knows about is checked": (
        {**MANDATE, "relationship": "task"},
        ended(ACCEPT, TaskOutcome.UNKNOWN),
        "note; relationship=checking",
    ),
    "a task that was not done rests": (
        {**MANDATE, "relationship": "task"},
        ended(ACCEPT, TaskOutcome.NOT_DONE),
        "wait operator +3h",
    ),
    "and goes back to the queue": (
        {**MANDATE, "relationship": "task"},
        ended(ACCEPT, TaskOutcome.NOT_DONE, 4 * HOUR),
        "ask accept",
    ),
    "a lost task is opened again": ({**MANDATE, "relationship": "task"}, {}, "ask accept"),
    "a task of an earlier round counts no more": (
        {**MANDATE, "relationship": "task"},
        ended(ACCEPT, TaskOutcome.DONE, 2 * DAY),
        "ask accept",
    ),
    "what is said to be done is looked for at once": (
        {**MANDATE, "relationship": "checking"},
        {"since": {"relationship": NOW}},
        "do read-relationship",
    ),
    "and again, every half hour": (
        {**MANDATE, "relationship": "checking"},
        {"since": {"relationship": NOW - HOUR}, "relationship_read_at": NOW},
        "wait customer +0.5h",
    ),
    "what is not seen in time goes back to an operator": (
        {**MANDATE, "relationship": "checking"},
        {"since": {"relationship": NOW - 4 * HOUR}},
        "ask accept; relationship=task",
    ),
    "who does it alone is looked for": (
        {**SELF, "relationship": "waiting"},
        {"relationship_read_at": NOW - 6 * HOUR},
        "do read-relationship",
    ),
    "but not all the time": ({**SELF, "relationship": "waiting"}, {}, "wait customer +5h"),
    "who lets us wait is reminded": (
        {**SELF, "relationship": "waiting"},
        {"since": {"relationship": NOW - 5 * DAY}},
        "tell self-reminder",
    ),
    "once": (
        {**SELF, "relationship": "waiting"},
        {"since": {"relationship": NOW - 5 * DAY}, "notices": (notice("self-reminder"),)},
        "wait customer +23h",
    ),
    "and only with an address": (
        {**SELF, "relationship": "waiting"},
        {"since": {"relationship": NOW - 5 * DAY}, "has_contact": False},
        "wait customer +23h",
    ),
    "then somebody helps": (
        {**SELF, "relationship": "waiting"},
        LONG_AGO,
        "ask help; relationship=stalled",
    ),
    "while somebody helps it is looked for": (
        {**SELF, "relationship": "stalled"},
        {**opened(HELP), "relationship_read_at": NOW - DAY},
        "do read-relationship",
    ),
    "help that reached the person": (
        {**SELF, "relationship": "stalled"},
        ended(HELP, TaskOutcome.REACHED),
        "note; relationship=waiting",
    ),
    "help that reached nobody": (
        {**SELF, "relationship": "stalled"},
        ended(HELP, TaskOutcome.NO_ANSWER),
        "note; closeout=stays",
    ),
    "help that ended with a stop": (
        {**SELF, "relationship": "stalled"},
        ended(HELP, TaskOutcome.STOP),
        "note; closeout=stays",
    ),
    "help of an earlier round counts no more": (
        {**SELF, "relationship": "stalled"},
        ended(HELP, TaskOutcome.NO_ANSWER, 2 * DAY),
        "ask help",
    ),
    "a relationship that was removed calls a person": ({**MANDATE, "relationship": "lost"}, {}, "ask review"),
    "who is waited for": ({**MANDATE, "relationship": "lost"}, opened(REVIEW), "wait operator"),
    "and whose verdict lets it be asked for again": (
        {**MANDATE, "relationship": "lost"},
        ended(REVIEW, TaskOutcome.RETRY),
        "note; relationship=none",
    ),
}


@pytest.mark.parametrize(("stands", "known", "expected"), RELATIONSHIP.values(), ids=RELATIONSHIP)
def test_the_relationship_follows_its_table(
    stands: dict[str, str], known: dict[str, Any], expected: str
) -> None:
    assert say(accepting.relationship(facts(stands, **known), NOW)) == expected


RELATED = {**MANDATE, "relationship": "accepted"}
AGREEMENT: dict[str, Row] = {
    "nothing without a yes": ({"decision": "asked"}, {}, "nothing"),
    "nothing once it is valid": ({**RELATED, "agreement": "valid"}, {}, "nothing"),
    "a yes asks for the link": (MANDATE, {}, "do create-attestation; agreement=preparing"),
    "what is on record already is read first": (RELATED, {"agreement_read_at": None}, "do read-agreement"),
    "a link that was not made is made": ({**MANDATE, "agreement": "preparing"}, {}, "do create-attestation"),
    "a link that ran out is made anew": (
        {**MANDATE, "agreement": "expired"},
        {},
        "do create-attestation; agreement=preparing",
    ),
    "a link is read every six hours": (
        {**MANDATE, "agreement": "issued"},
        {"attestation": link()},
        "wait customer +6h",
    ),
    "a link whose time is over has run out": (
        {**MANDATE, "agreement": "issued"},
        {"attestation": link(ago=7 * DAY)},
        "note; agreement=expired",
    ),
    "an accepted link does not run out": (
        {**MANDATE, "agreement": "issued"},
        {"attestation": link("accepted", ago=8 * DAY), "notices": (notice("agreement-reminder"),)},
        "wait customer +1d",
    ),
    "a link that is lost is made anew": ({**MANDATE, "agreement": "issued"}, {}, "note; agreement=expired"),
    "a link that is not used is called to mind": (
        {**MANDATE, "agreement": "issued"},
        {"attestation": link(ago=3 * DAY)},
        "tell agreement-reminder",
    ),
    "once": (
        {**MANDATE, "agreement": "issued"},
        {"attestation": link(ago=3 * DAY), "notices": (notice("agreement-reminder"),)},
        "wait customer +18h",
    ),
    "then somebody helps": (
        {**MANDATE, "agreement": "issued"},
        {"attestation": link(ago=3 * DAY), "notices": (notice("agreement-reminder", 21 * DAY),)},
        "ask help",
    ),
    "somebody helps although there is no address": (
        {**MANDATE, "agreement": "issued"},
        {"attestation": link(ago=24 * DAY, life=60 * DAY), "has_contact": False},
        "ask help",
    ),
    "while somebody helps it is read": (
        {**MANDATE, "agreement": "issued"},
        {"attestation": link(), **opened(HELP)},
        "wait customer +6h",
    ),
    "help that ended with a stop": (
        {**MANDATE, "agreement": "issued"},
        {
            "attestation": link(ago=4 * DAY),
            "notices": (notice("agreement-reminder"),),
            **ended(HELP, TaskOutcome.STOP),
        },
        "note; closeout=stays",
    ),
    "a direct acceptance is looked for now and then": (
        {**RELATED, "agreement": "issued"},
        {"attestation": link(), "agreement_read_at": NOW - DAY},
        "do read-agreement",
    ),
    "what was accepted waits for the relationship": (
        {**MANDATE, "agreement": "accepted"},
        {"attestation": link("accepted")},
        "wait customer",
    ),
    "and is recorded then": ({**RELATED, "agreement": "accepted"}, {}, "do create-agreement"),
    "what was recorded is read back": (
        {**RELATED, "agreement": "recorded"},
        {"agreement_read_at": None},
        "do read-agreement",
    ),
    "again and again": (
        {**RELATED, "agreement": "recorded"},
        {"agreement_read_at": NOW},
        "wait customer +1h",
    ),
    "until a person is called": (
        {**RELATED, "agreement": "recorded"},
        {"since": {"agreement": NOW - 21 * DAY}},
        "ask review",
    ),
    "a refusal is a person's to speak about": ({**RELATED, "agreement": "refused"}, {}, "ask review"),
    "who is waited for": ({**RELATED, "agreement": "refused"}, opened(REVIEW), "wait operator"),
    "and may let it be asked again": (
        {**RELATED, "agreement": "refused"},
        ended(REVIEW, TaskOutcome.RETRY),
        "note; agreement=preparing",
    ),
    "error 600061 waits until it can be read": ({**MANDATE, "agreement": "retake"}, {}, "wait customer"),
    "then it is read first": (
        {**RELATED, "agreement": "retake"},
        {"agreement_read_at": None},
        "do read-agreement",
    ),
    "and somebody else is asked for": ({**RELATED, "agreement": "retake"}, {}, "ask signatory"),
    "who looks for somebody else is waited for": (
        {**RELATED, "agreement": "retake"},
        opened(TaskKind.SIGNATORY),
        "wait operator",
    ),
    "somebody else gets a link": (
        {**RELATED, "agreement": "retake"},
        ended(TaskKind.SIGNATORY, TaskOutcome.FOUND),
        "note; agreement=preparing",
    ),
    "with nobody else it stays": (
        {**RELATED, "agreement": "retake"},
        ended(TaskKind.SIGNATORY, TaskOutcome.NONE_FOUND),
        "note; closeout=stays",
    ),
    "a new signatory is told at once": (
        {**MANDATE, "agreement": "issued"},
        {
            "attestation": link(),
            "signatory_at": NOW - HOUR,
            "notices": (notice("agreement-reminder", DAY),),
        },
        "tell agreement-reminder",
    ),
    "once, like everybody": (
        {**MANDATE, "agreement": "issued"},
        {
            "attestation": link(),
            "signatory_at": NOW - HOUR,
            "notices": (notice("agreement-reminder", HOUR),),
        },
        "wait customer +6h",
    ),
    "a review of an earlier round counts no more": (
        {**RELATED, "agreement": "refused"},
        ended(REVIEW, TaskOutcome.RETRY, 2 * DAY),
        "ask review",
    ),
}


@pytest.mark.parametrize(("stands", "known", "expected"), AGREEMENT.values(), ids=AGREEMENT)
def test_the_agreement_follows_its_table(
    stands: dict[str, str], known: dict[str, Any], expected: str
) -> None:
    assert say(accepting.agreement(facts(stands, **known), NOW)) == expected


SETTLED = {**RELATED, "agreement": "valid"}
LATE = {"since": dict.fromkeys(("relationship", "agreement", "access"), NOW - 14 * DAY)}
ACCESS: dict[str, Row] = {
    "nothing without a yes": ({"decision": "asked"}, {}, "nothing"),
    "nothing once it is usable": (ACCEPTED, {}, "nothing"),
    "nothing once we go on without": ({**SETTLED, "access": "degraded"}, {}, "nothing"),
    "a yes asks for it": (MANDATE, {}, "do create-access; access=preparing"),
    "a request that was not made is made": ({**MANDATE, "access": "preparing"}, {}, "do create-access"),
    "a dead request is made anew": (
        {**MANDATE, "access": "preparing"},
        {"grant": grant("expired")},
        "do create-access",
    ),
    "a new request is locked": (
        {**MANDATE, "access": "preparing"},
        {"grant": grant("created")},
        "do lock-access",
    ),
    "a locked one is read": (
        {**MANDATE, "access": "preparing"},
        {"grant": grant("approvalPending", read=HOUR)},
        "do read-access",
    ),
    "an approval is looked for every six hours": (
        {**MANDATE, "access": "pending"},
        {"grant": grant("approvalPending")},
        "wait customer +6h",
    ),
    "it holds nothing up for ever": (
        {**SETTLED, "access": "pending"},
        {"grant": grant("approvalPending"), **LATE},
        "note; access=degraded",
    ),
    "it may take its time while other things are missing": (
        {**MANDATE, "access": "pending"},
        {"grant": grant("approvalPending"), **LATE},
        "wait customer +1d",
    ),
    "an approved one is read every hour": (
        {**SETTLED, "access": "approved"},
        {"grant": grant("activating")},
        "wait customer +1h",
    ),
    "an active one gets its group": (
        {**SETTLED, "access": "active"},
        {"grant": grant("active")},
        "do assign-access",
    ),
    "the group is read back": (
        {**SETTLED, "access": "active"},
        {"grant": grant("active", assigned="a1", read=HOUR)},
        "do read-access",
    ),
    "a group that never comes holds nothing up": (
        {**SETTLED, "access": "active"},
        {"grant": grant("active", assigned="a1"), **LATE},
        "note; access=degraded",
    ),
    "a rejected one is done without": ({**SETTLED, "access": "rejected"}, {}, "note; access=degraded"),
    "an expired one is asked for once more": (
        {**SETTLED, "access": "expired"},
        {"access_requests": 1},
        "note; access=preparing",
    ),
    "one that expired twice is done without": (
        {**SETTLED, "access": "expired"},
        {"access_requests": 2},
        "note; access=degraded",
    ),
    "a fresh request is not the old one that still stands": (
        {**SETTLED, "access": "preparing"},
        {"grant": grant("approvalPending"), "since": {"access": NOW - HOUR}},
        "do create-access",
    ),
    "rights that we hold are looked at every week": (
        ACCEPTED,
        {"grant": grant("active", read=7 * DAY)},
        "do read-access",
    ),
    "and not in between": (ACCEPTED, {"grant": grant("active")}, "wait customer +7d"),
    "a request that came too late is still looked at": (
        {**SETTLED, "access": "degraded"},
        {"grant": grant("approvalPending", read=7 * DAY)},
        "do read-access",
    ),
    "one that was ended calls a person": ({**SETTLED, "access": "ended"}, {}, "ask access"),
    "who is waited for, but not for ever": (
        {**SETTLED, "access": "ended"},
        opened(TaskKind.ACCESS),
        "wait operator +13d",
    ),
    "then the move goes on without": ({**SETTLED, "access": "ended"}, LATE, "note; access=degraded"),
    "an ended one may be asked for again": (
        {**SETTLED, "access": "ended"},
        ended(TaskKind.ACCESS, TaskOutcome.RETRY),
        "note; access=preparing",
    ),
    "or be done without": (
        {**SETTLED, "access": "ended"},
        ended(TaskKind.ACCESS, TaskOutcome.GO_ON),
        "note; access=degraded",
    ),
    "a verdict of before counts no more": (
        {**SETTLED, "access": "ended"},
        ended(TaskKind.ACCESS, TaskOutcome.GO_ON, 2 * DAY),
        "ask access",
    ),
    "a missing role calls a person": ({**SETTLED, "access": "short"}, {}, "ask access"),
    "a missing role needs a new request": (
        {**SETTLED, "access": "short"},
        ended(TaskKind.ACCESS, TaskOutcome.RETRY),
        "note; access=preparing",
    ),
    "a group that failed calls a person": ({**SETTLED, "access": "unassigned"}, {}, "ask access"),
    "a mended group is assigned again": (
        {**SETTLED, "access": "unassigned"},
        ended(TaskKind.ACCESS, TaskOutcome.RETRY),
        "note; access=active",
    ),
    "although it had been assigned before": (
        {**SETTLED, "access": "active"},
        {"grant": replace(grant("active", assigned="a1"), failed=True)},
        "do assign-access",
    ),
    "rights that run out soon call a person": ({**SETTLED, "access": "expiring"}, {}, "ask access"),
    "and hold nothing up": (
        {**SETTLED, "access": "expiring"},
        {**LATE, **opened(TaskKind.ACCESS)},
        "wait operator",
    ),
}


@pytest.mark.parametrize(("stands", "known", "expected"), ACCESS.values(), ids=ACCESS)
def test_the_access_follows_its_table(stands: dict[str, str], known: dict[str, Any], expected: str) -> None:
    assert say(accepting.access(facts(stands, **known), NOW)) == expected


PAUSES: dict[str, tuple[timedelta, timedelta]] = {
    "at first as often as the policy says": (HOUR, 6 * HOUR),
    "and for a day": (DAY, 6 * HOUR),
    "then a quarter of the wait": (2 * DAY, 12 * HOUR),
    "up to a day": (4 * DAY, DAY),
    "however long it takes": (400 * DAY, DAY),
    "a clock that went back is no wait": (-DAY, 6 * HOUR),
}


@pytest.mark.parametrize(("waited", "pause"), PAUSES.values(), ids=PAUSES)
def test_looks_grow_rare_with_the_wait(waited: timedelta, pause: timedelta) -> None:
    assert accepting.spaced(6 * HOUR, NOW - waited, NOW, Policy()) == pause


def test_a_share_of_nothing_keeps_the_looks_as_frequent_as_they_began() -> None:
    assert accepting.spaced(HOUR, NOW - 90 * DAY, NOW, Policy(look_share=0)) == HOUR
