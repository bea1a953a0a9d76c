"""The record before, and after, a call that changes something outside."""

from __future__ import annotations

from django.db import models

from novation.compiled_saves import CompiledSaves
from novation.customers.models.customer import Customer
from novation.domain.circuit_breaker import failed_for_good
from novation.evidence.subject import Subject
from novation.operations.models.operation import Operation


class Step(CompiledSaves):
    """An intent and its outcome. A write without an outcome is looked up, never sent again blindly."""

    class Outcome(models.TextChoices):
        OPEN = "", "under way"
        DONE = "done"
        NOT_DONE = "not-done"
        UNKNOWN = "unknown"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="steps")
    move_id = models.PositiveBigIntegerField(null=True, help_text="The move that it is made for, if any.")
    move_reference = models.CharField(max_length=16, blank=True)
    programme_id = models.PositiveBigIntegerField(null=True, help_text="The programme of that move.")
    operation = models.ForeignKey(Operation, models.PROTECT, null=True, related_name="steps")
    kind = models.CharField(max_length=24)
    batch = models.PositiveIntegerField(null=True)
    account = models.CharField(max_length=20, help_text="Slug of the partner account.")
    request_id = models.UUIDField(unique=True, help_text="MS-RequestId")
    correlation_id = models.UUIDField(help_text="MS-CorrelationId")
    request = models.JSONField(default=dict, help_text="What was to be sent, without secrets.")
    fence = models.PositiveBigIntegerField()
    intent_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.OPEN, blank=True)
    outcome_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True, help_text="Last look-up of an unknown outcome.")
    settled_by = models.CharField(max_length=200, blank=True, help_text="How an unknown outcome was settled.")
    tries = models.PositiveIntegerField(default=1)
    retry_at = models.DateTimeField(null=True)
    answer = models.JSONField(null=True, help_text="Status, ids and the part of the answer that counts.")
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["move_id", "kind"], name="step_move"),
            models.Index(
                fields=["outcome"], condition=models.Q(outcome__in=["", "unknown"]), name="step_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome or 'under way'}"

    @property
    def subject(self) -> Subject:
        """Whose history an event about it belongs to."""
        return Subject(
            reference=self.customer.reference,
            customer=self.customer_id,
            move=self.move_id,
            move_reference=self.move_reference,
            operation=self.operation_id,
        )

    @property
    def waits_for_person(self) -> bool:
        """It failed, and is not tried again before somebody has looked."""
        return failed_for_good(
            not_done=self.outcome == self.Outcome.NOT_DONE,
            again=self.retry_at is not None,
            settled=bool(self.settled_by),
        )
