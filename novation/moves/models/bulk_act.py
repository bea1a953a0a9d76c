"""An act on many customers: who was listed, what was confirmed, and how it ended for each of them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from novation.moves.models.move import Move
from novation.moves.models.programme import Programme


class BulkAct(models.Model):
    """One act, from its confirmation page to its results. A draft changes nothing."""

    class State(models.TextChoices):
        LISTING = "listing"  # its customers are being written down; not shown yet
        DRAFT = "draft"  # shown, not confirmed
        RUNNING = "running"  # confirmed; some customers still wait for their turn
        ENDED = "ended"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, models.CASCADE, related_name="bulk_acts")
    act = models.CharField(max_length=12, help_text="pause, resume, wave, agreement, evidence or erase")
    option = models.CharField(max_length=80, blank=True, help_text="For resume: which pause is ended.")
    options = models.JSONField(default=list, help_text="What could be chosen as option, and for how many.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.LISTING)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    place = models.TextField(blank=True, help_text="Address of the list it came from, with its filters.")
    reason = models.CharField(max_length=300, blank=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of what the confirmation page showed.")
    result = models.CharField(
        max_length=200, blank=True, help_text="What it made: a wave's id, an export's id."
    )
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "created_at"], name="bulk_act_state")]

    def __str__(self) -> str:
        return f"{self.act} {self.id}"


class BulkItem(models.Model):
    """One customer of such an act."""

    class State(models.TextChoices):
        LISTED = "listed"  # concerned; nothing was done yet
        LEFT_OUT = "left-out"
        DONE = "done"
        NOT_DONE = "not-done"  # concerned, but not done at the press

    act = models.ForeignKey(BulkAct, models.CASCADE, related_name="items")
    move = models.ForeignKey(Move, models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices)
    facts = models.CharField(max_length=200, blank=True, help_text="What must not change until the press.")
    why = models.CharField(max_length=12, blank=True, help_text="Why it was left out or not done.")
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["act", "move"], name="one_item_per_bulk_act")]
        indexes = [models.Index(fields=["act", "state", "id"], name="bulk_item_state")]

    def __str__(self) -> str:
        return f"{self.move_id}: {self.state}"
