"""What is on record between the customer, the partners and Microsoft."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from novation.domain.readiness.facts import Reading
from novation.domain.readiness.finding import Finding, Level, written

#: Agreements accepted before this day must be accepted again (moving-customers 3.1).
AGREEMENT_SINCE = datetime.fromisoformat("2023-04-01T00:00:00+00:00")
#: Microsoft's name of the agreement that counts.
CUSTOMER_AGREEMENT = "microsoftcustomeragreement"


def look(reading: Reading) -> Iterator[Finding]:
    """Agreement with the source; transfers that somebody else has asked for."""
    yield from _agreement(reading)
    for who in reading.foreign_transfers:
        yield Finding(
            Level.WARNING,
            "foreign-transfer",
            f"{who} has asked the old account for this customer's subscriptions.",
            "Microsoft runs one transfer of a customer at a time, and the customer may be leaving us.",
            "Speak to the customer. Unless the old account accepts it, the request runs out after 30 days.",
        )


def _agreement(reading: Reading) -> Iterator[Finding]:
    if reading.agreements is None:
        return
    current = [paper for paper in reading.agreements if paper.kind.lower() == CUSTOMER_AGREEMENT]
    dated = [paper.agreed_at for paper in current if paper.agreed_at is not None]
    if not current:
        old = " (an older kind is)" if reading.agreements else ""
        yield Finding(
            Level.WARNING,
            "agreement-missing",
            f"No Microsoft Customer Agreement is on record with the old account{old}.",
            "Until it is accepted nothing can be bought or changed there; the new account needs its own anyway.",
            "Nothing to do now: the customer accepts it for the new account in the same visit.",
        )
    elif dated and max(dated) < AGREEMENT_SINCE:
        yield Finding(
            Level.WARNING,
            "agreement-old",
            f"The agreement on record is of {written(max(dated))}.",
            "Microsoft asks for a new acceptance since 1 April 2023; it happens in the same visit.",
            "Nothing to do now.",
        )
