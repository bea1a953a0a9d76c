"""Work for operators: leased to one person at a time, and with a second person where policy asks for one."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from novation.compiled_saves import CompiledSaves
from novation.customers.models.customer import Customer
from novation.evidence.subject import Subject
from novation.operations.models.operation import Operation


class Task(CompiledSaves):
    """One piece of work for one customer, most often within a move."""

    class State(models.TextChoices):
        OPEN = "open"
        ENDED = "ended"
        CANCELLED = "cancelled"

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="tasks")
    move_id = models.PositiveBigIntegerField(null=True, help_text="The move that it is about, if any.")
    move_reference = models.CharField(max_length=16, blank=True)
    programme_id = models.PositiveBigIntegerField(null=True, help_text="The programme of that move.")
    operation = models.ForeignKey(Operation, models.PROTECT, null=True, related_name="tasks")
    kind = models.CharField(max_length=14)
    why = models.CharField(max_length=400)
    step = models.CharField(
        max_length=24, blank=True, help_text="The kind of step that this review holds back."
    )
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    lease_until = models.DateTimeField(null=True)
    tenant_checked_at = models.DateTimeField(null=True, help_text="The typed domain matched.")
    outcome = models.CharField(max_length=12, blank=True)
    note = models.TextField(blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["opened_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["move_id", "kind"], condition=models.Q(state="open"), name="one_open_task_per_kind"
            ),
        ]
        indexes = [
            models.Index(fields=["opened_at", "id"], condition=models.Q(state="open"), name="task_open"),
            models.Index(fields=["move_id"], name="task_move"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

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


class Approval(models.Model):
    """A second person's agreement to one task, bound to the mandate it was given for."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="approvals")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    decision_id = models.PositiveBigIntegerField(null=True, help_text="The mandate that it was given for.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "person"], name="one_approval_per_person")]

    def __str__(self) -> str:
        return f"{self.task_id} by {self.person_id}"
