"""A change that somebody asked for and that the engine carries out."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models

from novation.customers.models.account import Account
from novation.customers.models.customer import Customer
from novation.domain.operations import OperationState
from novation.evidence.subject import Subject
from novation.operations.models.claimable import Claimable


class Operation(Claimable):
    """One change for one customer: who asked for it, what it says, and how far it is.

    `idempotency_key` is chosen by whoever asks; asking again with the same key returns the same operation.
    """

    read_with = ("customer", "account")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="operations")
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", help_text="Where it goes."
    )
    kind = models.CharField(max_length=40)
    payload = models.JSONField(default=dict, help_text="What was asked for, without secrets.")
    seen_digest = models.CharField(
        max_length=64,
        blank=True,
        help_text="SHA-256 of what the person saw when asking; a later change conflicts.",
    )
    state = models.CharField(
        max_length=10,
        default=OperationState.ASKED,
        choices=[(str(one), str(one)) for one in OperationState],
    )
    requested_by = models.CharField(max_length=100)
    idempotency_key = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=300, blank=True, help_text="What it waits for, or why it ended so.")

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "idempotency_key"], name="one_operation_per_idempotency_key"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "due_class", "lease_until"],
                condition=models.Q(due_at__isnull=False),
                name="operation_due",
            ),
            models.Index(
                fields=["lease_owner"], condition=~models.Q(lease_owner=""), name="operation_lease_owner"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def subject(self) -> Subject:
        """Whose history an event about it belongs to."""
        return Subject(reference=self.customer.reference, customer=self.customer_id, operation=self.pk)

    @property
    def programme_id(self) -> int | None:
        """An operation belongs to no programme."""
        return None

    @property
    def changed_at(self) -> datetime | None:
        """When it last went on."""
        return self.ended_at
