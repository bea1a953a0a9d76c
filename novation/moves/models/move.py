"""One customer in one programme: its tracks, and the row that the engine claims."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models

from novation.domain.stage import Stage, stage_of
from novation.domain.tracks import FIRST, Track
from novation.moves.models.customer import Customer
from novation.moves.models.programme import Programme, Wave


def _state(track: Track) -> Any:
    return models.CharField(max_length=14, default=FIRST[track])


def _since() -> Any:
    return models.DateTimeField(null=True)


class Move(models.Model):
    """One customer's move. The nine tracks are stored; `stage` follows from them and is kept for filtering."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="moves")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="moves")
    wave = models.ForeignKey(Wave, models.SET_NULL, null=True, related_name="moves")
    reference = models.CharField(max_length=16, unique=True)
    words = models.CharField(max_length=80, help_text="Call-back words, read out on the telephone.")
    stage = models.CharField(max_length=12, default=Stage.INVENTORY)
    paused = models.BooleanField(default=False)

    notice_state, notice_since = _state(Track.NOTICE), _since()
    decision_state, decision_since = _state(Track.DECISION), _since()
    admin_state, admin_since = _state(Track.ADMIN), _since()
    relationship_state, relationship_since = _state(Track.RELATIONSHIP), _since()
    agreement_state, agreement_since = _state(Track.AGREEMENT), _since()
    access_state, access_since = _state(Track.ACCESS), _since()
    transfer_state, transfer_since = _state(Track.TRANSFER), _since()
    billing_state, billing_since = _state(Track.BILLING), _since()
    closeout_state, closeout_since = _state(Track.CLOSEOUT), _since()

    # What was read, and when; null means not read yet.
    baseline_at = models.DateTimeField(null=True)
    relationship_read_at = models.DateTimeField(null=True)
    agreement_read_at = models.DateTimeField(null=True)
    agreement_evidence = models.JSONField(default=dict, help_text="How the agreement was found valid.")
    transfers_read_at = models.DateTimeField(null=True)
    foreign_transfer = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True)
    licences = models.JSONField(
        default=dict, help_text="Licences assigned in the tenant, as each account read them: before, after."
    )
    clock_stopped = models.DurationField(
        default=timedelta, help_text="So long a question of the customer stopped its clock."
    )
    signatory = models.JSONField(default=dict, help_text="Who signs the agreement, if not who decided.")
    signatory_at = models.DateTimeField(null=True)
    old_side_read_at = models.DateTimeField(null=True)
    left_behind = models.PositiveIntegerField(default=0)
    old_relationship = models.BooleanField(default=True)
    billed_from = models.DateField(null=True, help_text="First day that the new account invoices.")
    papers = models.JSONField(
        default=dict, blank=True, help_text="Rights, agreements and foreign transfers, as read on the source."
    )
    readiness = models.JSONField(default=list, help_text="Blockers, warnings and notes, as last judged.")
    readiness_due = models.DateTimeField(null=True, help_text="When they are to be judged anew.")
    item_count = models.PositiveIntegerField(default=0)
    seat_count = models.PositiveIntegerField(default=0)
    items_done = models.PositiveIntegerField(default=0)

    # The engine's side of the row: when to look again, who holds it, and the fence of that claim.
    due_at = models.DateTimeField(null=True)
    due_why = models.CharField(max_length=200, blank=True)
    due_who = models.CharField(max_length=10, blank=True)
    due_class = models.CharField(max_length=12, blank=True, help_text="The class of work that it waits for.")
    lease_owner = models.CharField(max_length=60, blank=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveBigIntegerField(default=0)
    troubles = models.PositiveIntegerField(default=0, help_text="Bugs met in a row on this row.")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "customer"], name="one_move_per_customer"),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "due_class", "lease_until"],
                condition=models.Q(due_at__isnull=False),
                name="move_due",
            ),
            models.Index(fields=["programme", "stage"], name="move_stage"),
            models.Index(
                fields=["readiness_due"],
                condition=models.Q(readiness_due__isnull=False),
                name="move_readiness_due",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def track(self, track: Track) -> str:
        """The stored state of one track."""
        return str(getattr(self, f"{track}_state"))

    def tracks(self) -> dict[Track, str]:
        """The stored state of every track."""
        return {track: self.track(track) for track in Track}

    def derive_stage(self) -> Stage:
        """The stage that follows from the tracks as they are in memory."""
        return stage_of(self.tracks(), baseline_read=self.baseline_at is not None)
