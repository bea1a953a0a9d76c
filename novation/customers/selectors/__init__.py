"""Reads of customers that every door needs."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from novation.customers.models import Customer


def customer_names(ids: Iterable[int | None]) -> dict[int | None, str]:
    """Names by the id of the customer's row."""
    wanted = {one for one in ids if one is not None}
    return dict(Customer.objects.filter(pk__in=wanted).values_list("pk", "name"))


def references_like(text: str, *, limit: int = 500) -> list[str]:
    """References of the customers whose name or domain holds this text, or whose reference it is."""
    named = Q(name__icontains=text) | Q(domain__icontains=text) | Q(reference=text.upper())
    return list(Customer.objects.filter(named).values_list("reference", flat=True)[:limit])
