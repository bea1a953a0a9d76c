"""Work for operators: leased to one person at a time, and with a second person where policy asks for one."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from novation.moves.models.move import Move


class Task(models.Model):
    """One piece of work on one move."""

    class State(models.TextChoices):
        OPEN = "open"
        ENDED = "ended"
        CANCELLED = "cancelled"

    move = models.ForeignKey(Move, models.PROTECT, related_name="tasks")
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
                fields=["move", "kind"], condition=models.Q(state="open"), name="one_open_task_per_kind"
            ),
        ]
        indexes = [
            models.Index(fields=["opened_at", "id"], condition=models.Q(state="open"), name="task_open")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class Approval(models.Model):
    """A second person's agreement to one task, bound to the mandate it was given for."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="approvals")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    decision = models.ForeignKey("moves.Decision", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "person"], name="one_approval_per_person")]

    def __str__(self) -> str:
        return f"{self.task_id} by {self.person_id}"
