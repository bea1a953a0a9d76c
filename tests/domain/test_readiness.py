"""What blocks or endangers a move is found, with its consequence and a remedy."""

from typing import Any

import pytest

from novation.domain.facts import Item
from novation.domain.policy import Policy
from novation.domain.readiness import AGREEMENT_SINCE, Finding, findings
from tests.builders import DAY, HOUR, NOW, item


def found(*items: Item, **known: Any) -> list[Finding]:
    defaults: dict[str, Any] = {"profile": {"email": "jana@contoso.example"}, "delegated": True}
    return findings(items=items, policy=Policy(), now=NOW, **{**defaults, **known})


def codes(*items: Item, **known: Any) -> list[str]:
    return [finding.code for finding in found(*items, **known)]


def test_a_customer_in_order_has_no_finding() -> None:
    assert found(item(1), item(2)) == []


TABLE: dict[str, tuple[tuple[Item, ...], dict[str, Any], list[str]]] = {
    "no address": ((), {"profile": {}}, ["contact-missing"]),
    "no delegated rights": ((), {"delegated": False}, ["no-delegated-admin"]),
    "an agreement of before April 2023": ((), {"agreed_at": AGREEMENT_SINCE - DAY}, ["agreement-old"]),
    "an agreement of April 2023": ((), {"agreed_at": AGREEMENT_SINCE}, []),
    "a trial stays": ((item(1, is_trial=True),), {}, ["stays"]),
    "a suspended item stays": ((item(1, status="suspended"),), {}, ["stays"]),
    "an ended item is no news": ((item(1, status="deleted"),), {}, []),
    "an open order": ((item(1, pending_change=True),), {}, ["pending-change"]),
    "a near renewal": ((item(1, ends=NOW + 3 * DAY),), {}, ["renewal-near"]),
    "a renewal that is over": ((item(1, ends=NOW - HOUR),), {}, []),
    "26 items": (tuple(item(n) for n in range(26)), {}, ["many-items"]),
    "25 items": (tuple(item(n) for n in range(25)), {}, []),
    "an Azure plan": ((item(1, product_type="AzureSubscription"),), {}, ["azure-plan"]),
}


@pytest.mark.parametrize(("items", "known", "expected"), TABLE.values(), ids=TABLE)
def test_readiness_follows_its_table(
    items: tuple[Item, ...], known: dict[str, Any], expected: list[str]
) -> None:
    assert codes(*items, **known) == expected


def test_only_a_missing_address_blocks() -> None:
    assert [(finding.level, finding.code) for finding in found(profile={}, delegated=False)] == [
        ("blocker", "contact-missing"),
        ("warning", "no-delegated-admin"),
    ]


def test_a_finding_says_how_many_requests_are_needed() -> None:
    (finding,) = found(*(item(n) for n in range(51)))
    assert "3 transfer requests" in finding.consequence


@pytest.mark.parametrize("name", TABLE)
def test_every_finding_has_cause_consequence_and_remedy(name: str) -> None:
    items, known, _ = TABLE[name]
    for finding in found(*items, **known):
        assert all(finding.to_json()[field].endswith(".") for field in ("cause", "consequence", "remedy"))
