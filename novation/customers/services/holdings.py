"""Keeps which account sells an item now. Whoever observes it writes it here; everybody else reads the row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from novation.customers.models import Holding
from novation.domain.holding import Holder
from novation.prepared_queries import Prepared


@dataclass(frozen=True, slots=True)
class ObservedHolding:
    """What an observation says of one item.

    Args:
        item_id: the first subscription id under which the item was seen.
        subscription_id: the present one; empty while it is unknown.
        holder: who sells it.
        account: id of that partner account's row; None where nobody or an unknown account does.
    """

    item_id: str
    subscription_id: str
    holder: Holder
    account: int | None


@transaction.atomic
def observe_holdings(
    customer: int, observed: Iterable[ObservedHolding], *, observed_by: str, now: datetime
) -> int:
    """Writes what was just observed of a customer's items.

    Args:
        customer: id of the customer's row.
        observed: of each item, what was seen.
        observed_by: the reading that says so, such as `read-baseline`.
        now: programme time.

    Returns:
        How many items are held by another than before, or are new.
    """
    known = {row.item_id: row for row in _OF_CUSTOMER(customer)}
    made, changed, same = [], [], []
    for one in observed:
        row = known.get(one.item_id)
        if row is None:
            made.append(
                Holding(
                    customer_id=customer,
                    item_id=one.item_id,
                    subscription_id=one.subscription_id,
                    holder=str(one.holder),
                    account_id=one.account,
                    since=now,
                    observed_at=now,
                    observed_by=observed_by,
                )
            )
        elif (row.holder, row.account_id, row.subscription_id) == (
            str(one.holder),
            one.account,
            one.subscription_id,
        ):
            same.append(row.pk)
        else:
            row.holder, row.account_id = str(one.holder), one.account
            row.subscription_id, row.since = one.subscription_id, now
            row.observed_at, row.observed_by = now, observed_by
            changed.append(row)
    if made:
        Holding.objects.bulk_create(made)
    columns = ["holder", "account", "subscription_id", "since", "observed_at", "observed_by"]
    for row in changed:
        row.save(update_fields=columns)
    if same:
        Holding.objects.filter(pk__in=same).update(observed_at=now, observed_by=observed_by)
    return len(made) + len(changed)


_OF_CUSTOMER = Prepared(lambda customer: Holding.objects.filter(customer_id=customer))
