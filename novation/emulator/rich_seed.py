"""What real accounts hold and a tidy seed does not: one kind for each customer in turn, with ``--rich``.

It is drawn from a source of chance of its own and added to what the customer owns anyway, so that a world with it
differs from the one without it in nothing else. ``KINDS`` is what the documentation lists.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from novation.emulator.calendar import TERM_MONTHS, add_months, midnight
from novation.emulator.catalogue import AZURE_PLAN, LICENCES, SOFTWARE, Sku
from novation.emulator.customers import Customer, CustomerFile
from novation.emulator.gdap import AdminRelationship, Assignment
from novation.emulator.ids import guid, order_id
from novation.emulator.partners import SOURCE
from novation.emulator.subscriptions import Subscription

_FOREVER = datetime(9999, 12, 14, tzinfo=UTC)
_ROLES = ("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "fe930be7-5e62-47db-91af-98c3a49a38b1")
MANY = 40
_SAME_NAME = "another customer of the same name, with another tenant and domain"


class Rich(NamedTuple):
    """What an addition is made with."""

    draw: Random
    customer: Customer
    file: CustomerFile
    start: datetime


def _item(
    rich: Rich, sku: Sku, *, quantity: int = 5, status: str = "active", began: timedelta
) -> Subscription:
    """A subscription that began its present term of a year so long before the start."""
    begun = midnight(rich.start) - began
    sid = guid(rich.draw)
    item = Subscription(
        id=sid,
        account="source",
        lineage=sid,
        order_id=order_id(rich.draw),
        sku=sku,
        friendly_name=sku.title,
        quantity=quantity,
        status=status,
        term="P1Y",
        cycle="monthly",
        auto_renew=True,
        created=begun,
        effective_start=begun,
        commitment_end=add_months(begun, TERM_MONTHS["P1Y"]),
        cancel_until=None,
    )
    item.add_step("term", "new", begun)
    rich.file.subscriptions[sid] = item
    return item


def _licence(rich: Rich) -> Sku:
    return rich.draw.choice([sku for sku in LICENCES if not sku.addon])


def _suspended(rich: Rich) -> None:
    item = _item(rich, _licence(rich), status="suspended", began=timedelta(days=200))
    item.suspension_reasons = ["PartnerCancellation"]


def _lapsed(rich: Rich, days: int) -> None:
    """A term that ended without renewal so many days before the start."""
    item = _item(rich, _licence(rich), began=timedelta(days=365 + days))
    item.auto_renew = False
    item.end("term", "expired", item.commitment_end)
    item.lapses = True


def _in_grace(rich: Rich) -> None:
    _lapsed(rich, 10)


def _disabled(rich: Rich) -> None:
    _lapsed(rich, 60)
    next(i for i in reversed(rich.file.subscriptions.values()) if i.lapses).status = "disabled"


def _trial(rich: Rich) -> None:
    item = _item(rich, _licence(rich), quantity=25, began=timedelta(days=12))
    item.is_trial, item.auto_renew, item.term = True, False, "P1M"
    item.commitment_end = add_months(item.effective_start, 1)
    item.history.clear()
    item.add_step("term", "new", item.effective_start)


def _addon(rich: Rich) -> None:
    base = _item(rich, _licence(rich), quantity=8, began=timedelta(days=90))
    addon = _item(rich, next(sku for sku in LICENCES if sku.addon), quantity=3, began=timedelta(days=60))
    addon.parent_id = base.id


def _perpetual(rich: Rich) -> None:
    item = _item(rich, SOFTWARE, quantity=2, began=timedelta(days=400))
    item.term, item.cycle, item.auto_renew, item.commitment_end = "", "one_time", False, _FOREVER
    item.history.clear()
    item.add_step("term", "new", item.effective_start)


def _azure(rich: Rich) -> None:
    item = _item(rich, AZURE_PLAN, quantity=1, began=timedelta(days=300))
    item.commitment_end = _FOREVER
    item.azure = {"name": "Azure subscription 1", "id": guid(rich.draw)}


def _many(rich: Rich) -> None:
    while len(rich.file.subscriptions) < MANY:
        _item(rich, _licence(rich), quantity=1, began=timedelta(days=rich.draw.randrange(10, 360)))


def _request(rich: Rich, status: str, asked: timedelta) -> AdminRelationship:
    """A request of the source for admin rights that the customer never answered."""
    at = rich.start - asked
    rid = f"{guid(rich.draw)}-{rich.customer.tid}"
    relationship = AdminRelationship(
        id=rid,
        account="source",
        display_name=f"Altmark_{rich.customer.index}_{status}",
        duration="P730D",
        roles=list(_ROLES),
        created_at=at,
        changed_at=at,
        customer_id=rich.customer.tid,
        customer_name=rich.customer.name,
        status=status,
        place=len(rich.file.gdap) + 1,
    )
    rich.file.gdap[rid] = relationship
    return relationship


def _request_pending(rich: Rich) -> None:
    relationship = _request(rich, "approvalPending", timedelta(days=40))
    relationship.locked_at = relationship.created_at


def _request_expired(rich: Rich) -> None:
    relationship = _request(rich, "expired", timedelta(days=120))
    relationship.locked_at = relationship.created_at
    relationship.changed_at = relationship.created_at + timedelta(days=90)


def _request_created(rich: Rich) -> None:
    _request(rich, "created", timedelta(days=3))


def _second_grant(rich: Rich) -> None:
    relationship = _request(rich, "active", timedelta(days=30))
    relationship.locked_at = relationship.activated_at = relationship.created_at
    relationship.ends_at = relationship.created_at + timedelta(days=730)
    aid = guid(rich.draw)
    relationship.assignments[aid] = Assignment(
        aid,
        SOURCE.group_id,
        "securityGroup",
        list(_ROLES),
        relationship.created_at,
        relationship.created_at,
        "active",
    )


def _same_name(_: Rich) -> None:
    """The name is given when the customers are made (``shares_name``)."""


#: Kind -> what it is, and how it is added. A customer's number decides which kind it gets.
KINDS: dict[str, tuple[str, Callable[[Rich], None]]] = {
    "gdap-request-pending": ("a GDAP request of the source that nobody ever approved, 40 days old", _request_pending),
    "gdap-request-expired": ("one that expired after its 90 days", _request_expired),
    "gdap-request-created": ("one that was never locked for approval", _request_created),
    "gdap-second-grant": ("a second active GDAP relationship beside whatever else there is", _second_grant),
    "suspended": ("a subscription that the partner suspended", _suspended),
    "grace": ("one that expired 10 days ago: people still work, for 30 days (`expired`)", _in_grace),
    "disabled": ("one that expired 60 days ago: administrators only, for 90 days (`disabled`)", _disabled),
    "trial": ("a trial of 25 seats that began 12 days ago", _trial),
    "add-on": ("an add-on and its base", _addon),
    "perpetual": ("software bought once: no term, no end (`Software`, 9999-12-14)", _perpetual),
    "azure": ("an Azure plan", _azure),
    "40-items": ("40 subscriptions, more than one transfer takes", _many),
    "same-name": (_SAME_NAME, _same_name),
}  # fmt: skip
_NAMES = tuple(KINDS)


def kind_of(index: int) -> str:
    """The kind that the customer with this number gets; the first thirteen customers have one of each."""
    return _NAMES[index % len(_NAMES)]


def shares_name(index: int) -> bool:
    """Does the customer with this number bear the name of the one before it?"""
    return kind_of(index) == "same-name"


def enrich_file(customer: Customer, file: CustomerFile, seed: int, start: datetime) -> None:
    """Adds the customer's kind to what it owns; new active items are followed to the end like all others."""
    draw = Random(f"{seed}/{customer.index}/rich")
    KINDS[kind_of(customer.index)][1](Rich(draw, customer, file, start))
    file.originals = frozenset(item.id for item in file.subscriptions.values() if item.status == "active")
