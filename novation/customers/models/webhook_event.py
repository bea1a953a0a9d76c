"""What Microsoft's webhooks said: hints, never facts. What they speak of is read before it counts."""

from __future__ import annotations

from django.db import models


class WebhookEvent(models.Model):
    """One callback as it came. The engine checks its signature, and then only looks sooner than it would have."""

    class State(models.TextChoices):
        NEW = "new", "not looked at"
        FOLLOWED = "followed", "signed by Microsoft; what it speaks of was looked at"
        REFUSED = "refused", "not proven to be Microsoft's"

    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of body and signature.")
    account = models.CharField(max_length=8)
    body = models.BinaryField()
    signature = models.BinaryField()
    certificate_url = models.CharField(max_length=500)
    algorithm = models.CharField(max_length=20)
    event = models.CharField(max_length=80)
    received_at = models.DateTimeField()
    network = models.CharField(max_length=64, default="unknown", help_text="From which it came.")
    tries = models.PositiveSmallIntegerField(default=0, help_text="That failed.")
    next_try_at = models.DateTimeField(help_text="Programme time.")
    state = models.CharField(max_length=8, choices=State, default=State.NEW)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["next_try_at"], condition=models.Q(state="new"), name="hint_new"),
            # What was not followed may have been sent by anybody.
            models.Index(fields=["network"], condition=~models.Q(state="followed"), name="hint_unproven"),
            models.Index(fields=["received_at"], name="hint_received"),
        ]

    def __str__(self) -> str:
        return self.event
