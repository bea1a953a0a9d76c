"""Which account sells an item to a customer now, as last observed."""

from __future__ import annotations

from django.db import models

from novation.compiled_saves import CompiledSaves
from novation.customers.models.account import Account
from novation.customers.models.customer import Customer
from novation.domain.holding import Holder


class Holding(CompiledSaves):
    """One item of a customer, written by whoever observes it and read by everybody else.

    A transfer gives an item another subscription id. `item_id` is the first id under which it was seen and stays;
    `subscription_id` is the present one.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="holdings")
    item_id = models.CharField(max_length=64, help_text="The first subscription id that was seen.")
    subscription_id = models.CharField(
        max_length=64, help_text="The present one; empty while it is unknown.", blank=True
    )
    holder = models.CharField(max_length=12, choices=[(str(one), str(one)) for one in Holder])
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", help_text="Who sells it, where that is known."
    )
    since = models.DateTimeField(help_text="When it was first observed so.")
    observed_at = models.DateTimeField(help_text="When it was last observed.")
    observed_by = models.CharField(
        max_length=40, help_text="The reading that says so, such as read-baseline."
    )

    class Meta:
        ordering = ["customer_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "item_id"], name="one_holding_per_item"),
        ]
        indexes = [models.Index(fields=["subscription_id"], name="holding_subscription")]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.holder}"
