"""One customer tenant, the people on file there, and dated readings of it."""

from __future__ import annotations

from typing import Any

from django.db import models

from novation.compiled_saves import CompiledSaves
from novation.customers.models.account import Account
from novation.domain.reference import reference
from novation.evidence.subject import Subject

#: References of customers begin so; those of moves begin with the programme's letters.
PREFIX = "CUS"


class Customer(CompiledSaves):
    """One tenant. `tenant_id` is what Microsoft calls it; the rest is as last read or imported."""

    reference = models.CharField(
        max_length=16,
        unique=True,
        help_text="Its own number, with or without a move; stands in the evidence log.",
    )
    tenant_id = models.CharField(max_length=36, unique=True)
    name = models.CharField(max_length=300)
    domain = models.CharField(max_length=253, blank=True, help_text="The first (onmicrosoft) domain.")
    country = models.CharField(max_length=2, blank=True)
    language = models.CharField(max_length=10, blank=True)
    phone = models.CharField(max_length=60, blank=True)
    city = models.CharField(max_length=120, blank=True)
    own_admin_since = models.DateTimeField(
        null=True, help_text="Since when it has an administrator of its own."
    )
    drift_watch = models.BooleanField(default=False, help_text="Changes outside our panel are looked for.")
    service_terms = models.CharField(
        max_length=20, default="standard", help_text="own-admin: amended, since it can change things itself."
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["name"]), models.Index(fields=["domain"])]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As Django has it; a new customer gets its own reference."""
        if self._state.adding and not self.reference:
            self.reference = free_reference(self.tenant_id)
        super().save(*args, **kwargs)

    @property
    def subject(self) -> Subject:
        """Whose history an event belongs to that happens outside of any move."""
        return Subject(reference=self.reference, customer=self.pk)


def free_reference(tenant_id: str) -> str:
    """A reference that no other customer has; the same one for the same tenant as long as numbers do not meet."""
    attempt = 0
    while Customer.objects.filter(reference=(number := reference(PREFIX, tenant_id, attempt))).exists():
        attempt += 1
    return number


class Contact(CompiledSaves):
    """A person of the customer to whom we may write. `added_by` says where we have it from."""

    class State(models.TextChoices):
        OK = "ok"
        BOUNCED = "bounced"
        RETIRED = "retired"

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=200, blank=True)
    function = models.CharField(max_length=200, blank=True)
    email = models.EmailField(max_length=254)
    phone = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.OK)
    added_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "email"], name="one_contact_per_address"),
        ]
        indexes = [models.Index(fields=["email"], name="contact_email")]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email


class Snapshot(CompiledSaves):
    """What a reading of one account returned about a customer on a date; never changed afterwards."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="snapshots")
    account = models.ForeignKey(
        Account,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="Which was read; null: both, compared.",
    )
    kind = models.CharField(max_length=20, help_text="baseline, verification, leftovers")
    taken_at = models.DateTimeField()
    content = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["customer", "kind", "taken_at"])]

    def __str__(self) -> str:
        return f"{self.kind} of {self.customer_id} at {self.taken_at:%Y-%m-%d %H:%M}"
