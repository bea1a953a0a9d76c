"""What blocks or endangers a move is found, with its consequence and a remedy."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from novation.domain.errors import BadInput
from novation.domain.facts import Item
from novation.domain.policy import Policy
from novation.domain.readiness import (
    AGREEMENT_SINCE,
    Address,
    Extra,
    Finding,
    Level,
    Paper,
    Price,
    Reading,
    blockers,
    findings,
    next_change,
)
from novation.domain.readiness.money import price_of
from novation.domain.readiness.regions import REGIONS, countries
from novation.emulator.names import REGION
from tests.builders import DAY, HOUR, NOW, item

MCA = "MicrosoftCustomerAgreement"
POLICY = Policy(region="europe")
IN_ORDER = Reading(
    country="CZ",
    addresses=(Address(email="jana@contoso.example"),),
    own_domains=frozenset({"severka.example"}),
    own_partner_ids=frozenset({"5140001", "6250002"}),
    delegated=True,
    agreements=(Paper(kind=MCA, agreed_at=AGREEMENT_SINCE + DAY),),
)
EURO = Price(Decimal("5.60"), "EUR")


def found(*items: Item, policy: Policy = POLICY, **known: Any) -> list[Finding]:
    return findings(replace(IN_ORDER, items=items, **known), policy, NOW)


def codes(*items: Item, **known: Any) -> list[str]:
    return [finding.code for finding in found(*items, **known)]


def test_a_customer_in_order_has_no_finding() -> None:
    assert found(item(1), item(2)) == []


def test_what_was_not_read_is_no_finding() -> None:
    unread = Reading(addresses=(Address(email="jana@contoso.example"),), items=(item(1),))
    assert findings(unread, Policy(), NOW) == []


def one(email: str, **known: Any) -> tuple[Address, ...]:
    return (Address(email=email, **known),)


def paper(day: datetime | None, kind: str = MCA) -> tuple[Paper, ...]:
    return (Paper(kind=kind, agreed_at=day),)


BASE, ADD_ON = item(1, name="E3"), item(2, name="Copilot", parent="sub-0001")
TABLE: dict[str, tuple[tuple[Item, ...], dict[str, Any], list[str]]] = {
    "another region": ((), {"country": "US"}, ["region"]),
    "a country in small letters": ((), {"country": "de"}, []),
    "no country": ((), {"country": ""}, ["country-unknown"]),
    "no address": ((), {"addresses": ()}, ["contact-missing"]),
    "no address, but words": ((), {"addresses": one("see contract")}, ["contact-malformed"]),
    "two addresses in one": ((), {"addresses": one("a@b.example; c@d.example")}, ["contact-malformed"]),
    "an address of ours": ((), {"addresses": one("desk@severka.example")}, ["contact-ours"]),
    "an address below our domain": ((), {"addresses": one("a@mail.severka.example")}, ["contact-ours"]),
    "a domain that only ends like ours": ((), {"addresses": one("a@notseverka.example")}, []),
    "mail came back": ((), {"addresses": one("jana@contoso.example", bounced=True)}, ["contact-bounced"]),
    "one of two addresses came back": (
        (),
        {"addresses": (*one("a@contoso.example", bounced=True), *one("b@contoso.example"))},
        [],
    ),
    "an office's address": ((), {"addresses": one("Info@contoso.example")}, ["contact-role"]),
    "a shared address": ((), {"addresses": one("jana@contoso.example", shared=3)}, ["contact-shared"]),
    "no delegated rights": ((), {"delegated": False}, ["no-delegated-admin"]),
    "no agreement": ((), {"agreements": ()}, ["agreement-missing"]),
    "an agreement of the old kind": (
        (),
        {"agreements": paper(AGREEMENT_SINCE, "MicrosoftCloudAgreement")},
        ["agreement-missing"],
    ),
    "an agreement of before April 2023": (
        (),
        {"agreements": paper(AGREEMENT_SINCE - DAY)},
        ["agreement-old"],
    ),
    "an agreement of April 2023": ((), {"agreements": paper(AGREEMENT_SINCE)}, []),
    "an old and a new agreement": (
        (),
        {"agreements": (*paper(AGREEMENT_SINCE - DAY), *paper(AGREEMENT_SINCE + DAY))},
        [],
    ),
    "an agreement without a date": ((), {"agreements": paper(None)}, []),
    "another partner asks": ((), {"foreign_transfers": ("Rival Ltd",)}, ["foreign-transfer"]),
    "a trial stays": ((item(1, is_trial=True),), {}, ["trial"]),
    "a suspended item stays": ((item(1, status="suspended"),), {}, ["suspended"]),
    "an ended item is no news": ((item(1, status="deleted"),), {}, []),
    "a legacy item": ((item(1, product="91fd106f", product_type=""),), {}, ["legacy"]),
    "software bought once": ((item(1, product_type="Software"),), {}, ["perpetual"]),
    "a marketplace product": ((item(1, product_type="SaaS"),), {}, ["stays"]),
    "an open order": ((item(1, pending_change=True),), {}, ["pending-change"]),
    "a scheduled change": (
        (item(1),),
        {"extras": {1: Extra(scheduled="4 seats instead of 5")}},
        ["scheduled-change"],
    ),
    "a reseller's order": ((item(1),), {"extras": {1: Extra(reseller="7777777")}}, ["reseller"]),
    "our own partner id": ((item(1),), {"extras": {1: Extra(reseller="5140001")}}, []),
    "an add-on": ((BASE, ADD_ON), {}, ["add-ons"]),
    "an add-on of what stays": ((replace(BASE, is_trial=True), ADD_ON), {}, ["trial", "stays"]),
    "a near renewal": ((item(1, ends=NOW + 3 * DAY),), {}, ["renewal-near"]),
    "a near end": ((item(1, ends=NOW + 3 * DAY, auto_renew=False),), {}, ["term-ends"]),
    "an end beyond the guard window": ((item(1, ends=NOW + 7 * DAY + HOUR, auto_renew=False),), {}, []),
    "a renewal that is over": ((item(1, ends=NOW - HOUR),), {}, []),
    "26 items": (tuple(item(n) for n in range(26)), {}, ["many-items"]),
    "25 items": (tuple(item(n) for n in range(25)), {}, []),
    "an Azure plan": ((item(1, product_type="AzureSubscription"),), {}, ["azure-plan"]),
    "a reservation": ((item(1, product_type="AzureReservation"),), {}, ["reservation"]),
}


@pytest.mark.parametrize(("items", "known", "expected"), TABLE.values(), ids=TABLE)
def test_readiness_follows_its_table(
    items: tuple[Item, ...], known: dict[str, Any], expected: list[str]
) -> None:
    assert codes(*items, **known) == expected


@pytest.mark.parametrize("name", TABLE)
def test_every_finding_has_cause_consequence_and_remedy(name: str) -> None:
    items, known, _ = TABLE[name]
    for finding in found(*items, **known):
        assert all(finding.to_json()[field].endswith(".") for field in ("cause", "consequence", "remedy"))


def test_region_and_contact_block_and_nothing_else_does() -> None:
    blocking = {
        finding.code
        for items, known, _ in TABLE.values()
        for finding in found(*items, **known)
        if finding.level is Level.BLOCKER
    }
    assert blocking == {"region", "contact-missing", "contact-malformed", "contact-ours", "contact-bounced"}


def test_blockers_come_first_and_notes_last() -> None:
    everything = found(BASE, ADD_ON, country="US", addresses=(), delegated=False)
    assert [finding.level for finding in everything] == ["blocker", "blocker", "warning", "note"]
    assert blockers(everything) == ("contact-missing", "region")


def test_a_finding_names_what_goes_into_each_request() -> None:
    (finding,) = found(*(item(n, quantity=n + 1) for n in range(51)))
    assert "3 transfer requests" in finding.consequence
    assert "Request 1: Product 0 (1), Product 1 (2)," in finding.consequence
    assert finding.consequence.endswith("Request 3: Product 50 (51).")


def test_an_extension_is_shown_in_money_when_the_price_is_known() -> None:
    ending = item(1, quantity=10, ends=NOW + 3 * DAY, auto_renew=False)
    (known,) = found(ending, extras={1: Extra(price=EURO)})
    assert "3 % more (EUR 1.68 a month on top of EUR 56.00)" in known.consequence
    assert "23 % more without a monthly plan (EUR 12.88)" in known.consequence
    (unknown,) = found(ending)
    assert "price unknown" in unknown.consequence
    assert "3 % more" in unknown.consequence


def test_a_renewal_says_what_the_next_term_binds() -> None:
    renewing = item(1, quantity=10, ends=NOW + 3 * DAY, term="P3Y")
    (known,) = found(renewing, extras={1: Extra(price=EURO)})
    assert "another term (EUR 2,016.00)" in known.consequence
    assert "another term (price unknown)" in found(renewing)[0].consequence


def test_findings_say_when_time_alone_will_change_them() -> None:
    far, near = item(1, ends=NOW + 40 * DAY), item(2, ends=NOW + 2 * DAY)
    reading = replace(IN_ORDER, items=(far, near))
    assert next_change(reading, POLICY, NOW) == NOW + 2 * DAY
    assert next_change(reading, POLICY, NOW + 3 * DAY) == NOW + 33 * DAY
    assert next_change(reading, POLICY, NOW + 50 * DAY) is None


def test_a_region_is_a_name_or_countries_or_not_checked() -> None:
    assert countries("") is None
    assert countries(" Europe ") == REGIONS["europe"]
    assert countries("at, CH,de") == {"AT", "CH", "DE"}
    assert codes(policy=Policy(), country="US") == []
    with pytest.raises(BadInput, match="There is no region"):
        countries("middle-earth")


def test_the_emulators_region_lies_in_ours() -> None:
    assert REGIONS["europe"] >= REGION


def test_a_date_stands_with_its_month_in_words() -> None:
    (finding,) = found(item(1, ends=datetime(2026, 11, 26, tzinfo=UTC)))
    assert "renews on 26 November 2026" in finding.cause


LINE = {
    "SubscriptionId": "A1B2",
    "UnitPrice": Decimal("134.40"),
    "BillingFrequency": "Annual",
    "ChargeType": "new",
    "Currency": "eur",
}
LINES: dict[str, tuple[dict[str, Any], Price | None]] = {
    "a year is divided by twelve": ({}, Price(Decimal("11.2000"), "EUR")),
    "a month is a month": ({"BillingFrequency": "Monthly"}, Price(Decimal("134.4000"), "EUR")),
    "a credit tells no price": ({"ChargeType": "cancelImmediate"}, None),
    "a line without a subscription": ({"SubscriptionId": None}, None),
    "a frequency that nobody knows": ({"BillingFrequency": "OneTime"}, None),
    "a price of nothing": ({"UnitPrice": 0}, None),
    "a price that is no number": ({"UnitPrice": "n/a"}, None),
}


@pytest.mark.parametrize(("fields", "expected"), LINES.values(), ids=LINES)
def test_a_price_comes_from_an_invoice_line(fields: dict[str, Any], expected: Price | None) -> None:
    assert price_of({**LINE, **fields}) == (("a1b2", expected) if expected else None)
