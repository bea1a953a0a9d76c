"""What was asked of Microsoft and what it answered stands beside the entry that tells of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from novation.domain.answers import AgreementsRead, BaselineRead, RelationshipRead, SubscriptionRead
from novation.domain.next_action import MakeCall
from novation.domain.steps import StepKind
from novation.evidence.tags import Tag
from novation.evidencelog.models import Document, Event
from novation.moves.services import inventory
from novation.moves.services.observed import agreement, relationship
from novation.operations.models import Step
from novation.operations.services import steps
from tests import people
from tests.builders import NOW

ANSWER = {"operation": "customers.get", "status": 200, "answer_ids": {"ms-requestid": "theirs"}}
pytestmark = pytest.mark.django_db


def documents(tag: Tag) -> list[Any]:
    bodies = [json.loads(bytes(event.body)) for event in Event.objects.filter(tag=tag)]
    names = [name for body in bodies for name in body["data"].get("documents", [])]
    return [json.loads(bytes(Document.objects.get(pk=name).content)) for name in names]


def test_the_outcome_of_a_write_names_request_and_answer() -> None:
    (move,) = people.moves(1)
    step = steps.begin(
        move,
        MakeCall(step=StepKind.CREATE_AGREEMENT, why="due"),
        account="target",
        request={"attestation": "a"},
        now=NOW,
    )
    exchange = {
        "status": 201,
        "sent": {"attestationId": "a"},
        "answered": {"price": 1.5},
        "answer_ids": {"ms-cv": "x"},
    }
    steps.finish(step, Step.Outcome.DONE, now=NOW, exchange=exchange)
    (kept,) = documents(Tag.STEP_OUTCOME)
    assert kept["exchange"]["sent"] == {"attestationId": "a"}
    assert kept["exchange"]["answered"] == {"price": "1.5"}  # a float has no one written form
    assert kept["exchange"]["answer_ids"] == {"ms-cv": "x"}


def test_what_was_believed_names_the_reading_behind_it() -> None:
    (move,) = people.moves(1)
    people.put(move, notice="queued")
    people.put(move, notice="sent", decision="asked")
    people.put(move, relationship="task")
    people.put(move, relationship="checking")
    relationship.relationship(move, RelationshipRead(relationship="reseller", exchanges=[ANSWER]), now=NOW)
    assert documents(Tag.RELATIONSHIP_OBSERVED) == [
        {"exchanges": [ANSWER], "read": {"relationship": "reseller"}}
    ]
    agreement.reading(move, AgreementsRead(direct=True, exchanges=[ANSWER]), now=NOW)
    assert documents(Tag.AGREEMENT_VALID)[0]["read"] == {"agreements": [], "direct": True}


def test_the_baseline_is_kept_once_while_nothing_changes() -> None:
    row = SubscriptionRead(
        subscription_id="s", product="p:1", name="Plan", quantity=3, term="P1Y", billing_cycle="monthly", ends=NOW,
        auto_renew=True, status="active", raw={"long": "answer"},
    )  # fmt: skip
    value = BaselineRead(subscriptions=(row,), profile={}, grants=(), delegated=True, exchanges=[ANSWER])
    table, read = inventory.documents(value, at=NOW)
    (listed,) = json.loads(bytes(table.content))
    assert (listed["subscription_id"], listed["quantity"], listed["ends"]) == ("s", 3, str(NOW))
    assert "raw" not in listed
    assert json.loads(bytes(read.content)) == {
        "exchanges": [ANSWER],
        "read": {"delegated": True, "grants": []},
    }
    assert inventory.documents(value, at=NOW) == [table]
    assert len(inventory.documents(replace(value, subscriptions=(replace(row, quantity=4),)), at=NOW)) == 2
